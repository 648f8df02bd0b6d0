"""The command as a person calls it: words in, an exit code and two texts out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from luminus_zoom.cli.main import run
from luminus_zoom_mock import MockServer

MODULE = "0f8fad5b-d9cb-469f-a165-70867728950e"


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command in a folder of its own, without the configuration of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def command(*words: object) -> Ran:
        capsys.readouterr()
        code = run([str(word) for word in words])
        return Ran(code, *capsys.readouterr())

    return command


@pytest.fixture
def mock(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockServer]:
    """A mock that the environment names."""
    with MockServer() as server:
        monkeypatch.setenv("LUMINUS_BASE_URL", server.base_url)
        monkeypatch.setenv("LUMINUS_SUBSCRIPTION_KEY", server.subscription_key)
        yield server


CREATE = ("create", "--module", MODULE, "--name", "CS1010", "--start", "2099-01-19 10:00", "--tz", "Asia/Singapore",
          "--duration", "1h30m")  # fmt: skip
