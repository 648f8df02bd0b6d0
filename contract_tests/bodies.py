"""Bodies that hypothesis draws: legal ones of any shape, and legal ones with one thing wrong."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from hypothesis import strategies as st

from contract_tests.battery import texts
from contract_tests.battery.case import Case, Maker
from contract_tests.contract import Field, Json, Path_

Draw = Callable[[st.SearchStrategy[Any]], Any]

_LONGEST_TEXT: Final = 60
_TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=_LONGEST_TEXT)
_ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=4,
)
_LEFT_OUT: Final = object()


def drawn_case(draw: Draw, maker: Maker) -> Case:
    """A case of a drawn body; what it ought to be answered with follows from the contract."""
    body: dict[str, Json] = draw(_legal(maker, ()))
    fields = [field for field in maker.contract.request_fields if len(field.path) == 1]
    wrong = draw(st.none() | st.sampled_from(fields))
    if wrong is None:
        return maker.judged("request.combinations", f"a drawn body with {', '.join(body)}", body)
    value = draw(_near(wrong, maker) | _ANYTHING | (st.just(_LEFT_OUT) if wrong.required else st.nothing()))
    body = {key: old for key, old in {**body, wrong.name: value}.items() if old is not _LEFT_OUT}
    title = f"a drawn body with {wrong.name} {'left out' if value is _LEFT_OUT else f'as {value!r}'[:80]}"
    clause = _broken_clause(maker, body) or f"request.{wrong.name}.accepts"
    return maker.judged(clause, title, body, fault=wrong.name)


def _legal(maker: Maker, path: Path_) -> st.SearchStrategy[Any]:
    field = maker.field(path)
    if path == ("moduleID",):
        return st.just(maker.module)
    if field.type == "object":
        below = [other for other in maker.contract.request_fields if other.path and other.path[:-1] == path]
        strategies = {other.path[-1]: _legal(maker, other.path) for other in below}
        needed = {other.path[-1] for other in below if other.required}
        required = {name: strategy for name, strategy in strategies.items() if name in needed}
        optional = {name: strategy for name, strategy in strategies.items() if name not in needed}
        return st.fixed_dictionaries(required, optional=optional)
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
    longest = schema.get("maxLength", _LONGEST_TEXT)
    return _TEXT.map(lambda text: text[:longest]) | st.integers(max(longest - 1, 0), longest).map(lambda n: "é" * n)


def _date_times() -> st.SearchStrategy[str]:
    """Starts from 2035 to 2099 with any offset of up to 14 hours."""
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    starts = st.datetimes(datetime(2035, 1, 1), datetime(2099, 12, 30), timezones=offsets)
    return starts.map(lambda start: start.isoformat(timespec="milliseconds" if start.microsecond else "seconds"))


def _near(field: Field, maker: Maker) -> st.SearchStrategy[Any]:
    """Values that are wrong by a little."""
    schema = field.schema
    near: list[Json] = [None, "", [], {}, True, 0, "x"]
    if field.type == "integer":
        ends = schema.get("enum") or [schema.get("minimum", 0), schema.get("maximum", 0)]
        low, high = min(ends), max(ends)
        near += [low - 1, high + 1, str(low), low + 0.5, [low], -low, high + 2**32, low + 2**32]
    elif schema.get("format") == "uuid":
        near += texts.BAD_UUIDS.values()
    elif schema.get("format") == "date-time":
        near += texts.BAD_DATE_TIMES.values()
    elif "maxLength" in schema:
        near += [filler * (schema["maxLength"] + 1) for filler in texts.FILLERS.values()]
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
