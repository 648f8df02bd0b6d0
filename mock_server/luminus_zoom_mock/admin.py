"""The mock's own routes, beside the API: what exists, what was asked, and what is to go wrong."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from luminus_zoom_mock.faults import FAULTS
from luminus_zoom_mock.masking import masked

if TYPE_CHECKING:
    from luminus_zoom_mock.app import MockApp


def routes(app: MockApp, prefix: str) -> list[Route]:
    """Return the routes."""
    admin = _Admin(app)
    return [
        Route(f"{prefix}meetings", admin.meetings, methods=["GET", "DELETE"]),
        Route(f"{prefix}requests", admin.requests, methods=["GET", "DELETE"]),
        Route(f"{prefix}faults", admin.faults, methods=["GET", "POST", "DELETE"]),
    ]


class _Admin:
    def __init__(self, app: MockApp) -> None:
        self._app = app

    async def meetings(self, request: Request) -> Response:
        """List the meetings, secrets masked, or the `latest` of them; or delete them."""
        if request.method == "DELETE":
            self._app.store.clear()
            return Response(status_code=204)
        meetings = _latest(self._app.store.meetings(), request)
        return JSONResponse(masked(meetings, self._app.contract.sensitive))

    async def requests(self, request: Request) -> Response:
        """List the requests, secrets masked, or the `latest` of them; or forget them."""
        if request.method == "DELETE":
            self._app.journal.clear()
            return Response(status_code=204)
        sensitive = self._app.contract.sensitive
        return JSONResponse(
            [
                {
                    "time": it.seconds,
                    "method": it.method,
                    "path": it.path,
                    "query": it.query,
                    "headers": dict(it.headers),
                    "body": masked(it.json, sensitive) if it.json is not None else _encoded(it.body),
                    "status": it.status,
                    "fault": it.fault,
                    "created": masked(it.created, sensitive),
                }
                for it in _latest(self._app.journal.recorded(), request)
            ]
        )

    async def faults(self, request: Request) -> Response:
        """List the faults that wait, and the names of all; add one, or several; or forget all that wait."""
        if request.method == "DELETE":
            self._app.faults.clear()
            return Response(status_code=204)
        if request.method == "POST":
            try:
                self._add(await request.json())
            except (ValueError, TypeError) as error:
                return PlainTextResponse(f"{error}\n", status_code=400)
        named = {name: fault.about for name, fault in FAULTS.items()}
        return JSONResponse({"waiting": self._app.faults.listed(), "faults": named})

    def _add(self, document: Any) -> None:
        listed = document if isinstance(document, list) else [document]
        if not all(isinstance(it, dict) and "fault" in it for it in listed):
            raise ValueError('expected {"fault": NAME OR STATUS, …}, or a list of such objects')
        self._app.faults.extend(listed)


def _latest(items: list[Any], request: Request) -> list[Any]:
    """So many of the last items as the query's `latest` says; all where it says no number."""
    latest = request.query_params.get("latest", "")
    return items[-int(latest) :] if latest.isdecimal() and int(latest) else items


def _encoded(body: bytes) -> str:
    """A body that is not JSON as text: as it is if it is UTF-8, else in base64."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(body).decode()}"
