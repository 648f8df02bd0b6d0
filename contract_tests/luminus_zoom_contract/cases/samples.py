"""Legal values for any schema, drawn by hypothesis: the one place that asks schemathesis for what is hard to build."""

import contextlib
import functools
import math
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import quote

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from luminus_zoom_contract.spec.document import Json
from luminus_zoom_contract.spec.operations import Field

_PLAIN: Final = frozenset({"type", "format", "minimum", "maximum", "multipleOf", "enum", "minLength", "maxLength"})
"""The keywords of schemas that need no library to draw from."""
_SILENT: Final = frozenset({"description", "title", "default", "example", "examples", "deprecated", "readOnly"})
_KNOWN_FORMATS: Final = frozenset({"", "uuid", "date-time", "int32", "int64"})
_LONGEST_TEXT: Final = 60
TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=_LONGEST_TEXT)


def is_plain(field: Field) -> bool:
    """Whether a scalar's schema has nothing but keywords that this module knows how to meet."""
    said = {key for key in field.schema if not key.startswith("x-")} - _SILENT
    return (
        said <= _PLAIN
        and isinstance(field.schema.get("type"), str)
        and field.schema.get("format", "") in _KNOWN_FORMATS
    )


@functools.cache
def _from_schema(pointer: str, document: "_Held") -> st.SearchStrategy[Any]:
    """What schemathesis draws for a schema, through an operation that has it for its body."""
    around = {
        "openapi": "3.1.0",
        "info": {"title": "values", "version": "1"},
        "paths": {
            "/": {
                "post": {
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": f"#{quote(pointer)}"}}},
                    },
                    "responses": {"200": {"description": "ok"}},
                }
            },
            **document.value.get("paths", {}),
        },
        "components": document.value.get("components", {}),
    }
    operation = schemathesis.openapi.from_dict(around)["/"]["POST"]
    drawn: st.SearchStrategy[Any] = operation.as_strategy(generation_mode=GenerationMode.POSITIVE).map(
        lambda it: it.body
    )
    return drawn


class _Held:
    """A document as a cache's key, told apart by identity."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.value is self.value


def strategy(field: Field) -> st.SearchStrategy[Any]:
    """Legal values of any schema; for a plain scalar those that the field's users write."""
    return (
        _plain(field) if is_plain(field) else _from_schema(field.pointer, _Held(field.document)).filter(field.is_valid)
    )


def _plain(field: Field) -> st.SearchStrategy[Any]:
    schema = field.schema
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if field.type == "boolean":
        return st.booleans()
    if field.type == "integer":
        step = schema.get("multipleOf", 1)
        low, high = schema.get("minimum", -(2**31)), schema.get("maximum", 2**31 - 1)
        return st.integers(math.ceil(low / step), math.floor(high / step)).map(lambda count: count * step)
    if field.type == "number":
        return _from_schema(field.pointer, _Held(field.document)).filter(field.is_valid)
    if schema.get("format") == "uuid":
        ids = st.uuids(allow_nil=False).map(str)
        return ids | ids.map(str.upper)
    if schema.get("format") == "date-time":
        return date_times()
    least, most = schema.get("minLength", 0), schema.get("maxLength", _LONGEST_TEXT)
    characters = st.characters(exclude_categories=["Cs"])
    return st.text(characters, min_size=least, max_size=max(least, min(most, _LONGEST_TEXT)))


def date_times() -> st.SearchStrategy[str]:
    """Starts from 2035 to 2099 with any offset of up to 14 hours."""
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    starts = st.datetimes(datetime(2035, 1, 1), datetime(2099, 12, 30), timezones=offsets)
    return starts.map(lambda start: start.isoformat(timespec="milliseconds" if start.microsecond else "seconds"))


@functools.cache
def _pool(pointer: str, document: _Held, count: int) -> tuple[Json, ...]:
    found: list[Json] = []

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(_from_schema(pointer, document))
    def collect(value: Json) -> None:
        found.append(value)

    with contextlib.suppress(hypothesis.errors.Unsatisfiable):
        collect()
    return tuple(found)


def pool(field: Field, count: int = 12) -> list[Json]:
    """Some legal values of any schema, always the same, the simplest first; empty where none is found."""
    legal = [value for value in _pool(field.pointer, _Held(field.document), count) if field.is_valid(value)]
    distinct = {repr(value): value for value in legal}
    return list(distinct.values())
