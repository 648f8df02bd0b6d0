"""What an answer that is no meeting says, in each of its shapes."""

import json
import time
from typing import Any

import pytest

from luminus_zoom import Outcome, errors
from luminus_zoom._error_body import (
    ErrorBody,
    error_class,
    in_band_failure,
    outcome_of,
    printable,
    read_error_body,
    shows_meeting,
)
from luminus_zoom._response import MAX_BODY, Response
from wrapper.tests.answers import DAILY, FAILURES_IN_BAND, HTML, NO_FAILURES, PAGES
from wrapper.tests.calls import BODY, HOST_KEY, MEETING, MEETING_ID, PASSWORD, URL_PASSWORD

SENT = ("moduleID", "name", "startDate", "duration")
"""What a request sets that asks for no more than it must."""


def refusal(value: Any, status: int = 400, **headers: str) -> ErrorBody:
    """What a body says: bytes as they are, anything else as JSON."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read_error_body(Response(status, headers, body))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"duration: must be 15 to 1485", "duration: must be 15 to 1485"),
        (b'"duration: must be 15 to 1485"', "duration: must be 15 to 1485"),
        (b'The "name" is wrong', 'The "name" is wrong'),
        (b"", ""),
        (b'""', ""),
        (b"null", "null"),
        (b"12", "12"),
        (b"a\r\n\tb\x00c\x1b[31m", "a b�c�[31m"),
        (b"\xff\xfe\xfd", "���"),
        (b"<?xml version='1.0'?><Error><Code>x</Code></Error>", "<?xml version='1.0'?><Error><Code>x</Code></Error>"),
        (b"x <html><title>y</title>", "x <html><title>y</title>"),
        (b"[1, 2]", "(JSON without a message)"),
        (b'{"duration":["cut o', "(JSON without a message)"),
        (b'x7","hostKey":"1"', "(JSON without a message)"),
        (b"{}", ""),
    ],
)
def test_text(body: bytes, message: str) -> None:
    assert refusal(body) == ErrorBody(message)


@pytest.mark.parametrize(
    ("value", "message", "fields", "code"),
    [
        ({"message": "m"}, "m", {}, None),
        ({"message": "", "detail": "d", "title": "t"}, "d", {}, None),
        ({"message": 5, "title": "t"}, "t", {}, None),
        ({"error": "e", "error_description": "d"}, "d", {}, None),
        ({"error": "e"}, "e", {}, None),
        ({"error": {"message": "deep", "code": "8"}}, "deep", {}, 8),
        ({"status": 200, "error": {"code": 404, "errors": [{"message": "listed"}]}}, "listed", {}, 404),
        ({"odata.error": {"code": "", "message": {"lang": "en", "value": "v"}}}, "v", {}, None),
        ({"meta": {"code": 401, "error_message": "m"}}, "m", {}, 401),
        ({"Message": "M", "ModelState": {"m.Name": ["x"]}}, "M m.Name: x", {"m.Name": ("x",)}, None),
        ({"code": 2.0, "message": {"text": "x", "detail": "a"}}, "x", {}, 2),
        ({"code": float("nan"), "errno": -1}, "", {}, -1),
        ({"data": {"content": ["text that is data"]}, "code": True}, "", {}, None),
        (["a", {"message": "b"}, 5], "a b", {"": ("a", "b")}, None),
        ({"errors": "text"}, "text", {"": ("text",)}, None),
        ({"errors": [{"propertyName": "name", "errorMessage": "x"}]}, "name: x", {"name": ("x",)}, None),
        ({"errors": [{"code": 5, "detail": "d"}]}, "d", {"": ("d",)}, 5),
        ({"a": {"b": {"message": "deep"}}}, "deep", {}, None),
        ({"statusCode": 7, "code": 8, "status": 9, "message": "m"}, "m", {}, 7),
        ({"status": 9, "code": 8}, "", {}, 8),
        ({"status": 9}, "", {}, 9),
        ({"code": "8", "status": True}, "", {}, 8),
        ({"code": "x", "status": None}, "", {}, None),
        ({"error": "invalid_grant"}, "invalid_grant", {}, 400),
        ({"error": "unauthorized_client", "code": 401}, "unauthorized_client", {}, 401),
        ({"error": "unauthorized_client"}, "unauthorized_client", {}, 400),
        ({"error": "unsupported_grant_type"}, "unsupported_grant_type", {}, 400),
        ({"parentID": ["No.", "Never."]}, "parentID: No. Never.", {"parentID": ("No.", "Never.")}, None),
        ({"": ["A body is required."]}, "A body is required.", {"": ("A body is required.",)}, None),
        ({"a": ["x"], "b": ["y"]}, "a: x; b: y", {"a": ("x",), "b": ("y",)}, None),
        ({"a": [1, None, {"b": "c"}, "x"], "d": "y"}, "a: x", {"a": ("x",)}, None),
        ({"title": "t", "errors": {"a": ["x"]}, "b": ["y"]}, "t a: x", {"a": ("x",)}, None),
        ({"message": "m", "errors": [{"field": "a", "message": "x"}]}, "m a: x", {"a": ("x",)}, None),
        (
            {"errors": [{"field": "a", "message": "x"}, {"field": "a", "message": "y"}, 5, {"message": "z"}]},
            "a: x y; z",
            {"a": ("x", "y"), "": ("z",)},
            None,
        ),
        ({"message": "m", "errors": None}, "m", {}, None),
        ({"errors": {"a": "x"}}, "a: x", {"a": ("x",)}, None),
        ({"errors": {"a": 5}}, "", {}, None),
    ],
)
def test_object(value: Any, message: str, fields: dict[str, tuple[str, ...]], code: int | None) -> None:
    assert refusal(value) == ErrorBody(message, fields, code)


def test_the_gateway_is_known_by_its_form() -> None:
    form = {"statusCode": 429, "message": "m"}
    assert refusal(form, 429).speaker == "gateway"
    assert refusal(form, 400).speaker == "service"
    assert refusal({"code": 429, "message": "m"}, 429).speaker == "service"
    assert refusal(form, 429, **{"x-powered-by": "ASP.NET"}).speaker == "service"
    assert refusal(b"text", 429).speaker == "service"


@pytest.mark.parametrize(("body", "message"), PAGES)
@pytest.mark.parametrize(
    ("status", "kind", "outcome"),
    [
        (200, errors.InBandFailureError, Outcome.UNKNOWN),
        (400, errors.BadRequestError, Outcome.REJECTED),
        (401, errors.AuthenticationError, Outcome.REJECTED),
        (403, errors.ForbiddenError, Outcome.REJECTED),
        (429, errors.RateLimitError, Outcome.REJECTED),
        (503, errors.ServerError, Outcome.UNKNOWN),
    ],
)
def test_a_web_page_is_the_front_end_s(
    body: bytes, message: str, status: int, kind: type[errors.ZoomError], outcome: Outcome
) -> None:
    answer = Response(status, {"content-type": "application/json"}, body)
    told = read_error_body(answer)
    assert told == ErrorBody(message, speaker="front end")
    assert error_class(answer, told) is kind
    assert outcome_of(answer, told) is outcome
    assert in_band_failure(answer, SENT) is None
    assert not shows_meeting(answer, SENT)


def test_what_is_labelled_as_a_page_is_judged_by_what_it_is() -> None:
    label = {"content-type": "Text/HTML; charset=utf-8"}
    assert read_error_body(Response(403, label, b"")) == ErrorBody(speaker="front end")
    assert read_error_body(Response(403, {}, b"")) == ErrorBody()
    assert read_error_body(Response(403, label, b'{"message":"m"}')) == ErrorBody("m")
    assert read_error_body(Response(403, label, b"Not you.")) == ErrorBody("Not you.")
    assert shows_meeting(Response(200, label, BODY), SENT)
    assert shows_meeting(Response(200, label, BODY[:99]), SENT)


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind"),
    [
        (401, {"www-authenticate": "Bearer"}, HTML, errors.InvalidTokenError),
        (401, {"www-authenticate": "AzureApiManagementKey"}, HTML, errors.InvalidSubscriptionKeyError),
        (401, {}, b"", errors.InvalidTokenError),
        (403, {}, b'{"statusCode":403,"message":"Out of bandwidth quota."}', errors.QuotaExceededError),
        (403, {}, b'{"statusCode":403,"message":"Forbidden"}', errors.AddressForbiddenError),
        (403, {}, b'{"message":"Out of call volume quota."}', errors.RateLimitError),
        (409, {}, b"", errors.RejectedError),
        (418, {}, b'{"code":429}', errors.RateLimitError),
        (500, {"x-ratelimit-type": "Daily-limit"}, b'{"code":429}', errors.DailyLimitError),
        (429, {"x-ratelimit-type": "QPS"}, b"", errors.RateLimitError),
        (429, {"x-ratelimit-type": "Daily-limit"}, b"", errors.DailyLimitError),
        (400, {"x-ratelimit-type": "Daily-limit"}, b"", errors.BadRequestError),
        (302, {}, b"", errors.UnexpectedStatusError),
    ],
)
def test_classes(status: int, headers: dict[str, str], body: bytes, kind: type[errors.ZoomError]) -> None:
    answer = Response(status, headers, body)
    assert error_class(answer, read_error_body(answer)) is kind


@pytest.mark.parametrize(
    "value",
    [
        MEETING,
        [MEETING],
        {"data": [MEETING]},
        {"errors": [MEETING]},
        {"errors": {"meetingPassword": [PASSWORD], "HostKey": [HOST_KEY], "joinUrl": [MEETING["joinUrl"]]}},
        {"password": [PASSWORD]},
        json.dumps(MEETING),
        {"message": json.dumps(MEETING)},
        {"message": MEETING["joinUrl"]},
        {"message": f"see {MEETING['joinUrl']}", "x": [MEETING["joinUrl"]]},
        BODY[:-20],
        BODY[90:],
    ],
)
def test_a_meeting_s_secrets_are_not_quoted(value: Any) -> None:
    said = repr(refusal(value))
    assert not [secret for secret in (PASSWORD, HOST_KEY, URL_PASSWORD) if secret in said]


def test_printable_is_one_line_of_at_most_300_characters() -> None:
    assert printable("x" * 300) == "x" * 300
    assert printable("x" * 301) == "x" * 299 + "…"
    assert printable(" " * 1199 + "x") == "x"
    assert printable(" " * 1200 + "x") == ""
    assert refusal({"message": "x" * 400, "a": ["y" * 400]}).fields == {"a": ("y" * 299 + "…",)}


# In the words that Zoom documents and that people report (devforum.zoom.us, moodle-mod_zoom, api-v1), and Azure's.
LIMITS = [
    (DAILY, "daily"),
    ("You have exceeded the daily rate limit (1) of Create a Group API request for this account.", "daily"),
    ("You have reached the maximum daily rate limit for this API. Refer to the response header for …", "daily"),
    ("Reached the maximum daily rate limit for this API. Retry at Thursday, 15 April 2021, 1:00 AM", "daily"),
    ("A maximum of 100 meetings can be created/updated for a single user in one day.", "daily"),
    ("Sorry, the maximum number of user report api requests every day are already reached", "daily"),
    ("You have reached the limit of 100 requests per day.", "daily"),
    ("Daily meeting limit reached", "daily"),
    ("The user has created the maximum number of meetings (100) allowed in 24 hours", "daily"),
    ("the daily limit", "daily"),
    ("Daily-limit", "daily"),
    ("You have reached the maximum per-second rate limit for this API. Try again later.", "rate"),
    ("You have exceeded the maximum rate of 10 requests per second.", "rate"),
    ("Exceeded 4 calls per second for api client.", "rate"),
    ("Sorry, the maximum number of api requests are already reached. Please try later.", "rate"),
    ("Too many concurrent requests. A request to disassociate this user has already been made.", "rate"),
    ("Speed rate limit", "rate"),
    ("Rate exceeded", "rate"),
    ("Too many API calls", "rate"),
    ("The maximum limit of requests per second has been reached", "rate"),
    ("TooManyRequests", "rate"),
    ("too many requests", "rate"),
    ("TOO_MANY_REQUESTS", "rate"),
    ("RateLimitExceeded", "rate"),
    ("QPS limit", "rate"),
    ("Request was throttled.", "rate"),
    ("Rate limit is exceeded. Try again in 57 seconds.", "rate"),
    ("Out of call volume quota. Quota will be replenished in 03:14:17.", "rate"),
    ("too many", None),
    ("limit of the day", None),
    ("duration: the maximum is one day", None),
    ("The date exceeds the limit.", None),
    ("daily", None),
    ("The maximum duration of a meeting is 24 hours", None),
    ("Meetings are held each day.", None),
]


@pytest.mark.parametrize(("message", "limit"), LIMITS)
@pytest.mark.parametrize("status", [200, 201, 400, 500])
def test_limits(message: str, limit: str | None, status: int) -> None:
    for value in (message, message.encode(), {"code": 300, "message": message}, {"errors": [{"message": message}]}):
        assert refusal(value, status).limit == limit
    if limit:
        assert in_band_failure(Response(200, {}, message.encode())) is not None


@pytest.mark.parametrize(("source", "value", "code"), FAILURES_IN_BAND)
def test_a_failure_in_band(source: str, value: Any, code: int | None) -> None:
    answer = Response(200, {}, json.dumps(value).encode())
    told = in_band_failure(answer, SENT)
    assert told is not None, source
    assert told == read_error_body(answer)
    assert told.code == code
    assert not shows_meeting(answer, SENT)
    refused = told.limit is not None if code is None else 400 <= code < 500
    assert outcome_of(answer, told) is (Outcome.REJECTED if refused else Outcome.UNKNOWN)


@pytest.mark.parametrize("value", NO_FAILURES)
def test_no_failure_and_no_meeting(value: Any) -> None:
    answer = Response(201, {}, value if isinstance(value, bytes) else json.dumps(value).encode())
    assert in_band_failure(answer, SENT) is None
    assert not shows_meeting(answer, SENT)


def test_problem_json_is_a_failure_whatever_it_says() -> None:
    problem = {"content-type": "application/problem+json; charset=utf-8"}
    assert in_band_failure(Response(200, problem, b'{"title":"x"}')) == ErrorBody("x")
    assert in_band_failure(Response(200, {}, b'{"title":"x"}')) is None
    assert in_band_failure(Response(200, problem, BODY)) is None


FAIL = {"status": "fail", "code": 400, "message": "Invalid."}


@pytest.mark.parametrize(
    "value",
    [
        {"id": MEETING_ID},
        {"ID": MEETING_ID.replace("-", "").upper()},
        {"id": 81234567890},
        {"joinUrl": "https://x"},
        {"join_url": "https://x"},
        {"meetingID": "812 3456 7890"},
        {"hostKey": 123456},
        {"data": {"id": MEETING_ID}},
        {"Data": {"Result": {"JoinUrl": "x"}}},
        {"result": [{"id": MEETING_ID}]},
        {"meeting": {"joinUrl": "x"}},
        {"zoomMeeting": {"joinUrl": "x"}},
        {"name": "x", "value": [{"id": MEETING_ID}]},
    ],
)
def test_what_identifies_a_meeting_shows_it_whatever_else_is_said(value: dict[str, Any]) -> None:
    for body in (json.dumps({**value, **FAIL}), json.dumps({**FAIL, **value}), json.dumps([value])):
        assert shows_meeting(Response(200, {}, body.encode()), SENT)
        assert in_band_failure(Response(200, {}, body.encode()), SENT) is None


@pytest.mark.parametrize(
    "value",
    [
        {"id": "x"},
        {"id": 1, "jsonrpc": "2.0"},
        {"id": "00000000-0000-0000-0000-000000000000"},
        {"id": True, "joinUrl": True},
        {"id": "", "joinUrl": "", "hostKey": 0, "meetingID": "0"},
        {"id": None, "joinUrl": None},
        {"joinUrl": {"message": "x"}, "meetingPassword": ["too short"]},
        {"errors": [{"id": MEETING_ID}], "error": {"joinUrl": "x"}},
        {"data": [{"id": MEETING_ID}, {"id": MEETING_ID}]},
        {"data": {"data": {"data": {"data": {"data": {"id": MEETING_ID}}}}}},
        # An error about a request may name whom and what it is about.
        {"email": "ann@u.nus.edu", "name": "x", "topic": "x", "userID": "e0123456", "userName": "Ann"},
    ],
)
def test_what_does_not_identify_a_meeting_gives_way_to_a_failure(value: dict[str, Any]) -> None:
    answer = Response(200, {}, json.dumps({**value, **FAIL}).encode())
    assert not shows_meeting(answer, SENT)
    assert in_band_failure(answer, SENT) is not None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"topic": "x"}, True),
        ({"isSetPassword": False}, True),
        ({"recordType": 0}, True),
        ({"id": "x"}, True),
        ({"data": {"endDate": "2027-01-18T11:30:00+08:00"}}, True),
        ({"email": "x", "message": "ok"}, True),
        ({"name": "x", "Start_Date": "2027-01-18T10:00:00+08:00"}, False),
        ({"topic": None, "email": "", "userName": " ", "createdDate": "0001-01-01T00:00:00"}, False),
        ({"creatorID": "00000000-0000-0000-0000-000000000000"}, False),
        ({"topic": ["x"], "email": {}}, False),
        ({"hints": {"topic": "x"}}, False),
        ({}, False),
    ],
)
def test_a_property_that_the_request_did_not_set_shows_a_meeting(value: Any, shown: bool) -> None:
    assert shows_meeting(Response(200, {}, json.dumps(value).encode()), SENT) is shown


def test_what_the_request_set_shows_nothing() -> None:
    echo = Response(200, {}, json.dumps({"id": MEETING_ID, "topic": "x"}).encode())
    assert not shows_meeting(echo, (*SENT, "id", "topic"))
    assert in_band_failure(Response(200, {}, json.dumps({"id": MEETING_ID, **FAIL}).encode()), ("id",)) is not None


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"id":"' + MEETING_ID.encode(), True),
        (b'{"status":"success","data":{"joinUrl":"https://x","na', True),
        (b'{"name":"x","topic":"x","em', True),
        (b'{"name":"x","topic":"x', False),
        (b'{"code":124,"email":"x","message":"Inv', False),
        (b'{"status":"fail","email":"x","mess', False),
    ],
)
def test_what_a_damaged_body_shows(body: bytes, shown: bool) -> None:
    answer = Response(200, {}, body, "it broke")
    assert shows_meeting(answer, SENT) is shown
    assert in_band_failure(answer, SENT) is None


# 8 MiB of each, as much as is ever read: whatever takes quadratic time takes minutes.
HOSTILE = [
    b'{"id":', b'"id":"', b"[1,", b'{"error":[', b'{"code":1,', b"<title", b"<!-- -", b"<?xml ", b"daily_", b"exceed ",
    b"too_many_", b"(no error ", b'"a":"', b'{"errors":{"x":["y"],', b" ", b"\xff", b"wait 1 ",
]  # fmt: skip
WIDE = [
    (b"[", b'{"code":1,"message":"x"},', b"1]"),
    (b'{"errors":[', b'"x",', b"1]}"),
    (b'{"message":"', b"exceed ", b'"}'),
    (b'{"error":"', b"no ", b'"}'),
    (b"<html><title>", b"&amp;", b""),
]


@pytest.mark.parametrize("around", [*((b"", piece, b"") for piece in HOSTILE), *WIDE])
def test_no_body_takes_long(around: tuple[bytes, bytes, bytes]) -> None:
    start, piece, end = around
    answer = Response(200, {}, start + piece * (MAX_BODY // len(piece)) + end)
    began = time.process_time()
    in_band_failure(answer, SENT)
    shows_meeting(answer, SENT)
    error_class(answer, read_error_body(answer))
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "body",
    [
        b'{"code":NaN,"status":Infinity,"error":-Infinity,"id":NaN,"joinUrl":1e999}',
        b'{"id":1,"id":null,"code":1,"code":0,"message":"\\ud800","\\udfff":["\\udfff"]}',
        b'{"code":' + b"9" * 4000 + b',"message":"x"}',
        b'{"code":' + b"9" * 5000 + b',"message":"x"}',
        *(start * 900 + b"1" + end * 900 for start, end in ((b"[", b"]"), (b'{"data":', b"}"), (b'{"error":', b"}"))),
        *(start * 900 + b'"x"' + end * 900 for start, end in ((b'{"message":', b"}"), (b'{"errors":[', b"]}"))),
    ],
)
def test_no_body_raises(body: bytes) -> None:
    for status in (200, 400):
        answer = Response(status, {}, body)
        in_band_failure(answer, SENT)
        told = read_error_body(answer)
        assert told.message.isprintable()
        assert issubclass(error_class(answer, told), errors.ZoomError)
        assert not shows_meeting(answer, SENT)
