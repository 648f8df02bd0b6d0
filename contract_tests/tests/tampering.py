"""Defects put around an honest server: ASGI wrappers that change a request or an answer on its way."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import pytest

from luminus_zoom_contract.cases.case import Case, Credentials
from luminus_zoom_contract.run.runner import StoppedError
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_contract.run.transport import Asgi
from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY, Settings, create_app


@dataclass
class Request:
    """A request that a defect may change."""

    method: str
    path: str
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body; an empty object where it is none."""
        try:
            decoded = json.loads(self.body)
        except ValueError:
            return {}
        return decoded if isinstance(decoded, dict) else {}


@dataclass
class Answer:
    """An answer that a defect may change."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


_PLANNED: dict[tuple[str, str, int], list[Case]] = {}
"""The cases by module, token and seed; making them takes about as long as sending a thousand."""

Honest = Callable[[Request], Awaitable[Answer]]
Defect = Callable[[Request, Honest], Awaitable[Answer]]


def tampered(defect: Defect, settings: Settings | None = None) -> Asgi:
    """The mock with a defect around it."""
    app = create_app(settings)

    async def asgi(
        scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        message = await receive()

        async def honest(request: Request) -> Answer:
            sent: list[Any] = []

            async def inner_receive() -> Any:
                return {"type": "http.request", "body": request.body, "more_body": False}

            async def inner_send(part: Any) -> None:
                sent.append(part)

            changed = {**scope, "method": request.method, "path": request.path, "headers": request.headers}
            await app(changed, inner_receive, inner_send)
            headers = [header for header in sent[0]["headers"] if header[0] != b"content-length"]
            return Answer(sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:]))

        answer = await defect(Request(scope["method"], scope["path"], list(scope["headers"]), message["body"]), honest)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    return asgi


def answers_with(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Defect:
    """A defect that changes the meeting of a 201, given what was sent."""

    async def defect(request: Request, honest: Honest) -> Answer:
        answer = await honest(request)
        if answer.status == 201:
            meeting = json.loads(answer.body)
            change(meeting, request.json)
            answer.body = json.dumps(meeting, ensure_ascii=False).encode()
        return answer

    return defect


def reads(change: Callable[[dict[str, Any]], None]) -> Defect:
    """A defect that reads another body than was sent."""

    async def defect(request: Request, honest: Honest) -> Answer:
        body = request.json
        if body:
            change(body)
            request.body = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return await honest(request)

    return defect


def refuses(when: Callable[[Request], bool], status: int = 400, text: bytes = b"no") -> Defect:
    """A defect that answers some requests with an error of its own."""

    async def defect(request: Request, honest: Honest) -> Answer:
        return Answer(status, [(b"content-type", b"text/plain")], text) if when(request) else await honest(request)

    return defect


def changes(change: Callable[[Request, Answer], None]) -> Defect:
    """A defect that changes any answer."""

    async def defect(request: Request, honest: Honest) -> Answer:
        answer = await honest(request)
        change(request, answer)
        return answer

    return defect


def cases_on(app: Asgi, module: str = "", token: str = "", seed: int = 1, until: str = "") -> Session:
    """A session that has run the cases on an app in this process, or as many of them as a clause takes to break."""
    credentials = Credentials(SUBSCRIPTION_KEY, token, FORBIDDEN_KEY)
    session = Session(Options(credentials=credentials, module_id=module, seed=seed, time_limit=1.0), app)

    def stop(*_: int) -> None:
        if until and session.results.entries[until].broken:
            raise StoppedError

    plan = (module, token, seed)
    if plan not in _PLANNED:
        _PLANNED[plan] = session.cases()
    with session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "cases", lambda _: _PLANNED[plan])
        session.run_cases(progress=stop)
    return session
