"""The guard of a real endpoint, put to loopback servers that count: nobody gets around it, and little is created."""

import contextlib
import email.utils
import functools
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test

from contract_tests.tests.recording import (
    MODULE,
    NAME,
    RUN_ID,
    Recorder,
    creates_all,
    events,
    harm,
    legal,
    live_session,
    refuses_all,
    request_of,
)
from luminus_zoom import ZoomError
from luminus_zoom_contract import cases as systematic
from luminus_zoom_contract.cases.case import encode
from luminus_zoom_contract.cases.strategies import drawn_case
from luminus_zoom_contract.checks.add_meeting import AddMeeting
from luminus_zoom_contract.run import wrapper_calls
from luminus_zoom_contract.run.adapters import HttpxTransport, requests_session
from luminus_zoom_contract.run.guard import LONGEST_WAIT, CreatedLog, Guard
from luminus_zoom_contract.run.permission import Permission, Rules
from luminus_zoom_contract.run.schemathesis_run import view
from luminus_zoom_contract.run.session import Live, Session
from luminus_zoom_contract.run.transport import (
    EndedError,
    HttpRequest,
    NoAnswerError,
    WithheldError,
)
from luminus_zoom_contract.run.wrapper_calls import client
from luminus_zoom_contract.spec.document import Contract

QUICK = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))


# --- each generator, put to a server that refuses (so that all of it is tried) and to one that creates -------------
OPERATION = Contract.load().operations["addMeeting"]
RESTRICTIONS = AddMeeting.restrictions
assert RESTRICTIONS is not None


def by_battery(session: Session) -> None:
    for case in systematic.cases(session.maker("cases")):
        _try(functools.partial(session.exchange.send, case.request))


def by_hypothesis(session: Session) -> None:
    maker = session.maker("bodies")

    def attempt(data: st.DataObject) -> None:
        case = drawn_case(data.draw, maker)
        _try(lambda: session.exchange.send(case.request))
        if isinstance(case.body, dict):  # and with what the guard asks for, so that not all of it is kept back
            marked = {name: value for name, value in case.body.items() if name not in {"access", "alternativeHosts"}}
            for body in ({**case.body, "name": NAME}, {**marked, "name": NAME, "isSendEmail": False}):
                _try(lambda: session.exchange.send(maker.post(encode(body))))  # noqa: B023 - called at once

    QUICK(hypothesis.seed(1)(hypothesis.given(data=st.data())(attempt)))()


def by_schemathesis(session: Session) -> None:
    schema = schemathesis.openapi.from_dict(view(session.contract))
    schema.config.update(base_url="http://localhost/zoom")
    operation = cast(Any, schema)["/Meeting"]["POST"]

    def attempt(case: Any) -> None:
        _try(lambda: case.call(session=requests_session(session.exchange)))
        if isinstance(case.body, dict):  # and with what the guard asks for, so that not all of it is kept back
            case.body = {**case.body, "name": NAME, "moduleID": MODULE}
            case.body.pop("access", None)
            _try(lambda: case.call(session=requests_session(session.exchange)))

    config = HypothesisTestConfig(project=schema.config, modes=[HypothesisTestMode.FUZZING], settings=QUICK, seed=1)
    create_test(operation=operation, test_func=attempt, config=config)()


def by_wrapper(session: Session) -> None:
    def attempt(given: dict[str, Any]) -> None:
        for arguments in (given, {**given, "name": NAME}, {**given, "name": NAME, "access": None, "send_email": True}):
            with client(session, HttpxTransport(session.exchange)) as zoom:
                _try(lambda: zoom.create_meeting(**arguments))  # noqa: B023 - called at once

    QUICK(hypothesis.seed(1)(hypothesis.given(wrapper_calls.arguments(session.maker("wrapper")))(attempt)))()


def by_example(session: Session) -> None:
    for _ in range(12):
        wrapper_calls.example_meeting(session)


def by_second_connections(session: Session) -> None:
    def work() -> None:
        with session.exchange.another() as other:
            for _ in range(10):
                _try(lambda: other.send(request_of(session, legal())))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def by_live_run(session: Session) -> None:
    session.run_cases()
    wrapper_calls.example_meeting(session)


def _try(send: Callable[[], object]) -> None:
    with contextlib.suppress(WithheldError, NoAnswerError, ZoomError):
        send()


GENERATORS = [
    by_battery,
    by_hypothesis,
    by_schemathesis,
    by_wrapper,
    by_example,
    by_second_connections,
    by_live_run,
]


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda it: it.__name__)
def test_no_generator_gets_anything_harmful_out(generator: Callable[[Session], None], tmp_path: Path) -> None:
    app = Recorder(refuses_all)
    with live_session(app, tmp_path / "created.jsonl") as session:
        generator(session)
    assert len(app.requests) > 5, "a guard that lets nothing through proves nothing"
    assert [found for request in app.requests if (found := harm(request))] == []


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda it: it.__name__)
def test_no_generator_creates_more_than_is_allowed(generator: Callable[[Session], None], tmp_path: Path) -> None:
    app = Recorder(creates_all)
    with live_session(app, tmp_path / "created.jsonl") as session:
        generator(session)
    assert 1 <= app.created <= 5
    assert sum(event["event"] == "created" for event in events(tmp_path / "created.jsonl")) == app.created


# --- single tricks ---------------------------------------------------------------------------------------------------


def _with_member(name: str) -> bytes:
    return legal(**{name: True})


BODIES: dict[str, bytes] = {
    "an e-mail": legal(isSendEmail=True),
    "an e-mail in capitals": legal(ISSENDEMAIL=True),
    "an e-mail in full width": _with_member("\uff49sSendEmail"),
    "an e-mail with a dotless i": _with_member("\u0131sSendEmail"),
    "an e-mail with a long s": _with_member("i\u017fSendEmail"),
    "an e-mail in snake case": legal(is_send_email=True),
    "an e-mail as text": legal(isSendEmail="true"),
    "an e-mail as 1": legal(isSendEmail=1),
    "an e-mail as null": legal(isSendEmail=None),
    "an e-mail in a list": legal(isSendEmail=[True]),
    "an e-mail inside another property": legal(lessonID={"isSendEmail": True}),
    "an e-mail by escapes": legal()[:-1] + b',"isSend\\u0045mail":true}',
    "an e-mail twice": legal()[:-1] + b',"isSendEmail":false,"isSendEmail":true}',
    "an e-mail in single quotes": legal()[:-1] + b",'isSendEmail':true}",
    "an e-mail without quotes": legal()[:-1] + b",isSendEmail:true}",
    "an e-mail behind a comment": legal()[:-1] + b',/**/"isSend/**/Email":true}',
    "an e-mail in broken JSON": legal()[:-1] + b',"isSendEmail":true',
    "an e-mail in broken JSON, by escapes": legal()[:-1] + b',"isSend\\u0045mail":true,}',
    "an e-mail after the body": legal() + b'{"isSendEmail":true}',
    "an e-mail in the name": legal(name=f'{NAME}","isSendEmail":true,"x":"'),
    "an e-mail in the channel's name": legal(channelName="x&isSendEmail=true"),
    "UTF-16": legal(isSendEmail=True).decode().encode("utf-16"),
    "UTF-32": legal(isSendEmail=True).decode().encode("utf-32"),
    "UTF-8 with a byte-order mark": b"\xef\xbb\xbf" + legal(isSendEmail=True),
    "Latin-1": legal(name=f"{NAME} é").decode().encode("latin-1"),
    "an entity": legal(channelName="x")[:-2] + b"&#101;",
    "a form": f"name={NAME}&isSendEm%61il=true".encode(),
    "gzip": b"\x1f\x8b\x08\x00" + legal(),
    "a NUL": legal()[:-1] + b"\0}",
    "600 levels": legal()[:-1] + b',"access":' + b"[" * 600 + b"]" * 600 + b"}",
    "100,000 levels": b"[" * 100_000,
    "access": legal(access={"groupAccess": []}),
    "publicAccess": legal(access={"publicAccess": 1}),
    "publicAccess alone": legal(publicAccess=1),
    "groupAccess alone": legal(groupAccess=[]),
    "accessRole alone": legal(accessRole=1),
    "inheritedResourceID alone": legal(inheritedResourceID=MODULE),
    "alternativeHosts": legal(alternativeHosts="ann@example.org"),
    "alternativeHosts in small letters": legal(alternativehosts="ann@example.org"),
    "an unknown property": legal(notifyEverybody=True),
    "no mark": legal(name="CS1010 lecture"),
    "the mark in another property": legal(name="CS1010", channelName=RUN_ID),
    "the mark in a list for a name": legal(name=[RUN_ID]),
    "a second name": legal()[:-1] + b',"name":"x"}',
    "a name in capitals": legal(Name="x"),
    "no name": b'{"duration":90}',
    "a list of meetings": b"[" + legal() + b"]",
    "another module": legal(moduleID="1f8fad5b-d9cb-469f-a165-70867728950e"),
    "another module in broken JSON": legal(moduleID="1f8fad5b-d9cb-469f-a165-70867728950e")[:-1],
    "a second module": legal()[:-1] + b',"moduleID":"1f8fad5b-d9cb-469f-a165-70867728950e"}',
    "no module but null": legal(moduleID=None),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_not_proved_harmless_is_not_sent(name: str, tmp_path: Path) -> None:
    app = Recorder(refuses_all)
    with live_session(app, tmp_path / "log") as session, pytest.raises(WithheldError):
        session.exchange.send(request_of(session, BODIES[name]))
    assert app.requests == []


@pytest.mark.parametrize(
    "body",
    [
        legal(),
        legal(isSendEmail=False),
        legal(name=f"{NAME} Größe 课 🎉 access"),
        legal(duration="90"),
        legal(moduleID=MODULE.upper()),
        legal(moduleID=f"{{{MODULE}}}"),
        legal()[:-1],
        legal()[:-1] + b",}",
        b"// a comment\n" + legal(),
        b"",
    ],
)
def test_a_body_that_is_proved_harmless_is_sent(body: bytes, tmp_path: Path) -> None:
    app = Recorder(refuses_all)
    with live_session(app, tmp_path / "log") as session:
        assert session.exchange.send(request_of(session, body)).status == 400
    assert app.requests[0].body == body


HEADERS: dict[str, tuple[str, str]] = {
    "method override": ("X-HTTP-Method-Override", "DELETE"),
    "short method override": ("_method", "PUT"),
    "rewritten URL": ("X-Original-URL", "/zoom/Meeting/1"),
    "forwarded host": ("X-Forwarded-Host", "example.org"),
    "another host": ("Host", "example.org"),
    "chunks": ("Transfer-Encoding", "chunked"),
    "short length": ("Content-Length", "0"),
    "compressed": ("Content-Encoding", "gzip"),
    "another charset": ("Content-Type", "application/json; charset=utf-7"),
    "two charsets": ("Content-Type", "application/json; charset=utf-8; charset=utf-16"),
    "line break": ("Accept", "x\r\nX-HTTP-Method-Override: DELETE"),
    "line break in a name": ("Accept: x\r\nX-Y", "1"),
    "upgrade": ("Connection", "Upgrade"),
    "unknown": ("X-Do", "anything"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_may_change_the_request_is_not_sent(name: str, tmp_path: Path) -> None:
    app = Recorder(refuses_all)
    with live_session(app, tmp_path / "log") as session, pytest.raises(WithheldError):
        session.exchange.send(request_of(session, legal()).having(*HEADERS[name]))
    assert app.requests == []


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/zoom/Meeting?isSendEmail=true"),
        ("POST", "/zoom/Meeting?isSend%45mail=true"),
        ("POST", "/zoom/Meeting?subscription-key=x"),
        ("POST", "/zoom/Meeting/"),
        ("POST", "/zoom/Meeting/1"),
        ("POST", "/zoom/../zoom/Meeting"),
        ("POST", "//example.org/zoom/Meeting"),
        ("POST", "http://example.org/zoom/Meeting"),
        ("POST", "/zoom/Meeting HTTP/1.1\r\nX-A: b\r\n\r\nPOST /zoom/Meeting"),
        ("POST", "/zoom/User"),
        ("PUT", "/zoom/Meeting"),
        ("DELETE", "/zoom/Meeting"),
        ("post", "/zoom/Meeting"),
        ("GET", "/zoom/Meeting/1/MeetingPasswords"),
        ("GET", "/zoom/Meeting"),  # with a body
        ("POST /zoom/x HTTP/1.1\r\n\r\nPOST", "/zoom/Meeting"),
    ],
)
def test_another_operation_is_not_reached(method: str, target: str, tmp_path: Path) -> None:
    app = Recorder(refuses_all)
    with live_session(app, tmp_path / "log") as session, pytest.raises(WithheldError):
        session.exchange.send(request_of(session, legal(), method=method, target=target))
    assert app.requests == []


def test_a_redirect_is_not_followed_to_another_place(tmp_path: Path) -> None:
    app = Recorder(lambda _: (307, {"location": "http://example.org/zoom/Meeting"}, b""))
    with live_session(app, tmp_path / "log") as session:
        headers = dict(request_of(session).headers)
        del headers["Host"]
        with pytest.raises(WithheldError, match="Host"):
            requests_session(session.exchange).post("http://localhost/zoom/Meeting", legal(), headers=headers)
        with (
            httpx.Client(transport=HttpxTransport(session.exchange), follow_redirects=True) as http,
            pytest.raises(WithheldError),
        ):
            http.post("https://example.org/zoom/Meeting", content=legal())
    assert len(app.requests) == 1


def test_schemathesis_reaches_nothing_but_the_exchange_whatever_the_scheme(tmp_path: Path) -> None:
    with live_session(Recorder(refuses_all), tmp_path / "log") as session:
        for url in ("https://example.org/zoom/Meeting", "http://example.org/zoom/Meeting", "ftp://example.org/"):
            with pytest.raises(WithheldError):
                requests_session(session.exchange).post(url, b"")


def test_hosts_and_access_are_sent_where_they_are_allowed_and_public_access_is_not(tmp_path: Path) -> None:
    app = Recorder()
    with live_session(app, tmp_path / "log", allow_hosts=True, allow_access=True) as session:
        session.run_cases()
        with pytest.raises(WithheldError):
            session.exchange.send(request_of(session, legal(access={"publicAccess": 1})))
    sent = [json.loads(request.body) for request in app.requests[-3:]]
    assert [("access" in body, "alternativeHosts" in body) for body in sent] == [
        (True, True),
        (True, True),
        (False, False),
    ]
    allowed = ("access", "alternativeHosts")
    assert [found for request in app.requests if (found := harm(request, allowed=allowed))] == []


# --- pace and limits -------------------------------------------------------------------------------------------------


def _guard(tmp_path: Path, slept: list[float], **changes: Any) -> tuple[Guard, HttpRequest]:
    rules = Rules(MODULE, RUN_ID)
    permission = Permission(rules, "host", "/zoom", OPERATION, RESTRICTIONS)
    log = CreatedLog(tmp_path / "log", RUN_ID, ("id", "meetingID"), "name")
    guard = Guard(permission, log, **{"max_creates": 5, "rate": 1e6, **changes}, sleep=slept.append)
    return guard, HttpRequest("POST", "/zoom/Meeting", (("Host", "host"),), legal())


def _answer(status: int, body: bytes = b"", **headers: str) -> Callable[[HttpRequest], Any]:
    from luminus_zoom_contract.run.transport import HttpAnswer

    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return lambda _: HttpAnswer(status, pairs, body, 0.0)


def test_requests_keep_their_distance(tmp_path: Path) -> None:
    slept: list[float] = []
    guard, request = _guard(tmp_path, slept, rate=2.0)
    for _ in range(4):
        guard.send(request, _answer(400))
    guard.log.close()
    assert slept[0] == 0
    assert all(0.4 < pause <= 0.5 for pause in slept[1:])


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for(status: int, form: str, tmp_path: Path) -> None:
    slept: list[float] = []
    guard, request = _guard(tmp_path, slept)
    wanted = "7" if form == "seconds" else email.utils.formatdate(time.time() + 7, usegmt=True)
    guard.send(request, _answer(status, retry_after=wanted))
    guard.send(request, _answer(400))
    guard.log.close()
    assert 5.5 < slept[-1] <= 7


@pytest.mark.parametrize(
    "answer",
    [
        _answer(429),
        _answer(429, retry_after="soon"),
        _answer(429, retry_after=str(int(LONGEST_WAIT) + 1)),
        _answer(403, b'{ "statusCode": 403, "message": "Out of call volume quota." }', retry_after="9"),
        _answer(400, b"You have exceeded the daily rate limit (100) of Meeting Create/Update API requests"),
        _answer(200, b'{"code":400,"status":"fail","message":"TooManyRequests"}'),
    ],
)
def test_a_limit_ends_the_run(answer: Callable[[HttpRequest], Any], tmp_path: Path) -> None:
    guard, request = _guard(tmp_path, [])
    guard.send(request, answer)
    with pytest.raises(EndedError):
        guard.send(request, _answer(400))
    guard.log.close()


def test_an_interrupted_request_ends_the_run_and_is_written_down(tmp_path: Path) -> None:
    guard, request = _guard(tmp_path, [])

    def interrupted(_: HttpRequest) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guard.send(request, interrupted)
    with pytest.raises(EndedError):
        guard.send(request, _answer(400))
    guard.log.close()
    assert [event["event"] for event in events(tmp_path / "log")] == ["run started", "unknown"]


@pytest.mark.parametrize("change", [{"max_creates": 0}, {"rate": 0.0}, {"rate": -1.0}, {"rate": float("nan")}])
def test_orders_without_meaning_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one creation"):
        Live(Rules(MODULE, RUN_ID), tmp_path / "log", **change)
