"""`luminus-zoom ledger`, `mock`, `verify` and `completion`."""

import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from luminus_zoom.cli import ledger as ledger_command
from luminus_zoom.cli import show
from luminus_zoom.scheduling import Ledger, Row
from luminus_zoom.scheduling.ledger import Pause
from luminus_zoom_mock import MockServer

from .conftest import CREATE, Command
from .terminal import Terminal


@pytest.fixture
def unknown(command: Command, mock: MockServer) -> Row:
    """A ledger with a row that was created, and one that is unknown."""
    command(*CREATE, "--ledger", "term.sqlite3")
    mock.fail_next("connection lost after creating")
    assert command(*CREATE[:4], "CS2030", *CREATE[5:], "--ledger", "term.sqlite3").code == 5
    with Ledger.open("term.sqlite3") as ledger:
        return ledger.row(2)


class TestShow:
    def test_rows_without_secrets(self, command: Command, unknown: Row, mock: MockServer) -> None:
        ran = command("ledger", "show", "term.sqlite3")
        assert ran.code == 0
        assert ran.out.startswith(
            "row\tstate\tstart\tname\tsource\twhy\n"
            "1\tcreated\t2099-01-19 10:00+08:00\tCS1010\tcommand line\t\n"
            "2\tunknown\t"
        )
        assert ran.err == "1 created, 1 unknown\n"
        assert mock.meetings[0]["meetingPassword"] not in ran.out

    def test_some_states(self, command: Command, unknown: Row) -> None:
        assert command("ledger", "show", "term.sqlite3", "--state", "unknown").out.count("\n") == 2

    def test_reasons_are_below_the_table(self, command: Command, unknown: Row, monkeypatch: pytest.MonkeyPatch) -> None:
        def wide(*_: object) -> Console:
            return Console(file=sys.stdout, force_terminal=True, width=200, color_system=None)

        monkeypatch.setattr(ledger_command, "console", wide)
        monkeypatch.setattr(ledger_command, "MOST", 0)
        monkeypatch.setattr(show, "console", wide)
        out = command("ledger", "show", "term.sqlite3").out
        assert "row  state    start                   name    source" in out
        assert "row  and 1 more: A meeting may have been created" in out

    def test_events(self, command: Command, unknown: Row) -> None:
        out = command("ledger", "show", "term.sqlite3", "--events").out
        assert out.startswith("time\trow\tevent\tdetail\n")
        assert "\t2\tunknown\t" in out

    def test_an_empty_one_with_a_pause(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        Ledger.open("term.sqlite3").close()
        monkeypatch.setattr(Ledger, "pause", lambda self: Pause(self.now() + timedelta(hours=1), "a limit."))
        err = command("ledger", "show", "term.sqlite3").err
        assert err.startswith("no rows\nNothing is sent before ")
        assert err.endswith(": a limit.\n")

    def test_none(self, command: Command) -> None:
        assert command("ledger", "show", "no.sqlite3") == (2, "", "Error: There is no ledger no.sqlite3.\n")
        assert not Path("no.sqlite3").exists()

    @pytest.mark.parametrize("columns", [80, 120])
    def test_on_a_terminal(self, unknown: Row, columns: int) -> None:
        with Terminal(["ledger", "show", "term.sqlite3"], Path.cwd(), columns) as terminal:
            assert terminal.end() == 0
        assert max(map(len, terminal.plain.splitlines())) <= columns
        assert "\nrow 2: A meeting may have been created" in terminal.plain
        assert "CS2030" in terminal.plain

    def test_a_table_keeps_to_the_width(self) -> None:
        screen = io.StringIO()
        console = Console(file=screen, force_terminal=True, width=20, color_system="standard")
        show.print_table(("row", "state"), [(1, "created"), (2, None)], console)
        lines = screen.getvalue().splitlines()
        assert "\x1b[32mcreated\x1b[0m" in lines[1]
        assert len(lines) == 3


class TestExport:
    def test_json_lines(self, command: Command, unknown: Row, mock: MockServer) -> None:
        first, second = map(json.loads, command("ledger", "export", "term.sqlite3", "--json").out.splitlines())
        assert {name: first[name] for name in ("row", "name", "state", "id")} == {
            "row": 1,
            "name": "CS1010",
            "state": "created",
            "id": mock.meetings[0]["id"],
        }
        assert second["state"] == "unknown"

    def test_a_file(self, command: Command, unknown: Row) -> None:
        ran = command("ledger", "export", "term.sqlite3", "--output", "out.ics")
        assert ran == (0, "", "Written: out.ics\n")
        assert Path("out.ics").read_text().count("BEGIN:VEVENT") == 1

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ((), "Error: Say either --json or --output FILE.\n"),
            (("--json", "--output", "out.csv"), "Error: Say either --json or --output FILE.\n"),
            (("--output", "out.txt"), "Error: out.txt: the name must end in .csv, .json, .jsonl, .xlsx, .ics.\n"),
        ],
    )
    def test_what_makes_no_sense(self, command: Command, unknown: Row, words: tuple[str, ...], told: str) -> None:
        assert command("ledger", "export", "term.sqlite3", *words) == (2, "", told)

    def test_a_disk_that_is_full(self, command: Command, unknown: Row, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        ran = command("ledger", "export", "term.sqlite3", "--output", "out.csv")
        assert ran == (2, "", "Error: No space left on device.\n")


class TestResolve:
    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("--created", "812 3456 7890"), "Row 2 is created.\n"),
            (("--created", "https://nus-sg.zoom.us/j/81234567890"), "Row 2 is created.\n"),
            (("--not-created",), "Row 2 is planned.\n"),
        ],
    )
    def test_a_row(self, command: Command, unknown: Row, words: tuple[str, ...], told: str) -> None:
        assert command("ledger", "resolve", "term.sqlite3", "2", *words) == (0, told, "")

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("2",), "Error: Say either --created LINK or --not-created.\n"),
            (("2", "--created", "x"), "Error: That must be the join link, the id (a UUID) or the Zoom meeting number"),
            (("1", "--not-created"), "Error: Row 1 is created; only unknown rows can be resolved.\n"),
            (("9", "--not-created"), "has no row 9"),
            (("--not-created",), "Error: Say for which row: luminus-zoom ledger resolve LEDGER ROW …\n"),
            ((), "Error: There is no terminal to ask at. Name a row, with --created LINK or --not-created.\n"),
        ],
    )
    def test_what_makes_no_sense(self, command: Command, unknown: Row, words: tuple[str, ...], told: str) -> None:
        ran = command("ledger", "resolve", "term.sqlite3", *words)
        assert (ran.code, ran.out) == (2, "")
        assert told in ran.err

    def test_nothing_is_unknown(self, command: Command, mock: MockServer) -> None:
        command(*CREATE, "--ledger", "term.sqlite3")
        assert command("ledger", "resolve", "term.sqlite3") == (0, "No row is unknown.\n", "")

    @pytest.mark.parametrize(
        ("typed", "code", "state"),
        [("x\n81234567890\n", 0, "created"), ("No\n", 0, "planned"), ("\n", 5, "unknown")],
    )
    def test_a_person_is_asked(
        self, command: Command, unknown: Row, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, state: str
    ) -> None:
        read, write = os.pipe()
        os.write(write, typed.encode())
        os.close(write)
        with os.fdopen(read) as answers:
            answers.isatty = lambda: True  # type: ignore[method-assign]
            monkeypatch.setattr(sys, "stdin", answers)
            ran = command("ledger", "resolve", "term.sqlite3")
        assert ran.code == code
        assert "Row 2: CS2030, 2099-01-19 10:00+08:00, module " in ran.out
        assert (f"  Row 2 is {state}.\n" in ran.out) is (code == 0)
        assert ("That must be the join link" in ran.err) is typed.startswith("x")
        with Ledger.open("term.sqlite3") as ledger:
            assert ledger.row(2).state == state


class TestPrograms:
    def test_the_mock(self, command: Command) -> None:
        ran = command("mock", "--port", "x")
        assert ran.code == 2
        assert "argument --port: invalid int value" in ran.err

    def test_the_suite(self, command: Command) -> None:
        ran = command("verify", "--help")
        assert ran.code == 0
        assert "--max-creates" in ran.out

    def test_what_ends_without_an_exit_code(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[Any] = []
        monkeypatch.setattr("luminus_zoom_mock.__main__.main", seen.append)
        assert command("mock", "--port", "0").code == 0
        assert seen == [("--port", "0")]

    @pytest.mark.parametrize(
        ("name", "package", "told"),
        [
            ("mock", "luminus_zoom_mock", "Error: luminus-zoom-mock needs {}: pip install 'luminus-zoom[mock]'.\n"),
            (
                "verify",
                "luminus_zoom_contract",
                "luminus_zoom_contract needs {}: pip install 'luminus-zoom[contract]'\n",
            ),
        ],
    )
    def test_without_its_extra(
        self, command: Command, monkeypatch: pytest.MonkeyPatch, name: str, package: str, told: str
    ) -> None:
        monkeypatch.setitem(sys.modules, f"{package}.command", None)
        assert command(name) == (2, "", told.format(f"{package}.command"))

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion(self, command: Command, shell: str) -> None:
        ran = command("completion", shell)
        assert ran.code == 0
        assert "_LUMINUS_ZOOM_COMPLETE" in ran.out

    def test_completion_completes(self, tmp_path: Path) -> None:
        variables = {
            **os.environ,
            "_LUMINUS_ZOOM_COMPLETE": "bash_complete",
            "COMP_WORDS": "luminus-zoom create --send",
            "COMP_CWORD": "2",
        }
        script = "import sys; sys.argv = ['luminus-zoom']; from luminus_zoom.__main__ import main; main()"
        ran = subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=True)
        assert ran.stdout.split() == ["plain,--send-email"]
