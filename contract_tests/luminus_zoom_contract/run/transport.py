"""How the suite reaches a server: one interface, whoever made the request.

Everything that is sent, whoever made it, passes `Exchange.send`. What
must hold of all of it is enforced there and nowhere else: without a guard only a loopback address is reached, and with
one only what the guard lets through.
"""

import abc
import asyncio
import contextlib
import http.client
import io
import ipaddress
import re
import socket
import ssl
import time
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

Headers = tuple[tuple[str, str], ...]
Asgi = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]


_REFUSED_UNREAD: Final = frozenset({401, 404, 405, 411, 413, 414, 415, 417, 431, 501})
"""What a server may answer before it has looked at a body."""
_FAILED: Final = 500


UNPACKERS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""zlib's window bits for the encodings that the suite asks for."""


_FEW: Final = 2
_ONE_IN: Final = 1000
"""How many kept-alive connections may end under a request: so many, and one more in so many requests."""
_HOST: Final = re.compile(r"[\w.:%-]+")


class RefusedEndpointError(ValueError):
    """The base URL is none that the suite may send to."""


class NoAnswerError(Exception):
    """The server gave no complete answer: it hung up, spoke no HTTP, or took too long. `elapsed` is in seconds."""

    def __init__(self, reason: str, elapsed: float) -> None:
        super().__init__(reason)
        self.elapsed = elapsed


class WithheldError(Exception):
    """A guard kept this request from being sent; its text says why."""


class EndedError(WithheldError):
    """A guard lets nothing more be sent in this run."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it goes on the wire. `target` is the path and the query, percent-encoded."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""

    def without(self, *names: str) -> Self:
        """The same request less some headers; names in lower case."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() not in names))

    def having(self, name: str, value: str) -> Self:
        """The same request with a header set, which replaces one of that name."""
        return replace(self.without(name.lower()), headers=(*self.without(name.lower()).headers, (name, value)))

    def encode(self) -> bytes:
        """The bytes of an HTTP/1.1 request. Content-Length is added unless the headers frame the body themselves."""
        names = {name.lower() for name, _ in self.headers}
        framing = () if names & {"content-length", "transfer-encoding"} else (("Content-Length", str(len(self.body))),)
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{k}: {v}" for k, v in (*self.headers, *framing)), "", ""]
        return "\r\n".join(lines).encode("utf-8") + self.body


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer. Header names are in lower case, in order, repeated ones kept; `elapsed` is in seconds."""

    status: int
    headers: Headers
    body: bytes
    elapsed: float

    def header(self, name: str) -> str | None:
        """A header's value, several joined by commas, or None."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; empty where there is none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def unpacked(self) -> Self:
        """The answer with its body as it was before it was compressed; itself, where it was not as it says."""
        bits = UNPACKERS.get((self.header("content-encoding") or "").strip().lower())
        if bits is None:
            return self
        try:
            return replace(self, body=zlib.decompress(self.body, bits))
        except zlib.error:
            return self


class Gate(Protocol):
    """What stands between an exchange and the wire, and what it shares with the exchange's further connections."""

    def send(self, request: HttpRequest, transmit: Callable[[HttpRequest], HttpAnswer]) -> HttpAnswer:
        """Transmit the request, at most once, or raise WithheldError."""


Observer = Callable[[datetime, HttpRequest, HttpAnswer | None, str], None]
"""Is told of each exchange: when it began, and what came, or why nothing did."""


class Exchange(abc.ABC):
    """Sends requests to one server, one at a time. Never follows a redirect, never repeats a request."""

    def __init__(self, base_url: str, time_limit: float = 10.0, gate: Gate | None = None) -> None:
        url = urlsplit(base_url)
        self.host: Final = url.netloc
        self.base_path: Final = url.path.rstrip("/")
        self.time_limit = time_limit
        self.sent = 0
        self.gate: Final = gate
        self.observer: Observer | None = None

    def send(self, request: HttpRequest) -> HttpAnswer:
        """Send one request and read its whole answer; NoAnswerError where there is none within the time limit."""
        return self.gate.send(request, self._transmit) if self.gate else self._transmit(request)

    def _transmit(self, request: HttpRequest) -> HttpAnswer:
        self.sent += 1
        if self.observer is None:
            return self._exchange(request)
        started = datetime.now(UTC)
        try:
            answer = self._exchange(request)
        except NoAnswerError as error:
            self.observer(started, request, None, str(error))
            raise
        self.observer(started, request, answer, "")
        return answer

    def another(self) -> "Exchange":
        """A second, independent connection to the same server."""
        other = self._another()
        other.observer = self.observer
        return other

    @abc.abstractmethod
    def _exchange(self, request: HttpRequest) -> HttpAnswer: ...

    def unreachable(self) -> str:
        """Why nobody can be reached at the address; empty where somebody can."""
        return ""

    @abc.abstractmethod
    def _another(self) -> "Exchange": ...

    def close_idle(self) -> None:  # noqa: B027 - an exchange may keep nothing
        """Let go of a connection that is kept for the next request; that opens another."""

    def close(self) -> None:  # noqa: B027 - an exchange may have nothing to let go of
        """Let go of everything."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SocketExchange(Exchange):
    """HTTP/1.1 over a kept-alive TCP connection, byte for byte what the request says, with TLS for an https address.

    Without a gate the address must be this machine's loopback. RefusedEndpointError for any other.
    """

    def __init__(self, base_url: str, time_limit: float = 10.0, gate: Gate | None = None) -> None:
        super().__init__(base_url, time_limit, gate)
        self._base_url = base_url
        (host, port), tls = checked_address(base_url, guarded=gate is not None)
        self._connection: Final = (
            http.client.HTTPSConnection(host, port, context=tls) if tls else http.client.HTTPConnection(host, port)
        )
        self._closed_idle = 0
        # Over TLS, an idle connection's end cannot be told from other records, so none is kept idle.
        self._keeps: Final = tls is None

    def _another(self) -> "SocketExchange":
        return SocketExchange(self._base_url, self.time_limit, self.gate)

    def unreachable(self) -> str:
        """Why no connection can be made; empty where one can."""
        if self.gate is not None:
            return ""  # a guard counts what is opened, and a dry run opens nothing
        try:
            self._connected()
        except OSError as error:
            return f"nothing answers at {self._base_url}: {_words(error)}"
        return ""

    def close_idle(self) -> None:
        """Close the connection; the next request opens another."""
        self.close()

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()

    def _exchange(self, request: HttpRequest) -> HttpAnswer:
        started = time.perf_counter()
        try:
            try:
                return self._converse(request, started)
            except _ClosedIdleError as closed:
                self.close()
                try:
                    return self._converse(request, started)
                except ConnectionRefusedError:
                    raise closed.error from None  # the request ended the server, not only the connection
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise NoAnswerError(_words(error), time.perf_counter() - started) from error

    def _converse(self, request: HttpRequest, started: float) -> HttpAnswer:
        idle = self._connection.sock
        connection = self._connected()
        # A server may refuse a body before it has read all of it: its answer counts, not the broken pipe.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request.encode())
        wire = _Wire(connection, started + self.time_limit)
        reply = http.client.HTTPResponse(wire, method=request.method)  # type: ignore[arg-type]
        try:
            reply.begin()
        except ConnectionResetError as error:
            if connection is idle and wire.is_silent and self.gate is None:
                self._closed_idle += 1
                if self._closed_idle <= _FEW + self.sent // _ONE_IN:
                    raise _ClosedIdleError(error) from None
            raise
        body = reply.read()
        # A server that refuses a request may leave its body unread, and would take that for the next request. One that
        # failed may hang up without a word (uvicorn does), which is no fault of the next request.
        unread = request.body and reply.status in _REFUSED_UNREAD
        if reply.will_close or not self._keeps or unread or reply.status >= _FAILED:
            self.close()
        headers = tuple((name.lower(), value.strip(" \t")) for name, value in reply.getheaders())
        return HttpAnswer(reply.status, headers, body, time.perf_counter() - started)

    def _connected(self) -> socket.socket:
        """The open connection, or a new one where there is none or the old one is at its end."""
        if self._connection.sock and (not self._keeps or self._is_spent(self._connection.sock)):
            self.close()
        self._connection.timeout = self.time_limit
        if not self._connection.sock:
            self._connection.connect()
        connection: socket.socket = self._connection.sock
        connection.settimeout(self.time_limit)
        return connection

    @staticmethod
    def _is_spent(connection: socket.socket) -> bool:
        """Whether an idle connection was closed, or has more than its last answer, so that no answer is lost by it."""
        connection.settimeout(0)
        try:
            connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True


class AsgiExchange(Exchange):
    """Calls an ASGI application in this process, without its lifespan."""

    def __init__(self, app: Asgi, base_path: str = "/zoom", time_limit: float = 10.0, gate: Gate | None = None) -> None:
        super().__init__(f"http://localhost{base_path}", time_limit, gate)
        self._app = app
        self._loop = asyncio.new_event_loop()

    def _another(self) -> "AsgiExchange":
        return AsgiExchange(self._app, self.base_path, self.time_limit, self.gate)

    def close(self) -> None:
        """Close the event loop."""
        self._loop.close()

    def _exchange(self, request: HttpRequest) -> HttpAnswer:
        started = time.perf_counter()
        try:
            status, headers, body = self._loop.run_until_complete(
                asyncio.wait_for(self._call(request), self.time_limit)
            )
        except Exception as error:  # whatever an application raises, a server would have hung up
            raise NoAnswerError(_words(error), time.perf_counter() - started) from error
        return HttpAnswer(status, headers, body, time.perf_counter() - started)

    async def _call(self, request: HttpRequest) -> tuple[int, Headers, bytes]:
        path, _, query = request.target.partition("?")
        length = (
            ()
            if {"content-length"} & {k.lower() for k, _ in request.headers}
            else (("content-length", str(len(request.body))),)
        )
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.strip().encode()) for k, v in (*request.headers, *length)],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        messages: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        await self._app(scope, receive, send)
        head = messages[0]
        headers = tuple((k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in head.get("headers", ()))
        answer = b"".join(message.get("body", b"") for message in messages[1:])
        told = next((value for name, value in headers if name == "content-length"), None)
        if told is not None and request.method != "HEAD" and told != str(len(answer)):
            # A server would cut it there, or hang up.
            raise http.client.IncompleteRead(answer, int(told) - len(answer) if told.isdigit() else None)
        return head["status"], headers, answer


def is_loopback(host: str) -> bool:
    """Whether a host is this machine's loopback address, without asking a name server about it."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def checked_address(base_url: str, *, guarded: bool) -> tuple[tuple[str, int], ssl.SSLContext | None]:
    """Where to connect to, and how; RefusedEndpointError where that is not allowed."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    try:
        port = url.port
    except ValueError as error:
        raise RefusedEndpointError(f"the base URL has no usable port: {error}") from error
    if (
        url.scheme not in {"http", "https"}
        or not _HOST.fullmatch(host)
        or "@" in url.netloc
        or url.query
        or url.fragment
    ):
        raise RefusedEndpointError("the base URL must be http(s)://host[:port]/path, and nothing more")
    if not is_loopback(host):
        if not guarded:
            raise RefusedEndpointError(
                f"{host} is not a loopback address: each success would create a real meeting. "
                "To test it under guard, say --live (make: LIVE=1); docs/contract-testing.md tells what that does"
            )
        if url.scheme != "https":
            raise RefusedEndpointError(f"{host} is not a loopback address, so it is reached by https alone")
    tls = ssl.create_default_context() if url.scheme == "https" else None
    return (host, port or (443 if tls else 80)), tls


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no complete answer within the time limit"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class _ClosedIdleError(Exception):
    """A kept-alive connection was closed while the next request was on its way, as RFC 9112, 9.5 and 9.6, allow.

    The server has not seen that request, which is sent once more. A server that does so often loses requests.
    """

    def __init__(self, error: ConnectionResetError) -> None:
        super().__init__(str(error))
        self.error = error


class _Wire(io.RawIOBase):
    """What comes from a server, for http.client, under one deadline for all of it."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection, self._deadline = connection, deadline
        self.is_silent = True
        """Whether nothing has come yet."""

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The same with a buffer."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._deadline - time.perf_counter()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        received = self._connection.recv_into(buffer)
        self.is_silent = self.is_silent and not received
        return received
