"""Legal values for any schema: schemathesis builds them, and hypothesis draws from what it builds."""

import contextlib
import functools
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
from luminus_zoom_contract.spec.operations import Field, Path_

_OFFSETS: Final = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_DATE_TIMES: Final = st.datetimes(datetime(2035, 1, 1), datetime(2099, 12, 30), timezones=_OFFSETS).map(
    lambda start: start.isoformat(timespec="milliseconds" if start.microsecond else "seconds")
)
"""Starts that any server takes; what schemathesis draws is mostly in the past."""
_MOST_ITEMS: Final = 3
_ABSENT: Final = st.just(...)
_COMPOSED: Final = {"oneOf", "anyOf", "allOf"}


class _Held:
    """A document as a cache's key, told apart by identity."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.value is self.value


@functools.cache
def _built(pointer: str, document: _Held) -> st.SearchStrategy[Any]:
    """What schemathesis draws for a schema, through an operation that has it for its body."""
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": f"#{quote(pointer)}"}}}}
    around = {
        "openapi": "3.1.0",
        "info": {"title": "values", "version": "1"},
        "paths": {
            "/": {"post": {"requestBody": body, "responses": {"200": {"description": "ok"}}}},
            **document.value.get("paths", {}),
        },
        "components": document.value.get("components", {}),
    }
    operation = schemathesis.openapi.from_dict(around)["/"]["POST"]
    drawn = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    return drawn.map(lambda it: it.body)


def legal_values(
    fields: tuple[Field, ...], path: Path_ = (), fixed: Mapping[Path_, Json] | None = None
) -> st.SearchStrategy[Any]:
    """Legal values of a place, built from the places below it where its schema says no more; some may be fixed."""
    if fixed and path in fixed:
        return st.just(fixed[path])
    field = next(it for it in fields if it.path == path)
    below = [it for it in fields if it.path and it.path[:-1] == path]
    if field.type == "object" and below and not _COMPOSED & field.schema.keys():
        # Half of the optional ones each time: `optional=` of hypothesis would mostly give few or all of them.
        parts = {it.path[-1]: (legal_values(fields, it.path, fixed), it.required) for it in below}
        members = st.fixed_dictionaries({name: it if needed else _ABSENT | it for name, (it, needed) in parts.items()})
        return members.map(_present).filter(field.is_valid)
    if field.type == "array" and below:
        least = field.schema.get("minItems", 0)
        most = max(least, min(_MOST_ITEMS, field.schema.get("maxItems", _MOST_ITEMS)))
        items = legal_values(fields, below[0].path, fixed)
        return st.lists(items, min_size=least, max_size=most).filter(field.is_valid)
    if field.schema.get("format") == "date-time":
        return _DATE_TIMES.filter(field.is_valid)
    drawn = _built(field.valid_at, _Held(field.document)).filter(field.is_valid)
    return drawn.map(int) if field.type == "integer" else drawn  # 1.0 is one to JSON Schema, not to every reader


def _present(members: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in members.items() if value is not ...}


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
    @hypothesis.given(_built(pointer, document))
    def collect(value: Json) -> None:
        found.append(value)

    with contextlib.suppress(hypothesis.errors.Unsatisfiable):
        collect()
    return tuple(found)


def pool(field: Field, count: int = 12) -> list[Json]:
    """Some legal values of any schema, always the same, the simplest first; empty where none is found."""
    drawn = _pool(field.valid_at, _Held(field.document), count)
    legal = [int(value) if field.type == "integer" else value for value in drawn if field.is_valid(value)]
    distinct = {repr(value): value for value in legal}
    return list(distinct.values())
