"""What make passes on to the suite: what was asked of it, and nothing that the environment means for others."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = """#!/bin/sh
echo "$@"
env | grep ^LUMINUS_ | sort
"""


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path) -> Path:
    """A folder with the Makefile and an environment that is up to date, whose Python says what it is called with."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("locks/bootstrap.txt", "locks/dev.txt", "pyproject.toml", ".venv/bin/python", ".venv/installed"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PYTHON, "utf-8")
        path.chmod(0o755)
    _made_for(tmp_path, tmp_path)
    return tmp_path


def _made_for(checkout: Path, folder: Path) -> None:
    (checkout / ".venv/pyvenv.cfg").write_text(
        f"command = /usr/bin/python3 -m venv {folder.resolve()}/.venv\n", "utf-8"
    )


def _make(checkout: Path, *arguments: str, **environment: str) -> str:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("LUMINUS_", "MAKE", "MFLAGS"))}
    command = ["make", "--no-print-directory", *arguments]
    done = subprocess.run(command, cwd=checkout, env=known | environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_short_names_count_on_the_command_line_alone(checkout: Path) -> None:
    strange = dict.fromkeys(
        ("TOKEN", "SEED", "STRICT", "OUT", "CASE", "LIVE", "BASE_URL", "SUBSCRIPTION_KEY"), "strange"
    )
    assert "strange" not in _make(checkout, "verify", **strange)
    said = _make(checkout, "verify", "TOKEN=mine", "SEED=7", "OUT=a b", "LIVE=0", **strange)
    assert "--seed=7 --out=a b --live=0" in said
    assert "LUMINUS_TOKEN=mine" in said


def test_names_of_its_own_count_in_the_environment(checkout: Path) -> None:
    assert "LUMINUS_TOKEN=mine" in _make(checkout, "verify", LUMINUS_TOKEN="mine")


def test_a_copied_environment_is_made_anew(checkout: Path) -> None:
    assert "Setting up" not in _make(checkout, "-n", ".venv/installed")
    _made_for(checkout, checkout.parent / "original")
    planned = _make(checkout, "-n", ".venv/installed")
    assert "Setting up" in planned
    assert "-m venv --clear .venv" in planned
