"""openapi.yaml as the suite reads it: two views, their validators, and the three-way judgement of a body.

The *full* view is the whole file. The *documented* view is what is left when everything with `x-provenance` is taken
away, which is what the owners' page alone promises. A body that the two views judge differently is disputed, and a
server may follow either.
"""

import enum
import functools
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, Self, cast

import jsonschema_rs
import yaml

from luminus_zoom_contract.spec.instants import Instant

Json = Any
"""A decoded JSON value."""

Provenance = Literal["documented", "prose", "gateway", "observed", "inferred"]
Path_ = tuple[str, ...]
"""Where a value sits in a body; `[]` stands for each item of an array."""

_PACKAGE: Final = Path(__file__).parents[1]
_CHECKOUT: Final = _PACKAGE.parents[1] / "openapi.yaml"
DEFAULT: Final = _CHECKOUT if _CHECKOUT.exists() else _PACKAGE.with_name("luminus_zoom_mock") / "openapi.yaml"
"""The contract of this project: the checkout's, or the one that the wheel holds beside the mock."""
OPERATION: Final = "/paths/~1Meeting/post"
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_MOST_DIGITS: Final = 4000
_INT32: Final = {"minimum": -(2**31), "maximum": 2**31 - 1}


class Judgement(enum.Enum):
    """What the two views say of a request body."""

    LEGAL = "legal"
    ILLEGAL = "illegal"
    LEGAL_IF_UNDOCUMENTED_HOLDS = "legal in the full view alone"
    ILLEGAL_IF_UNDOCUMENTED_HOLDS = "illegal in the full view alone"


@dataclass(frozen=True)
class Field:
    """One place of a body that has a schema: a property, an array's items, or the whole body (the empty path)."""

    path: Path_
    schema: Mapping[str, Any]
    pointer: str
    provenance: Provenance
    required: bool
    null: Provenance | None
    """Where a permitted null comes from, or None where null is not permitted."""

    @functools.cached_property
    def name(self) -> str:
        """The path in one word, as in `access.groupAccess[].accessRole`."""
        return ".".join(self.path).replace(".[]", "[]")

    @functools.cached_property
    def type(self) -> str:
        """The JSON Schema type."""
        return str(self.schema.get("type", "object"))

    def keyword_provenance(self, keyword: str) -> Provenance:
        """Where one keyword of the schema comes from."""
        mark = self.schema.get("x-provenance", {})
        return mark["kind"] if keyword in mark.get("keywords", ()) else self.provenance


class Contract:
    """A loaded openapi.yaml.

    Raises KeyError where the file has no `POST /Meeting`, which is the one operation that the suite knows how to probe.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.full: Final = document
        self.documented: Final = cast(Mapping[str, Any], without_provenance(document))

    @classmethod
    def load(cls, path: Path = DEFAULT) -> Self:
        """Read a contract from a file."""
        return cls(read_yaml(path))

    def operation(self) -> Mapping[str, Any]:
        """The operation under test."""
        return cast(Mapping[str, Any], self.full["paths"]["/Meeting"]["post"])

    @functools.cached_property
    def request_media_types(self) -> tuple[str, ...]:
        """What a request may be labelled, in the file's order; one may be a range."""
        return tuple(self.operation()["requestBody"]["content"])

    @functools.cached_property
    def request_fields(self) -> tuple[Field, ...]:
        """Every place of the request body, the body itself first."""
        media = self.request_media_types[0]
        pointer = f"{OPERATION}/requestBody/content/{_escape(media)}/schema"
        return tuple(self._walk((), _at(self.full, pointer), pointer, "documented", required=True))

    @functools.cached_property
    def request_names(self) -> Mapping[str, Field]:
        """The same places by their names."""
        return {field.name: field for field in self.request_fields}

    @functools.cached_property
    def response_fields(self) -> tuple[Field, ...]:
        """Every place of the body of a 201."""
        pointer = f"{OPERATION}/responses/201/content/{_escape(self.response_media_types(201)[0])}/schema"
        return tuple(self._walk((), _at(self.full, pointer), pointer, "documented", required=True))

    def response_media_types(self, status: int) -> tuple[str, ...]:
        """How an answer with this status may be labelled; empty where its body is not described."""
        return tuple(self.operation()["responses"][str(status)].get("content", ()))

    @functools.cached_property
    def statuses(self) -> Mapping[int, Provenance]:
        """The statuses that the operation may answer with, and where each comes from."""
        return {int(code): _kind(answer) for code, answer in self.operation()["responses"].items()}

    @functools.cached_property
    def request_validators(self) -> tuple[jsonschema_rs.Draft202012Validator, jsonschema_rs.Draft202012Validator]:
        """Validators of a request body: the documented view's, the full view's."""
        pointer = f"{OPERATION}/requestBody/content/{_escape(self.request_media_types[0])}/schema"
        return validator(self.documented, pointer), validator(self.full, pointer)

    def response_validator(
        self, status: int, media_type: str = "application/json"
    ) -> jsonschema_rs.Draft202012Validator:
        """Validator of an answer's decoded body, in the full view."""
        return validator(self.full, f"{OPERATION}/responses/{status}/content/{_escape(media_type)}/schema")

    def judge(self, body: Json) -> Judgement:
        """What both views say of a decoded request body."""
        documented, full = (view.is_valid(body) for view in self.request_validators)
        if documented == full:
            return Judgement.LEGAL if full else Judgement.ILLEGAL
        return Judgement.LEGAL_IF_UNDOCUMENTED_HOLDS if full else Judgement.ILLEGAL_IF_UNDOCUMENTED_HOLDS

    def _walk(
        self, path: Path_, schema: Json, pointer: str, provenance: Provenance, *, required: bool
    ) -> Iterator[Field]:
        pointer, schema = self._resolve(pointer, schema)
        pointer, schema, null = _not_null(pointer, schema)
        pointer, schema = self._resolve(pointer, schema)
        own = _kind(schema) if "x-provenance" in schema and "keywords" not in schema["x-provenance"] else provenance
        yield Field(path, schema, pointer, own, required, null)
        for name, child in schema.get("properties", {}).items():
            needed = name in schema.get("required", ())
            yield from self._walk((*path, name), child, f"{pointer}/properties/{_escape(name)}", own, required=needed)
        if "items" in schema:
            yield from self._walk((*path, "[]"), schema["items"], f"{pointer}/items", own, required=True)

    def _resolve(self, pointer: str, schema: Json) -> tuple[str, Json]:
        while "$ref" in schema:
            pointer = schema["$ref"].removeprefix("#")
            schema = {**_at(self.full, pointer), **{k: v for k, v in schema.items() if k != "$ref"}}
        return pointer, schema


def validator(document: Mapping[str, Any], pointer: str) -> jsonschema_rs.Draft202012Validator:
    """A validator for the schema at a JSON pointer of an OpenAPI 3.1 document, formats and int32 asserted."""
    schema = {"$ref": f"#{pointer}", **with_int32_bounds(document)}
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, formats=FORMATS, ignore_unknown_formats=True
    )


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID as RFC 9562 writes one: hyphenated, any case, nothing around it."""
    return _UUID.fullmatch(text) is not None


def is_date_time(text: str) -> bool:
    """Whether a text is a date-time of RFC 3339."""
    return Instant.parse(text) is not None


FORMATS: Final = {"uuid": is_uuid, "date-time": is_date_time}


def decode(raw: bytes | str) -> Json:
    """Decode JSON as RFC 8259 writes it, refusing what Python's reader lets through; ValueError otherwise."""
    return _DECODER.decode(raw.decode("utf-8") if isinstance(raw, bytes) else raw)


@dataclass(frozen=True, slots=True)
class NotJson:
    """What stands for the value of bytes that are no JSON, with the reason."""

    reason: str


def decoded(raw: bytes) -> Json | NotJson:
    """Decode JSON as `decode` does, or say why that is not possible."""
    try:
        return decode(raw)
    except (ValueError, RecursionError) as error:
        return NotJson(str(error))


def read_yaml(path: Path) -> Any:
    """What a file of ours says, read by libyaml where PyYAML was built with it, ten times as fast."""
    return yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


class DuplicateKeyError(ValueError):
    """A JSON object has the same member twice, which RFC 8259 calls unpredictable."""


def without_provenance(node: Json) -> Json:
    """The documented view of a part of the contract."""
    if isinstance(node, list):
        return [without_provenance(item) for item in node if not _is_undocumented(item)]
    if not isinstance(node, dict):
        return node
    mark = node.get("x-provenance", {})
    dropped = {"x-provenance", *mark.get("keywords", ())}
    return {k: without_provenance(v) for k, v in node.items() if k not in dropped and not _is_undocumented(v)}


def _is_undocumented(node: Json) -> bool:
    mark = node.get("x-provenance") if isinstance(node, dict) else None
    return isinstance(mark, dict) and "kind" in mark and "keywords" not in mark


def _kind(node: Mapping[str, Any]) -> Provenance:
    return cast(Provenance, node.get("x-provenance", {}).get("kind", "documented"))


def with_int32_bounds(node: Json) -> Json:
    """A part of a contract in which each int32 has its bounds, which validators do not read from the format."""
    if isinstance(node, list):
        return [with_int32_bounds(item) for item in node]
    if not isinstance(node, dict):
        return node
    bounds = _INT32 if node.get("format") == "int32" else {}
    return {**bounds, **{key: with_int32_bounds(value) for key, value in node.items()}}


def _not_null(pointer: str, schema: Json) -> tuple[str, Json, Provenance | None]:
    branches = schema.get("anyOf", ())
    nulls = [_kind(branch) for branch in branches if branch.get("type") == "null"]
    others = [index for index, branch in enumerate(branches) if branch.get("type") != "null"]
    if not others:
        return pointer, schema, None
    return f"{pointer}/anyOf/{others[0]}", branches[others[0]], nulls[0] if nulls else None


def _at(document: Json, pointer: str) -> Json:
    for step in pointer.strip("/").split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        document = document[int(key) if isinstance(document, list) else key]
    return document


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")


def _number(text: str) -> float | int:
    number = float(text)
    if math.isfinite(number):
        return number
    if Decimal(text).adjusted() > _MOST_DIGITS:
        raise ValueError("a number with more digits than can be held")
    return int(Decimal(text))


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateKeyError("a member stands twice")
    return members


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=_number, object_pairs_hook=_object)
