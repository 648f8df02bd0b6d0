"""A faithful mock of LumiNUS's Zoom API: the API Management gateway and the service behind it in one ASGI app.

It knows the API from openapi.yaml alone; it shares no code with the client. `MockServer` serves it on a loopback port,
`create_app` is for use in process, `python -m luminus_zoom_mock` for the command line, and the pytest fixture
`luminus_zoom_mock` gives each test a server of its own. All but `Settings` needs the extra `mock`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from luminus_zoom_mock.settings import FORBIDDEN_KEY, SUBSCRIPTION_KEY, TOKEN, Settings

if TYPE_CHECKING:
    from luminus_zoom_mock.app import create_app
    from luminus_zoom_mock.server import MockServer

__all__ = ["FORBIDDEN_KEY", "SUBSCRIPTION_KEY", "TOKEN", "MockServer", "Settings", "create_app"]


def __getattr__(name: str) -> Any:
    """Import what needs the extra `mock` when it is first asked for, since pytest imports this package in every run."""
    if name == "create_app":
        from luminus_zoom_mock.app import create_app

        return create_app
    if name == "MockServer":
        from luminus_zoom_mock.server import MockServer

        return MockServer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
