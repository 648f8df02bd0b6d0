"""HTTP/1.1 (RFC 9112) without I/O: a request as bytes, and an answer read from whatever bytes arrive.

Two parsers can read: h11, and llhttp through httptools where that is installed (the extra ``fast``). Either is loaded
where it is used: h11 takes a fifth of the time in which a client gets ready.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ._request import Request
from ._response import MAX_BODY, Response

httptools: Any = import_module("httptools") if find_spec("httptools") else None

MAX_HEAD = 100 * 1024
"""Bytes that an answer may have before its body."""
MAX_FRAMING = 1024 * 1024
"""Bytes between and after the pieces of a body: sizes of chunks, their extensions, trailers."""
REREAD = 256 * 1024
"""Bytes that are kept for a second reading; a meeting has about 1,500."""
SLICE = 32 * 1024


class MalformedError(Exception):
    """The answer breaks HTTP/1.1, or ends too early. The bytes are not quoted: they may be secret."""


def encoded(request: Request) -> bytes:
    """The request as it goes over the wire. None of its parts can hold a line break; they were checked when made."""
    target = request.url[request.url.index("/", len("https://")) :]
    pairs = (*request.headers, *request.credentials.headers())
    lines = (f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs), "\r\n")
    return "\r\n".join(lines).encode("ascii") + request.body


class Incoming:
    """The answers of one connection, one after the other, as far as the latest has come.

    `begin` expects one, `feed` takes what arrives of it. `is_complete` tells that no more is wanted, since the answer
    has ended or is longer than is read; `is_reusable` that the connection can carry another request.
    """

    def __init__(self) -> None:
        self._h11: Any = None

    def begin(self) -> None:
        """Expect an answer."""
        self.is_complete = self.is_reusable = False
        self._status = 0
        self._headers: dict[str, str] = {}
        self._pieces: list[bytes] = []
        self._room = MAX_BODY
        if httptools:
            self._h11 = None
            self._raw: list[bytes] = []
            self._fed = 0
            self._llhttp = httptools.HttpResponseParser(self)
        else:
            self._begin_h11()

    def feed(self, data: bytes) -> None:
        """Take what arrived; no bytes mean that the connection has ended.

        Raises:
            MalformedError: it is not HTTP, or it ends before the answer.
        """
        # In slices, so that the limit of the head does not depend on how much arrives at once.
        for start in range(0, max(len(data), 1), SLICE):
            piece = data[start : start + SLICE]
            if self.is_complete:
                self.is_reusable = False  # More has come than the answer.
            elif self._h11 is None:
                self._feed_llhttp(piece)
            else:
                self._h11.feed(piece)

    @property
    def has_head(self) -> bool:
        """Whether the status and the headers have come."""
        return self._status > 0

    def answer(self, fault: str | None = None) -> Response:
        """What has come, whole or cut short by a `fault`."""
        if self._room < 0:
            fault = f"its body is longer than {MAX_BODY} bytes"
        return Response(self._status, self._headers, b"".join(self._pieces), fault)

    def _begin_h11(self) -> None:
        if self._h11 is None:
            from ._h11 import Reader

            self._h11 = Reader(self)
        self._h11.begin()

    def _feed_llhttp(self, data: bytes) -> None:
        """Read by llhttp what is well-formed. Whatever is not, h11 reads anew, so that nothing is lost by it."""
        self._fed += len(data)
        if self._fed <= REREAD:
            self._raw.append(data)
        try:
            self._llhttp.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.is_reusable = False
            refused = not self.is_complete
        else:
            refused = not (self.is_complete or data) or (not self._status and self._fed > MAX_HEAD)
        if refused:
            self._refused(data)
        elif self._fed - (MAX_BODY - self._room) > MAX_FRAMING:
            raise MalformedError("its framing is too long")

    def _refused(self, data: bytes) -> None:
        """What to do with what llhttp refused, or what ended too early for it."""
        if self._fed > REREAD:
            # To read so much again would take too long. Without length and chunks the end of the connection is the end.
            self.is_complete = not data and self._headers.keys().isdisjoint(("content-length", "transfer-encoding"))
            if not self.is_complete:
                raise MalformedError("what came is not HTTP/1.1" if data else "the server hung up")
            return
        everything = b"".join(self._raw)
        self.begin()
        self._begin_h11()
        self.feed(everything)
        if not data and not self.is_complete:
            self._h11.feed(b"")

    # The callbacks of httptools; `_h11` calls the first few too.

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or one of a trailer, which nobody wants."""
        if self._status:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_head(self, status: int) -> None:
        """The answer's status, once its headers have come."""
        self._status = status

    def on_end(self, *, is_reusable: bool) -> None:
        """The end of the answer."""
        self.is_complete, self.is_reusable = True, is_reusable

    def on_message_begin(self) -> None:
        """The answer begins, an interim one before it, or one too many after it, which spoils the connection."""
        self.is_reusable = False

    def on_headers_complete(self) -> None:
        """The end of the headers, perhaps only of an interim answer (RFC 9110, 15.2)."""
        if self._status:
            return
        status = self._llhttp.get_status_code()
        if status < 100:
            raise ValueError("llhttp takes any number for a status")
        if status < 200:
            self._headers = {}
        else:
            self.on_head(status)

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        if self.is_complete:
            return
        self._pieces.append(piece[: max(self._room, 0)])
        self._room -= len(piece)
        self.is_complete = self._room < 0

    def on_message_complete(self) -> None:
        """The end of the body."""
        if self._status and not self.is_complete:
            self.on_end(is_reusable=self._llhttp.should_keep_alive())
