"""`make contract-diff`: what changed in openapi.yaml, and which version must follow."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import contract_diff

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not contract_diff.REDOCLY.exists(), reason="redocly is not there: it needs npm")

TEXT = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
NEW_PROPERTY = "        roomCode:\n          type: string\n          description: New.\n"
CHANGES = {
    "a tighter bound": (("maximum: 1485", "maximum: 1440"), "breaking: Upper bound of `duration`", "2.0.0"),
    "a new property": (("        channelName:\n", f"{NEW_PROPERTY}        channelName:\n"), "addition: ", "1.1.0"),
    "a renamed property": (
        ("        lessonID:\n", "        lessonUUID:\n"),
        "breaking: `key` of `lessonUUID`",
        "2.0.0",
    ),
    "a removed mark": (("          x-sensitive: true\n", ""), "other: `x-sensitive` of ", "1.0.1"),
    "a description": (("The meeting was created.", "It was created."), "other: ", "1.0.1"),
    "nothing": (("x", "x"), "no change", "1.0.0"),
}


@pytest.fixture
def against(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Compare a changed contract with the real one."""

    def compare(old: str, new: str, *options: str) -> int:
        assert old in TEXT
        changed = tmp_path / "openapi.yaml"
        changed.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
        monkeypatch.setattr(contract_diff, "CONTRACT", changed)
        return contract_diff.main([str(ROOT / "openapi.yaml"), *options])

    return compare


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_rated(against: Callable[..., int], capsys: pytest.CaptureFixture[str], name: str) -> None:
    edit, told, version = CHANGES[name]
    is_changed = name != "nothing"
    assert against(*edit, "--check") == is_changed
    printed = capsys.readouterr().out
    assert told in printed
    assert (f"info.version must be at least {version} (it is 1.0.0)" in printed) == is_changed


def test_a_raised_version_passes(against: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert against("version: 1.0.0", "version: 2.0.0", "--check") == 0
    assert "addition" not in capsys.readouterr().out


def test_a_removed_property_is_breaking_and_has_its_provenance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = "          x-provenance: {kind: observed, reason: seen}\n"
    old = tmp_path / "old.yaml"
    old.write_text(
        TEXT.replace("        channelName:\n", f"{NEW_PROPERTY}{mark}        channelName:\n", 1), encoding="utf-8"
    )
    monkeypatch.setattr(contract_diff, "CONTRACT", ROOT / "openapi.yaml")
    assert contract_diff.main([str(old), "--check"]) == 1
    printed = capsys.readouterr().out
    assert "- breaking: `roomCode` was removed (observed; before:" in printed
    assert "at least 2.0.0" in printed


def test_the_history_gets_the_changes(
    against: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = tmp_path / "history.md"
    shutil.copy(contract_diff.HISTORY, history)
    monkeypatch.setattr(contract_diff, "HISTORY", history)
    against("maximum: 1485", "maximum: 1440", "--write")
    text = history.read_text(encoding="utf-8")
    assert text.index("## 2.0.0 (") < text.index("- breaking: Upper bound") < text.index("## 1.0.0")


def test_what_cannot_be_compared_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert contract_diff.main(["no-such-tag"]) == 2
    assert "no-such-tag is neither a file nor a commit" in capsys.readouterr().err
    broken = tmp_path / "broken.yaml"
    broken.write_text("[", encoding="utf-8")
    assert contract_diff.main([str(broken)]) == 2
    assert "contract-diff: redocly: " in capsys.readouterr().err
    monkeypatch.setattr(contract_diff, "REDOCLY", tmp_path / "missing")
    assert contract_diff.main([str(broken)]) == 2
    assert "needs npm" in capsys.readouterr().err
