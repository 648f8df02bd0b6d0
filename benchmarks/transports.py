"""The faults that matter over each transport, through the wrapper.

Run it with `benchmarks/.venv/bin/python benchmarks/transports.py`.

For each fault and transport: the exception's class, its outcome, how many requests the server saw whole, and WRONG
where the outcome is not what the server knows to be true. A NOT_SENT for a request that was seen is the worst there is:
the call would be repeated and the meeting made twice.
"""

import asyncio
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lab import ANSWER, REQUEST
from peers import KEY, arguments
from responder import http_answer

CREATED = http_answer(b"201 Created", json.dumps(ANSWER).encode())
TIMEOUT, DEADLINE = 0.6, 2.5


def _sync_httpx() -> Any:
    return None


def _sync_pyreqwest() -> Any:
    from pyreqwest.compatibility.httpx import SyncHttpxTransport

    return SyncHttpxTransport()


def _async_aiohttp() -> Any:
    from httpx_aiohttp import AiohttpTransport

    return AiohttpTransport()


def _async_pyreqwest() -> Any:
    from pyreqwest.compatibility.httpx import HttpxTransport

    return HttpxTransport()


Behaviour = Callable[["FaultServer", socket.socket], None]
Attempt = tuple[str, int]
"""The result of a call in words, and how many requests the server saw."""

TRANSPORTS: dict[str, tuple[bool, Callable[[], Any]]] = {
    "sync, default": (False, _sync_httpx),
    "sync, pyreqwest": (False, _sync_pyreqwest),
    "async, default": (True, _sync_httpx),
    "async, httpx-aiohttp": (True, _async_aiohttp),
    "async, pyreqwest": (True, _async_pyreqwest),
}


class FaultServer:
    """A loopback server that misbehaves as told; `seen` counts the requests that it read to their end."""

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        self.seen = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._held: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._held.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            self._behave(self, connection)

    def read(self, connection: socket.socket) -> bool:
        """Read one request to its end; False if the client left before."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return False
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
        length = int(fields[b"content-length"])
        while len(body) < length:
            body += connection.recv(65536)
        self.seen += 1
        return True

    def close(self) -> None:
        """Close every socket."""
        for each in (self._listener, *self._held):
            each.close()


def _never_answer(server: FaultServer, connection: socket.socket) -> None:
    server.read(connection)
    time.sleep(60)


def _close_after_reading(server: FaultServer, connection: socket.socket) -> None:
    server.read(connection)
    connection.close()


def _reset_after_reading(server: FaultServer, connection: socket.socket) -> None:
    server.read(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _half_a_head(server: FaultServer, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(CREATED[:40])
    connection.close()


def _half_a_body(server: FaultServer, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(CREATED[:-400])
    connection.close()


def _drip(server: FaultServer, connection: socket.socket) -> None:
    server.read(connection)
    for index in range(len(CREATED)):
        connection.sendall(CREATED[index : index + 1])
        time.sleep(0.3)


def _no_http(server: FaultServer, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    time.sleep(60)


def _answer_once_then_close_idle(server: FaultServer, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(CREATED)
    time.sleep(0.1)
    connection.close()


def _answer_once_then_swallow(server: FaultServer, connection: socket.socket) -> None:
    server.read(connection)
    connection.sendall(CREATED)
    server.read(connection)
    connection.close()


def _answer(server: FaultServer, connection: socket.socket) -> None:
    while server.read(connection):
        connection.sendall(CREATED)


def _plain_on_a_tls_port(server: FaultServer, connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    connection.close()


def untrusted_certificate(folder: Path) -> Behaviour:
    """A server with a certificate that nobody signed."""
    files = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)  # noqa: S603
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    def behave(server: FaultServer, connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            _answer(server, tls)  # type: ignore[arg-type]

    return behave


@contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    yield port


@contextmanager
def nobody_accepts() -> Iterator[int]:
    """A port whose queue is full, so that connecting hangs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for each in waiting:
            each.close()


def call(name: str, url: str, calls: int = 1) -> str:
    """What comes of some calls over a transport; the last one's result in words."""
    from luminus_zoom import AsyncZoomClient, ZoomClient, ZoomError

    is_async, make = TRANSPORTS[name]
    options: dict[str, Any] = {"base_url": url, "subscription_key": next(iter(KEY.values()))}
    options |= {"retries": 0, "timeout": TIMEOUT, "deadline": DEADLINE}
    given = arguments(REQUEST)

    def run_sync() -> Any:
        with ZoomClient(**options, transport=make()) as zoom:
            for number in range(calls):
                number and time.sleep(0.4)
                meeting = zoom.create_meeting(**given)
            return meeting

    async def run_async() -> Any:
        async with AsyncZoomClient(**options, transport=make()) as zoom:
            for number in range(calls):
                number and await asyncio.sleep(0.4)
                meeting = await zoom.create_meeting(**given)
            return meeting

    started = time.perf_counter()
    try:
        meeting = asyncio.run(run_async()) if is_async else run_sync()
        return f"meeting, {len(meeting.deviations)} deviations"
    except ZoomError as error:
        cause = f" ← {type(error.__cause__).__name__}" if error.__cause__ else ""
        return f"{type(error).__name__} {error.outcome.name}{cause}, {time.perf_counter() - started:.1f} s"
    except Exception as error:
        return f"WRONG {type(error).__name__} passed through"


def through_server(behave: Behaviour, scheme: str, name: str, calls: int) -> Attempt:
    """The result of a call to a server that behaves so, and how many requests it saw."""
    server = FaultServer(behave)
    try:
        return call(name, f"{scheme}://127.0.0.1:{server.port}/zoom", calls), server.seen
    finally:
        server.close()


def judged(result: str, seen: int, truth: str) -> str:
    """A result as a cell of the table."""
    wrong = truth not in result and "WRONG" not in result
    return f"{'WRONG ' if wrong else ''}{result}; {seen} seen"


def rows(folder: Path) -> Iterator[tuple[str, str, Callable[[str], Attempt]]]:
    """Each fault: its name, what a true result contains, and how it is tried over a transport."""

    def served(behave: Any, scheme: str = "http", calls: int = 1) -> Callable[[str], Attempt]:
        return lambda name: through_server(behave, scheme, name, calls)

    def at(port: Callable[[], Any]) -> Callable[[str], Attempt]:
        def attempt(name: str) -> Attempt:
            with port() as number:
                return call(name, f"http://127.0.0.1:{number}/zoom"), 0

        return attempt

    yield "connection refused", "NOT_SENT", at(nobody_listens)
    yield "connecting hangs", "ZoomTimeoutError NOT_SENT", at(nobody_accepts)
    yield "certificate not trusted", "NOT_SENT", served(untrusted_certificate(folder), "https")
    yield "no TLS on the port", "NOT_SENT", served(_plain_on_a_tls_port, "https")
    yield "no answer", "ZoomTimeoutError UNKNOWN", served(_never_answer)
    yield "closed after reading", "ZoomConnectionError UNKNOWN", served(_close_after_reading)
    yield "reset after reading", "ZoomConnectionError UNKNOWN", served(_reset_after_reading)
    yield "half a head", "UNKNOWN", served(_half_a_head)
    yield "half a body", "UnreadableMeetingError UNKNOWN", served(_half_a_body)
    yield "a byte every 0.3 s", "UNKNOWN", served(_drip)
    yield "an answer that is no HTTP", "UNKNOWN", served(_no_http)
    yield "kept connection closed while idle", "meeting, 0", served(_answer_once_then_close_idle, calls=2)
    yield "kept connection lost after reading", "UNKNOWN", served(_answer_once_then_swallow, calls=2)
    yield "all is well", "meeting, 0", served(_answer)


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        for fault, truth, attempt in rows(Path(folder)):
            print(f"\n{fault}: expected {truth}")
            for name in TRANSPORTS:
                print(f"  {name:22} {judged(*attempt(name), truth)}", flush=True)
    sys.stdout.flush()
    os._exit(0)  # pyreqwest's threads can abort an interpreter that ends


if __name__ == "__main__":
    main()
