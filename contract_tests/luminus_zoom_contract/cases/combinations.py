"""Combinations: each triple of values of any three optional properties, together in some legal body."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any, Final

import covertable  # type: ignore[import-untyped]

from luminus_zoom_contract.cases.case import Case, Maker
from luminus_zoom_contract.cases.samples import is_plain
from luminus_zoom_contract.cases.sequences import whole, whole_with
from luminus_zoom_contract.spec.document import Json
from luminus_zoom_contract.spec.operations import Field

_STRENGTH: Final = 3
_ABSENT: Final = "absent"
_GIVEN: Final = object()
_NAMES: Final = ("{0}", "{0} {1}", "{0} 🎉 Größe 课", "{0} <b>&amp; 'e\u0301' \"q\"</b>", " {0}  ")
_STARTS: Final = (
    "2035-01-18T02:30:00Z",
    "2036-02-29T23:45:00-03:30",
    "2035-07-16T20:00:59.5+05:45",
    "2035-12-31T23:15:00+08:00",
    "2035-05-16t19:45:00z",
)


def combination_cases(maker: Maker) -> Iterator[Case]:
    """Bodies that cover all triples of the optional top-level properties' values, absence among them."""
    factors = {field.name: _levels(maker, field) for field in maker.tops if not field.required}
    rows = _rows(tuple((name, tuple(levels)) for name, levels in factors.items()), _STRENGTH)
    for number, row in enumerate(rows):
        chosen = {name: factors[name][label] for name, label in row.items() if label != _ABSENT}
        body = {**_required(maker, number), **{name: _drawn(maker, name, value) for name, value in chosen.items()}}
        title = f"combination {number + 1}: {', '.join(f'{k} {v}' for k, v in sorted(row.items()) if v != _ABSENT)}"
        yield maker.judged("request.combinations", title, body)
    yield from _rights(maker)
    for items in (2, 3, 10):
        body = whole(maker, items)
        yield maker.judged("request.combinations", f"every option, with {items} items in each list", body)
    yield from _nulls(maker)
    for word, value in (("false", False), ("true", True)):
        booleans = {field.name: value for field in maker.tops if field.type == "boolean"}
        yield maker.judged("request.combinations", f"every switch {word}", {**maker.minimal(), **booleans})
        for name in booleans:
            body = {**maker.minimal(), **booleans, name: not value}
            yield maker.judged("request.combinations", f"every switch {word} but {name}", body)


def _nulls(maker: Maker) -> Iterator[Case]:
    """Each null that is allowed, beside everything else."""
    for field in maker.operation.request_fields:
        if field.null and field.path:
            body = whole_with(maker, field.path, None)
            yield maker.judged(f"request.{field.name}.null", f"every option, and {field.name} null", body)


def _rights(maker: Maker) -> Iterator[Case]:
    """All pairs of roles in different places of one object, and every list of one object empty."""
    for parent in (field for field in maker.tops if field.type == "object"):
        below = [field for field in maker.operation.request_fields if field.path[:1] == parent.path]
        roles = {field.path: field.schema["enum"] for field in below if "enum" in field.schema}
        for row in _rows(tuple((".".join(path), tuple(map(str, roles[path]))) for path in roles), 2):
            value = maker.exemplar(parent.path)
            for path in roles:
                role = next(it for it in roles[path] if str(it) == row[".".join(path)])
                value |= maker.with_value(path, role)[parent.name]
            title = f"{parent.name} with the roles {', '.join(row.values())}"
            yield maker.judged("request.combinations", title, {**maker.minimal(), parent.name: value})
        lists: dict[str, Json] = {field.path[-1]: [] for field in below if field.type == "array"}
        if lists:
            title = f"{parent.name} with nothing but empty lists"
            yield maker.judged("request.combinations", title, {**maker.minimal(), parent.name: lists})


def _required(maker: Maker, number: int) -> dict[str, Json]:
    """What is required, in values that take turns beside the options: they are too many for a covering array."""
    body: dict[str, Json] = maker.minimal()
    for field in (field for field in maker.tops if field.required and not maker.is_scope(field.path)):
        schema = field.schema
        if field.name == maker.text:
            most = schema.get("maxLength", 200)
            body[field.name] = _NAMES[number % len(_NAMES)].format(body[field.name], "x" * most)[:most]
        elif field.type == "integer" and is_plain(field) and "enum" not in schema:
            step = schema.get("multipleOf", 1)
            values = range(schema.get("minimum", step), schema.get("maximum", 100 * step) + 1, step)
            body[field.name] = values[number % len(values)]
        elif schema.get("format") == "date-time":
            body[field.name] = maker.random.choice((body[field.name], *_STARTS))
    return body


@functools.cache
def _rows(labels: tuple[tuple[str, tuple[str, ...]], ...], strength: int) -> list[dict[str, str]]:
    """A covering array of the factors' labels; kept, since it depends on the contract alone and takes a while."""
    rows = (
        covertable.make({name: list(levels) for name, levels in labels}, strength=min(strength, len(labels)))
        if labels
        else []
    )
    return [dict(row) for row in rows]


def _levels(maker: Maker, field: Field) -> Mapping[str, Json]:
    """The values that a property takes part with, by label; texts and ids are drawn anew in each body."""
    match field.type:
        case "boolean":
            return {_ABSENT: None, "true": True, "false": False}
        case "integer":
            low, high = field.schema.get("minimum", 0), field.schema.get("maximum", 0)
            return {_ABSENT: None} | {str(value): value for value in field.schema.get("enum", (low, high))}
        case "object":
            children = [
                child.path[-1]
                for child in maker.operation.request_fields
                if child.path[:-1] == field.path and child.path
            ]
            return {_ABSENT: None, "empty": ""} | {f"with {child}": child for child in children} | {"with all": "*"}
        case _ if "enum" in field.schema:
            return {_ABSENT: None} | {str(value): value for value in field.schema["enum"]}
        case "string" if "format" not in field.schema and not field.schema.get("minLength"):
            return {_ABSENT: None, "given": _GIVEN, "empty": ""}
        case _:
            return {_ABSENT: None, "given": _GIVEN}


def _drawn(maker: Maker, name: str, value: Any) -> Json:
    field = maker.field((name,))
    if field.type == "object":
        children = [
            child.path for child in maker.operation.request_fields if child.path[:-1] == field.path and child.path
        ]
        return {path[-1]: maker.exemplar(path) for path in children if value in {path[-1], "*"}}
    return maker.exemplar((name,)) if value is _GIVEN else value
