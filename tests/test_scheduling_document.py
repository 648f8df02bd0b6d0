"""What docs/scheduling.md shows works when it is pasted, against the mock."""

import os
import re
import subprocess
import sys
from pathlib import Path

from luminus_zoom_mock import MockServer

DOCUMENT = (Path(__file__).parents[1] / "docs" / "scheduling.md").read_text(encoding="utf-8")


def test_the_example_creates_the_meetings_of_the_timetable(tmp_path: Path) -> None:
    code, timetable = re.findall(r"```(?:python)?\n(.*?)```", DOCUMENT, re.DOTALL)[:2]
    (tmp_path / "term.csv").write_text(timetable, encoding="utf-8")
    with MockServer() as mock:
        environment = {
            **os.environ,
            "LUMINUS_BASE_URL": mock.base_url,
            "LUMINUS_SUBSCRIPTION_KEY": mock.subscription_key,
        }
        command = [sys.executable, "-W", "error", "-c", code]
        for expected in (23, 0):  # twelve weeks with two days each, less a holiday; and nothing when it is run again
            done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, "")
            assert done.stdout.count(" created https://nus-sg.zoom.us/j/") == expected
        assert len(mock.meetings) == 23
