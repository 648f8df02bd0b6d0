"""Bodies that are no JSON: a form and a text are sent with legal values, and what is not sent is named."""

from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.run.session import Options, Session

ANSWERS = {str(status): {"description": "It."} for status in (204, 400, 404, 405, 415)}
FORM = "application/x-www-form-urlencoded"
BODIES = {
    "/forms": (
        "sendForm",
        FORM,
        {"type": "object", "required": ["count"], "properties": {"count": {"type": "integer"}}},
    ),
    "/texts": ("sendText", "text/plain", {"type": "string", "minLength": 3}),
    "/files": ("sendFile", "multipart/form-data", {"type": "object"}),
}


def document() -> dict[str, Any]:
    """A contract of three operations, each with a body of another media type."""
    paths = {}
    for path, (name, media, schema) in BODIES.items():
        body = {"required": True, "content": {media: {"schema": schema}}}
        paths[path] = {"post": {"operationId": name, "requestBody": body, "responses": ANSWERS}}
    return {"openapi": "3.1.0", "info": {"title": "Bodies", "version": "1"}, "paths": paths}


def status_of(scope: dict[str, Any], body: bytes) -> int:
    """What an honest server answers with."""
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    path = scope["path"].removeprefix("/zoom")
    if path not in BODIES or path == scope["path"]:
        return 404
    if scope["method"] != "POST":
        return 405
    media = BODIES[path][1]
    if headers.get("content-type") != media:
        return 415
    legal = parse_qs(body.decode()).get("count", [""])[0].lstrip("-").isdigit() if media == FORM else len(body) > 2
    return 204 if legal else 400


async def server(scope: Any, receive: Any, send: Any) -> None:
    body = (await receive()).get("body", b"")
    status = status_of(scope, body)
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")] * (status > 204)}
    )
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("contract") / "openapi.yaml"
    path.write_text(yaml.safe_dump(document()), "utf-8")
    with Session(Options(credentials=Credentials(""), contract=path), server) as session:
        session.run_cases()
        return session.report()


def test_a_form_and_a_text_are_sent(report: dict[str, Any]) -> None:
    assert {it["id"]: it["failures"][0]["message"] for it in report["clauses"] if it["broken"]} == {}
    assert report["operations"]["sendForm"]["successes"] > 20
    assert report["operations"]["sendText"]["successes"] > 20


def test_what_is_not_sent_is_named(report: dict[str, Any]) -> None:
    assert report["operations"]["sendFile"]["successes"] == 0
    assert report["verdict"] == "inconclusive"
    told = "\n".join([*report["notes"], *report["inconclusive_because"]])
    assert "nothing of sendFile was exercised" in told
    assert "no body of sendFile labelled multipart/form-data" in told
    assert f"bodies of sendForm had legal values alone, labelled {FORM}" in told
