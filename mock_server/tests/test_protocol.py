"""The short way of a plain call through the server, where it meets what takes uvicorn's own way."""

from __future__ import annotations

import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from luminus_zoom_mock import MockServer, create_app
from luminus_zoom_mock import service as service_module
from luminus_zoom_mock.contract import load
from luminus_zoom_mock.exchange import Answer, Call

from .conftest import Received, Request, connected, over_kept_connection, parsed, raw


def named(name: str) -> Request:
    """A request that makes a meeting of this name."""
    return Request(body=json.dumps(load().example() | {"name": name}).encode())


PLAIN = named("plain")


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


def statuses(server: MockServer, sent: bytes) -> list[int]:
    """The statuses of all responses to what is sent at once on one connection, which the last of it closes."""
    with connected(server) as connection:
        connection.sendall(sent)
        received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", received)]


@pytest.mark.parametrize("last", [raw(PLAIN, ("Connection", "close")), b"no HTTP\r\n\r\n"], ids=["close", "no HTTP"])
def test_answers_keep_the_order_of_pipelined_requests(server: MockServer, last: bytes) -> None:
    server.app.stages["role"] = lambda call: Answer(403, [], delay=0.2) if b"late" in call.body else None
    unknown = Request(target="/zoom/Unknown")
    requests = [PLAIN, named("late"), PLAIN, unknown, PLAIN, PLAIN]
    expected = [201, 403, 201, 404, 201, 201, 400 if b"no HTTP" in last else 201]
    if b"no HTTP" in last:  # uvicorn refuses it before what waits for the late answer
        requests, expected = requests[4:], expected[4:]
    assert statuses(server, b"".join(map(raw, requests)) + last) == expected
    assert [meeting["name"] for meeting in server.meetings] == ["plain"] * expected.count(201)


def test_late_answer_is_late_on_a_kept_connection_too(server: MockServer) -> None:
    server.app.stages["creation"] = lambda _: Answer(500, [], b"late", delay=0.2)
    start = time.perf_counter()
    assert over_kept_connection(server, PLAIN) == Received(500, [("content-length", "4")], b"late")
    assert time.perf_counter() - start >= 0.2
    assert len(server.requests) == 1


def test_stage_that_fails_is_a_logged_500(server: MockServer, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Call) -> Answer:
        raise LookupError("a stage's own fault")

    server.app.stages["creation"] = fail
    with caplog.at_level(logging.ERROR, "uvicorn.error"):
        received = over_kept_connection(server, PLAIN)
    assert (received.status, received.body) == (500, b"Internal Server Error")
    assert "a stage's own fault" in caplog.text
    assert len(server.requests) == 1


def test_body_comes_in_pieces_on_a_kept_connection(server: MockServer) -> None:
    sent = raw(PLAIN)
    with connected(server) as connection:
        for piece in (sent[:50], sent[50:-20], sent[-20:]):
            connection.sendall(piece)
            time.sleep(0.02)
        assert parsed(connection.recv(1 << 16)).status == 201


def test_client_that_leaves_within_a_body_creates_nothing(server: MockServer) -> None:
    with connected(server) as connection:
        connection.sendall(raw(PLAIN)[:-1])
    assert over_kept_connection(server, PLAIN).status == 201
    assert (len(server.requests), len(server.meetings)) == (1, 1)


def test_client_is_told_to_go_on(server: MockServer) -> None:
    head, _, body = raw(PLAIN, ("Expect", "100-continue")).partition(b"\r\n\r\n")
    with connected(server) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert parsed(connection.recv(1 << 16)).status == 201


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
@pytest.mark.parametrize("split", [0, 40, -100, -5])
def test_upgrade_that_is_asked_for_is_left_out(server: MockServer, protocol: str, split: int) -> None:
    request = raw(PLAIN, ("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", protocol), ("HTTP2-Settings", "AAMAAA"))
    with connected(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(2):
            for piece in (request[:split], request[split:]):
                connection.sendall(piece)
                time.sleep(0.01)
            assert parsed(connection.recv(1 << 16)).status == 201
        connection.sendall(raw(PLAIN))
        assert parsed(connection.recv(1 << 16)).status == 201
    assert len(server.meetings) == 3


@pytest.mark.parametrize("wish", [(), (("Connection", "keep-alive"),)])
def test_connection_of_http_1_0_is_closed(server: MockServer, wish: tuple[tuple[str, str], ...]) -> None:
    with connected(server) as connection:
        connection.sendall(raw(PLAIN, *wish).replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert parsed(b"".join(iter(lambda: connection.recv(1 << 16), b""))).status == 201


def test_a_changed_mock_takes_uvicorn_s_way() -> None:
    """Since a change may be in a header, which uvicorn looks at and the short way does not."""
    app = create_app()
    creation = app.stages["creation"]
    app.stages["creation"] = lambda call: replace(creation(call), headers=[(b"x-split", b"a\r\nb: c")])
    app.changed = True
    with MockServer(app) as server, connected(server) as connection:
        connection.sendall(raw(PLAIN))
        assert connection.recv(1 << 16) == b""


class _Narrow:
    """What orjson is to a value that it does not take."""

    def dumps(self, value: Any) -> bytes:
        """Refuse it."""
        raise TypeError("Integer exceeds 64-bit range")


class _Wide:
    """What orjson is to other values."""

    def dumps(self, value: Any) -> bytes:
        """Return JSON that is recognised."""
        return b'{"from": "orjson"}'


@pytest.mark.parametrize("encoder", [None, _Narrow()])
def test_answer_does_not_need_orjson(server: MockServer, monkeypatch: pytest.MonkeyPatch, encoder: object) -> None:
    monkeypatch.setattr(service_module, "_orjson", encoder)
    server.app.service.fields["meetingDuration"] = lambda _: 10**30
    received = over_kept_connection(server, PLAIN)
    assert b'"meetingDuration":1000000000000000000000000000000,' in received.body


def test_orjson_is_used_where_it_is_installed(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "_orjson", _Wide())
    assert over_kept_connection(server, PLAIN).json == {"from": "orjson"}
