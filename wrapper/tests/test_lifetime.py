"""One client, many threads, tasks and processes; cancelled, closed, used in the wrong place."""

import asyncio
import gc
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import anyio
import attrs
import httpx
import pytest
import trio

from luminus_zoom import AsyncZoomClient, ConfigurationError, Meeting, Outcome, ZoomClient, errors
from luminus_zoom._transport import MAX_CONNECTIONS
from wrapper.tests.calls import ARGUMENTS, BODY, KEY, TOKEN, assert_no_secret, call
from wrapper.tests.fault_server import Conversation, FaultServer, answer, answering, full_port, silent

FULL = answer(201, BODY)
RATE = answer(429, b'{"statusCode":429,"message":"Rate limit is exceeded."}', "Retry-After: 5")


def slow(conversation: Conversation) -> None:
    """A script: each answer takes a moment, so that calls overlap."""
    while conversation.receive():
        time.sleep(0.01)
        conversation.send(FULL)


def sync_client(server: FaultServer, **options: Any) -> ZoomClient:
    return ZoomClient(subscription_key=KEY, token=TOKEN, base_url=server.url, **options)


def async_client(server: FaultServer, **options: Any) -> AsyncZoomClient:
    return AsyncZoomClient(subscription_key=KEY, token=TOKEN, base_url=server.url, **options)


@pytest.fixture
def _left_open() -> Iterator[None]:
    """A loop that ends before its client is closed leaves connections behind, of which Python complains."""
    yield
    gc.collect()


class TestManyAtOnce:
    """Threads and tasks that share a client."""

    def test_thirty_two_threads(self) -> None:
        with FaultServer(slow) as server, sync_client(server) as zoom, ThreadPoolExecutor(32) as threads:
            meetings = list(threads.map(lambda _: zoom.create_meeting(**ARGUMENTS), range(128)))
        assert len(meetings) == len(server.requests) == 128
        assert server.connections > 2

    def test_threads_never_wait_in_httpx_which_may_close_the_connection_of_one_that_waits(self) -> None:
        """https://github.com/encode/httpcore/issues/1110"""
        inside, most = threading.Semaphore(MAX_CONNECTIONS), []

        def send(*_: Any, **__: Any) -> httpx.Response:
            most.append(inside.acquire(blocking=False))
            time.sleep(0.01)
            inside.release()
            return httpx.Response(201, content=BODY)

        zoom = ZoomClient(subscription_key=KEY)
        with mock.patch("httpx.Client.send", side_effect=send), ThreadPoolExecutor(32) as threads:
            list(threads.map(lambda _: zoom.create_meeting(**ARGUMENTS), range(96)))
        assert most == [True] * 96

    def test_a_thread_that_gets_no_connection_sends_nothing(self) -> None:
        with mock.patch("luminus_zoom._transport.Semaphore") as slots, mock.patch("httpx.Client.send") as send:
            slots.return_value.acquire.return_value = False
            with pytest.raises(errors.ZoomTimeoutError, match="no connection became free") as caught:
                ZoomClient(subscription_key=KEY, timeout=5, retries=0).create_meeting(**ARGUMENTS)
        assert caught.value.outcome is Outcome.NOT_SENT
        slots.return_value.acquire.assert_called_once_with(timeout=5)
        send.assert_not_called()

    def test_a_thread_that_waited_while_the_client_was_closed_sends_nothing(self) -> None:
        zoom = ZoomClient(subscription_key=KEY, retries=0)

        def acquire(**_: float) -> bool:
            zoom.close()
            return True

        with mock.patch("luminus_zoom._transport.Semaphore") as slots, mock.patch("httpx.Client.send") as send:
            slots.return_value.acquire.side_effect = acquire
            with pytest.raises(errors.ZoomConnectionError, match="the client was closed") as caught:
                zoom.create_meeting(**ARGUMENTS)
        assert caught.value.outcome is Outcome.NOT_SENT
        slots.return_value.release.assert_called_once()
        send.assert_not_called()

    @pytest.mark.parametrize("run", [asyncio.run, lambda main: trio.run(lambda: main)], ids=["asyncio", "trio"])
    def test_two_hundred_tasks(self, run: Callable[[Any], None]) -> None:
        meetings: list[Meeting] = []

        async def main() -> None:
            async def create() -> None:
                meetings.append(await zoom.create_meeting(**ARGUMENTS))

            async with async_client(server) as zoom, anyio.create_task_group() as tasks:
                for _ in range(200):
                    tasks.start_soon(create)

        with FaultServer(slow) as server:
            run(main())
        assert len(meetings) == len(server.requests) == 200
        assert server.connections > 2

    def test_one_deadline_does_not_end_another_thread_s_call(self) -> None:
        def hesitating(conversation: Conversation) -> None:
            conversation.receive()
            time.sleep(0.3)
            conversation.send(FULL)

        with FaultServer(hesitating) as server, sync_client(server) as zoom, ThreadPoolExecutor(2) as threads:
            patient = threads.submit(zoom.create_meeting, **ARGUMENTS)
            hasty = threads.submit(zoom.create_meeting, deadline=0.1, **ARGUMENTS)
            assert isinstance(hasty.exception(), errors.ZoomTimeoutError)
            assert patient.result().raw


class TestClosing:
    """The end of a client."""

    def test_sync(self) -> None:
        with FaultServer(answering(FULL)) as server:
            zoom = sync_client(server)
            with zoom as same:
                assert same is zoom
                zoom.create_meeting(**ARGUMENTS)
            zoom.close()
            with pytest.raises(ConfigurationError, match="this client is closed") as caught:
                zoom.create_meeting(**ARGUMENTS)
        assert caught.value.outcome is Outcome.NOT_SENT
        assert len(server.requests) == 1

    def test_async(self) -> None:
        async def main() -> None:
            zoom = async_client(server)
            async with zoom as same:
                assert same is zoom
                await zoom.create_meeting(**ARGUMENTS)
            await zoom.aclose()
            with pytest.raises(ConfigurationError, match="this client is closed"):
                await zoom.create_meeting(**ARGUMENTS)

        with FaultServer(answering(FULL)) as server:
            asyncio.run(main())
        assert len(server.requests) == 1

    def test_a_preview_needs_no_connection(self) -> None:
        zoom = ZoomClient(subscription_key=KEY)
        zoom.close()
        assert zoom.preview_meeting(**ARGUMENTS).body

    def test_while_a_call_is_in_flight(self) -> None:
        with FaultServer(silent) as server, ThreadPoolExecutor(1) as threads:
            zoom = sync_client(server, timeout=0.5)
            flying = threads.submit(zoom.create_meeting, **ARGUMENTS)
            wait_until(lambda: server.requests)
            zoom.close()
            error = flying.exception()
        assert isinstance(error, errors.ZoomError)
        assert error.outcome is Outcome.UNKNOWN

    def test_no_finalizer_is_needed(self) -> None:
        assert not [client for client in (ZoomClient, AsyncZoomClient) if hasattr(client, "__del__")]


def wait_until(condition: Callable[[], object]) -> None:
    """Give another thread time."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


class TestProcesses:
    """A client in a forked process."""

    def in_child(self, work: Callable[[], object]) -> int:
        """Whether the work succeeds in a forked process: 0 if so."""
        child = os.fork()
        if not child:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    @pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
    def test_sync(self) -> None:
        with FaultServer(answering(FULL)) as server, sync_client(server) as zoom:
            zoom.create_meeting(**ARGUMENTS)
            assert self.in_child(lambda: zoom.create_meeting(**ARGUMENTS)) == 0
            zoom.create_meeting(**ARGUMENTS)
        assert len(server.requests) == 3
        assert server.connections == 2

    def test_another_process_has_its_own_connections(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with FaultServer(answering(FULL)) as server, sync_client(server) as zoom:
            zoom.create_meeting(**ARGUMENTS)
            with monkeypatch.context() as patch:
                patch.setattr(os, "getpid", lambda: 1)
                zoom.create_meeting(**ARGUMENTS)
                zoom.create_meeting(**ARGUMENTS)
                zoom._transport.close()
        assert server.connections == 2

    @pytest.mark.usefixtures("_left_open")
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    @pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
    def test_async(self) -> None:
        with FaultServer(answering(FULL)) as server:
            unused, used = async_client(server), async_client(server)
            asyncio.run(used.create_meeting(**ARGUMENTS))
            assert self.in_child(lambda: asyncio.run(unused.create_meeting(**ARGUMENTS))) == 0
            assert self.in_child(lambda: asyncio.run(used.create_meeting(**ARGUMENTS))) == 1
        assert len(server.requests) == 2


class TestLoops:
    """An async client belongs to the event loop that used it first."""

    @pytest.mark.usefixtures("_left_open")
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_a_second_loop_is_refused(self) -> None:
        async def main() -> None:
            await zoom.create_meeting(**ARGUMENTS)
            await zoom.create_meeting(**ARGUMENTS)

        with FaultServer(answering(FULL)) as server:
            zoom = async_client(server)
            asyncio.run(main())
            for run in (asyncio.run, lambda main: trio.run(lambda: main)):
                with pytest.raises(ConfigurationError, match="another event loop") as caught:
                    run(main())
                assert caught.value.outcome is Outcome.NOT_SENT
            asyncio.run(zoom.aclose())
        assert len(server.requests) == 2

    def test_one_that_was_not_used_may_be_closed_anywhere(self) -> None:
        with FaultServer(answering(FULL)) as server:
            zoom = async_client(server)
            asyncio.run(zoom.aclose())
            assert "closed" in repr(zoom)


async def once_received(server: FaultServer, act: Callable[[], object] = lambda: None) -> None:
    """Do something when the server, which is in another thread, has received a request."""
    while not server.requests:  # noqa: ASYNC110
        await anyio.sleep(0.01)
    act()


def token_that_never_comes() -> Any:
    """A token for which one waits."""
    return anyio.sleep(9)


class TestCancelling:
    """A task that is cancelled says what became of its meeting."""

    @pytest.mark.parametrize(
        ("place", "outcome"),
        [("token", "NOT_SENT"), ("connecting", "NOT_SENT"), ("answer", "UNKNOWN"), ("waiting", "NOT_SENT")],
    )
    def test_asyncio(self, place: str, outcome: str) -> None:
        error, usable, events = asyncio.run(self.cancelled(place))
        assert isinstance(error, asyncio.CancelledError)
        self.check(error, outcome)
        assert usable
        assert [(event.name, event.error) for event in events if event.name == "failed"] == [
            ("failed", "CancelledError")
        ]

    async def cancelled(self, place: str) -> tuple[Any, bool, list[Any]]:
        """The error of a call cancelled at some place, whether the client can be used after it, and its events."""
        events: list[Any] = []
        scripts = {"answer": silent, "waiting": answering(RATE, FULL)}
        with full_port() as full, FaultServer(scripts.get(place, answering(FULL)), answering(FULL)) as server:
            async with async_client(server, hooks=[events.append], timeout=2) as zoom:
                normal = zoom._configuration
                if place == "token":
                    zoom._token = token_that_never_comes
                if place == "connecting":
                    zoom._configuration = attrs.evolve(normal, base_url=f"http://127.0.0.1:{full}")
                task = asyncio.create_task(zoom.create_meeting(**ARGUMENTS))
                if place == "answer":
                    await once_received(server)
                await asyncio.sleep(0.2)
                task.cancel()
                with pytest.raises(asyncio.CancelledError) as caught:
                    await task
                zoom._token, zoom._configuration = None, normal
                return caught.value, bool((await zoom.create_meeting(**ARGUMENTS)).raw), events

    def check(self, error: BaseException, outcome: str) -> None:
        assert error.outcome is Outcome[outcome]  # type: ignore[attr-defined]
        assert error.__notes__[0].startswith(
            "A meeting may have been" if outcome == "UNKNOWN" else "No meeting was created, nothing was sent"
        )
        assert_no_secret(["".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())])

    def test_a_timeout_of_asyncio_s(self) -> None:
        async def main() -> None:
            async with async_client(server) as zoom, asyncio.timeout(None) as limit:
                asyncio.create_task(once_received(server, lambda: limit.reschedule(0)))  # noqa: RUF006
                await zoom.create_meeting(**ARGUMENTS)

        with FaultServer(silent) as server, pytest.raises(TimeoutError) as caught:
            asyncio.run(main())
        assert caught.value.__cause__ is not None
        self.check(caught.value.__cause__, "UNKNOWN")

    def test_trio(self) -> None:
        caught: list[BaseException] = []

        async def main() -> bool:
            async with async_client(server) as zoom, trio.open_nursery() as nursery:
                with trio.CancelScope() as scope:
                    nursery.start_soon(once_received, server, scope.cancel)
                    try:
                        await zoom.create_meeting(**ARGUMENTS)
                    except trio.Cancelled as cancelled:
                        caught.append(cancelled)
                        raise
                return bool((await zoom.create_meeting(**ARGUMENTS)).raw)

        with FaultServer(silent, answering(FULL)) as server:
            assert trio.run(main)
        self.check(caught[0], "UNKNOWN")


@pytest.mark.parametrize("run", [asyncio.run, lambda main: trio.run(lambda: main)], ids=["asyncio", "trio"])
def test_a_cancelled_tls_handshake_leaves_no_connection_open(run: Callable[[Any], None]) -> None:
    """Python complains of a connection that the garbage collector has to close."""

    async def main() -> None:
        async with AsyncZoomClient(subscription_key=KEY, base_url=server.url.replace("http:", "https:")) as zoom:
            with anyio.move_on_after(0.2):
                await zoom.create_meeting(**ARGUMENTS)

    with FaultServer(silent) as server:
        run(main())
        gc.collect()
    assert server.connections == 1


class TestInterrupting:
    """Ctrl-C."""

    def interrupt(self, server: FaultServer, thread: int) -> None:
        """Press Ctrl-C once the request was received, and dealt with."""
        wait_until(lambda: server.requests)
        time.sleep(0.2)
        signal.pthread_kill(thread, signal.SIGINT)

    @pytest.mark.parametrize(
        ("script", "outcome"), [(silent, Outcome.UNKNOWN), (answering(RATE), Outcome.NOT_SENT)], ids=["answer", "wait"]
    )
    def test_sync(self, script: Any, outcome: Outcome) -> None:
        main = threading.main_thread().ident
        assert main == threading.get_ident()
        with FaultServer(script, answering(FULL)) as server, sync_client(server) as zoom:
            threading.Thread(target=self.interrupt, args=(server, main)).start()
            with pytest.raises(KeyboardInterrupt) as caught:
                zoom.create_meeting(**ARGUMENTS)
            TestCancelling().check(caught.value, outcome.name)
            if outcome is Outcome.UNKNOWN:
                assert zoom.create_meeting(**ARGUMENTS).raw


@pytest.mark.parametrize("client", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("failure", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label")])
def test_a_host_without_address(client: str, failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(host: Any, *arguments: Any, **options: Any) -> Any:
        if "luminus" in str(host):
            raise failure
        return known(host, *arguments, **options)

    known = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    ended = call(client, "https://luminus.invalid", retries=0)
    assert isinstance(ended.error, errors.ZoomConnectionError)
    assert ended.error.outcome is Outcome.NOT_SENT


def test_the_next_address_is_tried_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Happy eyeballs (RFC 8305): a dead first address does not cost a timeout."""
    known = socket.getaddrinfo

    def many(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        found = known("127.0.0.1", port, *arguments, **options)
        dead = (*found[0][:4], ("127.0.0.1", full))
        return [dead, *found] if host in ("localhost", b"localhost") else found

    with full_port() as full, FaultServer(answering(FULL)) as server:
        monkeypatch.setattr(socket, "getaddrinfo", many)
        ended = call("asyncio", f"http://localhost:{server.port}/zoom", timeout=20, deadline=20)
    assert ended.meeting
    assert ended.seconds < 10
