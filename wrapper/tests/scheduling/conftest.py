from collections.abc import Iterator
from pathlib import Path

import pytest

from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger
from luminus_zoom_mock import MockServer


@pytest.fixture
def mock() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def zoom(mock: MockServer) -> Iterator[ZoomClient]:
    with ZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as client:
        yield client


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "term.sqlite3") as opened:
        yield opened
