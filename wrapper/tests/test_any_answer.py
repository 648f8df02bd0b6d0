"""Any bytes, under any status, with any headers: a documented error or a meeting, and never a secret in a text."""

import copy
import gzip
import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from luminus_zoom import Meeting, Outcome, ZoomClient, errors
from luminus_zoom._error_body import shows_meeting
from luminus_zoom._response import Response
from luminus_zoom_api.limits import RESPONSE
from wrapper.tests.calls import (
    ARGUMENTS,
    BODY,
    HOST_KEY,
    KEY,
    MEETING,
    MEETING_ID,
    PASSWORD,
    TOKEN,
    assert_no_secret,
    logged,
    texts,
)

SETTINGS = settings(
    max_examples=200, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SENT = ("moduleID", "name", "startDate", "duration")
"""The properties that `ARGUMENTS` sets."""
MESSAGES = (
    *("message", "detail", "title", "error", "error_description", "errors", "status", "code", "statusCode", "data"),
    *("success", "ok", "IsSuccess", "result", "fault", "exception", "errcode", "err_msg", "meta", "ModelState"),
    "value",
)
RETRIES = [
    "5",
    "-5",
    "1.5, 2",
    "soon",
    "9" * 30,
    "Wed, 21 Oct 2099 07:28:00 -0000",
    "2020-04-08T00:00:00Z",
    "1m",
    "1" * 10,
]

statuses = st.one_of(st.sampled_from([200, 201, 400, 401, 403, 429, 500]), st.integers(200, 999))
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from([*MESSAGES, *RESPONSE["properties"]]), plain, max_size=6)
values = st.one_of(
    plain, objects, objects.map(lambda value: {"status": "success", "data": value}), st.just(dict(MEETING))
)
bodies = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=100).map(str.encode),
    values.map(lambda value: json.dumps(value).encode()),
    values.map(lambda value: json.dumps(json.dumps(value)).encode("utf-16")),
    values.map(lambda value: gzip.compress(json.dumps(value).encode())),
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(["application/json", "text/plain; charset=utf-16", "text/html; charset=x"]),
        "Content-Encoding": st.sampled_from(["gzip", "br", "identity"]),
        "Retry-After": st.sampled_from(RETRIES),
        "X-RateLimit-Type": st.just("Daily-limit"),
        "X-RateLimit-Reset": st.sampled_from(["1800000000", "x"]),
        "WWW-Authenticate": st.sampled_from(["Bearer", 'AzureApiManagementKey realm="x"']),
        "X-Powered-By": st.just("ASP.NET"),
        "X-Echo": st.sampled_from([KEY, f"Bearer {TOKEN}", MEETING["joinUrl"]]),
    },
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A meeting with some bytes changed, put in, left out or cut off, and perhaps our own credentials in it."""
    body = bytearray(BODY)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(body)))
        body[start : start + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    if draw(st.booleans()):
        place = draw(st.integers(0, len(body)))
        body[place:place] = draw(st.sampled_from([KEY, TOKEN, f"Bearer {TOKEN}"])).encode()
    damaged = bytes(body[: draw(st.one_of(st.just(len(body)), st.integers(0, len(body))))])
    # A secret is known by its property's name. Where that is damaged and all the same JSON, nothing can tell.
    for name, secret in (("meetingPassword", PASSWORD), ("hostKey", HOST_KEY), ("joinUrl", MEETING["joinUrl"])):
        known = f'"{name}":"{secret}'.encode() in damaged or secret[-9:].encode() not in damaged
        assume(known or Response(400, {}, damaged).is_fragment)
    return damaged


@st.composite
def rearranged(draw: st.DrawFn) -> bytes:
    """A meeting with other values, or inside something else."""
    meeting: dict[str, Any] = {**MEETING, **draw(objects)}
    for name in draw(st.lists(st.sampled_from(list(MEETING)), max_size=4)):
        meeting[name] = draw(st.sampled_from([[meeting.get(name)], {"value": meeting.get(name)}, None, "", 0]))
    whole: Any = draw(
        st.sampled_from(
            [meeting, {"data": meeting}, [meeting], {"errors": [meeting]}, {"x": [meeting], "message": "no"}]
        )
    )
    return json.dumps(whole).encode()


def answering(status: int, headers: Mapping[str, str], body: bytes) -> httpx.MockTransport:
    """A transport that gives one answer."""
    return httpx.MockTransport(lambda request: httpx.Response(status, headers=headers, stream=httpx.ByteStream(body)))


def outcome(transport: httpx.MockTransport, **options: Any) -> Meeting | errors.ZoomError:
    """What becomes of one answer. Tracebacks show the locals of this function, so the answer is none of them."""
    own = httpx.Client(transport=transport)
    zoom = ZoomClient(
        subscription_key=KEY, token=TOKEN, base_url="https://luminus.invalid", http_client=own, retries=0, **options
    )
    try:
        return zoom.create_meeting(**ARGUMENTS)
    except errors.ZoomError as error:
        return error


def check(status: int, headers: Mapping[str, str], body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    result = outcome(answering(status, headers, body))
    assert_no_secret(logged(caplog.records))
    if isinstance(result, Meeting):
        assert 200 <= status < 300
        assert result.raw
        assert_no_secret([repr(result), str(result.deviations), repr(result.masked())])
        return
    assert_no_secret(texts(result))
    if 200 <= status < 300:
        shown = shows_meeting(Response(status, {name.lower(): value for name, value in headers.items()}, body), SENT)
        assert str(result).startswith("A meeting was created") is shown
    expected = Outcome.REJECTED if 400 <= status < 500 else Outcome.UNKNOWN
    in_band = isinstance(result, errors.InBandFailureError | errors.RateLimitError) and 200 <= status < 300
    assert result.outcome is expected or (in_band and result.outcome is Outcome.REJECTED)
    assert result.status == status
    assert result.body == body or KEY.encode() in body or TOKEN.encode() in body or "content-encoding" in headers
    assert not result.retryable or (status == 429 and b"statusCode" in body)


@SETTINGS
@given(statuses, headers, bodies)
def test_anything(caplog: pytest.LogCaptureFixture, status: int, headers: Mapping[str, str], body: bytes) -> None:
    caplog.set_level(logging.DEBUG, "luminus_zoom")
    check(status, headers, body, caplog)


@SETTINGS
@given(statuses, headers, damaged() | rearranged())
def test_a_meeting_that_suffered(
    caplog: pytest.LogCaptureFixture, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    caplog.set_level(logging.DEBUG, "luminus_zoom")
    check(status, headers, body, caplog)


@SETTINGS
@given(st.integers(len('{"id":"') + 36, len(BODY)), st.sampled_from([200, 201, 202]))
def test_a_meeting_that_was_cut_off_is_known_by_its_id(length: int, status: int) -> None:
    result = outcome(answering(status, {}, BODY[:length]))
    meeting = result if isinstance(result, Meeting) else getattr(result, "meeting", None)
    assert meeting is not None
    assert str(meeting.id) == MEETING_ID


@SETTINGS
@given(st.from_regex(r"\A[-0-9T:Z+. Wtz]{0,32}\Z") | st.text(max_size=40) | st.datetimes().map(datetime.isoformat))
def test_any_time_is_read_as_an_aware_one_or_not_at_all(text: str) -> None:
    meeting = outcome(answering(201, {}, json.dumps({"id": MEETING_ID, "startDate": text}).encode()))
    assert isinstance(meeting, Meeting)
    assert meeting.start is None or meeting.start.utcoffset() is not None
    assert meeting.raw["startDate"] == text
    assert repr(meeting)
    assert hash(meeting) == hash(copy.copy(meeting))
    assert meeting.to_dict()["id"] == MEETING_ID


@SETTINGS
@given(objects)
def test_strictness_keeps_the_meeting(values: dict[str, Any]) -> None:
    assume(not values.keys() & {"status", "code", "statusCode", "error"})
    transport = answering(201, {"Content-Type": "application/json"}, json.dumps({**values, "id": MEETING_ID}).encode())
    lenient, strict = outcome(transport), outcome(transport, strict=True)
    assert isinstance(lenient, Meeting)
    if lenient.deviations:
        assert isinstance(strict, errors.DeviationError)
        assert strict.meeting == lenient
        assert str(lenient.deviations[0]) in str(strict)
    else:
        assert strict == lenient
