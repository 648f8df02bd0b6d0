"""Bodies that hypothesis draws: legal ones of any shape, and legal ones with one thing wrong."""

import functools
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from hypothesis import strategies as st

from luminus_zoom_contract.cases.case import Case, Maker
from luminus_zoom_contract.spec.document import Field, Json, Path_

Draw = Callable[[st.SearchStrategy[Any]], Any]

_LONGEST_TEXT: Final = 60
_TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=_LONGEST_TEXT)
_ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=4,
)
_ID: Final = "0f8fad5b-d9cb-469f-a165-70867728950e"
_DAY: Final = "2035-01-18"
_LEFT_OUT: Final = object()


def drawn_case(draw: Draw, maker: Maker) -> Case:
    """A case of a drawn body; what it ought to be answered with follows from the contract."""
    body: dict[str, Json] = draw(_legal(maker, ()))
    wrong = draw(_which(maker))
    if wrong is None:
        return maker.judged("request.combinations", f"a drawn body with {', '.join(body)}", body)
    value = draw(_wrong(maker, wrong.path))
    body = _less_what_is_left_out({**body, wrong.name: value})
    title = f"a drawn body with {wrong.name} {'left out' if value is _LEFT_OUT else f'as {value!r}'[:80]}"
    clause = _broken_clause(maker, body) or f"request.{wrong.name}.accepts"
    return maker.judged(clause, title, body, fault=wrong.name)


@functools.cache
def _which(maker: Maker) -> st.SearchStrategy[Field | None]:
    """A property to be wrong, or none."""
    fields = [field for field in maker.contract.request_fields if len(field.path) == 1]
    return st.none() | st.sampled_from(fields)


@functools.cache  # making a strategy takes longer than drawing from it
def _legal(maker: Maker, path: Path_) -> st.SearchStrategy[Any]:
    field = maker.field(path)
    if path == ("moduleID",):
        return st.just(maker.module)
    if field.type == "object":
        below = [other for other in maker.contract.request_fields if other.path and other.path[:-1] == path]
        left_out = st.just(_LEFT_OUT)
        parts = {
            other.path[-1]: _legal(maker, other.path) if other.required else left_out | _legal(maker, other.path)
            for other in below
        }
        return st.fixed_dictionaries(parts).map(_less_what_is_left_out)
    if field.type == "array":
        return st.lists(_legal(maker, (*path, "[]")), max_size=3)
    return _scalar(field)


def _scalar(field: Field) -> st.SearchStrategy[Any]:
    schema = field.schema
    if field.type == "boolean":
        return st.booleans()
    if field.type == "integer":
        step = schema.get("multipleOf", 1)
        low, high = schema.get("minimum", -(2**31)), schema.get("maximum", 2**31 - 1)
        within = st.integers(-(-low // step), high // step).map(lambda count: count * step)
        return st.sampled_from(schema["enum"]) if "enum" in schema else within
    if schema.get("format") == "uuid":
        ids = st.uuids(allow_nil=False).map(str)
        return ids | ids.map(str.upper)
    if schema.get("format") == "date-time":
        return _date_times()
    return _TEXT.map(lambda text: text[: schema.get("maxLength")])


def _less_what_is_left_out(members: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in members.items() if value is not _LEFT_OUT}


def _date_times() -> st.SearchStrategy[str]:
    """Starts from 2035 to 2099 with any offset of up to 14 hours."""
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    starts = st.datetimes(datetime(2035, 1, 1), datetime(2099, 12, 30), timezones=offsets)
    return starts.map(lambda start: start.isoformat(timespec="milliseconds" if start.microsecond else "seconds"))


@functools.cache
def _wrong(maker: Maker, path: Path_) -> st.SearchStrategy[Any]:
    """Values for a place that has a legal one, most of them wrong."""
    field = maker.field(path)
    left_out = st.just(_LEFT_OUT) if field.required else st.nothing()
    return _near(field, maker) | _ANYTHING | left_out


def _near(field: Field, maker: Maker) -> st.SearchStrategy[Any]:
    """Values that are wrong by a little."""
    schema = field.schema
    near: list[Json] = [None, "", [], {}, True, 0, "x"]
    if field.type == "integer":
        ends = schema.get("enum") or [schema.get("minimum", 0), schema.get("maximum", 0)]
        low, high = min(ends), max(ends)
        near += [low - 1, high + 1, str(low), low + 0.5, [low], -low, high + 2**32, low + 2**32]
    elif schema.get("format") == "uuid":
        near += [f"{{{_ID}}}", f"urn:uuid:{_ID}", _ID.replace("-", ""), _ID[:-1], f"{_ID}0", f" {_ID}", f"{_ID}\n"]
    elif schema.get("format") == "date-time":
        near += [
            _DAY,
            f"{_DAY}T10:00:00",
            f"{_DAY} 10:00",
            f"{_DAY}T10:00:00+0800",
            f"{_DAY}T24:00:00Z",
            f"{_DAY}T10:00Z",
        ]
        near += ["2035-02-30T10:00:00Z", "2035-13-01T10:00:00Z", "20350118T100000Z", "18/01/2035 10:00:00"]
    elif "maxLength" in schema:
        most = schema["maxLength"]
        near += [filler * length for filler in "aé课🎉" for length in (most, most + 1)]
    elif field.type == "boolean":
        near += ["true", "false", 1, [True]]
    legal = st.nothing() if field.path == ("moduleID",) else _legal(maker, field.path)
    return st.sampled_from(near) | legal.map(lambda value: [value])


def _broken_clause(maker: Maker, body: Json) -> str | None:
    """The clause that a body breaks, from the first thing that the full view has against it."""
    error = next(iter(maker.contract.request_validators[1].iter_errors(body)), None)
    if error is None:
        return None
    name = ".".join("[]" if isinstance(step, int) else str(step) for step in error.instance_path).replace(".[]", "[]")
    keyword = str(error.schema_path[-1])
    missing = next((word for word in error.message.split('"') if f"request.required.{word}" in maker.clauses), "")
    wanted = f"request.required.{missing}" if keyword == "required" else f"request.{name}.{keyword}"
    return wanted if wanted in maker.clauses else f"request.{name or 'body'}.type"
