"""What the README shows works when it is pasted, against the mock."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from luminus_zoom_mock import MockServer

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]


def run(code: str, mock: MockServer, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LUMINUS_BASE_URL": mock.base_url, "LUMINUS_SUBSCRIPTION_KEY": mock.subscription_key}
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_the_example_creates_a_meeting(tmp_path: Path) -> None:
    code = next(snippet for snippet in SNIPPETS if "with ZoomClient(" in snippet)
    with MockServer() as mock:
        result = run(code.replace('subscription_key="…", token="…"', ""), mock, tmp_path)
        assert result.returncode == 0, result.stderr
        assert len(mock.meetings) == 1
    assert "https://nus-sg.zoom.us/j/" in result.stdout


def test_the_example_of_an_error_names_the_outcome(tmp_path: Path) -> None:
    code = next(snippet for snippet in SNIPPETS if "except ZoomError" in snippet)
    call = "zoom.create_meeting(module_id='0f8fad5b-d9cb-469f-a165-70867728950e', name='x', start=start, duration=15)"
    setting = "from datetime import UTC, datetime\nstart = datetime(2027, 1, 18, tzinfo=UTC)\n"
    client = "from luminus_zoom import ZoomClient\nzoom = ZoomClient(base_url='http://127.0.0.1:9', retries=0)\n"
    with MockServer() as mock:
        result = run(setting + client + code.replace("zoom.create_meeting(...)", call), mock, tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("No meeting was created, nothing was sent")


def test_the_fixture_of_the_example_is_there(luminus_zoom_mock: MockServer, tmp_path: Path) -> None:
    assert "def test_my_code(luminus_zoom_mock):" in README
    assert luminus_zoom_mock.meetings == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = re.findall(r"(?:`|^)make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= targets
