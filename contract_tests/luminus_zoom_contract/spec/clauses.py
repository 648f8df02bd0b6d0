"""The clauses of the contract: everything that a run can find held or broken, each with its source and provenance.

Clauses about values follow from the schemas of the document. Clauses about relations, protocol and the gateway, which
no schema can express, stand in clauses.yaml and in the profile of an operation; their wording is what a report shows.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast, get_args

from luminus_zoom_contract.spec.document import Provenance, read_yaml
from luminus_zoom_contract.spec.operations import Field, Operation

_TABLE: Final = Path(__file__).parent / "clauses.yaml"
_FACTS: Final = Path(__file__).parent / "documented_facts.json"
_COARSE: Final = {"request", "response"}
"""Facts that are whole objects: their line says too little of a clause about a relation."""
GATEWAY_KEY: Final = "Ocp-Apim-Subscription-Key"
"""The header by which Azure API Management asks for a key; its own answers are known where it stands in front."""
_PROFILED: Final = ("headers.no-cors", "headers.no-cookie")
"""Clauses that only a profile has, since other APIs may well do what these forbid."""
KEYWORDS: Final = (
    "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "enum", "const", "minLength",
    "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "contains", "minProperties", "maxProperties",
    "additionalProperties", "propertyNames", "dependentRequired", "oneOf", "anyOf", "not",
)  # fmt: skip
"""The keywords that get a clause of their own, beside the type."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that the contract promises, in a sentence, with where it is written."""

    id: str
    source: str
    provenance: Provenance
    says: str
    operation: str = ""
    """The operation that it belongs to."""

    @property
    def group(self) -> str:
        """The part of the contract that it belongs to, the first word of its id, less the operation."""
        return self.id.rpartition(":")[2].partition(".")[0]

    @property
    def is_finding(self) -> bool:
        """Whether breaking it is a finding rather than a failure."""
        return self.provenance != "documented"


class Clauses(dict[str, Clause]):
    """The clauses of one operation, by the ids that cases and checks know, which lack the operation's prefix."""

    def __init__(self, found: Iterable[tuple[str, Clause]], inactive: frozenset[str]) -> None:
        super().__init__(found)
        self.inactive: Final = inactive
        """Clauses that checks may name and that mean nothing for this operation."""


def clauses_of(operation: Operation, table: Path | None = None, prefix: str = "") -> Clauses:
    """All clauses of an operation: of its schemas, of the general table, and of a profile's own."""
    applies, inactive = [], set[str]() if table else {*_PROFILED}
    for clause in _rows(_TABLE, operation):
        stem = next((it for it in _CONDITIONS if clause.id.startswith(it)), "")
        if not stem or _CONDITIONS[stem](operation):
            applies.append(clause)
        else:
            inactive.add(clause.id)
    own = _rows(table, operation) if table else iter(())
    found = [*_request_clauses(operation), *_parameter_clauses(operation), *_response_clauses(operation, table)]
    facts = json.loads(_FACTS.read_text("utf-8")) if table and _FACTS.exists() else {}
    listed = [_with_page_line(clause, facts) for clause in (*found, *_echo_clauses(operation), *applies, *own)]
    return Clauses(
        ((it.id, replace(it, id=prefix + it.id, operation=operation.id)) for it in listed), frozenset(inactive)
    )


def _is_managed(operation: Operation) -> bool:
    return operation.scheme("apiKey", "header")[0] == GATEWAY_KEY


_CONDITIONS: Final[Mapping[str, Callable[[Operation], object]]] = {
    "request.": lambda it: it.request_fields,
    "json.": lambda it: it.request_fields,
    "media-type.request": lambda it: it.request_media_types,
    "media-type.unsupported": lambda it: it.request_media_types,
    "key.query": lambda it: it.scheme("apiKey", "query")[0],
    "key.": lambda it: it.scheme("apiKey")[1],
    "bearer.": lambda it: it.scheme("http")[0],
    "gateway.": _is_managed,
    "status.403": lambda it: 403 in it.statuses,
    "response.403": lambda it: 403 in it.statuses,
    "sequence.": lambda it: it.request_fields,
    "relation.read": lambda it: it.method == "GET" and it.path.endswith("}"),
    "relation.exists": lambda it: "{" in it.path,
    "relation.unknown": lambda it: it.path.endswith("}"),
    "relation.listed": lambda it: it.method == "GET" and not it.path.endswith("}"),
    "relation.filter": lambda it: it.method == "GET" and not it.path.endswith("}"),
    "relation.page": lambda it: it.method == "GET" and not it.path.endswith("}"),
    "relation.updated": lambda it: it.method in {"PATCH", "PUT"},
    "relation.kept": lambda it: it.method == "PATCH",
    "relation.gone": lambda it: it.method == "DELETE",
}
"""What an operation must have for the clauses that begin so."""


def _request_clauses(operation: Operation) -> Iterator[Clause]:
    for field in operation.request_fields:
        stem = f"request.{field.name}" if field.path else "request.body"
        where = f"openapi.yaml#{field.pointer}"
        yield from _value_clauses(field, stem, field.name or "the body")
        if field.required and field.path and field.path[-1] != "[]":
            parent = where.rpartition("/properties/")[0] or where
            yield Clause(
                f"request.required.{field.name}", f"{parent}/required", field.provenance, f"{field.name} is required"
            )


def _parameter_clauses(operation: Operation) -> Iterator[Clause]:
    for parameter in operation.parameters:
        field, name = parameter.field, f"the {parameter.place} parameter {parameter.name}"
        where = f"openapi.yaml#{field.pointer}"
        yield from _value_clauses(field, parameter.clause, name)
        if field.required and parameter.place != "path":
            yield Clause(f"{parameter.clause}.required", where, field.provenance, f"{name} is required")
        yield Clause(f"{parameter.clause}.encoding", where, "documented", f"{name} means the same in any encoding")
        yield Clause(f"{parameter.clause}.robust", where, "documented", f"an unusual {name} gets a proper answer")


def _value_clauses(field: Field, stem: str, name: str) -> Iterator[Clause]:
    where = f"openapi.yaml#{field.pointer}"
    yield Clause(f"{stem}.accepts", where, field.provenance, f"{name}: each legal value is accepted")
    yield from _keyword_clauses(field, stem, name)
    if field.null:
        yield Clause(f"{stem}.null", where, field.null, f"{name} may be null")


def _keyword_clauses(field: Field, stem: str, name: str) -> Iterator[Clause]:
    where = f"openapi.yaml#{field.pointer}"
    yield Clause(f"{stem}.type", f"{where}/type", field.provenance, f"{name} is of type {field.type or 'any'}")
    for keyword in (key for key in KEYWORDS if key in field.schema):
        says = f"{name}: {keyword} {_bound(field.schema[keyword])}"
        yield Clause(f"{stem}.{keyword}", f"{where}/{keyword}", field.keyword_provenance(keyword), says)


def _bound(value: Any) -> Any:
    return "" if isinstance(value, dict | list) and any(isinstance(it, dict) for it in value) else value


def _response_clauses(operation: Operation, table: Path | None) -> Iterator[Clause]:
    stem = f"response.{operation.success}"
    for field in operation.response_fields:
        where = f"openapi.yaml#{field.pointer}"
        name = field.name or "body"
        yield from _keyword_clauses(field, f"{stem}.{name}", name)
        if field.required and field.path and field.path[-1] != "[]":
            yield Clause(f"{stem}.{name}.required", where, field.provenance, f"an answer has its {name}")
        elif table and field.path and field.name not in operation.optional:
            yield Clause(f"{stem}.{name}.present", where, "inferred", f"a new meeting has its {name}")
    for status in operation.statuses:
        for name, field in operation.response_headers(status).items():
            says = f"the header {name} of a {status} is as its schema says"
            yield Clause(f"headers.{status}.{name}", f"openapi.yaml#{field.pointer}", field.provenance, says)
    for status in operation.statuses.keys() - {operation.success, 403, *operation.refusals}:
        where = f"openapi.yaml#{operation.pointer}/responses/{status}"
        says = f"the body of a {status} is as its schema says"
        yield Clause(f"response.{status}.body", where, operation.statuses[status], says)
    for name in operation.unique:
        says = f"no two creations have one {name}"
        yield Clause(f"unique.{name}", f"openapi.yaml#{operation.pointer}", "documented", says)


def _echo_clauses(operation: Operation) -> Iterator[Clause]:
    for request, response in operation.echoes:
        where = f"openapi.yaml#{response.pointer}"
        source = "" if request.name == response.name else f" as {request.name}"
        says = f"{response.name} comes back, as it was sent{source}"
        yield Clause(f"echo.{response.name}", where, response.keyword_provenance("x-echoes"), says)
        if not request.required:
            yield Clause(
                f"default.{response.name}", where, "inferred", f"{response.name} is empty where the request has none"
            )


def _rows(path: Path, operation: Operation) -> Iterator[Clause]:
    table: Mapping[str, tuple[str, str, str]] = read_yaml(path)
    success = str(operation.success)
    for identifier, (provenance, source, says) in table.items():
        if provenance not in get_args(Provenance):
            raise ValueError(f"{path.name}: {identifier} has the provenance {provenance}, which does not exist")
        # What only this gateway's documentation says is no more than likely of another server.
        kind = "inferred" if provenance == "gateway" and not _is_managed(operation) else provenance
        if identifier == "bearer.required" and operation.scheme("http")[1]:
            kind = "documented"  # no way in lacks it
        source = source.replace("{operation}", operation.pointer).replace("{success}", success)
        yield Clause(identifier.replace("{success}", success), source, cast(Provenance, kind), says)


def _with_page_line(clause: Clause, facts: Mapping[str, Any]) -> Clause:
    """The clause with the line of the owners' page that says it, where that line is known."""
    if clause.provenance != "documented":
        return clause
    name = (
        clause.id.replace("request.required.", "request.")
        .replace("response.201.", "response.")
        .replace("echo.", "response.")
    )
    for fact in (name, name.rpartition(".")[0], "status." + clause.id.split(".")[1]):
        if fact not in _COARSE and (line := facts.get(fact, {}).get("line")):
            return replace(clause, source=f"the page, line {line}; {clause.source}")
    return clause
