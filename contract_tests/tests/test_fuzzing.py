"""Fuzzing: it shrinks what it finds, remembers it, keeps to its budget and is shared by several workers."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.database import ExampleDatabase, InMemoryExampleDatabase

from contract_tests.defects import app_with
from contract_tests.defects.verbs import ALWAYS, carries, fails, having, meeting_if, refuses_if, shows, sometimes
from contract_tests.test_bodies import test_any_body_is_treated_as_the_contract_says as any_body
from contract_tests.tests.recording import CREDENTIALS, MODULE, Recorder
from luminus_zoom_contract.cases.case import encode
from luminus_zoom_contract.report.results import Failure
from luminus_zoom_contract.run import schemathesis_run
from luminus_zoom_contract.run.search import ContradictionsError, contradiction, database, search
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_mock import MockServer

ROOT = Path(__file__).parents[2]
MEDIA_TYPES = ("application/json", "text/json", "application/json-patch+json")
PROPERTY = any_body.hypothesis.inner_test  # type: ignore[attr-defined]


def _session(app: Any, **changes: Any) -> Session:
    return Session(Options(credentials=CREDENTIALS, module_id=MODULE, **{"examples": 300, **changes}), app)


def _search(session: Session) -> list[str]:
    """Search for bodies that break something; the broken clauses, in the order of their finding."""
    before = {name for name, entry in session.results.entries.items() if entry.broken}
    with contextlib.suppress(ContradictionsError):
        search(session, PROPERTY, key="bodies", share=1.0, lab=session)
    return [name for name, entry in session.results.entries.items() if entry.broken and name not in before]


TWO_TOGETHER = refuses_if("role", having(muteUponEntry=True, duration=lambda it: it > 1000))


def test_a_counterexample_is_the_smallest_and_can_be_run() -> None:
    with _session(app_with(TWO_TOGETHER)) as session:
        assert _search(session) == ["request.combinations"]
        failure = session.results.entries["request.combinations"].failures[0]
    body = json.loads(failure.sent.partition("\n\n")[2])
    assert body.keys() == {"moduleID", "name", "startDate", "duration", "muteUponEntry"}
    # A server may refuse a blank name, so the shortest that counts has one character.
    assert (body["name"], body["duration"]) == ("0", 1005)
    assert failure.message.endswith("answered with 400, expected 201")
    assert "--data-raw" in failure.curl
    assert "mute_upon_entry=True" in failure.call
    assert CREDENTIALS.key not in str(failure)


def test_each_broken_clause_has_a_counterexample_of_its_own() -> None:
    spoilt = meeting_if(ALWAYS, isWaitingRoom=True), shows("meetingDuration", lambda it: min(it, 900))
    with _session(app_with(*spoilt)) as session:
        found = _search(session) + _search(session)
        durations = session.results.entries["echo.meetingDuration"].failures
    assert {"echo.meetingDuration", "echo.isWaitingRoom"} <= set(found)
    assert '"duration":915' in durations[0].sent


def test_what_is_known_to_be_broken_is_not_found_again() -> None:
    with _session(app_with(TWO_TOGETHER)) as session:
        assert _search(session)
        assert _search(session) == []


def test_a_defect_that_comes_and_goes_is_told_all_the_same() -> None:
    once = sometimes(20, lambda nth: fails("route", nth))
    with _session(app_with(once)) as session:
        assert "status.no-server-error" in _search(session)


def test_drawn_bodies_are_legal_and_illegal_in_many_ways_and_an_honest_server_bears_them_all() -> None:
    with _session(Recorder()) as session:
        assert _search(session) == []
        tried = {name for name, entry in session.results.entries.items() if entry.cases and name.startswith("request.")}
    assert len(tried) > 15
    assert session.results.diversity.accepted > 100
    assert session.results.answers[400] > 40
    assert len(session.results.diversity.option_sets) > 100


def test_the_same_seed_draws_the_same_bytes() -> None:
    sent = []
    for seed in (1, 1, 2):
        app = Recorder()
        with _session(app, examples=40, seed=seed) as session:
            _search(session)
        sent.append([request.body for request in app.requests])
    assert sent[0] == sent[1]
    assert sent[0] != sent[2]


def test_the_budget_is_used_and_not_overdrawn() -> None:
    app = Recorder()
    with _session(app, examples=10, budget=1.0) as session:
        began, cpu = time.monotonic(), time.process_time()
        _search(session)
        took, cpu = time.monotonic() - began, time.process_time() - cpu
    assert took >= 1.0
    assert cpu < 10, "in CPU time, which does not depend on how busy the machine is"
    assert len(app.requests) >= 500


def test_schemathesis_sends_through_the_exchange_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what its checks send by themselves, as they do where a media type that nobody knows makes a server fail."""

    def refuse(*_: object) -> None:
        opened.append(1)
        raise ConnectionRefusedError

    opened: list[int] = []
    monkeypatch.setattr(socket.socket, "connect", refuse)

    is_known = carries("content-type", f"^({'|'.join(map(re.escape, MEDIA_TYPES))})$")
    app = app_with(fails("media_type", lambda call: carries("content-type")(call) and not is_known(call)))
    with _session(app, examples=5, budget=0.1) as session, contextlib.suppress(ContradictionsError):
        schemathesis_run.finds_no_contradiction(session)
    assert session.results.requests > 20
    assert not opened


# --- databases -------------------------------------------------------------------------------------------------------


def _requests_until_found(place: ExampleDatabase | None) -> int:
    """How many requests a search takes to find that one duration with one record type is refused."""
    app = Recorder(lambda request: (400 if b'"duration":1455,"recordType":2' in request.body else 201, {}, b"{}"))
    with _session(app, examples=1000, database=place) as session:
        maker = session.maker("remembering")

        def is_accepted(data: st.DataObject) -> None:
            case = maker.judged("request.combinations", "a body", data.draw(_bodies()))
            if session.exchange.send(case.request).status != 201:
                found.append(len(app.requests))
                raise contradiction("request.combinations", Failure("it is refused"))

        found: list[int] = []
        with pytest.raises(ContradictionsError):
            search(session, is_accepted, key="remembering", share=1.0)
    return found[0]


def _bodies() -> st.SearchStrategy[dict[str, Any]]:
    durations = st.integers(1, 99).map(lambda count: count * 15)
    return st.fixed_dictionaries({"duration": durations, "recordType": st.integers(1, 2)})


def test_a_failure_is_remembered_in_a_folder(tmp_path: Path) -> None:
    place = database(str(tmp_path / "examples"))
    assert _requests_until_found(place) > 1
    assert any(path.is_file() for path in (tmp_path / "examples").rglob("*"))
    assert _requests_until_found(database(str(tmp_path / "examples"))) == 1


def test_none_forgets() -> None:
    assert database("none") is None


def test_unasked_hypothesis_chooses() -> None:
    """It keeps a folder, but for continuous integration, where it keeps nothing: the profile says which."""
    before, kept = settings.get_current_profile_name(), InMemoryExampleDatabase()
    settings.register_profile("keeps", database=kept)
    try:
        settings.load_profile("keeps")
        assert database("") is kept
    finally:
        settings.load_profile(before)


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis on a loopback port: a real one where there is one, else fakeredis's server."""
    pytest.importorskip("redis", reason="the extra redis is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"redis://127.0.0.1:{port}/0"
    if shutil.which("redis-server"):
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _wait_for(port)
        yield url
        process.terminate()
        process.wait()
        return
    fake = pytest.importorskip("fakeredis", reason="there is neither redis-server nor fakeredis")
    server = fake.TcpFakeServer(("127.0.0.1", port), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield url
    server.shutdown()
    server.server_close()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("redis-server did not start")


def test_a_team_shares_failures_through_redis(redis_url: str) -> None:
    assert _requests_until_found(database(redis_url)) > 1
    assert _requests_until_found(database(redis_url)) == 1


def test_a_redis_that_does_not_answer_is_refused_without_its_password() -> None:
    pytest.importorskip("redis", reason="the extra redis is not installed")
    with pytest.raises(ValueError, match="does not answer") as refused:
        database("redis://:s3cret@127.0.0.1:1/0")
    assert "s3cret" not in str(refused.value)


# --- workers ---------------------------------------------------------------------------------------------------------


def test_two_workers_of_xdist_share_an_endpoint_and_a_report(tmp_path: Path) -> None:
    """The command that docs/contract-testing.md shows, less some of its tests and examples."""
    with MockServer() as mock:
        tests = [f"contract_tests/{name}" for name in ("test_gateway.py", "test_bodies.py", "test_round_trip.py")]
        options = ["--base-url", mock.base_url, "--report-dir", str(tmp_path), "--examples", "20"]
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "2", "-v", "-p", "no:cacheprovider", *options, *tests],
            cwd=ROOT,
            env={**os.environ, "LUMINUS_SUBSCRIPTION_KEY": mock.subscription_key},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr
        report = json.loads((tmp_path / "report.json").read_text("utf-8"))
        # The meetings and not the requests: some of those are no HTTP to uvicorn, so that the mock never sees them.
        assert report["created"] == len(mock.meetings) > 100
        assert report["requests"] >= len(mock.requests) > 200
    assert "[gw0]" in ran.stdout
    assert "[gw1]" in ran.stdout
    held = {clause["id"] for clause in report["clauses"] if clause["verdict"] == "held"}
    assert {"key.status", "wrapper.round-trip", "request.combinations"} <= held
    assert mock.subscription_key not in ran.stdout


def test_hypofuzz_can_take_the_property_as_it_is() -> None:
    """It asks for a test that `given` decorates, and for fixtures of the session alone."""
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "hypothesis", "contract_tests/test_bodies.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "test_any_body_is_treated_as_the_contract_says" in collected.stdout


def test_bodies_are_encoded_as_they_were_drawn() -> None:
    assert json.loads(encode({"name": "é", "duration": 15.5})) == {"name": "é", "duration": 15.5}
