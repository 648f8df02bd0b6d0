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
    if _depth(body) > _DEEPEST:
        return "readers limit the depth of nesting (ASP.NET Core to 32)"
    if _has_lone_surrogate(body):
        return "a lone surrogate is no Unicode text"
    reasons = (_of_value(operation.request_names.get(name), value) for name, value in _scalars(body))
    return next((reason for reason in reasons if reason), None)


def _scalars(body: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(body, dict):
        for key, value in body.items():
            yield from _scalars(value, f"{name}.{key}".removeprefix("."))
    elif isinstance(body, list):
        for value in body:
            yield from _scalars(value, f"{name}[]")
    else:
        yield name, body


def _of_value(field: Field | None, value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        return "an integer with a fraction of zero is an integer to JSON Schema, not to every reader"
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return "an integer beyond 53 bits is not read exactly everywhere (RFC 8259, section 6)"
    if not isinstance(value, str):
        return None
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


def _has_lone_surrogate(body: Any) -> bool:
    if isinstance(body, str):
        return _SURROGATE.search(body) is not None
    if isinstance(body, dict):
        return any(_has_lone_surrogate(part) for pair in body.items() for part in pair)
    return isinstance(body, list) and any(map(_has_lone_surrogate, body))


def _depth(body: Any) -> int:
    deepest, level = 0, [body]
    while level := [node for node in level if isinstance(node, dict | list)]:
        deepest += 1
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]
    return deepest
