"""What the mock's tests share: a way to call it over a real socket and in process, alike."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest

from luminus_zoom_mock import SUBSCRIPTION_KEY, MockServer, Settings, create_app
from luminus_zoom_mock.app import MockApp
from luminus_zoom_mock.contract import load

HeaderLines: TypeAlias = list[tuple[str, str]]


@dataclass(frozen=True)
class Received:
    """A response, byte for byte; `headers` in their order, without Date."""

    status: int
    headers: HeaderLines
    body: bytes

    @property
    def header(self) -> dict[str, str]:
        return dict(self.headers)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Request:
    """A request; by default one that creates a meeting."""

    method: str = "POST"
    target: str = "/zoom/Meeting"
    headers: HeaderLines | None = None
    body: bytes = b""
    accept: str | None = None

    def lines(self) -> HeaderLines:
        """The header lines, those of an ordinary call where none are given."""
        lines = self.headers
        if lines is None:
            lines = [("Ocp-Apim-Subscription-Key", SUBSCRIPTION_KEY), ("Content-Type", "application/json")]
        accept = [] if self.accept is None else [("Accept", self.accept)]
        return [("Host", "mock"), *lines, *accept, ("Content-Length", str(len(self.body)))]


def connected(server: MockServer) -> socket.socket:
    """A connection to the server."""
    port = int(server.base_url.rpartition(":")[2].partition("/")[0])
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def raw(request: Request, *more: tuple[str, str]) -> bytes:
    """The request as it goes on the wire, with more header lines."""
    lines = [*request.lines(), *more]
    head = "".join([f"{request.method} {request.target} HTTP/1.1\r\n", *(f"{k}: {v}\r\n" for k, v in lines), "\r\n"])
    return head.encode("latin-1") + request.body


def over_socket(server: MockServer, request: Request) -> Received:
    """Send the request to the server and read the response until the connection closes."""
    with connected(server) as connection:
        connection.sendall(raw(request, ("Connection", "close")))
        return parsed(b"".join(iter(lambda: connection.recv(1 << 16), b"")))


def over_kept_connection(server: MockServer, request: Request) -> Received:
    """Send the request on a connection that stays open, as most clients do, and read what Content-Length says."""
    with connected(server) as connection, connection.makefile("rb") as file:
        connection.sendall(raw(request))
        head = b""
        while (line := file.readline()).strip():
            head += line
        length = re.search(rb"^content-length: (\d+)", head, re.MULTILINE)
        assert length, f"not a whole head: {head!r}"
        body = b"" if request.method == "HEAD" else file.read(int(length[1]))
        return parsed(head.removesuffix(b"\r\n") + b"\r\n\r\n" + body)


def parsed(response: bytes) -> Received:
    """The response that these bytes are."""
    head_bytes, _, body = response.partition(b"\r\n\r\n")
    status, *rest = head_bytes.decode("latin-1").split("\r\n")
    pairs = [(name, value) for name, _, value in (line.partition(": ") for line in rest)]
    return Received(int(status.split()[1]), [pair for pair in pairs if pair[0] not in ("date", "connection")], body)


def in_process(app: MockApp, request: Request) -> Received:
    """Call the app as an ASGI server does."""
    path, _, query = request.target.partition("?")
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": request.method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in request.lines()],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    start, end = sent
    headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
    return Received(start["status"], headers, end["body"])


Caller: TypeAlias = Callable[..., Received]


@pytest.fixture(params=["socket", "kept connection", "in process"])
def everywhere(request: pytest.FixtureRequest) -> Iterator[Callable[..., Caller]]:
    """A function from settings to a function from a request to what was received, over all ways to call the mock."""
    servers: list[MockServer] = []

    def mock(**settings: Any) -> Caller:
        if request.param == "in process":
            app = create_app(Settings(**settings))
            return lambda *args, **named: in_process(app, Request(*args, **named))
        send = over_socket if request.param == "socket" else over_kept_connection
        servers.append(MockServer(Settings(**settings)))
        return lambda *args, **named: send(servers[-1], Request(*args, **named))

    yield mock
    for server in servers:
        server.close()


@pytest.fixture
def mock() -> Callable[..., Caller]:
    """A function from settings to a function from a request to what was received, in process."""

    def made(**settings: Any) -> Caller:
        app = create_app(Settings(**settings))
        return lambda *args, **named: in_process(app, Request(*args, **named))

    return made


@pytest.fixture
def post(mock: Callable[..., Caller]) -> Callable[..., Received]:
    """Post a body: bytes, or the minimal request with some properties changed (`...` leaves one out)."""

    def posted(
        body: bytes | None = None, *, settings: dict[str, Any] | None = None, accept: str | None = None, **changes: Any
    ) -> Received:
        document = {name: value for name, value in (load().example() | changes).items() if value is not ...}
        text = json.dumps(document).encode() if body is None else body
        return mock(**(settings or {}))(body=text, accept=accept)

    return posted


@pytest.fixture
def minimal() -> dict[str, Any]:
    """The contract's smallest request."""
    return dict(load().example())
