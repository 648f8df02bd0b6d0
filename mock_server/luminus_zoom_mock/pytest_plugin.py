"""The pytest plugin: the fixture `luminus_zoom_mock`, a mock server of its own for each test.

pytest loads this module in every run of every project that has luminus-zoom installed, so it imports nothing heavy, and
it works without the extra `mock` until a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from luminus_zoom_mock.settings import Settings

if TYPE_CHECKING:
    from luminus_zoom_mock.server import MockServer


@pytest.fixture
def luminus_zoom_mock_settings() -> Settings:
    """The `Settings` of the fixture `luminus_zoom_mock`; override this fixture to change them."""
    return Settings()


@pytest.fixture
def luminus_zoom_mock(luminus_zoom_mock_settings: Settings) -> Iterator[MockServer]:
    """A running `MockServer` on a free loopback port: `base_url`, `subscription_key`, `token`, `meetings`, `requests`.

    Fails the test, rather than skip it, where the extra `mock` is not installed.
    """
    try:
        from luminus_zoom_mock.server import MockServer
    except ModuleNotFoundError as error:
        pytest.fail(f"The fixture luminus_zoom_mock needs luminus-zoom[mock]: {error}.", pytrace=False)
    with MockServer(luminus_zoom_mock_settings) as server:
        yield server
