"""The suite put to honest servers of many kinds: common front ends with stock settings, and common frameworks."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from contract_tests.tests.independent import backend
from contract_tests.tests.servers import processes
from contract_tests.tests.servers.service import FORBIDDEN, KEY, PATH
from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_mock import FORBIDDEN_KEY, MockServer

BASE_PATH = PATH.removesuffix("/Meeting")
PACKAGES = ("nginx", "haproxy", "apache2-bin", "caddy")
WITHOUT_GATEWAY = ("gateway.", "response.201.", "response.404.body")
"""What a service without a gateway is told as findings: other words, and properties that it does not have."""


@pytest.fixture(name="opened")
def _opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _has_conformed(url: str, credentials: Credentials, findings: tuple[str, ...] = ()) -> None:
    session = Session(Options(url, credentials))
    with session:
        session.run_cases()
    results = session.results
    failures = {clause: results.entries[clause].failures[0] for clause in results.broken(findings=False)}
    assert not failures
    told = [clause for clause in results.broken(findings=True) if not clause.startswith(findings or " ")]
    assert {*told} <= {"time.answer"}, "this machine may be busy"
    assert session.verdict() == "conforms"


@pytest.mark.parametrize("name", processes.FRAMEWORKS)
def test_a_careful_server_conforms(name: str, tmp_path: Path, opened: ExitStack) -> None:
    if name == "Express" and not processes.has_express():
        pytest.skip("Express is not installed: node and npm are needed, and make test installs it with them")
    address = opened.enter_context(processes.framework(name, tmp_path))
    _has_conformed(f"http://{address}{BASE_PATH}", Credentials(KEY, "", FORBIDDEN), WITHOUT_GATEWAY)


@pytest.mark.parametrize("behind", ["the mock", "another server"])
@pytest.mark.parametrize("chain", [*([name] for name in processes.FRONT_ENDS), ["nginx", "nginx"]], ids="+".join)
def test_a_stock_front_end_changes_nothing(chain: list[str], behind: str, tmp_path: Path, opened: ExitStack) -> None:
    if lost := processes.missing(*chain):
        pytest.skip(f"{lost}, so the suite was not run behind it (Debian: apt-get install {' '.join(PACKAGES)})")
    if behind == "the mock":
        mock = opened.enter_context(MockServer())
        base, credentials = mock.base_url, Credentials(mock.subscription_key, "", FORBIDDEN_KEY)
    else:
        base, credentials = opened.enter_context(backend()), Credentials(KEY, "", FORBIDDEN)
    address, path = base.removeprefix("http://").split("/", 1)
    for name in chain:
        address = opened.enter_context(processes.front_end(name, address, tmp_path))
    _has_conformed(f"http://{address}/{path}", credentials, () if behind == "the mock" else WITHOUT_GATEWAY)
