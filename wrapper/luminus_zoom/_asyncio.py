"""One request out, one answer in, within a deadline, over asyncio's connections."""

import asyncio
import time
from typing import Any

from ._decide import Failure, Send
from ._http1 import Incoming, MalformedError, encoded
from ._links import MOST, Idle, failed
from ._place import Place
from ._prepare import Request
from ._read import Answer


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

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._finish(exc or ConnectionResetError("the connection was closed"))

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
        data = encoded(request)
        end = time.monotonic() + step.seconds
        link: AsyncioLink | None = None
        try:
            await self._room(min(step.timeout, step.seconds))
        except TimeoutError:
            return Failure("no connection became free in time", sent=False, timeout=True)
        try:
            link = self._idle.take() or await self._connected(min(step.timeout, end - time.monotonic()))
            step.sent = True
            await link.exchange(data, step.timeout, end)
            self._idle.keep(link)
            return link.incoming.answer()
        except BaseException as error:
            if link:
                link.close()
            if not isinstance(error, Exception):
                raise
            return failed(error, step, link.incoming if link else None)
        finally:
            self._free.release()

    async def _room(self, seconds: float) -> None:
        """Take the room for a connection, waiting for it where there is none."""
        if not self._free.locked():
            await self._free.acquire()  # It does not wait, and to set up a timeout would cost more than the rest.
            return
        async with asyncio.timeout(seconds):
            await self._free.acquire()

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
