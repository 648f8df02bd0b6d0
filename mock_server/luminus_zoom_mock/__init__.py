"""A faithful mock of LumiNUS's Zoom API: the API Management gateway and the service behind it in one ASGI app.

It knows the API from openapi.yaml alone; it shares no code with the client. `MockServer` serves it on a loopback port,
`InProcessMock` gives httpx a transport, `create_app` makes the ASGI app, `python -m luminus_zoom_mock` is the command
line, and the pytest fixture `luminus_zoom_mock` gives each test a server of its own. All but `Settings` needs the extra
`mock`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from luminus_zoom_mock.settings import FORBIDDEN_KEY, SUBSCRIPTION_KEY, TOKEN, Settings

if TYPE_CHECKING:
    from luminus_zoom_mock.app import create_app
    from luminus_zoom_mock.faults import FAULTS
    from luminus_zoom_mock.in_process import InProcessMock
    from luminus_zoom_mock.server import MockServer

__all__ = [
    "FAULTS",
    "FORBIDDEN_KEY",
    "SUBSCRIPTION_KEY",
    "TOKEN",
    "InProcessMock",
    "MockServer",
    "Settings",
    "create_app",
]


_MODULES = {"FAULTS": "faults", "InProcessMock": "in_process", "MockServer": "server", "create_app": "app"}


def __getattr__(name: str) -> Any:
    """Import what needs the extra `mock` when it is first asked for, since pytest imports this package in every run."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_MODULES[name]}")
    except ModuleNotFoundError as error:
        raise ImportError(f"{name} needs {error.name}: pip install 'luminus-zoom[mock]'") from error
    return getattr(module, name)
