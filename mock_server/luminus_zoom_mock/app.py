"""The ASGI app: the gateway's stages and the service's in one pipeline, and the mock's own routes beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from luminus_zoom_mock import admin, pages
from luminus_zoom_mock.contract import load
from luminus_zoom_mock.exchange import Answer, Call, Stage
from luminus_zoom_mock.faults import Plan
from luminus_zoom_mock.gateway import Gateway
from luminus_zoom_mock.journal import Journal
from luminus_zoom_mock.service import Service
from luminus_zoom_mock.settings import TOKEN, Settings
from luminus_zoom_mock.store import open_store

ADMIN = "/_mock/"
"""Where the mock's own routes are, which no gateway would have."""

DROP = "luminus_zoom_mock.drop"
"""The ASGI extension by which the mock's own server closes a connection without an answer."""


class DroppedError(ConnectionError):
    """The mock closes the connection on purpose, as a fault asks for. Servers close it when an app raises."""


class MockApp(Starlette):
    """The mock as an ASGI app.

    `stages` is the pipeline, by name and in order; replace or wrap an entry to change how one step behaves.
    `service.fields` does the same for the properties of a 201.
    """

    def __init__(self, settings: Settings) -> None:
        """Read the contract and open the store. Raises OSError, LookupError or sqlite3.Error where that fails."""
        super().__init__(routes=[*pages.routes(self, ADMIN), *admin.routes(self, ADMIN)])
        self.settings = settings
        self.contract = load(settings.contract)
        self.store = self.state.store = open_store(settings.db)
        self.service = Service(settings, self.contract, self.store)
        gateway = Gateway(settings, self.contract)
        self.stages: dict[str, Stage] = {**gateway.stages(), **self.service.stages()}
        self._pages = frozenset(path for path in pages.PATHS if not gateway.methods(path)[0])
        asked = any(key.with_token for it in self.contract.operations.values() for key in it.keys)
        asked = asked or any(it.keyless_with_token for it in self.contract.operations.values())
        self.token = settings.token or (TOKEN if asked else None)
        """The bearer token that is asked for, by the settings or by the contract; None where none is."""
        self.changed = False
        """Whether `stages` or `service` were changed, so that no request may be answered another way."""
        self._entry: ASGIApp = self._serve
        if origins := sorted(settings.allow_origins):
            self._entry = CORSMiddleware(self._serve, allow_origins=origins, allow_methods=["*"], allow_headers=["*"])
        self.faults = Plan()
        """What is to go wrong."""
        self.journal = Journal(settings.journal)
        """The latest requests, those to the mock's own routes apart."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._entry(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. The pipeline is reached without Starlette's own middleware, which costs more than it."""
        root = scope.get("root_path", "")
        if scope["type"] != "http" or self._is_own(scope["path"].removeprefix(root), scope["method"]):
            await super().__call__(scope, receive, send)
            return
        body = await _read(receive, self.settings.max_body)
        if body is None:
            return
        # As it was sent: a slash that is encoded parts no segments.
        path = scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1") or scope["path"]
        headers = joined(list(scope["headers"]))
        answer = self.answer(Call(scope["method"], path.removeprefix(root), scope["query_string"], headers, body))
        drop = scope.get("extensions", {}).get(DROP)
        await respond(answer, receive, send, with_body=scope["method"] != "HEAD", drop=drop)

    def _is_own(self, path: str, method: str) -> bool:
        """Whether a request is for the mock's own routes, which no gateway would have."""
        return path.startswith(ADMIN) or (path in self._pages and method in ("GET", "HEAD"))

    def answer(self, call: Call) -> Answer:
        """Return the answer of the first stage that has one, or what a fault makes of it; record both."""
        if len(call.body) > self.settings.max_body:
            return Answer(413, [(b"connection", b"close")])  # Kestrel's, the server of ASP.NET Core
        rule = self.faults.take(call) if self.faults.rules else None
        fault = rule and rule.fault
        if rule and fault and not fault.creates:
            answer = fault.make(Answer(0, []), rule.seconds)
            self.journal.add(call, answer, None, rule.name)
            return answer
        answer = self._answer_of_stages(call)
        main = self.contract.main
        created = answer.body if answer.status == main.success and call.operation is main else None
        met = None
        if rule and fault and created is None:
            self.faults.give_back(rule)
        elif rule and fault:
            answer, met = fault.make(answer, rule.seconds), rule.name
        self.journal.add(call, answer, created, met)
        return answer

    def _answer_of_stages(self, call: Call) -> Answer:
        try:
            for stage in self.stages.values():
                answer = stage(call)
                if answer is not None:
                    return answer
        except Exception:
            self.journal.add(call, Answer(500, []), None, None)
            raise
        raise RuntimeError("no stage answered; the last one must")


def create_app(settings: Settings | None = None) -> MockApp:
    """Return the mock as an ASGI app; None stands for the default settings.

    The store stays open as long as the app is used: close it with `app.store.close()` where it is a file.
    """
    return MockApp(settings or Settings())


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Return the whole body, cut off where it is longer than allowed; None if the client left before its end."""
    chunks: list[bytes] = []
    left = limit + 1
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b"")[:left])
        left -= len(chunks[-1])
        if not message.get("more_body", False):
            return b"".join(chunks)


async def respond(
    answer: Answer,
    receive: Receive,
    send: Send,
    *,
    with_body: bool = True,
    drop: Callable[[], None] | None = None,
) -> None:
    """Send an answer, when its time has come; `receive` must have given the whole request.

    Raises DroppedError where the connection is to be closed early and the server gave no `drop` for it.
    """
    if answer.delay:
        await _wait(answer.delay, receive)
    if answer.sent != -1:
        length = (b"content-length", b"%d" % len(answer.body))
        await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
        body = answer.body if with_body else b""
        await send({"type": "http.response.body", "body": body[: answer.sent], "more_body": answer.sent is not None})
    if answer.sent is None:
        return
    if drop is None:
        raise DroppedError("the mock was asked to close this connection")
    drop()
    await receive()  # until the connection is closed: servers answer for an app that ends before


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
