"""What is generated follows from openapi.yaml, from any folder, and a difference does not go unseen."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the generator reads and writes, in another folder with a space in its name."""
    root = tmp_path / "another place"
    for folder in ("generated_client", "docs"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "openapi.yaml", root)
    return root


def check(root: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "generated_client/generate.py"), "--check"]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_same_bytes_come_out_in_any_folder(copy: Path, tmp_path: Path) -> None:
    result = check(copy, cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 differ" in result.stdout


def test_a_changed_a_stale_and_a_missing_file_are_named(copy: Path) -> None:
    package = copy / "generated_client/luminus_zoom_api"
    with (package / "limits.py").open("a") as file:
        file.write("\n")
    (package / "models/stale.py").touch()
    (package / "py.typed").unlink()
    (copy / "docs/reference.md").write_text("edited by hand")
    result = check(copy, cwd=copy)
    assert result.returncode == 1
    assert result.stdout.splitlines()[:4] == [
        "differs: docs/reference.md",
        "differs: generated_client/luminus_zoom_api/limits.py",
        "not generated: generated_client/luminus_zoom_api/models/stale.py",
        "missing: generated_client/luminus_zoom_api/py.typed",
    ]


def test_a_contract_that_the_generator_cannot_read_fails(copy: Path) -> None:
    contract = copy / "openapi.yaml"
    contract.write_text(
        contract.read_text().replace("'#/components/schemas/RecordType'", "'#/components/schemas/Nowhere'")
    )
    result = check(copy, cwd=copy)
    assert result.returncode not in (0, None)
    assert "Nowhere" in result.stderr
