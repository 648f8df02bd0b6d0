"""The text of docs/reference.md: every operation with its parameters, bodies, answers and headers, in tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from generation.objects import walk
from generation.operations import Operation, Part, content, operations, read_as
from generation.reading import Document, Node, written

_BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "multipleOf": "multiple of {}",
    "minLength": "length ≥ {}",
    "maxLength": "length ≤ {}",
    "pattern": "matches {}",
    "contentEncoding": "encoded as {}",
    "contentMediaType": "holds {}",
    "minItems": "items ≥ {}",
    "maxItems": "items ≤ {}",
    "minContains": "of these ≥ {}",
    "maxContains": "of these ≤ {}",
    "minProperties": "properties ≥ {}",
    "maxProperties": "properties ≤ {}",
    "const": "is {}",
    "x-echoes": "repeats {} of the request",
}
_AS_CODE = ("pattern", "const", "x-echoes", "contentEncoding", "contentMediaType")


def reference(document: Document) -> str:
    """Return the document's text."""
    lines = ["# Reference", "", "Written by `make generate` from openapi.yaml.", ""]
    for operation in operations(document):
        lines += _operation(document, operation)
    lines += ["## What the page does not document", ""]
    rows = []
    for item in walk(document):
        if mark := item.node.get("x-provenance"):
            keywords = f" ({', '.join(mark['keywords'])})" if "keywords" in mark else ""
            rows.append((code(written(item.at) + keywords), mark["kind"], mark["reason"]))
    return "\n".join([*lines, *_table(("item", "provenance", "reason"), rows)])


def _operation(document: Document, operation: Operation) -> Iterator[str]:
    node = operation.node
    yield from (f"## {operation.id}: {code(f'{operation.method.upper()} {operation.path}')}", "")
    for text in (node.get("summary"), node.get("description"), "Deprecated." if node.get("deprecated") else None):
        if text and text.strip():
            yield from (text.strip(), "")
    alternatives = [" and ".join(map(code, it)) or "none" for it in operation.security]
    yield from (f"Credentials: {' or '.join(alternatives) or 'none'}.", "")
    if operation.parameters:
        yield from ("### Parameters", "")
        yield from _table(
            ("parameter", "in", "type", "required", "bounds", "meaning"),
            (_parameter_row(document, part) for part in operation.parameters),
        )
    if operation.body is not None:
        required = "required" if operation.body.node.get("required") else "optional"
        yield from ("### Body", "")
        yield from (f"{required.capitalize()}, as {_listed(map(code, content(operation.body)))}.", "")
        yield from _bodies(document, operation.body)
    yield from _answers(document, operation)


def _answers(document: Document, operation: Operation) -> Iterator[str]:
    yield from ("### Answers", "")
    rows = []
    headers = []
    for status, part in operation.responses.items():
        chosen = content(part).get(read_as(part) or "")
        kind = kind_of(document, chosen.node.get("schema", {})) if chosen else "none"
        rows.append((status, kind, _listed(map(code, content(part))), _prose(part.node.get("description", ""))))
        for name, header in (part.node.get("headers") or {}).items():
            headers.append((status, code(name), document.follow(header)[1]))
    yield from _table(("status", "body", "as", "meaning"), rows)
    if headers:
        yield from ("### Headers of answers", "")
        yield from _table(
            ("status", "header", "type", "required", "bounds", "meaning"),
            (
                (status, name, *_cells(document, node.get("schema", {}), node.get("required", False), node))
                for status, name, node in headers
            ),
        )
    shown: dict[str, str] = {}
    for status, part in operation.responses.items():
        text = "\n".join(_bodies(document, part))
        if not text:
            continue
        yield from (f"### Body of {status}", "")
        yield from (f"As of {shown[text]}.", "") if text in shown else (text,)
        shown.setdefault(text, status)


def _bodies(document: Document, part: Part) -> Iterator[str]:
    """The properties of a body, once for media types that share a schema."""
    shown: list[Any] = []
    for name, media in content(part).items():
        schema = media.node.get("schema", {})
        if schema in shown:
            continue
        shown.append(schema)
        rows = list(property_rows(document, schema))
        bounds = bounds_of(document, schema)
        if len(shown) > 1 and (rows or bounds):
            yield from (f"As {code(name)}:", "")
        if bounds:
            yield from (f"{kind_of(document, schema).capitalize()}: {bounds}.", "")
        if rows:
            yield from _table(("property", "type", "required", "bounds", "meaning"), rows)


def _parameter_row(document: Document, part: Part) -> tuple[str, ...]:
    node = part.node
    cells = _cells(document, node["schema"], node.get("required", False), node)
    return (code(node["name"]), node["in"], *cells)


def _cells(document: Document, schema: Any, required: bool, around: Node) -> tuple[str, str, str, str]:
    meaning = around.get("description") or _described(document, schema)
    style = [f"{name} {json.dumps(around[name])}" for name in ("style", "explode") if name in around]
    bounds = ", ".join(filter(None, [bounds_of(document, schema), *style]))
    deprecated = "Deprecated. " if around.get("deprecated") else ""
    return kind_of(document, schema), "yes" if required else "", bounds, deprecated + _prose(meaning)


def facets(document: Document, schema: Any) -> Iterator[Node]:
    """Yield the objects that hold together for a value: a schema, what it refers to, and the parts of `allOf`."""
    if not isinstance(schema, dict):
        return
    yield schema
    if "$ref" in schema:
        yield from facets(document, document.follow({"$ref": schema["$ref"]})[1])
    for part in schema.get("allOf", ()):
        yield from facets(document, part)


def _described(document: Document, schema: Any) -> str:
    return next((str(node["description"]) for node in facets(document, schema) if node.get("description")), "")


def kind_of(document: Document, schema: Any) -> str:
    """Return a value's type in a few words."""
    named: list[str] = []
    for node in facets(document, schema):
        kinds = node.get("type", [])
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "array" in kinds and "prefixItems" in node:
            first = ", ".join(kind_of(document, item) for item in node["prefixItems"])
            named.append(f"list of {first}, then {kind_of(document, node.get('items', {}))}")
        elif "array" in kinds:
            named.append(f"list of {kind_of(document, node.get('items', {}))}")
        of_format = f" ({node['format']})" if "format" in node else ""
        named += [kind if kind == "null" else f"{kind}{of_format}" for kind in kinds if kind != "array"]
        for keyword in ("anyOf", "oneOf"):
            named += [kind_of(document, branch) for branch in node.get(keyword, ())]
    exact = [name for name in named if f"{name} (" not in " ".join(named)]
    return " or ".join(dict.fromkeys(exact)) or "any"


def bounds_of(document: Document, schema: Any) -> str:
    """Return a value's constraints in a few words."""
    found: list[str] = []
    for node in facets(document, schema):
        found += [
            text.format(code(node[keyword]) if keyword in _AS_CODE and keyword != "const" else _value(node[keyword]))
            for keyword, text in _BOUNDS.items()
            if keyword in node
        ]
        if "enum" in node:
            found.append(f"one of {_listed(map(_value, node['enum']))}")
        found += _structure(document, node)
        for keyword in ("anyOf", "oneOf"):
            found += [bounds_of(document, branch) for branch in node.get(keyword, ())]
        found += ["exactly one of these"] if "oneOf" in node else []
        found += ["no two alike"] if node.get("uniqueItems") else []
        found += ["deprecated"] if node.get("deprecated") else []
        found += ["unique"] if node.get("x-unique") else []
        found += (
            [{True: "secret", "query": "its query is secret"}[node["x-sensitive"]]] if "x-sensitive" in node else []
        )
    return ", ".join(dict.fromkeys(filter(None, found)))


def _structure(document: Document, node: Node) -> Iterator[str]:
    def both(schema: Any) -> str:
        kind, bounds = kind_of(document, schema), bounds_of(document, schema)
        return bounds if kind == "any" and bounds else f"{kind} {bounds}".strip()

    if isinstance(node.get("items"), dict) and (bounds := bounds_of(document, node["items"])):
        yield f"each {bounds}"
    if "contains" in node:
        yield f"contains {both(node['contains'])}"
    if "not" in node:
        yield f"not {both(node['not'])}"
    if "propertyNames" in node:
        yield f"names: {both(node['propertyNames'])}"
    for pattern, schema in node.get("patternProperties", {}).items():
        yield f"names like {code(pattern)}: {both(schema)}"
    for name, others in node.get("dependentRequired", {}).items():
        yield f"{code(name)} needs {_listed(map(code, others))}"
    others = node.get("additionalProperties", True)
    if others is False:
        yield "no other properties"
    elif isinstance(others, dict):
        yield f"other properties: {both(others)}"
    own = node.get("properties", {})
    if beyond := [name for name in node.get("required", ()) if name not in own]:
        yield f"with {_listed(map(code, beyond))}"


def property_rows(document: Document, schema: Any, prefix: str = "") -> Iterator[tuple[str, ...]]:
    """Yield the cells of a row for each property, those of nested objects after their own."""
    for node in facets(document, schema):
        for name, property_ in node.get("properties", {}).items():
            required = name in node.get("required", ())
            yield (code(f"{prefix}{name}"), *_cells(document, property_, required, {}))
            yield from property_rows(document, property_, f"{prefix}{name}.")
        for keyword, mark in (("items", "[]"), ("additionalProperties", "*")):
            yield from property_rows(document, node.get(keyword), f"{prefix.removesuffix('.')}{mark}.")
        for index, item in enumerate(node.get("prefixItems", ())):
            yield from property_rows(document, item, f"{prefix.removesuffix('.')}[{index}].")
        for keyword in ("anyOf", "oneOf"):
            for branch in node.get(keyword, ()):
                yield from property_rows(document, branch, prefix)


def code(value: Any) -> str:
    """Return a text as Markdown code, whatever stands in it."""
    text = str(value)
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else "(empty)"


def _prose(text: str) -> str:
    """A description with its backslashes and tags as they are written, and its own Markdown."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text.replace("\\", "\\\\"))


def _value(value: Any) -> str:
    return code(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [" | ".join(head), "|".join("---" for _ in head).join("||")]
    body = [" | ".join(map(_cell, row)) for row in rows]
    return [f"| {lines[0]} |", lines[1], *(f"| {row} |" for row in body), ""]


def _cell(text: str) -> str:
    """A cell is one line without a bare `|`."""
    return " ".join(text.split()).replace("|", "\\|")
