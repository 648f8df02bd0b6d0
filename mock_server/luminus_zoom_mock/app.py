"""The ASGI app: the gateway's stages and the service's in one pipeline, and the mock's own routes beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from luminus_zoom_mock.contract import load
from luminus_zoom_mock.exchange import Answer, Call, Stage
from luminus_zoom_mock.gateway import Gateway
from luminus_zoom_mock.service import Service
from luminus_zoom_mock.settings import TOKEN, Settings
from luminus_zoom_mock.store import open_store

ADMIN = "/_mock/"
"""Where the mock's own routes are, which no gateway would have."""

_QUERY_VALUE = re.compile(r"(?<=[?&])([^=&#]*)=[^&#]*")


class MockApp(Starlette):
    """The mock as an ASGI app.

    `stages` is the pipeline, by name and in order; replace or wrap an entry to change how one step behaves.
    `service.fields` does the same for the properties of a 201.
    """

    def __init__(self, settings: Settings) -> None:
        """Read the contract and open the store. Raises OSError, LookupError or sqlite3.Error where that fails."""
        super().__init__(routes=[Route(f"{ADMIN}meetings", self._admin, methods=["GET", "DELETE"])])
        self.settings = settings
        self.contract = load(settings.contract)
        self.store = self.state.store = open_store(settings.db)
        self.service = Service(settings, self.contract, self.store)
        self.stages: dict[str, Stage] = {**Gateway(settings, self.contract).stages(), **self.service.stages()}
        asked = any(key.with_token for it in self.contract.operations.values() for key in it.keys)
        asked = asked or any(it.keyless_with_token for it in self.contract.operations.values())
        self.token = settings.token or (TOKEN if asked else None)
        """The bearer token that is asked for, by the settings or by the contract; None where none is."""
        self.changed = False
        """Whether `stages` or `service` were changed, so that no request may be answered another way."""
        self.requests = 0
        """Requests seen, the mock's own routes apart."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. The pipeline is reached without Starlette's middleware, which costs more than it."""
        if scope["type"] != "http" or scope["path"].startswith(ADMIN):
            await super().__call__(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            return
        # As it was sent: a slash that is encoded parts no segments.
        path = scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1") or scope["path"]
        answer = self.answer(Call(scope["method"], path, scope["query_string"], joined(list(scope["headers"])), body))
        await respond(answer, receive, send, with_body=scope["method"] != "HEAD")

    def answer(self, call: Call) -> Answer:
        """Return the answer of the first stage that has one. Raises RuntimeError if none has."""
        self.requests += 1
        for stage in self.stages.values():
            answer = stage(call)
            if answer is not None:
                return answer
        raise RuntimeError("no stage answered; the last one must")

    async def _admin(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.store.clear()
            return Response(status_code=204)
        return JSONResponse(masked(self.store.meetings(), self.contract.sensitive))


def create_app(settings: Settings | None = None) -> MockApp:
    """Return the mock as an ASGI app; None stands for the default settings.

    The store stays open as long as the app is used: close it with `app.store.close()` where it is a file.
    """
    return MockApp(settings or Settings())


def masked(value: Any, sensitive: Mapping[str, Any]) -> Any:
    """Return a JSON value with the secrets of the named properties hidden, at any depth.

    `sensitive` has True for a property that is hidden whole, "query" for a URL of which only the query's values are.
    """
    if isinstance(value, list):
        return [masked(item, sensitive) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _hidden(item, sensitive.get(name), sensitive) for name, item in value.items()}


def _hidden(value: Any, mark: Any, sensitive: Mapping[str, Any]) -> Any:
    if mark == "query" and isinstance(value, str):
        return _QUERY_VALUE.sub(r"\1=***", value)
    return masked(value, sensitive) if mark is None or value is None else "***"


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body; None if the client left before it was complete."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def respond(answer: Answer, receive: Receive, send: Send, *, with_body: bool = True) -> None:
    """Send an answer, when its time has come; `receive` must have given the whole request."""
    if answer.delay:
        await _wait(answer.delay, receive)
    length = (b"content-length", b"%d" % len(answer.body))
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})


async def _wait(seconds: float, receive: Receive) -> None:
    """Let time pass, but no longer than the client stays."""
    with anyio.move_on_after(seconds):
        await receive()  # after the whole body, only the client's leaving is left to receive


def joined(lines: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return header lines by name, those of one name joined by commas."""
    headers = dict(lines)
    if len(headers) == len(lines):  # no name is there twice
        return headers
    headers.clear()
    for name, value in lines:
        headers[name] = b"%b, %b" % (headers[name], value) if name in headers else value
    return headers
