"""What a browser is shown: the API's reference with Try it, its document, and the list of what the mock received."""

from __future__ import annotations

import html
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from luminus_zoom_mock.contract import Contract, load
from luminus_zoom_mock.plain import plain_reference
from luminus_zoom_mock.settings import SUBSCRIPTION_KEY, TOKEN

if TYPE_CHECKING:
    from luminus_zoom_mock.app import MockApp

PATHS = ("/", "/openapi.json", "/openapi.yaml")
"""The pages beside the API. One that is a path of the API is not served."""
_PAGE = Path(__file__).parent / "page"
_SAMPLES = Path(__file__).parent / "samples.json"
_SWAGGER_UI = Path(__file__).parent / "swagger_ui"  # put there by the build, if it has npm
ASSETS = {
    **{name: _PAGE / name for name in ("page.css", "reference.css", "reference.js", "mock.js")},
    **{name: _SWAGGER_UI / name for name in ("swagger-ui.css", "swagger-ui-bundle.js")},
}
"""The files that the pages load, by name."""
LINKS = '<a href="openapi.json">openapi.json</a> <a href="openapi.yaml">openapi.yaml</a> '
"""To the document, beside the reference."""

_HEADERS = {
    # The browser itself forbids requests to other hosts by this. Swagger UI has inline styles and images.
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-cache",
}


def routes(app: MockApp, prefix: str) -> list[Route]:
    """Return the routes; `prefix` is where the mock's own are."""
    pages = _Pages(app, prefix.removeprefix("/"))
    return [
        Route("/", pages.reference),
        Route("/openapi.json", pages.json),
        Route("/openapi.yaml", pages.yaml),
        Route(prefix, pages.mock),
        Route(f"{prefix}page/{{name}}", pages.asset),
    ]


def reference_page(
    contract: Contract,
    server: dict[str, Any],
    *,
    place: str,
    links: str,
    assets: str = "",
    credentials: dict[str, str] | None = None,
) -> str:
    """Return the reference of a contract as a page.

    `server` is where Try it sends to, as an OpenAPI server, `place` and `links` what stands above, in HTML, `assets`
    where `ASSETS` are found, and `credentials` what Try it starts with, by security scheme. Without Swagger UI the page
    is a plain one, and says so.
    """
    given, schemes = credentials or {}, contract.security_schemes()
    key = next((it for name, it in given.items() if schemes[name].get("type") == "apiKey"), None)
    document = _document(contract, server, key)
    title = html.escape(str(document.get("info", {}).get("title", "API")))
    values = {"title": title, "place": place, "links": links, "assets": assets}
    if not ASSETS["swagger-ui-bundle.js"].exists():
        return _filled("plain.html", values, reference=plain_reference(contract))
    # "<" could end the script element; in JSON it can only be part of a string.
    settings = json.dumps({"document": document, "credentials": given}, default=str)
    return _filled("reference.html", values, settings=settings.replace("<", "\\u003c"))


def files() -> list[Path]:
    """Return what a copy of the reference needs beside it: what it loads, and the licences of that."""
    swagger_ui = _SWAGGER_UI.iterdir() if _SWAGGER_UI.exists() else []
    return [path for path in (*_PAGE.glob("*.css"), _PAGE / "reference.js", *swagger_ui) if path.name != "lock"]


def _filled(template: str, values: dict[str, str], **more: str) -> str:
    known = values | more
    # In one pass, since a value may look like a placeholder.
    text = (_PAGE / template).read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: known[match[1]], text)


def _document(contract: Contract, server: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Return the document with this server, and with the code samples if it is the contract that they are made from."""
    document = contract.served_by(server)
    if contract is not load():
        return document
    address = server["variables"]["address"]["default"] if "variables" in server else server["url"]
    text = _SAMPLES.read_text(encoding="utf-8")
    samples = json.loads(text)
    samples = json.loads(text.replace(samples["url"], address).replace(samples["key"], key or samples["key"]))
    document = {**document, "paths": deepcopy(document["paths"])}
    for operation in contract.operations.values():
        if listed := samples["operations"].get(operation.id):
            document["paths"][operation.path][operation.method.lower()]["x-codeSamples"] = listed
    return document


def as_json(contract: Contract, server: dict[str, Any]) -> str:
    """Return the document with this server as JSON."""
    return json.dumps(_document(contract, server), default=str, ensure_ascii=False, indent=2)


def as_yaml(contract: Contract, server: dict[str, Any]) -> str:
    """Return the document with this server as YAML."""
    return str(yaml.safe_dump(_document(contract, server), sort_keys=False, allow_unicode=True, width=120))


class _Pages:
    def __init__(self, app: MockApp, own: str) -> None:
        self._app = app
        self._own = own

    async def reference(self, request: Request) -> Response:
        """Show the reference, with Try it against this mock."""
        page = reference_page(
            self._app.contract,
            self._server(request),
            place="Mock server",
            links=LINKS + f'<a href="{self._own}">Requests and faults</a>',
            assets=f"{self._own}page/",
            credentials=self._credentials(),
        )
        return HTMLResponse(page, headers=_HEADERS)

    async def mock(self, _: Request) -> Response:
        """Show what was received and created, and let faults be asked for."""
        return FileResponse(_PAGE / "mock.html", headers=_HEADERS)

    async def asset(self, request: Request) -> Response:
        """Send a file of the pages."""
        path = ASSETS.get(request.path_params["name"])
        return FileResponse(path, headers=_HEADERS) if path and path.exists() else Response(status_code=404)

    async def json(self, request: Request) -> Response:
        """Send the document, with the mock's own address."""
        return Response(as_json(self._app.contract, self._server(request)), media_type="application/json")

    async def yaml(self, request: Request) -> Response:
        """Send the document as YAML."""
        return Response(as_yaml(self._app.contract, self._server(request)), media_type="application/yaml")

    def _server(self, request: Request) -> dict[str, Any]:
        # Starlette's base_url is that of the outermost app, which the mock may be mounted in.
        here = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
        return {"url": here + self._app.contract.base, "description": "This mock"}

    def _credentials(self) -> dict[str, str]:
        """The mock's own key and token by scheme; they are public. Others are not shown."""
        app, contract = self._app, self._app.contract
        place = next(iter(contract.main.keys), None)
        found = {}
        for name, scheme in contract.security_schemes().items():
            at_place = place and (scheme.get("in"), scheme.get("name")) == (place.where, place.name)
            if at_place and SUBSCRIPTION_KEY in app.settings.subscription_keys:
                found[name] = SUBSCRIPTION_KEY
            elif scheme.get("type") == "http" and app.token == TOKEN:
                found[name] = TOKEN
        return found
