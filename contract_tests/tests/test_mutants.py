"""The test of the suite: what counts as found, what counts as a false alarm, and when the command fails."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from contract_tests.defects import CATALOGUE, mutants, stock
from contract_tests.defects.variants import VARIANTS, Variant
from luminus_zoom_contract.report.results import Failure
from luminus_zoom_contract.run.runner import Runner

CLAUSES = mutants._maker("control", 1, "").clauses
NOTHING = Failure("for a test")


@pytest.mark.parametrize(
    ("defect", "clause", "shown"),
    [
        ("status-200", "status.201", True),
        ("status-200", "echo.topic", False),
        ("topic-empty", "echo.topic", True),
        ("topic-empty", "status.201", False),  # a graver clause, but not its own
        ("slow-always", "time.answer", True),
    ],
)
def test_what_a_broken_clause_shows(defect: str, clause: str, shown: bool) -> None:
    results = mutants.Watched(CLAUSES, CATALOGUE[defect])
    assert not results.shown
    results.broke(clause, NOTHING)
    assert results.shown is shown
    assert results.entries[clause].broken == 1


@pytest.mark.parametrize("one_module", [False, True])
def test_a_run_ends_where_the_defect_shows(one_module: bool) -> None:
    result = mutants.probe("name-200-bytes", one_module, seed=1)
    assert result.found
    assert "echo.name" in result.clauses
    assert 1 < result.requests < len(mutants.cases(1, ""))


def test_a_defect_of_the_token_is_put_to_a_server_that_asks_for_one() -> None:
    assert "bearer.required" in mutants.probe("token-not-checked", False, seed=1).clauses


def test_a_suite_that_falls_over_has_found_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fall_over(*_: Any) -> None:
        raise KeyError("for a test")

    monkeypatch.setattr(Runner, "send", fall_over)
    result = mutants.probe("status-200", False, seed=1)
    assert not result.found
    assert result.clauses == ("the suite fell over: KeyError('for a test')",)


def test_a_client_that_stays_receives_nothing_after_the_body() -> None:
    async def app(_: Any, receive: Any, send: Any) -> None:
        assert (await receive())["body"] == b"body"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receive(), 0.01)
        await send("answered")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"body": b"body"}

    async def serve() -> None:
        await mutants.patient(app)({}, receive, send)

    asyncio.run(serve())
    assert sent == ["answered"]


def test_an_honest_server_raises_no_alarm() -> None:
    assert mutants.alarms("as it is", seed=2) == ("as it is", [])


def test_what_is_held_against_an_honest_server_is_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VARIANTS, "wrong", Variant(change=CATALOGUE["topic-empty"].change))
    found = mutants.alarms("wrong", seed=1)[1]
    assert [alarm.partition(":")[0] for alarm in found] == ["echo.topic"]


def test_a_variant_s_own_finding_is_no_alarm_but_must_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = frozenset({"echo.topic", "key.status"})
    wrong = Variant(change=CATALOGUE["topic-empty"].change, findings=listed)
    monkeypatch.setitem(VARIANTS, "wrong", wrong)
    assert mutants.alarms("wrong", seed=1)[1] == ["key.status: ought to be listed as a finding"]


@pytest.fixture
def only_one_honest_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "VARIANTS", {"as it is": VARIANTS["as it is"]})


@pytest.mark.usefixtures("only_one_honest_server")
def test_the_command_tells_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "results.json"
    assert mutants.main(["--only", "status-200", "--jobs", "1", "--json", str(path)]) == 0
    report = json.loads(path.read_text())
    assert [(it["name"], it["one_module"], it["found"]) for it in report["results"]] == [
        ("status-200", False, True),
        ("status-200", True, True),
    ]
    assert report["honest"] == {"as it is": []}
    printed = capsys.readouterr().out
    assert "100%" in printed
    assert "false alarms on 1 honest servers: 0" in printed


@pytest.mark.usefixtures("only_one_honest_server")
def test_the_command_fails_where_too_little_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutants, "cases", lambda *_: [])
    assert mutants.main(["--only", "name-trimmed", "--one-module", "--jobs", "1"]) == 1
    printed = capsys.readouterr().out
    assert "not found, one module: 1" in printed
    assert "echo: name-trimmed: a name loses its outer white space" in printed
    assert "any module" not in printed


def test_the_command_fails_on_a_false_alarm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"wrong": Variant(change=CATALOGUE["status-200"].change)}
    monkeypatch.setattr(mutants, "VARIANTS", wrong)
    assert mutants.main(["--only", "status-200", "--one-module", "--jobs", "1"]) == 1
    assert "false alarms on 1 honest servers: 1" in capsys.readouterr().out


def test_the_command_refuses_a_pattern_without_defects(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["--only", "no-such-*"]) == 2
    assert "no-such-*" in capsys.readouterr().out


def test_what_stock_schemathesis_finds_is_recorded_for_its_whole_sample() -> None:
    assert len(stock.sample()) > len(CATALOGUE) / stock.ONE_IN * 0.8
    for found in stock.recorded().values():
        assert found.keys() == {*stock.sample()}
