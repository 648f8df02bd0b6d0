"""The wrapper's arguments, drawn from the contract's own values for a request."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import hypothesis
import pytest
import yaml
from hypothesis import HealthCheck, Phase, settings

from contract_tests.tests.recording import CREDENTIALS, MODULE, Recorder
from luminus_zoom import Access, ZoomClient
from luminus_zoom_contract.checks.add_meeting import PARAMETERS
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_contract.run.wrapper_calls import arguments
from luminus_zoom_contract.spec.document import DEFAULT, read_yaml

MANY = settings(
    max_examples=150, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def _drawn(**options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    with Session(Options(credentials=CREDENTIALS, module_id=MODULE, **options), Recorder()) as session:

        def keep(given: dict[str, Any]) -> None:
            found.append(given)

        MANY(hypothesis.seed(1)(hypothesis.given(arguments(session.maker("wrapper")))(keep)))()
    return found


@pytest.fixture(scope="module")
def drawn() -> list[dict[str, Any]]:
    return _drawn()


def test_every_parameter_is_drawn_in_every_form(drawn: list[dict[str, Any]]) -> None:
    assert {name for given in drawn for name in given} == {*PARAMETERS.values()}
    forms = {(name, type(value)) for given in drawn for name, value in given.items()}
    both = {("duration", int), ("duration", timedelta), ("lesson_id", str), ("lesson_id", UUID)}
    assert both | {("start", datetime), ("access", Access), ("alternative_hosts", list)} <= forms
    assert len({given["name"] for given in drawn}) > 15


def test_the_wrapper_takes_all_that_is_drawn(drawn: list[dict[str, Any]]) -> None:
    with ZoomClient(base_url="http://127.0.0.1", subscription_key="0") as zoom:
        for given in drawn:
            assert zoom.preview_meeting(**given).body


def test_a_property_that_the_wrapper_has_no_parameter_for_is_sent_all_the_same(tmp_path: Path) -> None:
    document = read_yaml(DEFAULT)
    request = next(it for it in document["components"]["schemas"].values() if "isSendEmail" in it["properties"])
    request["properties"]["colour"] = {"type": "string", "enum": ["red", "green"]}
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(document), "utf-8")
    assert {str(given.get("extra")) for given in _drawn(contract=path)} == {
        "None",
        "{'colour': 'red'}",
        "{'colour': 'green'}",
    }
