"""One request out, one answer in, within a deadline, over asyncio's connections."""

import asyncio
import time
from typing import Any

from ._call import Failure, Send
from ._http1 import Incoming, MalformedError, encoded
from ._links import MOST, Idle, failed, has_news, left
from ._base_url import Place
from ._request import Request
from ._response import Response
from ._sockets import addresses


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
        """Whether it is open, has sent all that it was given, and nothing has come that nobody asked for.

        What has come may not have been told yet, if the event loop is busy.
        """
        if self._transport.is_closing() or self._transport.get_write_buffer_size():
            return False
        return not has_news(self._transport.get_extra_info("socket").fileno())

    def close(self) -> None:
        """Close it."""
        self._transport.abort()

    async def exchange(self, data: bytes, timeout: float, end: float) -> None:  # noqa: ASYNC109 - a phase's
        """Send a request and take in its answer: something every `timeout` seconds, and all of it before `end`."""
        self._loop = asyncio.get_running_loop()
        self._done = self._loop.create_future()
        self._heard = time.monotonic()
        self._timeout, self._end = timeout, end
        self._timer = self._loop.call_later(min(timeout, end - self._heard), self._look)
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

    async def send(self, request: Request, step: Send) -> Response | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions."""
        data = encoded(request)
        end = time.monotonic() + step.seconds
        link: AsyncioLink | None = None
        incoming: Incoming | None = None
        try:
            await self._room(min(step.timeout, step.seconds))
        except TimeoutError:
            return Failure("no connection became free in time", sent=False, timeout=True)
        try:
            link = self._idle.take() or await self._connected(left(step.timeout, end))
            left(step.timeout, end)
            incoming = link.incoming
            incoming.begin()
            step.sent = True
            await link.exchange(data, step.timeout, end)
            self._idle.keep(link)
            return incoming.answer()
        except BaseException as error:
            if link:
                link.close()
            if not isinstance(error, Exception):
                raise
            return failed(error, step, incoming)
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
        """A new connection to any of the host's addresses, in one phase for all of them.

        One address after the other: asyncio's way of trying several at once leaks sockets when it is cancelled.
        """
        loop, place, end = asyncio.get_running_loop(), self._place, time.monotonic() + seconds
        options: dict[str, Any] = {"ssl": place.tls, "server_hostname": place.host} if place.tls else {}
        failure = OSError()
        async with asyncio.timeout(seconds):
            found = await loop.run_in_executor(None, addresses, place.host, place.port)
        for number, address in enumerate(found):
            try:
                async with asyncio.timeout((end - time.monotonic()) / (len(found) - number)):
                    return (await loop.create_connection(AsyncioLink, address, place.port, **options))[1]
            except OSError as error:
                failure = error
        raise failure

    async def aclose(self) -> None:
        """Close all connections."""
        self._idle.close()
        await asyncio.sleep(0)  # asyncio closes sockets in its next round.
