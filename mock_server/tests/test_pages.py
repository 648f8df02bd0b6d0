"""What a browser is shown by the mock, as far as it can be told without one; `test_browser.py` looks with one."""

from __future__ import annotations

import asyncio
import html
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from starlette.applications import Starlette
from starlette.routing import Mount

from luminus_zoom_mock import SUBSCRIPTION_KEY, TOKEN, MockServer, Settings, create_app, pages
from luminus_zoom_mock.app import MockApp
from luminus_zoom_mock.contract import load

LIBRARY = Path(__file__).parent / "library.yaml"


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://mock:1")


def got(path: str, app: Any = None, method: str = "GET") -> httpx.Response:
    async def get() -> httpx.Response:
        async with client(app or create_app()) as opened:
            return await opened.request(method, path)

    return asyncio.run(get())


def settings_of(page: httpx.Response) -> dict[str, Any]:
    """What the page gives to Swagger UI."""
    found = re.search(r'<script type="application/json" id="settings">(.*?)</script>', page.text, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


@pytest.fixture
def with_swagger_ui(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As if the build had npm, whether or not it had."""
    bundle = tmp_path / "bundle.js"
    bundle.write_text("// Swagger UI", "utf-8")
    monkeypatch.setitem(pages.ASSETS, "swagger-ui-bundle.js", bundle)


@pytest.fixture
def without_swagger_ui(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As if the build had no npm."""
    monkeypatch.setitem(pages.ASSETS, "swagger-ui-bundle.js", tmp_path / "none")


@pytest.mark.parametrize("path", ["/openapi.json", "/openapi.yaml"])
def test_the_document_is_served_with_the_mocks_own_address(path: str) -> None:
    app = create_app()
    document = yaml.safe_load(got(path, app).text)
    assert document.pop("servers") == [{"url": "http://mock:1/zoom", "description": "This mock"}]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    samples = [sample["source"] for operation in operations for sample in operation.pop("x-codeSamples")]
    assert len(samples) > 8
    assert all("http://mock:1/zoom" in sample for sample in samples)
    original = app.contract.served_by({})
    del original["servers"]
    assert document == original


@pytest.mark.usefixtures("with_swagger_ui")
def test_try_it_starts_with_the_public_credentials() -> None:
    assert settings_of(got("/"))["credentials"] == {"subscriptionKey": SUBSCRIPTION_KEY}
    observed = create_app(Settings(as_observed=True))
    assert settings_of(got("/", observed))["credentials"] == {
        "subscriptionKey": SUBSCRIPTION_KEY,
        "bearerToken": TOKEN,
    }
    library = create_app(Settings(contract=LIBRARY))
    assert settings_of(got("/", library))["credentials"] == {"key": SUBSCRIPTION_KEY, "token": TOKEN}


@pytest.mark.usefixtures("with_swagger_ui")
def test_other_credentials_are_not_shown() -> None:
    page = got("/", create_app(Settings(subscription_keys=frozenset({"private-key"}), token="private-token")))
    assert settings_of(page)["credentials"] == {}
    assert "private" not in page.text


@pytest.mark.usefixtures("with_swagger_ui")
def test_the_document_cannot_end_the_script_that_holds_it() -> None:
    evil = "</script><script>alert(1)</script>{{assets}}"
    app = changed(lambda document: document["info"].update(title=evil, description=evil))
    page = got("/", app)
    assert settings_of(page)["document"]["info"]["description"] == evil
    assert page.text.count("<script") == 3
    assert html.escape(evil) in page.text


def changed(edit: Any) -> MockApp:
    app = create_app()
    app.contract = app.contract.changed(edit)
    return app


@pytest.mark.usefixtures("with_swagger_ui")
@pytest.mark.parametrize("path", ["/", "/_mock/"])
def test_pages_load_nothing_from_another_host(path: str) -> None:
    page = got(path)
    loaded = re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', page.text)
    assert loaded
    assert [it for it in loaded if ":" in it and it != "data:,"] == []
    policy = page.headers["content-security-policy"]
    assert "default-src 'self';" in policy
    assert "*" not in policy
    assert "http" not in policy
    app = create_app()
    assert {got(f"{path}{it}", app).status_code for it in loaded if it != "data:,"} <= {200, 404}


def test_assets_are_those_of_the_list_alone() -> None:
    app = create_app()
    for name in ("page.css", "reference.css", "reference.js", "mock.js"):
        assert got(f"/_mock/page/{name}", app).status_code == 200
    for name in ("reference.html", "..%2fopenapi.yaml", "..%2f..%2fsettings.py"):
        assert got(f"/_mock/page/{name}", app).status_code == 404


@pytest.mark.usefixtures("without_swagger_ui")
@pytest.mark.parametrize("contract", [None, LIBRARY])
def test_the_plain_reference_tells_all_and_says_that_it_is_plain(contract: Path | None) -> None:
    app = create_app(Settings(contract=contract))
    page = got("/", app)
    assert "without npm" in page.text
    assert "<script" not in page.text
    for operation in app.contract.operations.values():
        assert f"{operation.method} {operation.path}" in page.text
        assert {it.name for it in operation.parameters} <= set(re.findall(r"<th scope=row>([^<]*)", page.text))
    assert set(app.contract.request) <= set(re.findall(r"<th scope=row>([^<]*)", page.text))


@pytest.mark.usefixtures("without_swagger_ui")
def test_the_plain_reference_shows_what_is_written_as_text() -> None:
    app = changed(lambda document: next(iter(document["paths"].values()))["post"].update(description="<img src=x>"))
    assert "<img" not in got("/", app).text


def test_a_page_gives_way_to_the_api(tmp_path: Path) -> None:
    def at_the_root(document: dict[str, Any]) -> None:
        document["servers"] = [{"url": "/"}]
        document["paths"] = {"/": next(iter(document["paths"].values()))}

    path = tmp_path / "openapi.yaml"
    document = load().served_by({})
    at_the_root(document)
    path.write_text(yaml.safe_dump(document), "utf-8")
    app = create_app(Settings(contract=path))
    assert got("/", app).json() == {"statusCode": 404, "message": "Resource not found"}
    assert got("/openapi.json", app).status_code == 200


def test_only_reading_is_for_the_pages() -> None:
    app = create_app()
    assert got("/", app, "POST").json()["message"] == "Resource not found"
    assert got("/", app, "HEAD").status_code == 200
    assert got("/openapi.json/", app).status_code == 404


def test_looking_at_pages_is_no_request_to_the_api() -> None:
    app = create_app()
    for path in ("/", "/openapi.json", "/_mock/"):
        assert got(path, app).status_code == 200
    assert app.journal.recorded() == []


@pytest.mark.usefixtures("with_swagger_ui")
def test_pages_of_a_mounted_mock_know_where_they_are() -> None:
    app = Starlette(routes=[Mount("/below", create_app())])
    assert settings_of(got("/below/", app))["document"]["servers"][0]["url"] == "http://mock:1/below/zoom"
    assert got("/below/_mock/", app).status_code == 200
    assert got("/below/_mock/page/mock.js", app).status_code == 200


def test_pages_of_other_origins_may_call_where_they_are_allowed(minimal: dict[str, Any]) -> None:
    asked = {"Origin": "https://docs.example", "Access-Control-Request-Method": "POST"}
    key = {"Ocp-Apim-Subscription-Key": SUBSCRIPTION_KEY, "Origin": "https://docs.example"}
    name = "access-control-allow-origin"
    with MockServer(Settings(allow_origins=frozenset({"https://docs.example"}))) as server:
        url = f"{server.base_url}/Meeting"
        assert httpx.options(url, headers=asked).headers[name] == "https://docs.example"
        assert httpx.post(url, json=minimal, headers=key).headers[name] == "https://docs.example"
        assert name not in httpx.post(url, json=minimal, headers=key | {"Origin": "https://other.example"}).headers
    with MockServer() as server:
        assert httpx.options(f"{server.base_url}/Meeting", headers=asked).status_code == 404
        assert name not in httpx.post(f"{server.base_url}/Meeting", json=minimal, headers=key).headers


def test_the_latest_alone_can_be_asked_for(minimal: dict[str, Any]) -> None:
    key = {"Ocp-Apim-Subscription-Key": SUBSCRIPTION_KEY}
    with MockServer() as server:
        for number in range(3):
            httpx.post(f"{server.base_url}/Meeting", json=minimal | {"name": f"{number}"}, headers=key)
        root = server.base_url.removesuffix("/zoom")
        for path, name in (("meetings", lambda it: it["name"]), ("requests", lambda it: it["body"]["name"])):
            asked = {latest: httpx.get(f"{root}/_mock/{path}{latest}").json() for latest in ("", "?latest=2")}
            assert [name(it) for it in asked["?latest=2"]] == ["1", "2"]
            assert len(asked[""]) == 3
        assert httpx.get(f"{root}/_mock/requests?latest=x").status_code == 200
