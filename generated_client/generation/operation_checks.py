"""Checks of operations: their names, parameters, bodies, responses and credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from openapi_python_client.strings import PythonIdentifier

from generation.objects import walk
from generation.operations import (
    STYLES,
    Operation,
    Part,
    content,
    is_json,
    operations,
    read_as,
    sent_as,
)
from generation.reading import Document, Node, Pointer, Problem
from generation.schema_checks import types
from generation.structure_checks import meant

_RESERVED_HEADERS = ("accept", "authorization", "content-type", "content-length", "host", "cookie")
_LIST_STYLES = {"query": ("form", "spaceDelimited", "pipeDelimited"), "path": ("simple",), "header": ("simple",)}
_WITHOUT_BODY = ("get", "head", "delete", "options", "trace")


def names(document: Document) -> Iterator[Problem]:
    """Yield the operationIds that are missing, doubled, or one and the same module of the client."""
    by_id: dict[str, Operation] = {}
    by_module: dict[str, Operation] = {}
    found = operations(document)
    for operation in found:
        at = (*operation.at, "operationId")
        module = PythonIdentifier(operation.id, "field_")
        if not operation.id:
            yield Problem(operation.at, "this operation has no `operationId`: name it, as in addMeeting")
        elif not re.fullmatch(r"[A-Za-z]\w*", operation.id, re.ASCII):
            yield Problem(at, f"`{operation.id}` is no name for a function: use letters and digits, as in addMeeting")
        elif operation.id in by_id:
            yield Problem(at, f"`{operation.id}` stands at {_title(by_id[operation.id])} too: give each its own name")
        elif module in by_module:
            other = by_module[module]
            yield Problem(at, f"`{operation.id}` and `{other.id}` are both the module {module} in Python: rename one")
        by_id.setdefault(operation.id, operation)
        by_module.setdefault(module, operation)
    if not found:
        yield Problem(("paths",), "there is no operation: describe one")


def _title(operation: Operation) -> str:
    return f"{operation.method.upper()} {operation.path}"


def paths(document: Document) -> Iterator[Problem]:
    """Yield the path templates that cannot be told apart, or whose parameters are not theirs."""
    by_shape: dict[str, str] = {}
    named = document.data.get("paths")
    for path in named if isinstance(named, dict) else ():
        at = ("paths", path)
        shape = re.sub(r"\{[^}]*\}", "{}", str(path)).lower().rstrip("/")
        if not re.fullmatch(r"(/([^{}/?#]|\{[^{}/?#]+\})*)+", str(path)):
            yield Problem(at, f"`{path}` is no path template: write /name/{{parameter}}, without query or fragment")
        elif shape in by_shape:
            text = "it ignores case, a final slash and the names in braces"
            yield Problem(at, f"the gateway cannot tell `{path}` from `{by_shape[shape]}`: {text}")
        by_shape.setdefault(shape, str(path))
    for operation in operations(document):
        wanted = re.findall(r"\{([^}]*)\}", operation.path)
        given = [part for part in operation.parameters if part.node.get("in") == "path"]
        for name in wanted:
            if name not in [part.node.get("name") for part in given]:
                known = [str(part.node.get("name")) for part in given]
                yield Problem(
                    operation.at,
                    f"`{{{name}}}` of the path has no parameter: add one with `in: path`{meant(name, known)}",
                )
            elif wanted.count(name) > 1:
                yield Problem(operation.at, f"`{{{name}}}` stands twice in the path: give each its own name")
        for part in given:
            if part.node.get("name") not in wanted:
                yield Problem(
                    (*part.at, "name"),
                    f"the path has no `{{{part.node.get('name')}}}`{meant(part.node.get('name'), wanted)}",
                )


def parameters(document: Document) -> Iterator[Problem]:
    """Yield the parameters that the client, the mock or the suite could not handle."""
    credentials = {
        (scheme.get("in"), str(scheme.get("name")).lower())
        for _, scheme in _credentials(document)
        if scheme.get("type") == "apiKey"
    }
    seen: set[Pointer] = set()
    for operation in operations(document):
        yield from _duplicates(document, operation)
        attributes: dict[str, str] = {"body": "the body"} if operation.body else {}
        for part in operation.parameters:
            name, place = str(part.node.get("name")), part.node.get("in")
            attribute = PythonIdentifier(name, "field_")
            if attribute in attributes:
                text = f"`{name}` and {attributes[attribute]} are both `{attribute}` in Python: rename one"
                yield Problem((*part.at, "name"), text)
            attributes.setdefault(attribute, f"`{name}` of the {place}")
            if part.at not in seen:
                seen.add(part.at)
                yield from _parameter(document, part, name, place)
                if (place, name.lower()) in credentials:
                    yield Problem((*part.at, "name"), f"`{name}` is a credential: leave it to `securitySchemes`")


def _duplicates(document: Document, operation: Operation) -> Iterator[Problem]:
    item = document.data["paths"][operation.path]
    for listed, at in ((operation.node.get("parameters"), operation.at), (item.get("parameters"), operation.at[:2])):
        seen = set()
        for index, parameter in enumerate(listed if isinstance(listed, list) else []):
            node = document.follow(parameter)[1]
            key = (node.get("in"), node.get("name"))
            if key in seen:
                yield Problem(
                    (*at, "parameters", index), f"the parameter `{key[1]}` of the {key[0]} stands twice: keep one"
                )
            seen.add(key)


def _parameter(document: Document, part: Part, name: str, place: Any) -> Iterator[Problem]:
    node, at = part.node, part.at
    if not node or place not in STYLES:
        return
    schema = document.follow(node.get("schema"))[1]
    if place == "path" and node.get("required") is not True:
        yield Problem(at, f"`{name}` stands in the path, so that it has to say `required: true`")
    if place == "header" and name.lower() in _RESERVED_HEADERS:
        yield Problem((*at, "name"), f"the header {name} is HTTP's own: leave it to media types and `securitySchemes`")
    if place in ("header", "cookie") and not re.fullmatch(r"[!#$%&'*+.^`|~\w-]+", name, re.ASCII):
        yield Problem((*at, "name"), f"`{name}` is no name of a {place} (RFC 9110, section 5.6.2)")
    if place == "cookie" and "array" in types(schema):
        yield Problem((*at, "schema"), "a list in a cookie is not followed: use a header or the query")
    if not re.search(r"[^\W_]", name):
        yield Problem((*at, "name"), f"`{name}` can have no name in Python: a name needs a letter or a digit")
    if "schema" not in node and "content" not in node:
        yield Problem(at, f"`{name}` has no schema: give it one")
    if reason := _unfit(document, node.get("schema")):
        yield Problem((*at, "schema"), f"{reason} as a parameter is not followed: write one parameter for each value")
    style = node.get("style", STYLES[place])
    allowed = _LIST_STYLES.get(place, ()) if "array" in types(schema) else (STYLES[place],)
    if style not in allowed and "array" in types(schema):
        yield Problem((*at, "style"), f"the style `{style}` is not followed here: use {' or '.join(allowed)}")
    elif style not in allowed:
        yield Problem((*at, "style"), f"the style `{style}` is for lists or not followed: leave it out")


def _unfit(document: Document, schema: Any, inside_list: bool = False) -> str | None:
    """Return what makes a schema none of a parameter: objects, lists in lists, and what may be either."""
    node = document.follow(schema)[1]
    declared = types(node)
    if "object" in declared or "properties" in node:
        return "an object"
    if "array" in declared:
        if inside_list or declared - {"array"}:
            return "a list within a list" if inside_list else "a list or something else"
        return _unfit(document, node.get("items"), inside_list=True)
    branches = [it for keyword in ("allOf", "anyOf", "oneOf") for it in node.get(keyword) or ()]
    if any("array" in types(document.follow(branch)[1]) for branch in branches):
        return "a list or something else"
    return next(filter(None, (_unfit(document, branch, inside_list) for branch in branches)), None)


def bodies(document: Document) -> Iterator[Problem]:
    """Yield the bodies and responses that nothing here could send or read."""
    for operation in operations(document):
        if operation.body is not None:
            yield from _request(operation, operation.body)
        for status, part in operation.responses.items():
            yield from _response(status, part)
        at = (*operation.at, "responses")
        if operation.success is None and operation.responses:
            yield Problem(at, "no response tells of a success: describe the one with its status, such as '200'")


def _request(operation: Operation, part: Part) -> Iterator[Problem]:
    if operation.method in _WITHOUT_BODY:
        text = f"a body has no meaning with {operation.method.upper()} (RFC 9110, section 9.3): use parameters, or POST"
        yield Problem((*operation.at, "requestBody"), text)
    media_types = content(part)
    for name, media in media_types.items():
        if not is_json(name):
            yield Problem(media.at, f"a body as {name} is not followed: bodies are sent as JSON")
        elif not isinstance(media.node.get("schema"), dict):
            yield Problem(media.at, "this body has no schema: give it one, `{}` for any value")
    if sent_as(part) is None and "content" in part.node and all(map(is_json, media_types)):
        yield Problem((*part.at, "content"), "no media type that can be sent stands here: add application/json")


def _response(status: str, part: Part) -> Iterator[Problem]:
    media_types = content(part)
    if not re.fullmatch(r"[1-5](\d\d|XX)|default", str(status)):
        yield Problem(part.at, f"`{status}` is no status: write one such as '404', a range such as 4XX, or default")
    elif status in ("204", "205", "304") and media_types:
        yield Problem(
            (*part.at, "content"), f"an answer of {status} has no body (RFC 9110, section 15): leave `content` out"
        )
    elif media_types and read_as(part) is None:
        listed = ", ".join(media_types)
        yield Problem(
            (*part.at, "content"), f"an answer as {listed} is not followed: add application/json or text/plain"
        )
    for name in part.node.get("headers") or ():
        if str(name).lower() == "content-type":
            yield Problem((*part.at, "headers", name), "Content-Type follows from `content`: leave it out")


def _credentials(document: Document) -> Iterator[tuple[str, Node]]:
    named = document.data.get("components", {}).get("securitySchemes", {})
    yield from ((name, it) for name, it in named.items() if isinstance(it, dict))


def security(document: Document) -> Iterator[Problem]:
    """Yield the credentials that nobody could give, and those that are named and not described."""
    known = dict(_credentials(document))
    for name, scheme in known.items():
        at = ("components", "securitySchemes", name)
        kind = (scheme.get("type"), scheme.get("in"), str(scheme.get("scheme")).lower())
        if kind[0] == "apiKey" and kind[1] in ("header", "query"):
            continue
        if kind[0] != "http" or kind[2] != "bearer":
            yield Problem(
                at, "this kind of credential is not followed: use an apiKey in header or query, or http bearer"
            )
    for item in walk(document):
        if item.kind == "security requirement":
            for name in item.node:
                if name not in known:
                    text = f"there is no #/components/securitySchemes/{name}{meant(name, known)}"
                    yield Problem((*item.at, name), text)


def servers(document: Document) -> Iterator[Problem]:
    """Yield the servers whose address cannot be called."""
    listed = document.data.get("servers")
    if not isinstance(listed, list) or not listed:
        yield Problem(("servers",), "`servers` is missing: the client needs a base URL")
        return
    for index, server in enumerate(listed):
        url = str(server.get("url", "")) if isinstance(server, dict) else ""
        try:
            parts = urlsplit(url)
            wrong = not (parts.scheme in ("http", "https") and parts.hostname)
            wrong = wrong or bool(parts.query or parts.fragment or "{" in url or parts.port == 0)
        except ValueError:
            wrong = True
        if wrong:
            text = f"`{url}` is no base URL: write it out, as in https://host/path, without query and variables"
            yield Problem(("servers", index, "url"), text)
