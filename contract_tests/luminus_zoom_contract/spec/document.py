"""An OpenAPI 3.1 document in two views, its references resolved, its schemas compiled.

The *full* view is the whole file. The *documented* view is what is left when everything with `x-provenance` is taken
away, which is what the owners' page alone promises. A body that the two views judge differently is disputed, and a
server may follow either.
"""

import base64
import binascii
import functools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, Self, cast
from urllib.parse import quote, unquote

import jsonschema_rs
import yaml

from luminus_zoom_contract.spec.instants import Instant

Json = Any
"""A decoded JSON value."""

Provenance = Literal["documented", "prose", "gateway", "observed", "inferred"]

_PACKAGE: Final = Path(__file__).parents[1]
_CHECKOUT: Final = _PACKAGE.parents[1] / "openapi.yaml"
DEFAULT: Final = _CHECKOUT if _CHECKOUT.exists() else _PACKAGE.with_name("luminus_zoom_mock") / "openapi.yaml"
"""The contract of this project: the checkout's, or the one that the wheel holds beside the mock."""
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_MOST_DIGITS: Final = 4000
_BOUNDS: Final = {"int32": {"minimum": -(2**31), "maximum": 2**31 - 1}}
"""By format. Beyond 53 bits a server may take or refuse an integer, so that int64 has none."""


class SetupError(ValueError):
    """The suite cannot test this document as it is; the message says what to change."""


class Contract:
    """A loaded OpenAPI document. Raises SetupError for what is none, or has no operation."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        from luminus_zoom_contract.spec.operations import METHODS, Operation  # which reads documents with this module

        if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.1"):
            raise SetupError("the contract is no OpenAPI 3.1 document: its `openapi` must be 3.1.x")
        self.full: Final[Mapping[str, Any]] = document
        self.documented: Final = _documented(document)
        found = [
            Operation(document, self.documented, path, method)
            for path, item in document.get("paths", {}).items()
            for method in METHODS
            if method in item
        ]
        self.operations: Final[Mapping[str, Operation]] = {operation.id: operation for operation in found}
        if not found:
            raise SetupError("the contract has no operation")
        if len(self.operations) < len(found):
            raise SetupError("two operations of the contract have one operationId")

    @classmethod
    def load(cls, path: Path = DEFAULT) -> Self:
        """Read a contract from a file. Raises SetupError where it cannot be read."""
        try:
            return cls(read_yaml(path))
        except (OSError, yaml.YAMLError) as error:
            raise SetupError(f"the contract cannot be read: {error}") from None

    @functools.cached_property
    def sensitive(self) -> Mapping[str, Any]:
        """The names of the properties that are secret, by `x-sensitive`, each with its value: true or `query`."""
        found: dict[str, Any] = {}

        def look(node: Json) -> None:
            if isinstance(node, dict):
                for name, child in (node.get("properties") or {}).items():
                    if isinstance(child, dict) and child.get("x-sensitive"):
                        found[name] = child["x-sensitive"]
            for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
                look(child)

        look(self.full)
        return found


def validator(document: Mapping[str, Any], pointer: str) -> jsonschema_rs.Draft202012Validator:
    """A validator for the schema at a JSON pointer of an OpenAPI 3.1 document, formats and integer widths asserted."""
    schema = {"$ref": f"#{quote(pointer)}", **with_integer_bounds(document)}
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, formats=FORMATS, ignore_unknown_formats=True
    )


def resolved(document: Mapping[str, Any], pointer: str, node: Json) -> tuple[str, Json]:
    """A node without its reference, what stands beside that kept, and where the referred node is."""
    while "$ref" in node:
        pointer = unquote(node["$ref"].removeprefix("#"))
        node = {**at(document, pointer), **{k: v for k, v in node.items() if k != "$ref"}}
    return pointer, node


def merged(document: Mapping[str, Any], schema: Json) -> Json:
    """A schema with what the branches of its allOf say of type, properties and requirements."""
    if "allOf" not in schema:
        return schema
    whole: dict[str, Json] = {}
    parts = [merged(document, resolved(document, "", branch)[1]) for branch in schema["allOf"]]
    for part in (*parts, {key: value for key, value in schema.items() if key != "allOf"}):
        properties = {**whole.get("properties", {}), **part.get("properties", {})}
        required = [*whole.get("required", ()), *part.get("required", ())]
        whole |= part
        whole |= {"properties": properties} if properties else {}
        whole |= {"required": required} if required else {}
    return whole


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID as RFC 9562 writes one: hyphenated, any case, nothing around it."""
    return _UUID.fullmatch(text) is not None


def is_date_time(text: str) -> bool:
    """Whether a text is a date-time of RFC 3339."""
    return Instant.parse(text) is not None


def is_base64(text: str) -> bool:
    """Whether a text is base64 of RFC 4648, section 4, which OpenAPI's format `byte` stands for."""
    try:
        base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return False
    return True


FORMATS: Final = {"uuid": is_uuid, "date-time": is_date_time, "byte": is_base64}


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


LOADER: Final[type[yaml.SafeLoader]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML was built with it: ten times as fast."""


def read_yaml(path: Path) -> Any:
    """What a file says."""
    return yaml.load(path.read_text("utf-8"), LOADER)  # noqa: S506


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


def _documented(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The documented view of a document. It keeps all named schemas, since what is documented may refer to them."""
    view = cast(dict[str, Any], without_provenance(document))
    named = document.get("components", {}).get("schemas", {})
    schemas = {name: without_provenance(schema) for name, schema in named.items()}
    return {**view, "components": {**view.get("components", {}), "schemas": schemas}}


def _is_undocumented(node: Json) -> bool:
    mark = node.get("x-provenance") if isinstance(node, dict) else None
    return isinstance(mark, dict) and "kind" in mark and "keywords" not in mark


def kind_of(node: Mapping[str, Any]) -> Provenance:
    """Where an item of the contract comes from."""
    return cast(Provenance, node.get("x-provenance", {}).get("kind", "documented"))


def with_integer_bounds(node: Json) -> Json:
    """A part of a contract in which each int32 has its bounds, which validators do not read from a format."""
    if isinstance(node, list):
        return [with_integer_bounds(item) for item in node]
    if not isinstance(node, dict):
        return node
    bounds = _BOUNDS.get(str(node.get("format")), {})
    return {**bounds, **{key: with_integer_bounds(value) for key, value in node.items()}}


def at(document: Json, pointer: str) -> Json:
    """The node at a JSON pointer."""
    for step in pointer.strip("/").split("/") if pointer else ():
        key = unescape(step)
        document = document[int(key) if isinstance(document, list) else key]
    return document


def escape(key: str) -> str:
    """A key as a step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def unescape(step: str) -> str:
    """The key that a step of a JSON pointer stands for."""
    return step.replace("~1", "/").replace("~0", "~")


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
