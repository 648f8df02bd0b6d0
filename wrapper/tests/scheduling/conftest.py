from collections.abc import Iterator
from pathlib import Path

import pytest

from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger
from luminus_zoom_mock import MockServer
from wrapper.tests.scheduling import postgres

DATABASES = ["sqlite", "postgresql"]


@pytest.fixture
def mock() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def zoom(mock: MockServer) -> Iterator[ZoomClient]:
    with ZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as client:
        yield client


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL server on this machine (Debian: apt-get install postgresql)")
    with postgres.running(programs) as started:
        yield started


@pytest.fixture(params=DATABASES)
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new ledger is to be: a file, or a schema of a server."""
    if request.param == "sqlite":
        return str(tmp_path / "term.sqlite3")
    server: postgres.Server = request.getfixturevalue("server")
    return server.new_ledger()


@pytest.fixture
def ledger(location: str) -> Iterator[Ledger]:
    with Ledger.open(location) as opened:
        yield opened
