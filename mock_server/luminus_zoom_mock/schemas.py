"""The document's schemas: references followed, compiled with their formats asserted, and what breaks them in words."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import jsonschema_rs

Schema: TypeAlias = dict[str, Any]
Faults: TypeAlias = dict[str, list[str]]
"""What is wrong with a request: messages by the path of the property at fault, "" for the body as a whole."""

BRANCHES = ("allOf", "anyOf", "oneOf")
RANGES = {"int32": 2**31, "int64": 2**63}
"""The integers of a format lie from -n to n - 1 (OpenAPI's format registry)."""

_MESSAGES = {
    "additionalProperties": "may not have other properties",
    "anyOf": "must match one of its alternatives",
    "const": "must be {expected_value}",
    "contains": "must contain an item of the kind that is asked for",
    "enum": "must be one of {options}",
    "exclusiveMaximum": "must be less than {limit}",
    "exclusiveMinimum": "must be more than {limit}",
    "format": "must be a valid {format}",
    "maxItems": "must have at most {limit} items",
    "maxLength": "must be at most {limit} characters long",
    "maxProperties": "must have at most {limit} properties",
    "maximum": "must be at most {limit}",
    "minItems": "must have at least {limit} items",
    "minLength": "must be at least {limit} characters long",
    "minProperties": "must have at least {limit} properties",
    "minimum": "must be at least {limit}",
    "multipleOf": "must be a multiple of {multiple_of}",
    "oneOfMultipleValid": "must match one of its alternatives and no other",
    "oneOfNotValid": "must match one of its alternatives",
    "pattern": "must match the pattern {pattern}",
    "required": "is required",
    "type": "must be of type {types}",
    "uniqueItems": "must have no two items alike",
}
"""By keyword; the words in braces are jsonschema-rs's names for what the schema says. None shows a value received."""

_DEPTH = 64
"""Levels of a refused body that are looked at, which is far beyond the contract's; jsonschema-rs refuses 255."""


_MOST_COMPILED = 2000
"""Schemas that are kept compiled; those that are made up for one value come and go."""


class Property(NamedTuple):
    """What matters of a property's schema for answering it: `type` and `format`, "" where the schema has none."""

    type: str
    format: str
    schema: Schema
    """The schema itself, as it stands in the document."""
    echoes: str
    """The request's property that this one repeats (`x-echoes`), "" where the contract names none."""
    required: bool


class Schemas:
    """A document's schemas. Immutable, so that apps can share it."""

    def __init__(self, document: Schema) -> None:
        """Read a parsed document."""
        self._document = document
        self._components = {"schemas": _with_ranges(document.get("components", {}).get("schemas", {}))}
        self._compiled: dict[int, tuple[Schema, jsonschema_rs.Draft202012Validator]] = {}

    def resolve(self, item: Any) -> Schema:
        """Return what stands behind a reference, or the item itself; {} for what is no object."""
        while isinstance(item, dict) and "$ref" in item:
            found: Any = self._document
            for key in item["$ref"].removeprefix("#/").split("/"):
                found = found[key.replace("~1", "/").replace("~0", "~")]
            item = found
        return item if isinstance(item, dict) else {}

    def validator(self, schema: Schema) -> jsonschema_rs.Draft202012Validator:
        """Return the compiled schema, its formats asserted; it is kept for the next time."""
        known = self._compiled.get(id(schema))
        if known is None:
            if len(self._compiled) >= _MOST_COMPILED:
                self._compiled.clear()
            root = {**_with_ranges(schema), "components": self._components}
            compiled = jsonschema_rs.Draft202012Validator(root, validate_formats=True, formats={"byte": _is_base64})
            known = self._compiled[id(schema)] = (schema, compiled)  # the schema is kept, so that its id stays its own
        return known[1]

    def allows(self, schema: Schema, value: Any) -> bool:
        """Tell whether a value fits a schema."""
        return self.validator(schema).is_valid(value)

    def faults(self, schema: Schema, value: Any, subject: str = "The request body ") -> Faults:
        """Return every breach of the schema, by property in dotted form (`access.groupAccess[0].groupID`)."""
        compiled = self.validator(schema)
        if compiled.is_valid(value):
            return {}
        faults: Faults = {}
        for error in compiled.iter_errors(_pruned(value, _DEPTH)):
            details, rule = error.kind.as_dict(), str(error.kind.name)
            where = [*error.instance_path, *([details["property"]] if rule == "required" else [])]
            message = _MESSAGES.get(rule, f"breaks the rule {rule}")
            words = {key: ", ".join(map(str, it)) if isinstance(it, list) else it for key, it in details.items()}
            start = "" if where else subject
            faults.setdefault(_dotted(where), []).append(start + message.format(**words))
        return faults or {"": ["The request body nests too deeply."]}

    def respelled(self, value: Any, schema: Schema) -> Any:
        """Return the value with the property names that differ from the contract's in case alone spelled as there."""
        if isinstance(value, dict):
            properties = dict(self.properties(schema))
            if not properties:
                return value
            spelling = {name.lower(): name for name in properties}
            named = {spelling.get(str(name).lower(), str(name)): item for name, item in value.items()}
            return {name: self.respelled(item, properties.get(name, {})) for name, item in named.items()}
        items = next((part["items"] for part in self.parts(schema) if isinstance(part.get("items"), dict)), None)
        if isinstance(value, list) and items is not None:
            return [self.respelled(item, items) for item in value]
        return value

    def parts(self, schema: Any, seen: tuple[int, ...] = ()) -> Iterator[Schema]:
        """Yield the schema, what it refers to, and the branches of its compositions."""
        if not isinstance(schema, dict) or id(schema) in seen:
            return
        seen = (*seen, id(schema))
        yield schema
        if "$ref" in schema:
            yield from self.parts(self.resolve(schema), seen)
        for keyword in BRANCHES:
            for branch in schema.get(keyword, ()):
                yield from self.parts(branch, seen)

    def properties(self, schema: Any) -> Iterator[tuple[str, Schema]]:
        """Yield a schema's properties, those of references and compositions among them."""
        for part in self.parts(schema):
            yield from part.get("properties", {}).items()

    def described(self, schema: Any) -> dict[str, Property]:
        """Return what matters of a schema's properties, by name and in the document's order."""
        required = {name for part in self.parts(schema) for name in part.get("required", ())}
        return {name: self._property(it, name in required) for name, it in self.properties(schema)}

    def _property(self, schema: Schema, required: bool) -> Property:
        parts = list(self.parts(schema))
        types = [kind for part in parts for kind in _listed(part.get("type", [])) if kind != "null"]
        formats = [part["format"] for part in parts if "format" in part]
        echoes = next((str(part["x-echoes"]) for part in parts if "x-echoes" in part), "")
        return Property(next(iter(types), ""), next(iter(formats), ""), schema, echoes, required)


def _is_base64(text: str) -> bool:
    try:
        b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return False
    return True


def _with_ranges(schema: Any) -> Any:
    """Return a schema in which the formats of integers are bounds: JSON Schema asserts the formats of texts alone."""
    if isinstance(schema, list):
        return [_with_ranges(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {name: _with_ranges(item) for name, item in schema.items()}
    size = RANGES.get(str(schema.get("format")))
    if size and "type" in schema:
        copy.setdefault("minimum", -size)
        copy.setdefault("maximum", size - 1)
    return copy


def _pruned(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {name: _pruned(item, depth - 1) for name, item in value.items()} if depth else {}
    if isinstance(value, list):
        return [_pruned(item, depth - 1) for item in value] if depth else []
    return value


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _dotted(where: list[str | int]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in where).removeprefix(".")
