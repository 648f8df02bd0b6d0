"""A second honest server: a plain backend without a gateway, on the standard library, written from the contract alone.

Its texts, spellings, statuses and order of checks are its own. Nothing of the suite and nothing of the mock is in it.
"""

import contextlib
import gzip
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID, uuid4

KEY: Final = "q7W-synthetic-key-of-a-plain-backend"
TOKEN: Final = "header.payload.signature"  # noqa: S105 - synthetic
FORBIDDEN: Final = "z9K-synthetic-key-of-a-guest"

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_START: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_FLAGS: Final = (
    "isSendEmail",
    "isPublishRecordURL",
    "isWaitingRoom",
    "meetingAuthentication",
    "muteUponEntry",
    "exportMultimediaWeb",
    "publishMutimediaChannel",
)
_RANGES: Final = {"recordType": (1, 2), "authenticationOpt": (1, 2), "meetingType": (1, 3)}
_TEXTS: Final = ("alternativeHosts", "channelName")


class Backend(BaseHTTPRequestHandler):
    """One connection. What differs from server to server is set on subclasses."""

    protocol_version = "HTTP/1.1"
    server_version = "Backend/1"
    asks_for_token = False
    latency = 0.0
    chunked = False
    zone: timezone = UTC
    pause: Callable[[int], float] = staticmethod(lambda _: 0.0)
    """Seconds that the answer to the so-manieth request takes beyond the latency."""
    count = 0
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Create a meeting, or say why not."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, _query = self.path.partition("?")
        if path not in ("/api/zoom/Meeting", "/api/zoom/Meeting/"):
            self._answer(404, "There is nothing here.")
        elif self.headers.get("Ocp-Apim-Subscription-Key") not in (KEY, FORBIDDEN) and not self._has_query_key():
            self._answer(401, "Who are you?", {"WWW-Authenticate": 'ApiKey realm="zoom"'})
        elif self.asks_for_token and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, "", {"WWW-Authenticate": "Bearer"})
        elif not _is_json(self.headers.get_content_type() if self.headers.get("Content-Type") else ""):
            self._answer(415, "Send JSON.")
        else:
            self._create(body)

    def _has_query_key(self) -> bool:
        given = parse_qs(self.path.partition("?")[2]).get("subscription-key")
        return "Ocp-Apim-Subscription-Key" not in self.headers and given in ([KEY], [FORBIDDEN])

    def _other(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(405, "Only POST.", {"Allow": "POST"})

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _other

    def _create(self, raw: bytes) -> None:
        try:
            body = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
            fault = _fault(body)
            json.dumps(body, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            fault = "This is not JSON."
        if fault:
            self._answer(400, fault)
        elif FORBIDDEN in (self.headers.get("Ocp-Apim-Subscription-Key"), self.path.rpartition("=")[2]):
            self._answer(403, "This is not your course.")
        else:
            self._answer(201, _meeting(body, self.zone), {"Cache-control": "private, NO-STORE"})

    def _answer(self, status: int, said: str | Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        type(self).count += 1
        time.sleep(self.latency + self.pause(type(self).count))
        label = "text/plain; charset=UTF-8" if isinstance(said, str) else "application/json"
        body = said.encode() if isinstance(said, str) else json.dumps(said, indent=1).encode() + b"\n"
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "gzip" in self.headers.get("Accept-Encoding", "") and body:
            body = gzip.compress(body)
            self.send_header("content-encoding", "gzip")
        if body:
            self.send_header("content-type", label)
        self._send_body(b"" if self.command == "HEAD" else body)

    def _send_body(self, body: bytes) -> None:
        if self.chunked and body:
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            half = len(body) // 2
            for part in (body[:half], body[half:]):
                self.wfile.write(b"%X\r\n%b\r\n" % (len(part), part) if part else b"")
            self.wfile.write(b"0\r\n\r\n")
            return
        if self.protocol_version == "HTTP/1.1":
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _is_json(media_type: str) -> bool:
    return media_type in ("application/json", "text/json") or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def _fault(body: Any) -> str:
    """What is wrong with a body, in this server's words; empty for nothing."""
    if not isinstance(body, dict):
        return "Send an object."
    missing = [name for name in ("name", "moduleID", "duration", "startDate") if name not in body]
    if missing:
        return f"You forgot {missing[0]}."
    checks: dict[str, Callable[[Any], bool]] = {
        "duration": lambda it: _is_int(it) and 15 <= it <= 1485 and it % 15 == 0,
        "name": lambda it: isinstance(it, str) and len(it) <= 200,
        "startDate": lambda it: isinstance(it, str) and _moment(it) is not None,
        **dict.fromkeys(("moduleID", "lessonID", "channelID"), _is_uuid),
        **dict.fromkeys(_FLAGS, lambda it: isinstance(it, bool)),
        **dict.fromkeys(_TEXTS, lambda it: isinstance(it, str)),
        **{name: _within(*ends) for name, ends in _RANGES.items()},
        "access": _is_access,
    }
    wrong = next((name for name, check in checks.items() if name in body and not check(body[name])), "")
    return f"I do not like your {wrong}." if wrong else ""


def _within(low: int, high: int) -> Callable[[Any], bool]:
    return lambda it: _is_int(it) and low <= it <= high


def _is_int(it: Any) -> bool:
    return isinstance(it, int) and not isinstance(it, bool)


def _is_uuid(it: Any) -> bool:
    return isinstance(it, str) and _UUID.fullmatch(it) is not None


def _is_role(it: Any) -> bool:
    return _is_int(it) and 1 <= it <= 6


def _is_access(it: Any) -> bool:
    if not isinstance(it, dict):
        return False
    lists = {"groupAccess": "groupID", "userAccess": "userID"}
    grants = (
        isinstance(it[name], list)
        and all(isinstance(g, dict) and _is_uuid(g.get(key)) and _is_role(g.get("accessRole")) for g in it[name])
        for name, key in lists.items()
        if name in it
    )
    public, inherited = it.get("publicAccess"), it.get("inheritedResourceID")
    return all(grants) and (public is None or _is_role(public)) and (inherited is None or _is_uuid(inherited))


def _moment(text: str) -> datetime | None:
    """The start to the microsecond; None for what this server does not take, leap seconds and offsets of 15 h too."""
    match = _START.fullmatch(text)
    if match is None:
        return None
    offset = "+00:00" if match[4] in "Zz" else match[4]
    if int(offset[1:3]) > 14 or int(offset[4:]) > 59:
        return None
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}.{(match[3] or '.0')[1:7]:0<6}{offset}")
        return moment if moment > datetime(2020, 1, 1, tzinfo=UTC) and moment.year < 9999 else None
    except (ValueError, OverflowError):
        return None


def _meeting(body: Mapping[str, Any], zone: timezone) -> dict[str, Any]:
    start = _moment(body["startDate"])
    assert start is not None  # noqa: S101 - it has been checked
    number = str(90_000_000_000 + int(uuid4()) % 9_000_000_000)

    def written(moment: datetime) -> str:
        return moment.astimezone(zone).isoformat(timespec="microseconds").replace("+00:00", "Z")

    same = {name: body[name] for name in (*_FLAGS, *_TEXTS, *_RANGES, "channelID") if name in body}
    return {
        "moduleID": body["moduleID"].upper(),
        "topic": body["name"],
        "name": body["name"],
        "meetingID": f"{number[:3]} {number[3:7]} {number[7:]}",
        "joinUrl": f"https://us06web.zoom.us/j/{number}",
        "startDate": written(start),
        "endDate": written(start + timedelta(minutes=body["duration"])),
        "createdDate": written(datetime.now(UTC)),
        "meetingDuration": body["duration"],
        "id": str(uuid4()).upper(),
        "creatorID": str(UUID(int=12345, version=4)),
        "userID": "E0999999",
        "userName": "Guest",
        "meetingPassword": uuid4().hex[:8],
        "isSetPassword": True,
        **same,
    }


@contextlib.contextmanager
def backend(*, threads: bool = True, base: type[Backend] = Backend, **settings: Any) -> Iterator[str]:
    """Serve on a free loopback port, with attributes of `Backend` set; yields the base URL."""
    handler = type("Handler", (base,), {"count": 0, **settings})
    with (ThreadingHTTPServer if threads else HTTPServer)(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api/zoom"
        server.shutdown()
        thread.join()
