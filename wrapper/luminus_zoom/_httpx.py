"""The only module that imports httpx: one request out, one answer in, within a deadline, over an httpx transport.

It calls a transport directly. What `httpx.Client` would add (redirects, cookies, its log of URLs) is not wanted here.
"""

import contextlib
import functools
import os
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

import anyio
import httpcore
import httpx

from ._call import Failure, Send
from ._base_url import proxy_for, tls_context
from ._request import Request
from ._response import MAX_BODY, Response
from ._sockets import addresses
from .errors import ConfigurationError

# What httpx raises before the first byte of a request is written.
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_QUOTED_BYTES = re.compile(r"(?:bytearray\()?\bb(['\"]).*", re.DOTALL)
Transport = TypeVar("Transport", httpx.HTTPTransport, httpx.AsyncHTTPTransport)


def own_transport(kind: type[Transport], base_url: str) -> Transport:
    """httpx's own transport.

    Raises:
        ConfigurationError: the environment names a proxy that cannot be used.
    """
    try:
        return kind(verify=tls_context(), trust_env=False, proxy=proxy_for(base_url))
    except (httpx.InvalidURL, ValueError, ImportError) as error:
        raise ConfigurationError(f"No meeting was created: the environment's proxy cannot be used: {error}") from None


def checked_transport(transport: object, method: str) -> None:
    """Refuse what is no transport of the right kind.

    Raises:
        ConfigurationError: it cannot handle requests as the client would ask it to.
    """
    if transport is not None and not callable(getattr(transport, method, None)):
        raise ConfigurationError(f"No meeting was created: transport= wants an httpx transport with {method}.")


def is_never_sent(error: Exception) -> bool:
    """Whether an exception of a transport says for certain that nothing was sent.

    Another library's exception in httpx's clothes is not believed: the httpx transports of aiohttp and pyreqwest report
    a server that hung up, or did not answer, after it had read the request as a connection that was never made.
    """
    cause = type(error.__cause__).__module__.partition(".")[0]
    return isinstance(error, NEVER_SENT) and (error.__cause__ is None or cause == "httpcore")


class Body(httpx.ByteStream):
    """A request's body whose async iterator is no generator, as a failing write would leave one behind unfinished."""

    def __aiter__(self) -> Self:
        self._pieces = iter(self)
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration


class Exchange:
    """One attempt: the request as httpx wants it, and how much of it has gone out and come in."""

    def __init__(self, request: Request, step: Send, trace: Callable[..., Any] | None) -> None:
        self.end = time.monotonic() + step.seconds
        self.step = step
        # A transport that does not say when it sends is taken to have sent, unless its exception says otherwise.
        step.sent = trace is None
        self.response: httpx.Response | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        phase = max(min(step.timeout, step.seconds), 0.001)
        extensions: dict[str, Any] = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), phase)}
        if trace is not None:
            extensions["trace"] = functools.partial(trace, self)
        headers = [*request.headers, *request.credentials.headers()]
        self.request = httpx.Request(
            request.method, request.url, headers=headers, stream=Body(request.body), extensions=extensions
        )
        self.request.read()

    def trace(self, name: str, info: dict[str, Any]) -> None:
        """Hear what httpcore does. A proxy's CONNECT is a request too, but not ours."""
        if name.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.step.sent = True

    async def atrace(self, name: str, info: dict[str, Any]) -> None:
        """The same for httpcore's async side."""
        self.trace(name, info)

    def receive(self, response: httpx.Response) -> httpx.Response:
        """Keep the beginning of the answer."""
        if not isinstance(response, httpx.Response):
            raise TypeError(f"the transport returned {type(response).__name__}")
        self.response = response
        return response

    def take(self, chunk: bytes) -> bool:
        """Keep a piece of the body; False when there is no room or no time for more."""
        self._chunks.append(chunk[: max(MAX_BODY - self._size, 0)])
        self._size += len(chunk)
        return self._size <= MAX_BODY and time.monotonic() < self.end

    def answer(self, fault: str | None = None) -> Response | Failure:
        """What came, whole or cut short by the deadline, by its size or by a `fault`."""
        if self.response is None:
            return Failure("there was no answer within the deadline", self.step.sent, timeout=True)
        headers: dict[str, str] = {}
        for name, value in self.response.headers.multi_items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Response(self.response.status_code, headers, b"".join(self._chunks), fault)

    def cut_short(self) -> Response | Failure:
        """What came until the deadline, or until it was enough."""
        long = self._size > MAX_BODY
        return self.answer(f"its body is longer than {MAX_BODY} bytes" if long else "its body did not end in time")

    def broken(self, error: Exception) -> Response | Failure:
        """What came before the transport failed."""
        # h11 quotes the bytes that it does not understand, and any of them may be secret.
        text = _QUOTED_BYTES.sub("…", str(error))
        quoted = text != str(error)
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
        if self.response is not None:
            return self.answer(f"its body broke off ({text})")
        self.step.sent = self.step.sent and not is_never_sent(error)
        timeout = isinstance(error, httpx.TimeoutException | TimeoutError)
        return Failure(text, self.step.sent, timeout, None if quoted else error)


def has_left_over(response: httpx.Response) -> bool:
    """Whether more came on an httpx connection than the answer.

    The next request on the connection would take it for its own answer. httpcore looks for such bytes in the socket,
    but not in those that h11 has received already; hence the private names.
    """
    connection: Any = response.stream._httpcore_stream._stream._connection  # type: ignore[union-attr]
    return bool(connection._h11_state.trailing_data[0])


class HttpxConnections:
    """The connections of one `ZoomClient`. Safe from many threads."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None) -> None:
        checked_transport(transport, "handle_request")
        self._base_url = base_url
        self._is_own = transport is None
        self._transport = transport or heedful_transport(base_url)
        self._process = os.getpid()

    def send(self, request: Request, step: Send) -> Response | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions."""
        if self._process != os.getpid() and self._is_own:
            # Connections can't be shared with the process that this one was forked from.
            self._transport, self._process = heedful_transport(self._base_url), os.getpid()
        exchange = Exchange(request, step, Exchange.trace if self._is_own else None)
        _this_call.end = exchange.end
        try:
            with contextlib.closing(exchange.receive(self._transport.handle_request(exchange.request))) as response:
                for chunk in response.stream:  # type: ignore[union-attr]
                    if not exchange.take(chunk):
                        return exchange.cut_short()
                if self._is_own and has_left_over(response):
                    response.extensions["network_stream"].close()
        except Exception as error:
            return exchange.broken(error)
        return exchange.answer()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()


class AsyncHttpxConnections:
    """The connections of one `AsyncZoomClient`. Safe from many tasks."""

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None) -> None:
        checked_transport(transport, "handle_async_request")
        self._is_own = transport is None
        self._transport = transport or careful_transport(base_url)

    async def send(self, request: Request, step: Send) -> Response | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions."""
        exchange = Exchange(request, step, Exchange.atrace if self._is_own else None)
        try:
            with anyio.move_on_after(step.seconds) as scope:
                response = exchange.receive(await self._transport.handle_async_request(exchange.request))
                async with contextlib.aclosing(response):
                    async for chunk in response.stream:  # type: ignore[union-attr]
                        if not exchange.take(chunk):
                            # To leave the loop would leave the transport's generators to the garbage collector.
                            scope.cancel()
                    if self._is_own and has_left_over(response):
                        await response.extensions["network_stream"].aclose()
                if not scope.cancel_called:
                    return exchange.answer()
        except Exception as error:
            return exchange.broken(error)
        return exchange.cut_short()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()


def heedful_transport(base_url: str) -> httpx.HTTPTransport:
    """httpx's own transport, with the deadline in every read and write.

    httpx's timeouts are for each read: a server that sends a byte a second would be listened to for ever. httpcore
    takes another network backend for such ends, but httpx does not pass one on; hence the two private names.
    """
    transport = own_transport(httpx.HTTPTransport, base_url)
    transport._pool._network_backend = DeadlineBackend()
    return transport


def careful_transport(base_url: str) -> httpx.AsyncHTTPTransport:
    """httpx's own async transport, which closes a connection whose TLS handshake is cancelled, as by the deadline."""
    transport = own_transport(httpx.AsyncHTTPTransport, base_url)
    transport._pool._network_backend = CarefulBackend(transport._pool._network_backend)
    return transport


class CarefulBackend(httpcore.AsyncNetworkBackend):
    """httpcore's async sockets, but `CarefulStream`."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(self, *arguments: Any, **options: Any) -> Any:
        """Connect."""
        return CarefulStream(await self._backend.connect_tcp(*arguments, **options))


class CarefulStream:
    """A connection that is closed when its TLS handshake fails in any way; httpcore forgets cancellation."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def start_tls(self, *arguments: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        """Shake hands."""
        try:
            return await self._stream.start_tls(*arguments, **options)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._stream.aclose()
            raise


_this_call = threading.local()


def _remaining(timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
    """The time that is left for one operation of this thread's call."""
    remaining: float = _this_call.end - time.monotonic()
    if remaining <= 0:
        raise error("the deadline is over")
    return remaining if timeout is None else min(timeout, remaining)


class DeadlineBackend(httpcore.SyncBackend):
    """httpcore's sockets, which heed the deadline of the call that uses them."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect within the deadline and within `timeout`, which is for all addresses of the host together."""
        end = time.monotonic() + _remaining(timeout, httpcore.ConnectTimeout)
        try:
            found = addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception = httpcore.ConnectError()
        for address in found:
            seconds = max(end - time.monotonic(), 0.001)
            try:
                return DeadlineStream(super().connect_tcp(address, port, seconds, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class DeadlineStream(httpcore.NetworkStream):
    """A connection, which heeds the deadline of the call that uses it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        """What is known of the socket."""
        return self._stream.get_extra_info(info)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read within the deadline."""
        return self._stream.read(max_bytes, _remaining(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write within the deadline."""
        self._stream.write(buffer, _remaining(timeout, httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Shake hands within the deadline."""
        timeout = _remaining(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, timeout))
