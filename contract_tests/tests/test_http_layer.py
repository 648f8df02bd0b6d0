"""What HTTP's own layer answers to an unusual request is judged as HTTP; what is usual is judged by the contract."""

from typing import Any

import pytest

from contract_tests.tests.running import cases_on
from luminus_zoom_contract.checks.http_layer import http_refusals
from luminus_zoom_contract.run.transport import HttpRequest
from luminus_zoom_mock import Settings, create_app

USUAL = HttpRequest("POST", "/zoom/Meeting?a=%41", (("Host", "localhost"), ("X-Long", "x" * 4000)), b"{}")


@pytest.mark.parametrize(
    ("changes", "statuses"),
    [
        ({}, set()),
        ({"method": "post"}, {400, 405, 501}),
        ({"method": "PROPFIND"}, {400, 405, 501}),
        ({"method": "GET"}, {400}),
        ({"method": "GET", "body": b""}, set()),
        ({"target": "/zoom/Meeting%00"}, {400, 404}),
        ({"target": "/zoom/Meeting%2f"}, {400, 404}),
        ({"target": "//Meeting"}, {400, 404}),
        ({"target": "/./Meeting"}, {400, 404}),
        ({"target": "/zoom/Meeting?a=%zz"}, {400, 404}),
        ({"target": "/zoom/Meeting?a=%00"}, set()),
        ({"target": f"/zoom/Meeting?a={'x' * 8000}"}, {414}),
        ({"body": b" " * 100_001}, {413}),
        ({"headers": (("X", "ü"),)}, {400, 431}),
        ({"headers": (("X", "x" * 4001),)}, {400, 431}),
        ({"headers": (("Expect", "100-continue"),)}, set()),
        ({"headers": (("Expect", "wonders"),)}, {417}),
        ({"headers": (("Content-Encoding", "identity"),)}, set()),
        ({"headers": (("Content-Encoding", "gzip"),)}, {400, 415}),
        ({"headers": (("Content-Length", "2"), ("Transfer-Encoding", "chunked"))}, {400, 411, 501}),
        ({"headers": (("Transfer-Encoding", "gzip"),)}, {400, 411, 501}),
        ({"headers": (("Host", "a"), ("host", "b"))}, {400}),
    ],
)
def test_what_is_unusual(changes: dict[str, Any], statuses: set[int]) -> None:
    parts = {"method": USUAL.method, "target": USUAL.target, "headers": USUAL.headers, "body": USUAL.body}
    assert http_refusals(HttpRequest(**parts | changes)) == statuses


def _page_for(status: int, is_for: Any) -> Any:
    """The mock behind something that answers some requests with a page of its own."""
    app = create_app(Settings())

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        if not is_for(scope, body):

            async def again() -> Any:
                return {"type": "http.request", "body": body}

            await app(scope, again, send)
            return
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<h1>Bad Request</h1>"})

    return serve


def test_a_page_for_a_strange_method_or_path_breaks_nothing() -> None:
    strange = _page_for(400, lambda scope, _: not scope["method"].isupper() or "%00" in scope["path"])
    session = cases_on(strange)
    assert session.results.broken(findings=False) == []
    assert {*session.results.broken(findings=True)} <= {"time.answer"}, "this machine may be busy"
    assert session.verdict() == "conforms"


def test_a_page_for_an_ordinary_request_breaks_the_contract() -> None:
    session = cases_on(_page_for(400, lambda scope, body: b"isWaitingRoom" in body), until="response.media-type")
    assert session.results.entries["response.media-type"].broken


def test_a_limit_of_a_hundred_kilobytes_is_told_and_breaks_nothing() -> None:
    session = cases_on(_page_for(413, lambda _, body: len(body) > 102_400))
    assert session.verdict() == "conforms"
    assert any("413" in note for note in session.report()["notes"])
