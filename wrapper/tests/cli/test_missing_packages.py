"""A command whose packages are not all there: others bring click, so the extra need not be installed."""

import importlib

import pytest

from luminus_zoom.cli.main import COMMANDS

from .conftest import Command


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            ModuleNotFoundError("No module", name="rich.table"),
            "this command needs rich: pip install 'luminus-zoom[cli]'",
        ),
        (ImportError("luminus_zoom.scheduling needs SQLAlchemy"), "luminus_zoom.scheduling needs SQLAlchemy"),
    ],
)
def test_a_missing_package_is_told_in_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch, error: ImportError, told: str
) -> None:
    def fail(name: str) -> None:
        raise error

    monkeypatch.setattr(importlib, "import_module", fail)
    assert command("doctor") == (2, "", f"Error: {told}\n")


def test_a_missing_module_of_our_own_is_a_bug(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "doctor", ("nothing", ""))
    with pytest.raises(ModuleNotFoundError, match=r"luminus_zoom\.cli\.nothing"):
        command("doctor")
