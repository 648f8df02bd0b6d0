"""Checks of one successful answer: its schema, its headers, and what it repeats of the request."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from uuid import UUID

from luminus_zoom_contract.run.transport import HttpAnswer
from luminus_zoom_contract.spec.clauses import Clauses
from luminus_zoom_contract.spec.document import Json
from luminus_zoom_contract.spec.instants import Instant
from luminus_zoom_contract.spec.operations import Field, Operation

Check = tuple[str, str | None]
"""A clause, and what is wrong; None where the clause held."""
NEUTRAL: Final = (None, False, 0, "", "00000000-0000-0000-0000-000000000000")
"""What stands for "not set"; an absent property reads as None."""
_NOTHING: Final = (None, "", "00000000-0000-0000-0000-000000000000")


class ResponseChecks:
    """Judges the bodies of an operation's successful answers; `sensitive` are the names whose values are secret."""

    def __init__(self, operation: Operation, clauses: Clauses, sensitive: frozenset[str]) -> None:
        self._clauses: Final = clauses
        self._sensitive: Final = sensitive
        self._success: Final = operation.success
        self._stem: Final = f"response.{operation.success}"
        self._validator: Final = operation.response_validator(
            operation.success,
            next((it for it in operation.response_media_types(operation.success) if "json" in it), ""),
        )
        self._described: Final = bool(operation.response_media_types(operation.success))
        self._fields: Final = {field.name or "body": field for field in operation.response_fields}
        self._tops: Final = {field.name for field in operation.response_fields if len(field.path) == 1}
        self._open: Final = not self._tops or self._fields["body"].type != "object"
        self._stems: Final = {
            name: [
                it for it in clauses if it.startswith(f"{self._stem}.{name}.") and it.count(".") == 3 + name.count(".")
            ]
            for name in self._fields
        }
        self._expected: Final = [name for name in self._tops if f"{self._stem}.{name}.present" in clauses]
        self._echoes: Final = [(sent, got, relation_of(sent)) for sent, got in operation.echoes]
        # A name that was sent empty comes back empty; what the server itself makes ought to be something.
        echoed = {got.name for _, got in operation.echoes}
        self._own: Final = frozenset(self._expected) - operation.request_names.keys() - echoed
        self._headers: Final = {status: operation.response_headers(status) for status in operation.statuses}

    def shape(self, said: Json) -> str | None:
        """Why a body is not at all what the contract describes; None where it is, as an empty object may be."""
        if self._open:
            return None
        if not isinstance(said, dict):
            return f"the body is a {type(said).__name__}"
        if said and not said.keys() & self._tops:
            return f"the body has none of the documented properties, but {', '.join(sorted(said)[:5])}"
        return None

    def headers(self, answer: HttpAnswer) -> Iterator[Check]:
        """Whether the documented headers are there, where they are required, and as their schemas say."""
        for name, field in self._headers.get(answer.status, {}).items():
            value = answer.header(name.lower())
            if value is None:
                yield f"headers.{answer.status}.{name}", f"the header {name} is missing" if field.required else None
            else:
                good = any(field.is_valid(it) for it in as_json(value, field.type))
                yield f"headers.{answer.status}.{name}", None if good else f"the header {name} is {value!r}"

    def schema(self, said: Json) -> Iterator[Check]:
        """Types, formats and other keywords of what is there; what is there too much or too little."""
        broken = {} if self._validator is None or self._validator.is_valid(said) else self._violations(said)
        for name in self._present(said):
            for clause in self._stems[name]:
                if not clause.endswith((".present", ".required")) or clause.endswith(".required"):
                    yield clause, broken.pop(clause, None)
        yield from broken.items()
        if isinstance(said, dict) and not self._open:
            unknown = sorted(said.keys() - self._tops)
            words = f"the answer has properties that the contract does not know: {', '.join(unknown)}"
            yield f"{self._stem}.closed", words if unknown else None
            for name in self._expected:
                missing = said.get(name) in _NOTHING if name in self._own else name not in said
                yield f"{self._stem}.{name}.present", f"the answer has no {name}" if missing else None

    def _present(self, said: Json) -> list[str]:
        """The documented places that a body has; of those in lists or deeper, the ones whose top is there."""
        tops = said.keys() if isinstance(said, dict) else ()
        return [name for name, field in self._fields.items() if not field.path or field.path[0] in (*tops, "[]")]

    def _violations(self, said: Json) -> dict[str, str | None]:
        assert self._validator is not None  # noqa: S101 - what it is asked about has failed it
        found: dict[str, str | None] = {}
        for error in self._validator.iter_errors(said):
            steps = ["[]" if isinstance(step, int) else str(step) for step in error.instance_path]
            name, keyword = ".".join(steps).replace(".[]", "[]") or "body", str(error.schema_path[-1])
            if keyword == "required":
                missing = next((it for it in re.findall(r'"([^"]+)"', error.message)), "")
                name = missing if name == "body" else f"{name}.{missing}"
            while name not in self._fields and "." in name:
                name = name.rpartition(".")[0]
            clause = f"{self._stem}.{name}.{keyword}"
            if clause not in self._clauses:  # the bounds of int32
                clause = f"{self._stem}.{name}.{'format' if f'{self._stem}.{name}.format' in self._clauses else 'type'}"
            value = said
            for step in error.instance_path:
                value = value[step]
            bound = self._fields[name].schema.get(keyword) if name in self._fields else ""
            found[clause if clause in self._clauses else f"{self._stem}.body"] = (
                f"{name} is missing"
                if keyword == "required"
                else f"{name} is {self.shown(name, value)}, which breaks {keyword}: {bound}"
            )
        return found

    def echo(self, sent: Mapping[str, Json], got: Mapping[str, Json]) -> Iterator[Check]:
        """What was sent comes back under the relation that its type asks for."""
        for request, response, relation in self._echoes:
            wanted = sent.get(request.name)
            if wanted is None:
                continue
            if response.name not in got:
                # What is absent reads as not set, so that it says the same as a value which means that.
                if wanted not in NEUTRAL:
                    words = (
                        f"{request.name} was sent as {self.shown('', wanted)}, and the answer has no {response.name}"
                    )
                    yield f"echo.{response.name}", words
                continue
            if not _may_be(response, wanted):
                continue  # Only where compositions differ; generation refuses a pair whose keywords do.
            value = got[response.name]
            fault = relation(wanted, value)
            yield (
                f"echo.{response.name}",
                fault and f"{response.name} {fault}: sent {self.shown('', wanted)}, got {self.shown('', value)}",
            )

    def unset(self, sent: Mapping[str, Json], got: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
        """The response properties that the request gave no value and the answer gives one, with that."""
        for request, response, _ in self._echoes:
            if request.name not in sent and not request.required:
                value = got.get(response.name)
                yield response.name, None if value in NEUTRAL else value

    def shown(self, name: str, value: Json) -> str:
        """A value for a message, cut where it is long; a secret only by its type."""
        if name.rpartition(".")[2] in self._sensitive:
            return f"a {type(value).__name__} (masked)"
        text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
        length = len(value) if isinstance(value, str) else len(text)
        return text if len(text) <= 120 else f"{text[:80]} … ({length} characters)"


def _may_be(field: Field, value: Json) -> bool:
    """Whether a schema allows a value, as far as a validator can be given it: no lone surrogate can."""
    try:
        return field.is_valid(value)
    except UnicodeEncodeError:
        return True


def as_json(text: str, kind: str) -> Iterator[Json]:
    """What a header's or parameter's text may mean as JSON, by the type that its schema asks for."""
    yield text
    if kind in {"integer", "number"} and re.fullmatch(r"-?\d+(\.\d+)?", text):
        yield float(text) if "." in text else int(text)
    if kind == "boolean" and text in {"true", "false"}:
        yield text == "true"
    if kind == "array":
        yield text.split(",")


def relation_of(field: Field) -> Callable[[Json, Json], str | None]:
    """How an echoed value may differ from what was sent; the relation returns what is wrong, in words."""
    return {"uuid": _uuid_differs, "date-time": _instant_differs}.get(field.schema.get("format", ""), _differs)


def _differs(sent: Json, got: Json) -> str | None:
    if type(sent) is bool or type(got) is bool:
        return None if sent is got else "is not what was sent"
    if sent == got:
        return None
    return _text_differs(sent, got) if isinstance(sent, str) and isinstance(got, str) else "is not what was sent"


def _text_differs(sent: str, got: str) -> str:
    if got and sent.startswith(got):
        return f"was cut from {len(sent)} to {len(got)} characters"
    if got == sent.strip():
        return "lost its blanks at the ends"
    if got.casefold() == sent.casefold():
        return "changed its case"
    if "&" in got and ("&lt;" in got or "&amp;" in got):
        return "was escaped for HTML"
    if len(got) < len(sent) and set(got) <= set(sent):
        return "lost characters"
    return "is another text"


def _uuid_differs(sent: Json, got: Json) -> str | None:
    if not isinstance(sent, str):
        return None  # no request may say so, which is another clause's affair
    try:
        return None if UUID(sent) == UUID(str(got)) else "is another id"
    except ValueError:
        return "is no UUID"


def _instant_differs(sent: Json, got: Json) -> str | None:
    before, after = (Instant.parse(text) if isinstance(text, str) else None for text in (sent, got))
    if before is None or after is None:
        return "cannot be compared" if before else None
    off = after.difference(before)
    # A server may keep fewer digits of a fraction than were sent, cut or rounded, and drops zeros at its end.
    if off == 0 or (before.fraction_digits > after.fraction_digits and abs(off) < 10.0**-after.fraction_digits):
        return None
    if off == before.offset_minutes * 60 and after.offset_minutes == 0:
        return "lost its offset"
    return f"is {_span(off)} off"


def _span(seconds: float) -> str:
    return f"{seconds / 3600:+g} hours" if abs(seconds) >= 3600 else f"{seconds:+g} seconds"
