"""The command line: where it takes its values from, what it refuses, and what it does with one run."""

import json
import re
import shlex
import socket
from pathlib import Path
from string import Template

import pytest

from contract_tests.defects import CATALOGUE, app_with
from contract_tests.defects.verbs import always
from contract_tests.tests.recording import CREDENTIALS, MODULE, RUN_ID, Recorder, served
from luminus_zoom_contract.__main__ import main
from luminus_zoom_contract.arguments import options, parse, seconds
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_contract.spec.clauses import GATEWAY_KEY
from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY, MockServer, Settings

LIVE = ["--live", "--module-id", MODULE, "--run-id", RUN_ID]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials through the environment alone, and a folder of its own for what a run writes."""
    for name, value in (
        ("BASE_URL", ""),
        ("SUBSCRIPTION_KEY", SUBSCRIPTION_KEY),
        ("TOKEN", ""),
        ("FORBIDDEN_KEY", FORBIDDEN_KEY),
    ):
        monkeypatch.setenv(f"LUMINUS_{name}", value)
    monkeypatch.chdir(tmp_path)


def test_endpoint_and_credentials_come_through_the_environment() -> None:
    given = {
        "LUMINUS_BASE_URL": "http://127.0.0.1:9000/zoom",
        "LUMINUS_SUBSCRIPTION_KEY": "key",
        "LUMINUS_TOKEN": "token",
        "LUMINUS_FORBIDDEN_KEY": "other",
    }
    chosen = options(parse([], given))
    assert chosen.base_url == "http://127.0.0.1:9000/zoom"
    assert [value for _, value in chosen.credentials.secrets()] == ["key", "token", "other"]
    secret = ("SUBSCRIPTION_KEY", "TOKEN", "FORBIDDEN_KEY")
    assert chosen.command == " ".join(
        ["make verify BASE_URL=http://127.0.0.1:9000/zoom", *(f'{it}="${{LUMINUS_{it}:?}}"' for it in secret)]
    )


@pytest.mark.parametrize("name", ["live", "strict", "dry-run", "stop-on-surprise", "allow-hosts", "allow-access"])
def test_flags_are_yes_or_no_and_nothing_else(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    live = ["--base-url", "https://example.org/zoom", "--live", "--module-id", MODULE]
    for text, value in (("1", True), ("true", True), ("YES", True), ("0", False), ("false", False), ("No", False)):
        assert getattr(parse([*live, f"--{name}={text}"], {}), name.replace("-", "_")) is value
    assert getattr(parse([*live, f"--{name}"], {}), name.replace("-", "_")) is True
    with pytest.raises(SystemExit):
        parse([*live, f"--{name}=off"], {})
    assert "'off' is neither yes" in capsys.readouterr().err


def test_live_that_says_no_sends_nothing_to_another_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--base-url", "https://example.org/zoom", "--live=0", "--dry-run"]) == 2
    assert "is not a loopback address" in capsys.readouterr().out


def test_the_printed_command_sends_the_same_case(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the forbidden key there are fewer cases, and another one has the number."""
    with MockServer() as mock:
        given = {
            "LUMINUS_BASE_URL": mock.base_url,
            "LUMINUS_SUBSCRIPTION_KEY": SUBSCRIPTION_KEY,
            "LUMINUS_FORBIDDEN_KEY": "other",
        }
        arguments = ["--module-id", MODULE, "--seed", "3"]
        with Session(options(parse(arguments, given))) as session:
            case, command = session.cases()[-1], session.report()["command"]
    words = dict(word.split("=", 1) for word in shlex.split(command.replace(":?", ""))[2:])
    filled = [
        f"--{name.lower().replace('_', '-')}={Template(value).substitute(given)}" for name, value in words.items()
    ]
    with Session(options(parse(filled, {}))) as session:
        again = session.cases()[case.number - 1]
    assert (again.title, again.request) == (case.title, case.request)


def test_an_argument_outweighs_the_environment() -> None:
    assert parse(["--subscription-key", "mine"], {"LUMINUS_SUBSCRIPTION_KEY": "theirs"}).subscription_key == "mine"


def test_empty_is_absent() -> None:
    empty = dict.fromkeys(
        ("LUMINUS_BASE_URL", "LUMINUS_SUBSCRIPTION_KEY", "LUMINUS_TOKEN", "LUMINUS_FORBIDDEN_KEY"), ""
    )
    chosen = options(parse(["--base-url", "", "--module-id", ""], empty))
    assert (chosen.base_url, chosen.module_id, chosen.credentials.secrets()[1:]) == (
        "",
        "",
        [("bearer token", ""), ("forbidden key", "")],
    )


@pytest.mark.parametrize(("text", "wanted"), [("60s", 60), ("5m", 300), ("1h", 3600), ("90", 90), ("1.5s", 1.5)])
def test_times_are_read_as_people_write_them(text: str, wanted: float) -> None:
    assert seconds(text) == wanted


@pytest.mark.parametrize(
    "arguments",
    [
        ["--live", "--base-url", "https://example.org/zoom"],
        ["--live", "--module-id", MODULE],
        [*LIVE, "--base-url", "https://example.org/zoom", "--budget", "60s"],
        ["--max-creates", "3"],
        ["--allow-hosts"],
        ["--budget", "60 parsecs"],
        ["--module-id", "CS1010"],
    ],
)
def test_a_command_without_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--base-url", "https://example.org/zoom"], "LIVE=1"),
        (["--base-url", "https://example.org/zoom", "--dry-run"], "LIVE=1"),
        (["--base-url", "http://example.org/zoom", *LIVE], "https"),
        (["--base-url", "https://example.org/zoom", *LIVE, "--run-id", "A b"], "--run-id"),
        (["--base-url", "https://example.org/zoom", *LIVE, "--max-creates", "0"], "at least one creation"),
        (["--base-url", "https://example.org/zoom", *LIVE, "--rate", "0"], "a rate above zero"),
    ],
)
def test_what_must_not_be_sent_to_is_refused(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    assert main(arguments) == 2
    said = capsys.readouterr().out
    assert said.startswith("refused: ")
    assert reason in said.replace("\n", " ")


def test_a_dry_run_lists_exactly_what_a_live_run_sends(capsys: pytest.CaptureFixture[str]) -> None:
    app = Recorder()
    with served(app) as url:
        arguments = ["--base-url", url, *LIVE, "--seed", "4"]
        assert main([*arguments, "--dry-run"]) == 0
        assert app.requests == []
        assert not Path("build").exists(), "a dry run creates nothing, not even a file"
        listed = capsys.readouterr().out
        assert main([*arguments, "--rate", "10000"]) == 0
    assert SUBSCRIPTION_KEY not in listed
    said = [part.split("\n", 1)[1].strip() for part in re.split(r"^# \d+ ", listed, flags=re.MULTILINE)[1:]]
    said[-1] = said[-1].rpartition("\n")[0].strip()
    sent = []
    for request in app.requests:
        headers = {name.lower(): value for name, value in request.headers}
        headers |= {name: "[masked]" for name in (GATEWAY_KEY.lower(), "authorization") if name in headers}
        sent.append((request.method, request.target, headers, request.body.decode()))
    assert [_read(text) for text in said] == sent
    assert f"{len(sent)} requests would be sent, of which at most 5 may create a meeting" in listed


def _read(text: str) -> tuple[str, str, dict[str, str], str]:
    head, _, body = text.partition("\n\n")
    line, *headers = head.splitlines()
    method, target, _ = line.split(" ")
    return method, target, {k.lower(): v for k, v in (header.split(": ", 1) for header in headers)}, body


def test_a_live_run_through_the_front_door(capsys: pytest.CaptureFixture[str]) -> None:
    with MockServer(Settings(module_ids=frozenset({MODULE}))) as mock:
        assert main(["--base-url", mock.base_url, *LIVE, "--rate", "10000"]) == 0
        assert len(mock.meetings) == 5
        passwords = [meeting["meetingPassword"] for meeting in mock.meetings]
        ids = [meeting["id"] for meeting in mock.meetings]
    folder = Path("build/conformance")
    assert [json.loads(line).get("id") for line in (folder / "created.jsonl").read_text().splitlines()[1:]] == ids
    written = "".join(path.read_text("utf-8") for path in folder.iterdir()) + capsys.readouterr().out
    assert not any(secret in written for secret in (*passwords, SUBSCRIPTION_KEY, FORBIDDEN_KEY))
    assert json.loads((folder / "report.json").read_text())["live"]["created"] == 5


def test_a_key_that_is_not_valid_is_no_conforming_run(capsys: pytest.CaptureFixture[str]) -> None:
    with MockServer() as mock:
        assert main(["--base-url", mock.base_url, *LIVE, "--rate", "10000", "--subscription-key", "wrong"]) == 3
    assert "inconclusive" in capsys.readouterr().out


def test_one_case_is_sent_again(capsys: pytest.CaptureFixture[str]) -> None:
    with served(app := Recorder()) as url:
        assert main(["--base-url", url, "--module-id", MODULE, "--case", "7"]) == 0
    assert len(app.requests) == 2
    with served(app_with(always("startDate", "2035-01-01T00:00:00Z"))) as url:
        assert main(["--base-url", url, "--module-id", MODULE, "--case", "1"]) == 1
        assert main(["--base-url", url, "--module-id", MODULE, "--case", "99999"]) == 2
    said = capsys.readouterr().out
    assert "breaks nothing" in said
    assert "breaks echo.startDate: startDate is" in said
    assert CREDENTIALS.key not in said


def test_a_whole_run_ends_with_its_reports(capsys: pytest.CaptureFixture[str]) -> None:
    """All parts together, the property-based ones included, on a server that cuts names."""

    defect = next(name for name in CATALOGUE if name.startswith("name-cut"))
    with MockServer(app_with(defect)) as mock:
        options = ["--base-url", mock.base_url, "--examples", "5", "--database", "none", "--out", "here"]
        assert main(options) == 1
    said = capsys.readouterr().out
    assert re.search(r"^broken +What was sent does not come back: name, topic was cut", said, re.MULTILINE)
    assert "CASE=" in said
    assert {path.name for path in Path("here").iterdir()} == {
        "report.json",
        "report.html",
        "details.html",
        "junit.xml",
        "report.sarif",
    }
    report = json.loads(Path("here/report.json").read_text("utf-8"))
    exercised = {clause["id"] for clause in report["clauses"] if clause["cases"]}
    assert {"fuzz.schemathesis", "wrapper.round-trip", "wrapper.reads-any-answer"} <= exercised
    assert report["inconclusive_because"] == []


def test_the_mock_of_a_run_does_not_warn_of_what_is_no_http_on_purpose(caplog: pytest.LogCaptureFixture) -> None:
    with Session(Options()) as session:
        session.run_cases(["protocol", "credentials"])
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
