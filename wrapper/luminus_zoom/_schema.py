"""What openapi.yaml demands of a request's body, and what is wrong with a body, in words."""

import contextlib
import functools
import operator
from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from luminus_zoom_api.limits import REQUEST

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

Path = tuple[str | int, ...]
"""A place in a body: the names of properties and the places in lists that lead to it."""
Faults = dict[Path, str]

_INTEGER_BITS = {"int32": 31, "int64": 63}
_WORDS: Mapping[str, str] = {
    "type": "must be of the type {}",
    "enum": "must be one of {}",
    "const": "must be {}",
    "format": "must have the format {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "pattern": "must match the pattern {}",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "uniqueItems": "must not repeat an item",
    "minProperties": "must have at least {} properties",
    "maxProperties": "must have at most {} properties",
    "required": "must have {}",
    "dependentRequired": "must have what others require: {}",
}


class WrongValue(Exception):
    """A value is refused: why, by the place inside it, and what to send if nothing is checked (None: the value)."""

    def __init__(self, why: str | Faults, sent: object = None) -> None:
        super().__init__(why)
        self.faults: Faults = {(): why} if isinstance(why, str) else why
        self.sent = sent


def shown(value: object) -> str:
    """A value in an error's text: short, and only its type where its repr could be anything."""
    if type(value) in (str, bool, int, float, UUID, date):
        # Python writes no integers of more than 4,300 digits.
        with contextlib.suppress(ValueError):
            text = repr(value)
            return text if len(text) <= 60 else f"{text[:59]}…"
    return type(value).__name__


def contract_faults(body: dict[str, Any], refused: Collection[Path]) -> list[tuple[Path, str]]:
    """What is wrong with a body by the contract, and where.

    A place that was refused before is not checked again, and neither is an object or a list that contains it.
    """
    for *parents, last in refused:
        _at(body, parents)[last] = None
    validator, schema = _contract()
    if validator.is_valid(body):
        return []
    found: dict[Path, dict[str, str]] = {}
    for error in validator.iter_errors(body):
        path, keyword = tuple(error.instance_path), str(error.schema_path[-1])
        if not any(place[: len(path)] == path for place in refused):
            bound = str(_at(schema, error.schema_path)).strip("[]")
            text = _WORDS.get(keyword, f"breaks the contract's rule {keyword}: {{}}").format(bound)
            value = _at(body, path)
            text += "" if isinstance(value, dict | list) else f" (got {shown(value)})"
            found.setdefault(path, {})[text] = keyword
    # An enum says all that a range beside it says.
    return [
        (path, text)
        for path, texts in found.items()
        for text, keyword in texts.items()
        if keyword == "enum" or "enum" not in texts.values()
    ]


def _at(tree: Any, path: Collection[str | int]) -> Any:
    return functools.reduce(operator.getitem, path, tree)


@functools.cache
def _contract() -> tuple["Draft202012Validator", Any]:
    """The validator of a request's body, and its schema."""
    from jsonschema_rs import Draft202012Validator  # It takes long to import, and is not needed before the first call.

    schema = _stated(REQUEST)
    return Draft202012Validator(schema, validate_formats=True), schema


def _stated(schema: Any) -> Any:
    """A schema with the bounds of its integer formats, which JSON Schema does not know, and without the choice of null.

    Null is never sent. An error in the only other choice is reported directly, and not as one of ``anyOf``.
    """
    if isinstance(schema, list):
        return [_stated(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: value if name in ("const", "enum") else _stated(value) for name, value in schema.items()}
    for name, bits in _INTEGER_BITS.items():
        if schema.get("format") == name:
            result = {"minimum": -(2**bits), "maximum": 2**bits - 1, **result}
    match result:
        case {"anyOf": [{"type": "null"}, other] | [other, {"type": "null"}]}:
            del result["anyOf"]
            result["allOf"] = [*result.get("allOf", ()), other]
    return result
