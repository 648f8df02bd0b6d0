"""What keeps requests from getting through is named as what it is, early, and is no breach of the contract."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.tests.independent import Backend, backend
from contract_tests.tests.running import cases_on
from contract_tests.tests.servers.service import FORBIDDEN, KEY
from luminus_zoom_contract.__main__ import main
from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.command import EXIT_CODES
from luminus_zoom_contract.run.limits import LimitError, Limits
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_contract.run.transport import HttpAnswer
from luminus_zoom_mock import MockServer, Settings, create_app

MODULE = "0f8fad5b-d9cb-469f-a165-70867728950e"
_A_HANDFUL = 10


def _every(number: int, status: int, wait: str = "") -> Any:
    """The mock behind something that answers every so-manieth request itself; a repeated request gets through."""
    app, count = create_app(Settings()), 0

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        nonlocal count
        count += 1
        if count % number:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), *([(b"retry-after", wait.encode())] if wait else [])]
        said = {"statusCode": status, "message": "Rate limit is exceeded. Try again in 0 seconds."}
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})

    return serve


@pytest.mark.parametrize(
    ("settings", "key", "cause"),
    [
        (Settings(module_ids=frozenset({MODULE})), "", "denied"),
        (Settings(), "wrong", "denied"),
        (Settings(quota=0), "", "quota"),
        (Settings(rate_limit=1, rate_period=3600.0), "", "rate limit"),
    ],
    ids=["another module", "a wrong key", "no calls left", "a rate limit of an hour"],
)
def test_what_lets_nothing_through_is_named_after_a_handful_of_requests(
    settings: Settings, key: str, cause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with MockServer(settings) as mock:
        arguments = ["--base-url", mock.base_url, "--subscription-key", key or mock.subscription_key]
        assert main([*arguments, "--out", str(tmp_path)]) == EXIT_CODES["inconclusive"]
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert (report["verdict"], report["cause"]) == ("inconclusive", cause)
    assert report["inconclusive_because"][0].startswith(f"{cause}: ")
    assert report["requests"] <= _A_HANDFUL
    assert not [clause["id"] for clause in report["clauses"] if clause["severity"] == "failure"]
    assert f"inconclusive ({cause})" in capsys.readouterr().out


def test_nothing_at_the_address_is_unreachable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/zoom"
    assert main(["--base-url", url, "--subscription-key", KEY, "--out", str(tmp_path)]) == EXIT_CODES["inconclusive"]
    said = capsys.readouterr().out
    assert "unreachable: nothing answers at" in said
    assert "may have been created" not in said


@pytest.mark.parametrize("status", [429, 503])
def test_a_limit_now_and_then_is_waited_for_and_breaks_nothing(status: int) -> None:
    session = cases_on(_every(50, status, "0"))
    assert session.results.broken(findings=False) == []
    assert session.verdict() == "conforms"


def test_a_gateway_that_reaches_its_server_only_at_times_is_intermittent() -> None:
    session = cases_on(_every(20, 502))
    assert session.results.broken(findings=False) == []
    assert (session.verdict(), session.results.cause) == ("inconclusive", "intermittent")
    assert session.results.requests < 100


def test_a_quota_that_runs_out_in_a_run_ends_it() -> None:
    session = cases_on(create_app(Settings(quota=700)))
    assert session.results.broken(findings=False) == []
    assert (session.verdict(), session.results.cause) == ("inconclusive", "quota")


def _ends_after(number: int) -> Callable[[Any], None]:
    def serve(handler: Any) -> None:
        if ends := type(handler).count == number:
            handler.server.socket.close()  # before the answer, so that nobody connects in between
        Backend.do_POST(handler)
        handler.close_connection = handler.close_connection or ends

    return serve


def test_a_server_that_has_ended_is_told_by_the_last_case_that_it_answered() -> None:
    with backend(threads=False, do_POST=_ends_after(40)) as url:
        session = Session(Options(url, Credentials(KEY, "", FORBIDDEN)))
        with session:
            session.run_cases()
    # On a busy machine a request may wait in the server's queue when it ends, and is lost with it.
    broken = session.results.broken(findings=False)
    assert {*broken} <= {"time.none-lost"}
    assert session.results.cause == "unreachable"
    assert session.verdict() == "inconclusive" or broken
    assert "the server stopped answering after case" in session.results.not_run[0]


def _answers(*answers: tuple[int, str]) -> Callable[[], HttpAnswer]:
    queue = iter([HttpAnswer(status, (("retry-after", wait),) if wait else (), b"", 0.0) for status, wait in answers])
    return lambda: next(queue)


def test_the_waits_are_those_that_were_asked_for() -> None:
    slept: list[float] = []
    limits = Limits(slept.append)
    transmit = _answers((429, "2"), (503, "1"), (201, ""))
    assert limits.send(transmit, lambda _: None, guarded=False).status == 201
    assert slept == [2, 1]


@pytest.mark.parametrize("waits", [["11"], ["0"] * 4, [*["10"] * 3, "", *["10"] * 3, "", "1"]])
def test_waiting_has_an_end(waits: list[str]) -> None:
    slept: list[float] = []
    limits = Limits(slept.append)
    transmit = _answers(*((429, wait) if wait else (201, "") for wait in waits))

    def send_thrice() -> None:
        for _ in range(3):
            limits.send(transmit, lambda _: None, guarded=False)

    with pytest.raises(LimitError) as told:
        send_thrice()
    assert told.value.cause == "rate limit"
    assert sum(slept) <= 60
