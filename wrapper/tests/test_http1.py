"""Reading HTTP/1.1: by llhttp and by h11, in pieces of any size, whatever its length, and damaged."""

import itertools
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from luminus_zoom import _http1
from wrapper.tests.calls import BODY
from wrapper.tests.fault_server import answer

FULL = answer(201, BODY)


def test_without_httptools_h11_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http1, "httptools", None)
    incoming = _http1.Incoming()
    for _ in range(2):
        incoming.begin()
        incoming.feed(FULL)
        assert incoming.is_complete
        assert incoming.is_reusable
        assert incoming.answer().body == BODY


@pytest.mark.parametrize("way", ["llhttp", "h11"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pieces_of_any_size_make_the_same_answer(way: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "h11":
        monkeypatch.setattr(_http1, "httptools", None)
    incoming = _http1.Incoming()
    incoming.begin()
    data = b"HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n" + FULL
    for start in range(0, len(data), size):
        assert not incoming.is_complete
        incoming.feed(data[start : start + size])
    found = incoming.answer()
    assert (found.status, found.body, found.fault) == (201, BODY, None)
    assert "x-interim" not in found.headers


def fed(*pieces: bytes) -> tuple[Any, str | None]:
    """An answer that arrives in these pieces, as far as it can be read, and why not further."""
    incoming = _http1.Incoming()
    incoming.begin()
    try:
        for piece in pieces:
            incoming.feed(piece)
    except _http1.MalformedError as error:
        return incoming.answer(), str(error)
    return incoming.answer() if incoming.is_complete else None, None


HEAD = b"HTTP/1.1 201 Created\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = b"x" * 300_000


@pytest.mark.parametrize("way", ["llhttp", "h11"])
class TestLongAnswers:
    """What is too long to be read twice comes to the same."""

    @pytest.fixture(autouse=True)
    def _way(self, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        if way == "h11":
            monkeypatch.setattr(_http1, "httptools", None)

    def test_until_the_end_of_the_connection(self) -> None:
        found, why = fed(HEAD + b"\r\n" + LONG, b"")
        assert (found.body, why) == (LONG, None)

    @pytest.mark.parametrize("head", [CHUNKED + b"493e0\r\n", HEAD + b"Content-Length: 300001\r\n\r\n"])
    def test_one_that_is_cut_off(self, head: bytes) -> None:
        found, why = fed(head + LONG, b"")
        assert (found.body, why) == (LONG, "the server hung up")

    def test_a_bad_chunk(self) -> None:
        found, why = fed(CHUNKED + b"493e0\r\n" + LONG + b"\r\nnonsense\r\n")
        assert (found.body, why) == (LONG, "what came is not HTTP/1.1")

    def test_a_head_that_comes_byte_by_byte(self) -> None:
        head = HEAD + b"X-Long: " + b"y" * 50_000 + b"\r\nContent-Length: 0\r\n\r\n"
        found, why = fed(*(head[place : place + 1] for place in range(len(head))))
        assert (found.status, why) == (201, None)

    def test_a_surplus_after_a_slice(self) -> None:
        head = HEAD + b"Content-Length: 32000\r\nX-Padding: "
        whole = head + b"p" * (_http1.SLICE - 32_000 - len(head) - 4) + b"\r\n\r\n" + b"x" * 32_000
        for surplus in (b"", b"?"):
            incoming = _http1.Incoming()
            incoming.begin()
            incoming.feed(whole + surplus)
            assert (incoming.is_complete, incoming.is_reusable) == (True, not surplus)

    def test_endless_trailers(self) -> None:
        found, why = fed(CHUNKED + b"1\r\n{\r\n0\r\n", *[b"X-Trailer: " + b"z" * 1000 + b"\r\n"] * 2000)
        assert (found.body, bool(why)) == (b"{", True)


HEADS = [
    b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\nuntil the end",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 429 \r\nRetry-After: 3\r\nX: a\r\nx: b\r\nContent-Length: 0\r\n\r\n",
]


@st.composite
def conversations(draw: st.DrawFn) -> list[bytes]:
    """The pieces of an answer that may be damaged, repeated or cut off; the last one is the end."""
    data = draw(st.sampled_from(HEADS)) * draw(st.integers(1, 2))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(data)))
        junk = draw(
            st.binary(max_size=3) | st.sampled_from([b"\r\n", b"\n", b" ", b":", b"0", b"Content-Length: 1\r\n"])
        )
        data = data[:place] + junk + data[place + draw(st.integers(0, 3)) :]
    cuts = sorted(draw(st.lists(st.integers(1, max(len(data), 1)), max_size=4)))
    pieces = [data[start:end] for start, end in itertools.pairwise([0, *cuts, len(data)])]
    return [piece for piece in pieces if piece] + [b""]


def read_by(parser: Any, pieces: list[bytes]) -> tuple[Any, ...]:
    """What becomes of these pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_http1, "httptools", parser)
        incoming = _http1.Incoming()
        incoming.begin()
        malformed = ""
        for piece in pieces:
            if incoming.is_complete:
                break
            try:
                incoming.feed(piece)
            except _http1.MalformedError as error:
                malformed = str(error)
                break
        found = incoming.answer()
        # A connection that could be used again may be given up: that loses nothing.
        return incoming.is_complete, malformed, found.status, found.headers, found.body


@given(conversations())
@settings(max_examples=300, deadline=None)
@example([HEADS[0] + b"surplus", b""])
@example([HEADS[1] * 2, b""])
@example([HEADS[0].replace(b": 5", b": 5 "), b""])
@example([HEADS[0].replace(b"201", b"099"), b""])
def test_httptools_reads_all_that_h11_reads_and_reads_it_alike(pieces: list[bytes]) -> None:
    by_h11 = read_by(None, pieces)
    assert by_h11[1] or read_by(_http1.httptools, pieces) == by_h11
