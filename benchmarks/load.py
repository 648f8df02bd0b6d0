"""A load generator that is not the bottleneck: kept connections, each of which sends the next request after an answer.

`python load.py PORT PATH CONNECTIONS REQUESTS SECONDS` reads the JSON of a request and ends after so many requests or
seconds. Prints how many were answered, how many of them with 201, and the rate.
"""

import asyncio
import json
import sys
import time
from typing import Any

import httptools
import uvloop


class Load:
    """What all connections share."""

    def __init__(self, request: bytes, requests: int, seconds: float) -> None:
        self.request, self.left = request, requests
        self.answered, self.created = 0, 0
        self.end = time.perf_counter() + seconds
        self.open = 0
        self.done = asyncio.Event()

    def next(self) -> bytes | None:
        """The next request; None when it is enough."""
        if self.left <= 0 or time.perf_counter() >= self.end:
            return None
        self.left -= 1
        return self.request


class Connection(asyncio.Protocol):
    """One connection."""

    transport: Any

    def __init__(self, load: Load) -> None:
        self._load = load
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = transport
        self._load.open += 1
        self._send()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Count the answer and go on."""
        self._load.answered += 1
        if self._parser.get_status_code() == 201:
            self._load.created += 1
        self._parser = httptools.HttpResponseParser(self)
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        """Say so; what is not answered is missing from the count."""
        self._load.open -= 1
        if not self._load.open:
            self._load.done.set()

    def _send(self) -> None:
        request = self._load.next()
        if request is None:
            self.transport.close()
        else:
            self.transport.write(request)


async def main(port: str, path: str, connections: str, requests: str, seconds: str) -> None:
    """Put the load on and print what came of it."""
    body = sys.stdin.buffer.read()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Content-Type: application/json\r\nAccept: application/json\r\n"
        f"Ocp-Apim-Subscription-Key: 0123456789abcdef0123456789abcdef\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    load = Load(head.encode() + body, int(requests), float(seconds))
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    await asyncio.gather(
        *(loop.create_connection(lambda: Connection(load), "127.0.0.1", int(port)) for _ in range(int(connections)))
    )
    await load.done.wait()
    wall = time.perf_counter() - started
    print(json.dumps({"requests": load.answered, "created": load.created, "per_second": load.answered / wall}))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
