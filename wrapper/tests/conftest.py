"""No test of the wrapper leaves this machine, or is disturbed by its environment."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

LOOPBACK = ("127.0.0.1", "::1", "localhost", None)
_elsewhere: list[object] = []


def _refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: every look-up and connection of the process passes here, whichever library makes it."""
    if event == "socket.connect" and arguments[0].family != socket.AF_UNIX:
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
    else:
        return
    if host not in LOOPBACK:
        _elsewhere.append(host)
        raise PermissionError(f"a test wants to reach {host}")


sys.addaudithook(_refuse_other_machines)


@pytest.fixture(autouse=True)
def _only_loopback() -> Iterator[None]:
    _elsewhere.clear()
    yield
    # The code under test may have swallowed the refusal.
    assert not _elsewhere


@pytest.fixture(autouse=True)
def _ctrl_c_interrupts() -> None:
    """A shell lets what it runs in the background, and all that it starts, ignore Ctrl-C."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("LUMINUS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
