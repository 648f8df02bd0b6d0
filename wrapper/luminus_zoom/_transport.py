"""The one module that knows the HTTP library: httpx, or its successor httpx2 where the user passes a client of it.

One attempt goes out and one answer comes in, through a real client, so that proxies, test doubles and tracers that
people use see every request. Only public names of the library are used.
"""

import contextlib
import functools
import os
import re
import sys
import time
from collections.abc import Callable
from threading import Semaphore
from typing import TYPE_CHECKING, Any

from ._call import Failure, Send
from ._request import Request
from ._response import MAX_BODY, Response
from .errors import ConfigurationError

if TYPE_CHECKING:
    import ssl

MAX_CONNECTIONS = 8
"""Connections of a default client; further calls wait for a free one. docs/scale.md says how the number was found."""
KEEPALIVE_EXPIRY = 3.0
"""Seconds for which an idle connection is kept. Many servers close theirs after five, and a request that meets a closed
connection ends as unknown."""
LIBRARIES = ("httpx", "httpx2")
NEVER_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol")
"""The library's exceptions from before the first byte of a request is written."""
PHASES = ("pool", "connect", "write", "read")
_QUOTED_BYTES = re.compile(r"(?:bytearray\()?\bb(['\"]).*", re.DOTALL)


def check_http_client(http_client: Any, owner: str, kind: str, *, has_token: bool = False) -> None:
    """Refuse an `http_client` that is not an open client of the right kind, ``Client`` or ``AsyncClient``.

    Raises:
        ConfigurationError: it is of another type, is closed, or would put another Authorization in the token's place.
    """
    # A library whose client was passed is loaded already.
    known = [getattr(sys.modules.get(library), kind, None) for library in LIBRARIES]
    fault = None
    if not any(isinstance(cls, type) and isinstance(http_client, cls) for cls in known):
        given = type(http_client)
        what = "a class" if given is type else f"{given.__module__}.{given.__qualname__}"
        fault = f"http_client of {owner} must be an httpx.{kind} or an httpx2.{kind}, not {what}."
    elif http_client.is_closed is True:
        fault = "the http_client is closed. Pass one that is open."
    elif has_token and is_of_library(http_client.auth, "Auth"):
        fault = (
            "both the http_client's auth= and a token (token= or LUMINUS_TOKEN) would set the header Authorization. "
            "Leave one of them out."
        )
    if fault:
        raise ConfigurationError.of(fault)


def default_client(kind: str) -> Any:
    """A client of httpx's own, with its defaults for proxies and trust.

    Raises:
        ConfigurationError: the environment names certificates or a proxy that cannot be used.
    """
    # Imports take long, and programs that create no meeting do without these.
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx

    # A cookie that was set for one user must not be sent with another user's token.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    limits = httpx.Limits(
        max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_EXPIRY
    )
    files = [os.environ.get(name) or "" for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")]
    try:
        # The files' times, too: their contents may have changed.
        verify = ssl_context(*files, *(os.path.exists(file) and os.path.getmtime(file) for file in files))  # noqa: PTH110, PTH204
        return getattr(httpx, kind)(verify=verify, limits=limits, cookies=no_cookies, timeout=None)
    except OSError:
        fault = "SSL_CERT_FILE or SSL_CERT_DIR names certificates that cannot be read"
    except Exception as error:
        # The exception may quote a proxy's URL, and with it a password.
        variables = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
        names = sorted(name for name in os.environ if name.lower() in variables)
        what = (
            "needs a package that is not installed: httpx[socks]"
            if isinstance(error, ImportError)
            else (f"names a proxy or host that cannot be used ({type(error).__name__})")
        )
        fault = f"{' or '.join(names)} {what}"
    raise ConfigurationError.of(f"{fault}.")


def default_request(method: str, url: str, **parts: Any) -> Any:
    """A request for a default client, which has nothing to merge into it. `build_request` takes longer."""
    import httpx

    return httpx.Request(method, parsed_url(url), **parts)


@functools.lru_cache(maxsize=16)
def parsed_url(url: str) -> Any:
    """The library's form of a URL; parsing takes as long as the rest of a request.

    Raises:
        ConfigurationError: the library cannot read it.
    """
    import httpx

    try:
        parsed = httpx.URL(url)
        _ = parsed.host  # Decodes the name, which raises where that is no IDNA.
    except Exception as error:
        why = type(error).__name__
    else:
        return parsed
    raise ConfigurationError.of(f"httpx cannot read the base_url ({why}).")


@functools.lru_cache(maxsize=4)
def ssl_context(*environment: object) -> "ssl.SSLContext":
    """The TLS settings of the default clients in this process, for the certificates that the environment names.

    To make one costs 20 to 30 ms. The environment is the key, so that a client made after a change sees it.
    """
    import httpx

    return httpx.create_ssl_context()


class Exchange:
    """One attempt: the request as the HTTP library wants it, and what is known of its answer so far."""

    def __init__(self, build: Callable[..., Any], request: Request, step: Send, trace: Any) -> None:
        self.step = step
        self._end = time.monotonic() + step.seconds
        self._timeouts = dict.fromkeys(PHASES, step.timeout)
        self._shorten_timeouts()
        self._is_traced = False
        self._has_failed_to_connect = False
        self._connection: Any = None
        self._response: Any = None
        self._headers: dict[str, str] = {}
        self._whole: Response | None = None
        self.is_foreign = False
        self._chunks: list[bytes] = []
        self._size = 0
        self.request = build(
            request.method,
            request.url,
            headers=[*request.headers, *request.credentials.headers()],
            content=request.body,
            extensions={"timeout": self._timeouts, "trace": functools.partial(trace, self)},
        )

    def trace(self, name: str, info: dict[str, Any]) -> None:
        """Record what the library does (its ``trace`` extension)."""
        if not self._is_traced:  # From here on it tells of the sending, too.
            self.step.sent, self._is_traced = False, True
        if name.endswith(".started"):
            self._shorten_timeouts()
            # A proxy's CONNECT is a request too, but not ours.
            if name.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
                self.step.sent = True
        elif name.endswith("connect_tcp.complete"):
            self._connection = info["return_value"]
        elif name.endswith(("connect_tcp.failed", "start_tls.failed")):
            self._has_failed_to_connect = True

    async def atrace(self, name: str, info: dict[str, Any]) -> None:
        """The same for an async client."""
        self.trace(name, info)

    def _shorten_timeouts(self) -> None:
        """Give the next phase no more time than is left. The library reads these numbers when a phase begins."""
        left = max(self._end - time.monotonic(), 0.001)
        if left < self.step.timeout:
            self._timeouts.update(dict.fromkeys(PHASES, left))

    def begin(self, response: Any) -> bool:
        """Keep status and headers; True if the body is there too, because a hook or a test double has read it."""
        self.step.sent = True
        self._response = response
        for name, value in response.headers.raw:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text
        if response.is_stream_consumed:
            self._chunks, self._size = [response.content[:MAX_BODY]], len(response.content)
        return bool(response.is_stream_consumed)

    def take(self, chunk: bytes) -> bool:
        """Keep a chunk of the body; False if no more is wanted.

        That is so if the body is too long, the time is over, or the answer belongs to another request. The library
        closes a connection whose answer was not read to its end, and so the next call gets another one.
        """
        self._chunks.append(chunk[: max(MAX_BODY - self._size, 0)])
        self._size += len(chunk)
        if self._seems_whole(chunk):
            self._whole = self.answer()
            self.is_foreign = not self.step.is_ours(self._whole)
        return self._size <= MAX_BODY and time.monotonic() < self._end and not self.is_foreign

    def _seems_whole(self, chunk: bytes) -> bool:
        """Whether a chunk is the body's last one, as far as can be told before its end is read."""
        if self._is_http_2():
            return False
        length = self._headers.get("content-length")
        return chunk.rstrip().endswith(b"}") if length is None else length == str(self._size)

    def answer(self, fault: str | None = None) -> Response:
        """The answer, or as much of it as came."""
        if self._size > MAX_BODY:
            fault = f"its body is longer than {MAX_BODY} bytes"
        if fault is None and self._whole is not None and len(self._whole.body) == self._size:
            return self._whole
        return Response(self._response.status_code, self._headers, b"".join(self._chunks), fault)

    def _is_http_2(self) -> bool:
        """Whether an answer belongs to its request by number."""
        return bool(self._response.extensions.get("http_version") == b"HTTP/2")

    def finished(self) -> Response:
        """The answer. Its connection is given up if it turns out now, too late to close the answer, that it belongs to
        another request: a hook has read it, or its end could not be told before it was read (gzip, an array).
        """
        answer = self.answer()
        if not self._is_http_2() and not self.step.is_ours(answer):
            with contextlib.suppress(Exception):  # A transport of the user's may have no socket.
                from socket import SHUT_RDWR, fromfd  # Takes long to import.

                # The library closes an idle connection whose end it sees. At one that we close it fails. Some event
                # loops have sockets that only look like Python's.
                stray = self._response.extensions["network_stream"].get_extra_info("socket")
                with fromfd(stray.fileno(), stray.family, stray.type) as twin:
                    twin.shutdown(SHUT_RDWR)
        return answer

    async def close_unanswered(self) -> None:
        """Close a new connection without an answer. The library does not, if its TLS handshake is cancelled."""
        if self._connection is not None and self._response is None:
            from anyio import CancelScope

            with CancelScope(shield=True), contextlib.suppress(Exception):
                await self._connection.aclose()

    def cut_short(self) -> Response | Failure:
        """What came until the deadline, or until it was enough."""
        if self._response is None:
            return Failure("the deadline is over", self.step.sent, timeout=True, is_certain=self._is_traced)
        return self.answer(None if self.is_foreign else "its body did not end in time")

    def broken(self, error: Exception) -> Response | Failure:
        """What came before an exception."""
        # h11 quotes the bytes that it does not understand, and any of them may be secret.
        said, about = "", None
        with contextlib.suppress(Exception):  # What is not the library's may raise anything, and may have no request.
            said = str(error)
            about = error.request  # type: ignore[attr-defined]
        is_own = about is self.request
        if is_own and is_of_library(error, "RequestError"):
            # The error becomes a cause, and the request has the credentials.
            error.request = type(self.request)(self.request.method, self.request.url)  # type: ignore[attr-defined]
        text = _QUOTED_BYTES.sub("…", said)
        quoted = text != said
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
        if is_own and is_of_library(error, "HTTPStatusError") and self._response is None:
            # A response hook of the user's called raise_for_status, before the body was read or after. One about
            # another request, a hook's own or that for a token, tells nothing of ours.
            self._response = error.response  # type: ignore[attr-defined]
            if self.begin(self._response):
                return self.answer()
        if self._response is not None:
            return self.answer(None if self.is_foreign else f"its body broke off ({text})")
        is_certain = self.step.sent and self._is_traced
        if not is_certain:
            is_unsent = is_never_sent(error, is_traced=self._is_traced, is_own=is_own)
            self.step.sent = not (self._has_failed_to_connect or is_unsent)
        timeout = isinstance(error, TimeoutError) or is_of_library(error, "TimeoutException")
        return Failure(text, self.step.sent, timeout, is_untrusted(error), None if quoted else error, is_certain)


def is_of_library(thing: object, *names: str) -> bool:
    """Whether something is one of these classes of the HTTP library, under either of its names."""
    modules = [sys.modules[library] for library in LIBRARIES if library in sys.modules]
    return isinstance(thing, tuple(getattr(module, name) for module in modules for name in names))


def is_untrusted(error: BaseException | None) -> bool:
    """Whether an exception goes back to a certificate that was not trusted."""
    import ssl

    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def is_never_sent(error: Exception, *, is_traced: bool, is_own: bool) -> bool:
    """Whether an exception tells for certain that nothing was sent; asked only if the trace told of no sending.

    Transports of other libraries raise httpx's exceptions too, some of them for a connection that was lost after the
    request was read. Those do not count: what they were raised from is not the library's own. Where there is no
    trace, as with test doubles, the exception must be one of those from before the first byte. If the library's own
    network code raised it about our request (`is_own`) without a trace, somebody's code between sent another one: an
    application behind ASGITransport, or a handler that forwards. Only its waiting for a connection is not traced.
    """
    origin = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    package = type(origin).__module__.partition(".")[0]
    if package == "respx":  # It wraps what a test tells it to raise.
        origin = None
    if origin is not None and package not in ("httpcore", "httpcore2"):
        return False
    if is_traced:
        return is_of_library(error, "TransportError")
    is_of_another = origin is not None and is_own and not is_of_library(error, "PoolTimeout")
    return not is_of_another and is_of_library(error, *NEVER_SENT)


class _Base:
    """What both transports have."""

    def __init__(self, http_client: Any, owner: str, kind: str, *, has_token: bool) -> None:
        self.is_closed = False
        self._given = http_client
        self._check = functools.partial(check_http_client, http_client, owner, kind)
        if http_client is not None:
            self._check(has_token=has_token)

    def _refuse_closed(self) -> None:
        """Send nothing after `close`, for which a call that waits for its next attempt does not wait."""
        if self.is_closed:
            raise ConfigurationError.of("this client was closed before the request was sent.")

    def _exchange(self, client: Any, request: Request, step: Send, trace: Any) -> Exchange:
        parsed_url(request.url)  # A URL that cannot be read is told before there are frames that hold the headers.
        if self._given is not None:
            # `with_options` may have given a token since, or the client's owner an auth.
            self._check(has_token=request.credentials.token is not None)
        return Exchange(client.build_request if self._given else default_request, request, step, trace)


class Transport(_Base):
    """How a `ZoomClient` sends: the user's `httpx.Client`, or one that is made on first use. Safe from many threads."""

    def __init__(self, http_client: Any, *, has_token: bool) -> None:
        super().__init__(http_client, "ZoomClient", "Client", has_token=has_token)
        # By process: a forked process cannot share its parent's connections.
        self._made: dict[int, tuple[Any, Semaphore]] = {}

    def _client(self) -> tuple[Any, Semaphore | None]:
        """The client, and for one made here its free connections.

        The library's own queue may close a connection that another thread is about to use (encode/httpcore#1110).
        """
        if self._given is not None:
            return self._given, None
        made = self._made.get(os.getpid())
        if made is None:
            mine = (default_client("Client"), Semaphore(MAX_CONNECTIONS))
            made = self._made.setdefault(os.getpid(), mine)
            if made is not mine:
                mine[0].close()  # Another thread was faster.
        return made

    def send(self, request: Request, step: Send) -> Response | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions.

        Raises:
            ConfigurationError: the client cannot be made, or was closed by its owner.
        """
        self._refuse_closed()
        client, free = self._client()
        exchange = self._exchange(client, request, step, Exchange.trace)
        if free and not free.acquire(timeout=min(step.timeout, step.seconds)):
            return Failure("no connection became free", sent=False, timeout=True)
        try:
            if self.is_closed:  # While the call waited for a connection.
                return Failure("the client was closed", sent=False)
            step.sent = True  # A transport that does not trace may send at once.
            response = client.send(exchange.request, stream=True, follow_redirects=False)
            with contextlib.closing(response):
                if not exchange.begin(response):
                    for chunk in response.stream:
                        if not exchange.take(chunk):
                            return exchange.cut_short()
                return exchange.finished()
        except Exception as error:
            return exchange.broken(error)
        finally:
            if free:
                free.release()

    def close(self) -> None:
        """Close the connections of a client that was made here. A client that was passed is closed by its owner."""
        self.is_closed = True
        client, _ = self._made.pop(os.getpid(), (None, None))
        if client is not None:
            client.close()


class AsyncTransport(_Base):
    """The same for an `AsyncZoomClient`. Safe from many tasks; a client made here belongs to one event loop."""

    def __init__(self, http_client: Any, *, has_token: bool) -> None:
        super().__init__(http_client, "AsyncZoomClient", "AsyncClient", has_token=has_token)
        self._made: Any = None
        self._loop: object = None
        self._free_connections: Any = None

    def _client(self) -> Any:
        if self._given is not None:
            return self._given
        from anyio import Semaphore
        from anyio.lowlevel import current_token

        loop = current_token()
        if self._made is None:
            self._made, self._loop = default_client("AsyncClient"), loop
            # The library's own queue for a connection takes time that grows with the square of its length.
            self._free_connections = Semaphore(MAX_CONNECTIONS, fast_acquire=True)
        if self._loop != loop:
            raise ConfigurationError.of("this client was used in another event loop before. Make one for each loop.")
        return self._made

    async def _acquire_connection(self, step: Send) -> None:
        """Wait for one of the connections of a client that was made here."""
        if self._free_connections is None:
            return
        from anyio import WouldBlock, move_on_after

        try:
            self._free_connections.acquire_nowait()
        except WouldBlock:
            with move_on_after(step.timeout):
                await self._free_connections.acquire()
                return
            import httpx

            raise httpx.PoolTimeout("no connection became free") from None

    def _release_connection(self) -> None:
        if self._free_connections is not None:
            self._free_connections.release()

    async def send(self, request: Request, step: Send) -> Response | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions.

        Raises:
            ConfigurationError: the client cannot be made, was closed by its owner, or belongs to another event loop.
        """
        self._refuse_closed()
        from anyio import move_on_after

        client = self._client()
        exchange = self._exchange(client, request, step, Exchange.atrace)
        try:
            with move_on_after(step.seconds) as scope:
                await self._acquire_connection(step)
                try:
                    await _receive(client, exchange, scope)
                finally:
                    self._release_connection()
            return exchange.cut_short() if scope.cancel_called else exchange.finished()
        except Exception as error:
            return exchange.broken(error)
        finally:
            await exchange.close_unanswered()

    async def aclose(self) -> None:
        """Close the connections of a client that was made here; those of another event loop have ended with it."""
        from anyio.lowlevel import current_token

        self.is_closed = True
        if self._made is not None and self._loop == current_token():
            await self._made.aclose()


async def _receive(client: Any, exchange: Exchange, scope: Any) -> None:
    """Send, and read the answer; cancel the scope where no more of it is wanted."""
    exchange.step.sent = True  # A transport that does not trace may send at once.
    response = await client.send(exchange.request, stream=True, follow_redirects=False)
    async with contextlib.aclosing(response):
        if exchange.begin(response):
            return
        async for chunk in response.stream:
            # To leave the loop would leave the library's generators to the garbage collector.
            if exchange.take(chunk):
                continue
            if exchange.is_foreign:
                await response.aclose()
            else:
                scope.cancel()
