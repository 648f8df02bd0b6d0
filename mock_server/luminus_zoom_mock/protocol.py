"""The short way from the wire to the pipeline and back, for the one request that a mock gets nearly always.

uvicorn starts a task for each request and checks every header that an application sends, which costs twice what the
mock's own work does. A plain call of the operation on a kept connection needs neither.
"""

from __future__ import annotations

import sys
from typing import Any, cast

import httptools
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from luminus_zoom_mock.app import DROP, MockApp, joined, respond
from luminus_zoom_mock.exchange import Answer, Call


class MockProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which answers a plain call itself; all others, and a changed app's, take uvicorn's way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what uvicorn gives. The configuration's app must be a `MockApp`."""
        super().__init__(*args, **kwargs)
        self._mock = cast(MockApp, self.config.app)
        main = self._mock.contract.main
        changed = self._mock.changed or self._mock.settings.allow_origins
        plain = main.method == "POST" and "{" not in main.path and not changed
        self._url = self._mock.contract.path.encode() if plain else None
        self._body: list[bytes] | None = None
        self._left = 0
        """Bytes of the body that are still kept; further ones are read and forgotten."""
        self._upgrading = False
        """Whether the request asks for another protocol; then the parser passes over its body."""
        self._data = b""

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        self._data = data
        super().data_received(data)

    def _unsupported_upgrade_warning(self) -> None:
        """Serve the request without its Upgrade, as HTTP allows: Java's client asks for HTTP/2 with every first one."""
        exception = cast(httptools.HttpParserUpgrade, sys.exception())
        lines = [b"%b: %b\r\n" % (name, value) for name, value in self.headers if name != b"upgrade"]
        parser: Any = self.parser
        asked = (parser.get_method(), self.url, parser.get_http_version().encode())
        head = b"%b %b HTTP/%b\r\n%b\r\n" % (*asked, b"".join(lines))
        self._upgrading = False
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(head + self._data[exception.args[0] :])

    def on_headers_complete(self) -> None:
        """Choose the way."""
        parser: Any = self.parser
        self._upgrading = parser.should_upgrade()
        if self._upgrading:
            return
        plain = (
            self.url == self._url
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not (self.expect_100_continue or self.flow.write_paused)
            and (self.cycle is None or self.cycle.response_complete)
        )
        self._body = [] if plain else None
        self._left = self._mock.settings.max_body + 1
        if not plain:
            super().on_headers_complete()
            # The application's task has not begun yet.
            cast(Any, self.scope).setdefault("extensions", {})[DROP] = self._drop

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        if self._body is None:
            super().on_body(body)
        else:
            self._body.append(body[: self._left])
            self._left -= len(self._body[-1])

    def on_message_complete(self) -> None:
        """Answer, if the request is complete and nothing is out of the ordinary."""
        if self._upgrading:
            return
        if self._body is None:
            super().on_message_complete()
            return
        call = Call("POST", self._mock.contract.path, b"", joined(self.headers), b"".join(self._body))
        answer: Answer | Exception
        try:
            answer = self._mock.answer(call)
        except Exception as error:
            answer = error
        if isinstance(answer, Exception) or answer.delay or answer.sent is not None:
            self._answer_later(answer)
            return
        head = [STATUS_LINE[answer.status]]
        for name, value in (*self.server_state.default_headers, *answer.headers):
            head += (name, b": ", value, b"\r\n")
        head.append(b"content-length: %d\r\n\r\n" % len(answer.body))
        # Later in this turn of the loop, with what is due on other connections: a client of many is woken once.
        self.loop.call_soon(self.transport.write, b"".join((*head, answer.body)))
        self.on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, after what came before it."""
        self.loop.call_soon(super().send_400_response, msg)

    def _drop(self) -> None:
        """Close the connection once what was written is sent."""
        self.transport.close()

    def _answer_later(self, answer: Answer | Exception) -> None:
        """Let uvicorn do what takes time, or is an error."""

        async def finish(_: Scope, receive: Receive, send: Send) -> None:
            await receive()
            if isinstance(answer, Exception):
                raise answer
            await respond(answer, receive, send, drop=self._drop)

        app, self.app = self.app, finish
        super().on_headers_complete()
        self.app = app
        super().on_message_complete()
