"""What the schema allows and an honest server may still refuse: such a request may be created or answered with 400.

Each tolerance has its reason. They keep the suite quiet where implementations differ for good cause; whatever the
server decides, its answer is still held against every other clause.
"""

import re
import time
from collections.abc import Iterator
from typing import Any, Final

from luminus_zoom_contract.spec.instants import Instant
from luminus_zoom_contract.spec.operations import Field, Operation

_FARTHEST_OFFSET: Final = 14 * 60
_MOST_FRACTION_DIGITS: Final = 7
_DEEPEST: Final = 30
_LAST_SURE_YEAR: Final = 2100
LARGEST_INTEGER: Final = 2**53 - 1
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NIL: Final = "00000000-0000-0000-0000-000000000000"


def tolerance(operation: Operation, body: Any) -> str | None:
    """Why a server may refuse a body that the schema allows, or None where it may not."""
    for name, value, depth in _nodes(body):
        if isinstance(value, dict | list) and depth >= _DEEPEST:
            return "readers limit the depth of nesting (ASP.NET Core to 32)"
        field = operation.request_names.get(name) if name is not None else None
        if reason := _of_text(field, value) if isinstance(value, str) else _of_number(value):
            return reason
    return None


def _nodes(body: Any) -> Iterator[tuple[str | None, Any, int]]:
    """Each value in a body, with the name of its place and its depth; members' names too, which have no place."""
    left: list[tuple[str | None, Any, int]] = [("", body, 0)]
    while left:
        name, value, depth = left.pop()
        yield name, value, depth
        if isinstance(value, dict):
            left += [(f"{name}.{key}".removeprefix("."), child, depth + 1) for key, child in value.items()]
            left += [(None, key, depth + 1) for key in value]
        elif isinstance(value, list):
            left += [(f"{name}[]", child, depth + 1) for child in value]


def _of_number(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        return "an integer with a fraction of zero is an integer to JSON Schema, not to every reader"
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return "an integer beyond 53 bits is not read exactly everywhere (RFC 8259, section 6)"
    return None


def _of_text(field: Field | None, value: str) -> str | None:
    if _SURROGATE.search(value):
        return "a lone surrogate is no Unicode text"
    if "\0" in value:
        return "many stores hold no NUL"
    if value == _NIL:
        return "the zero UUID often stands for none"
    if field is None:
        return None
    if field.required and field.schema.get("format") is None and not value.strip():
        return "ASP.NET's [Required] refuses a blank text"
    instant = Instant.parse(value) if field.schema.get("format") == "date-time" else None
    return _of_instant(instant) if instant else None


def _of_instant(instant: Instant) -> str | None:
    if abs(instant.offset_minutes) > _FARTHEST_OFFSET:
        return ".NET refuses offsets beyond 14 hours"
    if instant.leap_second:
        return ".NET knows no leap seconds"
    if instant.fraction_digits > _MOST_FRACTION_DIGITS:
        return ".NET's clock has seven fraction digits"
    if instant.year > _LAST_SURE_YEAR or instant.seconds < time.time():
        return "a time in the past or the far future may be refused"
    return None
