"""A second honest server: a plain backend without a gateway, on the standard library, written from the contract alone.

What it answers is in `servers/service.py`; nothing of the suite and nothing of the mock is in it.
"""

import contextlib
import gzip
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

from contract_tests.tests.servers.service import FORBIDDEN, KEY, PATH, TOKEN, Reply, create

__all__ = ["FORBIDDEN", "KEY", "TOKEN", "Backend", "backend"]


class Backend(BaseHTTPRequestHandler):
    """One connection. What differs from server to server is set on subclasses."""

    protocol_version = "HTTP/1.1"
    server_version = "Backend/1"
    asks_for_token = False
    latency = 0.0
    chunked = False
    zone: timezone = UTC
    pause: Callable[[int], float] = staticmethod(lambda _: 0.0)
    """Seconds that the answer to the so-manieth request takes beyond the latency."""
    count = 0
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def handle_expect_100(self) -> bool:
        """Send the interim answer at once: whoever waits for it sends no body before."""
        proceeds = super().handle_expect_100()
        self.wfile.flush()
        return proceeds

    def do_POST(self) -> None:
        """Create a meeting, or say why not."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        if path.removesuffix("/") != PATH:
            self._answer(Reply(404, "There is nothing here."))
        else:
            headers = {name.lower(): value for name, value in reversed(self.headers.items())}
            self._answer(create(headers, query, body, asks_for_token=self.asks_for_token, zone=self.zone))

    def _other(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(Reply(405, "Only POST.", {"Allow": "POST"}))

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _other

    def _answer(self, reply: Reply) -> None:
        type(self).count += 1
        time.sleep(self.latency + self.pause(type(self).count))
        body = reply.encoded(indent=1)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if "gzip" in self.headers.get("Accept-Encoding", "") and body:
            body = gzip.compress(body)
            self.send_header("content-encoding", "gzip")
        if body:
            self.send_header("content-type", reply.media_type)
        self._send_body(b"" if self.command == "HEAD" else body)

    def _send_body(self, body: bytes) -> None:
        if self.chunked and body:
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            half = len(body) // 2
            for part in (body[:half], body[half:]):
                self.wfile.write(b"%X\r\n%b\r\n" % (len(part), part) if part else b"")
            self.wfile.write(b"0\r\n\r\n")
            return
        if self.protocol_version == "HTTP/1.1":
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def backend(*, threads: bool = True, base: type[Backend] = Backend, **settings: Any) -> Iterator[str]:
    """Serve on a free loopback port, with attributes of `Backend` set; yields the base URL."""
    handler = type("Handler", (base,), {"count": 0, **settings})
    with (ThreadingHTTPServer if threads else HTTPServer)(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api/zoom"
        server.shutdown()
        thread.join()
