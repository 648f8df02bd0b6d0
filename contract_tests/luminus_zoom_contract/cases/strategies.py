"""Bodies that hypothesis draws: legal ones of any shape, and legal ones with one thing wrong."""

import functools
from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st

from luminus_zoom_contract.cases.case import Case, Maker, Raw
from luminus_zoom_contract.cases.samples import legal_values
from luminus_zoom_contract.cases.values import values_for
from luminus_zoom_contract.spec.document import Json
from luminus_zoom_contract.spec.operations import Field

Draw = Callable[[st.SearchStrategy[Any]], Any]

_TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=4,
)
_LEFT_OUT: Final = object()
_NOTHING: Final = (None, None)
_LONGEST: Final = 1000
"""Characters of a value that is drawn again and again."""


def drawn_case(draw: Draw, maker: Maker) -> Case:
    """A case of a drawn body; what it ought to be answered with follows from the contract."""
    legal, wrongs = _strategies(maker)
    body: dict[str, Json] = draw(legal)
    field, values = draw(wrongs)
    if field is None:
        return maker.judged("request.combinations", f"a drawn body with {', '.join(body)}", body)
    value = draw(values)
    rest = {name: kept for name, kept in body.items() if name != field.name}
    body = rest if value is _LEFT_OUT else {**rest, field.name: value}
    title = f"a drawn body with {field.name} {'left out' if value is _LEFT_OUT else f'as {value!r}'[:80]}"
    clause = _broken_clause(maker, body) or f"request.{field.name}.accepts"
    return maker.judged(clause, title, body, fault=field.name)


@functools.cache  # making a strategy takes longer than drawing from it
def _strategies(maker: Maker) -> tuple[st.SearchStrategy[Any], st.SearchStrategy[Any]]:
    """Legal bodies, and what may be wrong in one: a property with values for it, or None."""
    wrongs = [(field, _wrong(maker, field)) for field in maker.tops]
    # Half of the bodies are legal.
    return legal_values(maker.operation.request_fields, (), maker.fixed), st.just(_NOTHING) | st.sampled_from(wrongs)


def _wrong(maker: Maker, field: Field) -> st.SearchStrategy[Any]:
    """Values for a property, most of them wrong by a little."""
    near = [it.value for it in values_for(field, lambda it: maker.exemplar(it.path)) if not it.legal]
    near = [it for it in near if not isinstance(it, Raw) and len(repr(it)) < _LONGEST]
    left_out = st.just(_LEFT_OUT) if field.required else st.nothing()
    return st.sampled_from(near or [None]) | _ANYTHING | left_out


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
