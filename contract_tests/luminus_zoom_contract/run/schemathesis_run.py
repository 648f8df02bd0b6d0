"""Schemathesis over the operation: all its checks, less its false alarms, through the suite's own exchange."""

import copy
import re
from http import HTTPStatus
from typing import Any, cast

import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.specs.openapi.schemas import OpenApiSchema

from luminus_zoom_contract.cases.case import Maker
from luminus_zoom_contract.cases.tolerances import tolerance
from luminus_zoom_contract.report.causes import symptom_of
from luminus_zoom_contract.report.reproduction import shown_request
from luminus_zoom_contract.report.results import Failure
from luminus_zoom_contract.run.adapters import requests_session, sent_by_requests
from luminus_zoom_contract.run.search import ContradictionsError, profile, rounds
from luminus_zoom_contract.run.session import Session
from luminus_zoom_contract.spec.document import Contract, decode, decoded, with_integer_bounds
from luminus_zoom_contract.spec.operations import Judgement, Operation

_DENIALS = {401, 403, 429}
_USUAL = {401, 404, 405, 415}
"""What HTTP and credentials bring along; as with the cases, an operation need not describe it."""
_LONG_NUMBER = re.compile(r"[=/]-?\d{16}")
_NO_SOURCES = {"extra-data-sources": {"responses": False}}
_NEGATIVE = "negative_data_rejection"
"""Not judged where it may be an unknown query parameter, which servers pass over."""
_ACCEPTANCE = ["positive_data_acceptance", _NEGATIVE]
_FORM = ["content_type_conformance", "response_schema_conformance", "response_headers_conformance"]
load_all_checks()
# The cases judges methods, of which this gateway answers any other with 404, and keys, for which schemathesis would
# open a connection of its own, past the exchange.
_LEFT_OUT = ("unsupported_method", "ignored_auth", "object_level_authorization")


def loaded(lab: Session) -> OpenApiSchema:
    """The contract as schemathesis is given it.

    It knows the header's key alone: with a key in the query it takes requests for negative that are legal. Its reuse
    of response values is off, since that makes runs of one seed differ; so are its guesses what is secret.
    """
    config = SchemathesisConfig.from_dict(
        {
            "seed": lab.options.seed,
            "phases": {"fuzzing": _NO_SOURCES, "coverage": _NO_SOURCES},
            "output": {
                "sanitization": {"sensitive-markers": ["subscription-key", *map(str.lower, lab.contract.sensitive)]}
            },
            "generation": {"max-examples": lab.examples, "database": "none"},
        }
    )
    schema = schemathesis.openapi.from_dict(view(lab.contract), config=config)
    schema.config.update(base_url=lab.base_url)
    return schema


def view(contract: Contract) -> dict[str, Any]:
    """The contract with one way to give the key, and with the bounds that integer formats stand for."""
    document: dict[str, Any] = with_integer_bounds(copy.deepcopy(contract.full))
    schemes = document.get("components", {}).get("securitySchemes", {})
    keys = [name for name, it in schemes.items() if it["type"] == "apiKey" and it["in"] == "header"]
    if keys:
        document["components"]["securitySchemes"] = {keys[0]: schemes[keys[0]]}
        document["security"] = [{keys[0]: []}]
        for operation in contract.operations.values():
            document["paths"][operation.path][operation.method.lower()].pop("security", None)
    return document


def finds_no_contradiction(lab: Session) -> None:
    """Run schemathesis over the operations and keep what it finds, less its false alarms."""
    schema = loaded(lab)
    told = [text for operation in lab.operations for text in _one(lab, schema, operation)]
    if told:
        raise ContradictionsError(told)


def _one(lab: Session, schema: OpenApiSchema, operation: Operation) -> list[str]:
    """What schemathesis finds of one operation."""
    found: dict[str, Failure] = {}
    maker = lab.maker("schemathesis", operation)
    clause = lab.runner.subjects[operation.id].clauses["fuzz.schemathesis"].id

    def try_one(case: schemathesis.Case[Any]) -> None:
        _use_scope(maker, case)
        response = _call(lab, maker, case)
        excluded = [cast(Any, CHECKS.get_one(name)) for name in (*_LEFT_OUT, *_unjudgeable(operation, response))]
        try:
            # A check may send a request of its own, which is to go the same way.
            through = {"session": requests_session(lab.exchange)}
            case.validate_response(response, excluded_checks=excluded, transport_kwargs=through)
        except FailureGroup as group:
            # While hypothesis shrinks, a later example of one kind is the smaller one.
            found["; ".join(sorted(fault.title for fault in group.exceptions))] = _failure(
                lab, operation, group, response
            )
            raise
        lab.results.held(clause)

    try:
        _search(lab, schema, operation, try_one)
    except (Exception, FailureGroup):
        if not found:
            raise
    for failure in found.values():
        lab.results.broke(clause, failure)
    return [failure.message for failure in found.values()]


def _search(lab: Session, schema: OpenApiSchema, operation: Operation, try_one: Any) -> None:
    modes = [HypothesisTestMode.EXAMPLES, HypothesisTestMode.FUZZING]
    if lab.options.budget:
        modes.insert(1, HypothesisTestMode.COVERAGE)  # a thousand requests, most of them like systematic cases
    for number, seed in enumerate(rounds(lab, share=0.3 / len(lab.operations))):
        # Schemathesis 4.32's fixture-based parametrisation needs a pytest older than 9.2; this is what it calls.
        config = HypothesisTestConfig(
            project=schema.config, modes=modes if number == 0 else modes[-1:], settings=profile(lab), seed=seed
        )
        create_test(operation=schema[operation.path][operation.method], test_func=try_one, config=config)()


def _call(lab: Session, maker: Maker, case: schemathesis.Case[Any]) -> schemathesis.Response:
    sent = maker.post(b"").headers
    own = {name: value for name, value in sent if name in (maker.key_header, "Authorization")}
    response = case.call(session=requests_session(lab.exchange), headers=own)
    lab.results.requests += 1
    lab.results.answers[response.status_code] += 1
    lab.results.succeeded[maker.operation.id] += response.status_code == maker.operation.success
    return response


def _use_scope(maker: Maker, case: schemathesis.Case[Any]) -> None:
    """Put the session's scope in place of a drawn one, in which the user may have no rights."""
    name = maker.profile.scope
    if name and isinstance(case.body, dict) and maker.operation.judge(case.body) is not Judgement.ILLEGAL:
        case.body[name] = maker.scope


def _unjudgeable(operation: Operation, response: schemathesis.Response) -> list[str]:
    """The checks that do not apply, because the two views or honest servers differ about the body, or all is denied."""
    status = response.status_code
    # The gateway's own answers are for the systematic cases, whose clauses tell what is documented from what is not.
    form: list[str] = [] if operation.statuses.get(status) == "documented" else [*_FORM]
    if status in {*_USUAL, *operation.refusals} and not operation.response(status):
        form.append("status_code_conformance")
    # As with bodies, an integer beyond 53 bits may be taken or refused.
    if status in _DENIALS or _LONG_NUMBER.search(response.request.url or ""):
        return [*form, *_ACCEPTANCE]
    if status == HTTPStatus.NOT_IMPLEMENTED and response.request.method != operation.method:
        return [*form, *_ACCEPTANCE, "not_a_server_error", "status_code_conformance"]
    if not operation.request_fields:
        return [*form, _NEGATIVE]
    if any(it.place == "query" for it in operation.parameters):
        form = [*form, _NEGATIVE]
    try:
        body = decode(cast(bytes, response.request.body or b""))
    except (ValueError, RecursionError):
        return form
    agreed = operation.judge(body) in {Judgement.LEGAL, Judgement.ILLEGAL} and not tolerance(operation, body)
    return form if agreed else [*form, *_ACCEPTANCE]


def _failure(lab: Session, operation: Operation, group: FailureGroup, response: schemathesis.Response) -> Failure:
    text = "; ".join(f"{fault.title}: {fault.message}" for fault in group.exceptions)
    request, known = sent_by_requests(response.request), operation.statuses
    headers = "".join(f"{name}: {', '.join(values)}\n" for name, values in response.headers.items())
    mask = lab.runner.mask.knowing(lab.runner.mask.secrets_in(decoded(response.content)))
    return Failure(
        mask(text),
        "schemathesis",
        mask(shown_request(request)),
        mask(f"HTTP/1.1 {response.status_code}\n{headers}\n{response.text[:2000]}"),
        curl=mask(lab.reproduction.curl(request)),
        symptom=symptom_of(
            response.status_code, () if response.status_code >= 500 else known, known, may_succeed=False
        ),
    )
