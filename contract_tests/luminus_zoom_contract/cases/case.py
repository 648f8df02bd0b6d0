"""A case: one request, what it means in the domain's words, and what a conforming server may answer."""

import itertools
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from luminus_zoom_contract.cases.tolerances import allowance
from luminus_zoom_contract.run.transport import HttpRequest
from luminus_zoom_contract.spec.clauses import Clause
from luminus_zoom_contract.spec.document import Contract, DuplicateKeyError, Field, Json, Judgement, Path_, decode

KEY_HEADER: Final = "Ocp-Apim-Subscription-Key"
CREATED: Final = frozenset({201})
REFUSED: Final = frozenset({400})
EITHER: Final = CREATED | REFUSED


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


@dataclass(frozen=True, slots=True)
class Raw:
    """A JSON number written in a way that Python would not write it."""

    text: str


class Maker:
    """Makes the cases of one run. The same contract, credentials, module and seed make the same bytes."""

    def __init__(
        self,
        contract: Contract,
        clauses: Mapping[str, Clause],
        credentials: Credentials,
        *,
        host: str,
        base_path: str,
        module: str,
        seed: int,
        mark: str = "",
    ) -> None:
        """Make cases for one module; a mark stands in every name that the maker thinks up."""
        self.contract: Final = contract
        self.clauses: Final = clauses
        self.credentials: Final = credentials
        self.module: Final = module
        self.path: Final = f"{base_path}/Meeting"
        self.random: Final = random.Random(seed)  # noqa: S311 - test data
        self.host: Final = host
        self.mark: Final = mark
        self._nonces = itertools.count(1)
        self._fields: Final = {field.path: field for field in contract.request_fields}
        self._required: Final[dict[Path_, list[Path_]]] = {}
        for field in contract.request_fields:
            if field.path and field.required and field.path[-1] != "[]":
                self._required.setdefault(field.path[:-1], []).append(field.path)

    def uuid(self) -> str:
        """A random UUID of version 4."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def field(self, path: Path_) -> Field:
        """The contract's field at a path."""
        return self._fields[path]

    def exemplar(self, path: Path_) -> Json:
        """A plain legal value for a place of the body, with what is required below it."""
        field = self._fields[path]
        if path == ("moduleID",):
            return self.module
        if path == ("name",):
            name = f"CS{self.random.randrange(1000, 7000)} lecture {next(self._nonces)}"
            return f"[{self.mark}] {name}" if self.mark else name
        if field.type == "object":
            return {child[-1]: self.exemplar(child) for child in self._required.get(path, ())}
        if field.type == "array":
            return [self.exemplar((*path, "[]"))]
        return self._scalar(field)

    def _scalar(self, field: Field) -> Json:
        schema = field.schema
        if field.type == "integer":
            return self.random.choice(schema["enum"]) if "enum" in schema else self._integer(schema)
        if field.type == "boolean":
            return self.random.random() < 0.5
        if schema.get("format") == "uuid":
            return self.uuid()
        if schema.get("format") == "date-time":
            return self.date_time()
        return f"text {next(self._nonces)}"[: schema.get("maxLength")]

    def _integer(self, schema: Mapping[str, Any]) -> int:
        step = schema.get("multipleOf", 1)
        low = -(-schema.get("minimum", 0) // step)
        return int(self.random.randint(low, schema.get("maximum", step * 1000) // step) * step)

    def date_time(self) -> str:
        """A start in the second half of the 2030s, at a full minute, with the offset of Singapore."""
        draw = self.random.randrange
        return f"20{draw(35, 40)}-{draw(1, 13):02}-{draw(1, 29):02}T{draw(24):02}:{draw(60):02}:00+08:00"

    def minimal(self) -> dict[str, Json]:
        """A legal body with nothing but what is required."""
        body: dict[str, Json] = self.exemplar(())
        return body

    def with_value(self, path: Path_, value: Json) -> Json:
        """A minimal body in which one place has a given value."""
        return self._put(self.minimal(), (), path, value) if path else value

    def _put(self, node: Json, done: Path_, rest: Path_, value: Json) -> Json:
        step, here = rest[0], (*done, rest[0])
        below = value if len(rest) == 1 else self._put(self.exemplar(here), here, rest[1:], value)
        return [below] if step == "[]" else {**node, step: below}

    def post(self, body: bytes, *, media_type: str = "application/json", target: str | None = None) -> HttpRequest:
        """A request with the caller's credentials, as a careful client writes it."""
        bearer = (("Authorization", f"Bearer {self.credentials.token}"),) if self.credentials.token else ()
        headers = (
            ("Host", self.host),
            (KEY_HEADER, self.credentials.key),
            *bearer,
            ("Content-Type", media_type),
            ("Accept", "application/json"),
            ("User-Agent", "luminus-zoom-contract-tests"),
        )
        return HttpRequest("POST", target or self.path, headers, body)

    def legal(self, clause: str, title: str, body: Json = None, **changes: Any) -> Case:
        """A case that must create a meeting; a minimal body unless another is given."""
        said = self.minimal() if body is None else body
        return Case(clause, title, changes.pop("request", self.post(encode(said))), CREATED, said, **changes)

    def judged(self, clause: str, title: str, body: Json, *, fallback: str = "", fault: str = "") -> Case:
        """A case whose expected answer follows from the contract's judgement of its body.

        `clause` is the keyword that the case probes. Where that one is not documented and both views agree all the
        same, the documented `fallback` is what an unexpected answer would break.
        """
        raw = encode(body)
        said = decode(raw)
        judgement = Judgement.LEGAL if b"\\u" in raw and _is_unreadable(said) else self.contract.judge(said)
        agreed = judgement in {Judgement.LEGAL, Judgement.ILLEGAL}
        also = clause
        if agreed and fallback and self.clauses[clause].is_finding:
            clause = fallback
        if judgement in {Judgement.ILLEGAL, Judgement.ILLEGAL_IF_UNDOCUMENTED_HOLDS}:
            return Case(clause, title, self.post(raw), REFUSED, said, fault, also=also)
        expect = EITHER if allowance(self.contract, said) else CREATED
        return Case(clause, title, self.post(raw), expect, said, fault, also=also)

    def raw(self, clause: str, title: str, body: bytes, *, media_type: str = "application/json") -> Case:
        """A case of exact bytes: refused where they are no JSON, else as the contract judges what they say."""
        request = self.post(body, media_type=media_type)
        try:
            said = decode(body)
        except DuplicateKeyError:
            return Case(clause, title, request, EITHER)
        except (ValueError, RecursionError):
            return Case(clause, title, request, REFUSED)
        if _is_unreadable(said) or allowance(self.contract, said):
            return Case(clause, title, request, EITHER, said)
        return Case(clause, title, request, CREATED if self.contract.judge(said) is Judgement.LEGAL else REFUSED, said)


def encode(body: Json) -> bytes:
    """A body's JSON bytes, `Raw` numbers as they were written and text in UTF-8 where it can be."""
    written: list[str] = []

    def write(value: Any) -> str:
        written.append(value.text)
        return f"\ue0ff{len(written) - 1}\ue0ff"

    text = json.dumps(body, default=write, ensure_ascii=False, separators=(",", ":"))
    for index, number in enumerate(written):
        text = text.replace(f'"\ue0ff{index}\ue0ff"', number)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(body).encode()


def interleave(groups: Iterable[Iterable[Case]]) -> list[Case]:
    """Cases of several groups in turns, so that unlike requests follow each other."""
    rows = itertools.zip_longest(*groups)
    return [case for row in rows for case in row if case is not None]


def _is_unreadable(said: Json) -> bool:
    """Whether a value holds what no validator can be given."""
    try:
        json.dumps(said, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        return True
    return False
