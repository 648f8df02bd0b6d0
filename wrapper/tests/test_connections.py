"""The library's own connections: when one is used again, when it is given up, and which way a call goes."""

import asyncio
import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpcore
import httpx
import pytest

from luminus_zoom import (
    AsyncZoomClient,
    Meeting,
    Outcome,
    ZoomClient,
    _asyncio,
    _http1,
    _links,
    _base_url,
    _pool,
    _sockets,
    errors,
)
from wrapper.tests.calls import ARGUMENTS, BODY, KEY, MEETING, assert_no_secret, calls, texts
from wrapper.tests.fault_server import Conversation, FaultServer, answer, answering, full_port, silent

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

    def test_what_came_while_the_loop_was_busy_is_noticed(self) -> None:
        async def main() -> None:
            async with AsyncZoomClient(subscription_key=KEY, base_url=server.url) as zoom:
                await zoom.create_meeting(**ARGUMENTS)
                time.sleep(0.1)  # noqa: ASYNC251 - the point of it
                await zoom.create_meeting(**ARGUMENTS)

        with FaultServer(afterwards(FULL), answering(FULL)) as server:
            asyncio.run(main())
        assert (server.connections, len(server.requests)) == (2, 2)

    def test_one_that_has_not_sent_everything_is_not_used(self) -> None:
        """An early answer leaves most of a long body unsent."""

        def early(conversation: Conversation) -> None:
            conversation.send(answer(400, b"too long"))
            time.sleep(0.3)

        async def main() -> None:
            async with AsyncZoomClient(subscription_key=KEY, base_url=server.url) as zoom:
                with pytest.raises(errors.BadRequestError):
                    await zoom.create_meeting(**ARGUMENTS, extra={"padding": "x" * 20_000_000})
                assert (await zoom.create_meeting(**ARGUMENTS, timeout=5)).raw

        with FaultServer(early, answering(FULL)) as server:
            asyncio.run(main())
        assert server.connections == 2

    def test_where_there_is_no_poll_select_looks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(_links.select, "poll")
        with FaultServer(afterwards(), answering(FULL)) as server:
            between("sync", server, lambda server: time.sleep(0.1))
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


class TestDeadline:
    """Nothing is sent when it is too late."""

    @BOTH
    def test_a_token_that_came_too_late(self, client: str) -> None:
        waits = iter([0.0, 0.2])

        def token() -> str:
            time.sleep(next(waits))
            return "late"

        with FaultServer(answering(FULL)) as server:
            first, second = calls(client, server.url, 2, deadline=0.15, token=token)
        assert isinstance(first, Meeting)
        assert isinstance(second, errors.ZoomTimeoutError)
        assert second.outcome is Outcome.NOT_SENT
        assert len(server.requests) == 1

    def test_awaiting_a_token_ends_with_the_deadline(self) -> None:
        async def token() -> str:
            await asyncio.sleep(9)
            return "never"

        with FaultServer(answering(FULL)) as server:
            (error,) = calls("asyncio", server.url, 1, deadline=0.1, token=token)
        assert isinstance(error, errors.ConfigurationError)
        assert isinstance(error.__cause__, TimeoutError)
        assert error.elapsed < 5


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

    def test_a_fork_in_the_middle_of_a_call_gives_back_what_it_took(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two threads of a forked process may both see that it is another one."""

        def start_anew(conversation: Conversation) -> None:
            conversation.receive()
            monkeypatch.setattr(_sockets.os, "getpid", lambda: 1)
            zoom.create_meeting(**ARGUMENTS)
            conversation.send(FULL)

        with (
            FaultServer(start_anew, answering(FULL)) as server,
            ZoomClient(subscription_key=KEY, base_url=server.url) as zoom,
        ):
            assert zoom.create_meeting(**ARGUMENTS).raw


def open_files() -> int:
    """How many files and sockets this process has open; 0 where nobody tells."""
    place = Path("/proc/self/fd")
    return len(list(place.iterdir())) if place.exists() else 0


class TestConnecting:
    """What may happen before the request goes out."""

    def test_cancelling_leaves_no_socket_open(self) -> None:
        async def main() -> None:
            async with AsyncZoomClient(subscription_key=KEY, base_url="http://localhost:9/zoom") as zoom:
                for _ in range(20):
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.01):
                            await zoom.create_meeting(**ARGUMENTS)

        with full_port() as port, pytest.MonkeyPatch.context() as patch:
            found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] * 2
            patch.setattr(_asyncio, "addresses", lambda host, number: [each[4][0] for each in found])
            before = open_files()
            asyncio.run(main())
            after = open_files()
        assert after <= before

    @pytest.mark.parametrize("content", [None, "no certificate"])
    def test_certificates_that_cannot_be_read(
        self, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "some.pem"
        if content:
            file.write_text(content)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        _base_url.tls_context.cache_clear()
        with pytest.raises(errors.ConfigurationError, match="SSL_CERT_FILE"):
            ZoomClient(subscription_key=KEY)

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

                def fail(*arguments: Any, **options: Any) -> Any:
                    raise UnicodeError("label too long")

                monkeypatch.setattr(socket, "getaddrinfo", fail)
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
        link.incoming.begin()
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


def test_a_double_without_a_module_is_seen_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def double(self: Any, request: Any) -> Any:
        raise AssertionError

    double.__module__ = None  # type: ignore[assignment]
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", double)
    assert _pool.is_watched("HTTPTransport", "handle_request")


def test_nobody_watches_where_httpx_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "httpx")
    assert not _pool.is_watched("HTTPTransport", "handle_request")


@BOTH
def test_a_short_credential_is_no_secret(client: str) -> None:
    """Nobody's key is `t` but a newcomer's, whose answers must not be garbled."""
    with FaultServer(answering(FULL)) as server:
        (meeting,) = calls(client, server.url, 1, token="t", subscription_key="id")
    assert isinstance(meeting, Meeting)
    assert meeting.deviations == ()
    assert meeting.raw == MEETING


def test_a_credential_in_the_name_of_a_header_is_hidden() -> None:
    with FaultServer(answering(answer(400, b"no", f"X-{KEY}: 1", "X-Kept: 2"))) as server:
        (error,) = calls("sync", server.url, 1)
    assert isinstance(error, errors.BadRequestError)
    assert "x-kept" in (error.headers or {})
    assert_no_secret(texts(error))


@pytest.mark.parametrize(("exempt", "proxy"), [("luminus.invalid:443", None), ("luminus.invalid:8443", "http://p:1")])
def test_an_exempt_host_may_have_a_port(exempt: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://p:1")
    monkeypatch.setenv("no_proxy", exempt)
    assert _base_url.proxy_for("https://luminus.invalid/zoom") == proxy


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
