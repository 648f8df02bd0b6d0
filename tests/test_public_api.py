"""The public names and signatures are those that were recorded, so that a change of them is meant and told."""

from __future__ import annotations

import pytest

from tools import public_api


def test_the_public_api_is_the_recorded_one() -> None:
    recorded, found = public_api.RECORDED.read_text(encoding="utf-8").splitlines(), public_api.lines()
    gone = [line for line in recorded if line not in found]
    new = [line for line in found if line not in recorded]
    advice = "run `make public-api`, tell of it in CHANGELOG.md, and raise the version as it demands"
    assert not gone, f"gone or changed, which breaks callers ({advice}): {gone}"
    assert not new, f"new ({advice}): {new}"


def test_a_removed_keyword_and_a_removed_method_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    before = public_api.lines()

    class ZoomClient:
        def create_meeting(self, *, module_id: str) -> None:
            """Create."""

    ZoomClient.__module__ = "luminus_zoom.client"
    monkeypatch.setattr("luminus_zoom.ZoomClient", ZoomClient)
    changed = public_api.lines()
    gone = [line for line in before if line not in changed]
    assert any(
        line.startswith("def luminus_zoom.ZoomClient.create_meeting(self, *, module_id, name, ") for line in gone
    )
    assert any(line.startswith("def luminus_zoom.ZoomClient.close(") for line in gone)
    assert "def luminus_zoom.ZoomClient.create_meeting(self, *, module_id)" in changed
