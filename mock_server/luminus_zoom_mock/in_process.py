"""The mock without a port: a transport for httpx or httpx2, sync and async."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any, Self

import anyio

from luminus_zoom_mock.app import MockApp, create_app, joined
from luminus_zoom_mock.controls import Controls
from luminus_zoom_mock.exchange import Answer, Call
from luminus_zoom_mock.faults import FOREVER
from luminus_zoom_mock.settings import Settings


class InProcessMock(Controls):
    """The mock in the calling process: `transport()` is passed to an httpx client. A context manager."""

    base_url = "https://luminus-zoom-mock.invalid/zoom"
    """An address that exists nowhere."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Be ready to answer; None stands for the default settings. Raises what `create_app` raises."""
        self.app = create_app(settings)
        self.base_url = f"https://luminus-zoom-mock.invalid{self.app.contract.base}"

    def transport(self, library: ModuleType | None = None) -> Any:
        """Return a transport for clients of this library, `httpx` (by default) or `httpx2`, sync and async."""
        if library is None:
            import httpx as library  # Otherwise the mock does without it.
        return _transport(self.app, library)

    def close(self) -> None:
        """Close the store; more than once does no harm."""
        self.app.store.close()

    def __enter__(self) -> Self:
        """Return the mock."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def _transport(app: MockApp, library: Any) -> Any:
    class MockTransport(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[misc]
        """Answers each request from the mock."""

        def handle_request(self, request: Any) -> Any:
            answer = app.answer(_call(request, request.read()))
            if answer.delay and answer.delay != FOREVER:
                time.sleep(answer.delay)
            return _response(answer, request, library)

        async def handle_async_request(self, request: Any) -> Any:
            answer = app.answer(_call(request, await request.aread()))
            if answer.delay and answer.delay != FOREVER:
                await anyio.sleep(answer.delay)
            return _response(answer, request, library)

    return MockTransport()


def _call(request: Any, body: bytes) -> Call:
    path, _, query = request.url.raw_path.partition(b"?")
    headers = joined([(name.lower(), value) for name, value in request.headers.raw])
    return Call(request.method, path.decode("latin-1"), query, headers, body)


def _response(answer: Answer, request: Any, library: Any) -> Any:
    """The answer as the library's response. What a broken connection raises is raised, and a timeout at once."""
    if answer.delay == FOREVER:
        raise library.ReadTimeout("The read operation timed out", request=request)
    if answer.sent == -1:
        raise library.RemoteProtocolError("Server disconnected without sending a response.", request=request)
    if answer.sent is None:
        return library.Response(answer.status, headers=answer.headers, content=answer.body)

    class CutOff(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        """A body whose connection is closed before its end."""

        def __iter__(self) -> Iterator[bytes]:
            yield answer.body[: answer.sent]
            raise library.RemoteProtocolError("peer closed connection without sending complete message body")

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for chunk in self:
                yield chunk

    headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
    return library.Response(answer.status, headers=headers, stream=CutOff())
