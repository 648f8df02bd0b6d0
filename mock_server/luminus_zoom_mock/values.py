"""A value for any schema: what the mock answers where it knows no better.

Values are proposed by the schema's keywords, simplest first, and the first that the schema allows is taken. `serial`
tells those of different creations apart where the schema leaves room.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from importlib import import_module
from itertools import islice, product
from typing import Any
from uuid import UUID

from luminus_zoom_mock.schemas import BRANCHES, RANGES, Schema, Schemas

_parser: Any = import_module("re._parser")

_TRIES = 200
"""Proposals that are tried for one schema."""
_DEPTH = 8
"""Levels of nesting that are filled; what lies deeper has its required properties alone."""

_FORMATS = {
    "date": "2027-01-{day:02}",
    "date-time": "2027-01-{day:02}T10:00:00+08:00",
    "time": "10:00:{second:02}+08:00",
    "duration": "PT{serial}M",
    "email": "ann{serial}@u.nus.example",
    "idn-email": "ann{serial}@u.nus.example",
    "hostname": "host{serial}.example",
    "idn-hostname": "host{serial}.example",
    "ipv4": "192.0.2.{second}",
    "ipv6": "2001:db8::{second}",
    "uri": "https://example.com/{serial}",
    "iri": "https://example.com/{serial}",
    "uri-reference": "/{serial}",
    "iri-reference": "/{serial}",
    "uri-template": "/{serial}/{{id}}",
    "json-pointer": "/{serial}",
    "relative-json-pointer": "{serial}",
    "regex": "a{{{serial}}}",
}


def value_for(schemas: Schemas, schema: Schema, serial: int = 1, name: str = "text") -> Any:
    """Return a value that a schema allows; where none of the proposals fits, the first of them."""
    proposals = list(islice(_proposals(schemas, schema, serial, name, _DEPTH), _TRIES))
    return next((it for it in proposals if schemas.allows(schema, it)), proposals[0] if proposals else None)


def _proposals(schemas: Schemas, schema: Any, serial: int, name: str, depth: int) -> Iterator[Any]:
    for merged in _merged(schemas, schema):
        if not merged.get("x-unique"):
            yield from merged.get("examples", ())
        if "const" in merged:
            yield merged["const"]
        yield from merged.get("enum", ())
        for kind in _types(merged):
            yield from _of_type(schemas, merged, kind, serial, name, depth)


def _merged(schemas: Schemas, schema: Any, depth: int = _DEPTH) -> Iterator[Schema]:
    """Yield the schema as one object for each choice among its alternatives, references followed."""
    if not isinstance(schema, dict):
        yield {}
        return
    own = {key: it for key, it in schema.items() if key not in ("$ref", *BRANCHES)}
    groups: list[list[Schema]] = []
    if depth:
        if "$ref" in schema:
            groups.append(list(_merged(schemas, schemas.resolve(schema), depth - 1)))
        groups += [list(_merged(schemas, part, depth - 1)) for part in schema.get("allOf", ())]
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                groups.append([it for part in schema[keyword] for it in _merged(schemas, part, depth - 1)])
    for choice in islice(product(*groups), 32):
        whole = dict(own)
        for part in choice:
            whole = _both(whole, part)
        yield whole


def _both(one: Schema, other: Schema) -> Schema:
    """Return the keywords of two schemas that hold together, the narrower of two bounds."""
    both = {**other, **one}
    for key in one.keys() & other.keys():
        mine, its = one[key], other[key]
        if key in ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"):
            both[key] = max(mine, its)
        elif key in ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"):
            both[key] = min(mine, its)
        elif key == "properties":
            both[key] = {
                **its,
                **mine,
                **{name: {"allOf": [mine[name], its[name]]} for name in mine.keys() & its.keys()},
            }
        elif key == "required":
            both[key] = [*mine, *its]
        elif key == "enum":
            both[key] = [it for it in mine if it in its]
        elif key == "type":
            both[key] = [
                it for it in _listed(mine) if it in _listed(its) or (it == "integer" and "number" in _listed(its))
            ]
    return both


def _listed(kinds: Any) -> list[str]:
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _types(schema: Schema) -> list[str]:
    kinds = _listed(schema.get("type", []))
    if kinds:
        return sorted(kinds, key=lambda kind: kind == "null")
    for kind, keywords in {
        "object": ("properties", "required", "additionalProperties", "minProperties"),
        "array": ("items", "prefixItems", "minItems", "contains"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }.items():
        if any(keyword in schema for keyword in keywords):
            return [kind]
    return ["string", "integer", "boolean", "object", "array", "null"]


def _of_type(schemas: Schemas, schema: Schema, kind: str, serial: int, name: str, depth: int) -> Iterator[Any]:
    if kind == "string":
        yield from _texts(schema, serial, name)
    elif kind in ("integer", "number"):
        yield from _numbers(schema, serial, whole=kind == "integer")
    elif kind == "array":
        yield from _arrays(schemas, schema, serial, name, depth - 1)
    elif kind == "object":
        yield from _objects(schemas, schema, serial, depth - 1)
    else:
        yield from {"boolean": (False, True), "null": (None,)}.get(kind, ())


def _texts(schema: Schema, serial: int, name: str) -> Iterator[str]:
    least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    known = schema.get("format")
    if known == "uuid":
        yield str(UUID(int=0x5A0C9E3E_7D0B_4A5F_8E21_000000000000 + serial))
    elif known == "byte":
        yield "c3ludGhldGlj"
        yield "AAAA" * math.ceil(least / 4)
    elif known in _FORMATS:
        yield _FORMATS[known].format(serial=serial, day=serial % 28 + 1, second=serial % 60)
    elif "pattern" in schema:
        for extra in range(8):
            yield from (f"{text}" for text in _matching(schema["pattern"], serial, extra))
    text = f"{name} {serial}"
    text = text if len(text) <= most else str(serial)[-int(min(most, 20)) :] if most else ""
    yield text.ljust(least, "x")
    yield "x" * least


def _numbers(schema: Schema, serial: int, *, whole: bool) -> Iterator[Any]:
    size = RANGES.get(str(schema.get("format")), 2**53)
    low = max(schema.get("minimum", -size), schema.get("exclusiveMinimum", -size))
    high = min(schema.get("maximum", size - 1), schema.get("exclusiveMaximum", size - 1))
    step = schema.get("multipleOf")
    if step:
        first = math.ceil(max(low, 0) / step) if high >= 0 else math.floor(high / step)
        for index in (first + serial % 1000, first, first + 1, first - 1, 0, 1):
            value = index * step
            yield int(value) if whole or float(value).is_integer() else value
        return
    start = low if low > -size else min(high, 0) if high < size - 1 else 0
    for value in (start + serial % 1000, start, start + 1, high, high - 1, (low + high) / 2, low + (high - low) / 4):
        yield math.floor(value) if whole else value


def _arrays(schemas: Schemas, schema: Schema, serial: int, name: str, depth: int) -> Iterator[list[Any]]:
    first = schema.get("prefixItems", [])
    items, contains = schema.get("items", {}), schema.get("contains")
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    needed = schema.get("minContains", 1) if contains is not None else 0

    within = {"allOf": [contains, items]} if isinstance(items, dict) else contains

    def made(number: int) -> list[Any]:
        kinds = [*first, *[within] * needed]
        kinds += [items] * (number - len(kinds))
        shown = kinds[: int(min(most, len(kinds)))]
        return [_inside(schemas, kind, serial + index, name, depth) for index, kind in enumerate(shown)]

    if depth > 0:
        yield made(max(least, min(1, most)))
    yield made(least)
    if isinstance(items, dict) and (values := schemas.resolve(items).get("enum")):
        yield values[: int(min(most, max(least, 1)))]
    if least == 0:
        yield []


def _objects(schemas: Schemas, schema: Schema, serial: int, depth: int) -> Iterator[dict[str, Any]]:
    own, required = schema.get("properties", {}), schema.get("required", ())
    others = schema.get("additionalProperties", True)
    others = others if isinstance(others, dict) else {}
    patterns = schema.get("patternProperties", {})
    spare = [next(iter(_matching(pattern, serial, 0)), "") for pattern in patterns]
    spare += [f"{letter}{number}" for number in range(1, 9) for letter in "abc"]

    def made(names: list[str]) -> dict[str, Any]:
        found = {}
        for name in names:
            matching = [it for pattern, it in patterns.items() if re.search(pattern, name)]
            found[name] = _inside(schemas, own.get(name, next(iter(matching), others)), serial, name, depth)
        return found

    whole = list(dict.fromkeys([*own, *required]))
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", math.inf)
    if depth > 0:
        yield made([*whole, *spare][: max(least, len(whole))])
        if "additionalProperties" in schema or patterns:
            yield made([*whole, spare[0]])
    shorter = [name for name in whole if name not in required]
    yield made(list(dict.fromkeys([*required, *shorter]))[: int(min(most, len(whole)))])
    yield made(list(dict.fromkeys([*required, *shorter, *spare]))[: max(least, len(required))])


def _inside(schemas: Schemas, schema: Any, serial: int, name: str, depth: int) -> Any:
    if not isinstance(schema, dict):
        return f"{name} {serial}"
    proposals = list(islice(_proposals(schemas, schema, serial, name, depth), _TRIES))
    return next((it for it in proposals if schemas.allows(schema, it)), proposals[0] if proposals else None)


def _matching(pattern: str, serial: int, extra: int) -> Iterator[str]:
    """Yield texts that match a regular expression, `extra` making its repetitions longer."""
    try:
        tree = _parser.parse(pattern)
    except re.error:
        return
    for seed in (serial, 0, 1, 7):
        yield "".join(_piece(step, [seed], extra) for step in tree)


def _piece(step: Any, seed: list[int], extra: int) -> str:
    """A text for one step of a parsed regular expression; digits of the seed choose among characters."""
    kind, value = str(step[0]), step[1]

    def several(tree: Any) -> str:
        return "".join(_piece(it, seed, extra) for it in tree)

    if kind == "LITERAL":
        return chr(value)
    if kind in ("IN", "CATEGORY", "ANY", "NOT_LITERAL"):
        allowed = [it for it in _CHARACTERS if _is_in(it, kind, value)]
        choice = seed[0] % len(allowed) if allowed else 0
        seed[0] //= 10
        return allowed[choice] if allowed else chr(_low(value))
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, tree = value
        return "".join(several(tree) for _ in range(int(min(most, least + extra))))
    if kind == "BRANCH":
        return several(value[1][seed[0] % len(value[1])])
    if kind in ("SUBPATTERN", "ATOMIC_GROUP"):
        return several(value[-1] if kind == "SUBPATTERN" else value)
    return ""


_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ -_.,:/@#+*'\"!?()[]{}<>=&%$^~|\\;`\t\n"


def _is_in(character: str, kind: str, value: Any) -> bool:
    code = ord(character)
    if kind == "ANY":
        return character != "\n"
    if kind == "NOT_LITERAL":
        return bool(code != value)
    if kind == "CATEGORY":
        classes = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}
        name = str(value).removeprefix("CATEGORY_")
        return bool(re.match(classes[name.removeprefix("NOT_")], character)) != name.startswith("NOT_")
    negated = bool(value) and str(value[0][0]) == "NEGATE"
    return any(_is_one(character, str(it[0]), it[1]) for it in value[negated:]) != negated


def _is_one(character: str, kind: str, value: Any) -> bool:
    if kind == "RANGE":
        return bool(value[0] <= ord(character) <= value[1])
    return bool(ord(character) == value) if kind == "LITERAL" else _is_in(character, kind, value)


def _low(value: Any) -> int:
    """The first character of a class that has none of the common ones."""
    first = value[0][1] if isinstance(value, list) else value
    return int(first[0] if isinstance(first, tuple) else first)
