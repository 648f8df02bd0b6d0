"""`luminus-zoom create`, its options, and what is common to all commands."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from luminus_zoom import ZoomClient, cli, scheduling
from luminus_zoom.cli import main, options
from luminus_zoom.cli.create import create
from luminus_zoom.cli.schedule import schedule
from luminus_zoom.scheduling import Ledger
from luminus_zoom.scheduling.cells import HINTS, RIGHTS, RIGHTS_READERS
from luminus_zoom_mock import MockServer

from .conftest import CREATE, MODULE, Command


class TestStart:
    @pytest.mark.parametrize("option", ["--version", "--help"])
    def test_what_everybody_waits_for_imports_nothing_else(self, option: str) -> None:
        heavy = {"httpx", "luminus_zoom.client", "luminus_zoom_api", "rich", "sqlalchemy", "attrs", "ssl", "asyncio"}
        script = (
            "import sys\nfrom luminus_zoom.__main__ import main\n"
            f"sys.argv = ['luminus-zoom', {option!r}]\ncode = main()\n"
            f"print(*sorted(set(sys.modules) & {heavy!r}), code, file=sys.stderr)"
        )
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert ran.stderr.split() == ["0"]
        assert "luminus-zoom" in ran.stdout

    def test_the_help_lists_the_commands_and_the_exit_codes(self, command: Command) -> None:
        ran = command("--help")
        assert (ran.code, ran.err) == (0, "")
        assert all(f"  {name} " in ran.out for name in main.COMMANDS)
        assert "Exit codes: 0 created, 2 usage, 3 rejected" in ran.out
        assert main.commands.list_commands(click.Context(main.commands)) == list(main.COMMANDS)

    @pytest.mark.parametrize("words", [(), ("ledger",)])
    def test_without_a_command_the_help_is_shown(self, command: Command, words: tuple[str, ...]) -> None:
        ran = command(*words)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("Usage: luminus-zoom")

    def test_as_a_module(self) -> None:
        ran = subprocess.run([sys.executable, "-m", "luminus_zoom", "-V"], capture_output=True, text=True, check=True)
        assert ran.stdout == "luminus-zoom, version 0.1.0\n"

    def test_the_entry_point_runs_the_process_s_arguments(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from luminus_zoom.__main__ import main

        monkeypatch.setattr(sys, "argv", ["luminus-zoom", "--version"])
        assert main() == 0
        assert capsys.readouterr().out.startswith("luminus-zoom, version ")

    def test_without_the_extra(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        from luminus_zoom.__main__ import main

        monkeypatch.setitem(sys.modules, "click", None)
        assert main() == 2
        assert capsys.readouterr().err == "luminus-zoom needs the extra cli: pip install 'luminus-zoom[cli]'\n"

    @pytest.mark.parametrize("name", sorted({*main.COMMANDS} - {"mock", "verify"}))  # Theirs is another program's.
    def test_every_command_has_a_help(self, command: Command, name: str) -> None:
        ran = command(name, "--help")
        assert ran.code == 0
        assert ran.out.startswith(f"Usage: luminus-zoom {name}")

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (
                ["craete"],
                "Error: No such command 'craete'. Did you mean create?\nTry 'luminus-zoom --help' for help.\n",
            ),
            (["x"], "Error: No such command 'x'.\nTry 'luminus-zoom --help' for help.\n"),
            (["create", "--nam", "x"], "Error: No such option"),
            (["create", "--duration", "x"], "Error: Invalid value for '--duration': 'x' is no duration: write minutes"),
            (["create", "--tz", "SGT+8"], "Error: Invalid value for '--tz': 'SGT+8' is no time zone: write its IANA"),
            (["schedule"], "Error: Missing argument 'FILE...'.\nTry 'luminus-zoom schedule --help' for help.\n"),
        ],
    )
    def test_a_wrong_word_costs_two_lines(self, command: Command, words: list[str], told: str) -> None:
        ran = command(*words)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(told)
        assert ran.err.count("\n") == 2

    def test_an_error_of_the_program_itself_is_not_hidden(
        self, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError("a defect")

        monkeypatch.setattr(main.commands, "main", broken)
        with pytest.raises(RuntimeError, match="a defect"):
            command("create")


class TestOptions:
    @pytest.mark.parametrize("name", HINTS)
    def test_every_argument_of_a_meeting_has_an_option(self, name: str) -> None:
        names = {option for parameter in create.params for option in parameter.opts}
        flags = [name] if name != RIGHTS else [f"{RIGHTS}_{part}" for part in RIGHTS_READERS]
        assert {"--" + flag.replace("_", "-") for flag in flags} <= names

    def test_every_other_parameter_of_the_call_has_one(self) -> None:
        assert options.call_parameters() <= {parameter.name for parameter in create.params}

    @pytest.mark.parametrize("each", [*create.params, *schedule.params], ids=lambda it: str(it.name))
    def test_every_option_says_what_it_does(self, each: Any) -> None:
        assert each.param_type_name == "argument" or (each.help and each.help[0].isupper())

    def test_every_option_that_a_message_about_timetables_names_is_there(self) -> None:
        folder = Path(str(scheduling.__file__)).parent
        named = {name for path in folder.glob("*.py") for name in re.findall(r"--[a-z][a-z-]*", path.read_text())}
        assert named == {"--tz", "--module", "--duration", "--match", "--day-first"}
        assert named <= {option for parameter in schedule.params for option in parameter.opts}

    def test_each_gets_where_it_belongs(self, command: Command, mock: MockServer) -> None:
        ran = command(
            *CREATE, "--send-email", "--no-waiting-room", "--record-type", "local", "--authentication-option", "2",
            "--alternative-hosts", "a@x.example,b@x.example", "--alternative-hosts", "c@x.example",
            "--access-groups", f"{MODULE}=3", "--access-public", "6", "--channel-name", "x", "--dry-run", "--json",
        )  # fmt: skip
        assert json.loads(ran.out) == {
            "moduleID": MODULE,
            "name": "CS1010",
            "startDate": "2099-01-19T10:00:00+08:00",
            "duration": 90,
            "isSendEmail": True,
            "isWaitingRoom": False,
            "recordType": 2,
            "authenticationOpt": 2,
            "alternativeHosts": "a@x.example,b@x.example,c@x.example",
            "access": {"groupAccess": [{"groupID": MODULE, "accessRole": 3}], "publicAccess": 6},
            "channelName": "x",
        }
        assert mock.meetings == []

    def test_an_extra_property(self, command: Command, mock: MockServer) -> None:
        ran = command(*CREATE, "--extra", 'colour="red"', "--extra", "duration=7", "--dry-run", "--json")
        assert json.loads(ran.out) | {"colour": "red", "duration": 7} == json.loads(ran.out)

    @pytest.mark.parametrize(
        ("extra", "told"), [("colour", "is no property with its value: write NAME=JSON"), ("colour=red", "is no JSON")]
    )
    def test_an_extra_that_is_none(self, command: Command, extra: str, told: str) -> None:
        ran = command(*CREATE, "--extra", extra)
        assert ran.code == 2
        assert told in ran.err

    def test_documentation_that_is_dedented_by_newer_pythons(self) -> None:
        assert options.DESCRIPTIONS["waiting_room"] == "Whether participants wait to be admitted."
        assert set(HINTS) - {RIGHTS} <= set(options.DESCRIPTIONS)


class TestCreate:
    def test_a_meeting(self, command: Command, mock: MockServer) -> None:
        ran = command(*CREATE)
        (meeting,) = mock.meetings
        assert ran.code == 0
        assert f"link        {meeting['joinUrl']}\npasscode    {meeting['meetingPassword']}\n" in ran.out
        assert "start       2099-01-19T10:00:00+08:00\nduration    90\n" in ran.out
        assert ran.err == ""

    def test_as_json(self, command: Command, mock: MockServer) -> None:
        ran = command(*CREATE, "--json")
        assert json.loads(ran.out)["join_url"] == mock.meetings[0]["joinUrl"]

    def test_a_preview_needs_no_key(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        ran = command(*CREATE, "--dry-run")
        assert ran.code == 0
        assert ran.out.startswith("POST https://luminus.azure-api.net/zoom/Meeting\n")
        assert '"startDate": "2099-01-19T10:00:00+08:00"' in ran.out
        assert ran.err == "Nothing was sent.\n"

    def test_the_zone_of_the_environment(
        self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LUMINUS_TZ", "Europe/Paris")
        words = [word for word in CREATE if word not in ("--tz", "Asia/Singapore")]
        assert command(*words).code == 0
        assert mock.requests[0].json["startDate"] == "2099-01-19T10:00:00+01:00"

    def test_without_a_zone(self, command: Command, mock: MockServer) -> None:
        ran = command(*[word for word in CREATE if word not in ("--tz", "Asia/Singapore")])
        assert ran.code == 2
        assert ran.err.startswith("Error: Invalid value for --start: has no time zone: pass --tz Asia/Singapore\n")

    def test_a_date_of_which_the_order_is_not_certain(self, command: Command) -> None:
        ran = command("create", "--start", "5/2/2027 10:00", "--tz", "Asia/Singapore")
        assert ran.code == 2
        assert "'5/2/2027' can be 5 February or 2 May: write 2027-02-05 or 2027-05-02\n" in ran.err

    def test_all_that_is_wrong_at_once(self, command: Command, mock: MockServer) -> None:
        ran = command("create", "--module", "CS1010", "--duration", "50", "--access-groups", "x=1")
        assert ran.code == 2
        told = set(ran.err.removeprefix("Error: Nothing was sent: ").removesuffix(".\n").split("; "))
        assert told == {
            "--module-id must be a UUID, or a code that config.toml has under [modules] (got 'CS1010')",
            "--access-groups must be a UUID (got 'x')",
            "--name is required",
            "--start is required",
            "--duration must be a multiple of 15 (got 50)",
        }

    def test_unchecked(self, command: Command, mock: MockServer) -> None:
        ran = command(*CREATE[:-1], "50", "--no-validate")
        assert ran.code == 3
        assert len(mock.requests) == 1

    @pytest.mark.parametrize(
        ("fault", "code", "told"),
        [
            ("forbidden", 3, "Error: No meeting was created: "),
            ("connection lost after creating", 5, "Error: "),
            ("rate limit", 3, "Error: "),
        ],
    )
    def test_the_exit_code_is_the_outcome(
        self, command: Command, mock: MockServer, fault: str, code: int, told: str
    ) -> None:
        mock.fail_next(fault)
        ran = command(*CREATE, "--retries", "0")
        assert ran.code == code
        assert ran.err.startswith(told)
        assert ran.err.count("\n") <= 3

    def test_a_gateway_that_is_not_there(self, command: Command, mock: MockServer) -> None:
        ran = command(*CREATE, "--base-url", "http://127.0.0.1:9/zoom", "--retries", "0")
        assert ran.code == 4
        assert ran.err.startswith("Error: No meeting was created, nothing was sent: ConnectError")

    def test_a_missing_key(self, command: Command) -> None:
        ran = command(*CREATE)
        assert ran.code == 2
        assert "there is no subscription key. Set LUMINUS_SUBSCRIPTION_KEY, or pass --subscription-key-f" in ran.err

    def test_another_meetings_link_is_not_shown(self, command: Command, mock: MockServer) -> None:
        mock.fail_next("another meeting's answer", times=2)
        ran = command(*CREATE)
        assert (ran.code, ran.out) == (5, "")
        assert 'the answer belongs to another request: it shows "Somebody else\'s meeting" (' in ran.err
        ran = command(*CREATE, "--json")
        assert (ran.code, json.loads(ran.out)["name"]) == (5, "Somebody else's meeting")

    def test_an_answer_that_breaks_off_but_shows_a_meeting(self, command: Command, mock: MockServer) -> None:
        mock.fail_next("answer cut off after creating")
        ran = command(*CREATE)
        assert ran.code == 0
        assert f"id          {mock.meetings[0]['id']}\n" in ran.out
        assert ran.err.startswith("Warning: A meeting was created (status 201), but its body broke off")
        assert ran.err.endswith(". Do not call again.\n")

    def test_a_deviation(self, command: Command, mock: MockServer) -> None:
        mock.fail_next(201, after_creating=True, body=json.dumps({"id": MODULE, "name": "CS1010"}), times=2)
        ran = command(*CREATE)
        assert (ran.code, ran.out) == (0, f"id    {MODULE}\nname  CS1010\n")
        assert "Warning: the answer breaks the contract at" in ran.err
        ran = command(*CREATE, "--strict")
        assert (ran.code, ran.out) == (0, f"id    {MODULE}\nname  CS1010\n")
        assert ran.err.startswith("Warning: A meeting was created, but the answer breaks the contract: ")

    def test_a_start_in_the_past_is_warned_of(self, command: Command, mock: MockServer) -> None:
        ran = command(*CREATE[:6], "2020-01-19 10:00", *CREATE[7:], "--dry-run")
        assert ran.err == "Warning: the start is in the past.\nNothing was sent.\n"

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("--base-url", "luminus"), "--base-url must be https:// and a host"),
            (("--base-url", "http://example.org"), "Use https, or pass --allow-http."),
            (("--timeout", "0"), "--timeout must be seconds, more than 0"),
            (("--deadline", "-1"), "--deadline must be seconds, more than 0"),
            (("--retries", "-1"), "--retries must be a whole number"),
        ],
    )
    def test_what_is_wrong_is_told_by_the_options(
        self, command: Command, mock: MockServer, words: tuple[str, ...], told: str
    ) -> None:
        ran = command(*CREATE, *words)
        assert (ran.code, mock.requests) == (2, [])
        assert told in ran.err

    @pytest.mark.parametrize(
        ("outcome", "told"),
        [
            ("UNKNOWN", "\nInterrupted. A meeting may exist: look in LumiNUS before you call again.\n"),
            ("NOT_SENT", "\nInterrupted. No meeting was created.\n"),
            (None, "\nInterrupted.\n"),
        ],
    )
    def test_ctrl_c(
        self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch, outcome: str | None, told: str
    ) -> None:
        from luminus_zoom import Outcome

        def interrupt(*_: Any, **__: Any) -> None:
            error = KeyboardInterrupt()
            if outcome:
                error.outcome = Outcome[outcome]  # type: ignore[attr-defined]
            raise error

        monkeypatch.setattr(ZoomClient, "create_meeting", interrupt)
        assert command(*CREATE) == (130, "", told)


class TestLedger:
    def test_a_meeting_is_recorded_and_not_created_twice(self, command: Command, mock: MockServer) -> None:
        assert command(*CREATE, "--ledger", "term.sqlite3").code == 0
        with Ledger.open("term.sqlite3") as ledger:
            assert [row.state for row in ledger.rows()] == ["created"]
        again = command(*CREATE, "--ledger", "term.sqlite3")
        assert again == (
            2,
            "",
            "Error: Nothing was sent: row 1 of the ledger has the same module, name and start, and is created. "
            "To create it all the same, pass --look-alike warn.\n",
        )
        assert len(mock.meetings) == 1

    @pytest.mark.parametrize(("look_alike", "warnings"), [("warn", 1), ("ignore", 0)])
    def test_a_look_alike(self, command: Command, mock: MockServer, look_alike: str, warnings: int) -> None:
        command(*CREATE, "--ledger", "term.sqlite3")
        ran = command(*CREATE, "--ledger", "term.sqlite3", "--look-alike", look_alike)
        assert ran.code == 0
        assert ran.err.count("Warning: command line has the same module, name and start as row 1") == warnings
        assert len(mock.meetings) == 2

    def test_a_long_pause_is_told(self, command: Command, mock: MockServer) -> None:
        mock.fail_next("rate limit", seconds=3600)
        ran = command(*CREATE, "--ledger", "term.sqlite3")
        assert (ran.code, mock.meetings) == (4, [])
        assert ran.err.startswith("Error: Stopped: the gateway's rate limit is reached. 1 row is left. Run again after")

    @pytest.mark.parametrize("fault", ["forbidden", "bad key"])
    def test_what_fails_keeps_its_exit_code(self, command: Command, mock: MockServer, fault: str) -> None:
        mock.fail_next(fault)
        assert command(*CREATE, "--ledger", "term.sqlite3").code == 3

    def test_a_row_that_another_process_sends(
        self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("luminus_zoom.scheduling.schedule", lambda *_, **__: iter(()))
        ran = command(*CREATE, "--ledger", "term.sqlite3")
        assert (ran.code, ran.err) == (4, "Error: Nothing was sent: another process sends this meeting just now.\n")

    @pytest.mark.parametrize("option", [("--no-validate",), ("--extra", "x=1")])
    def test_what_is_not_checked_is_not_recorded(
        self, command: Command, mock: MockServer, option: tuple[str, ...]
    ) -> None:
        ran = command(*CREATE, "--ledger", "term.sqlite3", *option)
        assert (ran.code, mock.meetings) == (2, [])

    def test_a_file_that_is_no_ledger(self, command: Command, mock: MockServer) -> None:
        Path("notes.txt").write_text("buy chalk " * 100)
        ran = command(*CREATE, "--ledger", "notes.txt")
        assert ran.code == 2
        assert ran.err == "Error: The ledger notes.txt cannot be used: it is not a SQLite file.\n"


def test_the_package_itself_imports_nothing() -> None:
    assert Path(str(cli.__file__)).read_text().count("\n") == 1
