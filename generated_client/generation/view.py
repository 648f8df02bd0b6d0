"""The view of openapi.yaml that openapi-python-client is given: the same API, less what this generator breaks on.

The client's models only carry values, and limits.py has the schemas as they are: a keyword that the generator cannot
read is left out of the view, and not out of the client. The rules hold for every operation:

- Each body has one media type. Of several, the generated module sends the last listed (openapi-python-client #1276) or
  fails at import (#1451), and reads an answer by the first listed.
- Parameters stand at their operation, as text where the generator takes no other type in their place.
- Of the parts of a value that is no object (`allOf`) the first with a type is left, since it makes a class of them.
- Enums have names for their values, since those that it makes of texts can be one and the same.
- Titles, defaults, constants and enums of several types are left out: it names classes by titles, sends defaults, and
  breaks on the others.
"""

from __future__ import annotations

import re
from typing import Any

from generation.objects import MEMBERS
from generation.operations import STYLES, Operation, Part, content, is_json, operations, read_as, sent_as
from generation.reading import Document, Node, Refused

_KEPT = {"$ref", "description", "type", "format", "properties", "required", "items", "prefixItems", "enum"}
_KEPT |= {"allOf", "anyOf", "oneOf", "additionalProperties", "x-enum-varnames"}
_PLAIN = {
    "query": {"string", "integer", "number", "boolean", "array"},
    "path": {"string", "integer", "number", "boolean"},
}

_TEXT = {"type": "string"}


def view(document: Document) -> Node:
    """Return the generator's view of a document that passed the checks."""
    data = document.data
    components = data.get("components", {})
    shown: Node = {name: data[name] for name in ("openapi", "info", "servers", "tags", "security") if name in data}
    shown["components"] = {
        "schemas": {name: _schema(document, schema) for name, schema in components.get("schemas", {}).items()},
        "securitySchemes": components.get("securitySchemes", {}),
    }
    shown["paths"] = {}
    for operation in operations(document):
        shown["paths"].setdefault(operation.path, {})[operation.method] = _operation(document, operation)
    return shown


def _operation(document: Document, operation: Operation) -> Node:
    kept = ("operationId", "tags", "summary", "description", "deprecated", "security")
    shown: Node = {name: operation.node[name] for name in kept if name in operation.node}
    shown["parameters"] = [_parameter(document, part) for part in operation.parameters]
    if operation.body is not None:
        media = _one(document, operation.body, sent_as(operation.body))
        shown["requestBody"] = {**operation.body.node, "content": media}
    shown["responses"] = {status: _response(document, part) for status, part in operation.responses.items()}
    return shown


def _response(document: Document, part: Part) -> Node:
    shown = {"description": part.node["description"]}
    if content(part):
        chosen = read_as(part)
        # The generator reads text/json as text; the name of a media type only chooses its decoder here.
        (media,) = _one(document, part, chosen).values()
        shown["content"] = {"application/json" if is_json(chosen or "") else "text/plain": media}
    return shown


def _one(document: Document, part: Part, media_type: str | None) -> Node:
    if media_type is None:
        raise Refused([f"{part.at}: no media type of this body can be chosen"])
    schema = content(part)[media_type].node.get("schema")
    return {media_type: {} if schema is None else {"schema": _schema(document, schema)}}


def _parameter(document: Document, part: Part) -> Node:
    node = part.node
    place, schema = node["in"], document.follow(node["schema"])[1]
    kept: Node = {name: node[name] for name in ("name", "in", "description", "required", "deprecated") if name in node}
    if place == "cookie":  # the module that it writes for required and optional ones does not pass mypy --strict
        kept.pop("required", None)
    kinds = schema.get("type")
    plain = isinstance(kinds, str) and kinds in _PLAIN.get(place, set()) and "format" not in schema
    if plain and kinds == "array":
        exploded = node.get("style", STYLES[place]) == "form" and node.get("explode", True)
        of_texts = document.follow(schema.get("items", {}))[1].get("type") == "string"
        return {**kept, "schema": {"type": kinds, "items": {"type": "string"}} if exploded and of_texts else _TEXT}
    return {**kept, "schema": {"type": kinds} if plain else _TEXT}


def _schema(document: Document, schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if (part := _of_values(document, schema)) is not None:
        return _schema(document, {**{name: it for name, it in schema.items() if name != "allOf"}, **part})
    shown = {name: value for name, value in schema.items() if name in _KEPT}
    for keyword, spec in MEMBERS["schema"].items():
        if keyword in shown and spec is not None:
            shown[keyword] = _children(document, shown[keyword], spec)
    if shown.get("type") == "array" and "prefixItems" not in shown:
        shown.setdefault("items", {})
    if "const" in schema and "type" not in shown:
        shown |= _type_of([schema["const"]])
    if "enum" in shown:
        shown = _enum(shown)
    branches = [it for keyword in ("anyOf", "oneOf") for it in shown.get(keyword, ())]
    if any(map(_of_anything, branches)) or (isinstance(shown.get("type"), list) and _of_anything(shown)):
        # One branch may be a list of anything: the code that reads such a union does not pass mypy --strict.
        return {"description": shown["description"]} if "description" in shown else {}
    return shown


def _of_values(document: Document, schema: Node) -> Node | None:
    """Return the part of an `allOf` that says the type, where none is an object: the generator would make them one."""
    parts = [part for part in schema.get("allOf", ()) if isinstance(part, dict)]
    followed = [document.follow(part)[1] for part in parts]
    if not parts or any("properties" in node or "allOf" in node or node.get("type") == "object" for node in followed):
        return None
    return next((part for part, node in zip(parts, followed, strict=True) if "type" in node or "enum" in node), {})


def _of_anything(schema: Node) -> bool:
    """Tell whether a schema of the view is a list whose items have no type."""
    kinds = schema.get("type", [])
    typed = {"type", "$ref", "enum", "allOf", "anyOf", "oneOf", "properties"}
    return "array" in (kinds if isinstance(kinds, list) else [kinds]) and not typed & schema.get("items", {}).keys()


def _children(document: Document, value: Any, spec: Any) -> Any:
    if isinstance(spec, list):
        return [_schema(document, item) for item in value]
    if isinstance(spec, dict):
        return {name: _schema(document, item) for name, item in value.items()}
    return _schema(document, value)


def _type_of(values: list[Any]) -> Node:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    found = {names.get(type(value)) for value in values}
    return {"type": found.pop()} if len(found) == 1 and None not in found else {}


def _enum(schema: Node) -> Node:
    """Name the values of an enum of texts or of integers, and leave any other enum out."""
    values = [value for value in schema["enum"] if value is not None]
    if {type(value) for value in values} not in ({str}, {int}):
        rest = {name: value for name, value in schema.items() if name not in ("enum", "x-enum-varnames")}
        return rest if "type" in rest else {**rest, **_type_of(schema["enum"])}
    return {**schema, "x-enum-varnames": schema.get("x-enum-varnames") or _value_names(values)}


def _value_names(values: list[Any]) -> list[str]:
    names: list[str] = []
    for index, value in enumerate(values):
        if isinstance(value, int):
            name = f"VALUE_{value}" if value >= 0 else f"VALUE_NEGATIVE_{-value}"
        else:
            words = re.findall(r"[A-Za-z0-9]+", value)
            name = "_".join(words).upper()
            name = name if name[:1].isalpha() else f"VALUE_{name or index}"
        names.append(name if name not in names else f"{name}_{index}")
    return names
