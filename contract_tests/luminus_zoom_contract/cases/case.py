"""A case: one request, what it means in the domain's words, and what a conforming server may answer."""

import copy
import functools
import itertools
import json
import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from luminus_zoom_contract.cases.samples import pool
from luminus_zoom_contract.cases.tolerances import tolerance
from luminus_zoom_contract.run.transport import HttpRequest
from luminus_zoom_contract.spec.clauses import Clauses
from luminus_zoom_contract.spec.document import DuplicateKeyError, Json, SetupError, decode
from luminus_zoom_contract.spec.operations import FORM, Field, Judgement, Operation, Parameter, Path_
from luminus_zoom_contract.spec.profile import Profile

PLACEHOLDER: Final = "\ue001"
"""What stands for a path parameter's value that an earlier answer gives, between two of them its name."""
_SHORTEST_LABEL: Final = 20
_SENDABLE: Final = re.compile(r"[\x20-\x7e]*")
_PATH_SAFE: Final = re.compile(r"(?!\.{1,2}$)[^/\\%\x00-\x1f\x7f]+")
"""What a path's step may hold that no server or proxy in front of it takes apart."""
_DEEPEST: Final = 4
"""Levels that a full body has at most, since a schema may contain itself."""
_SAMPLES: Final = 40
"""Legal values of a schema that are drawn for a run."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller may have: keys and a bearer token; empty where there is none."""

    key: str
    token: str = ""
    forbidden_key: str = ""

    def __repr__(self) -> str:
        return "Credentials([masked])"

    def secrets(self) -> list[tuple[str, str]]:
        """Each secret with its role, for a Mask."""
        return [("subscription key", self.key), ("bearer token", self.token), ("forbidden key", self.forbidden_key)]


@dataclass(frozen=True, slots=True)
class Case:
    """One request and the statuses that keep the contract. `body` is what it says, where that can be said at all."""

    clause: str
    title: str
    request: HttpRequest
    expect: frozenset[int]
    body: Json = None
    fault: str = ""
    scene: str = ""
    """What the gateway should notice: `missing-key`, `invalid-key`, `bearer`, `unmatched`, `forbidden`, or nothing."""
    denial_allowed: bool = False
    also: str = ""
    """A clause that the case tries too, but whose breaking it cannot tell from the breaking of `clause`."""
    in_turn: bool = False
    """Whether its answer says something only after the answers to those before it."""
    number: int = 0
    """Its place in the run, from 1, by which a person asks for it again; 0 for one that was not planned."""
    operation: str = ""
    names_created: bool = False
    """Whether its path names something that an earlier answer gave."""

    @property
    def may_succeed(self) -> bool:
        """Whether a success keeps the contract."""
        return any(200 <= status < 300 for status in self.expect)


@dataclass(frozen=True, slots=True)
class Raw:
    """A JSON number written in a way that Python would not write it."""

    text: str


class Maker:
    """Makes an operation's cases in one run. The same document, credentials, scope and seed make the same bytes."""

    def __init__(
        self,
        operation: Operation,
        clauses: Clauses,
        credentials: Credentials,
        *,
        host: str,
        base_path: str,
        seed: int,
        profile: Profile | None = None,
        scope: str = "",
        mark: str = "",
        others: Iterable[Operation] = (),
        thorough: bool = False,
    ) -> None:
        """Make cases with one value of the profile's scope; a mark stands in every label that the maker thinks up.

        A `thorough` maker also makes the many cases that seldom show what no other does.
        """
        self.operation: Final = operation
        self.clauses: Final = clauses
        self.credentials: Final = credentials
        self.profile: Final = profile or Profile()
        self.scope: Final = scope
        self.base: Final = base_path
        self.random: Final = random.Random(seed)  # noqa: S311 - test data
        self.host: Final = host
        self.mark: Final = mark
        self.thorough: Final = thorough
        self.succeeds: Final = frozenset({operation.success})
        self.either: Final = self.succeeds | operation.refusals
        self.key_header: Final = operation.scheme("apiKey", "header")[0]
        self.key_query: Final = operation.scheme("apiKey", "query")[0]
        self.takes_token: Final = bool(operation.scheme("http")[0])
        # What else the document has, so that no request for nothing is another operation's.
        self.siblings: Final = frozenset(it.method for it in others if it.path == operation.path)
        self.paths: Final = frozenset(it.path for it in others)
        self.has_open_neighbours: Final = "{" in operation.path or any(
            it.path.startswith(f"{operation.path}/{{") for it in others
        )
        self._nonces = itertools.count(1)
        self._fields: Final = {field.path: field for field in operation.request_fields}

    @property
    def needs_key(self) -> bool:
        """Whether each way in takes a key, which may stand in a header."""
        return bool(self.key_header) and self.operation.scheme("apiKey")[1]

    @functools.cached_property
    def tops(self) -> tuple[Field, ...]:
        """The top-level properties of a body that is an object."""
        return tuple(it for it in self.operation.request_fields if len(it.path) == 1 and it.path != ("[]",))

    @functools.cached_property
    def has_json(self) -> bool:
        """Whether a request has a JSON body that is an object."""
        return bool(self.operation.request_fields) and self.operation.request_fields[0].type == "object"

    @functools.cached_property
    def text(self) -> str:
        """A property that may hold any text, a required one if there is one; empty where none may."""
        return self._top(lambda it: it.is_free_text and it.schema.get("maxLength", _SHORTEST_LABEL) >= _SHORTEST_LABEL)

    @functools.cached_property
    def number(self) -> str:
        """A property that holds an integer, a required one if there is one; empty where none does."""
        return self._top(lambda it: it.type == "integer")

    @functools.cached_property
    def switch(self) -> str:
        """An optional property that holds a boolean; empty where none does."""
        return self._top(lambda it: it.type == "boolean" and not it.required)

    def _top(self, fits: Callable[[Field], bool]) -> str:
        return next((it.name for it in sorted(self.tops, key=lambda it: not it.required) if fits(it)), "")

    def uuid(self) -> str:
        """A random UUID of version 4."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def field(self, path: Path_) -> Field:
        """The operation's field at a path."""
        return self._fields[path]

    @property
    def fixed(self) -> dict[Path_, Json]:
        """The places that have one value in the whole run: the profile's scope."""
        return {(self.profile.scope,): self.scope} if self.profile.scope and self.scope else {}

    def is_scope(self, path: Path_) -> bool:
        """Whether a place holds the profile's scope, of which the run has one value."""
        return path == (self.profile.scope,)

    def below(self, path: Path_) -> list[Field]:
        """The fields one step below a place."""
        return [it for it in self.operation.request_fields if it.path and it.path[:-1] == path]

    def exemplar(self, path: Path_, items: int = 0) -> Json:
        """A plain legal value for a place: with what is required below it, or with all and so many items in a list."""
        field = self._fields[path]
        if path in self.fixed:
            return self.scope
        if path == (self.profile.labelled,):
            label = self.profile.label(self.random, next(self._nonces))
            return f"[{self.mark}] {label}" if self.mark else label
        value = self._built(field, items) if field.type in {"object", "array"} else None
        # A drawn body would lack the run's scope.
        if value is not None and (field.is_valid(value) or (not path and self.profile.scope)):
            return value
        return self.exemplar(path) if items else self.sample(field)

    def _built(self, field: Field, items: int) -> Json:
        """An object or a list made of what is below it; None where nothing is."""
        below = self.below(field.path)
        if field.type == "object" and "properties" in field.schema:
            full = items and len(field.path) < _DEEPEST
            return {it.path[-1]: self.exemplar(it.path, items) for it in below if it.required or full}
        if field.type == "array" and below:
            least, most = field.schema.get("minItems", 0), field.schema.get("maxItems", items or 1)
            return [self.exemplar(below[0].path, items) for _ in range(max(least, min(items or 1, most)))]
        return None

    def given(self, parameter: Parameter) -> Json:
        """A legal value of a parameter, one that its place can carry if there is such a value."""
        value = self.sample(parameter.field)
        if fits(parameter, value):
            return value
        return next((it for it in pool(parameter.field, 100) if fits(parameter, it)), value)

    def whole(self, items: int = 1) -> Any:
        """A legal body with every property; None where the operation takes no JSON object."""
        return self.exemplar((), items) if self.has_json else None

    def sample(self, field: Field) -> Json:
        """A legal value of any schema, a parameter's too; an id, a time and a text unlike those before it."""
        value: Json = None
        match field.schema.get("format", field.type):
            case "uuid":
                value = self.uuid()
            case "date-time":
                value = self.date_time()
            case "string":
                text = f"text {next(self._nonces)}"
                value = text.ljust(field.schema.get("minLength", 0), "x")[: field.schema.get("maxLength")]
        if value is not None and field.is_valid(value):
            return value
        if not (values := pool(field, _SAMPLES)):
            raise SetupError(f"no legal value is found for {field.name or 'the body'} of {self.operation.id}")
        return copy.deepcopy(self.random.choice(values))  # callers change what they are given

    def date_time(self) -> str:
        """A start in the second half of the 2030s, at a full minute, with the offset of Singapore."""
        draw = self.random.randrange
        return f"20{draw(35, 40)}-{draw(1, 13):02}-{draw(1, 29):02}T{draw(24):02}:{draw(60):02}:00+08:00"

    def minimal(self) -> Any:
        """A legal body with nothing but what is required; None where the operation takes no JSON."""
        return self.exemplar(()) if self._fields else None

    def worded(self, text: str, items: int = 0) -> Any:
        """A minimal body, or a whole one with so many items, with a text in its free text property, if it has one."""
        body = self.whole(items) if items else self.minimal()
        if not (self.text and self.has_json):
            return body
        return {**body, self.text: text[: self._fields[self.text,].schema.get("maxLength")]}

    def wrong(self, body: Any = None) -> tuple[Any, str]:
        """A body that no view of the contract allows, for one property, and that property."""
        legal = self.minimal() if body is None else body
        for field in sorted(self.tops, key=lambda it: (it.name != self.number, not it.required)):
            near: tuple[Json, ...] = (-1, {"none": []}, 7, "x", None)
            for value in near:
                changed = {**legal, field.name: value}
                if self.operation.judge(changed) is Judgement.ILLEGAL:
                    return changed, field.name
        return None, ""

    def with_value(self, path: Path_, value: Json, items: int = 0) -> Json:
        """A body in which one place has a value, of a list the last; a whole body if it is to have so many items."""
        return self._put(self.exemplar((), items), (), path, value) if path else value

    def _put(self, node: Json, done: Path_, rest: Path_, value: Json) -> Json:
        if not rest:
            return value
        step, here = rest[0], (*done, rest[0])
        if step == "[]":
            listed = node if isinstance(node, list) and node else [self.exemplar(here)]
            return [*listed[:-1], self._put(listed[-1], here, rest[1:], value)]
        members = node if isinstance(node, dict) else {}
        inner = members[step] if step in members else self.exemplar(here)
        return {**members, step: self._put(inner, here, rest[1:], value)}

    def target(self, **given: str) -> str:
        """The operation's path and required query, parameters filled in; encoded texts may be given by name.

        Path parameters that an earlier answer gives stay placeholders.
        """
        path = self.operation.path
        query = []
        for parameter in self.operation.parameters:
            text = given.get(parameter.name)
            if parameter.place == "path":
                path = path.replace(
                    f"{{{parameter.name}}}", text if text is not None else f"{PLACEHOLDER}{parameter.name}{PLACEHOLDER}"
                )
            elif parameter.place == "query" and (text is not None or parameter.field.required):
                query.append(text if text is not None else written(parameter, self.given(parameter)))
        return f"{self.base}{path}{'?' if query else ''}{'&'.join(query)}"

    def extended(self, query: str) -> str:
        """The operation's target with more in its query."""
        target = self.target()
        return f"{target}{'&' if '?' in target else '?'}{query}"

    @property
    def path(self) -> str:
        """The operation's path behind the base path, without a query."""
        return self.target().partition("?")[0]

    def post(self, body: bytes, *, media_type: str = "", target: str | None = None) -> HttpRequest:
        """A request with the caller's credentials, as a careful client writes it."""
        bearer = self.credentials.token if self.takes_token or not self.operation.security else ""
        if not media_type and self.operation.other_body:
            media_type = self.operation.other_body[0]
        media_type = media_type or next((it for it in self.operation.request_media_types if "json" in it), "")
        headers = [
            ("Host", self.host),
            *([(self.key_header, self.credentials.key)] if self.key_header else []),
            *([("Authorization", f"Bearer {bearer}")] if bearer else []),
            *([("Content-Type", media_type)] if media_type else []),
            ("Accept", "application/json"),
            ("User-Agent", "luminus-zoom-contract-tests"),
        ]
        for parameter in self.operation.parameters:
            if parameter.place == "header" and parameter.field.required:
                headers.append((parameter.name, plain(self.given(parameter))))
        if cookies := self._cookies():
            headers.append(("Cookie", cookies))
        target = target or self.target()
        if self.key_query and not self.key_header:
            target += f"{'&' if '?' in target else '?'}{self.key_query}={quote(self.credentials.key)}"
        return HttpRequest(self.operation.method, target, tuple(headers), body)

    def _cookies(self, *, but: str = "") -> str:
        """The required cookies less one, each with a value."""
        needed = (it for it in self.operation.parameters if it.place == "cookie" and it.field.required)
        return "; ".join(f"{it.name}={quote(plain(self.given(it)))}" for it in needed if it.name != but)

    def with_header(self, parameter: Parameter, text: str | None) -> HttpRequest:
        """A legal request in which a header's or a cookie's parameter has a text; without it where that is None."""
        request, name = self.request(), parameter.name
        if parameter.place == "header":
            return request.without(name.lower()) if text is None else request.having(name, text)
        mine = [] if text is None else [f"{name}={quote(text)}"]
        cookies = "; ".join(filter(None, [*mine, self._cookies(but=name)]))
        return request.having("Cookie", cookies) if cookies else request.without("cookie")

    def request(self) -> HttpRequest:
        """A legal request with no more than what is required."""
        return self.post(self.encoded(self.minimal()))

    def encoded(self, body: Json) -> bytes:
        """A body's bytes; where the operation takes no JSON, those of a legal form or text, or none."""
        if self._fields or self.operation.other_body is None:
            return encode(body) if self._fields else b""
        media_type, field = self.operation.other_body
        value = self.sample(field)
        is_form = media_type == FORM and isinstance(value, dict)
        return (urlencode({name: plain(it) for name, it in value.items()}) if is_form else plain(value)).encode()

    def case(
        self, clause: str, title: str, request: HttpRequest, expect: Iterable[int], body: Json = None, **more: Any
    ) -> Case:
        """A case of this operation."""
        return Case(clause, title, request, frozenset(expect), body, operation=self.operation.id, **more)

    def legal(self, clause: str, title: str, body: Json = None, **changes: Any) -> Case:
        """A case that must succeed; a minimal body unless another is given."""
        said = self.minimal() if body is None else body
        request = changes.pop("request", None) or self.post(self.encoded(said))
        return self.case(clause, title, request, self.succeeds, said, **changes)

    def judged(self, clause: str, title: str, body: Json, *, fallback: str = "", fault: str = "") -> Case:
        """A case whose expected answer follows from the contract's judgement of its body.

        `clause` is the keyword that the case probes. Where that one is not documented and both views agree all the
        same, the documented `fallback` is what an unexpected answer would break.
        """
        raw = encode(body)
        said = decode(raw)
        judgement = Judgement.LEGAL if b"\\u" in raw and _is_unreadable(said) else self.operation.judge(said)
        agreed = judgement in {Judgement.LEGAL, Judgement.ILLEGAL}
        also = clause
        if agreed and fallback and self.clauses[clause].is_finding:
            clause = fallback
        if judgement in {Judgement.ILLEGAL, Judgement.ILLEGAL_IF_UNDOCUMENTED_HOLDS}:
            # A refusal may name what it need not allow, too.
            fault = "" if tolerance(self.operation, said) else fault
            return self.case(clause, title, self.post(raw), self.operation.refusals, said, fault=fault, also=also)
        expect = self.either if tolerance(self.operation, said) else self.succeeds
        return self.case(clause, title, self.post(raw), expect, said, fault=fault, also=also)

    def raw(self, clause: str, title: str, body: bytes, *, media_type: str = "") -> Case:
        """A case of exact bytes: refused where they are no JSON, else as the contract judges what they say."""
        request = self.post(body, media_type=media_type)
        try:
            said = decode(body)
        except DuplicateKeyError:
            return self.case(clause, title, request, self.either)
        except (ValueError, RecursionError):
            return self.case(clause, title, request, self.operation.refusals)
        if _is_unreadable(said) or tolerance(self.operation, said):
            return self.case(clause, title, request, self.either, said)
        good = self.operation.judge(said) is Judgement.LEGAL
        return self.case(clause, title, request, self.succeeds if good else self.operation.refusals, said)


def plain(value: Json) -> str:
    """A value as a parameter's text: lists with commas between, booleans as JSON writes them."""
    if isinstance(value, list):
        return ",".join(map(plain, value))
    if isinstance(value, dict):
        return ",".join(f"{key},{plain(item)}" for key, item in value.items())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # 2.0 is an integer in JSON, and none in a parameter
    return value if isinstance(value, str) else json.dumps(value)


def fits(parameter: Parameter, value: Json) -> bool:
    """Whether a value can stand in its parameter's place and means the same there."""
    items = value if isinstance(value, list) else [value]
    texts = [plain(it) for it in items]
    if not all(texts) or not items or any(isinstance(it, list | dict) or it is None for it in items):
        return False
    separated = isinstance(value, list) and not parameter.explode
    return not (separated and any(parameter.delimiter in it for it in texts)) and all(
        carries(parameter, it) for it in texts
    )


def carries(parameter: Parameter, text: str) -> bool:
    """Whether a text can stand in its parameter's place without meaning something else there."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    if parameter.place == "path":
        return _PATH_SAFE.fullmatch(text) is not None
    # Without blanks at its ends, which no header's value has.
    return parameter.place == "query" or (_SENDABLE.fullmatch(text) is not None and text == text.strip())


def written(parameter: Parameter, value: Json) -> str:
    """A query parameter with a value, percent-encoded; a list's items each for themselves if it explodes."""
    name = quote(parameter.name, safe="")
    if isinstance(value, list) and parameter.explode and value:
        return "&".join(f"{name}={quote(plain(item), safe='')}" for item in value)
    if isinstance(value, list) and parameter.delimiter != ",":
        return f"{name}={quote(parameter.delimiter.join(map(plain, value)), safe='')}"
    return f"{name}={quote(plain(value), safe=',')}"


def encode(body: Json) -> bytes:
    """A body's JSON bytes, `Raw` numbers as they were written and text in UTF-8 where it can be."""
    numbers: list[str] = []

    def write(value: Any) -> str:
        numbers.append(value.text)
        return f"\ue0ff{len(numbers) - 1}\ue0ff"

    text = json.dumps(body, default=write, ensure_ascii=False, separators=(",", ":"))
    for index, number in enumerate(numbers):
        text = text.replace(f'"\ue0ff{index}\ue0ff"', number)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(body).encode()


def interleave(groups: Iterable[Iterable[Case]]) -> list[Case]:
    """Cases of several groups in turns, so that unlike requests follow each other."""
    rows = itertools.zip_longest(*groups)
    return [case for row in rows for case in row if case is not None]


def filled(case: Case, values: Mapping[str, str]) -> Case:
    """A case whose placeholders have values; those without one keep a value that nothing has."""
    pattern = f"{PLACEHOLDER}([^{PLACEHOLDER}]*){PLACEHOLDER}"
    target = re.sub(pattern, lambda match: quote(values.get(match[1], "none"), safe=""), case.request.target)
    named = case.names_created or target != case.request.target
    return replace(case, request=replace(case.request, target=target), names_created=named)


def _is_unreadable(said: Json) -> bool:
    """Whether a value holds what no validator can be given."""
    try:
        json.dumps(said, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        return True
    return False
