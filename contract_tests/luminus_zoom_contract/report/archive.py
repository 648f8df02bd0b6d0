"""Every exchange of a run as an HTTP archive (HAR 1.2), secrets masked."""

import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import harfile

from luminus_zoom_contract.report.masking import Mask, harmless
from luminus_zoom_contract.run.transport import HttpAnswer, HttpRequest
from luminus_zoom_contract.spec.document import decoded


class Archive:
    """A HAR file that is open; for several threads."""

    def __init__(self, path: Path, origin: str, mask: Mask) -> None:
        """Begin a file, whose folder is made if need be; `origin` is the server's scheme, host and port."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream: Final = path.open("w", encoding="utf-8")
        self._file: Final = harfile.HarFile(self._stream)
        self._origin: Final = origin
        self._mask: Final = mask
        self._lock: Final = threading.Lock()

    def add(self, started: datetime, request: HttpRequest, answer: HttpAnswer | None, words: str = "") -> None:
        """Write down one exchange, or in words why there was no answer."""
        unpacked = answer.unpacked() if answer else None
        mask = self._mask.knowing(self._mask.secrets_in(decoded(unpacked.body))) if unpacked else self._mask
        elapsed = (answer.elapsed if answer else 0) * 1000
        with self._lock:
            self._file.add_entry(
                startedDateTime=started,
                time=elapsed,
                request=self._request(request, mask),
                response=_response(unpacked, mask),
                timings=harfile.Timings(send=0, wait=elapsed, receive=0),
                comment=harmless(mask(words)) or None,
            )

    def _request(self, request: HttpRequest, mask: Mask) -> harfile.Request:
        url = harmless(mask(self._origin + request.target))
        label = next((value for name, value in request.headers if name.lower() == "content-type"), "")
        sent = harfile.PostData(mimeType=harmless(label), text=_text(request.body, mask)) if request.body else None
        return harfile.Request(
            method=harmless(request.method),
            url=url,
            httpVersion="HTTP/1.1",
            headers=_headers(request.headers, mask),
            queryString=[harfile.Record(*pair) for pair in parse_qsl(urlsplit(url).query, keep_blank_values=True)],
            postData=sent,
            bodySize=len(request.body),
        )

    def close(self) -> None:
        """End the file."""
        with self._lock:
            self._file.close()
            self._stream.close()


def _response(answer: HttpAnswer | None, mask: Mask) -> harfile.Response:
    """An answer; status 0 stands for none, as in browsers."""
    label = (answer.header("content-type") if answer else None) or ""
    body = answer.body if answer else b""
    return harfile.Response(
        status=answer.status if answer else 0,
        statusText="",
        httpVersion="HTTP/1.1",
        headers=_headers(answer.headers if answer else (), mask),
        content=harfile.Content(size=len(body), mimeType=harmless(label), text=_text(body, mask)),
        redirectURL=harmless(mask((answer.header("location") if answer else None) or "")),
        bodySize=len(body),
    )


def _headers(headers: Iterable[tuple[str, str]], mask: Mask) -> list[harfile.Record]:
    lines = (harmless(mask(f"{name}: {value}")).partition(": ") for name, value in headers)
    return [harfile.Record(name, value) for name, _, value in lines]


def _text(body: bytes, mask: Mask) -> str:
    return harmless(mask(body.decode("utf-8", "backslashreplace")))
