"""Honest servers that differ where they may: no alarm, neither failure nor finding."""

from typing import Any

import pytest

from contract_tests.tests.running import cases_on
from luminus_zoom_mock import TOKEN, Settings, create_app

MODULE = "0f8fad5b-d9cb-469f-a165-70867728950e"
VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "405 for another method": {"method_not_allowed": 405},
    "unset keys left out": {"omit_unset": True},
    "no fraction digits": {"fraction_digits": 0},
    "seven fraction digits": {"fraction_digits": 7},
    "plain text errors": {"error_shape": "plain"},
    "blank names refused": {"strict_names": True},
    "offsets to 14 hours": {"max_offset_hours": 14.0},
    "a bearer token asked for": {"token": TOKEN},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_an_honest_server_conforms(name: str) -> None:
    settings = Settings(**VARIANTS[name])
    session = cases_on(create_app(settings), token=settings.token or "")
    assert session.results.broken(findings=False) == []
    assert session.results.broken(findings=True) == []
    assert session.verdict() == "conforms"


def test_a_server_that_asks_for_no_token_is_not_held_to_tokens() -> None:
    session = cases_on(create_app(Settings()), token=TOKEN)
    assert session.verdict() == "conforms"
    assert session.results.entries["bearer.required"].verdict == "not exercised"


def test_one_permitted_module_is_enough() -> None:
    session = cases_on(create_app(Settings(module_ids=frozenset({MODULE}))), module=MODULE)
    assert session.verdict() == "conforms"


def test_a_quota_that_runs_out_breaks_nothing() -> None:
    session = cases_on(create_app(Settings(quota=700)))
    assert session.results.broken(findings=False) == []
    assert session.results.denied > 0


def test_the_wrong_module_is_inconclusive_and_says_so() -> None:
    session = cases_on(create_app(Settings(module_ids=frozenset({MODULE}))))
    assert session.verdict() == "inconclusive"
    assert any("denied" in reason for reason in session.report()["inconclusive_because"])
