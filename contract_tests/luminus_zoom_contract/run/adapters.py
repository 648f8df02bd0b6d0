"""How others send through the suite's exchange: requests, for schemathesis, and httpx, for the wrapper."""

import io
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import requests
from requests.adapters import BaseAdapter
from urllib3.response import HTTPResponse

from luminus_zoom_contract.run.transport import Exchange, HttpAnswer, HttpRequest, NoAnswerError

_OWN = frozenset({"content-length", "transfer-encoding", "x-schemathesis-testcaseid"})
"""Headers that the exchange writes itself, and one of random text, which would make runs of one seed differ."""


def requests_session(exchange: Exchange) -> requests.Session:
    """A session of requests that reaches nothing but the exchange, whatever the URL; it knows no proxy and no netrc."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Accept-Encoding"] = "identity"
    session.adapters.clear()
    session.mount("", RequestsAdapter(exchange))
    return session


class RequestsAdapter(BaseAdapter):
    """A transport adapter of requests."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send a prepared request; a missing answer is a ConnectionError."""
        try:
            answer = self._exchange.send(sent_by_requests(request))
        except NoAnswerError as error:
            raise requests.ConnectionError(str(error), request=request) from error
        response = requests.Response()
        response.status_code = answer.status
        response.headers.update(dict(answer.headers))
        response.raw = HTTPResponse(
            io.BytesIO(answer.body), headers=dict(answer.headers), status=answer.status, preload_content=False
        )
        response._content = answer.unpacked().body
        response.request, response.url = request, request.url or ""
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        return response

    def close(self) -> None:
        """Leave the exchange open: the session that owns it closes it."""


class HttpxTransport(httpx.BaseTransport):
    """A transport of httpx; it remembers the last exchange, for a failure's report."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.last: tuple[HttpRequest, HttpAnswer | None] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; a missing answer is a ReadError."""
        headers = {name.decode(): value.decode() for name, value in request.headers.raw}
        sent = _request(request.method, str(request.url), headers, request.read())
        self.last = (sent, None)
        try:
            answer = self._exchange.send(sent)
        except NoAnswerError as error:
            raise httpx.ReadError(str(error), request=request) from error
        self.last = (sent, answer)
        return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body, request=request)


def sent_by_requests(request: requests.PreparedRequest) -> HttpRequest:
    """A prepared request as the exchange sends it."""
    body = request.body or b""
    raw = body.encode() if isinstance(body, str) else bytes(cast(bytes, body))
    return _request(request.method or "", request.url or "", request.headers, raw)


def _request(method: str, url: str, headers: Mapping[str, Any], body: bytes) -> HttpRequest:
    parts = urlsplit(url)
    texts = [
        (name, value.decode("latin-1") if isinstance(value, bytes) else str(value)) for name, value in headers.items()
    ]
    kept = tuple((name, value) for name, value in texts if name.lower() not in {*_OWN, "host"})
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return HttpRequest(method, target, (("Host", parts.netloc), *kept), body)
