"""What the tests of the wrapper share: arguments, an answer full of secrets, both clients behind one call, and a search
for secrets in everything that an error can be turned into."""

import asyncio
import contextlib
import copy
import functools
import importlib
import io
import json
import logging
import pickle
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import rich.console
import rich.traceback
import trio
import yaml

from luminus_zoom import AsyncZoomClient, Meeting, ZoomClient

CONTRACT: Mapping[str, Any] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "openapi.yaml").read_text(encoding="utf-8")
)

# Synthetic, and unlike anything else that a test or a traceback could show.
KEY = "5ecre7key5ecre7key5ecre7key00001"
TOKEN = "5ecre7.T0ken-5ecre7_T0ken.5ecre7"  # noqa: S105
PASSWORD = "Pw5ecre7_1"  # noqa: S105
HOST_KEY = "95k713"  # not digits alone, which a time or a port may show
URL_PASSWORD = "5ecre7pwd5ecre7pwd"  # noqa: S105
SECRETS = (KEY, TOKEN, PASSWORD, HOST_KEY, URL_PASSWORD)

ARGUMENTS: Mapping[str, Any] = {
    "module_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "name": "CS1010 lecture 3",
    "start": datetime(2027, 1, 18, 2, tzinfo=UTC),
    "duration": 90,
}
MEETING: Mapping[str, Any] = {
    **CONTRACT["components"]["examples"]["FullResponse"]["value"],
    "meetingPassword": PASSWORD,
    "hostKey": HOST_KEY,
    "joinUrl": f"https://nus-sg.zoom.us/j/81234567890?pwd={URL_PASSWORD}",
}
MEETING_ID = MEETING["id"]
BODY = json.dumps(MEETING, separators=(",", ":")).encode()


@attrs.frozen
class Ended:
    """How a call ended: with a meeting or with an error, after so many seconds."""

    meeting: Meeting | None
    error: BaseException | None
    seconds: float


def call(client: str, base_url: str, arguments: Mapping[str, Any] = ARGUMENTS, **options: Any) -> Ended:
    """One call of a new client ("sync", "asyncio", "trio"), with the credentials above unless `options` has others."""
    began = time.monotonic()
    result = calls(client, base_url, 1, arguments, **options)[0]
    seconds = time.monotonic() - began
    return Ended(result, None, seconds) if isinstance(result, Meeting) else Ended(None, result, seconds)


def http_client(client: str, library: str = "httpx", **options: Any) -> Any:
    """A client of an HTTP library, as a user would pass it to a "sync" or an async client of ours."""
    kind = "Client" if client == "sync" else "AsyncClient"
    return getattr(importlib.import_module(library), kind)(**options)


def calls(
    client: str,
    base_url: str,
    times: int,
    arguments: Mapping[str, Any] = ARGUMENTS,
    *,
    library: str = "",
    transport: Any = None,
    **options: Any,
) -> list[Meeting | BaseException]:
    """Calls of one new client, one after the other; with a `library` or a `transport` over a client of the user's."""
    everything = {"base_url": base_url, "subscription_key": KEY, "token": TOKEN, **options}
    own = http_client(client, library or "httpx", transport=transport) if library or transport else None
    if client == "sync":
        with own or contextlib.nullcontext(), ZoomClient(**everything, http_client=own) as zoom:
            return [_result(functools.partial(zoom.create_meeting, **arguments)) for _ in range(times)]

    async def main() -> list[Meeting | BaseException]:
        async with own or contextlib.nullcontext(), AsyncZoomClient(**everything, http_client=own) as zoom:
            return [await _awaited(zoom.create_meeting, arguments) for _ in range(times)]

    return trio.run(main) if client == "trio" else asyncio.run(main())


def _result(create: Callable[[], Meeting]) -> Meeting | BaseException:
    try:
        return create()
    except Exception as error:
        return error


async def _awaited(create: Callable[..., Awaitable[Meeting]], arguments: Mapping[str, Any]) -> Meeting | BaseException:
    try:
        return await create(**arguments)
    except Exception as error:
        return error


CLIENTS = ("sync", "asyncio", "trio")


def texts(error: BaseException) -> Iterable[str]:
    """Everything that an error can be printed, logged or pickled as, its causes and all frames' locals included."""
    yield str(error)
    yield repr(error)
    yield "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    seen: BaseException | None = error
    while seen is not None:
        yield repr(seen)
        yield repr(vars(seen).get("headers"))
        seen = seen.__cause__ or seen.__context__
    yield pickle.dumps(error).decode("latin-1")
    yield repr(vars(pickle.loads(pickle.dumps(error))))  # noqa: S301
    yield str(copy.copy(error))


def rich_traceback(error: BaseException) -> str:
    """A traceback as rich prints it, and structlog through rich: with locals, whose attributes it looks at itself."""
    console = rich.console.Console(file=io.StringIO(), width=200)
    limits = {"locals_max_string": 10_000, "locals_max_length": 1_000}
    console.print(
        rich.traceback.Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True, **limits)
    )
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def assert_no_secret(found: Iterable[str], secrets: Iterable[str] = SECRETS) -> None:
    """Fail if one of the texts holds a secret. The text is shown as far as the secret's place, and not the secret."""
    for text in found:
        for number, secret in enumerate(secrets):
            place = text.find(secret)
            assert place < 0, f"secret {number} after {text[max(place - 300, 0) : place]!r}"  # noqa: S101


def logged(records: Iterable[logging.LogRecord]) -> list[str]:
    """The texts of this library's log records."""
    formatter = logging.Formatter()
    return [formatter.format(record) for record in records if record.name == "luminus_zoom"]
