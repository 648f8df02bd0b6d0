"""Loopback servers that write down what reaches them, and what must never be among it."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from luminus_zoom_contract.cases.case import Credentials, encode
from luminus_zoom_contract.run.permission import Rules
from luminus_zoom_contract.run.session import Live, Options, Session
from luminus_zoom_contract.run.transport import AsgiExchange, HttpRequest
from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY, Settings, create_app

MODULE = "0f8fad5b-d9cb-469f-a165-70867728950e"
RUN_ID = "ct-5eed01"
CREDENTIALS = Credentials(SUBSCRIPTION_KEY, "", FORBIDDEN_KEY)
CERTIFICATE = Path(__file__).parents[2] / "wrapper/tests/loopback.pem"

Answering = Callable[[HttpRequest], tuple[int, Mapping[str, str], bytes]]


@dataclass
class Recorder:
    """An ASGI app that keeps every request, and answers as it is told or as the mock would."""

    answering: Answering | None = None
    before: Callable[[], None] = lambda: None
    requests: list[HttpRequest] = field(default_factory=list)
    created: int = 0

    def __post_init__(self) -> None:
        self._mock = create_app(Settings(module_ids=frozenset({MODULE})))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        self.before()
        message = await receive()
        headers = tuple((name.decode(), value.decode("latin-1")) for name, value in scope["headers"])
        target = scope["path"] + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        self.requests.append(HttpRequest(scope["method"], target, headers, message["body"]))
        if self.answering:
            status, answered, body = self.answering(self.requests[-1])
            pairs = [(name.encode(), value.encode()) for name, value in answered.items()]
            await send({"type": "http.response.start", "status": status, "headers": pairs})
            await send({"type": "http.response.body", "body": body})
        else:
            status = await self._ask_mock(scope, message, send)
        self.created += 200 <= status < 300

    async def _ask_mock(self, scope: Any, message: Any, send: Any) -> int:
        statuses = []

        async def receive() -> Any:
            return message

        async def noting(part: Any) -> None:
            statuses.extend([part["status"]] if "status" in part else [])
            await send(part)

        await self._mock(scope, receive, noting)
        return int(statuses[0])


def refuses_all(_: HttpRequest) -> tuple[int, Mapping[str, str], bytes]:
    """The answer of a gateway that lets nothing through."""
    return 400, {"content-type": "application/json"}, b'{ "statusCode": 400, "message": "no" }'


def creates_all(request: HttpRequest) -> tuple[int, Mapping[str, str], bytes]:
    """The answer of a server that makes a meeting of anything, whatever the method, path, key or body."""
    meeting = {"id": MODULE, "meetingPassword": "s3cret", "hostKey": "918273"}
    return 201, {"content-type": "application/json"}, json.dumps(meeting).encode()


def live_session(app: Any, log: Path, **changes: Any) -> Session:
    """A session under guard on an app in this process."""
    given = frozenset(key for key in ("allow_hosts", "allow_access") if changes.pop(key, False))
    rules = Rules(MODULE, RUN_ID, given)
    live = Live(rules, log, **{"rate": 1e6, **changes})
    return Session(Options(credentials=CREDENTIALS, module_id=MODULE, live=live), app)


def harm(request: HttpRequest, *, allowed: tuple[str, ...] = ()) -> str | None:
    """What is wrong with a request that reached a server; written from the rules, without the guard's code."""
    text = request.body.decode("utf-8", "replace").lower()
    with contextlib.suppress(ValueError, RecursionError):
        said = json.loads(request.body)
        text = json.dumps(said, ensure_ascii=False).lower()  # without escapes
    if request.method not in {"POST", "GET", "HEAD", "OPTIONS"}:
        return f"the method {request.method}"
    if request.target.partition("?")[0] not in {"/zoom/Meeting", f"/zoom/{RUN_ID}"} or "send" in request.target.lower():
        return f"the target {request.target}"
    if any("method" in name or "forward" in name or "rewrite" in name for name, _ in request.headers):
        return "a header that changes the request"
    if request.body and RUN_ID not in text:
        return "nothing by which to find it again"
    if "publicaccess" in text or ("access" in text and "access" not in allowed):
        return "access"
    if "alternativehosts" in text and "alternativeHosts" not in allowed:
        return "alternative hosts"
    if "sendemail" in text and json.loads(request.body).get("isSendEmail") is not False:
        return "an e-mail"
    return None


@contextlib.contextmanager
def served(app: Any, *, tls: bool = False) -> Iterator[str]:
    """Serve an app on a free loopback port; yields the base URL."""
    lock = threading.Lock()
    with AsgiExchange(app) as inner:

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                with lock:
                    answer = inner.send(HttpRequest(self.command, self.path, tuple(self.headers.items()), body))
                self.send_response_only(answer.status)
                for name, value in answer.headers:
                    if name != "content-length":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_TRACE = do_PROPFIND = _answer

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/zoom"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


NAME = f"[{RUN_ID}] lecture"


def events(log: Path) -> list[dict[str, Any]]:
    """What a run has written down."""
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def request_of(session: Session, body: bytes = b"", **changes: Any) -> HttpRequest:
    """A request with the session's credentials."""
    return replace(session.maker("raw").post(body), **changes)


def legal(**more: Any) -> bytes:
    """A body that a guard lets through, and perhaps more."""
    start = "2035-01-18T10:00:00+08:00"
    return encode({"moduleID": MODULE, "name": NAME, "startDate": start, "duration": 90, **more})
