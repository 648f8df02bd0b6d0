"""Combinations: each triple of values of any three optional properties, together in some legal body."""

import functools
from collections.abc import Iterator
from typing import Final

import covertable  # type: ignore[import-untyped]

from luminus_zoom_contract.cases.case import Case, Maker
from luminus_zoom_contract.spec.document import Json
from luminus_zoom_contract.spec.operations import Field, Path_

_STRENGTH: Final = 3
_ABSENT: Final = "absent"
_GIVEN: Final = "given"
_ALL: Final = "all"
_TEXTS: Final = ("{0}", "{0} {1}", "{0} 🎉 Größe 课", "{0} <b>&amp; 'e\u0301' \"q\"</b>", " {0}  ")


def combination_cases(maker: Maker) -> Iterator[Case]:
    """Bodies that cover all triples of the optional top-level properties' values, absence among them."""
    levels = {field.name: _levels(maker, field) for field in maker.tops if not field.required}
    rows = _rows(tuple((name, (_ABSENT, *values)) for name, values in levels.items()), _STRENGTH)
    for number, row in enumerate(rows):
        chosen = {name: label for name, label in row.items() if label != _ABSENT}
        body = {**_required(maker, number), **{it: _value(maker, it, levels[it][chosen[it]]) for it in chosen}}
        title = f"combination {number + 1}: {', '.join(f'{name} {label}' for name, label in sorted(chosen.items()))}"
        yield maker.judged("request.combinations", title, body)
    for items in (2, 3, 10):
        title = f"every option, with {items} items in each list"
        yield maker.judged("request.combinations", title, maker.whole(items))
    for value in (False, True):
        switches = {field.name: value for field in maker.tops if field.type == "boolean"}
        yield maker.judged("request.combinations", f"every switch {value}", {**maker.minimal(), **switches})
    yield from _choices_below(maker)
    for field in maker.operation.request_fields:
        if field.null and field.path:
            body = maker.with_value(field.path, None, items=1)
            yield maker.judged(f"request.{field.name}.null", f"every option, and {field.name} null", body)


def _choices_below(maker: Maker) -> Iterator[Case]:
    """All pairs of listed values in different places of one object, and every list of one object empty."""
    for parent in (field for field in maker.tops if field.type == "object"):
        below = [field for field in maker.operation.request_fields if field.path[:1] == parent.path]
        listed = {field.name: field for field in below if "enum" in field.schema}
        for row in _rows(tuple((name, tuple(map(str, it.schema["enum"]))) for name, it in listed.items()), 2):
            body = maker.minimal() | {parent.name: maker.exemplar(parent.path)}
            for name, field in listed.items():
                value = next(it for it in field.schema["enum"] if str(it) == row[name])
                body[parent.name] |= maker.with_value(field.path, value)[parent.name]
            title = f"{parent.name} with {', '.join(row.values())} below"
            yield maker.judged("request.combinations", title, body)
        lists: dict[str, Json] = {field.path[-1]: [] for field in below if field.type == "array"}
        if lists:
            title = f"{parent.name} with nothing but empty lists"
            yield maker.judged("request.combinations", title, {**maker.minimal(), parent.name: lists})


def _required(maker: Maker, number: int) -> dict[str, Json]:
    """What is required, the text in forms that take turns: they are too many for a covering array."""
    body: dict[str, Json] = maker.minimal()
    if isinstance(body.get(maker.text), str):
        most = maker.field((maker.text,)).schema.get("maxLength", 200)
        body[maker.text] = _TEXTS[number % len(_TEXTS)].format(body[maker.text], "x" * most)[:most]
    return body


@functools.cache
def _rows(labels: tuple[tuple[str, tuple[str, ...]], ...], strength: int) -> list[dict[str, str]]:
    """A covering array of the factors' labels; kept, since it depends on the contract alone and takes a while."""
    factors = {name: list(levels) for name, levels in labels}
    rows = covertable.make(factors, strength=min(strength, len(labels))) if labels else []
    return [dict(row) for row in rows]


def _levels(maker: Maker, field: Field) -> dict[str, Json]:
    """The values that a property takes part with, by label; of an object, what is in it."""
    if values := [True, False] if field.type == "boolean" else field.schema.get("enum"):
        return {str(value): value for value in values}
    if field.type == "object":
        below = [it.path[-1] for it in maker.below(field.path)]
        return {"empty": [], **{f"with {name}": [name] for name in below}, f"with {_ALL}": below}
    return {_GIVEN: None} | ({"empty": ""} if field.is_free_text and not field.schema.get("minLength") else {})


def _value(maker: Maker, name: str, level: Json) -> Json:
    path: Path_ = (name,)
    if maker.field(path).type == "object":
        return {step: maker.exemplar((name, step)) for step in level}
    return maker.exemplar(path) if level is None else level
