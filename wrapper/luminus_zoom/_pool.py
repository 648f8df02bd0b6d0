"""Which way a call goes: over the library's own connections, or through httpx where something asks for that.

Asked for are a transport of the user's, a proxy, trio, and whatever watches or replaces httpx's sending in the process,
as OpenTelemetry and test doubles do, which are to see this library's calls too.

Imports are inside the functions where a program may do without them: httpx, anyio and asyncio take long.
"""

import sys
import threading
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ._base_url import proxy_for
from ._sockets import Connections
from .errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

    from ._asyncio import AsyncioConnections
    from ._call import Failure, Send
    from ._httpx import AsyncHttpxConnections, HttpxConnections
    from ._request import Request
    from ._response import Response


def is_watched(kind: str, method: str) -> bool:
    """Whether something has put itself in the place of a method of httpx's transports or httpcore's pools."""
    if "httpx" not in sys.modules:
        return False
    for library, name in (("httpx", kind), ("httpcore", kind.replace("HTTPTransport", "ConnectionPool"))):
        module = sys.modules.get(library)
        function = getattr(getattr(module, name, None), method, None)
        if function is not None and not _is_original(function, library):
            return True
    return False


def _is_original(function: Any, library: str) -> bool:
    plain = type(function) is FunctionType and not hasattr(function, "__wrapped__")
    return plain and (function.__module__ or "").partition(".")[0] == library


class Pool:
    """The connections of one `ZoomClient`."""

    def __init__(self, base_url: str, transport: "httpx.BaseTransport | None") -> None:
        self._base_url = base_url
        self._lock = threading.Lock()
        self._direct = Connections(base_url) if transport is None and proxy_for(base_url) is None else None
        self._httpx: HttpxConnections | None = None
        if self._direct is None:
            self._through_httpx(transport)

    def send(self, request: "Request", step: "Send") -> "Response | Failure":
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions."""
        if self._direct and not is_watched("HTTPTransport", "handle_request"):
            return self._direct.send(request, step)
        return self._through_httpx(None).send(request, step)

    def _through_httpx(self, transport: "httpx.BaseTransport | None") -> "HttpxConnections":
        from ._httpx import HttpxConnections

        with self._lock:
            self._httpx = self._httpx or HttpxConnections(self._base_url, transport)
        return self._httpx

    def close(self) -> None:
        """Close all connections."""
        if self._direct:
            self._direct.close()
        if self._httpx:
            self._httpx.close()


class AsyncPool:
    """The connections of one `AsyncZoomClient`, which belong to one event loop unless they are the user's own."""

    def __init__(self, base_url: str, transport: "httpx.AsyncBaseTransport | None") -> None:
        self._base_url = base_url
        self._is_own = transport is None
        self._loop: object = None
        self._direct = _asyncio_connections(base_url) if self._is_own and proxy_for(base_url) is None else None
        self._httpx: AsyncHttpxConnections | None = None
        if self._direct is None:
            self._through_httpx(transport)

    async def send(self, request: "Request", step: "Send") -> "Response | Failure":
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions.

        Raises:
            ConfigurationError: the connections belong to another event loop.
        """
        loop = running_loop()
        if self._is_foreign(loop):
            raise ConfigurationError(
                "No meeting was created: this client was used in another event loop before. Make one for each loop."
            )
        self._loop = loop
        if self._direct and is_asyncio(loop) and not is_watched("AsyncHTTPTransport", "handle_async_request"):
            return await self._direct.send(request, step)
        return await self._through_httpx(None).send(request, step)

    def _is_foreign(self, loop: object) -> bool:
        return self._is_own and self._loop is not None and self._loop != loop

    def _through_httpx(self, transport: "httpx.AsyncBaseTransport | None") -> "AsyncHttpxConnections":
        from ._httpx import AsyncHttpxConnections

        self._httpx = self._httpx or AsyncHttpxConnections(self._base_url, transport)
        return self._httpx

    async def aclose(self) -> None:
        """Close all connections. Those of another event loop have ended with it."""
        loop = running_loop()
        if self._is_foreign(loop):
            return
        if self._direct and is_asyncio(loop):
            await self._direct.aclose()
        if self._httpx:
            await self._httpx.aclose()


def _asyncio_connections(base_url: str) -> "AsyncioConnections":
    from ._asyncio import AsyncioConnections

    return AsyncioConnections(base_url)


def running_loop() -> object:
    """What stands for the running event loop."""
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        import anyio.lowlevel

        return anyio.lowlevel.current_token()


def is_asyncio(loop: object) -> bool:
    """Whether an event loop is one of asyncio's."""
    import asyncio

    return isinstance(loop, asyncio.AbstractEventLoop)
