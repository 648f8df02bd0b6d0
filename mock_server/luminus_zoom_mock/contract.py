"""What the mock reads from openapi.yaml: where the operation is, what a request must be, what an answer consists of."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import jsonschema_rs
import yaml

Schema: TypeAlias = dict[str, Any]
Faults: TypeAlias = dict[str, list[str]]
"""What is wrong with a body: messages by the path of the property at fault, "" for the body as a whole."""

OPERATION = "addMeeting"

IN_PACKAGE = Path(__file__).parent / "openapi.yaml"
"""Where an installed package has its contract."""
IN_CHECKOUT = Path(__file__).parents[2] / "openapi.yaml"
"""Where a checkout of the project has it."""

_MESSAGES = {
    "anyOf": "must match one of its alternatives",
    "enum": "must be one of {options}",
    "format": "must be a valid {format}",
    "maxItems": "must have at most {limit} items",
    "maxLength": "must be at most {limit} characters long",
    "maximum": "must be at most {limit}",
    "minLength": "must be at least {limit} characters long",
    "minimum": "must be at least {limit}",
    "multipleOf": "must be a multiple of {multiple_of}",
    "required": "is required",
    "type": "must be of type {types}",
}
"""By keyword; the words in braces are jsonschema-rs's names for what the schema says. None shows a value received."""

_DEPTH = 64
"""Levels of a refused body that are looked at, which is far beyond the contract's; jsonschema-rs refuses 255."""


class Property(NamedTuple):
    """What matters of a property's schema for answering it: `type` and `format`, "" where the schema has none."""

    type: str
    format: str


class Contract:
    """One operation of an OpenAPI 3.1 document. Immutable, so that apps can share it.

    Raises LookupError where the document has no operation `addMeeting`, or lacks what every operation has.
    """

    def __init__(self, document: Schema) -> None:
        """Read a parsed document and compile its request schema, with its formats asserted."""
        self._document = document
        operations = ((path, item.get("post", {})) for path, item in document["paths"].items())
        found = next((pair for pair in operations if pair[1].get("operationId") == OPERATION), None)
        if found is None:
            raise LookupError(f"the contract has no operation {OPERATION}")
        path, operation = found
        content: Schema = operation["requestBody"]["content"]
        self._body: Schema = next(iter(content.values()))
        self._media_types = frozenset(content)
        answer = next(iter(operation["responses"]["201"]["content"].values()))["schema"]
        self._validator = jsonschema_rs.Draft202012Validator(
            {**self._body["schema"], "components": {"schemas": document["components"]["schemas"]}},
            validate_formats=True,
        )
        self.base = urlsplit(str(document["servers"][0]["url"])).path.rstrip("/")
        """The API's path on the gateway, as `/zoom`."""
        self.path: str = self.base + path
        """The operation's path on the gateway, as `/zoom/Meeting`."""
        self.request = self._properties(self._body["schema"])
        """The request's properties by name."""
        self.answer = self._properties(answer)
        """The properties of a 201 by name, in the document's order."""

    def changed(self, edit: Callable[[Schema], object]) -> Contract:
        """Return the contract of a copy of this one's document, which `edit` has changed."""
        document = deepcopy(self._document)
        edit(document)
        return Contract(document)

    def example(self) -> Any:
        """Return the document's first example of a request body; {} where it has none."""
        examples = self._body.get("examples", {}).values()
        return next((self._resolve(example)["value"] for example in examples), {})

    def accepts(self, media_type: str) -> bool:
        """Whether a body of this lower-case media type, given without parameters, is read."""
        if media_type in self._media_types:
            return True
        kind, _, subtype = media_type.partition("/")
        prefix, plus, suffix = subtype.rpartition("+")
        return bool(prefix) and f"{kind}/*{plus}{suffix}" in self._media_types

    def faults(self, body: Any) -> Faults:
        """Return every breach of the request schema, by property in dotted form (`access.groupAccess[0].groupID`)."""
        if self._validator.is_valid(body):
            return {}
        faults: Faults = {}
        for error in self._validator.iter_errors(_pruned(body, _DEPTH)):
            details = error.kind.as_dict()
            where = [*error.instance_path, *([details["property"]] if error.kind.name == "required" else [])]
            message = _MESSAGES.get(error.kind.name, f"breaks the rule {error.kind.name}")
            words = {key: ", ".join(map(str, it)) if isinstance(it, list) else it for key, it in details.items()}
            subject = "" if where else "The request body "
            faults.setdefault(_dotted(where), []).append(subject + message.format(**words))
        return faults or {"": ["The request body nests too deeply."]}

    def respelled(self, body: Any) -> Any:
        """Return the body with the property names that differ from the contract's in case alone spelled as there."""
        return self._respelled(body, self._body["schema"])

    def _respelled(self, value: Any, schema: Schema) -> Any:
        schema = self._resolve(schema)
        if isinstance(value, dict) and "properties" in schema:
            properties = schema["properties"]
            spelling = {name.lower(): name for name in properties}
            named = {spelling.get(name.lower(), name): item for name, item in value.items()}
            return {name: self._respelled(item, properties.get(name, {})) for name, item in named.items()}
        if isinstance(value, list) and "items" in schema:
            return [self._respelled(item, schema["items"]) for item in value]
        return value

    def _properties(self, schema: Schema) -> dict[str, Property]:
        properties = self._resolve(schema).get("properties", {})
        return {name: self._property(item) for name, item in properties.items()}

    def _property(self, schema: Schema) -> Property:
        schema = self._resolve(schema)
        branches = [self._resolve(it) for keyword in ("allOf", "anyOf", "oneOf") for it in schema.get(keyword, [])]
        parts = [schema, *branches]
        types = [kind for part in parts for kind in _listed(part.get("type", [])) if kind != "null"]
        formats = [part["format"] for part in parts if "format" in part]
        return Property(next(iter(types), ""), next(iter(formats), ""))

    def _resolve(self, item: Schema) -> Schema:
        while "$ref" in item:
            found: Any = self._document
            for key in item["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            item = found
        return item


def load(path: Path | None = None) -> Contract:
    """Return the contract in a file; None stands for the package's own or, in a checkout, the one at its root."""
    return _parse((path or (IN_PACKAGE if IN_PACKAGE.exists() else IN_CHECKOUT)).read_bytes())


@lru_cache(maxsize=8)
def _parse(text: bytes) -> Contract:
    # libyaml where PyYAML was built with it: five times as fast, and start-up is felt in every test.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Contract(yaml.load(text, Loader=loader))  # noqa: S506


def _pruned(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {name: _pruned(item, depth - 1) for name, item in value.items()} if depth else {}
    if isinstance(value, list):
        return [_pruned(item, depth - 1) for item in value] if depth else []
    return value


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _dotted(where: list[str | int]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in where).removeprefix(".")
