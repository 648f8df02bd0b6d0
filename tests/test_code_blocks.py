"""Every block of code in the documentation is run, or the reason why it is not stands here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from luminus_zoom_mock import MockServer

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")] + sorted(ROOT.glob("docs/*.md"))
FENCE = re.compile(r"^```(\S*).*?\n(.*?)^```", re.DOTALL | re.MULTILINE)
MEETING = """
from datetime import datetime, timezone
meeting = dict(module_id="0f8fad5b-d9cb-469f-a165-70867728950e", name="CS1010 lecture 1",
               start=datetime(2027, 1, 18, 10, tzinfo=timezone.utc), duration=90)
"""
CREATE_ALL = f"""{MEETING}
timetable = ["CS1010 lecture 1", "CS1010 lecture 2"]
def create_all(zoom, timetable):
    for name in timetable:
        zoom.create_meeting(**meeting | {{"name": name}})
def create_my_meetings(**access):
    from luminus_zoom import ZoomClient
    with ZoomClient(**access) as zoom:
        zoom.create_meeting(**meeting)
"""
FIXTURES = f"""{MEETING}
import pytest
from luminus_zoom import ZoomClient
@pytest.fixture
def zoom(luminus_zoom_mock):
    with ZoomClient(base_url=luminus_zoom_mock.base_url, subscription_key=luminus_zoom_mock.subscription_key) as client:
        yield client
@pytest.fixture(name="meeting")
def _meeting():
    return meeting
"""
LIMITED = """
def test_the_second_call_is_refused(zoom, meeting):
    from luminus_zoom import RateLimitError
    zoom.create_meeting(**meeting)
    with pytest.raises(RateLimitError):
        zoom.create_meeting(**meeting, retries=0)
"""
IN_A_COROUTINE = f"""{MEETING}
import asyncio
arguments = meeting
from luminus_zoom_mock import MockServer
from luminus_zoom import AsyncZoomClient
async def main():
    with MockServer() as mock:
        async with AsyncZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as zoom:
            mock.fail_next("timeout")
"""

PROGRAMS = {
    "docs/mock.md: import httpx\nfrom luminus_zoom import": (MEETING, "    zoom.create_meeting(**meeting)\n", {}),
    "docs/outcomes.md: import asyncio": (IN_A_COROUTINE, "\nasyncio.run(main())\n", {"timeout(10)": "timeout(0.5)"}),
    "docs/outcomes.md: import ssl": (
        "import certifi, shutil; shutil.copy(certifi.where(), 'university-ca.pem')\n",
        "    assert zoom\n",
        {},
    ),
}
"""Programs: what stands before and after one, and what is replaced in it."""

TESTS = {
    "README.md: def test_my_code": (CREATE_ALL, ""),
    "docs/mock.md: from luminus_zoom import ZoomClient\n\n\ndef test_the_timetable": (CREATE_ALL, ""),
    "docs/mock.md: import pytest\nfrom luminus_zoom_mock import Settings": (FIXTURES, LIMITED),
    "docs/mock.md: import pytest\nfrom luminus_zoom import Outcome": (FIXTURES, ""),
    "docs/mock.md: from datetime import datetime, timedelta": ("", ""),
    "docs/mock.md: import httpx\nimport pytest": ("docs/mock.md: from datetime import datetime, timedelta", ""),
}
"""Files of tests: what stands before and after one; or which block stands before it."""

ELSEWHERE = {
    "README.md: from datetime": "tests/test_readme.py runs it",
    "README.md: from luminus_zoom import Outcome": "tests/test_readme.py runs it",
    "README.md: make verify": "make itself; tests/test_makefile.py has the options",
    "README.md: python3 -m venv": "make try-extras installs the wheel with each extra",
    "README.md: my-venv/bin/luminus-zoom-mock": "mock_server/tests/test_server.py starts it, and does what it prints",
    "README.md: openapi.yaml": "a drawing",
    "docs/contract-testing.md: python -m luminus_zoom_contract": "contract_tests/tests/test_lockers.py runs it so",
    "docs/contract-testing.md: make verify\n": "tests/test_makefile.py has the options",
    "docs/contract-testing.md: pytest contract_tests": "contract_tests/tests/test_fuzzing.py runs it so",
    "docs/contract-testing.md: make verify BASE_URL=https": "contract_tests/tests/test_live_run.py; a real endpoint",
    "docs/contract-testing.md: permissions": "a workflow of GitHub's, which runs there alone",
    "docs/mock.md: luminus-zoom-mock --port": "mock_server/tests/test_server.py starts it, and does what it prints",
    "docs/scale.md: from luminus_zoom": "wrapper/tests/scheduling/test_postgresql.py runs it, with a PostgreSQL server",
    "docs/scale.md: import os": "wrapper/tests/scheduling/test_celery.py runs it with a worker",
    "docs/scale.md: .venv/bin/python -m luminus_zoom_mock": "needs locust, which is no dependency; lasts half a minute",
    "docs/scheduling.md: ": "tests/test_scheduling_document.py runs what is executable",
}
"""Blocks that are not run here, and why."""


def blocks() -> dict[str, str]:
    """Each block by its document and its text."""
    found = {}
    for path in DOCUMENTS:
        for language, text in FENCE.findall(path.read_text("utf-8")):
            if not language.startswith("{"):
                found[f"{path.relative_to(ROOT)}: {text}"] = text
    return found


BLOCKS = blocks()


def block(start: str) -> str:
    """The only block that begins so."""
    (found,) = [text for name, text in BLOCKS.items() if name.startswith(start)]
    return found


def test_every_block_is_run_or_has_a_reason() -> None:
    known = (*PROGRAMS, *TESTS, *ELSEWHERE)
    assert [name for name in BLOCKS if sum(name.startswith(start) for start in known) != 1] == []
    assert [start for start in known if not any(name.startswith(start) for name in BLOCKS)] == []


def run(command: list[str], folder: Path) -> str:
    """What a command prints that must succeed."""
    with MockServer() as mock:
        access = {"LUMINUS_BASE_URL": mock.base_url, "LUMINUS_SUBSCRIPTION_KEY": mock.subscription_key}
        environment = {**os.environ, **access}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("start", PROGRAMS)
def test_program(start: str, tmp_path: Path) -> None:
    before, after, replaced = PROGRAMS[start]
    code = block(start)
    for old, new in replaced.items():
        assert old in code
        code = code.replace(old, new)
    if before == IN_A_COROUTINE:
        code = textwrap.indent(code.replace("create_meeting(...)", "create_meeting(**arguments)"), " " * 12)
    run([sys.executable, "-W", "error", "-c", before + code + after], tmp_path)


@pytest.mark.parametrize("start", TESTS)
def test_file_of_tests(start: str, tmp_path: Path) -> None:
    before, after = TESTS[start]
    before = block(before) if before in TESTS else before
    (tmp_path / "test_it.py").write_text(f"{before}\n{block(start)}\n{after}", "utf-8")
    printed = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"], tmp_path)
    assert " passed" in printed
