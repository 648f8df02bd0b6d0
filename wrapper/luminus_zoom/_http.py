"""The only module that imports httpx: one request out, one answer in, within a deadline.

It calls a transport directly. What `httpx.Client` would add (redirects, cookies, its log of URLs) is not wanted here.
"""

import contextlib
import functools
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
import httpcore
import httpx

from ._decide import LOOK_FIRST, Failure, Send
from ._prepare import Request
from ._read import MAX_BODY, Answer
from .errors import Outcome

# What httpx raises before the first byte of a request is written.
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


@functools.cache
def tls_context() -> ssl.SSLContext:
    """The TLS settings of all clients in the process; making them costs 20 to 30 ms."""
    return httpx.create_ssl_context()


def proxy_for(base_url: str) -> str | None:
    """The proxy that the environment names for this address."""
    parts = urlsplit(base_url)
    if proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


class Exchange:
    """One attempt: the request as httpx wants it, and how much of it has gone out and come in."""

    def __init__(self, request: Request, step: Send, trace: Callable[..., Any] | None) -> None:
        self.end = time.monotonic() + step.seconds
        # A transport that does not say when it sends is taken to have sent, unless its exception says otherwise.
        self.sent = trace is None
        self.response: httpx.Response | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        phase = max(min(step.timeout, step.seconds), 0.001)
        extensions: dict[str, Any] = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), phase)}
        if trace is not None:
            extensions["trace"] = functools.partial(trace, self)
        self.request = httpx.Request(
            request.method, request.url, headers=list(request.headers), content=request.body, extensions=extensions
        )

    def trace(self, name: str, info: object) -> None:
        """Hear what httpcore does."""
        if name.endswith("send_request_headers.started"):
            self.sent = True

    async def atrace(self, name: str, info: object) -> None:
        """The same for httpcore's async side."""
        self.trace(name, info)

    def take(self, chunk: bytes) -> bool:
        """Keep a piece of the body; False when it is enough."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        return self._size < MAX_BODY and time.monotonic() < self.end

    def answer(self, fault: str | None = None) -> Answer | Failure:
        """What came, whole or cut short by the deadline, by its size or by a `fault`."""
        if self.response is None:
            return Failure("there was no answer within the deadline", self.sent, timeout=True)
        headers: dict[str, str] = {}
        for name, value in self.response.headers.multi_items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Answer(self.response.status_code, headers, b"".join(self._chunks), fault)

    def cut_short(self) -> Answer | Failure:
        """What came until the deadline, or until it was enough."""
        long = self._size >= MAX_BODY
        return self.answer(f"its body is longer than {MAX_BODY} bytes" if long else "its body did not end in time")

    def broken(self, error: Exception) -> Answer | Failure:
        """What came before the transport failed."""
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if self.response is not None:
            return self.answer(f"its body broke off ({text})")
        sent = self.sent and not isinstance(error, NEVER_SENT)
        return Failure(text, sent, isinstance(error, httpx.TimeoutException), error)

    def interrupted(self, interruption: BaseException) -> BaseException:
        """Say on a cancellation or a Ctrl-C what became of the meeting, and drop the frames that hold the headers."""
        outcome = Outcome.UNKNOWN if self.sent else Outcome.NOT_SENT
        note = (
            f"A meeting may have been created. {LOOK_FIRST}"
            if self.sent
            else "No meeting was created: nothing was sent."
        )
        interruption.outcome = outcome  # type: ignore[attr-defined]
        interruption.add_note(note)
        return interruption.with_traceback(None)


class Pool:
    """The connections of one `ZoomClient`. Safe from many threads."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None) -> None:
        self._base_url = base_url
        self._given = transport is not None
        self._transport = transport or _transport(base_url)
        self._process = os.getpid()

    def send(self, request: Request, step: Send) -> Answer | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions."""
        if self._process != os.getpid() and not self._given:
            # Connections can't be shared with the process that this one was forked from.
            self._transport, self._process = _transport(self._base_url), os.getpid()
        exchange = Exchange(request, step, None if self._given else Exchange.trace)
        _this_call.end = exchange.end
        try:
            exchange.response = self._transport.handle_request(exchange.request)
            with contextlib.closing(exchange.response):
                for chunk in exchange.response.stream:  # type: ignore[union-attr]
                    if not exchange.take(chunk):
                        return exchange.cut_short()
        except Exception as error:
            return exchange.broken(error)
        except BaseException as interruption:
            raise exchange.interrupted(interruption)  # noqa: B904 - it is the same exception
        return exchange.answer()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()


class AsyncPool:
    """The connections of one `AsyncZoomClient`, which belong to one event loop. Safe from many tasks."""

    def __init__(self, base_url: str, transport: httpx.AsyncBaseTransport | None) -> None:
        self._given = transport is not None
        self._transport = transport or httpx.AsyncHTTPTransport(
            verify=tls_context(), trust_env=False, proxy=proxy_for(base_url)
        )

    async def send(self, request: Request, step: Send) -> Answer | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions."""
        exchange = Exchange(request, step, None if self._given else Exchange.atrace)
        try:
            with anyio.move_on_after(step.seconds):
                exchange.response = await self._transport.handle_async_request(exchange.request)
                async with contextlib.aclosing(exchange.response):
                    async for chunk in exchange.response.stream:  # type: ignore[union-attr]
                        if not exchange.take(chunk):
                            return exchange.cut_short()
                return exchange.answer()
        except Exception as error:
            return exchange.broken(error)
        except BaseException as interruption:
            raise exchange.interrupted(interruption)  # noqa: B904 - it is the same exception
        return exchange.cut_short()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()


def _transport(base_url: str) -> httpx.HTTPTransport:
    """httpx's own transport, with the deadline in every read and write.

    httpx's timeouts are for each read: a server that sends a byte a second would be listened to for ever. httpcore
    takes another network backend for such ends, but httpx does not pass one on; hence the two private names.
    """
    transport = httpx.HTTPTransport(verify=tls_context(), trust_env=False, proxy=proxy_for(base_url))
    transport._pool._network_backend = DeadlineBackend()
    return transport


_this_call = threading.local()


def _remaining(timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
    """The time that is left for one operation of this thread's call."""
    remaining: float = getattr(_this_call, "end", time.monotonic() + 1) - time.monotonic()
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
        """Connect within the deadline."""
        timeout = _remaining(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(super().connect_tcp(host, port, timeout, local_address, socket_options))


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
