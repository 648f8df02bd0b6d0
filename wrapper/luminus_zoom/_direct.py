"""One request out, one answer in, within a deadline, over the library's own connections: sockets, or asyncio's.

A connection carries one request at a time and is then kept for the next, the latest one first, so that those that are
not needed run out. It is given up as soon as anything is wrong with it.
"""

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from ._decide import Failure, Send
from ._http1 import Incoming, MalformedError, encoded
from ._place import Place
from ._prepare import Request
from ._read import Answer

MOST = 100
"""Connections of one client; further calls wait until one is free."""
KEPT = 5.0
"""Seconds for which an idle connection is trusted to be still there."""


class Link(Protocol):
    """A connection."""

    incoming: Incoming

    def is_quiet(self) -> bool:
        """Whether it is open and nothing has come that nobody asked for."""
        ...

    def close(self) -> None:
        """Close it at once."""
        ...


AnyLink = TypeVar("AnyLink", bound=Link)


class Idle(Generic[AnyLink]):
    """Connections that wait for their next request."""

    def __init__(self) -> None:
        self._links: deque[tuple[float, AnyLink]] = deque()
        self._is_closed = False

    def take(self) -> AnyLink | None:
        """The one that was used last, if it is still good."""
        with contextlib.suppress(IndexError):
            while True:
                since, link = self._links.pop()
                if time.monotonic() - since < KEPT and link.is_quiet():
                    return link
                link.close()
        return None

    def keep(self, link: AnyLink) -> None:
        """Keep one for later, and drop the one that has waited longest if that is too long."""
        if self._is_closed or not link.incoming.is_reusable:
            link.close()
            return
        now = time.monotonic()
        self._links.append((now, link))
        with contextlib.suppress(IndexError):
            if now - self._links[0][0] > KEPT:
                self._links.popleft()[1].close()

    def close(self) -> None:
        """Close them, and whatever is given back later."""
        self._is_closed = True
        with contextlib.suppress(IndexError):
            while True:
                self._links.pop()[1].close()


def _failed(error: Exception, step: Send, incoming: Incoming | None) -> Answer | Failure:
    """What an attempt amounts to that ended with an error."""
    is_late = isinstance(error, TimeoutError)
    text = f"{type(error).__name__}: {error}" if not isinstance(error, MalformedError) else str(error)
    if incoming and incoming.has_head:
        return incoming.answer("its body did not end in time" if is_late else f"its body broke off ({text})")
    if is_late:
        text = "there was no answer in time" if step.sent else "there was no connection in time"
    return Failure(text, step.sent, is_late, None if isinstance(error, MalformedError) else error)


class SocketLink:
    """A connection of blocking sockets."""

    def __init__(self, connection: socket.socket) -> None:
        self.incoming = Incoming()
        self._socket = connection

    def is_quiet(self) -> bool:
        """Whether it is open and nothing has come that nobody asked for."""
        try:
            self._socket.settimeout(0)
            # Below TLS, whose sockets do not peek.
            socket.socket.recv(self._socket, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def exchange(self, data: bytes, left: Callable[[], float]) -> None:
        """Send a request and take in its answer; `left` tells the seconds for each step."""
        self.incoming.begin()
        try:
            view = memoryview(data)
            while view:
                self._socket.settimeout(left())
                view = view[self._socket.send(view) :]
        except (BrokenPipeError, ConnectionResetError):
            pass  # It may have answered before it had read everything.
        while not self.incoming.is_complete:
            self._socket.settimeout(left())
            self.incoming.feed(self._socket.recv(65536))


class Connections:
    """The connections of one `ZoomClient`. Safe from many threads, and in a forked process."""

    def __init__(self, base_url: str) -> None:
        self._place = Place(base_url)
        self._start()

    def _start(self) -> None:
        self._idle: Idle[SocketLink] = Idle()
        self._free = threading.BoundedSemaphore(MOST)
        self._process = os.getpid()

    def send(self, request: Request, step: Send) -> Answer | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions."""
        if self._process != os.getpid():
            # Connections can't be shared with the process that this one was forked from.
            self._start()
        end = time.monotonic() + step.seconds
        if not self._free.acquire(timeout=min(step.timeout, step.seconds)):
            return Failure("no connection became free in time", sent=False, timeout=True)
        link: SocketLink | None = None

        def left() -> float:
            seconds = min(step.timeout, end - time.monotonic())
            if seconds <= 0:
                raise TimeoutError
            return seconds

        try:
            link = self._idle.take() or SocketLink(self._connected(left))
            step.sent = True
            link.exchange(encoded(request), left)
            self._idle.keep(link)
            return link.incoming.answer()
        except BaseException as error:
            if link:
                link.close()
            if not isinstance(error, Exception):
                raise
            return _failed(error, step, link.incoming if link else None)
        finally:
            self._free.release()

    def _connected(self, left: Callable[[], float]) -> socket.socket:
        """A new connection to any of the host's addresses, in one phase for all of them."""
        end = time.monotonic() + left()
        failure = OSError(f"{self._place.host} has no address")
        for address in self._addresses():
            connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
            try:
                connection.settimeout(max(end - time.monotonic(), 0.001))
                connection.connect((address, self._place.port))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
                return self._secured(connection, left)
            except OSError as error:
                connection.close()
                failure = error
            except BaseException:
                connection.close()
                raise
        raise failure

    def _addresses(self) -> list[str]:
        """The host's IP addresses."""
        try:
            found = socket.getaddrinfo(self._place.host, self._place.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise OSError(f"{self._place.host}: {error}") from error
        return [str(each[4][0]) for each in found]

    def _secured(self, connection: socket.socket, left: Callable[[], float]) -> socket.socket:
        """The same connection with TLS, where that is asked for."""
        if self._place.tls is None:
            return connection
        connection.settimeout(left())
        return self._place.tls.wrap_socket(connection, server_hostname=self._place.host)

    def close(self) -> None:
        """Close all connections."""
        self._idle.close()


class AsyncioLink(asyncio.Protocol):
    """A connection of asyncio's."""

    def __init__(self) -> None:
        self.incoming = Incoming()
        self._transport: Any = None
        self._done: asyncio.Future[None] | None = None
        self._heard = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        if self._done is None:
            self.close()  # Nobody asked for it.
            return
        self._heard = time.monotonic()
        try:
            self.incoming.feed(data)
        except MalformedError as error:
            self._finish(error)
        if self.incoming.is_complete:
            self._finish()

    def eof_received(self) -> None:
        """Called by asyncio, which closes the connection then."""
        self.data_received(b"")

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        self._finish(error or ConnectionResetError("the connection was closed"))

    def _finish(self, error: Exception | None = None) -> None:
        if self._done is None or self._done.done():
            return
        if error:
            self._done.set_exception(error)
        else:
            self._done.set_result(None)

    def is_quiet(self) -> bool:
        """Whether it is open; it is closed when anything comes that nobody asked for."""
        return not self._transport.is_closing()

    def close(self) -> None:
        """Close it."""
        self._transport.abort()

    async def exchange(self, data: bytes, timeout: float, end: float) -> None:  # noqa: ASYNC109 - a phase's
        """Send a request and take in its answer: something every `timeout` seconds, and all of it before `end`."""
        self.incoming.begin()
        self._loop = asyncio.get_running_loop()
        self._done = self._loop.create_future()
        self._heard = time.monotonic()
        self._timeout, self._end = timeout, end
        self._look()
        try:
            self._transport.write(data)
            await self._done
        finally:
            self._timer.cancel()
            self._done = None

    def _look(self) -> None:
        """Finish if it is too late, else look again when it may be. To set a timer for every piece would cost more."""
        seconds = min(self._heard + self._timeout, self._end) - time.monotonic()
        if seconds > 0:
            self._timer = self._loop.call_later(seconds, self._look)
        else:
            self._finish(TimeoutError())


class AsyncioConnections:
    """The connections of one `AsyncZoomClient`, which belong to one of asyncio's event loops. Safe from many tasks."""

    def __init__(self, base_url: str) -> None:
        self._place = Place(base_url)
        self._idle: Idle[AsyncioLink] = Idle()
        self._free = asyncio.Semaphore(MOST)

    async def send(self, request: Request, step: Send) -> Answer | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions."""
        end = time.monotonic() + step.seconds
        link: AsyncioLink | None = None
        if not await self._is_free(min(step.timeout, step.seconds)):
            return Failure("no connection became free in time", sent=False, timeout=True)
        try:
            link = self._idle.take() or await self._connected(min(step.timeout, end - time.monotonic()))
            step.sent = True
            await link.exchange(encoded(request), step.timeout, end)
            self._idle.keep(link)
            return link.incoming.answer()
        except BaseException as error:
            if link:
                link.close()
            if not isinstance(error, Exception):
                raise
            return _failed(error, step, link.incoming if link else None)
        finally:
            self._free.release()

    async def _is_free(self, seconds: float) -> bool:
        """Whether there is room for another connection, perhaps after waiting; the room is taken then."""
        if not self._free.locked():
            return await self._free.acquire()  # A timeout is only set up where there is something to wait for.
        try:
            async with asyncio.timeout(seconds):
                return await self._free.acquire()
        except TimeoutError:
            return False

    async def _connected(self, seconds: float) -> AsyncioLink:
        """A new connection."""
        loop = asyncio.get_running_loop()
        place = self._place
        # uvloop's loops try the addresses one after the other, and do not know the argument.
        options: dict[str, Any] = {"happy_eyeballs_delay": 0.25} if isinstance(loop, asyncio.BaseEventLoop) else {}
        if place.tls:
            options |= {"ssl": place.tls, "server_hostname": place.host}
        try:
            async with asyncio.timeout(seconds):
                _, link = await loop.create_connection(AsyncioLink, place.host, place.port, **options)
        except UnicodeError as error:
            raise OSError(f"{place.host}: {error}") from error
        return link

    async def aclose(self) -> None:
        """Close all connections."""
        self._idle.close()
        await asyncio.sleep(0)  # asyncio closes sockets in its next round.
