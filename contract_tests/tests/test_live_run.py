"""A live run, put to loopback servers that count: few creations, each of them written down, however bad the server."""

import contextlib
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from contract_tests.tests.recording import (
    CREDENTIALS,
    RUN_ID,
    Recorder,
    creates_all,
    events,
    legal,
    live_session,
    refuses_all,
    request_of,
)
from luminus_zoom_contract.run import wrapper_calls
from luminus_zoom_contract.run.transport import EndedError, HttpRequest, NoAnswerError


def test_one_creation_comes_first_and_the_others_last(tmp_path: Path) -> None:
    app = Recorder()
    log = tmp_path / "created.jsonl"
    with live_session(app, log) as session:
        cases = session.cases()
        session.run_cases()
        wrapper_calls.example_meeting(session)
        assert session.verdict() == "conforms", session.report()["inconclusive_because"]
    assert app.created == 5
    assert [201 in case.expect for case in cases] == [True, *[False] * (len(cases) - 4), *[True] * 3]
    assert len(app.requests) == len(cases) + 1
    assert 60 <= len(cases) <= 150
    assert [event["event"] for event in events(log)] == ["run started", *["created"] * 5]
    assert all(RUN_ID in event["name"] for event in events(log)[1:])


def test_the_few_creations_say_much(tmp_path: Path) -> None:
    with live_session(Recorder(), tmp_path / "log") as session:
        session.run_cases()
        held = {name for name, entry in session.results.entries.items() if entry.cases}
    promised = {name for name in session.clauses if name.startswith(("echo.", "default.", "response.201."))}
    assert {name for name in promised if "alternativeHosts" not in name} - held == set()


def test_what_was_created_is_written_down_before_the_next_request(tmp_path: Path) -> None:
    log = tmp_path / "created.jsonl"
    seen: list[tuple[int, int]] = []
    app = Recorder(creates_all, before=lambda: seen.append((app.created, len(events(log)) - 1)))
    with live_session(app, log) as session:
        for _ in range(5):
            session.exchange.send(request_of(session, legal()))
    assert seen == [(number, number) for number in range(5)]
    assert not any(secret in log.read_text() for secret in ("s3cret", "918273", CREDENTIALS.key))


def test_a_run_without_a_file_to_write_to_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    app = Recorder(creates_all)
    with pytest.raises(OSError, match="file"):
        live_session(app, tmp_path / "file" / "created.jsonl")
    assert app.requests == []


def test_a_run_whose_file_cannot_be_written_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    app = Recorder(creates_all)
    with live_session(app, tmp_path / "log") as session:
        assert session.guard
        monkeypatch.setattr(session.guard.log, "note", full)
        session.exchange.send(request_of(session, legal()))
        with pytest.raises(EndedError, match="written down"):
            session.exchange.send(request_of(session, legal()))
    assert app.created == 1


def test_a_run_whose_file_cannot_be_read_sends_nothing(tmp_path: Path) -> None:
    app = Recorder(creates_all)
    with live_session(app, tmp_path / "log") as session:
        assert session.guard
        session.guard.log.close()
        with pytest.raises(EndedError, match="can no longer be read"):
            session.exchange.send(request_of(session, legal()))
    assert app.requests == []


def _creates_and_says(status: int, body: bytes = b'"no"') -> Any:
    return lambda request: (status, {"content-type": "application/json"}, body)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refusal_of_a_legal_request_counts_like_a_creation(status: int, tmp_path: Path) -> None:
    with live_session(Recorder(_creates_and_says(status)), tmp_path / "log", max_creates=3) as session:
        for _ in range(3):
            session.exchange.send(request_of(session, legal()))
        with pytest.raises(EndedError, match="3 may have been"):
            session.exchange.send(request_of(session, legal()))
    assert [event["event"] for event in events(tmp_path / "log")[1:]] == ["unknown"] * 3


@pytest.mark.parametrize("most", [2, 5])
def test_a_denied_run_says_so_however_few_creations_it_may_try(most: int, tmp_path: Path) -> None:
    app = Recorder(lambda _: (403, {"content-type": "text/plain"}, b"not your module"))
    with live_session(app, tmp_path / "log", max_creates=most) as session:
        session.run_cases()
    assert (session.verdict(), session.results.cause) == ("inconclusive", "denied")
    assert session.results.not_run[0].startswith("denied: ")


def test_the_gateways_own_refusal_does_not_count(tmp_path: Path) -> None:
    refused = _creates_and_says(429, b'{ "statusCode": 429, "message": "Rate limit is exceeded." }')
    with live_session(
        Recorder(lambda it: (*refused(it)[:1], {"retry-after": "0"}, refused(it)[2])), tmp_path / "log"
    ) as session:
        for _ in range(8):
            session.exchange.send(request_of(session, legal()))
        assert session.guard
        assert session.guard.left == 5


def test_a_refusal_that_shows_a_meeting_counts_like_a_creation(tmp_path: Path) -> None:
    shown = _creates_and_says(400, b'{"id":"0f8fad5b-d9cb-469f-a165-70867728950e"}')
    with live_session(Recorder(shown), tmp_path / "log") as session:
        session.exchange.send(request_of(session, legal(duration=7)))
        assert session.guard
        assert session.guard.unknown == 1


def test_a_refusal_is_believed_only_of_a_server_that_tells_what_it_creates(tmp_path: Path) -> None:
    """A server that creates and says 400 may have done so with each body that ought to have been refused."""
    told = False

    def answering(request: HttpRequest) -> Any:
        return creates_all(request) if told and b":90" in request.body else (400, {}, b"no")

    with live_session(Recorder(answering), tmp_path / "log", max_creates=9) as session:
        assert session.guard
        counted = []
        for duration, tells in ((7, 0), (90, 0), (7, 0), (90, 1), (7, 1), (90, 0), (7, 0)):
            told = bool(tells)
            session.exchange.send(request_of(session, legal(duration=duration)))
            counted.append(session.guard.unknown)
        assert session.guard.created == 1
    assert counted == [1, 2, 3, 3, 3, 4, 5]
    assert [event["event"] for event in events(tmp_path / "log")[1:]] == ["unknown"] * 3 + ["created"] + ["unknown"] * 2


def _resets(_: HttpRequest) -> Any:
    raise ConnectionResetError


NASTY: dict[str, Any] = {
    "creates and answers 400": lambda _: (400, {"content-type": "text/plain"}, b"no"),
    "creates and answers 401": lambda _: (401, {"www-authenticate": "Bearer"}, b""),
    "creates and answers 403": lambda _: (403, {"content-type": "text/plain"}, b"no"),
    "creates and answers 404": lambda _: (404, {}, b""),
    "creates and answers 405": lambda _: (405, {"allow": "POST"}, b""),
    "creates and answers 302": lambda _: (302, {"location": "/zoom/Meeting"}, b""),
    "creates and answers 500": lambda _: (500, {"content-type": "text/plain"}, b"oops"),
    "creates and resets": _resets,
    "answers 200 with a list": lambda _: (200, {"content-type": "application/json"}, b"[]"),
    "answers 202 with nothing": lambda _: (202, {}, b""),
    "answers 201 with what is no JSON": lambda _: (201, {"content-type": "application/json"}, b"{"),
    "creates illegal bodies too": creates_all,
    "tells of its meeting in each refusal": lambda it: (
        creates_all(it) if b":90" in it.body else (401, {"location": "/zoom/Meeting/1"}, b"")
    ),
}
"""Servers that make a meeting of every POST, and what they answer."""


@pytest.mark.parametrize("most", [2, 5])
@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_server_makes_no_more_than_is_allowed(name: str, most: int, tmp_path: Path) -> None:
    """Nor do two runs after one another that share the file; and no run says that there was nothing."""
    app = Recorder(NASTY[name])
    for _ in range(2):
        with live_session(app, tmp_path / "created.jsonl", max_creates=most) as session:
            session.run_cases()
            assert session.verdict() != "conforms"
            assert session.guard
            assert session.guard.created + session.guard.unknown + session.guard.log.elsewhere >= 1
    made = sum(request.method == "POST" for request in app.requests)
    assert 1 <= made <= most
    told = [event["event"] for event in events(tmp_path / "created.jsonl")]
    assert made <= len(told) - told.count("run started") <= most


def test_runs_that_share_a_file_share_the_limit(tmp_path: Path) -> None:
    app = Recorder(creates_all)
    with (
        live_session(app, tmp_path / "log", max_creates=3) as one,
        live_session(app, tmp_path / "log", max_creates=3) as other,
    ):
        for session in (one, other, one):
            session.exchange.send(request_of(session, legal()))
        for session in (one, other):
            with pytest.raises(EndedError, match="of other runs"):
                session.exchange.send(request_of(session, legal()))
    assert app.created == 3


def test_runs_at_the_same_time_share_the_limit(tmp_path: Path) -> None:
    """Both know of one creation that is left, and one of them sends it."""
    app = Recorder(creates_all, before=lambda: time.sleep(0.05))

    def send() -> None:
        with live_session(app, tmp_path / "log", max_creates=1) as session, contextlib.suppress(EndedError):
            session.exchange.send(request_of(session, legal()))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert app.created == 1


def test_a_line_that_was_cut_off_counts_like_a_creation(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('{"event": "run started"}\n{"event": "created"}\n{"eve', "utf-8")
    app = Recorder(creates_all)
    with live_session(app, tmp_path / "log", max_creates=2) as session, pytest.raises(EndedError):
        session.exchange.send(request_of(session, legal()))
    assert app.requests == []


def test_a_server_that_accepts_what_it_should_refuse_leaves_creations_for_the_legal_requests(tmp_path: Path) -> None:
    app = Recorder(creates_all)
    with live_session(app, tmp_path / "log") as session:
        session.run_cases()
        assert session.verdict() == "broken"
        assert session.results.entries["request.combinations"].cases
    assert app.created == 5
    assert b"channelName" in app.requests[-2].body, "the creation that says most is the first of the last"


def test_a_clause_that_broke_costs_no_second_meeting(tmp_path: Path) -> None:
    tried: list[bytes] = []

    def lenient(request: HttpRequest) -> tuple[int, Any, bytes]:
        broken = request.body.endswith(b",}") or b"//" in request.body or b"'" in request.body[:2]
        tried.extend([request.body] if broken else [])
        return creates_all(request) if broken else refuses_all(request)

    with live_session(Recorder(lenient), tmp_path / "log") as session:
        session.run_cases()
        assert session.results.withheld["its clause is broken already"] >= 1
    assert len(tried) <= 1


@pytest.mark.parametrize("status", [500, 502, 302])
def test_an_unknown_outcome_counts_like_a_creation(status: int, tmp_path: Path) -> None:
    app = Recorder(lambda _: (status, {}, b""))
    with live_session(app, tmp_path / "log", max_creates=3) as session:
        session.run_cases()
        assert session.guard
        assert (session.guard.created, session.guard.unknown) == (0, 3)
    assert sum(request.method == "POST" or status >= 500 for request in app.requests) == 3
    assert [event["event"] for event in events(tmp_path / "log")[1:]] == ["unknown"] * 3


def test_a_lost_answer_counts_like_a_creation(tmp_path: Path) -> None:
    def hang_up(_: HttpRequest) -> Any:
        raise ConnectionResetError

    with live_session(Recorder(hang_up), tmp_path / "log", max_creates=2) as session:
        for _ in range(2):
            with pytest.raises(NoAnswerError):
                session.exchange.send(request_of(session, legal()))
        with pytest.raises(EndedError):
            session.exchange.send(request_of(session, legal()))


def test_a_run_stops_at_the_first_surprise_if_it_is_told_to(tmp_path: Path) -> None:
    app = Recorder(lambda request: creates_all(request) if b'"duration":14' in request.body else refuses_all(request))
    with live_session(app, tmp_path / "log", stop_on_surprise=True) as session:
        session.run_cases()
        assert session.stopped
        assert any("first surprise" in reason for reason in session.results.not_run)
    assert len(app.requests) == 1, "a 400 to a request without a key is a surprise already"


def test_an_honest_server_does_not_surprise(tmp_path: Path) -> None:
    with live_session(Recorder(), tmp_path / "log", stop_on_surprise=True) as session:
        session.run_cases()
        assert not session.stopped
