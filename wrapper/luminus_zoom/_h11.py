"""Answers as h11 reads them: in an installation without httptools, and of those that llhttp refuses."""

from typing import TYPE_CHECKING

import h11

from ._http1 import MAX_HEAD, MalformedError

if TYPE_CHECKING:
    from ._http1 import Incoming

_END = h11.EndOfMessage()
_ASKED = h11.Request(method="POST", target="/", headers=[("Host", "x")])
"""Stands for the request in h11, which has to know of one and does not send ours."""


class Reader:
    """The answers of one connection, read for its `Incoming`, which is told of their parts."""

    def __init__(self, incoming: "Incoming") -> None:
        self._incoming = incoming
        self._connection = h11.Connection(h11.CLIENT, MAX_HEAD)

    def begin(self) -> None:
        """Expect an answer."""
        if self._connection.our_state is not h11.IDLE:
            self._connection.start_next_cycle()
        self._connection.send(_ASKED)
        self._connection.send(_END)

    def feed(self, data: bytes) -> None:
        """Take what arrived; no bytes mean that the connection has ended. Raises MalformedError as `Incoming.feed`."""
        try:
            self._connection.receive_data(data)
            while not self._incoming.is_complete and (event := self._connection.next_event()) is not h11.NEED_DATA:
                self._take(event)
        except h11.RemoteProtocolError:
            raise MalformedError("what came is not HTTP/1.1" if data else "the server hung up") from None

    def _take(self, event: object) -> None:
        if isinstance(event, h11.Response):
            for name, value in event.headers:
                self._incoming.on_header(name, value)
            self._incoming.on_head(event.status_code)
        elif isinstance(event, h11.Data):
            self._incoming.on_body(event.data)
        elif isinstance(event, h11.EndOfMessage):
            done = self._connection.their_state is h11.DONE and not self._connection.trailing_data[0]
            self._incoming.on_end(is_reusable=done)
