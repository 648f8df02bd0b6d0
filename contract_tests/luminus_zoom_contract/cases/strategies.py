"""Bodies that hypothesis draws: legal ones of any shape, and legal ones with one thing wrong."""

import functools
from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st

from luminus_zoom_contract.cases import samples
from luminus_zoom_contract.cases.case import Case, Maker, Raw
from luminus_zoom_contract.cases.values import values_for
from luminus_zoom_contract.spec.document import Json
from luminus_zoom_contract.spec.operations import Field, Path_

Draw = Callable[[st.SearchStrategy[Any]], Any]

_ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | samples.TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(samples.TEXT, inner, max_size=3),
    max_leaves=4,
)
_LEFT_OUT: Final = object()
_LONGEST: Final = 1000
"""Characters of a value that is drawn again and again."""


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
    return st.none() | st.sampled_from(maker.tops)


@functools.cache  # making a strategy takes longer than drawing from it
def _legal(maker: Maker, path: Path_) -> st.SearchStrategy[Any]:
    return st.just(maker.scope) if maker.is_scope(path) else of_fields(maker.operation.request_fields, path, maker)


def of_fields(fields: tuple[Field, ...], path: Path_ = (), maker: Maker | None = None) -> st.SearchStrategy[Any]:
    """Legal values of a place, built from the places below it where its schema says no more than those."""
    field = next(it for it in fields if it.path == path)

    def inner(below: Path_) -> st.SearchStrategy[Any]:
        return _legal(maker, below) if maker else of_fields(fields, below)

    if (
        field.type == "object"
        and "properties" in field.schema
        and not {"oneOf", "anyOf", "allOf"} & field.schema.keys()
    ):
        below = [other for other in fields if other.path and other.path[:-1] == path]
        left_out = st.just(_LEFT_OUT)
        parts = {it.path[-1]: inner(it.path) if it.required else left_out | inner(it.path) for it in below}
        return st.fixed_dictionaries(parts).map(_less_what_is_left_out).filter(field.is_valid)
    if field.type == "array" and any(it.path == (*path, "[]") for it in fields):
        least, most = field.schema.get("minItems", 0), field.schema.get("maxItems", 3)
        return st.lists(inner((*path, "[]")), min_size=least, max_size=max(least, min(most, 3))).filter(field.is_valid)
    return samples.strategy(field)


def _less_what_is_left_out(members: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in members.items() if value is not _LEFT_OUT}


@functools.cache
def _wrong(maker: Maker, path: Path_) -> st.SearchStrategy[Any]:
    """Values for a place that has a legal one, most of them wrong by a little."""
    field = maker.field(path)
    near = [it.value for it in values_for(field, lambda it: maker.exemplar(it.path)) if not it.legal]
    near = [it for it in near if not isinstance(it, Raw) and len(repr(it)) < _LONGEST]
    left_out = st.just(_LEFT_OUT) if field.required else st.nothing()
    legal = st.nothing() if maker.is_scope(path) else _legal(maker, path)
    return st.sampled_from(near or [None]) | legal.map(lambda value: [value]) | _ANYTHING | left_out


def _broken_clause(maker: Maker, body: Json) -> str | None:
    """The clause that a body breaks, from the first thing that the full view has against it."""
    error = next(iter(maker.operation.request_validators[1].iter_errors(body)), None)
    if error is None:
        return None
    name = ".".join("[]" if isinstance(step, int) else str(step) for step in error.instance_path).replace(".[]", "[]")
    keyword = str(error.schema_path[-1])
    missing = next((word for word in error.message.split('"') if f"request.required.{word}" in maker.clauses), "")
    wanted = f"request.required.{missing}" if keyword == "required" else f"request.{name}.{keyword}"
    return wanted if wanted in maker.clauses else f"request.{name or 'body'}.type"
