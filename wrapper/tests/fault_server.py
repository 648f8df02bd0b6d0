"""A scripted raw-socket HTTP server on loopback: it answers as it is told, right or wrong, and keeps what it was sent.

A script is a callable that is given the `Conversation` of one connection. The server's last script serves all further
connections too.
"""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Self

SECOND = 0.02
"""What a second of a script lasts here."""

Script = Callable[["Conversation"], object]


class Conversation:
    """One accepted connection."""

    def __init__(self, connection: socket.socket, requests: list[bytes]) -> None:
        self._socket = connection
        self._requests = requests
        self._unread = b""

    def receive(self) -> bool:
        """Read one request whole and keep its bytes; False when the client has nothing more to say."""
        while b"\r\n\r\n" not in self._unread:
            if not self._read():
                return False
        head, _, _ = self._unread.partition(b"\r\n\r\n")
        lengths = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        size = len(head) + 4 + sum(lengths)
        while len(self._unread) < size:
            if not self._read():
                return False
        self._requests.append(self._unread[:size])
        self._unread = self._unread[size:]
        return True

    def receive_head(self) -> None:
        """Read a request as far as its headers, and keep nothing of it."""
        while b"\r\n\r\n" not in self._unread and self._read():
            pass

    def _read(self) -> bool:
        piece = self._socket.recv(65536)
        self._unread += piece
        return bool(piece)

    def send(self, *pieces: bytes, pause: float = 0) -> None:
        """Send bytes, with a pause before each piece but the first."""
        for number, piece in enumerate(pieces):
            time.sleep(pause if number else 0)
            self._socket.sendall(piece)

    def await_end(self) -> None:
        """Say nothing until the client hangs up."""
        while self._socket.recv(65536):
            pass

    def secure(self, context: ssl.SSLContext) -> None:
        """Go on with TLS."""
        self._socket = context.wrap_socket(self._socket, server_side=True)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


class FaultServer:
    """Serves scripts in threads, one connection each; a context manager.

    Attributes:
        url: where it listens, ``http://127.0.0.1:<port>/zoom`` or https.
        requests: the bytes of every request that came in whole, in order.
        connections: how many were accepted.
    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._scripts = scripts
        self._tls = tls
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}/zoom"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                script = self._scripts[min(self.connections, len(self._scripts) - 1)]
                self.connections += 1
                self._start(self._serve, connection, script)

    def _serve(self, connection: socket.socket, script: Script) -> None:
        # What the client does to the connection is the test's business, not the server's.
        with contextlib.suppress(OSError):
            conversation = Conversation(connection, self.requests)
            with contextlib.closing(conversation):
                if self._tls:
                    conversation.secure(self._tls)
                script(conversation)


def answer(
    status: int = 201, body: bytes = b"", *headers: str, length: int | None = None, kind: str = "application/json"
) -> bytes:
    """One HTTP/1.1 answer. `length` is a Content-Length that need not be true; -1 for none."""
    reason = next((known.phrase for known in HTTPStatus if known == status), "Unknown")
    lines = [f"HTTP/1.1 {status} {reason}", *headers]
    if kind:
        lines.append(f"Content-Type: {kind}")
    if length != -1:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


def answering(*answers: bytes) -> Script:
    """A script: one of the answers to each request of the connection, the last one to all further requests."""

    def script(conversation: Conversation) -> None:
        for number in endlessly():
            if not conversation.receive():
                return
            conversation.send(answers[min(number, len(answers) - 1)])

    return script


def endlessly() -> Iterator[int]:
    """0, 1, 2, …"""
    number = 0
    while True:
        yield number
        number += 1


def ending(pieces: Iterable[bytes], *, pause: float = 0, reset: bool = False) -> Script:
    """A script: read one request, send these pieces with pauses between them, and hang up."""
    parts = tuple(pieces)

    def script(conversation: Conversation) -> None:
        conversation.receive()
        conversation.send(*parts, pause=pause)
        if reset:
            conversation.reset()

    return script


def dripping(data: bytes) -> Script:
    """A script: read one request and send a byte a second."""
    return ending((data[index : index + 1] for index in range(len(data))), pause=SECOND)


def silent(conversation: Conversation) -> None:
    """A script: read one request and never answer."""
    conversation.receive()
    conversation.await_end()


def deaf(conversation: Conversation) -> None:
    """A script: hang up without reading."""


def resetting(conversation: Conversation) -> None:
    """A script: read one request and reset the connection."""
    conversation.receive()
    conversation.reset()


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """A port of loopback that refuses connections: bound, but nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextlib.contextmanager
def full_port() -> Iterator[int]:
    """A port of loopback where connecting never ends: its backlog is full and nobody accepts."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
