"""What a change of the contract does to the suite: it is exercised, or the run says what is missing."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.tests.recording import CREDENTIALS, MODULE
from luminus_zoom_contract.__main__ import main
from luminus_zoom_contract.cases.values import SuiteError
from luminus_zoom_contract.checks.add_meeting import PARAMETERS
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_contract.spec.document import DEFAULT, Contract, SetupError
from luminus_zoom_mock import TOKEN, MockServer, Settings

Document = dict[str, Any]
DOCUMENT: Document = yaml.safe_load(DEFAULT.read_text("utf-8"))


PROPERTIES: dict[str, Document] = {
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 10}, "maxItems": 3, "uniqueItems": True},
    "venue": {"oneOf": [{"type": "string", "maxLength": 5}, {"type": "integer", "minimum": 1}]},
    "level": {"type": "string", "enum": ["low", "high"]},
    "code": {"type": "string", "pattern": "^[a-z]{3}$"},
    "fee": {"type": "number", "exclusiveMinimum": 0},
    "day": {"type": "string", "format": "date"},
    "mail": {"type": "string", "format": "email"},
    "big": {"type": "integer", "format": "int64"},
    "short": {"type": ["string", "null"], "maxLength": 4},
    "counts": {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2},
}


def changed(tmp_path: Path, change: Callable[[Document], object]) -> Path:
    """A file with the project's contract, changed."""
    document = copy.deepcopy(DOCUMENT)
    change(document)
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return path


def rename(schema: str, old: str, new: str) -> Callable[[Document], object]:
    """A change that renames a property."""

    def change(document: Document) -> None:
        properties = document["components"]["schemas"][schema]["properties"]
        properties[new] = properties.pop(old)

    return change


@pytest.mark.parametrize("name", ["hostKey", "endDate", "joinUrl", "meetingPassword"])
def test_a_property_that_the_checks_need_is_missed_in_words(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = changed(tmp_path, rename("Meeting", name, "another"))
    assert main(["--contract", str(path), "--out", str(tmp_path)]) == 2
    said = " ".join(capsys.readouterr().out.split())
    assert f"the contract no longer has {name} of the answer" in said
    assert "add_meeting.py" in said


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_a_property_that_the_wrapper_has_a_parameter_for_is_missed_in_words(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = changed(tmp_path, rename("NewMeeting", name, "another"))
    assert main(["--contract", str(path), "--out", str(tmp_path)]) == 2
    said = " ".join(capsys.readouterr().out.split())
    assert f"refused: the contract no longer has {name}" in said
    assert "add_meeting.py" in said


def test_a_property_that_no_parameter_is_known_for_is_named(tmp_path: Path) -> None:
    path = changed(tmp_path, lambda it: it["components"]["schemas"]["NewMeeting"]["properties"].update(PROPERTIES))
    with MockServer(Settings(contract=path)) as mock:
        options = Options(base_url=mock.base_url, credentials=CREDENTIALS, contract=path)
        with Session(options) as session:
            assert [it for it in session.report()["notes"] if f"no parameter for {', '.join(PROPERTIES)}" in it]
    with MockServer() as mock, Session(Options(base_url=mock.base_url, credentials=CREDENTIALS)) as session:
        assert not [it for it in session.report()["notes"] if "parameter" in it]


@pytest.mark.parametrize("arguments", [[], ["--dry-run"], ["--case", "1"]], ids=["a run", "a dry run", "one case"])
def test_what_the_suite_finds_no_value_for_is_refused_in_words(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    impossible = {"oneOf": [{"type": "integer"}, {"type": "integer"}]}
    path = changed(tmp_path, lambda it: it["components"]["schemas"]["NewMeeting"]["properties"].update(odd=impossible))
    with MockServer() as mock:
        where = ["--base-url", mock.base_url, "--subscription-key", "x", "--contract", str(path)]
        assert main([*where, "--out", str(tmp_path), *arguments]) == 2
    said = " ".join(capsys.readouterr().out.split())
    assert "refused: no legal value is found for odd of addMeeting" in said


def test_a_fault_of_the_suite_is_told_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(_: object) -> None:
        raise SuiteError("a value is not what it claims to be")

    monkeypatch.setattr(Session, "cases", wrong)
    assert main(["--dry-run", "--out", str(tmp_path)]) == 2
    said = " ".join(capsys.readouterr().out.split())
    assert said == "refused: the suite is at fault, and not the endpoint: a value is not what it claims to be"


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_a_live_run_creates_what_it_may_whatever_property_is_new(name: str, tmp_path: Path) -> None:
    new = {name: PROPERTIES[name]}
    path = changed(tmp_path, lambda it: it["components"]["schemas"]["NewMeeting"]["properties"].update(new))
    with MockServer(Settings(contract=path)) as mock:
        where = ["--base-url", mock.base_url, "--subscription-key", mock.subscription_key, "--contract", str(path)]
        live = ["--live", "--module-id", MODULE, "--run-id", "ct-test", "--rate", "10000", "--out", str(tmp_path)]
        assert main([*where, *live]) == 0
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["accepted"] == 4
    assert report["diversity"]["names"] == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("openapi: 3.0.3\npaths: {}\n", "no OpenAPI 3.1 document"),
        ("openapi: 3.1.0\npaths: {}\n", "no operation"),
        ("[", "cannot be read"),
    ],
)
def test_what_is_no_contract_is_refused(
    text: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(text, "utf-8")
    assert main(["--contract", str(path), "--out", str(tmp_path)]) == 2
    assert reason in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SetupError):
        Contract.load(path)


def test_an_address_that_nobody_answers_at_is_unreachable_and_breaks_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with MockServer() as mock:
        url = mock.base_url
    assert main(["--base-url", url, "--subscription-key", "x", "--out", str(tmp_path)]) == 3
    said = capsys.readouterr().out
    assert "unreachable: nothing answers at" in said
    assert "broken" not in said
    assert "inconclusive" in said


def read_operation(document: Document) -> None:
    """Add an operation whose path names something that no answer gives."""
    document["paths"]["/Room/{room}"] = {
        "get": {
            "operationId": "readRoom",
            "parameters": [{"name": "room", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "A room."}},
        }
    }


def test_an_operation_of_which_nothing_was_exercised_makes_the_run_inconclusive(tmp_path: Path) -> None:
    with MockServer() as mock:
        options = Options(base_url=mock.base_url, credentials=CREDENTIALS, contract=changed(tmp_path, read_operation))
        with Session(options) as session:
            session.run_cases(["sequences", "parameters"])
            report = session.report()
    assert report["operations"]["readRoom"]["successes"] == 0
    assert any("nothing of readRoom was exercised" in reason for reason in report["inconclusive_because"])
    assert report["verdict"] != "conforms"


def both_needed(document: Document) -> None:
    """Ask for the key and the token."""
    document["security"] = [{"subscriptionKey": [], "bearerToken": []}]


def test_a_token_that_the_contract_asks_for_and_nobody_gave_makes_the_run_inconclusive(tmp_path: Path) -> None:
    path = changed(tmp_path, both_needed)
    with (
        MockServer() as mock,
        Session(Options(base_url=mock.base_url, credentials=CREDENTIALS, contract=path)) as session,
    ):
        session.run_cases(["sequences"])
        report = session.report()
    assert any("asks for a token for addMeeting" in reason for reason in report["inconclusive_because"])
    assert session.clauses["bearer.required"].provenance == "documented"


@pytest.mark.parametrize("asks", [True, False])
def test_a_server_that_asks_for_no_token_where_the_contract_does_is_broken(tmp_path: Path, *, asks: bool) -> None:
    path = changed(tmp_path, both_needed)
    with (
        MockServer(Settings(contract=path) if asks else None) as mock,
        Session(
            Options(
                base_url=mock.base_url,
                credentials=replace(CREDENTIALS, token=TOKEN),
                contract=path,
            )
        ) as session,
    ):
        session.run_cases(["credentials"])
    assert session.results.entries["bearer.required"].cases
    assert session.results.entries["bearer.required"].broken is not asks


def test_new_properties_of_any_keyword_are_exercised_and_break_nothing(tmp_path: Path) -> None:
    """The mock follows the changed contract too."""
    path = changed(tmp_path, lambda it: it["components"]["schemas"]["NewMeeting"]["properties"].update(PROPERTIES))
    with MockServer(Settings(contract=path)) as mock:
        options = Options(base_url=mock.base_url, credentials=CREDENTIALS, contract=path)
        with Session(options) as session:
            session.run_cases(["values"])
    entries = session.results.entries
    broken = {name: entry.failures[0].message for name, entry in entries.items() if entry.broken}
    assert broken == {}
    for clause in ("tags.uniqueItems", "tags.maxItems", "venue.oneOf", "level.enum", "code.pattern", "mail.format",
                   "fee.exclusiveMinimum", "day.format", "big.type", "short.maxLength", "short.null",
                   "counts.maxProperties"):  # fmt: skip
        assert entries[f"request.{clause}"].cases, clause
