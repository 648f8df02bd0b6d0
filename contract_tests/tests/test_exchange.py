"""The way to a server: which addresses are reached, and how an answer is read off the wire, plain and odd."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract_tests.tests.recording import CERTIFICATE, CREDENTIALS, MODULE, RUN_ID, Recorder, refuses_all, served
from luminus_zoom_contract.run.permission import Rules
from luminus_zoom_contract.run.session import Live, Options, Session
from luminus_zoom_contract.run.transport import (
    HttpAnswer,
    HttpRequest,
    NoAnswerError,
    RefusedEndpointError,
    SocketExchange,
)

POST = HttpRequest("POST", "/zoom/Meeting", (("Host", "localhost"),), b"{}")
HEAD = HttpRequest("HEAD", "/zoom/Meeting", (("Host", "localhost"),))


@contextlib.contextmanager
def _serving(converse: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server of one connection at a time, which `converse` uses, until the event tells that all is over."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    converse(connection, ended)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/zoom"
        finally:
            ended.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join()


def _server(*pieces: bytes, ends: bool = True) -> contextlib.AbstractContextManager[str]:
    """A server that answers each request with the pieces, in a packet each, and ends the connection after it or not."""

    def converse(connection: socket.socket, ended: threading.Event) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while connection.recv(65536) and not ended.is_set():
            for piece in pieces:
                connection.sendall(piece)
            if ends:
                connection.shutdown(socket.SHUT_WR)

    return _serving(converse)


def _answer_to(request: HttpRequest, *pieces: bytes, ends: bool = True) -> HttpAnswer:
    with _server(*pieces, ends=ends) as url, SocketExchange(url, 2.0) as exchange:
        return exchange.send(request)


@pytest.mark.parametrize(
    ("wire", "status", "headers", "body"),
    [
        (b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-A:  b\r\n\r\n{}", 201, [("x-a", "b")], b"{}"),
        (
            b"HTTP/1.1 400 \r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 201 \r\nX-A: c\r\nContent-Length: 1\r\n\r\nx",
            400,
            [],
            b"no",
        ),
        (b"HTTP/1.1 400 \r\nContent-Length: 2\r\n\r\nno and garbage", 400, [], b"no"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 \r\nContent-Length: 2\r\n\r\n{}", 201, [], b"{}"),
        (b"HTTP/1.1 201 \r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\nX-T: t\r\n\r\n", 201, [], b"{}"),
        (b"HTTP/1.1 201 \r\nX-A: b\r\n\r\n{}", 201, [("x-a", "b")], b"{}"),
        (b"HTTP/1.0 201 Created\r\n\r\n{}", 201, [], b"{}"),
        (b"HTTP/1.1 204 None\r\nX-A: b\r\n\r\n", 204, [("x-a", "b")], b""),
        (b"HTTP/1.1 400 No\nX-A: b\nContent-Length: 2\n\nno", 400, [("x-a", "b")], b"no"),
        (b"HTTP/1.1 400 No\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\nno", 400, [("x-a", "a\0b")], b"no"),
        (b"HTTP/1.1 400 No\r\nX-A: \xc3\xa9\r\nContent-Length: 2\r\n\r\nno", 400, [("x-a", "Ã©")], b"no"),
        (b"HTTP/1.1 400 No\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nno", 400, [], b"no"),
    ],
    ids=[
        "plain",
        "two answers",
        "garbage after it",
        "an interim answer",
        "chunks and a trailer",
        "no length",
        "HTTP/1.0",
        "no body",
        "line feeds alone",
        "a NUL in a header",
        "beyond ASCII in a header",
        "the length twice",
    ],
)
@pytest.mark.parametrize("in_pieces", [False, True], ids=["at once", "byte by byte"])
def test_what_is_read(wire: bytes, status: int, headers: list[tuple[str, str]], body: bytes, in_pieces: bool) -> None:
    pieces = [wire[place : place + 1] for place in range(len(wire))] if in_pieces else [wire]
    answer = _answer_to(POST, *pieces)
    assert (answer.status, answer.body) == (status, body)
    assert [pair for pair in answer.headers if pair[0].startswith("x-")] == headers


def test_the_answer_to_head_has_no_body() -> None:
    answer = _answer_to(HEAD, b"HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n", ends=False)
    assert (answer.status, answer.header("content-length"), answer.body) == (404, "99", b"")


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (b"", "RemoteDisconnected"),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{}", "IncompleteRead"),
        (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}", "IncompleteRead"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "BadStatusLine"),
        (b"HTTP/1.1 teapot\r\n\r\n", "BadStatusLine"),
    ],
    ids=["nothing", "short", "half a chunk", "another protocol", "no status"],
)
def test_what_is_no_answer(wire: bytes, words: str) -> None:
    with pytest.raises(NoAnswerError, match=words):
        _answer_to(POST, wire)


def test_an_answer_that_drips_is_ended_by_the_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/zoom"
        with SocketExchange(url, 0.2) as exchange, pytest.raises(NoAnswerError, match="time limit"):
            exchange.send(POST)


# --- which addresses -------------------------------------------------------------------------------------------------


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that would look up a name or open a connection."""

    def fail(*_: object, **__: object) -> None:
        pytest.fail("a connection was about to be made")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.setattr(socket, "create_connection", fail)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "[2001:db8::1]", "127.0.0.1.example.org"])
def test_an_address_that_is_not_loopback_needs_a_guard_and_https(host: str, tmp_path: Path) -> None:
    live = Live(Rules(MODULE, RUN_ID), tmp_path / "log")
    for url, orders in ((f"https://{host}/zoom", None), (f"http://{host}/zoom", live)):
        with pytest.raises(RefusedEndpointError):
            Session(Options(base_url=url, credentials=CREDENTIALS, module_id=MODULE, live=orders))
    with Session(Options(base_url=f"https://{host}/zoom", credentials=CREDENTIALS, live=live)) as session:
        assert session.exchange.gate is session.guard


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "host",
    [
        "localhost.example.org", "127.0.0.1.nip.io", "localhost.", "127.0.0.1.", "localhost%2eexample.org",
        "0.0.0.0",  # noqa: S104 - to be refused
        "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::]", "[::ffff:192.0.2.1]", "[64:ff9b::7f00:1]",
        "\uff4cocalhost", "loc\u0430lhost", "xn--loclhost-4fg", "127\u30020\u30020\u30021",
    ],
)  # fmt: skip
def test_what_looks_like_this_machine_and_is_not_is_refused(host: str) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(RefusedEndpointError, match=r"is not a loopback address|the base URL must be"):
            SocketExchange(f"{scheme}://{host}/zoom")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/zoom",
        "http://",
        "http://user:pw@127.0.0.1/zoom",
        "http://@127.0.0.1/zoom",
        "http://:@127.0.0.1/zoom",
        "http://example.org\\@127.0.0.1/zoom",
        "http://127.0.0.1\\@example.org/zoom",
        "http://127.0.0.1:99999/zoom",
        "zoom",
    ],
)
def test_an_address_that_says_more_or_less_than_a_base_url_is_refused(url: str) -> None:
    with pytest.raises(RefusedEndpointError):
        SocketExchange(url)


def test_tls_is_spoken_and_certificates_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Recorder(refuses_all)
    with served(app, tls=True) as url:
        with SocketExchange(url) as stranger, pytest.raises(NoAnswerError, match="certificate"):
            stranger.send(HttpRequest("GET", "/zoom/Meeting", ()))
        assert app.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        with SocketExchange(url) as exchange:
            statuses = [exchange.send(HttpRequest("GET", "/zoom/Meeting", ())).status for _ in range(2)]
    assert statuses == [400, 400]
    assert datetime.now(UTC).year < 2126, "the certificate ends then"


def _closing_under_every(number: int) -> contextlib.AbstractContextManager[str]:
    """A server that keeps connections open, and closes one without a word under every so-manieth request on it."""

    def converse(connection: socket.socket, _ended: threading.Event) -> None:
        for _ in range(number - 1):
            if connection.recv(65536):
                connection.sendall(b"HTTP/1.1 201 \r\nContent-Length: 2\r\n\r\n{}")
        connection.recv(65536)

    return _serving(converse)


def test_a_connection_that_ends_under_a_request_is_not_a_lost_answer() -> None:
    with _closing_under_every(4) as url, SocketExchange(url, 2.0) as exchange:
        assert [exchange.send(POST).status for _ in range(8)] == [201] * 8


def test_a_server_that_closes_too_many_connections_loses_answers() -> None:
    with _closing_under_every(4) as url, SocketExchange(url, 2.0) as exchange, pytest.raises(NoAnswerError):
        [exchange.send(POST) for _ in range(40)]


def test_a_first_request_that_is_not_answered_is_lost() -> None:
    with _closing_under_every(1) as url, SocketExchange(url, 2.0) as exchange, pytest.raises(NoAnswerError):
        exchange.send(POST)
