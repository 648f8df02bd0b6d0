"""The command in a terminal of its own, as a person has it. POSIX only."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

_CONTROL = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07)")
PATIENCE = 100.0
"""Seconds for which a text is waited for. A test that passes does not wait so long."""


class Terminal:
    """A process with a terminal of so many columns. `text` is all that it wrote, with the control sequences."""

    def __init__(self, words: Sequence[object], folder: Path, columns: int = 80, **environment: str) -> None:
        self._screen, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        command = [sys.executable, "-m", "luminus_zoom", *map(str, words)]
        variables = {**os.environ, "TERM": "xterm-256color", "XDG_CONFIG_HOME": str(folder), **environment}
        self._process = subprocess.Popen(  # noqa: S603 - the command that is tested
            command, cwd=folder, env=variables, stdin=inside, stdout=inside, stderr=inside, start_new_session=True
        )
        os.close(inside)
        self.text = ""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._screen)

    @property
    def plain(self) -> str:
        """What was written, without control sequences."""
        return _CONTROL.sub("", self.text).replace("\r", "")

    def widest(self, after: str) -> int:
        """The length of the longest line after a text. A line may be written over, as a progress bar is."""
        return max(map(len, re.split("[\r\n]+", _CONTROL.sub("", self.text).partition(after)[2])))

    def wait_for(self, text: str) -> None:
        """Read until a text was written."""
        end = time.monotonic() + PATIENCE
        while text not in self.plain:
            if time.monotonic() > end or not self._read():
                pytest.fail(f"{text!r} is not in {self.plain!r}")

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self._screen, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        return self._process.wait(PATIENCE)

    def _read(self) -> bool:
        """Read what is there; False at the end."""
        ready, _, _ = select.select([self._screen], [], [], PATIENCE)
        data = b""
        if ready:
            with contextlib.suppress(OSError):  # How Linux tells that the other side is closed.
                data = os.read(self._screen, 65536)
        self.text += data.decode(errors="replace")
        return bool(data)
