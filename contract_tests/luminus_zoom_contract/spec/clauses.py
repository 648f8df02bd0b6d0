"""The clauses of the contract: everything that a run can find held or broken, each with its source and provenance.

Clauses about values follow from openapi.yaml's schemas. Clauses about relations, protocol and the gateway, which no
schema can express, stand in clauses.yaml; its wording is what a report shows.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast, get_args

from luminus_zoom_contract.spec.document import Contract, Field, Provenance, read_yaml

_TABLE: Final = Path(__file__).parent / "clauses.yaml"
_FACTS: Final = Path(__file__).parent / "documented_facts.json"
_COARSE: Final = {"request", "response"}
"""Facts that are whole objects: their line says too little of a clause about a relation."""
_KEYWORDS: Final = ("format", "minimum", "maximum", "multipleOf", "enum", "minLength", "maxLength")


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that the contract promises, in a sentence, with where it is written."""

    id: str
    source: str
    provenance: Provenance
    says: str

    @property
    def group(self) -> str:
        """The part of the contract that it belongs to, the first word of its id."""
        return self.id.partition(".")[0]

    @property
    def is_finding(self) -> bool:
        """Whether breaking it is a finding rather than a failure."""
        return self.provenance != "documented"


def clauses_of(contract: Contract) -> dict[str, Clause]:
    """All clauses of a contract, by id."""
    found = [*_request_clauses(contract), *_response_clauses(contract), *_echo_clauses(contract), *_table()]
    facts = _page_facts()
    return {clause.id: _with_page_line(clause, facts) for clause in found}


def _request_clauses(contract: Contract) -> Iterator[Clause]:
    for field in contract.request_fields:
        stem = f"request.{field.name}" if field.path else "request.body"
        where = f"openapi.yaml#{field.pointer}"
        yield Clause(
            f"{stem}.accepts", where, field.provenance, f"{field.name or 'the body'}: each legal value is accepted"
        )
        yield Clause(
            f"{stem}.type", f"{where}/type", field.provenance, f"{field.name or 'the body'} is of type {field.type}"
        )
        for keyword in (key for key in _KEYWORDS if key in field.schema):
            bound = field.schema[keyword]
            says = f"{field.name}: {keyword} {bound}"
            yield Clause(f"{stem}.{keyword}", f"{where}/{keyword}", field.keyword_provenance(keyword), says)
        if field.null:
            yield Clause(f"{stem}.null", where, field.null, f"{field.name} may be null")
        if field.required and field.path and field.path[-1] != "[]":
            parent = where.rpartition("/properties/")[0] or where
            yield Clause(
                f"request.required.{field.name}", f"{parent}/required", field.provenance, f"{field.name} is required"
            )


def _response_clauses(contract: Contract) -> Iterator[Clause]:
    for field in contract.response_fields[1:]:
        where = f"openapi.yaml#{field.pointer}"
        yield Clause(
            f"response.201.{field.name}.type",
            f"{where}/type",
            field.provenance,
            f"{field.name} is of type {field.type}",
        )
        for keyword in (key for key in _KEYWORDS if key in field.schema):
            says = f"{field.name}: {keyword} {field.schema[keyword]}"
            yield Clause(
                f"response.201.{field.name}.{keyword}", f"{where}/{keyword}", field.keyword_provenance(keyword), says
            )
        if field.name not in optional_properties(contract):
            yield Clause(f"response.201.{field.name}.present", where, "inferred", f"a new meeting has its {field.name}")


def _echo_clauses(contract: Contract) -> Iterator[Clause]:
    for request, response in echoed(contract):
        where = f"openapi.yaml#{response.pointer}"
        source = "" if request.name == response.name else f" as {request.name}"
        says = f"{response.name} comes back as it was sent{source}"
        yield Clause(f"echo.{response.name}", where, response.provenance, says)
        if not request.required:
            yield Clause(
                f"default.{response.name}", where, "inferred", f"{response.name} is empty where the request has none"
            )


def optional_properties(contract: Contract) -> set[str]:
    """The request's optional top-level properties, which an answer may leave out where they are not set."""
    return {field.name for field in contract.request_fields if len(field.path) == 1 and not field.required}


def echoed(contract: Contract) -> list[tuple[Field, Field]]:
    """The request and response properties that mean the same: equal names, and `duration` as `meetingDuration`."""
    answers = {field.name: field for field in contract.response_fields if len(field.path) == 1}
    sent = [field for field in contract.request_fields if len(field.path) == 1]
    pairs = [(field, answers.get(field.name) or answers.get(f"meeting{field.name.title()}")) for field in sent]
    return [(field, answer) for field, answer in pairs if answer is not None]


def _table() -> Iterator[Clause]:
    table: Mapping[str, tuple[str, str, str]] = read_yaml(_TABLE)
    for identifier, (provenance, source, says) in table.items():
        if provenance not in get_args(Provenance):
            raise ValueError(f"{_TABLE.name}: {identifier} has the provenance {provenance}, which does not exist")
        yield Clause(identifier, source, cast(Provenance, provenance), says)


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


def _page_facts() -> Mapping[str, Any]:
    facts: Mapping[str, Any] = json.loads(_FACTS.read_text("utf-8")) if _FACTS.exists() else {}
    return facts
