"""Test doubles and observers of httpx and httpx2: each sees what the library sends.

A double answers instead of the service, so no request may reach it. An observer (a tracer, a recorder) lets the request
through once and notes it. Each is installed while clients of all ages exist.

A row that needs a package which is not installed is skipped and says so. `make test-doubles` runs every row.
"""

import contextlib
import functools
import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
import pytest
from anyio.from_thread import start_blocking_portal
from packaging.requirements import Requirement

from luminus_zoom import AsyncZoomClient, ZoomClient
from wrapper.tests.calls import ARGUMENTS, BODY, CLIENTS, KEY, MEETING_ID, TOKEN, assert_no_secret
from wrapper.tests.fault_server import FaultServer, answer, answering

HEADERS = {"Content-Type": "application/json"}
Notes = list[str]


@attrs.frozen
class Place:
    """Where a double is installed: its library ("httpx", "httpx2"), the meetings' URL, and a fixture by its name."""

    library: str
    url: str
    fixture: Callable[[str], Any]

    @property
    def module(self) -> Any:
        return importlib.import_module(self.library)


Installed = AbstractContextManager[Notes | None]
"""In force inside the `with`. An observer gives a list, which holds a text for each call after the `with`."""


def respx_router(place: Place, *, using: str) -> Iterator[None]:
    import respx

    with respx.mock(using=using) as router:
        router.post(place.url).respond(201, headers=HEADERS, content=BODY)
        yield


def pytest_plugin(place: Place, *, fixture: str) -> Iterator[None]:
    place.fixture(fixture).add_response(
        method="POST", url=place.url, status_code=201, headers=HEADERS, content=BODY, is_reusable=True
    )
    yield


def respx_plugin(place: Place) -> Iterator[None]:
    place.fixture("httpx2_mock").post(place.url).respond(201, headers=HEADERS, content=BODY)
    yield


def vcr_cassette(place: Place, **options: Any) -> AbstractContextManager[Any]:
    import vcr

    recorded = {
        "request": {"method": "POST", "uri": place.url, "body": None, "headers": {}},
        "response": {
            "status": {"code": 201, "message": "Created"},
            "headers": {name: [value] for name, value in HEADERS.items()},
            "body": {"string": BODY.decode()},
        },
    }
    path: Path = place.fixture("tmp_path") / "cassette.json"
    path.write_text(json.dumps({"version": 1, "interactions": [recorded]}))
    cassette: AbstractContextManager[Any] = vcr.use_cassette(str(path), serializer="json", **options)
    return cassette


def vcr_playing(place: Place) -> Iterator[None]:
    with vcr_cassette(place, record_mode="none", allow_playback_repeats=True):
        yield


def vcr_recording(place: Place) -> Iterator[Notes]:
    """A cassette holds the credentials unless the user filters them; hence the URL alone."""
    notes: Notes = []
    with vcr_cassette(place, record_mode="all") as cassette:
        yield notes
        notes += [request.uri for request in cassette.requests[1:]]


def pook_engine(place: Place) -> Iterator[None]:
    import pook

    with pook.use():
        pook.post(place.url).persist().reply(201).headers(HEADERS).body(BODY)
        yield


def patched(place: Place, *, sync: str, asynchronous: str) -> Iterator[None]:
    response = place.module.Response(201, headers=HEADERS, content=BODY)
    with (
        mock.patch(f"{place.library}.{sync}", return_value=response),
        mock.patch(f"{place.library}.{asynchronous}", return_value=response),
    ):
        yield


def opentelemetry_spans(place: Place) -> Iterator[Notes]:
    from opentelemetry.instrumentation import httpx
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    notes: Notes = []
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = getattr(httpx, f"{place.library.upper()}ClientInstrumentor")()
    instrumentor.instrument(tracer_provider=provider)
    try:
        yield notes
    finally:
        instrumentor.uninstrument()
    notes += [span.to_json() for span in exporter.get_finished_spans()]


def sentry_spans(place: Place) -> Iterator[Notes]:
    import sentry_sdk
    from sentry_sdk.transport import Transport

    notes: Notes = []

    class Offline(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            transaction = envelope.get_transaction_event()
            notes.extend(f"{span} {transaction.get('breadcrumbs')}" for span in transaction["spans"])

    name = place.library.capitalize()
    integration = getattr(importlib.import_module(f"sentry_sdk.integrations.{place.library}"), f"{name}Integration")()
    clients = (place.module.Client, place.module.AsyncClient)
    with contextlib.ExitStack() as stack:
        for client in clients:
            stack.enter_context(mock.patch.object(client, "send", client.send))
        plain = place.module.Client.send
        sentry = sentry_sdk.Client(
            dsn="http://key@127.0.0.1/1",
            transport=Offline,
            traces_sample_rate=1,
            default_integrations=False,
            integrations=[integration],
        )
        if place.module.Client.send is plain:
            # It patches httpx with the first client of a process only.
            integration.setup_once()
        stack.enter_context(sentry_sdk.new_scope()).set_client(sentry)
        with sentry_sdk.start_transaction(name="lecture"):
            yield notes


def datadog_spans(place: Place) -> Iterator[Notes]:
    from ddtrace.trace import TraceFilter, tracer

    notes: Notes = []

    class Offline(TraceFilter):
        def process_trace(self, trace: Any) -> None:
            notes.extend(f"{span.resource} {span.get_tags()}" for span in trace)

    tracer.configure(trace_processors=[Offline()])
    integration = importlib.import_module(f"ddtrace.contrib.internal.{place.library}.patch")
    integration.patch()
    try:
        yield notes
    finally:
        integration.unpatch()


@attrs.frozen
class Row:
    """A double or an observer, the package that it needs, and whose clients it covers.

    Attributes:
        clients: "" is the client that the library makes, otherwise one of that library which the user passes.
    """

    needs: str
    install: Callable[..., Iterator[Notes | None]]
    clients: tuple[str, ...] = ("", "httpx")
    observes: bool = False


SEND = functools.partial(patched, sync="Client.send", asynchronous="AsyncClient.send")
HANDLE = functools.partial(
    patched, sync="HTTPTransport.handle_request", asynchronous="AsyncHTTPTransport.handle_async_request"
)
EVERY = ("", "httpx", "httpx2")
ROWS: Mapping[str, Row] = {
    "respx of httpcore": Row("respx", functools.partial(respx_router, using="httpcore")),
    "respx of httpx": Row("respx", functools.partial(respx_router, using="httpx")),
    "pytest-httpx": Row("pytest-httpx", functools.partial(pytest_plugin, fixture="httpx_mock")),
    "pytest-httpx2": Row("pytest-httpx2", respx_plugin, ("httpx2",)),
    "httpx2-pytest": Row("httpx2-pytest", functools.partial(pytest_plugin, fixture="httpx2_mock"), ("httpx2",)),
    "vcrpy 6": Row("vcrpy==6.*", vcr_playing),
    "vcrpy 7": Row("vcrpy==7.*", vcr_playing),
    "vcrpy": Row("vcrpy>=9", vcr_playing, EVERY),
    "vcrpy 6 recording": Row("vcrpy==6.*", vcr_recording, observes=True),
    "vcrpy 7 recording": Row("vcrpy==7.*", vcr_recording, observes=True),
    "vcrpy recording": Row("vcrpy>=9", vcr_recording, EVERY, observes=True),
    "pook": Row("pook", pook_engine),
    "mock.patch of send": Row("httpx", SEND, EVERY),
    "mock.patch of handle_request": Row("httpx", HANDLE, EVERY),
    "OpenTelemetry": Row("opentelemetry-instrumentation-httpx", opentelemetry_spans, EVERY, observes=True),
    "Sentry": Row("sentry-sdk", sentry_spans, EVERY, observes=True),
    "Datadog": Row("ddtrace", datadog_spans, EVERY, observes=True),
}


def need(*requirements: str) -> None:
    """Skip the test, in words, if a package is not installed, or not in that version."""
    for requirement in map(Requirement, filter(None, requirements)):
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            found = "none"
        if found == "none" or not requirement.specifier.contains(found, prereleases=True):
            pytest.skip(f"needs {requirement}, and {found} is installed here; `make test-doubles` runs this")


Create = Callable[[], Any]


@contextlib.contextmanager
def creator(client: str, url: str, *, http_client: Any = None, strict: bool = False) -> Iterator[Create]:
    """A new client's `create_meeting`, called as in plain code, or in asyncio's or trio's loop."""
    options: dict[str, Any] = {"subscription_key": KEY, "token": TOKEN, "base_url": url, "strict": strict}
    with contextlib.ExitStack() as stack:
        if client == "sync":
            given = stack.enter_context(http_client) if http_client else None
            zoom = stack.enter_context(ZoomClient(**options, http_client=given))
            yield functools.partial(zoom.create_meeting, **ARGUMENTS)
        else:
            portal = stack.enter_context(start_blocking_portal(client))
            given = stack.enter_context(portal.wrap_async_context_manager(http_client)) if http_client else None
            made = AsyncZoomClient(**options, http_client=given)
            azoom = stack.enter_context(portal.wrap_async_context_manager(made))
            yield functools.partial(portal.call, functools.partial(azoom.create_meeting, **ARGUMENTS))


def told(create: Create, server: FaultServer) -> tuple[Any, ...]:
    """The meeting's number and deviations, or the error, and how many requests reached the server."""
    before = len(server.requests)
    try:
        meeting = create()
    except Exception as error:
        return type(error).__name__, str(error), len(server.requests) - before
    return str(meeting.id), meeting.deviations, len(server.requests) - before


def made(own: str, client: str) -> Any:
    """The user's own client of a library, or None."""
    return getattr(importlib.import_module(own), "Client" if client == "sync" else "AsyncClient")() if own else None


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(("name", "own"), [(name, own) for name, row in ROWS.items() for own in row.clients])
def test_a_double_or_an_observer(name: str, own: str, client: str, request: pytest.FixtureRequest) -> None:
    row = ROWS[name]
    need(row.needs, own)
    create: dict[tuple[str, bool], Create] = {}
    with FaultServer(answering(answer(201, BODY))) as server, contextlib.ExitStack() as stack:

        def add(age: str) -> None:
            for strict in (False, True):
                new = creator(client, server.url, http_client=made(own, client), strict=strict)
                create[age, strict] = stack.enter_context(new)

        add("used before")
        for call in create.values():
            assert told(call, server) == (MEETING_ID, (), 1)
        add("made before")
        place = Place(own or "httpx", f"{server.url}/Meeting", request.getfixturevalue)
        with contextlib.contextmanager(row.install)(place) as notes:
            add("made after")
            results = {moment: told(call, server) for moment, call in create.items()}
    assert results == dict.fromkeys(create, (MEETING_ID, (), 1 if row.observes else 0))
    if row.observes:
        assert notes is not None
        assert len(notes) == len(create)
        assert all(place.url in note for note in notes)
        assert_no_secret(notes)


def wsgi_app(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("201 Created", list(HEADERS.items()))
    return [BODY]


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["more_body"]:
        pass
    headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("transport", ["MockTransport", "WSGITransport or ASGITransport"])
@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_transport_that_answers_by_itself(library: str, transport: str, client: str, strict: bool) -> None:
    need(library)
    httpx = importlib.import_module(library)
    if transport == "MockTransport":
        answering_itself = httpx.MockTransport(lambda request: httpx.Response(201, headers=HEADERS, content=BODY))
    else:
        answering_itself = httpx.WSGITransport(wsgi_app) if client == "sync" else httpx.ASGITransport(asgi_app)
    http_client = (httpx.Client if client == "sync" else httpx.AsyncClient)(transport=answering_itself)
    with (
        FaultServer(answering(answer(201, BODY))) as server,
        creator(client, server.url, http_client=http_client, strict=strict) as create,
    ):
        assert told(create, server) == (MEETING_ID, (), 0)
