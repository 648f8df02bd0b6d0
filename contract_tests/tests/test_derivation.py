"""Everything follows from openapi.yaml and the seed."""

import copy
from typing import Any

import pytest

from luminus_zoom_contract import cases as systematic
from luminus_zoom_contract.cases.case import Credentials, Maker
from luminus_zoom_contract.report.masking import Mask
from luminus_zoom_contract.report.results import Failure, Results
from luminus_zoom_contract.run.session import clauses_for, maker_for, profile_of
from luminus_zoom_contract.run.transport import RefusedEndpointError, SocketExchange
from luminus_zoom_contract.spec.clauses import Clauses
from luminus_zoom_contract.spec.document import Contract
from luminus_zoom_contract.spec.instants import Instant
from luminus_zoom_contract.spec.operations import Judgement, Operation
from luminus_zoom_mock import SUBSCRIPTION_KEY

CONTRACT = Contract.load()
MODULE = "0f8fad5b-d9cb-469f-a165-70867728950e"


CREATED, REFUSED = frozenset({201}), frozenset({400})


def _operation(contract: Contract = CONTRACT) -> Operation:
    return contract.operations["addMeeting"]


def _clauses(contract: Contract = CONTRACT) -> Clauses:
    return clauses_for(_operation(contract), profile_of(_operation(contract)))


def _maker(contract: Contract = CONTRACT, seed: int = 7) -> Maker:
    where = {"host": "127.0.0.1", "base_path": "/zoom", "scope": MODULE, "seed": seed}
    return maker_for(contract, _operation(contract), Credentials(SUBSCRIPTION_KEY), **where)


def _changed(**properties: Any) -> Contract:
    document = copy.deepcopy(dict(CONTRACT.full))
    document["components"]["schemas"]["NewMeeting"]["properties"].update(properties)
    return Contract(document)


def test_the_same_seed_sends_the_same_bytes() -> None:
    first, second, other = (
        [case.request.encode() for case in systematic.cases(_maker(seed=seed))] for seed in (7, 7, 8)
    )
    assert first == second
    assert first != other


@pytest.mark.parametrize(
    ("change", "judgement"),
    [
        ({}, Judgement.LEGAL),
        ({"duration": 14}, Judgement.ILLEGAL),
        ({"duration": 16}, Judgement.ILLEGAL_IF_UNDOCUMENTED_HOLDS),
        ({"access": {"publicAccess": None}}, Judgement.LEGAL_IF_UNDOCUMENTED_HOLDS),
        ({"recordType": 2**40}, Judgement.ILLEGAL),
        ({"startDate": "2035-02-30T10:00:00Z"}, Judgement.ILLEGAL),
    ],
)
def test_a_body_is_judged_under_both_views(change: dict[str, Any], judgement: Judgement) -> None:
    assert _operation().judge({**_maker().minimal(), **change}) is judgement


def test_the_documented_view_has_nothing_undocumented() -> None:
    assert "x-provenance" not in str(CONTRACT.documented)
    assert "multipleOf" not in str(CONTRACT.documented)
    assert "401" not in CONTRACT.documented["paths"]["/Meeting"]["post"]["responses"]


def test_a_changed_bound_moves_its_boundary() -> None:
    changed = _changed(duration={"type": "integer", "format": "int32", "minimum": 30, "maximum": 600})
    expected = {
        case.body["duration"]: case.expect
        for case in systematic.PARTS["values"](_maker(changed))
        if case.clause.startswith("request.duration.m") and isinstance(case.body, dict)
    }
    assert expected[29] == REFUSED
    assert expected[30] == CREATED
    assert expected[600] == CREATED
    assert expected[601] == REFUSED


def test_a_new_property_has_clauses_and_cases() -> None:
    changed = _changed(room={"type": "string", "maxLength": 5})
    assert {"request.room.type", "request.room.maxLength", "request.room.accepts"} <= _clauses(changed).keys()
    assert any(
        case.clause == "request.room.maxLength" and case.expect == REFUSED for case in systematic.cases(_maker(changed))
    )


def test_a_property_that_is_gone_has_none() -> None:
    """The checks need each of today's properties, so it is a new one that comes and goes."""
    document = copy.deepcopy(dict(CONTRACT.full))
    document["components"]["schemas"]["NewMeeting"]["properties"]["colour"] = {"type": "string"}
    document["components"]["schemas"]["Meeting"]["properties"]["colour"] = {"type": "string", "x-echoes": "colour"}
    changed = Contract(document)
    named = {"request.colour.type", "echo.colour", "default.colour"}
    assert named <= _clauses(changed).keys()
    assert any(b'"colour"' in case.request.body for case in systematic.cases(_maker(changed)))
    assert not [name for name in _clauses() if "colour" in name]
    assert not any(b'"colour"' in case.request.body for case in systematic.cases(_maker()))


def test_each_case_names_a_clause_and_only_undocumented_ones_decide_disputes() -> None:
    clauses = _clauses()
    for case in systematic.cases(_maker()):
        assert case.clause in clauses, case.title
        disputed = (
            isinstance(case.body, dict) and case.expect in {CREATED, REFUSED} and case.clause.startswith("request.")
        )
        if disputed and _operation().judge(case.body) not in {Judgement.LEGAL, Judgement.ILLEGAL}:
            assert clauses[case.clause].is_finding, case.title


def test_instants_are_exact() -> None:
    one, two = Instant.parse("2035-01-18T10:00:00.5+08:00"), Instant.parse("2035-01-18t02:00:00z")
    assert one
    assert two
    assert one.difference(two) == 0.5
    epoch = Instant.parse("1970-01-01T00:00:00Z")
    assert epoch
    assert epoch.seconds == 0
    for wrong in ("2035-01-18T10:00:60Z", "2035-01-18T10:00:00", "2100-02-29T10:00:00Z", "2035-01-18T10:00:00Z\n"):
        assert Instant.parse(wrong) is None


def test_secrets_are_masked_by_their_role_alone() -> None:
    body = '{"meetingPassword":"x7Kp2q","hostKey":"012345","meetingAuthentication":true}'
    text = f"{body} /j/1?pwd=abc&x=1 {SUBSCRIPTION_KEY}"
    masked = Mask([("subscription key", SUBSCRIPTION_KEY)], CONTRACT.sensitive)(text)
    assert not any(secret in masked for secret in ("x7Kp2q", "012345", "pwd=abc", SUBSCRIPTION_KEY))
    assert '"meetingAuthentication":true' in masked


@pytest.mark.parametrize("host", ["luminus.azure-api.net", "192.0.2.1", "example.org", "127.0.0.1.example.org"])
def test_only_loopback_is_reached(host: str) -> None:
    with pytest.raises(RefusedEndpointError):
        SocketExchange(f"http://{host}/zoom")


def test_ledgers_of_workers_add_up() -> None:
    clauses = _clauses()
    one, two = Results(clauses), Results(clauses)
    for results in (one, two):
        results.held("echo.name", 3)
        results.broke("echo.name", Failure("cut"))
        results.diversity.names.add("same")
    one.add(two.dump())
    assert (one.entries["echo.name"].cases, one.entries["echo.name"].broken) == (8, 2)
    assert one.diversity.names == {"same"}
