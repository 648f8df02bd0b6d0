"""What the mock reads from openapi.yaml: its operations, each with all that is said of it, and what is secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

from luminus_zoom_mock.schemas import Faults, Property, Schema, Schemas

__all__ = ["Contract", "Faults", "Media", "Operation", "Parameter", "Property", "Response", "Schema", "load"]

ADD_MEETING = "addMeeting"
"""The operation whose behaviour the mock knows (`meeting.py`)."""

IN_PACKAGE = Path(__file__).parent / "openapi.yaml"
"""Where an installed package has its contract."""
IN_CHECKOUT = Path(__file__).parents[2] / "openapi.yaml"
"""Where a checkout of the project has it."""

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_NOTHING = object()
_IN_BODY = "$response.body#/"


class Media(NamedTuple):
    """One media type of a body."""

    schema: Schema
    examples: list[Any]


class Response(NamedTuple):
    """What is said of the answers of one status."""

    content: Mapping[str, Media]
    headers: Mapping[str, Schema]
    links: Mapping[tuple[str, str], str]
    """Which property of the body is which parameter of another operation: by operationId and the parameter's name."""


class Parameter(NamedTuple):
    """A parameter of an operation, with the style that OpenAPI gives to those that name none."""

    name: str
    where: str
    required: bool
    style: str
    explode: bool
    schema: Schema


class Key(NamedTuple):
    """A place of a subscription key, and whether a key there needs a token too."""

    where: str
    """Either "header" or "query"."""
    name: str
    with_token: bool
    header: bytes
    """The name as headers are kept."""


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    id: str
    method: str
    """In capitals."""
    path: str
    """The template below the API's base path."""
    parameters: tuple[Parameter, ...]
    body: Mapping[str, Media]
    body_required: bool
    responses: Mapping[str, Response]
    keys: tuple[Key, ...]
    """The places of a subscription key, headers first: whichever is there counts."""
    keyless: bool
    """Whether it can be called without a key."""
    keyless_with_token: bool
    """Whether such a call needs a token."""
    node: Schema
    """The operation as it stands in the document."""

    @cached_property
    def success(self) -> int:
        """The status of a success: the lowest that is named; 200 for the range 2XX or where there is none."""
        named = [status for status in self.responses if re.fullmatch(r"2\d\d", status)]
        return int(min(named, default="200"))

    def response(self, status: int) -> Response | None:
        """Return what is said of a status: by itself, by its range (4XX), or by `default`."""
        for name in (str(status), f"{status // 100}XX", "default"):
            if name in self.responses:
                return self.responses[name]
        return None

    def accepts(self, media_type: str) -> bool:
        """Whether a body of this lower-case media type, given without parameters, is read."""
        return self.media(media_type) is not None

    def media(self, media_type: str) -> Media | None:
        """Return the media type of the body that stands for this one, be it as `application/*+json`; None for none."""
        kind, _, subtype = media_type.partition("/")
        prefix, plus, suffix = subtype.rpartition("+")
        pattern = f"{kind}/*{plus}{suffix}" if prefix else ""
        return self.body.get(media_type) or self.body.get(pattern)

    @cached_property
    def schema(self) -> Schema:
        """The schema of its body: of application/json, else of the first media type; {} without a body."""
        media = self.body.get("application/json") or next(iter(self.body.values()), None)
        return media.schema if media else {}

    @cached_property
    def answer(self) -> Schema:
        """The schema of its success's body; {} where there is none."""
        response = self.response(self.success)
        media = (
            (response.content.get("application/json") or next(iter(response.content.values()), None))
            if response
            else None
        )
        return media.schema if media else {}


class Contract:
    """An OpenAPI 3.1 document. Immutable, so that apps can share it.

    Raises LookupError where the document has no operation, or refers to what it does not have.
    """

    def __init__(self, document: Schema) -> None:
        """Read a parsed document."""
        self._document = document
        self.schemas = Schemas(document)
        self.bases = list(dict.fromkeys(_base(server) for server in document.get("servers") or [{}]))
        """The API's paths on its servers, as `/zoom`, the first server's first."""
        self.url = str((document.get("servers") or [{}])[0].get("url", "/")).rstrip("/")
        """The address of its first server, as the document has it."""
        self.operations = {operation.id: operation for operation in self._operations()}
        """The operations by their operationId, in the document's order."""
        if not self.operations:
            raise LookupError("the contract has no operation")
        self.main = self.operations.get(ADD_MEETING) or next(iter(self.operations.values()))
        """addMeeting, or the first operation of a contract without it."""
        self.base = self.bases[0]
        """The API's path on the gateway, as `/zoom`."""
        self.path: str = self.base + self.main.path
        """The main operation's path on the gateway, as `/zoom/Meeting`."""
        self.request = self.schemas.described(self.main.schema)
        """The properties of the main operation's request by name."""
        self.answer = self.schemas.described(self.main.answer)
        """The properties of its success by name, in the document's order."""
        self.sensitive: dict[str, Any] = {}
        """The properties and parameters with a secret value: True, or "query" where only a URL's query is secret."""
        for name, mark in self._sensitive(document):
            self.sensitive[name] = True if self.sensitive.get(name) is True else mark

    def changed(self, edit: Callable[[Schema], object]) -> Contract:
        """Return the contract of a copy of this one's document, which `edit` has changed."""
        document = deepcopy(self._document)
        edit(document)
        return Contract(document)

    def served_by(self, server: Schema) -> Schema:
        """Return the document as it was read, but with this OpenAPI server as its only one."""
        return {**self._document, "servers": [server]}

    def security_schemes(self) -> dict[str, Schema]:
        """Return the security schemes by name."""
        schemes = self._document.get("components", {}).get("securitySchemes", {})
        return {name: self.schemas.resolve(scheme) for name, scheme in schemes.items()}

    def example(self) -> Any:
        """Return the first example of the main operation's body; {} where it has none."""
        return next((value for media in self.main.body.values() for value in media.examples), {})

    def faults(self, body: Any, operation: Operation | None = None) -> Faults:
        """Return every breach of an operation's request schema, by default of the main operation's."""
        return self.schemas.faults((operation or self.main).schema, body)

    def _operations(self) -> Iterator[Operation]:
        for path, item in self._document.get("paths", {}).items():
            for method in _METHODS:
                if method in item:
                    yield self._operation(path, method, item)

    def _operation(self, path: str, method: str, item: Schema) -> Operation:
        node = item[method]
        resolve = self.schemas.resolve
        listed = [resolve(it) for it in (*item.get("parameters", ()), *node.get("parameters", ()))]
        parameters = {(it["in"], it["name"]): _parameter(it) for it in listed}
        body = resolve(node.get("requestBody", {}))
        security = node.get("security", self._document.get("security", []))
        keys, keyless = self._credentials(security)
        return Operation(
            id=str(node.get("operationId", f"{method} {path}")),
            method=method.upper(),
            path=path,
            parameters=tuple(parameters.values()),
            body=self._content(body),
            body_required=bool(body.get("required", False)),
            responses={str(status): self._response(it) for status, it in node.get("responses", {}).items()},
            keys=keys,
            keyless=not security or bool(keyless),
            keyless_with_token=bool(keyless) and all(keyless),
            node=node,
        )

    def _credentials(self, security: list[dict[str, Any]]) -> tuple[tuple[Key, ...], list[bool]]:
        """Return the keys that are taken, and of the alternatives without one whether each needs a token."""
        schemes = self.security_schemes()
        found: dict[tuple[str, str], list[bool]] = {}
        keyless: list[bool] = []
        for alternative in security:
            asked = [schemes.get(name, {}) for name in alternative]
            token = any(scheme.get("type") == "http" for scheme in asked)
            keys = [scheme for scheme in asked if scheme.get("type") == "apiKey"]
            for scheme in keys:
                found.setdefault((scheme["in"], scheme["name"]), []).append(token)
            if not keys:
                keyless.append(token)
        ordered = sorted(found.items(), key=lambda pair: pair[0][0] != "header")
        taken = tuple(Key(where, name, all(tokens), name.lower().encode()) for (where, name), tokens in ordered)
        return taken, keyless

    def _response(self, node: Schema) -> Response:
        node = self.schemas.resolve(node)
        headers = {name: self.schemas.resolve(it).get("schema", {}) for name, it in node.get("headers", {}).items()}
        links = {
            (str(link.get("operationId", "")), name.rpartition(".")[2]): str(value).removeprefix(_IN_BODY)
            for link in map(self.schemas.resolve, node.get("links", {}).values())
            for name, value in link.get("parameters", {}).items()
            if str(value).startswith(_IN_BODY)
        }
        return Response(self._content(node), headers, links)

    def _content(self, node: Schema) -> dict[str, Media]:
        found = {}
        for name, media in node.get("content", {}).items():
            shown = [self.schemas.resolve(it).get("value", _NOTHING) for it in media.get("examples", {}).values()]
            shown.append(media.get("example", _NOTHING))
            found[name] = Media(media.get("schema", {}), [value for value in shown if value is not _NOTHING])
        return found

    def _sensitive(self, node: Any) -> Iterator[tuple[str, Any]]:
        """Yield the names of properties and parameters whose schema is marked `x-sensitive`."""
        if isinstance(node, list):
            for item in node:
                yield from self._sensitive(item)
        elif isinstance(node, dict):
            named = list(node["properties"].items()) if isinstance(node.get("properties"), dict) else []
            if "in" in node and "name" in node:
                named.append((node["name"], node.get("schema")))
            for name, schema in named:
                if mark := self._mark(schema):
                    yield name, mark
            for child in node.values():
                yield from self._sensitive(child)

    def _mark(self, schema: Any) -> Any:
        inside = [
            it
            for part in self.schemas.parts(schema)
            for it in (part, part.get("items"), part.get("additionalProperties"))
        ]
        marks = [part["x-sensitive"] for it in inside for part in self.schemas.parts(it) if part.get("x-sensitive")]
        return True if True in marks else next(iter(marks), None)


def _base(server: Schema) -> str:
    return urlsplit(str(server.get("url", ""))).path.rstrip("/")


def _parameter(node: Schema) -> Parameter:
    style = node.get("style", "form" if node["in"] in ("query", "cookie") else "simple")
    explode = node.get("explode", style == "form")
    return Parameter(node["name"], node["in"], bool(node.get("required")), style, explode, node.get("schema", {}))


def load(path: Path | None = None) -> Contract:
    """Return the contract in a file; None stands for the package's own or, in a checkout, the one at its root."""
    return _parse((path or (IN_PACKAGE if IN_PACKAGE.exists() else IN_CHECKOUT)).read_bytes())


@lru_cache(maxsize=8)
def _parse(text: bytes) -> Contract:
    # libyaml where PyYAML was built with it: five times as fast, and start-up is felt in every test.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Contract(yaml.load(text, Loader=loader))  # noqa: S506
