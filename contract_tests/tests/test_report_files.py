"""The files for other tools, each opened by something that did not write it."""

import json
from pathlib import Path
from typing import Any

import pytest
from haralyzer import HarParser
from sarif_pydantic import Sarif

from contract_tests.defects import app_with
from contract_tests.defects.verbs import changes, shows
from contract_tests.tests.recording import CREDENTIALS, MODULE
from luminus_zoom_contract.report import ci
from luminus_zoom_contract.report import files as reports
from luminus_zoom_contract.report.page import rendered
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_contract.spec.document import DEFAULT
from luminus_zoom_mock import SUBSCRIPTION_KEY

BROKEN = (changes(400, to=422), shows("name", lambda it: it[:50]))


@pytest.fixture(scope="module", name="run")
def _run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The record of a run against a server with two mistakes, and its folder."""
    folder = tmp_path_factory.mktemp("run")
    options = Options(credentials=CREDENTIALS, module_id=MODULE, archive=folder / "exchanges.har")
    with Session(options, app_with(*BROKEN)) as session:
        session.run_cases()
        report = session.report()
    reports.write(report, folder)
    return report, folder


def test_two_mistakes_are_two_causes(run: tuple[dict[str, Any], Path]) -> None:
    report, _ = run
    failures = [cause for cause in report["causes"] if cause["severity"] == "failure"]
    assert [cause["title"] for cause in failures] == [
        "What was sent does not come back: name was cut from … to … characters",
        "Answered with 422, which the contract does not know",
    ]
    told = {each["id"] for cause in report["causes"] for each in cause["clauses"]}
    assert told == {clause["id"] for clause in report["clauses"] if clause["severity"]}
    assert len(told) > 50


def test_sarif_has_a_rule_for_each_clause_at_its_line(run: tuple[dict[str, Any], Path]) -> None:
    report, folder = run
    read = Sarif.model_validate_json((folder / "report.sarif").read_text("utf-8")).runs[0]
    assert [rule.id for rule in read.tool.driver.rules or ()] == [clause["id"] for clause in report["clauses"]]
    assert {it.rule_id for it in read.results or ()} == {it["id"] for it in report["clauses"] if it["severity"]}
    lines = DEFAULT.read_text("utf-8").splitlines()
    for result in read.results or ():
        region = (result.locations or [])[0].physical_location
        assert region is not None
        assert region.region is not None
        if result.rule_id == "request.name.maxLength":
            assert lines[(region.region.start_line or 0) - 1].strip() == "maxLength: 200"
            assert result.level == "error"


def test_the_archive_has_every_exchange_and_no_secret(run: tuple[dict[str, Any], Path]) -> None:
    report, folder = run
    text = (folder / "exchanges.har").read_text("utf-8")
    entries = [entry for page in HarParser(json.loads(text)).pages for entry in page.entries]
    assert len(entries) == len(json.loads(text)["log"]["entries"]) >= report["requests"]
    assert {entry.status for entry in entries} >= {201, 401, 422}
    assert SUBSCRIPTION_KEY not in text
    created = next(entry for entry in entries if entry.status == 201)
    said = json.loads(created.response.raw_entry["content"]["text"])
    assert (said["meetingPassword"], said["hostKey"]) == ("[meetingPassword]", "[hostKey]")
    assert said["moduleID"] == MODULE


def test_github_is_told_where_it_runs(run: tuple[dict[str, Any], Path], tmp_path: Path) -> None:
    report, _ = run
    assert ci.tell_github(report, {}) == ""
    summary = tmp_path / "summary.md"
    told = ci.tell_github(report, {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}).splitlines()
    assert len(told) == len(report["causes"])
    assert told[0].startswith("::error file=openapi.yaml,line=")
    assert "name was cut from … to … characters::" in told[0]
    rows = [line for line in summary.read_text("utf-8").splitlines() if line.startswith("| broken")]
    assert len(rows) == sum(cause["severity"] == "failure" for cause in report["causes"])


def test_what_a_server_says_is_no_command_and_no_markup() -> None:
    failure = {"message": "x\n::add-mask::y | `z` <b>", "number": 1, "got": "", "sent": ""}
    clause = {"id": "echo.name", "line": 3, "source": "openapi.yaml#/a", "severity": "failure", "verdict": "broken"}
    cause = {"title": "a,b:c", "severity": "failure", "clause": "echo.name", "failure": failure, "clauses": []}
    report = {"causes": [cause], "clauses": [clause], "contract": "openapi.yaml"}
    told = list(ci.annotations(report))
    assert told == ["::error file=openapi.yaml,line=3,title=a%2Cb%3Ac::x%0A::add-mask::y | `z` <b>"]
    more = {
        "verdict": "broken",
        "requests": 1,
        "endpoint": "e",
        "inconclusive_because": [],
        "notes": [],
        "command": "m",
    }
    row = next(it for it in rendered("summary.md.jinja", {**report, **more}).splitlines() if it.startswith("| broken"))
    assert row.count(" | ") == 3
    assert "<b>" not in row
