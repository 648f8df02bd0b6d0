"""The source of limits.py: every operation with its schemas, for the wrapper to check arguments and answers against."""

from __future__ import annotations

import re
from typing import Any

from openapi_python_client.strings import snake_case

from generation.objects import MEMBERS
from generation.operations import STYLES, Operation, Part, content, operations, read_as, sent_as
from generation.reading import Document, Node, steps
from generation.schema_checks import sensitive

_FOR_READERS = {"title", "description", "$comment", "examples", "x-provenance", "x-enum-varnames"}
_MARKS = ("x-sensitive", "x-echoes", "x-unique")
_MAIN = "addMeeting"

_HEAD = '''"""Where the API is, its operations, and what openapi.yaml allows in requests and answers, as JSON Schema."""

from typing import Any, Final, NamedTuple


class Operation(NamedTuple):
    """One operation. Schemas are JSON Schema 2020-12 with references followed, and the contract's own `x-` marks."""

    method: str
    path: str
    """The template, to append to SERVER_URL."""
    parameters: list[dict[str, Any]]
    """Each with name, in, required, style, explode and schema."""
    request: dict[str, Any] | None
    """The schema of the body, None without one."""
    request_type: str | None
    """The media type in which the body is sent."""
    request_required: bool
    responses: dict[str, dict[str, Any] | None]
    """The schema of the body by status, which may be a range (4XX) or default; None where it has none."""
    success: str
    """The lowest status of a success."""
    security: list[dict[str, dict[str, Any]]]
    """Alternatives; each names the credentials that are sent together. Empty: none is asked for."""

'''


class _Code(str):
    """A piece of Python source, which stands for itself in the repr of what holds it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class _Schemas:
    """The constants of the component schemas, in the order in which they need each other."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.source: dict[str, str] = {}

    def shown(self, schema: Any) -> Any:
        """Return a schema as a value whose repr is its source."""
        if not isinstance(schema, dict):
            return schema
        rest: Node = {}
        for keyword, value in schema.items():
            if keyword == "$ref" or keyword in _FOR_READERS or (keyword.startswith("x-") and keyword not in _MARKS):
                continue
            rest[keyword] = self._children(value, MEMBERS["schema"].get(keyword))
        if "$ref" not in schema:
            return rest
        name = self._constant(schema["$ref"])
        if not rest:
            return _Code(name)
        target = self._document.follow({"$ref": schema["$ref"]})[1]
        if rest.keys() & target.keys() - set(_MARKS):  # both hold: neither may hide the other
            return {"allOf": [_Code(name), rest]}
        return _Code(f"{{**{name}, {repr(rest)[1:]}")

    def _children(self, value: Any, spec: Any) -> Any:
        if spec is None:
            return value
        if isinstance(spec, list):
            return [self.shown(item) for item in value]
        if isinstance(spec, dict):
            return {name: self.shown(item) for name, item in value.items()}
        return self.shown(value)

    def _constant(self, reference: str) -> str:
        target = steps(reference)
        name = "_" + re.sub(r"\W", "_", snake_case(str(target[-1]))).upper()
        if name not in self.source:
            shown = repr(self.shown(self._document.at(target)))  # those that it needs come first
            self.source[name] = f"{name}: Final[dict[str, Any]] = {shown}"
        return name


def limits_module(document: Document) -> str:
    """Return the module's source, not formatted yet."""
    schemas = _Schemas(document)
    found = {operation.id: _operation(document, schemas, operation) for operation in operations(document)}
    operation, answer = f"OPERATIONS[{_MAIN!r}]", f"OPERATIONS[{_MAIN!r}].responses[OPERATIONS[{_MAIN!r}].success]"
    return _HEAD + "\n".join(
        [
            f"SERVER_URL: Final = {document.data['servers'][0]['url']!r}",
            *schemas.source.values(),
            f"OPERATIONS: Final[dict[str, Operation]] = {found!r}",
            '"""The operations by their operationId."""',
            f"SENSITIVE: Final[dict[str, bool | str]] = {sensitive(document)!r}",
            '"""The properties and parameters with a secret value; "query" where only that of a URL is secret."""',
            f"REQUEST: Final[dict[str, Any]] = {f'{operation}.request or ' if _MAIN in found else ''}{{}}",
            f"RESPONSE: Final[dict[str, Any]] = {f'{answer} or ' if _MAIN in found else ''}{{}}",
        ]
    )


def _operation(document: Document, schemas: _Schemas, operation: Operation) -> _Code:
    schemes = document.data.get("components", {}).get("securitySchemes", {})
    body = content(operation.body)
    sent = sent_as(operation.body)
    fields = {
        "method": operation.method.upper(),
        "path": operation.path,
        "parameters": [_parameter(schemas, part) for part in operation.parameters],
        "request": schemas.shown(body[sent].node["schema"]) if sent else None,
        "request_type": sent,
        "request_required": bool(operation.body and operation.body.node.get("required", False)),
        "responses": {status: _answer(schemas, part) for status, part in operation.responses.items()},
        "success": operation.success,
        "security": [
            {
                name: {key: value for key, value in schemes[name].items() if key in ("type", "in", "name", "scheme")}
                for name in alternative
            }
            for alternative in operation.security
        ],
    }
    return _Code(f"Operation({', '.join(f'{name}={value!r}' for name, value in fields.items())})")


def _parameter(schemas: _Schemas, part: Part) -> Node:
    style = part.node.get("style", STYLES[part.node["in"]])
    return {
        "name": part.node["name"],
        "in": part.node["in"],
        "required": part.node.get("required", False),
        "style": style,
        "explode": part.node.get("explode", style == "form"),
        "schema": schemas.shown(part.node["schema"]),
    }


def _answer(schemas: _Schemas, part: Part) -> Any:
    media_type = read_as(part)
    return schemas.shown(content(part)[media_type].node.get("schema", {})) if media_type else None
