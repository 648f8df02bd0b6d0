"""A second contract and its server, of which the suite knows nothing: it conforms, and each of its faults is found."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.tests.lockers import KEY, lockers
from luminus_zoom_contract.__main__ import main
from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.run.properties import run_all
from luminus_zoom_contract.run.session import Options, Session

CONTRACT = Path(__file__).with_name("lockers.yaml")

FAULTS = {
    "created-not-readable": ("relations", "readLocker:relation.read"),
    "deleted-still-there": ("relations", "deleteLocker:relation.gone"),
    "patch-replaces": ("relations", "changeLocker:relation.kept"),
    "patch-forgotten": ("relations", "changeLocker:relation.updated"),
    "filter-ignored": ("relations", "listLockers:relation.filter"),
    "page-ignored": ("relations", "listLockers:relation.page"),
    "offset-ignored": ("relations", "listLockers:relation.page"),
    "id-repeated": ("relations", "createLocker:unique.id"),
    "delete-200": ("relations", "deleteLocker:status.204"),
    "header-ignored": ("parameters", "createLocker:parameter.header.X-Source.required"),
    "cookie-ignored": ("parameters", "listLockers:parameter.cookie.station.enum"),
    "query-enum-ignored": ("parameters", "listLockers:parameter.query.size.enum"),
    "key-ignored": ("credentials", "deleteLocker:key.required"),
    "pattern-ignored": ("values", "createLocker:request.label.pattern"),
    "note-lost": ("values", "createLocker:echo.note"),
}


def run(faults: tuple[str, ...], job: Callable[[Session], None]) -> Session:
    """A session that did a job on a server with some faults."""
    with lockers(*faults) as url:
        options = Options(base_url=url, credentials=Credentials(KEY), contract=CONTRACT, examples=20)
        with Session(options) as session:
            job(session)
    return session


def test_an_honest_server_of_another_contract_conforms() -> None:
    def everything(session: Session) -> None:
        session.run_cases()
        run_all(session)

    session = run((), everything)
    broken = [*session.results.broken(findings=False), *session.results.broken(findings=True)]
    assert {name: session.results.entries[name].failures[0].message for name in broken} == {}
    assert session.verdict() == "conforms"
    exercised = {name for name, entry in session.results.entries.items() if entry.cases}
    assert {clause for _, clause in FAULTS.values()} <= exercised


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_breaks_its_clause(fault: str) -> None:
    part, clause = FAULTS[fault]
    session = run((fault,), lambda it: it.run_cases([part]))
    assert session.results.entries[clause].broken
    honest = run((), lambda it: it.run_cases([part]))
    assert not honest.results.entries[clause].broken


def test_the_command_takes_another_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LUMINUS_SUBSCRIPTION_KEY", "wrong")
    with lockers() as url:
        options = ["--contract", str(CONTRACT), "--base-url", url, "--out", str(tmp_path), "--examples", "5"]
        assert main(options) == 3
    said = capsys.readouterr().out
    assert "inconclusive" in said
    for operation in ("createLocker", "listLockers", "readLocker", "changeLocker", "deleteLocker"):
        assert f"nothing of {operation} was exercised" in said.replace("\n", " ")
