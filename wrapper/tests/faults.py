"""The table of faults: what the other side does, and what has to come of it with every client."""

import contextlib
import functools
import gzip
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from attrs import field, frozen

from luminus_zoom import Outcome, errors
from wrapper.tests.calls import BODY
from wrapper.tests.fault_server import (
    SECOND,
    Conversation,
    FaultServer,
    Script,
    answer,
    deaf,
    dripping,
    ending,
    full_port,
    refusing_port,
    resetting,
    silent,
)

CERTIFICATE = str(Path(__file__).with_name("loopback.pem"))
PATIENT, HASTY = (5.0, 10.0), (0.4, 0.6)
"""`timeout` and `deadline` where nothing may run out on a busy machine, and where something has to."""
BRIEF = (5.0, 0.5)
"""Where it is the deadline that runs out."""


@frozen
class Place:
    """Where a client is sent: the base URL, the server behind it if there is one, environment variables."""

    url: str
    server: FaultServer | None = None
    environment: dict[str, str] = field(factory=dict)


@frozen
class Row:
    """A fault and what has to come of it.

    `error` is the exception's class, None for a meeting; `kept` what of the answer is left: "meeting" (found in it,
    complete or in part), "body" or nothing; `requests` how many of them reached the server; `patience` the client's
    timeout and deadline.
    """

    name: str
    place: Callable[[], AbstractContextManager[Place]]
    error: type[errors.ZoomError] | None = None
    outcome: Outcome | None = None
    retryable: bool = False
    requests: int = 1
    attempts: int = 1
    kept: str = ""
    status: int | None = None
    patience: tuple[float, float] = PATIENT


@contextlib.contextmanager
def serving(*scripts: Script) -> Iterator[Place]:
    """A server of these scripts."""
    with FaultServer(*scripts) as server:
        yield Place(server.url, server)


def tls() -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@contextlib.contextmanager
def serving_tls(*scripts: Script, trusted: bool = True) -> Iterator[Place]:
    """The same with TLS, and a certificate that the client trusts or not."""
    with FaultServer(*scripts, tls=tls()) as server:
        yield Place(server.url, server, {"SSL_CERT_FILE": CERTIFICATE} if trusted else {})


@contextlib.contextmanager
def mistaken_for_tls(script: Script) -> Iterator[Place]:
    """A server that does not speak TLS, called with https."""
    with FaultServer(script) as server:
        yield Place(server.url.replace("http:", "https:"), server)


@contextlib.contextmanager
def proxied(script: Script) -> Iterator[Place]:
    """A machine that nobody can reach, behind a proxy on loopback."""
    with FaultServer(script) as server:
        environment = {"https_proxy": f"http://127.0.0.1:{server.port}", "SSL_CERT_FILE": CERTIFICATE}
        yield Place("https://luminus.invalid/zoom", server, environment)


@contextlib.contextmanager
def nobody(port: Callable[[], AbstractContextManager[int]]) -> Iterator[Place]:
    """A port where nobody answers."""
    with port() as number:
        yield Place(f"http://127.0.0.1:{number}/zoom")


@contextlib.contextmanager
def no_proxy() -> Iterator[Place]:
    """A proxy that is not there."""
    with refusing_port() as port:
        yield Place("https://luminus.invalid/zoom", None, {"https_proxy": f"http://127.0.0.1:{port}"})


def huge(start: bytes) -> Script:
    """A script: 64 MiB of body, which nobody wants to read to its end."""

    def script(conversation: Conversation) -> None:
        conversation.receive()
        conversation.send(answer(201, start, length=64 * 2**20))
        for _ in range(64):
            conversation.send(b" " * 2**20)

    return script


def slow_body(conversation: Conversation) -> None:
    """A script: half a body at once and then a byte a second."""
    conversation.receive()
    conversation.send(answer(201, HALF, length=len(BODY)))
    conversation.send(*(bytes([byte]) for byte in BODY[len(HALF) :]), pause=SECOND)


def tunnel(script: Script) -> Script:
    """A script: be a proxy that lets the client through, to a server of another script."""

    def proxy(conversation: Conversation) -> None:
        conversation.receive()
        conversation.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        conversation.secure(tls())
        script(conversation)

    return proxy


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """An answer in chunks."""
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return answer(201, b"", "Transfer-Encoding: chunked", length=-1) + framed + end


NOT_SENT, REJECTED, UNKNOWN = Outcome.NOT_SENT, Outcome.REJECTED, Outcome.UNKNOWN
HALF = BODY[: BODY.index(b'"topic"')]
FULL = answer(201, BODY)
never_sent = functools.partial(Row, outcome=NOT_SENT, retryable=True, requests=0, attempts=2)
lost = functools.partial(Row, error=errors.ZoomConnectionError, outcome=UNKNOWN)
late = functools.partial(Row, error=errors.ZoomTimeoutError, outcome=UNKNOWN, patience=HASTY)
never_ends = functools.partial(never_sent, error=errors.ZoomTimeoutError, attempts=1, patience=HASTY)
created = functools.partial(Row, kept="meeting", status=201)
unreadable = functools.partial(Row, error=errors.UnreadableMeetingError, outcome=UNKNOWN, status=201)


def on(script: Script) -> Callable[[], AbstractContextManager[Place]]:
    """A place with a server of one script."""
    return lambda: serving(script)


def sent(*pieces: bytes) -> Callable[[], AbstractContextManager[Place]]:
    """A place with a server that sends these bytes and hangs up."""
    return on(ending(pieces))


def held(*pieces: bytes) -> Callable[[], AbstractContextManager[Place]]:
    """A place with a server that sends these bytes and then nothing more."""

    def script(conversation: Conversation) -> None:
        conversation.receive()
        conversation.send(*pieces)
        conversation.await_end()

    return on(script)


CONNECTIONS = [
    never_sent("refused", lambda: nobody(refusing_port), errors.ZoomConnectionError),
    never_ends("connecting never ends", lambda: nobody(full_port)),
    never_sent("certificate not trusted", lambda: serving_tls(silent, trusted=False), errors.ZoomConnectionError),
    never_sent("no TLS", lambda: mistaken_for_tls(lambda talk: talk.send(b"SSH-2.0\r\n")), errors.ZoomConnectionError),
    never_sent("hangs up in the TLS handshake", lambda: mistaken_for_tls(deaf), errors.ZoomConnectionError),
    never_ends("connecting outlasts the deadline", lambda: nobody(full_port), patience=BRIEF),
    never_ends("TLS handshake outlasts the deadline", lambda: mistaken_for_tls(silent), patience=BRIEF),
    never_ends("TLS handshake never ends", lambda: mistaken_for_tls(silent)),
    never_sent("proxy not there", no_proxy, errors.ZoomConnectionError),
    never_sent("proxy refuses", lambda: proxied(ending([answer(403, b"no")])), errors.ZoomConnectionError, requests=2),
    never_sent(
        "proxy wants a password",
        lambda: proxied(ending([answer(407, b"", 'Proxy-Authenticate: Basic realm="x"')])),
        errors.ZoomConnectionError,
        requests=2,
    ),
    never_sent("proxy hangs up", lambda: proxied(deaf), errors.ZoomConnectionError),
    never_ends("proxy is silent", lambda: proxied(silent), requests=1),
    lost("hangs up unread", on(deaf), requests=0),
    lost("hangs up after reading", sent()),
    lost("resets after reading", on(resetting)),
    lost("status line only", sent(b"HTTP/1.1 201 Created\r\n")),
    lost("half a header", sent(FULL[:60])),
    lost("garbage", sent(bytes(range(256)) * 4)),
    lost("another protocol", sent(b"SSH-2.0-OpenSSH_9.6\r\n")),
    lost("HTTP/0.9", sent(b"<html>hello</html>")),
    lost("a header without colon", sent(b"HTTP/1.1 201 Created\r\nnonsense\r\n\r\n")),
    lost("two lengths", sent(answer(201, BODY, "Content-Length: 3"))),
    lost("a negative length", sent(answer(201, BODY, "Content-Length: -3", length=-1))),
    lost("200 kB of headers", sent(answer(201, BODY, f"X-Bomb: {'b' * 200_000}"))),
    lost("20,000 headers", sent(answer(201, BODY, *(f"X-{number}: b" for number in range(20_000))))),
    lost("101", sent(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")),
    lost("status 99", sent(b"HTTP/1.1 099 Odd\r\n\r\n")),
    lost("only an early hint", sent(b"HTTP/1.1 103 Early Hints\r\n\r\n")),
    late("never answers", on(silent)),
    late("the answer outlasts the deadline", on(silent), patience=BRIEF),
    late("half a header, then nothing", held(FULL[:60])),
    late("a byte of header a second", on(dripping(b"HTTP/1.1 201 Created\r\nX-Long: " + b"x" * 500))),
    late("silent behind TLS", lambda: serving_tls(silent)),
    late("silent behind a proxy", lambda: proxied(tunnel(silent)), requests=2),
    lost("hangs up behind a proxy", lambda: proxied(tunnel(ending([]))), requests=2),
    late("endless early hints", held(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50)),
]

BODIES = [
    created("whole", sent(FULL)),
    created("whole behind TLS", lambda: serving_tls(ending([FULL]))),
    created("whole through a proxy", lambda: proxied(tunnel(ending([FULL]))), requests=2),
    created("in pieces", on(ending((FULL[:90], FULL[90:300], FULL[300:]), pause=SECOND))),
    created("after 100 Continue", sent(b"HTTP/1.1 100 Continue\r\n\r\n" + FULL)),
    created("after an early hint", sent(b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + FULL)),
    created("HTTP/1.0 without length", sent(answer(201, BODY, length=-1).replace(b"HTTP/1.1", b"HTTP/1.0"))),
    created("1,000 headers", sent(answer(201, BODY, *(f"X-{number}: b" for number in range(1000))))),
    created("one header 1,000 times", sent(answer(201, BODY, *["X-Same: b"] * 1000))),
    created("bytes outside ASCII in a header", sent(answer(201, BODY, "X-Odd: \xe9\xff"))),
    created("twice", sent(FULL + FULL)),
    created("in chunks", sent(chunked(BODY[:7], BODY[7:]))),
    created("in chunks with a trailer", sent(chunked(BODY, end=b"0\r\nX-Late: yes\r\n\r\n"))),
    created("in chunks without the last", sent(chunked(BODY, end=b""))),
    created("in chunks, then garbage", sent(chunked(BODY, end=b"zz\r\n"))),
    created("in chunks, then a reset", on(ending([chunked(BODY, end=b"")], reset=True))),
    created("whole, then nothing although announced", held(answer(201, BODY, length=len(BODY) + 9)), patience=HASTY),
    created("whole, but announced longer", sent(answer(201, BODY, length=len(BODY) + 9))),
    created("compressed unasked", sent(answer(201, gzip.compress(BODY), "Content-Encoding: gzip"))),
    created("said to be compressed", sent(answer(201, BODY, "Content-Encoding: gzip"))),
    created("64 MiB of white space after it", on(huge(BODY))),
    unreadable("announced shorter", sent(answer(201, BODY, length=len(BODY) - 9)), kept="meeting"),
    unreadable("half a body", sent(answer(201, HALF, length=len(BODY))), kept="meeting"),
    unreadable("half a body, then nothing", held(answer(201, HALF, length=len(BODY))), kept="meeting", patience=HASTY),
    unreadable(
        "half a body, then a reset", on(ending([answer(201, HALF, length=len(BODY))], reset=True)), kept="meeting"
    ),
    unreadable("a byte of body a second", on(slow_body), kept="meeting", patience=HASTY),
    unreadable("a byte of body a second behind TLS", lambda: serving_tls(slow_body), kept="meeting", patience=HASTY),
    unreadable("no body, although announced", sent(answer(201, b"", length=100))),
    unreadable("chunks that are none", sent(chunked(end=BODY)), kept=""),
    unreadable("a broken chunk", sent(chunked(HALF, end=BODY[len(HALF) :])), kept="meeting"),
    unreadable("gzip garbage", sent(answer(201, b"\x1f\x8b" + b"garbage" * 9, "Content-Encoding: gzip")), kept="body"),
    unreadable(
        "half of something compressed",
        sent(answer(201, gzip.compress(BODY)[:-40], "Content-Encoding: gzip")),
        kept="meeting",
    ),
    unreadable(
        "64 MiB, compressed",
        sent(answer(201, gzip.compress(b"[" * 2**26, 1), "Content-Encoding: gzip")),
        kept="body",
    ),
    unreadable(
        "another compression", sent(answer(201, b"\x28\xb5\x2f\xfd" * 9, "Content-Encoding: zstd")), kept="body"
    ),
    unreadable("64 MiB of garbage", on(huge(b"\xff" * 2000)), kept="body"),
]
