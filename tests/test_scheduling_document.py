"""What docs/scheduling.md shows works when it is pasted, against the mock."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from luminus_zoom.cli.exits import Exit
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


TUTORIAL = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//NUSMods//EN
BEGIN:VEVENT
UID:1@nusmods.com
DTSTAMP:20261201T000000Z
DTSTART:20990119T020000Z
DTEND:20990119T030000Z
SUMMARY:CS2030S Tutorial
RRULE:FREQ=WEEKLY;COUNT=4
END:VEVENT
END:VCALENDAR
"""


def test_the_commands_lead_from_a_calendar_to_one_with_links(tmp_path: Path) -> None:
    (tmp_path / "nusmods.ics").write_text(TUTORIAL, encoding="utf-8")
    (commands,) = re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    with MockServer() as mock:
        environment = {
            **os.environ,
            "LUMINUS_BASE_URL": mock.base_url,
            "LUMINUS_SUBSCRIPTION_KEY": mock.subscription_key,
            "XDG_CONFIG_HOME": str(tmp_path),
        }
        for line in commands.splitlines():
            program, *words = shlex.split(line)
            assert program == "luminus-zoom"
            command = [sys.executable, "-W", "error", "-m", "luminus_zoom", *words]
            done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        assert len(mock.meetings) == 4
        links = (tmp_path / "links.ics").read_bytes().replace(b"\r\n ", b"").decode()
        assert all(f"URL:{meeting['joinUrl']}" in links for meeting in mock.meetings)


def test_every_exit_code_is_documented() -> None:
    listed = re.findall(r"^\| (\d+) \| ([a-z ]+)", DOCUMENT, re.MULTILINE)
    assert {(int(code), words.upper().replace(" ", "_")) for code, words in listed} == {
        (code.value, code.name) for code in Exit
    }
