"""The server of the client benchmarks: it answers every request that says the right thing with the same 201.

`python responder.py` reads `{"request": …, "answer": …, "delay": seconds}`, prints its port and serves until it is
ended. A body is judged once and then known by its bytes, so that judging costs the server no more than a look-up.
"""

import asyncio
import json
import sys
from datetime import datetime
from typing import Any

import httptools
import uvloop


class Responder(asyncio.Protocol):
    """One connection. Uses httptools, so that any framing of a request is understood."""

    expected: Any
    answer: bytes
    delay: float
    known: dict[bytes, bytes]
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with an empty request."""
        self.transport = transport  # type: ignore[assignment]
        self.parser = httptools.HttpRequestParser(self)
        self.pieces: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self.parser.feed_data(data)

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body."""
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        """Answer."""
        body = b"".join(self.pieces)
        self.pieces.clear()
        answer = self.known.get(body) or self.judged(body)
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, answer)
        else:
            self.transport.write(answer)

    def judged(self, body: bytes) -> bytes:
        """The answer to a body that was not seen before: 400 unless it says what every peer is asked to say."""
        if comparable(json.loads(body)) == self.expected:
            return self.known.setdefault(body, self.answer)
        return http_answer(b"400 Bad Request", b'"not the request of this benchmark"')


def comparable(value: Any) -> Any:
    """A JSON value without nulls, its times as instants: what two ways to write the same request have in common."""
    if isinstance(value, dict):
        return {name: comparable(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [comparable(inner) for inner in value]
    if isinstance(value, str) and value[4:5] == "-" and "T" in value:
        return datetime.fromisoformat(value).timestamp()
    return value


def http_answer(status: bytes, body: bytes) -> bytes:
    """An answer with the headers that were recorded from the service's siblings."""
    return (
        b"HTTP/1.1 %b\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n"
        b"Cache-Control: no-store,no-cache\r\nPragma: no-cache\r\nX-Powered-By: ASP.NET\r\n"
        b"Request-Context: appId=cid-v1:6f1c2b7a-4e0d-4b8e-9a35-2c5d7e8f9012\r\n"
        b"Date: Mon, 18 Jan 2027 02:00:00 GMT\r\n\r\n%b" % (status, len(body), body)
    )


async def serve(task: dict[str, Any]) -> None:
    """Serve until cancelled, on a free loopback port."""
    Responder.expected = comparable(task["request"])
    Responder.answer = http_answer(b"201 Created", json.dumps(task["answer"], separators=(",", ":")).encode())
    Responder.delay = task["delay"]
    Responder.known = {}
    server = await asyncio.get_running_loop().create_server(Responder, "127.0.0.1", 0)
    print(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(json.load(sys.stdin)))
