"""Faults on request, through a socket and in process, and what is recorded of the requests that met them."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest

from luminus_zoom_mock import FAULTS, InProcessMock, MockServer, Settings
from luminus_zoom_mock.contract import load
from luminus_zoom_mock.exchange import Call

EXAMPLE = load().example()
NAME = str(EXAMPLE["name"])

SEEN: dict[str, tuple[int, int | str]] = {
    "timeout after creating": (1, "ReadTimeout"),
    "connection lost after creating": (1, "RemoteProtocolError"),
    "answer cut off after creating": (1, "RemoteProtocolError"),
    "late answer": (1, 201),
    "empty answer after creating": (1, 201),
    "another meeting's answer": (1, 201),
    "server error after creating": (1, 500),
    "gateway timeout after creating": (1, 500),
    "bad gateway after creating": (1, 502),
    "timeout": (0, "ReadTimeout"),
    "connection lost": (0, "RemoteProtocolError"),
    "rate limit": (0, 429),
    "quota": (0, 403),
    "bad key": (0, 401),
    "bad token": (0, 401),
    "forbidden": (0, 403),
    "blocked by a front end": (0, 403),
    "server error": (0, 500),
    "bad gateway": (0, 502),
    "service unavailable": (0, 503),
    "gateway timeout": (0, 504),
    "Zoom's daily limit": (0, 429),
    "Zoom's rate limit": (0, 429),
    "in-band failure": (0, 200),
}
"""For each fault: how many meetings are created, and the status or exception that the caller sees."""

Mock = MockServer | InProcessMock


@pytest.fixture(params=["server", "httpx", "httpx2", "async httpx", "async httpx2"])
def mocked(request: pytest.FixtureRequest) -> Iterator[tuple[Mock, Any]]:
    """A mock, and a function that creates a meeting through it."""
    library: ModuleType = httpx2 if "httpx2" in request.param else httpx
    with MockServer() if request.param == "server" else InProcessMock() as mock:
        transport = mock.transport(library) if isinstance(mock, InProcessMock) else None

        def create(document: Any = EXAMPLE, key: str = mock.subscription_key) -> Any:
            asked = {"json": document, "headers": {"Ocp-Apim-Subscription-Key": key}}
            if not request.param.startswith("async"):
                with library.Client(transport=transport, timeout=0.5) as client:
                    return client.post(f"{mock.base_url}/Meeting", **asked)

            async def call() -> Any:
                async with library.AsyncClient(transport=transport) as client:
                    return await client.post(f"{mock.base_url}/Meeting", **asked)

            return asyncio.run(call())

        yield mock, create


def seen(create: Any, **options: Any) -> int | str:
    """The status or the exception of a creation."""
    try:
        return int(create(**options).status_code)
    except Exception as error:
        return type(error).__name__


def test_every_fault_has_its_row() -> None:
    assert SEEN.keys() == FAULTS.keys()
    assert [name for name in FAULTS if "after creating" in name and not FAULTS[name].creates] == []


@pytest.mark.parametrize("fault", SEEN)
def test_a_fault_is_met_once(mocked: tuple[Mock, Any], fault: str) -> None:
    mock, create = mocked
    mock.fail_next(fault, seconds=0.01)
    created, what = SEEN[fault]
    assert seen(create) == what
    mock.assert_created(times=created)
    assert len(mock.meetings) == created
    assert seen(create) == 201
    assert [(it.fault, it.status) for it in mock.requests] == [
        (fault, what if isinstance(what, int) else mock.requests[0].status),
        (None, 201),
    ]


def test_answers_say_what_their_names_say() -> None:
    with InProcessMock() as mock, httpx.Client(transport=mock.transport()) as client:

        def answer(fault: str | int, **options: Any) -> httpx.Response:
            mock.fail_next(fault, **options)
            headers = {"Ocp-Apim-Subscription-Key": mock.subscription_key}
            return client.post(f"{mock.base_url}/Meeting", json=EXAMPLE, headers=headers)

        limited = answer("rate limit", seconds=57)
        assert limited.headers["retry-after"] == "57"
        assert limited.json() == {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds."}
        assert "replenished in 2.00:00:01." in answer("quota", seconds=172_801).json()["message"]
        assert "replenished in 23:59:59." in answer("quota", seconds=86_399).json()["message"]
        assert answer("service unavailable", seconds=3).headers["retry-after"] == "3"
        assert "<title>502 Bad Gateway</title>" in answer("bad gateway").text
        assert "100" in answer("Zoom's daily limit").json()["message"]
        assert answer("empty answer after creating").content == b""
        other = answer("another meeting's answer").json()
        own = mock.meetings[-1]
        assert (other["id"] != own["id"], other["name"] != own["name"]) == (True, True)
        custom = answer(418, body="{}", headers={"X-A": "b"})
        assert (custom.status_code, custom.text, custom.headers["x-a"]) == (418, "{}", "b")
        count = len(mock.meetings)
        assert answer(599, after_creating=True).status_code == 599
        assert len(mock.meetings) == count + 1


def test_a_late_answer_is_late(mocked: tuple[Mock, Any]) -> None:
    mock, create = mocked
    mock.fail_next("late answer", seconds=0.1)
    start = time.monotonic()
    assert seen(create) == 201
    assert time.monotonic() - start >= 0.1


def test_a_fault_after_creating_waits_for_a_creation(mocked: tuple[Mock, Any]) -> None:
    mock, create = mocked
    mock.fail_next("server error after creating")
    mock.fail_next("connection lost after creating", times=None)
    assert seen(create, key="wrong") == 401
    assert seen(create, document={}) == 400
    assert seen(create) == 500
    assert seen(create, document={}) == 400
    assert [seen(create) for _ in range(2)] == ["RemoteProtocolError"] * 2
    mock.clear_faults()
    assert seen(create) == 201
    assert len(mock.meetings) == 4


def test_a_script_is_followed_in_order(mocked: tuple[Mock, Any]) -> None:
    mock, create = mocked
    mock.script([None, "rate limit", 503, None, "connection lost"])
    assert [seen(create) for _ in range(6)] == [201, 429, 503, 201, "RemoteProtocolError", 201]
    assert [it.fault for it in mock.requests] == [None, "rate limit", "503", None, "connection lost", None]


def test_only_matching_requests_fail(mocked: tuple[Mock, Any]) -> None:
    mock, create = mocked
    mock.fail_next("bad gateway", times=2, when={"name": "B"})
    mock.fail_next(504, when=lambda call: b'"C"' in call.body)
    names = ["A", "B", "C", "B", "B", "C"]
    assert [seen(create, document={**EXAMPLE, "name": name}) for name in names] == [201, 502, 504, 502, 201, 201]
    mock.fail_next("bad gateway", when={"name": "B"})
    assert seen(create, document=["B"]) == 400


def test_a_probability_is_the_same_in_every_run() -> None:
    def failures() -> list[bool]:
        with InProcessMock() as mock:
            mock.fail_next("rate limit", times=None, probability=0.3)
            call = Call("POST", "/zoom/Meeting", b"", {}, b"{}")
            return [mock.app.answer(call).status == 429 for _ in range(300)]

    first = failures()
    assert first == failures()
    assert 60 < sum(first) < 120


@pytest.mark.parametrize(
    ("fault", "options", "why"),
    [
        ("no such fault", {}, "there is no fault 'no such fault'. There are: timeout after creating, "),
        (99, {}, "there is no fault 99"),
        (True, {}, "there is no fault True"),
        ("timeout", {"times": 0}, "times: a value without meaning"),
        ("timeout", {"seconds": -1, "probability": 0}, "seconds, probability: a value without meaning"),
        ("timeout", {"when": 5}, "when: a value"),
        ("timeout", {"body": "x"}, "body, headers and after_creating are for a status"),
        ("timeout", {"time": 3}, "there is no option time. There are: fault, times, "),
    ],
)
def test_what_makes_no_sense_is_refused(fault: Any, options: dict[str, Any], why: str) -> None:
    with InProcessMock() as mock:
        with pytest.raises(ValueError, match=r"a value without|there is no|are for a status") as caught:
            mock.fail_next(fault, **options)
        assert why in str(caught.value)
        assert mock.app.faults.rules == []


def test_many_threads_meet_each_fault_once() -> None:
    with InProcessMock() as mock:
        mock.script(["rate limit"] * 50)
        call = Call("POST", "/zoom/Meeting", b"", {}, b"{}")
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda: statuses.extend(mock.app.answer(call).status for _ in range(25)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (statuses.count(429), statuses.count(401)) == (50, 150)


def test_faults_are_set_over_http_too() -> None:
    with MockServer() as mock, httpx.Client(timeout=5) as client:
        own = mock.base_url.replace("/zoom", "/_mock/faults")
        headers = {"Ocp-Apim-Subscription-Key": mock.subscription_key}
        listed = client.post(own, json=[{"fault": "bad gateway", "times": 2, "when": {"name": NAME}}, {"fault": 503}])
        assert [(it["fault"], it["times"], it["when"]) for it in listed.json()["waiting"]] == [
            ("bad gateway", 2, {"name": NAME}),
            ("503", 1, None),
        ]
        assert list(listed.json()["faults"]) == list(FAULTS)
        statuses = [client.post(f"{mock.base_url}/Meeting", json=EXAMPLE, headers=headers).status_code for _ in "1234"]
        assert statuses == [502, 502, 503, 201]
        assert client.get(own).json()["waiting"] == []
        client.post(own, json={"fault": "timeout"})
        assert client.delete(own).status_code == 204
        assert mock.app.faults.rules == []
        for wrong in ([{"fault": 503}, {"fault": "x"}], "timeout", {"times": 1}, {"fault": 503, "x": 1}):
            refused = client.post(own, json=wrong)
            assert (refused.status_code, refused.headers["content-type"]) == (400, "text/plain; charset=utf-8")
            assert mock.app.faults.rules == []
        assert client.post(own, content=b"{").status_code == 400


def test_requests_are_recorded_without_credentials(mocked: tuple[Mock, Any]) -> None:
    mock, create = mocked
    assert seen(create) == 201
    (recorded,) = mock.requests
    assert (recorded.method, recorded.path, recorded.status, recorded.fault) == ("POST", "/zoom/Meeting", 201, None)
    assert recorded.json == EXAMPLE
    assert recorded.headers["ocp-apim-subscription-key"] == "***"
    assert recorded.headers["content-type"] == "application/json"
    assert recorded.created == json.loads(recorded.answer_body) == mock.meetings[0]
    assert recorded.answer_headers["content-type"].startswith("application/json")
    assert all(secret not in repr(recorded) for secret in (mock.subscription_key, mock.meetings[0]["hostKey"]))
    mock.clear()
    assert (mock.requests, mock.meetings) == ([], [])


def test_what_a_lost_answer_was_is_recorded(mocked: tuple[Mock, Any]) -> None:
    mock, create = mocked
    mock.script(["answer cut off after creating", "connection lost after creating"])
    assert [seen(create) for _ in range(2)] == ["RemoteProtocolError"] * 2
    cut, lost = mock.requests
    assert (cut.created, lost.created) == tuple(mock.meetings)
    assert len(cut.answer_body) > 100
    assert (lost.answer_body, lost.status) == (b"", 0)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(cut.answer_body)


def test_the_list_over_http_hides_secrets() -> None:
    with MockServer() as mock, httpx.Client() as client:
        own = mock.base_url.replace("/zoom", "/_mock/requests")
        headers = {"Ocp-Apim-Subscription-Key": mock.subscription_key}
        client.post(f"{mock.base_url}/Meeting", json=EXAMPLE, headers=headers)
        client.post(f"{mock.base_url}/Meeting?a=1&subscription-key={mock.subscription_key}", content=b"\xff")
        client.post(f"{mock.base_url}/Meeting", content="text")
        listed = client.get(own)
        secrets = [mock.subscription_key, mock.meetings[0]["hostKey"], mock.meetings[0]["meetingPassword"]]
        assert [secret for secret in secrets if f'"{secret}"' in listed.text or f"={secret}" in listed.text] == []
        first, second, third = listed.json()
        assert (first["body"], first["created"]["hostKey"], first["status"]) == (EXAMPLE, "***", 201)
        assert (second["query"], second["body"]) == ("a=1&subscription-key=***", "base64:/w==")
        assert (third["body"], third["created"], third["status"]) == ("text", None, 401)
        assert client.delete(own).status_code == 204
        assert client.get(own).json() == []


def test_the_journal_keeps_the_latest() -> None:
    with InProcessMock(Settings(journal=3)) as mock:
        for number in range(5):
            mock.app.answer(Call("POST", f"/{number}", b"", {}, b""))
        assert [it.path for it in mock.requests] == ["/2", "/3", "/4"]
    with pytest.raises(ValueError, match="journal"):
        Settings(journal=-1)


def test_creations_are_asserted(mocked: tuple[Mock, Any]) -> None:
    mock, create = mocked
    with pytest.raises(AssertionError, match=r"expected at least one meeting, found 0; 0 were created$"):
        mock.assert_created()
    mock.assert_created(times=0)
    rights = {"publicAccess": 1}
    for document in ({**EXAMPLE, "name": "A", "access": rights}, {**EXAMPLE, "name": "B"}, {}):
        seen(create, document=document)
    mock.assert_created()
    mock.assert_created(times=2)
    mock.assert_created(times=1, name="A", access=rights)
    mock.assert_created(times=0, name="C")
    with pytest.raises(AssertionError) as caught:
        mock.assert_created(times=2, name="A", hostKey="0")
    assert str(caught.value) == (
        'expected 2 meetings with {"name": "A", "hostKey": "***"}, found 0; 2 were created, the latest of them:\n'
        '  {"name": "A", "hostKey": "***"}\n'
        '  {"name": "B", "hostKey": "***"}'
    )
    with pytest.raises(AssertionError, match="expected 1 meeting, found 2"):
        mock.assert_created(times=1)


def test_the_state_is_saved_and_loaded(mocked: tuple[Mock, Any], tmp_path: Path) -> None:
    mock, create = mocked
    assert [seen(create) for _ in range(2)] == [201, 201]
    mock.save(tmp_path / "state.json")
    with InProcessMock() as other:
        other.load(tmp_path / "state.json")
        assert other.meetings == mock.meetings
        (tmp_path / "wrong.json").write_text('{"a": 1}')
        with pytest.raises(ValueError, match="no file that `save` wrote"):
            other.load(tmp_path / "wrong.json")


def test_a_dropped_connection_is_no_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    with MockServer() as mock:
        for target in ("/Meeting", "/Meeting?a=1"):  # the short way, and uvicorn's
            for fault in ("connection lost", "answer cut off after creating", "timeout"):
                mock.fail_next(fault)
                headers = {"Ocp-Apim-Subscription-Key": mock.subscription_key}
                with pytest.raises(httpx.TransportError):
                    httpx.post(f"{mock.base_url}{target}", json=EXAMPLE, headers=headers, timeout=0.3)
    assert caplog.text == ""


def test_an_app_behind_another_server_drops_by_an_exception() -> None:
    with InProcessMock() as mock:
        mock.fail_next("connection lost")
        transport = httpx.ASGITransport(mock.app)

        async def call() -> None:
            async with httpx.AsyncClient(transport=transport) as client:
                await client.post("http://x/zoom/Meeting", json=EXAMPLE)

        with pytest.raises(ConnectionError, match="asked to close"):
            asyncio.run(call())


def test_the_app_can_be_mounted_under_a_path() -> None:
    from starlette.applications import Starlette
    from starlette.routing import Mount

    with InProcessMock() as mock:
        outer = Starlette(routes=[Mount("/mocks/zoom-api", app=mock.app)])
        headers = {"Ocp-Apim-Subscription-Key": mock.subscription_key}

        async def call() -> list[int]:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url="http://x/mocks") as client:
                created = await client.post("/zoom-api/zoom/Meeting", json=EXAMPLE, headers=headers)
                listed = await client.get("/zoom-api/_mock/meetings")
                return [created.status_code, len(listed.json())]

        assert asyncio.run(call()) == [201, 1]
