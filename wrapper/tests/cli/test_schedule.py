"""`luminus-zoom schedule`: a term of meetings, in a terminal and without one."""

import io
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from luminus_zoom.cli import progress
from luminus_zoom.cli.progress import RunProgress, left_of
from luminus_zoom.scheduling import Ledger, LedgerError, Result, State
from luminus_zoom.scheduling.ledger import Pause
from luminus_zoom_mock import MockServer

from .conftest import MODULE, Command
from .terminal import Terminal

TERM = f"""module,name,start,duration,weeks,send email
{MODULE},CS1010 T1,2099-01-19 10:00,1h30m,1-2,yes
{MODULE},CS1010 T2,2099-01-20 10:00,1h30m,1,
"""
RUN = ("schedule", "term.csv", "--ledger", "term.sqlite3", "--tz", "Asia/Singapore")


@pytest.fixture(autouse=True)
def term(command: Command) -> None:
    Path("term.csv").write_text(TERM)


def states() -> list[str]:
    with Ledger.open("term.sqlite3") as ledger:
        return [str(row.state) for row in ledger.rows()]


class TestRun:
    def test_a_term(self, command: Command, mock: MockServer) -> None:
        ran = command(*RUN, "--yes")
        assert ran == (
            0,
            "",
            "term.sqlite3 is a new ledger: it knows of no earlier run\n"
            "term.csv: 3 meetings, 2099-01-19 to 2099-01-26\n"
            f"To create now: 3 meetings (2 of them mail all participants), at {mock.base_url}\n"
            "3 created\n",
        )
        assert len(mock.meetings) == 3

    def test_again_sends_only_what_is_not_there(self, command: Command, mock: MockServer) -> None:
        err = command(*RUN, "--yes", "--first", "1").err
        assert "To create now: 1 meeting (it mails all participants), at" in err
        assert err.endswith("2 planned, 1 created\n")
        Path("term.csv").write_text(TERM + f"{MODULE},CS1010 T3,2099-01-21 10:00,90,,\n")
        ran = command(*RUN, "--yes")
        assert ran.code == 0
        assert "is a new ledger" not in ran.err
        assert "Not sent again: 1 created already\nTo create now: 3 meetings (1 of them mail" in ran.err
        assert len(mock.meetings) == 4
        assert "To create now: 0 meetings (nobody is mailed)" in command(*RUN).err

    def test_options_set_what_rows_do_not_say(self, command: Command, mock: MockServer) -> None:
        command(*RUN, "--yes", "--record-type", "cloud", "--no-send-email", "--access-public", "2")
        assert sorted(meeting.json["isSendEmail"] for meeting in mock.requests) == [False, True, True]
        assert {meeting.json["recordType"] for meeting in mock.requests} == {1}
        assert {meeting.json["access"]["publicAccess"] for meeting in mock.requests} == {2}

    @pytest.mark.parametrize("option", [f"CS1010={MODULE}", MODULE])
    def test_modules(self, command: Command, mock: MockServer, option: str) -> None:
        Path("term.csv").write_text("module,name,start,duration\nCS1010,x,2099-01-19 10:00,90\n" if "=" in option else
                                    "name,start,duration\nx,2099-01-19 10:00,90\n")  # fmt: skip
        assert command(*RUN, "--yes", "--module", option).code == 0
        assert mock.requests[0].json["moduleID"] == MODULE

    def test_a_dry_run_needs_no_key(self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("LUMINUS_SUBSCRIPTION_KEY")
        ran = command(*RUN, "--dry-run")
        assert (ran.code, mock.meetings, states()) == (0, [], [])
        assert ran.err.endswith("Nothing was sent.\n")

    def test_as_json(self, command: Command, mock: MockServer) -> None:
        rows = [json.loads(line) for line in command(*RUN, "--yes", "--json").out.splitlines()]
        assert sorted(row["row"] for row in rows) == [1, 2, 3]
        assert {row["state"] for row in rows} == {"created"}

    def test_results(self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
        ran = command(*RUN, "--yes", "--results", "out.xlsx", "--results", "out.ics")
        assert ran.err.endswith("Written: out.xlsx\nWritten: out.ics\n")
        assert Path("out.ics").read_text().count("BEGIN:VEVENT") == 3

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        ran = command(*RUN, "--yes", "--results", "out.xlsx")
        assert ran.code == 0
        assert "out.xlsx was not written: No space left on device. luminus-zoom ledger export writes it" in ran.err

    def test_more_than_a_day_allows(self, command: Command, mock: MockServer) -> None:
        ran = command(*RUN, "--yes", "--per-day", "2")
        assert ran.code == 4
        assert "At most 2 a day: run the same command again on the days after\n" in ran.err
        assert "Stopped: 2 meetings were sent today, and 2 a day are allowed." in ran.err
        assert ran.err.endswith("1 planned, 2 created\n")


def test_no_secret_of_a_meeting_is_shown_that_was_not_asked_for(command: Command, mock: MockServer) -> None:
    mock.fail_next("answer cut off after creating", when={"name": "CS1010 T2"})
    mock.fail_next("another meeting's answer")
    runs = [
        command(*RUN, "--yes", "--concurrency", "1", "--results", "out.csv"),
        command(*RUN, "--yes"),
        command("ledger", "show", "term.sqlite3"),
        command("ledger", "show", "term.sqlite3", "--events"),
        command("ledger", "resolve", "term.sqlite3", "1", "--created", "https://nus-sg.zoom.us/j/1?pwd=pa55word"),
        command("ledger", "resolve", "term.sqlite3", "1", "--not-created"),
    ]
    shown = "".join(ran.out + ran.err for ran in runs)
    secrets = [meeting[name] for meeting in mock.meetings for name in ("meetingPassword", "hostKey", "joinUrl")]
    assert len(secrets) == 9
    assert [secret for secret in (*secrets, mock.subscription_key, "pwd=", "pa55word") if secret in shown] == []
    # This file is asked for. Its link and passcode are, too.
    results = Path("out.csv").read_text()
    assert mock.meetings[1]["meetingPassword"] in results
    assert [meeting["hostKey"] for meeting in mock.meetings if meeting["hostKey"] in results] == []


class TestRefused:
    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ((), "Error: Nothing was sent: there is no terminal to ask at. Pass --yes.\n"),
            (("--results", "out.txt"), "Error: --results out.txt: the name must end in .csv"),
            (("--results", "term.csv"), "Error: --results term.csv: is the timetable itself; name a new file."),
            (("--match", "lab"), "Error: Nothing was sent; this is wrong:\n  - the timetable: has"),
        ],
    )
    def test_before_anything_is_sent(
        self, command: Command, mock: MockServer, words: tuple[str, ...], told: str
    ) -> None:
        ran = command(*RUN, *words)
        assert (ran.code, len(mock.requests)) == (2, 0)
        assert told in ran.err

    def test_rows_that_are_wrong_are_told_all_at_once(self, command: Command, mock: MockServer) -> None:
        Path("term.csv").write_text(TERM.replace("1h30m", "50").replace(",CS1010 T2", ","))
        ran = command(*RUN, "--yes")
        assert (ran.code, ran.err.count("  - ")) == (2, 3)

    def test_a_row_that_changed(self, command: Command, mock: MockServer) -> None:
        command(*RUN, "--yes")
        Path("term.csv").write_text(TERM.replace("2099-01-20 10:00", "2099-01-20 11:00"))
        ran = command(*RUN, "--yes")
        assert ran.code == 2
        assert ran.err.startswith(
            "Error: Nothing was sent: rows differ from what the ledger says.\n"
            "  term.csv row 3, 2099-01-20 differs from row 3 of the ledger, which is created: start. "
        )
        assert "--look-alike" not in ran.err

    def test_a_series_that_changed(self, command: Command, mock: MockServer) -> None:
        command(*RUN, "--yes")
        Path("term.csv").write_text(TERM.replace("2099-01-19 10:00", "2099-01-19 11:00"))
        err = command(*RUN, "--yes").err
        assert "2099-01-19 differs from row 1 of the ledger" in err
        assert "2099-01-26 differs from row 2 of the ledger" in err

    def test_look_alikes(self, command: Command, mock: MockServer) -> None:
        command(*RUN, "--yes")
        Path("term.csv").write_text(TERM + f"{MODULE},CS1010 T2,2099-01-20 10:00,60,,\n")
        ran = command(*RUN, "--yes")
        assert ran.code == 2
        assert ran.err.endswith("\nTo create look-alikes all the same, pass --look-alike warn.\n")
        ran = command(*RUN, "--yes", "--look-alike", "warn")
        assert ran.code == 0
        assert "Warning: term.csv row 4 has the same module, name and start as row 3 of the ledger" in ran.err

    def test_another_timetables_ledger(self, command: Command, mock: MockServer) -> None:
        command(*RUN, "--yes")
        Path("term.csv").write_text(TERM.replace("CS1010", "CS9999"))
        ran = command(*RUN, "--yes")
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert "is the ledger of another timetable" in ran.err

    def test_rows_that_are_not_in_the_timetable_any_more(self, command: Command, mock: MockServer) -> None:
        command(*RUN, "--yes")
        Path("term.csv").write_text(TERM.rsplit("\n", 2)[0])
        assert "Not sent again: 2 created already, 1 in the ledger but not in the timetable" in command(*RUN).err


class TestOutcomes:
    def test_rejected(self, command: Command, mock: MockServer) -> None:
        mock.fail_next("forbidden", when={"name": "CS1010 T2"})
        ran = command(*RUN, "--yes")
        assert ran.code == 3
        assert "row 3 (term.csv row 3, 2099-01-20) rejected: No meeting was created" in ran.err
        assert ran.err.endswith("2 created, 1 rejected\n")

    def test_unknown(self, command: Command, mock: MockServer) -> None:
        mock.fail_next("connection lost after creating", when={"name": "CS1010 T2"})
        ran = command(*RUN, "--yes")
        assert ran.code == 5
        assert "Meetings that may exist. Look each up in LumiNUS, then say what is there:\n" in ran.err
        assert "3\t2099-01-20 10:00+08:00\tCS1010 T2\n  luminus-zoom ledger resolve term.sqlite3\n" in ran.err
        assert "1 unknown (see luminus-zoom ledger resolve)" in command(*RUN).err

    def test_not_sent(self, command: Command, mock: MockServer) -> None:
        ran = command(*RUN, "--yes", "--base-url", "http://127.0.0.1:9/zoom")
        assert ran.code == 4
        assert "not sent: No meeting was created, nothing was sent: ConnectError" in ran.err

    def test_a_key_that_is_refused_stops_the_run(self, command: Command, mock: MockServer) -> None:
        mock.fail_next("bad key", times=None)
        ran = command(*RUN, "--yes")
        assert ran.code in (3, 4)
        assert "Stopped: " in ran.err

    def test_a_row_in_flight_in_another_process(self, command: Command, mock: MockServer) -> None:
        command(*RUN, "--yes", "--first", "1")
        with Ledger.open("term.sqlite3") as ledger:
            from datetime import timedelta

            ledger.claim({2: ledger.row(2).version}, timedelta(hours=1))
        ran = command(*RUN, "--yes")
        assert ran.code == 5
        assert "1 in flight in another process" in ran.err

    def test_a_ledger_that_fails_on_the_way(
        self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any, **__: Any) -> None:
            raise LedgerError("The ledger term.sqlite3 cannot be used: the disk is full.")

        monkeypatch.setattr(Ledger, "finish", full)
        ran = command(*RUN, "--yes")
        assert ran.code == 5
        assert "Error: The ledger term.sqlite3 cannot be used: the disk is full.\nRun again when the ledger" in ran.err


class TestInterrupt:
    def test_the_first_finishes_what_is_in_flight(
        self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add = RunProgress.add

        def interrupted(self: RunProgress, result: Result) -> None:
            add(self, result)
            if len(mock.meetings) == 1:
                signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(RunProgress, "add", interrupted)
        ran = command(*RUN, "--yes", "--concurrency", "1")
        assert ran.code == 130
        assert "Finishing what is in flight. Ctrl-C again stops at once.\n" in ran.err
        assert set(states()) == {"created", "planned"}
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_the_second_stops_at_once(
        self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class StoppedAtOnce(BaseException):
            pass

        def stop(code: int) -> None:
            raise StoppedAtOnce(code)

        def interrupted(*_: object) -> None:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)

        monkeypatch.setattr(os, "_exit", stop)
        monkeypatch.setattr(RunProgress, "add", interrupted)
        with pytest.raises(StoppedAtOnce, match="130"):
            command(*RUN, "--yes", "--concurrency", "1")


class TestProgress:
    @pytest.fixture
    def result(self, mock: MockServer) -> Result:
        return Result(SimpleNamespace(number=7, source="term.csv row 9", message="Gone."), State.CREATED)  # type: ignore[arg-type]

    def test_time_left(self) -> None:
        assert left_of(0, 10, 1) == left_of(10, 10, 1) == ""
        assert left_of(10, 40, 60) == "0:03:00 left"

    def test_plain_lines_come_now_and_then(self, result: Result, capsys: pytest.CaptureFixture[str]) -> None:
        now = [0.0]
        with Ledger.open("term.sqlite3") as ledger, RunProgress(40, ledger, lambda: now[0]) as shown:
            for _ in range(20):
                now[0] += 1
                shown.add(result)
        lines = capsys.readouterr().err.splitlines()
        assert lines[0] == "5 of 40: 5 created, 1.0/s, 0:00:35 left"
        assert len(lines) == 4

    def test_a_row_that_ended_without_an_error_has_its_own_message(
        self, result: Result, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with Ledger.open("term.sqlite3") as ledger, RunProgress(2, ledger) as shown:
            shown.add(Result(result.row, State.UNKNOWN))
        assert capsys.readouterr().err == "row 7 (term.csv row 9) unknown: Gone.\n"

    def test_a_pause_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Ledger.open("term.sqlite3") as ledger:
            pause = Pause(ledger.now(), "the gateway's rate limit is reached.")
            monkeypatch.setattr(Ledger, "pause", lambda _: pause)
            assert "waiting until " in (line := str(RunProgress(2, ledger).line()))
            assert line.endswith(": the gateway's rate limit is reached.")

    def test_a_bar_on_a_terminal(
        self, result: Result, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from rich.console import Console

        monkeypatch.setattr(progress, "console", lambda file: Console(file=file, force_terminal=True, width=80))
        with Ledger.open("term.sqlite3") as ledger, RunProgress(2, ledger) as shown:
            shown.add(result)
            shown.say("a line above")
        assert "1/2" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
class TestTerminal:
    @pytest.mark.parametrize("columns", [80, 120])
    def test_a_person_is_asked(self, mock: MockServer, columns: int) -> None:
        with Terminal(RUN, Path.cwd(), columns) as terminal:
            terminal.wait_for("Create 3 meetings? [y/N]: ")
            terminal.type("y\n")
            assert terminal.end() == 0
        assert terminal.plain.endswith("3 created\n")
        # rich hides the cursor while the bar is there.
        assert terminal.text.count("\x1b[?25l") == terminal.text.count("\x1b[?25h")
        assert terminal.widest("[y/N]: ") <= columns

    def test_a_person_says_no_and_then_yes(
        self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = io.StringIO("n\ny\n")
        answers.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stdin", answers)
        ran = command(*RUN)
        assert (ran.code, len(mock.requests)) == (4, 0)
        # click 8.1 writes the blank after its question to the other stream.
        assert ran.err.replace("]: ", "]:").endswith("Create 3 meetings? [y/N]:Error: Nothing was sent.\n")
        assert (command(*RUN).code, len(mock.requests)) == (0, 3)

    @pytest.mark.parametrize("answer", ["n\n", "\n"])
    def test_no_is_no(self, mock: MockServer, answer: str) -> None:
        with Terminal(RUN, Path.cwd()) as terminal:
            terminal.wait_for("[y/N]: ")
            terminal.type(answer)
            assert terminal.end() == 4
        assert terminal.plain.endswith("Error: Nothing was sent.\n")
        assert mock.meetings == []

    def test_ctrl_c_at_the_question(self, mock: MockServer) -> None:
        with Terminal(RUN, Path.cwd()) as terminal:
            terminal.wait_for("[y/N]: ")
            terminal.interrupt()
            assert terminal.end() == 130
        assert "Traceback" not in terminal.plain
        assert mock.meetings == []

    def test_ctrl_c_once_and_twice(self, mock: MockServer) -> None:
        mock.fail_next("late answer", seconds=600, times=None)
        with Terminal([*RUN, "--yes", "--concurrency", "2"], Path.cwd()) as terminal:
            terminal.wait_for("0/3")
            while len(mock.meetings) < 2:
                time.sleep(0.01)
            terminal.interrupt()
            terminal.wait_for("Finishing what is in flight.")
            terminal.interrupt()
            assert terminal.end() == 130
        assert "Stopped. What was in flight is unknown" in terminal.plain
        assert "Traceback" not in terminal.plain
        assert states() == ["sending", "sending", "planned"]

    def test_no_colour(self, mock: MockServer) -> None:
        with Terminal([*RUN, "--yes", "--base-url", "http://127.0.0.1:9/zoom"], Path.cwd(), NO_COLOR="1") as terminal:
            assert terminal.end() == 4
        assert "\x1b[3" not in terminal.text
