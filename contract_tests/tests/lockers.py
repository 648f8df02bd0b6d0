"""A server of lockers.yaml, on the standard library, written from that file alone; its faults are switches."""

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

KEY: Final = "station-synthetic-key-0123456789"
_SIZES: Final = ("small", "medium", "large")
_MISSING: Final = object()


def _is_number(it: Any) -> bool:
    return isinstance(it, int | float) and not isinstance(it, bool)


_RULES: Final[dict[str, Callable[[Any], object]]] = {
    "label": lambda it: isinstance(it, str) and re.fullmatch(r"[A-Z]{2}-[0-9]{1,4}", it, re.ASCII),
    "size": lambda it: it in _SIZES,
    "depth": lambda it: _is_number(it) and 0 < it <= 2.5,
    "tags": lambda it: (
        isinstance(it, list)
        and len(it) <= 4
        and all(isinstance(tag, str) and 1 <= len(tag) <= 8 for tag in it)
        and len(set(it)) == len(it)
    ),
    "note": lambda it: it is None or (isinstance(it, str) and len(it) <= 40),
    "free": lambda it: isinstance(it, bool),
}


class Refused(Exception):
    """An answer that ends a request."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Station:
    """What a server knows, and the faults that it has."""

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        self.lockers: dict[int, dict[str, Any]] = {}
        self.last = 0
        self.lock = threading.Lock()

    def has(self, fault: str) -> bool:
        """Whether it has a fault."""
        return fault in self.faults

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any]:
        """The status and the body's value of an answer."""
        parts = urlsplit(target)
        path = re.fullmatch(r"/v2/lockers(?:/([^/]+))?", parts.path)
        taken = {"POST", "GET"} if path and path[1] is None else {"GET", "PATCH", "DELETE"}
        if path is None:
            raise Refused(404, "there is no such path")
        if method not in taken:
            raise Refused(405, "this method is not for that")
        if headers.get("X-Station-Key") != KEY and not (self.has("key-ignored") and method == "DELETE"):
            raise Refused(401, "a key is needed")
        with self.lock:
            if path[1] is None:
                return self._create(headers, body) if method == "POST" else self._list(parts.query, headers)
            return self._item(method, self._number(path[1]), headers, body)

    def _number(self, text: str) -> int:
        text = unquote(text, errors="replace")
        if not re.fullmatch(r"[0-9]{1,7}", text, re.ASCII) or not 1 <= int(text) <= 1_000_000:
            raise Refused(400, "number: 1 to 1000000")
        return int(text)

    def _body(self, headers: Any, body: bytes, required: tuple[str, ...], allowed: tuple[str, ...]) -> dict[str, Any]:
        if (headers.get("Content-Type") or "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "JSON is needed")
        if headers.get("Content-Encoding", "identity") != "identity":
            raise Refused(415, "no encoding is read")
        try:
            said = json.loads(body.decode(), parse_constant=_refuse)
            json.dumps(said, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise Refused(400, "the body is no JSON") from None
        if not isinstance(said, dict):
            raise Refused(400, "the body is no object")
        for name in (*required, *said):
            rule = _RULES.get(name) if name in allowed else None
            skipped = self.has("pattern-ignored") and name == "label" and isinstance(said.get(name), str)
            if not skipped and (rule is None or not rule(said.get(name, _MISSING))):
                raise Refused(400, f"{name}: is not valid")
        return said

    def _create(self, headers: Any, body: bytes) -> tuple[int, Any]:
        if headers.get("X-Source") not in ("desk", "kiosk", "app") and not self.has("header-ignored"):
            raise Refused(400, "X-Source: desk, kiosk or app")
        said = self._body(headers, body, ("label", "size"), tuple(_RULES))
        self.last += 0 if self.has("id-repeated") and self.last else 1
        made = {"id": self.last, **said}
        if self.has("note-lost"):
            made.pop("note", None)
        if not self.has("created-not-readable") or self.last % 2:
            self.lockers[self.last] = made
        return 201, made

    def _list(self, query: str, headers: Any) -> tuple[int, Any]:
        station = re.search(r"(?:^|; *)station=([^;]*)", headers.get("Cookie") or "")
        if station and station[1] not in ("north", "south") and not self.has("cookie-ignored"):
            raise Refused(400, "station: north or south")
        given = dict(parse_qsl(query, keep_blank_values=True))
        found = list(self.lockers.values())
        if (size := given.get("size")) is not None:
            if size not in _SIZES and not self.has("query-enum-ignored"):
                raise Refused(400, "size: small, medium or large")
            found = found if self.has("filter-ignored") else [it for it in found if it["size"] == size]
        least = {"limit": 1, "offset": 0}
        numbers = {"limit": 10_000, "offset": 0}
        for name in numbers:
            text = given.get(name)
            if text is not None:
                if not re.fullmatch(r"-?[0-9]{1,19}", text, re.ASCII) or int(text) < least[name]:
                    raise Refused(400, f"{name}: is not valid")
                numbers[name] = int(text)
        if numbers["limit"] > 10_000:
            raise Refused(400, "limit: at most 10000")
        start = 0 if self.has("offset-ignored") else numbers["offset"]
        return 200, found[start:][: None if self.has("page-ignored") else numbers["limit"]]

    def _item(self, method: str, number: int, headers: Any, body: bytes) -> tuple[int, Any]:
        if number not in self.lockers:
            raise Refused(404, "there is no such locker")
        if method == "DELETE":
            if not self.has("deleted-still-there"):
                del self.lockers[number]
            return (200, {"gone": True}) if self.has("delete-200") else (204, None)
        if method == "PATCH":
            said = self._body(headers, body, (), ("size", "depth", "note", "free"))
            if not said:
                raise Refused(400, "nothing to change")
            kept = {key: self.lockers[number][key] for key in ("id", "label", "size")}
            old = kept if self.has("patch-replaces") else self.lockers[number]
            changed = {**old, **said}
            if not self.has("patch-forgotten"):
                self.lockers[number] = changed
            return 200, changed
        return 200, self.lockers[number]


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


@contextlib.contextmanager
def lockers(*faults: str) -> Iterator[str]:
    """Serve lockers with some faults; yields the base URL."""
    station = Station(*faults)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, said = station.answer(self.command, self.path, self.headers, body)
            except Refused as error:
                status, said = error.status, {"reason": str(error)}
            raw = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            if status == 201:
                self.send_header("Location", f"/v2/lockers/{said['id']}")
            if raw:
                self.send_header("Content-Type", "application/json")
            if status != 204:
                self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_TRACE = _serve

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v2"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
