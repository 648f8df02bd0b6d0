"""What an answer that is no meeting says, in each of its shapes."""

import json
from typing import Any

import pytest

from luminus_zoom._error_body import ErrorBody, in_band_failure, printable, read_error_body
from luminus_zoom._response import Response
from wrapper.tests.answers import DAILY, HTML
from wrapper.tests.calls import BODY, HOST_KEY, MEETING, PASSWORD, URL_PASSWORD


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
        (HTML, "a web page titled Sign in here"),
        (b"<TITLE lang=en>x</Title>", "a web page titled x"),
        (b"<p>no title</p>", "<p>no title</p>"),
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
        ({"error": {"message": "deep"}}, "", {}, None),
        ({"statusCode": 7, "code": 8, "status": 9, "message": "m"}, "m", {}, 7),
        ({"code": 8, "status": 9}, "", {}, 8),
        ({"status": 9}, "", {}, 9),
        ({"code": "8", "status": True}, "", {}, None),
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
        ({"errors": {"a": "x"}}, "", {}, None),
    ],
)
def test_object(value: Any, message: str, fields: dict[str, tuple[str, ...]], code: int | None) -> None:
    assert refusal(value) == ErrorBody(message, fields, code)


def test_the_gateway_is_known_by_its_form() -> None:
    form = {"statusCode": 429, "message": "m"}
    assert refusal(form, 429).gateway
    assert not refusal(form, 400).gateway
    assert not refusal({"code": 429, "message": "m"}, 429).gateway
    assert not refusal(form, 429, **{"x-powered-by": "ASP.NET"}).gateway
    assert not refusal(b"text", 429).gateway


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


@pytest.mark.parametrize(
    ("message", "daily", "many"),
    [
        (DAILY, True, False),
        ("Daily meeting limit reached", True, False),
        ("the daily limit", True, False),
        ("limit of the day", False, False),
        ("TooManyRequests", False, True),
        ("too many requests", False, True),
        ("too many", False, False),
        ("Rate limit is exceeded.", False, False),
    ],
)
def test_limits(message: str, daily: bool, many: bool) -> None:
    assert ErrorBody(message).daily_limit is daily
    assert ErrorBody(message).too_many is many


IN_BAND: list[tuple[Any, bool]] = [
    ({"status": "fail"}, True),
    ({"status": "Failed", "message": "x"}, True),
    ({"status": "error"}, True),
    ({"status": "success"}, False),
    ({"status": None}, False),
    ({"code": 400}, True),
    ({"code": 399}, False),
    ({"status": 500}, True),
    ({"statusCode": 404}, True),
    ({"error": "x"}, True),
    ({"error": "invalid_grant", "error_description": "MSIS9612"}, True),
    ({"error": None}, False),
    ({"error": {"code": 5}}, False),
    ({"name": "error"}, False),
    ({}, False),
    ({"status": "fail", "id": "x"}, False),
    ({"status": "fail", "joinUrl": "x"}, False),
    ({"status": "fail", "id": ""}, True),
    ({"status": "fail", "data": {"id": "x"}}, False),
    ({"status": "fail", "data": {"joinUrl": "x"}}, False),
    ({"status": "fail", "data": {"name": "x"}}, True),
    ({"status": "fail", "data": ["id"]}, True),
    ("TooManyRequests", True),
    (DAILY, True),
    ("Created", False),
    (b"You have exceeded the daily rate limit", True),
    (b'{"name":"too many requests', False),
    (b"", False),
    ([DAILY], False),
]


@pytest.mark.parametrize(("value", "failed"), IN_BAND)
def test_a_failure_in_band(value: Any, failed: bool) -> None:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    found = in_band_failure(Response(200, {}, body))
    assert (found is not None) is failed
    if failed:
        assert found == read_error_body(Response(200, {}, body))
