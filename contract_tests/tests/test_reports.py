"""The reports: true to the run, valid, without secrets, and unharmed by whatever a server puts into its answers."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from rich.console import Console

from contract_tests.defects import app_with
from contract_tests.defects.verbs import Document, changes, meeting, outgoing, sent, shows
from contract_tests.tests.recording import CREDENTIALS, MODULE, Recorder, served
from luminus_zoom_contract import cases as systematic
from luminus_zoom_contract.cases.case import Credentials, Maker
from luminus_zoom_contract.report import files as reports
from luminus_zoom_contract.report.masking import Mask, harmless
from luminus_zoom_contract.report.reproduction import Reproduction
from luminus_zoom_contract.report.results import KEPT_FAILURES, Failure, Results
from luminus_zoom_contract.run.session import Options, Session, maker_for
from luminus_zoom_contract.run.transport import HttpRequest
from luminus_zoom_contract.run.wrapper_calls import script_for
from luminus_zoom_contract.spec.document import Contract, decoded
from luminus_zoom_mock import SUBSCRIPTION_KEY, TOKEN, MockServer
from luminus_zoom_mock.exchange import Call

SECRETS = ("p4ssw0rd", "777888", "t0ken-of-the-url", SUBSCRIPTION_KEY)
ANSI = "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b2J"
ATTACK = f"</pre><script>alert(1)</script>\"'&lt;{ANSI}\u202egnp.exe\ufffe\x00"

CONTRACT = Contract.load()
MASK = Mask((), CONTRACT.sensitive)


def _spoilt(it: Document, call: Call) -> Document:
    url = f"https://nus-sg.zoom.us/j/{it['meetingID']}?pwd={SECRETS[2]}"
    secrets = dict(zip(("meetingPassword", "hostKey", "userName", "apiUserName"), SECRETS[:2] * 2, strict=True))
    channel = ATTACK * (20_000 if sent(call, "recordType") is not None else 1)
    attacks = dict.fromkeys(("name", "recordType", "meetingAuthentication", ATTACK), ATTACK)
    return it | secrets | attacks | {"joinUrl": url, "topic": SECRETS[2], "channelName": channel}


@pytest.fixture(scope="module")
def hostile() -> dict[str, Any]:
    """The record of a run against a server that attacks whoever reads about it."""

    refusal = f"{ATTACK} meetingPassword={SECRETS[0]}".encode()
    evil = (b"x-evil", f"{ANSI}<script>".encode())
    with_header = outgoing(lambda _, it: replace(it, headers=[*it.headers, evil]))
    app = app_with(meeting(_spoilt), changes(400, body=refusal), with_header)
    with Session(Options(credentials=CREDENTIALS, module_id=MODULE, time_limit=1.0), app) as session:
        session.run_cases(["sequences", "values"])
        session.results.notes.append(f"a note {ATTACK}\ud800")
        return session.report()


@pytest.fixture(scope="module")
def honest() -> dict[str, Any]:
    """The record of a run against an honest server."""
    with Session(Options(credentials=CREDENTIALS, module_id=MODULE), Recorder()) as session:
        session.run_cases()
        return session.report()


class _Page(HTMLParser):
    """The elements of a page, and the text that a reader sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.seen = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.seen += data


@pytest.mark.parametrize("run", ["honest", "hostile"])
def test_every_file_is_valid(run: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    report = request.getfixturevalue(run)
    reports.write(report, tmp_path)
    read = json.loads((tmp_path / "report.json").read_text("utf-8"))
    schema = json.loads(reports.SCHEMA.read_text("utf-8"))
    jsonschema_rs.meta.validate(schema)
    assert [error.message for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(read)] == []
    _assert_junit(ET.parse(tmp_path / "junit.xml").getroot(), read)  # noqa: S314 - our own
    assert _Page((tmp_path / "report.html").read_text("utf-8")).elements[0][0] == "html"


def _assert_junit(root: ET.Element, report: dict[str, Any]) -> None:
    """What tools expect of JUnit XML: the elements in their places, unique cases, and counts that add up."""
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} <= set(suite.attrib)
        assert {case.tag for case in suite} == {"testcase"}
        assert int(suite.attrib["tests"]) == len(suite)
        for tag, count in (("failure", "failures"), ("skipped", "skipped")):
            assert int(suite.attrib[count]) == len(suite.findall(f"testcase/{tag}"))
    assert int(root.attrib["tests"]) == sum(len(suite) for suite in root) == len(report["clauses"])
    assert int(root.attrib["failures"]) == sum(c["severity"] == "failure" for c in report["clauses"])
    names = [case.attrib["name"] for case in root.iter("testcase")]
    assert len(names) == len(set(names))


def test_the_schema_describes_every_property() -> None:
    def undescribed(node: Any, place: str) -> Iterator[str]:
        if isinstance(node, dict):
            for name, child in node.get("properties", {}).items():
                if "$ref" not in child and "description" not in child:
                    yield f"{place}.{name}"
            for name, child in node.items():
                yield from undescribed(child, f"{place}/{name}")

    assert list(undescribed(json.loads(reports.SCHEMA.read_text("utf-8")), "")) == []


def test_no_report_has_a_secret(hostile: dict[str, Any], tmp_path: Path) -> None:
    reports.write(hostile, tmp_path)
    written = "".join(path.read_text("utf-8") for path in tmp_path.iterdir()) + _terminal(hostile)
    assert [secret for secret in SECRETS if secret in written] == []
    assert "meetingAuthentication" in written
    assert "[meetingPassword]" in written


def test_the_page_shows_an_attack_and_does_not_run_it(hostile: dict[str, Any], tmp_path: Path) -> None:
    reports.write(hostile, tmp_path)
    text = (tmp_path / "report.html").read_text("utf-8")
    page = _Page(text)
    assert "<script>alert(1)</script>" in page.seen
    tags = {tag for tag, _ in page.elements}
    assert tags & {"script", "iframe", "img", "object", "form", "link", "base"} == set()
    assert [attributes for _, attributes in page.elements if any(name.startswith("on") for name in attributes)] == []
    links = {attributes["href"] for tag, attributes in page.elements if tag == "a"}
    assert all(str(link).startswith("details.html") for link in links)
    assert len(text.encode()) <= 300_000


@pytest.mark.parametrize("run", ["honest", "hostile"])
def test_the_page_is_small_and_the_rest_is_on_another(run: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    report = request.getfixturevalue(run)
    reports.write(report, tmp_path)
    assert (tmp_path / "report.html").stat().st_size <= 300_000
    kept = [failure["message"] for clause in report["clauses"] for failure in clause["failures"]]
    seen = " ".join(_Page((tmp_path / "details.html").read_text("utf-8")).seen.split())
    assert [message for message in kept if " ".join(message.split()) not in seen] == []


def test_nothing_moves_the_readers_cursor(hostile: dict[str, Any], tmp_path: Path) -> None:
    reports.write(hostile, tmp_path)
    for path in tmp_path.iterdir():
        assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", path.read_text("utf-8")) == [], path.name
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", _terminal(hostile)) == []


def _terminal(report: dict[str, Any]) -> str:
    file = StringIO()
    reports.print_summary(report, Console(file=file, width=120, color_system=None))
    return file.getvalue()


def test_a_name_of_a_megabyte_does_not_fill_a_report(hostile: dict[str, Any]) -> None:
    longest = max(len(text) for c in hostile["clauses"] for f in c["failures"] for text in map(str, f.values()))
    assert longest < 10_000


def test_every_link_of_the_page_leads_somewhere(hostile: dict[str, Any], tmp_path: Path) -> None:
    reports.write(hostile, tmp_path)
    page, details = (_Page((tmp_path / f"{name}.html").read_text("utf-8")).elements for name in ("report", "details"))
    places = [attributes["id"] for _, attributes in details if "id" in attributes]
    links = {attributes["href"] for tag, attributes in page if tag == "a"}
    assert {f"details.html#{place}" for place in places} == links - {"details.html"}
    assert len(places) == len(set(places)) == len(hostile["clauses"])
    assert {it["href"] for tag, it in details if tag == "a"} == {"report.html"}


def test_the_page_needs_nothing_but_itself(honest: dict[str, Any], tmp_path: Path) -> None:
    reports.write(honest, tmp_path)
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "default-src 'none'" in text
    assert re.findall(r"(?:src|href)=\"(?!details.html)|url\(|@import", text) == []
    assert "prefers-color-scheme: dark" in text
    assert "Keeps the contract" in _Page(text).seen


def test_the_summary_is_worst_first_and_folds_what_held(hostile: dict[str, Any]) -> None:
    said = _terminal(hostile)
    lines = said.splitlines()
    kinds = [line.split()[0] for line in lines if line.startswith(("broken ", "finding "))]
    assert kinds == sorted(kinds)
    assert lines[0].startswith("broken   nothing of another meeting is in an answer")
    assert re.search(r"^held +\d+ clauses: .*request \d+", said, re.MULTILINE)
    assert f"CASE={hostile['causes'][0]['failure']['number']}" in said
    assert lines[-1].startswith("meetings") or "broken: the endpoint breaks the contract" in said


def test_the_command_of_a_failure_shows_it_again() -> None:
    cut = shows("name", lambda it: it[:50])
    options = Options(credentials=CREDENTIALS, module_id=MODULE)
    with Session(options, app_with(cut)) as session:
        session.run_cases()
        failure = session.results.entries["echo.name"].failures[0]
        case = session.cases()[failure.number - 1]
    assert case.title == failure.case
    with Session(options, app_with(cut)) as session:
        session.runner.send(session.cases()[failure.number - 1])
        assert session.results.entries["echo.name"].broken == 1


def test_the_smallest_failures_are_kept() -> None:
    results = Results(_maker("http://127.0.0.1").clauses)
    for size in (900, 30, 500, 10, 700, 20, 800, 15):
        results.broke("echo.name", Failure(f"{size}", size=size), size)
    entry = results.entries["echo.name"]
    assert [failure.size for failure in entry.failures] == [10, 15, 20, 30, 500]
    assert (entry.broken, KEPT_FAILURES) == (8, 5)


def test_a_failure_that_is_not_kept_is_not_made() -> None:
    results = Results(_maker("http://127.0.0.1").clauses)
    for _ in range(KEPT_FAILURES):
        results.broke("echo.name", Failure("small", size=1), 1)
    results.broke("echo.name", lambda: pytest.fail("it was made"), 2)
    assert results.entries["echo.name"].broken == KEPT_FAILURES + 1


# --- masking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"meetingPassword":"x7Kp2q"}',
        '{"meetingPassword" : "x7Kp2q"}',
        '{"MeetingPassword":"x7Kp2q"}',
        '"{\\"meetingPassword\\":\\"x7Kp2q\\"}"',
        "meetingPassword=x7Kp2q&x=1",
        "meetingPassword: x7Kp2q",
        "{'hostKey': 'x7Kp2q'}",
        "https://nus-sg.zoom.us/j/1?pwd=x7Kp2q",
        "/zoom/Meeting?a=1&subscription-key=x7Kp2q",
        "Set-Cookie: x7Kp2q",
        "Authorization: Bearer x7Kp2q",
    ],
)
def test_a_secret_is_masked_wherever_its_name_stands(text: str) -> None:
    assert "x7Kp2q" not in MASK(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"meetingAuthentication":true,"authenticationOpt":2,"isSetPassword":true}',
        "isSetPassword is True, and there is no password",
        "meetingPassword has 12 characters, or ones that Zoom does not allow",
        "the bearer token is checked before the body",
        '{"name":"Authorization of pwd"}',
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Mask([("key", ""), ("token", TOKEN)], CONTRACT.sensitive)(text) == text


def test_what_the_contract_marks_as_sensitive_is_masked_under_any_name() -> None:
    mask = Mask((), {"hostPin": True, "guestUrl": "query"})
    assert "998877" not in mask('{"hostPin":"998877"} hostPin: 998877')
    found = mask.secrets_in(
        {"list": [{"hostPin": "998877", "guestUrl": "https://example.org/?code=abcdef"}], "note": 1}
    )
    assert found == [("hostPin", "998877"), ("pwd", "abcdef")]


def test_a_secret_that_an_answer_brings_is_known_wherever_it_stands() -> None:
    body = b'{"meetingPassword":"x7Kp2q","joinUrl":"https://zoom.us/j/1?pwd=abcdef","hostKey":"012345","note":1}'
    secrets = MASK.secrets_in(decoded(body))
    assert secrets == [("meetingPassword", "x7Kp2q"), ("pwd", "abcdef"), ("hostKey", "012345")]
    masked = MASK.knowing(secrets)("topic x7Kp2q, 012345, abcdef")
    assert masked == "topic [meetingPassword], [hostKey], [pwd]"


@pytest.mark.parametrize("key", ["123456", "2035", "18", "10"])
def test_a_short_secret_does_not_eat_its_surroundings(key: str) -> None:
    around = '{"userID":"e0123456","startDate":"2035-01-18T10:00:00+08:00","meetingID":"20351234561"}'
    mask = MASK.knowing([("hostKey", key)])
    assert mask(around) == around
    assert mask(f'{{"hostKey":"{key}","topic":"{key}","note":"it is {key}."}} ?pwd={key}') == (
        '{"hostKey":"[hostKey]","topic":"[hostKey]","note":"it is [hostKey]."} ?pwd=[pwd]'
    )


def test_a_key_is_masked_inside_of_other_text() -> None:
    assert Mask([("key", SUBSCRIPTION_KEY)])(f"x{SUBSCRIPTION_KEY}y") == "x[key]y"


def test_text_of_others_is_made_harmless() -> None:
    assert harmless("a\x1b[1m\tb\nc\u202e\x9b\ud800\x00") == "a\\x1b[1m\tb\nc\\u202e\\x9b\\ud800\\x00"
    assert harmless("x" * 100, 10) == "xxxxxxxxxx … (100 characters)"


# --- reproduction ----------------------------------------------------------------------------------------------------


def _maker(base_url: str, credentials: Credentials = CREDENTIALS) -> Maker:
    where = {"host": base_url.split("/")[2], "base_path": "/zoom", "scope": MODULE, "seed": 3}
    return maker_for(CONTRACT, CONTRACT.operations["addMeeting"], credentials, **where)


def test_curl_sends_the_same_bytes() -> None:
    """A sample of the systematic cases, from its simplest to its oddest requests."""
    app = Recorder()
    with served(app) as base_url:
        origin = base_url.removesuffix("/zoom")
        reproduction = Reproduction(origin, CREDENTIALS)
        cases = [case for case in systematic.cases(_maker(base_url)) if _can_be_curled(case.request, reproduction)]
        sample = cases[:: len(cases) // 60]
        script = "\n".join(reproduction.curl(case.request) + " > /dev/null" for case in sample)
        environment = {
            **os.environ,
            "LUMINUS_SUBSCRIPTION_KEY": CREDENTIALS.key,
            "LUMINUS_FORBIDDEN_KEY": CREDENTIALS.forbidden_key,
        }
        assert CREDENTIALS.key not in script
        subprocess.run(["sh", "-c", script], check=True, env=environment, timeout=60)
    assert [_comparable(it) for it in app.requests] == [_comparable(case.request) for case in sample]


def _can_be_curled(request: HttpRequest, reproduction: Reproduction) -> bool:
    return "[masked]" not in (curl := reproduction.curl(request)) and curl != "" and request.method != "HEAD"


def _comparable(request: HttpRequest) -> tuple[Any, ...]:
    headers = {name.lower(): value.strip() for name, value in request.headers}
    return (request.method, request.target, {k: v for k, v in headers.items() if k != "content-length"}, request.body)


def test_a_part_of_a_key_is_no_part_of_a_command() -> None:
    maker = _maker("http://127.0.0.1/zoom")
    for value in (CREDENTIALS.key[:-1], CREDENTIALS.key[:16], CREDENTIALS.key[1:] + "0"):
        curl = Reproduction("http://127.0.0.1", CREDENTIALS).curl(
            maker.post(b"").having("Ocp-Apim-Subscription-Key", value)
        )
        assert CREDENTIALS.key[4:10] not in curl
        assert "[masked]" in curl


def test_a_call_of_the_wrapper_runs_and_sends_the_same_body(tmp_path: Path) -> None:
    with MockServer() as mock:
        maker = _maker(mock.base_url)
        origin = mock.base_url.removesuffix("/zoom")
        legal = (case for case in systematic.cases(maker) if 201 in case.expect)
        scripts = {text: case for case in legal if (text := script_for(origin, CREDENTIALS, case))}
        chosen = list(scripts)[:: len(scripts) // 12]
        sample = [scripts[text] for text in chosen]
        script = tmp_path / "calls.py"
        script.write_text("\n".join(chosen), "utf-8")
        environment = {**os.environ, "LUMINUS_SUBSCRIPTION_KEY": mock.subscription_key}
        ran = subprocess.run(
            [sys.executable, script], env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert ran.stderr == ""
        assert [meeting["name"] for meeting in mock.meetings] == [case.body["name"] for case in sample]
    assert len(sample) >= 12


def test_a_call_is_offered_for_what_the_wrapper_would_refuse_as_well() -> None:
    maker = _maker("http://127.0.0.1/zoom")
    case = maker.judged("request.duration.minimum", "too short", {**maker.minimal(), "duration": 14})
    call = script_for("http://127.0.0.1", CREDENTIALS, case)
    assert "duration=14" in call
    assert "validate=False" in call
