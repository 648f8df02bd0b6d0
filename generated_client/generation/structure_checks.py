"""Checks of the document's form: members that nobody knows, references that lead nowhere, and OpenAPI's own schema."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema_rs
from openapi_spec_validator import OpenAPIV31SpecValidator

from generation.objects import COMPONENTS, EXTENSIONS, MEMBERS, REFUSED, Item, walk
from generation.reading import Document, Pointer, Problem, steps, written

_REFERENCE_FORM = "only references of the form '#/components/{section}/Name' are followed"


def meant(word: object, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return a question for the likeliest of the known words, or nothing."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(str(word).lower(), by_lower, n=1, cutoff=cutoff)
    return f"; did you mean `{by_lower[close[0]]}`?" if close else ""


def members(document: Document) -> Iterator[Problem]:
    """Yield the members that the specification does not have, or that are not followed here."""
    for item in walk(document):
        if item.kind == "security requirement":
            continue
        for name in item.node:
            if text := _refusal(item, str(name)):
                yield Problem((*item.at, name), text)


def _refusal(item: Item, name: str) -> str | None:
    if name in REFUSED.get(item.kind, {}):
        return f"`{name}` is not followed: {REFUSED[item.kind][name]}"
    if name in MEMBERS[item.kind]:
        return None
    if name.startswith("x-"):
        if name in EXTENSIONS:
            wrong = name != "x-provenance" and item.kind != "schema"
            return f"`{name}` belongs into a schema, and this is a {item.kind}: move it there" if wrong else None
        guess = meant(name, EXTENSIONS, 0.75)
        return f"`{name}` is an extension that nothing here reads{guess}" if guess else None
    if item.kind == "reference":
        return f"`{name}` beside `$ref` would be lost: put it into the {item.target} that is referred to"
    article = "an" if item.kind[0] in "aeiou" else "a"
    noun = "keyword of a schema" if item.kind == "schema" else f"member of {article} {item.kind}"
    return f"`{name}` is no {noun}{meant(name, MEMBERS[item.kind])}"


def references(document: Document) -> Iterator[Problem]:
    """Yield the references that cannot be followed: to nothing, to the wrong kind, out of the file, in a circle."""
    edges: dict[Pointer, list[tuple[Pointer, Pointer]]] = {}
    for item in walk(document):
        if "$ref" not in item.node or item.kind not in ("schema", "reference"):
            continue
        kind = item.target or "schema"
        at = (*item.at, "$ref")
        if problem := _reference(document, item.node["$ref"], kind):
            yield Problem(at, problem)
        elif kind == "schema":
            edges.setdefault(item.at[:3], []).append((at, steps(item.node["$ref"])))
    yield from _circles(edges)


def _reference(document: Document, reference: Any, kind: str) -> str | None:
    section = COMPONENTS[kind]
    target = steps(reference) if isinstance(reference, str) and reference.startswith("#/") else ()
    if len(target) != 3 or target[:2] != ("components", section):
        return f"{reference!r} is not followed: {_REFERENCE_FORM.format(section=section)}"
    named = document.data.get("components", {}).get(section, {})
    if target[2] not in named:
        return f"there is no {written(target)}{meant(target[2], named)}"
    if kind != "schema" and isinstance(named[target[2]], dict) and "$ref" in named[target[2]]:
        return f"{written(target)} is a reference itself: refer to what it refers to"
    return None


def _circles(edges: dict[Pointer, list[tuple[Pointer, Pointer]]]) -> Iterator[Problem]:
    """Yield each reference that closes a circle, found depth first."""
    done: set[Pointer] = set()

    def visit(node: Pointer, path: list[Pointer]) -> Iterator[Problem]:
        for at, target in edges.get(node, []):
            if target in path:
                names = " → ".join(str(step[-1]) for step in (*path[path.index(target) :], target))
                text = (
                    f"a schema within itself ({names}) is not followed: write out its levels, or leave one open: {{}}"
                )
                yield Problem(at, text)
            elif target not in done:
                yield from visit(target, [*path, target])
        done.add(node)

    for node in edges:
        if node not in done:
            yield from visit(node, [node])


def schema_roots(document: Document) -> Iterator[Item]:
    """Yield the schemas that stand in no other schema."""
    last: Pointer = ("", "")
    for item in walk(document):
        if item.kind == "schema" and item.at[: len(last)] != last:
            last = item.at
            yield item


def boolean_schemas(document: Document) -> Iterator[Problem]:
    """Yield the schemas that are written as true or false, but for `additionalProperties`."""
    for item in walk(document):
        for name, spec in MEMBERS["schema"].items() if item.kind == "schema" else ():
            child, at = item.node.get(name), (*item.at, name)
            if spec is None or child is None or name == "additionalProperties":
                continue
            inside: list[tuple[Pointer, Any]] = [(at, child)]
            if isinstance(child, list):
                inside = [((*at, index), it) for index, it in enumerate(child)]
            elif isinstance(spec, dict) and isinstance(child, dict):
                inside = [((*at, key), it) for key, it in child.items()]
            for place, schema in inside:
                if isinstance(schema, bool):
                    text = "write {} for any value" if schema else "leave it out, or bound the number of items"
                    yield Problem(place, f"the schema {str(schema).lower()} is not followed: {text}")


def form(document: Document) -> Iterator[Problem]:
    """Yield what openapi-spec-validator and JSON Schema's own schema find."""
    try:
        for error in OpenAPIV31SpecValidator(document.data).iter_errors():
            yield from _breach(document, error.absolute_path, error.message)
    except Exception as error:
        # References that lead nowhere stop it, in more ways than one.
        if next(references(document), None) is None:
            yield Problem((), f"openapi-spec-validator cannot read on: {type(error).__name__}: {error}")
    meta = jsonschema_rs.Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})
    for root in schema_roots(document):
        for breach in meta.iter_errors(root.node):
            yield from _breach(document, (*root.at, *breach.instance_path), breach.message)


def _breach(document: Document, path: Iterable[str | int], message: str) -> Iterator[Problem]:
    """A validator's finding in plain words; unknown members, which `members` tells of, apart."""
    at: Pointer = ()
    for step in path:  # the validator makes numbers of statuses
        at = (*at, step if isinstance(document.at(at), list) else str(step))
    line = message.splitlines()[0]
    if missing := re.match(r"['\"](.+)['\"] is a required property", line):
        yield Problem(at, f"`{missing[1]}` is missing here")
    elif line.endswith('is not of type "string"') and not isinstance(document.at(at), dict | list):
        yield Problem(at, f"text is wanted here: write '{json.dumps(document.at(at))}' in quotes")
    elif not re.match("(Unevaluated|Additional) properties", line):
        yield Problem(at, line)
