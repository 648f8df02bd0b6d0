"""How an answer is read off the wire: by llhttp where it is plain, and as leniently as by http.client where not."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from contract_tests.exchange import HttpAnswer, HttpRequest, NoAnswerError, SocketExchange

POST = HttpRequest("POST", "/zoom/Meeting", (("Host", "localhost"),), b"{}")
HEAD = HttpRequest("HEAD", "/zoom/Meeting", (("Host", "localhost"),))


@contextlib.contextmanager
def _server(*pieces: bytes, ends: bool = True) -> Iterator[str]:
    """A server that answers each request with the pieces, in a packet each, and ends the connection after it or not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    while connection.recv(65536) and not ended.is_set():
                        for piece in pieces:
                            connection.sendall(piece)
                        if ends:
                            connection.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/zoom"
        finally:
            ended.set()
            socket.create_connection(listener.getsockname()).close()
            thread.join()


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
