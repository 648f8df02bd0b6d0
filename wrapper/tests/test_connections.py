"""The library's own connections: when one is used again, when it is given up, and which way a call goes."""

import asyncio
import itertools
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import httpcore
import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from luminus_zoom import (
    AsyncZoomClient,
    Meeting,
    Outcome,
    ZoomClient,
    _asyncio,
    _http1,
    _links,
    _pool,
    _sockets,
    errors,
)
from wrapper.tests.calls import ARGUMENTS, BODY, KEY, calls
from wrapper.tests.fault_server import Conversation, FaultServer, answer, answering, silent

FULL = answer(201, BODY)
BOTH = pytest.mark.parametrize("client", ["sync", "asyncio"])
Act = Callable[[FaultServer], object]


def between(client: str, server: FaultServer, act: Act) -> list[Meeting | BaseException]:
    """Two calls of one client, between which something happens."""
    if client == "sync":
        with ZoomClient(subscription_key=KEY, base_url=server.url) as zoom:
            first = zoom.create_meeting(**ARGUMENTS)
            act(server)
            return [first, zoom.create_meeting(**ARGUMENTS)]

    async def main() -> list[Meeting | BaseException]:
        async with AsyncZoomClient(subscription_key=KEY, base_url=server.url) as zoom:
            first = await zoom.create_meeting(**ARGUMENTS)
            act(server)
            await asyncio.sleep(0.05)
            return [first, await zoom.create_meeting(**ARGUMENTS)]

    return asyncio.run(main())


def afterwards(*pieces: bytes) -> Callable[[Conversation], None]:
    """A script: answer, and a little later send something more, or hang up."""

    def script(conversation: Conversation) -> None:
        conversation.receive()
        conversation.send(FULL)
        time.sleep(0.02)
        conversation.send(*pieces)
        if pieces:
            conversation.await_end()

    return script


class TestAKeptConnection:
    """Whether a connection carries the next request."""

    @BOTH
    @pytest.mark.parametrize("more", [(), (FULL,), (b"HTTP/1.1 408 Request Timeout\r\n\r\n",)])
    def test_one_that_was_closed_or_said_more_is_not_used(self, client: str, more: tuple[bytes, ...]) -> None:
        with FaultServer(afterwards(*more), answering(FULL)) as server:
            results = between(client, server, lambda server: time.sleep(0.1))
        assert all(isinstance(result, Meeting) for result in results)
        assert (server.connections, len(server.requests)) == (2, 2)

    @BOTH
    def test_one_that_was_idle_for_long_is_not_used(self, client: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with FaultServer(answering(FULL)) as server:
            between(client, server, lambda server: monkeypatch.setattr(_links, "KEPT", 0))
        assert server.connections == 2

    @BOTH
    @pytest.mark.parametrize("way", ["llhttp", "h11"])
    def test_one_that_is_to_be_closed_is_not_used(self, client: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        if way == "h11":
            monkeypatch.setattr(_http1, "httptools", None)
        with FaultServer(answering(answer(201, BODY, "Connection: close"))) as server:
            calls(client, server.url, 2)
        assert server.connections == 2

    def test_those_that_nobody_needs_any_more_are_closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        closed: list[str] = []

        def link(name: str) -> Any:
            incoming = SimpleNamespace(is_reusable=True)
            return SimpleNamespace(incoming=incoming, close=lambda: closed.append(name), is_quiet=lambda: True)

        idle: _links.Idle[Any] = _links.Idle()
        clock = iter([0.0, 6.0, 7.0])
        monkeypatch.setattr(_links.time, "monotonic", lambda: next(clock))
        idle.keep(link("old"))
        assert closed == []
        idle.keep(link("new"))
        assert closed == ["old"]
        idle.close()
        idle.keep(link("late"))
        assert closed == ["old", "new", "late"]

    def test_a_socket_that_broke_is_not_used(self) -> None:
        ours, theirs = socket.socketpair()
        link = _sockets.SocketLink(ours)
        assert link.is_quiet()
        ours.close()
        theirs.close()
        assert not link.is_quiet()


class TestRoom:
    """A client has so many connections and no more."""

    def test_sync(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_sockets, "MOST", 1)
        with (
            FaultServer(silent) as server,
            ThreadPoolExecutor(1) as threads,
            ZoomClient(subscription_key=KEY, base_url=server.url, retries=0) as zoom,
        ):
            flying = threads.submit(zoom.create_meeting, **ARGUMENTS, timeout=0.5)
            while not server.requests:
                time.sleep(0.005)
            with pytest.raises(errors.ZoomTimeoutError, match="no connection became free") as caught:
                zoom.create_meeting(**ARGUMENTS, timeout=0.05)
            assert isinstance(flying.exception(), errors.ZoomTimeoutError)
        assert caught.value.outcome is Outcome.NOT_SENT
        assert len(server.requests) == 1

    def test_asyncio(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_asyncio, "MOST", 1)

        async def main() -> None:
            async with AsyncZoomClient(subscription_key=KEY, base_url=server.url, retries=0) as zoom:
                flying = asyncio.create_task(zoom.create_meeting(**ARGUMENTS, timeout=0.4))
                await asyncio.sleep(0.1)
                with pytest.raises(errors.ZoomTimeoutError, match="no connection became free") as caught:
                    await zoom.create_meeting(**ARGUMENTS, timeout=0.05)
                assert caught.value.outcome is Outcome.NOT_SENT
                waiting = asyncio.create_task(zoom.create_meeting(**ARGUMENTS))
                with pytest.raises(errors.ZoomTimeoutError):
                    await flying
                assert (await waiting).raw

        with FaultServer(silent, answering(FULL)) as server:
            asyncio.run(main())


class TestConnecting:
    """What may happen before the request goes out."""

    def test_an_interruption_closes_the_socket(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[socket.socket] = []

        class Interrupted(socket.socket):
            def connect(self, address: Any) -> None:
                made.append(self)
                raise KeyboardInterrupt

        with FaultServer(silent) as server, ZoomClient(subscription_key=KEY, base_url=server.url) as zoom:
            monkeypatch.setattr(_sockets.socket, "socket", Interrupted)
            with pytest.raises(KeyboardInterrupt) as caught:
                zoom.create_meeting(**ARGUMENTS)
            monkeypatch.undo()
        assert made[0].fileno() == -1
        assert caught.value.outcome is Outcome.NOT_SENT  # type: ignore[attr-defined]

    def test_a_host_without_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def main() -> None:
            async with AsyncZoomClient(subscription_key=KEY, base_url="https://luminus.invalid", retries=0) as zoom:

                async def fail(*arguments: Any, **options: Any) -> Any:
                    raise UnicodeError("label too long")

                monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", fail)
                with pytest.raises(errors.ZoomConnectionError, match=r"luminus\.invalid: label too long") as caught:
                    await zoom.create_meeting(**ARGUMENTS)
                assert caught.value.outcome is Outcome.NOT_SENT

        asyncio.run(main())

    @pytest.mark.parametrize("chunk", [1, 100_000])
    def test_an_answer_from_before_the_whole_request_was_read_is_heard(self, chunk: int) -> None:
        """A server may refuse a long body early and hang up."""

        def early(conversation: Conversation) -> None:
            conversation.send(answer(400, b"too long"))

        with (
            FaultServer(early) as server,
            ZoomClient(subscription_key=KEY, base_url=server.url) as zoom,
            pytest.raises(errors.ZoomError) as caught,
        ):
            zoom.create_meeting(**ARGUMENTS, extra={"padding": "x" * chunk * 50})
        # A reset may also destroy the answer before it is read.
        assert isinstance(caught.value, errors.BadRequestError | errors.ZoomConnectionError)
        assert caught.value.outcome is not Outcome.NOT_SENT

    def test_a_request_that_cannot_be_written_to_its_end_may_have_been_answered(self) -> None:
        ours, theirs = socket.socketpair()
        theirs.sendall(answer(400, b"too long"))
        link = _sockets.SocketLink(ours)

        class Broken:
            def send(self, view: memoryview) -> int:
                raise BrokenPipeError

            def __getattr__(self, name: str) -> Any:
                return getattr(ours, name)

        link._socket = Broken()  # type: ignore[assignment]
        link.exchange(b"x", lambda: 1.0)
        assert link.incoming.answer().status == 400
        ours.close()
        theirs.close()


def create_through(client: str, server: FaultServer) -> None:
    (result,) = calls(client, server.url, 1)
    assert isinstance(result, Meeting), result


@BOTH
@pytest.mark.parametrize("library", ["httpx", "httpcore"])
def test_who_replaces_httpx_sees_the_call(client: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As OpenTelemetry, pytest-httpx and respx do."""
    kind, method = ("", "handle_request") if client == "sync" else ("Async", "handle_async_request")
    owner: Any = (
        getattr(httpx, f"{kind}HTTPTransport") if library == "httpx" else getattr(httpcore, f"{kind}ConnectionPool")
    )
    original, seen = getattr(owner, method), []

    def watching(self: Any, request: Any) -> Any:
        seen.append(request)
        return original(self, request)

    with FaultServer(answering(FULL)) as server:
        create_through(client, server)
        assert not seen
        monkeypatch.setattr(owner, method, watching)
        create_through(client, server)
        assert len(seen) == 1


def test_nobody_watches_where_httpx_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "httpx")
    assert not _pool.is_watched("HTTPTransport", "handle_request")


def test_without_httptools_h11_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http1, "httptools", None)
    incoming = _http1.Incoming()
    for _ in range(2):
        incoming.begin()
        incoming.feed(FULL)
        assert incoming.is_complete
        assert incoming.is_reusable
        assert incoming.answer().body == BODY


@pytest.mark.parametrize("way", ["llhttp", "h11"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pieces_of_any_size_make_the_same_answer(way: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "h11":
        monkeypatch.setattr(_http1, "httptools", None)
    incoming = _http1.Incoming()
    incoming.begin()
    data = b"HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n" + FULL
    for start in range(0, len(data), size):
        assert not incoming.is_complete
        incoming.feed(data[start : start + size])
    found = incoming.answer()
    assert (found.status, found.body, found.fault) == (201, BODY, None)
    assert "x-interim" not in found.headers


def test_many_threads_share_the_connections() -> None:
    barrier = threading.Barrier(8)

    def create() -> Any:
        barrier.wait()
        return [zoom.create_meeting(**ARGUMENTS).raw for _ in range(20)]

    with (
        FaultServer(answering(FULL)) as server,
        ZoomClient(subscription_key=KEY, base_url=server.url) as zoom,
        ThreadPoolExecutor(8) as threads,
    ):
        assert all(each.result() for each in [threads.submit(create) for _ in range(8)])
    assert len(server.requests) == 160
    assert server.connections <= 8


HEADS = [
    b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\nuntil the end",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 429 \r\nRetry-After: 3\r\nX: a\r\nx: b\r\nContent-Length: 0\r\n\r\n",
]


@st.composite
def conversations(draw: st.DrawFn) -> list[bytes]:
    """The pieces of an answer that may be damaged, repeated or cut off; the last one is the end."""
    data = draw(st.sampled_from(HEADS)) * draw(st.integers(1, 2))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(data)))
        junk = draw(
            st.binary(max_size=3) | st.sampled_from([b"\r\n", b"\n", b" ", b":", b"0", b"Content-Length: 1\r\n"])
        )
        data = data[:place] + junk + data[place + draw(st.integers(0, 3)) :]
    cuts = sorted(draw(st.lists(st.integers(1, max(len(data), 1)), max_size=4)))
    pieces = [data[start:end] for start, end in itertools.pairwise([0, *cuts, len(data)])]
    return [piece for piece in pieces if piece] + [b""]


def read_by(parser: Any, pieces: list[bytes]) -> tuple[Any, ...]:
    """What becomes of these pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_http1, "httptools", parser)
        incoming = _http1.Incoming()
        incoming.begin()
        malformed = ""
        for piece in pieces:
            if incoming.is_complete:
                break
            try:
                incoming.feed(piece)
            except _http1.MalformedError as error:
                malformed = str(error)
                break
        found = incoming.answer()
        # A connection that could be used again may be given up: that loses nothing.
        return incoming.is_complete, malformed, found.status, found.headers, found.body


@given(conversations())
@settings(max_examples=300, deadline=None)
@example([HEADS[0] + b"surplus", b""])
@example([HEADS[1] * 2, b""])
@example([HEADS[0].replace(b": 5", b": 5 "), b""])
@example([HEADS[0].replace(b"201", b"099"), b""])
def test_httptools_reads_all_that_h11_reads_and_reads_it_alike(pieces: list[bytes]) -> None:
    by_h11 = read_by(None, pieces)
    assert by_h11[1] or read_by(_http1.httptools, pieces) == by_h11
