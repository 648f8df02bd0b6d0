"""The objects of OpenAPI 3.1 and JSON Schema 2020-12: which members each has, and which of them are followed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generation.reading import Document, Node, Pointer

EXTENSIONS = ("x-provenance", "x-sensitive", "x-echoes", "x-unique", "x-enum-varnames")

_ANNOTATIONS = ("title", "description", "$comment", "deprecated")
_VALUES: dict[str, Any] = dict.fromkeys(("enum", "const", "examples", "default", "example"))

# Members by kind of object. None: any value; "kind": such an object; ["kind"]: a list of them; {"": "kind"}: by name.
MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "document": {
        **dict.fromkeys(("openapi", "jsonSchemaDialect")),
        "info": "info",
        "servers": ["server"],
        "paths": {"": "path item"},
        "webhooks": None,
        "components": "components",
        "security": ["security requirement"],
        "tags": ["tag"],
        "externalDocs": "external documentation",
    },
    "info": {
        **dict.fromkeys(("title", "summary", "description", "termsOfService", "version")),
        "contact": "contact",
        "license": "license",
    },
    "contact": dict.fromkeys(("name", "url", "email")),
    "license": dict.fromkeys(("name", "identifier", "url")),
    "server": dict.fromkeys(("url", "description", "variables")),
    "tag": {**dict.fromkeys(("name", "description")), "externalDocs": "external documentation"},
    "external documentation": dict.fromkeys(("description", "url")),
    "components": {
        "schemas": {"": "schema"},
        "responses": {"": "response"},
        "parameters": {"": "parameter"},
        "examples": {"": "example"},
        "requestBodies": {"": "request body"},
        "headers": {"": "header"},
        "securitySchemes": {"": "security scheme"},
        "links": {"": "link"},
        **dict.fromkeys(("callbacks", "pathItems")),
    },
    "path item": {
        **dict.fromkeys(("$ref", "summary", "description", "servers")),
        "parameters": ["parameter"],
        **dict.fromkeys(("get", "put", "post", "delete", "options", "head", "patch", "trace"), "operation"),
    },
    "operation": {
        **dict.fromkeys(("tags", "summary", "description", "operationId", "callbacks", "deprecated", "servers")),
        "externalDocs": "external documentation",
        "parameters": ["parameter"],
        "requestBody": "request body",
        "responses": {"": "response"},
        "security": ["security requirement"],
    },
    "parameter": {
        **dict.fromkeys(("name", "in", "description", "required", "deprecated", "allowEmptyValue", "style", "explode")),
        **dict.fromkeys(("allowReserved", "example")),
        "schema": "schema",
        "examples": {"": "example"},
        "content": {"": "media type"},
    },
    "header": {
        **dict.fromkeys(("description", "required", "deprecated", "style", "explode", "example")),
        "schema": "schema",
        "examples": {"": "example"},
        "content": {"": "media type"},
    },
    "request body": {**dict.fromkeys(("description", "required")), "content": {"": "media type"}},
    "media type": {"schema": "schema", "example": None, "examples": {"": "example"}, "encoding": None},
    "response": {
        "description": None,
        "headers": {"": "header"},
        "content": {"": "media type"},
        "links": {"": "link"},
    },
    "example": dict.fromkeys(("summary", "description", "value", "externalValue")),
    "link": dict.fromkeys(("operationRef", "operationId", "parameters", "requestBody", "description", "server")),
    "security scheme": dict.fromkeys(
        ("type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl")
    ),
    "security requirement": {},
    "reference": dict.fromkeys(("$ref", "summary", "description")),
    "schema": {
        **dict.fromkeys(("$ref", *_ANNOTATIONS, "type", "format", "contentEncoding", "contentMediaType", "required")),
        **_VALUES,
        **dict.fromkeys(("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum")),
        **dict.fromkeys(("maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems")),
        **dict.fromkeys(("maxContains", "minContains", "maxProperties", "minProperties", "dependentRequired")),
        **dict.fromkeys(("items", "contains", "additionalProperties", "propertyNames", "not"), "schema"),
        **{keyword: ["schema"] for keyword in ("allOf", "anyOf", "oneOf", "prefixItems")},
        **{keyword: {"": "schema"} for keyword in ("properties", "patternProperties")},
        **dict.fromkeys(("if", "then", "else", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties")),
        **dict.fromkeys(("$defs", "$id", "$schema", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary")),
        **dict.fromkeys(("contentSchema", "readOnly", "writeOnly", "discriminator", "xml", "externalDocs", "nullable")),
    },
}

_NO_CONDITION = "conditions are not followed: write the alternatives with `anyOf`"
_NO_NAME = "schemas are named by their place alone: put it into components/schemas and refer to it with `$ref`"
_ONE_SERVER = "the client has one base URL: list servers at the top of the document alone"

REFUSED: Mapping[str, Mapping[str, str]] = {
    "document": {
        "webhooks": "nobody here would receive a webhook: leave it out",
        "jsonSchemaDialect": "schemas are read as JSON Schema 2020-12: leave it out",
    },
    "server": {"variables": "the client has one base URL: write it out, without variables"},
    "components": {
        "callbacks": "nobody here would receive a callback: leave it out",
        "pathItems": "operations are read under `paths`: write them there",
    },
    "path item": {"$ref": "operations are read where they stand: write them here", "servers": _ONE_SERVER},
    "operation": {
        "callbacks": "nobody here would receive a callback: leave it out",
        "servers": _ONE_SERVER,
    },
    "parameter": {
        "content": "parameters are read by their `schema` and `style`: use these",
        "example": "only named examples are checked and shown: use `examples: {name: {value: …}}`",
        "allowReserved": "reserved characters are always encoded: leave it out",
        "allowEmptyValue": "it says nothing that the schema does not: leave it out, and say `minLength: 0`",
    },
    "header": {
        "content": "headers are read by their `schema`: use it",
        "example": "only named examples are checked and shown: use `examples: {name: {value: …}}`",
    },
    "media type": {
        "example": "only named examples are checked and shown: use `examples: {name: {value: …}}`",
        "encoding": "it belongs to forms, which are not followed: leave it out",
    },
    "example": {"externalValue": "examples are read from this file alone: write the value here"},
    "schema": {
        **dict.fromkeys(("if", "then", "else"), _NO_CONDITION),
        "dependentSchemas": "it is not followed: use `dependentRequired`, or write the alternatives with `anyOf`",
        "unevaluatedItems": "it is not followed: use `items` beside `prefixItems`",
        "unevaluatedProperties": "it is not followed: use `additionalProperties`",
        **dict.fromkeys(("$defs", "$id", "$anchor", "$dynamicRef", "$dynamicAnchor"), _NO_NAME),
        **dict.fromkeys(("$schema", "$vocabulary"), "schemas are read as JSON Schema 2020-12: leave it out"),
        "contentSchema": "what stands inside a text is not looked at: say it in the description",
        "default": "the client would always send it: say in the description what the server assumes",
        "example": "it is OpenAPI 3.0's: use a list, `examples`",
        "readOnly": "one schema for requests and answers is not followed: write one for each",
        "writeOnly": "one schema for requests and answers is not followed: write one for each",
        "discriminator": "it is not looked at: tell the alternatives apart by a `const` property in each",
        "xml": "bodies are JSON: leave it out",
        "externalDocs": "it is not shown anywhere: put the link into the description",
        "nullable": "it is OpenAPI 3.0's: write `anyOf: [{…}, {type: 'null'}]`",
    },
}
"""Members that OpenAPI has and that are not followed here, with what to do instead."""

COMPONENTS: Mapping[str, str] = {
    "schema": "schemas",
    "response": "responses",
    "parameter": "parameters",
    "example": "examples",
    "request body": "requestBodies",
    "header": "headers",
    "security scheme": "securitySchemes",
    "link": "links",
}
"""Where the targets of references stand, by their kind."""


class Item(NamedTuple):
    """An object of the document: what it is, where it stands, its members."""

    kind: str
    at: Pointer
    node: Node
    target: str = ""
    """What a reference stands for."""


def walk(document: Document) -> Iterator[Item]:
    """Yield every object of the document, each before what it holds. What has a wrong form is left out."""
    yield from _walk("document", (), document.data)


def subschemas(node: Node, at: Pointer = ()) -> Iterator[Item]:
    """Yield a schema and every schema within it, without following references."""
    yield from _walk("schema", at, node)


def _walk(kind: str, at: Pointer, node: Any) -> Iterator[Item]:
    if not isinstance(node, dict):
        return
    if "$ref" in node and kind in COMPONENTS and kind != "schema":
        yield Item("reference", at, node, kind)
        return
    yield Item(kind, at, node)
    for name, spec in MEMBERS[kind].items():
        if name not in node or spec is None:
            continue
        child, place = node[name], (*at, name)
        if isinstance(spec, str):
            yield from _walk(spec, place, child)
        elif isinstance(spec, list) and isinstance(child, list):
            for index, item in enumerate(child):
                yield from _walk(spec[0], (*place, index), item)
        elif isinstance(spec, dict) and isinstance(child, dict):
            for key, item in child.items():
                yield from _walk(spec[""], (*place, key), item)
