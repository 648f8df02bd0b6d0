"""Relations between operations: what was created is read, listed, updated and deleted, and then looked for again."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from urllib.parse import quote

from luminus_zoom_contract.cases.case import PLACEHOLDER, Case, Maker, filled, plain, written
from luminus_zoom_contract.checks.response import as_json, relation_of
from luminus_zoom_contract.run.transport import HttpAnswer
from luminus_zoom_contract.spec.document import Contract, Json, decoded
from luminus_zoom_contract.spec.operations import Operation, Parameter
from luminus_zoom_contract.spec.resources import Family, best_match, families, listed_items, source_of

_SIZES: Final = re.compile(r"(page_?|per_?)?(limit|size|count|top|page)", re.IGNORECASE)
_OFFSETS: Final = re.compile(r"offset|skip|start(_?index)?|page(_?number)?", re.IGNORECASE)
_MISSING: Final = frozenset({404, 410})
_MOST_PAGES: Final = 1000


class Sender(Protocol):
    """What sends cases and keeps what their answers show."""

    def send(self, case: Case) -> HttpAnswer | None:
        """Send a case and judge its answer."""

    def note(self, case: Case, clause: str, message: str | None, answer: HttpAnswer) -> None:
        """Keep what a relation shows: None where it holds."""


@dataclass(frozen=True, slots=True)
class Made:
    """Something that was created: what was sent, what came back, and the path parameters that lead to it."""

    sent: Mapping[str, Json]
    got: Json
    values: Mapping[str, str]


class Resources:
    """Creates what path parameters name, and remembers it; one for a run."""

    def __init__(self, contract: Contract, makers: Mapping[str, Maker], sender: Sender) -> None:
        self._contract: Final = contract
        self._makers: Final = makers
        self._sender: Final = sender
        self._kept: Final[dict[str, Mapping[str, str]]] = {}
        self._by_schema: Final[set[str]] = set()
        """The operations of which a path parameter has a value of its schema, under which nothing need be there."""

    def filled(self, case: Case) -> Case | None:
        """A case with values for its path parameters; None where there are none to have.

        What a request may have deleted or changed is not used again.
        """
        if PLACEHOLDER not in case.request.target:
            return case
        operation = self._contract.operations[case.operation]
        values = self._kept.get(operation.id)
        if values is None:
            values = self.values(operation)
        if values is None:
            return None
        if operation.method == "DELETE":
            self._kept.pop(operation.id, None)
        else:
            self._kept[operation.id] = values
        ready = filled(case, values)
        if operation.id in self._by_schema:
            return replace(ready, names_created=False, expect=ready.expect | _MISSING)
        return ready

    def values(self, operation: Operation) -> Mapping[str, str] | None:
        """Values for all path parameters of an operation, of something new where that can be created."""
        values: dict[str, str] = {}
        for name in re.findall(r"\{([^}]+)\}", operation.path):
            found = self._value(operation, name, values)
            if found is None:
                return None
            values[name] = found
        return values

    def _value(self, operation: Operation, name: str, known: Mapping[str, str]) -> str | None:
        parameter = next((it for it in operation.parameters if it.name == name and it.place == "path"), None)
        source = source_of(self._contract, operation, name)
        if source is not None and source.operation.id != operation.id:
            maker = self._makers[source.operation.id]
            case = maker.legal(f"status.{source.operation.success}", f"a plain request, for a {name} to ask for")
            ready: Case | None = filled(case, known) if known else self.filled(case)
            answer = self._sender.send(ready) if ready else None
            if answer is not None and 200 <= answer.status < 300:
                found = source.value(decoded(answer.body), dict(answer.headers))
                if found is not None and (parameter is None or _may_be(parameter, found)):
                    return found
        if parameter is not None and {"enum", "const", "example", "examples"} & parameter.field.schema.keys():
            schema = parameter.field.schema
            given = schema.get("enum") or schema.get("examples") or [schema.get("example", schema.get("const"))]
            self._by_schema.add(operation.id)
            return plain(given[0])
        return None


def _leads_to(operation: Operation, values: Mapping[str, str]) -> bool:
    """Whether there is a value for each of an operation's path parameters, and one that its schema allows."""
    mine = (it for it in operation.parameters if it.place == "path")
    return all(it.name in values and _may_be(it, values[it.name]) for it in mine)


def _may_be(parameter: Parameter, text: str) -> bool:
    """Whether a parameter's schema allows a text that an answer gave."""
    return any(parameter.field.is_valid(it) for it in as_json(text, parameter.field.type))


class Relations:
    """Tries the relations of every family of operations."""

    def __init__(self, contract: Contract, makers: Mapping[str, Maker], sender: Sender) -> None:
        self._contract: Final = contract
        self._makers: Final = makers
        self._sender: Final = sender
        self._resources: Final = Resources(contract, makers, sender)

    def run(self) -> None:
        """Try everything; a family in which nothing can be created is left out."""
        for family in families(self._contract):
            made = [it for it in (self._made(family, full=full) for full in (True, False, True)) if it]
            if len(made) < 3:
                continue
            self._read(family, made)
            self._unknown(family, made[0])
            self._listed(family, made)
            self._filtered(family, made)
            self._paged(family)
            for update in family.update:
                self._updated(family, update, made[0])
            self._deleted(family, made)

    def _made(self, family: Family, *, full: bool) -> Made | None:
        """Something new, with all its properties or with those alone that are required."""
        maker = self._makers[family.create.id]
        body = maker.whole() if full else maker.minimal()
        above = self._resources.values(family.create)
        if above is None or (maker.has_json and not maker.operation.request_fields[0].is_valid(body)):
            body = maker.minimal()
        case = maker.legal(f"status.{family.create.success}", "something new, to be found again", body)
        answer = self._sender.send(filled(case, above or {}))
        if answer is None or not 200 <= answer.status < 300:
            return None
        got = decoded(answer.body)
        values = dict(above or {})
        item = family.read or family.delete or next(iter(family.update), None)
        for name in re.findall(r"\{([^}]+)\}", item.path) if item else ():
            source = source_of(self._contract, item, name) if item and name not in values else None
            found = source.value(got, dict(answer.headers)) if source and source.operation is family.create else None
            if found is not None:
                values[name] = found
        return Made(body if isinstance(body, dict) else {}, got, values)

    def _ask(
        self, operation: Operation, made: Made, title: str, *, gone: bool = False, body: Json = None, target: str = ""
    ) -> tuple[Case, HttpAnswer | None]:
        maker = self._makers[operation.id]
        case = maker.legal(f"status.{operation.success}", title, body)
        if target:
            case = replace(case, request=replace(case.request, target=target))
        if gone:
            clause = "relation.unknown" if operation.path.endswith("}") else case.clause
            case = replace(case, expect=_MISSING, clause=clause)
        case = filled(case, made.values)
        return case, self._sender.send(case) if _leads_to(operation, made.values) else None

    def _read(self, family: Family, made: list[Made]) -> None:
        for number, each in enumerate(made if family.read else ()):
            assert family.read is not None  # noqa: S101 - as the loop says
            case, answer = self._ask(family.read, each, f"what was created, number {number + 1} of {len(made)}")
            if answer is not None:
                self._sender.note(case, "relation.read", self._unlike(family.read, each, answer), answer)

    def _unlike(self, operation: Operation, made: Made, answer: HttpAnswer) -> str | None:
        """How what is read differs from what was created, in what a request sets or the parameters name."""
        if not 200 <= answer.status < 300:
            return f"what was created is answered with {answer.status}"
        got = decoded(answer.body)
        if not isinstance(got, dict) or not isinstance(made.got, dict):
            return None
        ids = [best_match(name, list(operation.response_fields[1:])) for name in made.values]
        names = {*made.sent, *(field.name for field in ids if field)}
        return self._difference(operation, {name: made.got[name] for name in names if name in made.got}, got)

    def _difference(self, operation: Operation, wanted: Mapping[str, Json], got: Mapping[str, Json]) -> str | None:
        known = {field.name: field for field in operation.response_fields if len(field.path) == 1}
        for name, value in wanted.items():
            if name in known and (name not in got or relation_of(known[name])(value, got[name])):
                return f"{name} was {value!r:.80}, and is {got.get(name)!r:.80} when it is read"
        return None

    def _unknown(self, family: Family, made: Made) -> None:
        """Something that does not exist, whose parameters have values of the same form."""
        for operation in (family.read, family.delete):
            if operation and made.values:
                last = re.findall(r"\{([^}]+)\}", operation.path)[-1]
                parameter = next((it for it in operation.parameters if it.name == last), None)
                if parameter and last in made.values:
                    maker = self._makers[operation.id]
                    values = {**made.values, last: self._unused(maker, parameter)}
                    self._ask(operation, replace(made, values=values), f"a {last} that nothing has", gone=True)

    def _unused(self, maker: Maker, parameter: Parameter) -> str:
        largest = parameter.field.schema.get("maximum", 2**31 - 1)
        return str(largest) if parameter.field.type == "integer" else plain(maker.given(parameter))

    def _items(self, family: Family, made: Made, title: str, query: str) -> tuple[Case, HttpAnswer, list[Any]] | None:
        if family.items is None:
            return None
        named = {part.partition("=")[0] for part in query.split("&")}
        needed = {
            quote(it.name, safe="") for it in family.items.parameters if it.place == "query" and it.field.required
        }
        if needed - named:  # what a list shows may depend on it, in a way that nothing tells
            return None
        target = self._makers[family.items.id].path + (f"?{query}" if query else "")
        case, answer = self._ask(family.items, made, title, target=target)
        found = listed_items(decoded(answer.body)) if answer and 200 <= answer.status < 300 else None
        return (case, answer, found) if answer is not None and found is not None else None

    def _longest(self, operation: Operation) -> str:
        """A query for the longest page."""
        size = next(self._sizes(operation), None)
        most = size.field.schema.get("maximum", _MOST_PAGES) if size else 0
        return written(size, most) if size else ""

    @staticmethod
    def _sizes(operation: Operation) -> Iterator[Parameter]:
        return (
            it
            for it in operation.parameters
            if it.field.type == "integer" and it.place == "query" and _SIZES.fullmatch(it.name)
        )

    def _listed(self, family: Family, made: list[Made], gone: Made | None = None) -> None:
        if family.items is None:
            return
        reply = self._items(family, made[0], "the list of what was created", self._longest(family.items))
        if reply is None:
            return
        case, answer, items = reply
        texts = [
            {plain(value) for value in item.values()} if isinstance(item, dict) else {plain(item)} for item in items
        ]
        whole_page = not any(self._sizes(family.items)) or len(items) < _MOST_PAGES
        for each in made if whole_page else ():
            told = {plain(value) for value in each.values.values()}
            there = any(told <= text for text in texts) if told else None
            if there is not None:
                wrong = there if each is gone else not there
                word = "is still listed after it was deleted" if each is gone else "is not listed"
                self._sender.note(case, "relation.listed", f"what was created {word}" if wrong else None, answer)

    def _filtered(self, family: Family, made: list[Made]) -> None:
        fields = [it for it in family.create.response_fields if len(it.path) == 1]
        for parameter in family.items.parameters if family.items else ():
            if parameter.place != "query":
                continue
            field = next((it for it in fields if it.name == parameter.name), None)
            values = [it.got.get(field.name) for it in made if isinstance(it.got, dict)] if field else []
            for value in dict.fromkeys(
                it for it in values if isinstance(it, str | int) and parameter.field.is_valid(it)
            ):
                self._filter(family, made[0], parameter, value)

    def _filter(self, family: Family, made: Made, parameter: Parameter, value: Json) -> None:
        assert family.items is not None  # noqa: S101 - whose parameter this is
        query = "&".join(filter(None, (written(parameter, value), self._longest(family.items))))
        reply = self._items(family, made, f"the list filtered by {parameter.name}", query)
        if reply is None:
            return
        case, answer, items = reply
        others = [it.get(parameter.name) for it in items if isinstance(it, dict) and it.get(parameter.name) != value]
        words = f"asked for {parameter.name} {value!r}, and got one with {others[0]!r}" if others else None
        if not items:
            words = f"asked for {parameter.name} {value!r}, which something has, and got nothing"
        self._sender.note(case, "relation.filter", words, answer)

    def _paged(self, family: Family) -> None:
        if family.items is None:
            return
        size = next(self._sizes(family.items), None)
        if size is None:
            return
        made = Made({}, None, self._resources.values(family.items) or {})
        least = max(1, size.field.schema.get("minimum", 1))
        first = self._items(family, made, "a short page", written(size, least))
        if first is None:
            return
        words = f"asked for {least} items at most, and got {len(first[2])}" if len(first[2]) > least else None
        words = words or (f"asked for {least} items, and got none" if not first[2] else None)
        self._sender.note(first[0], "relation.page", words, first[1])
        steps = [
            it
            for it in family.items.parameters
            if it.place == "query" and _OFFSETS.fullmatch(it.name) and it is not size
        ]
        for step in steps:
            start = step.field.schema.get("minimum", 0)
            pages = [
                self._items(
                    family, made, f"a page behind {step.name} {at}", f"{written(size, least)}&{written(step, at)}"
                )
                for at in (start, start + 1)
            ]
            if all(pages):
                (_, _, one), (case, answer, other) = pages  # type: ignore[misc]
                same = "two pages have the same items" if one and one == other else None
                self._sender.note(case, "relation.page", same, answer)

    def _updated(self, family: Family, update: Operation, made: Made) -> None:
        """Each property alone, by a PATCH; all of them, by a PUT."""
        maker = self._makers[update.id]
        if not maker.has_json or family.read is None:
            return
        bodies = [maker.whole()]
        if update.method == "PATCH":
            bodies = [{field.name: maker.exemplar(field.path)} for field in maker.tops]
        for body in bodies:
            if not maker.operation.request_fields[0].is_valid(body):
                continue
            before = self._ask(family.read, made, "before an update")[1]
            case, answer = self._ask(update, made, f"an update of {', '.join(body)}", body=body)
            after = self._ask(family.read, made, "after an update")[1]
            if not (before and answer and after) or not 200 <= answer.status < 300 or after.status >= 300:
                continue
            old, new = decoded(before.body), decoded(after.body)
            if isinstance(old, dict) and isinstance(new, dict):
                self._sender.note(case, "relation.updated", self._difference(family.read, body, new), answer)
                if update.method == "PATCH":
                    kept = {it: old[it] for it in made.sent.keys() & old.keys() - body.keys()}
                    words = self._difference(family.read, kept, new)
                    self._sender.note(case, "relation.kept", words and f"not named by the PATCH, {words}", answer)

    def _deleted(self, family: Family, made: list[Made]) -> None:
        if family.delete is None:
            return
        case, answer = self._ask(family.delete, made[1], "something to delete")
        if answer is None or not 200 <= answer.status < 300:
            return
        if family.read is not None:
            _, again = self._ask(family.read, made[1], "what was deleted", gone=True)
            there = again is not None and again.status not in _MISSING
            words = f"what was deleted is answered with {again.status}" if again and there else None
            self._sender.note(case, "relation.gone", words, answer)
            _, other = self._ask(family.read, made[0], "another than was deleted")
            words = (
                f"another than was deleted is answered with {other.status}"
                if other and other.status in _MISSING
                else None
            )
            self._sender.note(case, "relation.gone", words, answer)
        self._listed(family, made, gone=made[1])
