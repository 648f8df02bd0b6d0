"""The document as operations: the unit of everything that is written from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generation.reading import Document, Node, Pointer

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
"""The style of a parameter that names none, by its place (OpenAPI 3.1.0, Parameter Object)."""


@dataclass(frozen=True)
class Part:
    """A parameter, body or response of an operation, with its place once references are followed."""

    at: Pointer
    node: Node


@dataclass(frozen=True)
class Operation:
    """One operation, its references followed and the parameters of its path among its own."""

    at: Pointer
    node: Node
    method: str
    path: str
    parameters: list[Part]
    body: Part | None
    responses: dict[str, Part]
    security: list[Node]

    @property
    def id(self) -> str:
        """The operationId; "" where there is none."""
        return str(self.node.get("operationId", ""))

    @property
    def success(self) -> str | None:
        """The lowest status of a success, `2XX` if only the range is there; None where there is none."""
        return min((status for status in self.responses if re.fullmatch(r"2(\d\d|XX)", status)), default=None)


def operations(document: Document) -> list[Operation]:
    """Return the document's operations, in its order. What has a wrong form is left out."""
    found = []
    for path, item in _members(document.data.get("paths")):
        if isinstance(item, dict):
            found += [_operation(document, path, item, method) for method in item if method in METHODS]
    return [operation for operation in found if operation]


def _operation(document: Document, path: str, item: Node, method: str) -> Operation | None:
    node, at = item[method], ("paths", path, method)
    if not isinstance(node, dict):
        return None
    shared = _parts(document, item.get("parameters"), ("paths", path, "parameters"))
    own = _parts(document, node.get("parameters"), (*at, "parameters"))
    by_name = {(part.node.get("in"), part.node.get("name")): part for part in (*shared, *own)}
    body = Part(*document.follow(node["requestBody"], (*at, "requestBody"))) if "requestBody" in node else None
    return Operation(
        at,
        node,
        method,
        path,
        list(by_name.values()),
        body,
        {
            status: Part(*document.follow(response, (*at, "responses", status)))
            for status, response in _members(node.get("responses"))
        },
        node["security"] if "security" in node else document.data.get("security") or [],
    )


def _parts(document: Document, listed: Any, at: Pointer) -> list[Part]:
    items = listed if isinstance(listed, list) else []
    return [Part(*document.follow(item, (*at, index))) for index, item in enumerate(items)]


def _members(node: Any) -> Iterator[tuple[str, Any]]:
    yield from node.items() if isinstance(node, dict) else ()


def content(part: Part | None) -> dict[str, Part]:
    """Return the media types of a body or response, by name."""
    if part is None:
        return {}
    found = dict(_members(part.node.get("content")))
    return {name: Part((*part.at, "content", name), it) for name, it in found.items() if isinstance(it, dict)}


def is_json(media_type: str) -> bool:
    """Tell whether a media type is JSON: application/json, text/json or one that ends in +json (RFC 6839)."""
    return bool(re.fullmatch(r"(application|text)/json|[\w.-]+/[\w.*-]+\+json", media_type.partition(";")[0].strip()))


def sent_as(part: Part | None) -> str | None:
    """Return the media type in which the client sends a body: application/json, else the first that can be named."""
    names = list(content(part))
    exact = [name for name in names if re.fullmatch(r"application/[\w.-]+\+json", name)]
    return "application/json" if "application/json" in names else next(iter(exact), None)


def read_as(part: Part | None) -> str | None:
    """Return the media type in which the client reads an answer: application/json, else JSON, else text."""
    names = list(content(part))
    likely = [name for name in names if is_json(name)] + [name for name in names if name.startswith("text/")]
    return "application/json" if "application/json" in names else next(iter(likely), None)


def sent_properties(document: Document, operation: Operation) -> dict[str, list[Part]]:
    """Return the properties that an operation's body may have, those of compositions among them, by name."""
    found: dict[str, list[Part]] = {}
    for media in content(operation.body).values():
        for name, part in properties(document, media.node.get("schema")):
            found.setdefault(name, []).append(part)
    return found


def properties(document: Document, schema: Any, seen: frozenset[Pointer] = frozenset()) -> Iterator[tuple[str, Part]]:
    """Yield a schema's own properties, with those of references and compositions."""
    at, node = document.follow(schema)
    if at and at in seen:
        return
    seen |= {at}
    if isinstance(schema, dict) and "$ref" in schema and schema is not node:
        yield from _own(schema, ())
    yield from _own(node, at)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in node.get(keyword, []) if isinstance(node.get(keyword), list) else []:
            yield from properties(document, branch, seen)


def _own(node: Node, at: Pointer) -> Iterator[tuple[str, Part]]:
    for name, schema in _members(node.get("properties")):
        if isinstance(schema, dict):
            yield name, Part((*at, "properties", name), schema)
