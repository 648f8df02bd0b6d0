"""What the library tells about itself: its log, its hooks, and what OpenTelemetry sees of it."""

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from luminus_zoom import Event, Outcome, ZoomClient, _observe, errors
from wrapper.tests.calls import ARGUMENTS, BODY, KEY, TOKEN, assert_no_secret, call, logged
from wrapper.tests.fault_server import FaultServer, answer, answering

BOTH = pytest.mark.parametrize("client", ["sync", "asyncio"])
URL = "https://luminus.invalid/zoom"
RATE = answer(429, b'{"statusCode":429,"message":"x"}', "Retry-After: 0")


def transport(status: int, body: bytes) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, content=body))


class TestLog:
    """One logger; a line a call at INFO, shapes at DEBUG."""

    @BOTH
    def test_one_line_a_call(self, client: str, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "luminus_zoom")
        call(client, URL, transport=transport(201, BODY))
        call(client, URL, transport=transport(500, BODY))
        call(client, URL, {"name": "x"}, transport=transport(201, BODY))
        lines = [message.partition(", 0.")[0] for message in logged(caplog.records)]
        assert lines == [
            "create_meeting created: status 201, no error, attempt 1",
            "create_meeting failed: status 500, ServerError, attempt 1",
            "create_meeting refused: module_id, start, duration",
        ]

    @BOTH
    def test_shapes_at_debug(self, client: str, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, "luminus_zoom")
        with FaultServer(answering(RATE, answer(201, BODY))) as server:
            call(client, server.url)
        assert [record.levelname for record in caplog.records if record.name == "luminus_zoom"] == [
            *("DEBUG", "DEBUG"),
            *("INFO", "DEBUG"),
        ]
        lines = list(logged(caplog.records))
        assert lines[0].startswith("create_meeting retrying: status 429, RateLimitError, attempt 1")
        assert lines[3] == (
            f"create_meeting request: POST {server.url}/Meeting, 131 bytes: moduleID, name, startDate, duration"
        )
        assert_no_secret(lines)
        assert not [line for line in lines if str(ARGUMENTS["name"]) in line or str(ARGUMENTS["module_id"]) in line]

    def test_nothing_is_written_below_the_level(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING, "luminus_zoom")
        call("sync", URL, transport=transport(500, BODY))
        assert logged(caplog.records) == []

    def test_the_logger_is_left_to_the_application(self) -> None:
        logger = logging.getLogger("luminus_zoom")
        assert [type(handler) for handler in logger.handlers] == [logging.NullHandler]
        assert logger.level == logging.NOTSET
        assert logger.propagate


@pytest.mark.parametrize(("level", "handlers"), [("info", 2), ("Debug", 2), ("", 1), (None, 1), ("loud", 1)])
def test_a_level_adds_one_handler(level: str | None, handlers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.Logger("test")
    logger.addHandler(logging.NullHandler())
    monkeypatch.setattr(_observe, "logger", logger)
    with pytest.warns(UserWarning, match="LUMINUS_LOG='loud'") if level == "loud" else contextlib.nullcontext():
        _observe.log_to_stderr(level)
    assert len(logger.handlers) == handlers
    assert logger.level == {"info": logging.INFO, "Debug": logging.DEBUG}.get(level or "", logging.NOTSET)


@pytest.mark.parametrize(
    ("level", "configured", "lines"),
    [
        ("info", False, ["INFO: create_meeting failed"]),
        ("DEBUG", False, ["INFO: create_meeting failed", "DEBUG: create_meeting request"]),
        ("info", True, ["root INFO create_meeting failed"]),
        ("", False, []),
        ("loud", False, ["LUMINUS_LOG='loud' is ignored: it must be debug or info"]),
    ],
)
def test_the_environment_can_show_the_log(level: str, configured: bool, lines: list[str]) -> None:
    script = f"""
import logging
if {configured}:
    logging.basicConfig(level=1, format="root %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(30), logging.getLogger("httpcore").setLevel(30)
import luminus_zoom
from datetime import UTC, datetime
try:
    luminus_zoom.ZoomClient(subscription_key="{KEY}", base_url="http://127.0.0.1:1", retries=0).create_meeting(
        module_id="{ARGUMENTS["module_id"]}", name="x", start=datetime(2027, 1, 18, tzinfo=UTC), duration=90
    )
except luminus_zoom.ZoomError:
    pass
"""
    environment = {**os.environ, "LUMINUS_LOG": level}
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    written = [line for line in ran.stderr.splitlines() if "warnings.warn" not in line and "log_to_stderr(" not in line]
    assert len(written) == len(lines), ran.stderr
    assert all(expected in line for expected, line in zip(lines, written, strict=True))
    assert_no_secret(written)


class TestHooks:
    """Callables that are told."""

    @BOTH
    def test_they_hear_everything(self, client: str) -> None:
        events: list[Event] = []
        with FaultServer(answering(RATE, answer(201, BODY)), answering(answer(201, BODY))) as server:
            call(client, server.url, hooks=[events.append, lambda event: None])
            call(client, server.url, hooks=iter([events.append]))
        assert [event.name for event in events] == ["retrying", "created", "created"]
        retrying, created, _ = events
        assert (retrying.status, retrying.outcome, retrying.error) == (429, Outcome.REJECTED, "RateLimitError")
        assert retrying.wait is not None
        assert 0 <= retrying.wait <= 0.25
        assert (created.attempts, created.status, created.error, created.outcome) == (2, 201, None, None)
        assert created.elapsed > retrying.wait

    @BOTH
    def test_one_that_fails_breaks_nothing(self, client: str, caplog: pytest.LogCaptureFixture) -> None:
        def fail(event: Event) -> None:
            raise ZeroDivisionError

        events: list[Event] = []
        ended = call(client, URL, transport=transport(201, BODY), hooks=[fail, events.append])
        assert ended.meeting
        assert len(events) == 1
        assert "a hook failed on created" in caplog.text
        assert "ZeroDivisionError" in caplog.text
        refused = call(client, URL, transport=transport(500, b""), hooks=[fail])
        assert isinstance(refused.error, errors.ServerError)

    def test_a_hook_may_call_again(self) -> None:
        zoom: Any = None
        seen: list[Event] = []

        def again(event: Event) -> None:
            seen.append(event)
            if len(seen) < 3:
                zoom.create_meeting(**ARGUMENTS)

        zoom = ZoomClient(
            subscription_key=KEY, base_url=URL, http_client=httpx.Client(transport=transport(201, BODY)), hooks=[again]
        )
        zoom.create_meeting(**ARGUMENTS)
        assert len(seen) == 3

    def test_an_event_holds_no_secret(self) -> None:
        events: list[Event] = []
        call("sync", URL, transport=transport(400, f"{KEY} {TOKEN}".encode() + BODY), hooks=[events.append])
        assert_no_secret(map(repr, events))


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter
    instrumentor.uninstrument()


@BOTH
def test_opentelemetry_sees_the_call(client: str, spans: InMemorySpanExporter) -> None:
    with FaultServer(answering(answer(201, BODY))) as server:
        ended = call(client, server.url)
    assert ended.meeting
    (span,) = spans.get_finished_spans()
    attributes = dict(span.attributes or {})
    assert span.name == "POST"
    assert attributes["http.status_code"] == 201
    assert attributes["http.url"] == f"{server.url}/Meeting"
    assert b"traceparent: " in server.requests[0].lower()
    assert_no_secret([span.to_json()])


def test_opentelemetry_sees_a_failure(spans: InMemorySpanExporter) -> None:
    ended = asyncio.run(asyncio.to_thread(call, "sync", "http://127.0.0.1:1", retries=0))
    assert isinstance(ended.error, errors.ZoomConnectionError)
    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok
    assert_no_secret([span.to_json()])
