"""pytest's side of the suite: its options, the session that its tests share, and what it reports at the end."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final, cast

import hypothesis
import pytest
from rich.console import Console

from luminus_zoom_contract.arguments import seconds
from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.report import files as reports
from luminus_zoom_contract.run.search import ContradictionsError, database, search
from luminus_zoom_contract.run.session import Options, Session

_SESSION = pytest.StashKey[Session]()
_OWNED = pytest.StashKey[bool]()
_SHARE: Final = 0.4
"""Of the budget, for a test that hypothesis draws for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract_tests", "the conformance suite")
    for name in ("--base-url", "--subscription-key", "--token", "--forbidden-key", "--module-id", "--report-dir"):
        group.addoption(name, default="", help="see python -m luminus_zoom_contract --help")
    group.addoption("--seed", type=int, default=1)
    group.addoption("--examples", type=int, default=50)
    group.addoption("--budget", type=seconds, default=0.0, help="time for fuzzing, such as 60s")
    group.addoption("--database", default="", help="where hypothesis remembers failures")
    group.addoption("--strict-contract", action="store_true", help="findings fail as well")


def pytest_configure(config: pytest.Config) -> None:
    """Have hypothesis remember failures where the option says, whoever runs its tests: HypoFuzz asks its settings."""
    if config.option.database:
        hypothesis.settings.register_profile("contract_tests", database=database(config.option.database))
        hypothesis.settings.load_profile("contract_tests")


@pytest.fixture(scope="session")
def lab(pytestconfig: pytest.Config) -> Session:
    """The session of this run, or of this worker of it."""
    if _SESSION not in pytestconfig.stash:
        pytestconfig.stash[_SESSION] = Session(_options(pytestconfig))
        pytestconfig.stash[_OWNED] = True
    return pytestconfig.stash[_SESSION]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that hypothesis draws for by the session's seed, examples and budget."""
    if not hypothesis.is_hypothesis_test(pyfuncitem.obj) or "lab" not in pyfuncitem.funcargs:
        return None
    session = cast(Session, pyfuncitem.funcargs["lab"])
    search(session, pyfuncitem.obj.hypothesis.inner_test, key=pyfuncitem.nodeid, share=_SHARE, lab=session)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Tell what a search has found without a traceback, whose values might be secrets."""
    try:
        return (yield)
    except ContradictionsError as error:
        pytest.fail(str(error), pytrace=False)


def _options(config: pytest.Config) -> Options:
    # Given on the command line, a credential would be there for all to see in the list of processes.
    given = {
        name: config.getoption(name)
        or (os.environ.get(f"LUMINUS_{name.upper()}", "") if config.option.base_url else "")
        for name in ("subscription_key", "token", "forbidden_key")
    }
    credentials = Credentials(given["subscription_key"], given["token"], given["forbidden_key"])
    return Options(
        base_url=config.option.base_url,
        credentials=credentials,
        module_id=config.option.module_id,
        seed=config.option.seed,
        examples=config.option.examples,
        budget=config.option.budget,
        strict=config.option.strict_contract,
        database=hypothesis.settings().database,
    )


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Add what a worker of pytest-xdist has learnt to the controller's results."""
    dumped = getattr(node, "workeroutput", {}).get("contract_results")
    if dumped:
        config = node.config
        if _SESSION not in config.stash:
            config.stash[_SESSION] = Session(_options(config))
            config.stash[_OWNED] = True
        config.stash[_SESSION].results.add(dumped)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's results to the controller; fail a run that broke nothing because it showed nothing."""
    config = session.config
    if _SESSION not in config.stash or not config.stash.get(_OWNED, False):
        return
    lab = config.stash[_SESSION]
    if hasattr(config, "workeroutput"):
        config.workeroutput["contract_results"] = lab.results.dump()
        lab.close()
    elif lab.has_run_all and lab.verdict() != "conforms" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of clauses and write the reports, if a folder for them was named."""
    if _SESSION not in config.stash or not config.stash.get(_OWNED, False):
        return
    lab = config.stash[_SESSION]
    report = lab.report()
    terminalreporter.section("contract")
    reports.print_summary(report, Console(file=terminalreporter._tw._file, width=terminalreporter._tw.fullwidth))
    if config.option.report_dir:
        reports.write(report, Path(config.option.report_dir))
    lab.close()
