"""Which operations are about the same thing, and where a path parameter's value comes from: by links, else by paths."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from luminus_zoom_contract.spec.document import Contract, Json
from luminus_zoom_contract.spec.operations import Field, Operation

_BODY: Final = "$response.body#/"
_HEADER: Final = "$response.header."


@dataclass(frozen=True, slots=True)
class Source:
    """Where a path parameter's value is found: in an answer of an operation, under a JSON pointer or a header."""

    operation: Operation
    steps: tuple[str, ...] = ()
    header: str = ""

    def value(self, body: Json, headers: Mapping[str, str]) -> str | None:
        """The value in an answer; None where there is none. Of a list, the first item's."""
        if self.header:
            found: Json = headers.get(self.header.lower(), "").rstrip("/").rpartition("/")[2] or None
        else:
            found = body
            for step in self.steps:
                found = next(iter(found), None) if step == "[]" and isinstance(found, list) else found
                found = found.get(step) if isinstance(found, dict) and step != "[]" else found
        scalar = isinstance(found, str | int) and not isinstance(found, bool)
        return str(found) if scalar else None


@dataclass(frozen=True, slots=True)
class Family:
    """The operations on one collection's items."""

    create: Operation
    read: Operation | None
    update: tuple[Operation, ...]
    delete: Operation | None
    items: Operation | None
    """The operation that lists them."""


def families(contract: Contract) -> Iterator[Family]:
    """Every collection that something can be created in, and whose items have a path of their own or are listed."""
    every = list(contract.operations.values())
    for create in (it for it in every if it.method == "POST"):
        item = re.compile(re.escape(create.path.rstrip("/")) + r"/\{[^/]+\}")
        mine = [it for it in every if item.fullmatch(it.path)]
        listed = next((it for it in every if it.path == create.path and it.method == "GET"), None)
        if mine or listed:
            by_method = {it.method: it for it in mine}
            updates = tuple(by_method[method] for method in ("PATCH", "PUT") if method in by_method)
            yield Family(create, by_method.get("GET"), updates, by_method.get("DELETE"), listed)


def source_of(contract: Contract, operation: Operation, name: str) -> Source | None:
    """Where the value of a path parameter comes from; None where the document does not tell."""
    return next(_linked(contract, operation, name), None) or next(_by_path(contract, operation, name), None)


def _linked(contract: Contract, operation: Operation, name: str) -> Iterator[Source]:
    for other in contract.operations.values():
        for link in other.response(other.success).get("links", {}).values():
            given = link.get("parameters", {})
            expression = str(given.get(name, given.get(f"path.{name}", "")))
            if link.get("operationId") == operation.id and expression.startswith(_BODY):
                yield Source(other, tuple(expression.removeprefix(_BODY).split("/")))
            elif link.get("operationId") == operation.id and expression.startswith(_HEADER):
                yield Source(other, header=expression.removeprefix(_HEADER))


def _by_path(contract: Contract, operation: Operation, name: str) -> Iterator[Source]:
    """The creation in the collection that the parameter stands behind, else that collection's list."""
    collection = operation.path.partition(f"/{{{name}}}")[0]
    others = [it for it in contract.operations.values() if it.path.rstrip("/") == collection]
    for other in sorted((it for it in others if it.method in {"POST", "GET"}), key=lambda it: it.method != "POST"):
        if found := best_match(name, [field for field in other.response_fields if field.type in {"string", "integer"}]):
            yield Source(other, found.path)
        elif other.method == "POST" and "Location" in other.response(other.success).get("headers", {}):
            yield Source(other, header="Location")


def best_match(name: str, fields: list[Field]) -> Field | None:
    """The field that a parameter is about: of its name, else of its name's end, else the only unique one."""
    wanted = _letters(name)
    ranked = [
        [it for it in fields if _letters(it.path[-1]) == wanted],
        [it for it in fields if len(_letters(it.path[-1])) > 1 and wanted.endswith(_letters(it.path[-1]))],
        [it for it in fields if it.schema.get("x-unique")],
    ]
    return next((found[0] for found in ranked if found), None)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def listed_items(body: Any) -> list[Any] | None:
    """The items of a list's answer: the body itself, or the only list among its properties."""
    if isinstance(body, list):
        return body
    lists = [value for value in body.values() if isinstance(value, list)] if isinstance(body, dict) else []
    return lists[0] if len(lists) == 1 else None
