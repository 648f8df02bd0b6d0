"""Schemathesis over the operation: all its checks, less its false alarms, through the suite's own exchange."""

import copy
from typing import Any, cast

import pytest
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.specs.openapi.schemas import OpenApiSchema

from contract_tests.allowances import allowance
from contract_tests.battery.case import KEY_HEADER
from contract_tests.bridges import requests_session, sent_by_requests
from contract_tests.contract import Contract, Judgement, decode, with_int32_bounds
from contract_tests.fuzzing import profile, rounds
from contract_tests.ledger import Failure
from contract_tests.masking import secrets_in
from contract_tests.runner import shown_request
from contract_tests.session import Session

_DENIALS = {401, 403, 429}
_NO_SOURCES = {"extra-data-sources": {"responses": False}}
load_all_checks()
# Another method is answered with 404 by this gateway; test_gateway.py judges methods.
_LEFT_OUT = ("unsupported_method", "ignored_auth")


@pytest.fixture
def schema(lab: Session) -> OpenApiSchema:
    """The contract as schemathesis is given it.

    It knows the header's key alone: with a key in the query it takes requests for negative that are legal. Its reuse
    of response values is off, since that makes runs of one seed differ; so are its guesses what is secret.
    """
    config = SchemathesisConfig.from_dict(
        {
            "seed": lab.options.seed,
            "phases": {"fuzzing": _NO_SOURCES, "coverage": _NO_SOURCES},
            "output": {"sanitization": {"sensitive-markers": ["subscription-key", "meetingpassword", "hostkey"]}},
            "generation": {"max-examples": lab.options.examples, "database": "none"},
        }
    )
    loaded = schemathesis.openapi.from_dict(view(lab.contract), config=config)
    loaded.config.update(base_url=lab.options.base_url or f"http://localhost{lab.exchange.base_path}")
    return loaded


def view(contract: Contract) -> dict[str, Any]:
    """openapi.yaml with one way to give the key, and with the bounds that int32 stands for."""
    document: dict[str, Any] = with_int32_bounds(copy.deepcopy(contract.full))
    schemes = document["components"]["securitySchemes"]
    document["components"]["securitySchemes"] = {"subscriptionKey": schemes["subscriptionKey"]}
    document["security"] = [{"subscriptionKey": []}]
    return document


def test_schemathesis_finds_no_contradiction(lab: Session, schema: OpenApiSchema) -> None:
    found: dict[str, Failure] = {}

    def try_one(case: schemathesis.Case[Any]) -> None:
        _use_module(lab, case)
        response = _call(lab, case)
        excluded = [cast(Any, CHECKS.get_one(name)) for name in (*_LEFT_OUT, *_unjudgeable(lab, response))]
        try:
            case.validate_response(response, excluded_checks=excluded)
        except FailureGroup as group:
            # While hypothesis shrinks, a later example of one kind is the smaller one.
            found["; ".join(sorted(fault.title for fault in group.exceptions))] = _failure(lab, group, response)
            raise
        lab.ledger.held("fuzz.schemathesis")

    modes = [HypothesisTestMode.EXAMPLES, HypothesisTestMode.COVERAGE, HypothesisTestMode.FUZZING]
    try:
        for number, seed in enumerate(rounds(lab, share=0.3)):
            # Schemathesis 4.32's fixture-based parametrisation needs a pytest older than 9.2; this is what it calls.
            config = HypothesisTestConfig(
                project=schema.config, modes=modes if number == 0 else modes[-1:], settings=profile(lab), seed=seed
            )
            create_test(operation=schema["/Meeting"]["POST"], test_func=try_one, config=config)()
    except (Exception, FailureGroup):
        if not found:
            raise
    for failure in found.values():
        lab.ledger.broke("fuzz.schemathesis", failure)
    if found:
        # Without a traceback, whose values might be secrets.
        pytest.fail("\n".join(failure.message for failure in found.values()), pytrace=False)


def _call(lab: Session, case: schemathesis.Case[Any]) -> schemathesis.Response:
    credentials = lab.options.credentials
    bearer = {"Authorization": f"Bearer {credentials.token}"} if credentials.token else {}
    response = case.call(session=requests_session(lab.exchange), headers={KEY_HEADER: credentials.key, **bearer})
    lab.ledger.requests += 1
    lab.ledger.answers[response.status_code] += 1
    return response


def test_no_way_around_the_key(lab: Session, schema: OpenApiSchema) -> None:
    case = schema["/Meeting"]["POST"].Case(body=lab.maker("ignored-auth").minimal(), media_type="application/json")
    response = _call(lab, case)
    if response.status_code in _DENIALS:
        pytest.skip("a plain request is denied")
    try:
        case.validate_response(
            response,
            checks=[cast(Any, CHECKS.get_one("ignored_auth"))],
            transport_kwargs={"session": requests_session(lab.exchange)},
        )
    except FailureGroup as group:
        failure = _failure(lab, group, response)
        lab.ledger.broke("fuzz.ignored-auth", failure)
        pytest.fail(failure.message, pytrace=False)
    lab.ledger.held("fuzz.ignored-auth")


def _use_module(lab: Session, case: schemathesis.Case[Any]) -> None:
    """Put the session's module in place of a drawn one, which the user may have no rights in."""
    if isinstance(case.body, dict) and lab.contract.judge(case.body) is not Judgement.ILLEGAL:
        case.body["moduleID"] = lab.module


def _unjudgeable(lab: Session, response: schemathesis.Response) -> list[str]:
    """The checks that do not apply, because the two views or honest servers differ about the body, or all is denied."""
    acceptance = ["positive_data_acceptance", "negative_data_rejection"]
    if response.status_code in _DENIALS:
        return acceptance
    try:
        body = decode(cast(bytes, response.request.body or b""))
    except (ValueError, RecursionError):
        return []
    if lab.contract.judge(body) not in {Judgement.LEGAL, Judgement.ILLEGAL} or allowance(lab.contract, body):
        return acceptance
    return []


def _failure(lab: Session, group: FailureGroup, response: schemathesis.Response) -> Failure:
    text = "; ".join(f"{fault.title}: {fault.message}" for fault in group.exceptions)
    request = sent_by_requests(response.request)
    headers = "".join(f"{name}: {', '.join(values)}\n" for name, values in response.headers.items())
    mask = lab.runner.mask.knowing(secrets_in(response.content))
    return Failure(
        mask(text),
        "schemathesis",
        mask(shown_request(request)),
        mask(f"HTTP/1.1 {response.status_code}\n{headers}\n{response.text[:2000]}"),
        curl=mask(lab.reproduction.curl(request)),
    )
