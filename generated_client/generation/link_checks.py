"""Checks of links: each says which value of an answer is which parameter of another operation."""

from __future__ import annotations

from collections.abc import Iterator

from generation.operations import Operation, Part, content, operations, properties
from generation.reading import Document, Problem
from generation.structure_checks import meant

_BODY = "$response.body#/"


def links(document: Document) -> Iterator[Problem]:
    """Yield the links that lead to no operation or parameter, or from a property that the answer does not have."""
    known = {operation.id: operation for operation in operations(document)}
    seen = set()
    for operation in known.values():
        for response in operation.responses.values():
            named = response.node.get("links")
            for name, link in named.items() if isinstance(named, dict) else ():
                part = Part(*document.follow(link, (*response.at, "links", name)))
                if (part.at, response.at) not in seen:
                    seen.add((part.at, response.at))
                    yield from _link(document, part, response, known)


def _link(document: Document, link: Part, response: Part, known: dict[str, Operation]) -> Iterator[Problem]:
    target = known.get(str(link.node.get("operationId")))
    if target is None:
        name = link.node.get("operationId")
        if name is None:
            yield Problem(link.at, "a link is followed by its `operationId`: name the operation that it leads to")
        else:
            yield Problem((*link.at, "operationId"), f"there is no operation `{name}`{meant(name, known)}")
        return
    taken = [str(part.node.get("name")) for part in target.parameters]
    given = {name for media in content(response).values() for name, _ in properties(document, media.node.get("schema"))}
    parameters = link.node.get("parameters")
    for name, value in parameters.items() if isinstance(parameters, dict) else ():
        at = (*link.at, "parameters", name)
        if str(name).rpartition(".")[2] not in taken:
            yield Problem(at, f"`{target.id}` has no parameter `{name}`{meant(name, taken)}")
        property_ = str(value).removeprefix(_BODY)
        if str(value).startswith(_BODY) and "/" not in property_ and given and property_ not in given:
            yield Problem(at, f"this answer has no property `{property_}`{meant(property_, given)}")
