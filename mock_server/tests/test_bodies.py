"""What the service makes of bodies: well-formed, nasty, and at the edges of what can be held. Never a 500."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from luminus_zoom_mock.contract import load
from luminus_zoom_mock.service import EMPTY_BODY, NOT_JSON, TEXT_LIMIT

Post = Callable[..., Any]
MINIMAL = load().example()
TEXT = json.dumps(MINIMAL)


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def with_member(member: str) -> bytes:
    """The minimal request with one more member, given as JSON."""
    return f"{TEXT[:-1]}, {member}}}".encode()


ACCEPTED = {
    "white space": f" \t\r\n{TEXT}\n".encode(),
    "byte-order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "unknown members": with_member('"unknown": {"a": [null, 1.5e300, "x"]}, "": 0'),
    "unknown member in access": with_member('"access": {"unknown": 1}'),
    "duplicate members": f'{{"duration": 7, {TEXT[1:]}'.encode(),
    "paired surrogates": with_member('"channelName": "\\ud83d\\ude00 \\uD83D\\uDE00"'),
    "backslash before ud": with_member('"channelName": "\\\\ud800"'),
    "NUL in a string": with_member('"channelName": "\\u0000"'),
    "infinite unknown number": with_member('"unknown": 1e999'),
    "long unknown integer": with_member(f'"unknown": {"9" * 4000}'),
    "600 levels, unknown": with_member(f'"unknown": {nested(600)}'),
    "600 levels, unknown in access": with_member(f'"access": {{"unknown": {nested(600)}}}'),
    "5 MB, unknown": with_member(f'"unknown": "{"x" * 5_000_000}"'),
    "many users": with_member(
        '"access": {"userAccess": ['
        + ",".join(['{"userID": "a4c1d2e3-5b6f-4708-9182-a3b4c5d6e7f8", "accessRole": 5}'] * 2000)
        + "]}"
    ),
    "nulls in access": with_member('"access": {"publicAccess": null, "inheritedResourceID": null}'),
}

NO_JSON = {
    "cut off": TEXT[:-1].encode(),
    "trailing comma": TEXT.replace("}", ",}").encode(),
    "comment": f"/* */{TEXT}".encode(),
    "single quotes": TEXT.replace('"', "'").encode(),
    "two documents": f"{TEXT}{TEXT}".encode(),
    "only white space": b" \n",
    "only a byte-order mark": b"\xef\xbb\xbf",
    "two byte-order marks": b"\xef\xbb\xbf\xef\xbb\xbf" + TEXT.encode(),
    "NaN": with_member('"unknown": NaN'),
    "Infinity": with_member('"unknown": -Infinity'),
    "leading zero": with_member('"unknown": 015'),
    "raw control character": with_member('"unknown": "\n"'),
    "invalid escape": with_member('"unknown": "\\x"'),
    "invalid UTF-8": with_member('"unknown": "x"').replace(b"x", b"\xff"),
    "overlong UTF-8": with_member('"unknown": "x"').replace(b"x", b"\xc0\xaf"),
    "surrogate in UTF-8": with_member('"unknown": "x"').replace(b'"x"', b'"\xed\xa0\x80"'),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "lone surrogate": with_member('"name": "\\ud800"'),
    "lone upper-case surrogate": with_member('"name": "\\uDFFF"'),
    "lone surrogate, unknown": with_member('"unknown": ["\\udc00"]'),
    "lone surrogate as a name": with_member('"\\ud800": 1'),
    "integer beyond Python's limit": with_member(f'"unknown": {"9" * 5000}'),
    "100,000 levels": b"[" * 100_000,
    "form": b"duration=90&name=x",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_legal_body_is_accepted(post: Post, name: str) -> None:
    received = post(ACCEPTED[name])
    assert received.status == 201
    assert received.json["name"] == MINIMAL["name"]
    assert received.json["meetingDuration"] == MINIMAL["duration"]


@pytest.mark.parametrize("name", NO_JSON)
def test_body_that_is_no_json_is_refused(post: Post, name: str) -> None:
    received = post(NO_JSON[name])
    assert (received.status, received.body) == (400, NOT_JSON.encode())


def test_empty_body_is_refused(post: Post) -> None:
    received = post(b"")
    assert (received.status, received.body) == (400, EMPTY_BODY.encode())


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"x"', b"true", TEXT.join("[]").encode()])
def test_body_that_is_no_object_is_refused(post: Post, body: bytes) -> None:
    received = post(body)
    assert (received.status, received.body) == (400, b"The request body must be of type object")


VALID = [
    ("duration", 15.0),
    ("duration", 1485),
    ("duration", 1.5e2),
    ("name", ""),
    ("name", "x" * 200),
    ("name", "\U0001f600" * 200),
    ("name", "\u0000\u2028<b>"),
    ("moduleID", "0F8FAD5B-D9CB-469F-A165-70867728950E"),
    ("moduleID", "00000000-0000-0000-0000-000000000000"),
    ("recordType", 2.0),
    ("access", {}),
    (
        "access",
        {"groupAccess": [], "userAccess": [{"userID": "a4c1d2e3-5b6f-4708-9182-a3b4c5d6e7f8", "accessRole": 6}]},
    ),
    ("alternativeHosts", "x" * 100_000),
]

INVALID = [
    ("duration", 0),
    ("duration", 14),
    ("duration", 16),
    ("duration", 1500),
    ("duration", 15.5),
    ("duration", "15"),
    ("duration", True),
    ("duration", None),
    ("duration", ...),
    ("duration", 2**32 + 90),
    ("duration", 10**400),
    ("duration", float(10**300) * 10),
    ("name", "x" * 201),
    ("name", "\U0001f600" * 201),
    ("name", "x" * 5_000_000),
    ("name", None),
    ("name", ["x"]),
    ("moduleID", "0f8fad5bd9cb469fa16570867728950e"),
    ("moduleID", "{0f8fad5b-d9cb-469f-a165-70867728950e}"),
    ("moduleID", "0f8fad5b-d9cb-469f-a165-70867728950e "),
    ("moduleID", ""),
    ("startDate", "2027-01-18"),
    ("startDate", "2027-01-18T10:00:00"),
    ("startDate", "2027-02-30T10:00:00Z"),
    ("startDate", "2027-01-18T10:00:00+0800"),
    ("startDate", "2027-01-18T24:00:00Z"),
    ("startDate", "2027-01-18 10:00:00Z"),
    ("startDate", "0000-01-01T00:00:00Z"),
    ("startDate", "0001-01-01T00:00:00+08:01"),
    ("startDate", "2016-12-31T23:59:60Z"),
    ("startDate", "9999-12-31T16:00:00Z"),
    ("startDate", "9999-12-31T23:59:59+08:00"),
    ("startDate", 0),
    ("isSendEmail", "true"),
    ("isSendEmail", 1),
    ("recordType", 0),
    ("recordType", 3),
    ("authenticationOpt", 0),
    ("meetingType", 4),
    ("channelID", "x"),
    ("access", []),
    ("access", None),
]


@pytest.mark.parametrize(("name", "value"), VALID)
def test_value_within_the_contract_is_accepted(post: Post, name: str, value: Any) -> None:
    assert post(**{name: value}).status == 201


@pytest.mark.parametrize(("name", "value"), INVALID)
def test_value_outside_the_contract_is_refused_and_its_property_named(post: Post, name: str, value: Any) -> None:
    text = json.dumps({key: it for key, it in (MINIMAL | {name: value}).items() if it is not ...})
    received = post(text.replace("Infinity", "1e400").encode())
    assert received.status == 400
    assert received.header["content-type"] == "text/plain; charset=utf-8"
    assert received.body.startswith(f"{name}: ".encode())
    assert len(received.body) < 200


ACCESS_FAULTS = [
    ({"groupAccess": [{"accessRole": 3}]}, "access.groupAccess[0].groupID: is required"),
    ({"userAccess": [{"userID": "x", "accessRole": 7}]}, "access.userAccess[0].userID: must be a valid uuid"),
    (
        {"userAccess": [{"userID": "x", "accessRole": 7}]},
        "access.userAccess[0].accessRole: must be one of 1, 2, 3, 4, 5, 6",
    ),
    ({"publicAccess": 0}, "access.publicAccess: must match one of its alternatives"),
    ({"inheritedResourceID": "x"}, "access.inheritedResourceID: must match one of its alternatives"),
]


@pytest.mark.parametrize(("access", "text"), ACCESS_FAULTS)
def test_fault_in_the_access_rights_is_named_by_its_place(post: Post, access: dict[str, Any], text: str) -> None:
    received = post(access=access)
    assert received.status == 400
    assert text in received.body.decode().split("; ")


def test_refusal_names_all_properties_at_fault_and_stays_short(post: Post) -> None:
    access = {"userAccess": [{"userID": "x", "accessRole": 9}] * 500, "groupAccess": [{}], "publicAccess": 9}
    received = post(**{name: {} for name in load().request} | {"access": access})
    text = received.body.decode()
    assert received.status == 400
    assert len(text) < 500 > TEXT_LIMIT
    for name in load().request:
        assert name in text
    assert "access.userAccess[].userID" in text


def test_fields_are_at_most_two_hundred(post: Post) -> None:
    access = {"userAccess": [{"userID": "x", "accessRole": 1}] * 500}
    assert len(post(settings={"error_shape": "fields"}, access=access).json) == 200


@pytest.mark.parametrize("shape", ["text", "fields", "problem"])
def test_refusal_reflects_no_value(post: Post, shape: str) -> None:
    marker = "reflected-7f3a"
    changes = {
        name: f"<{marker}>" for name in load().request if name not in ("name", "alternativeHosts", "channelName")
    }
    access = {"userAccess": [{"userID": marker, "accessRole": marker, marker: 1}], marker: marker}
    received = post(settings={"error_shape": shape}, **changes | {"access": access, marker: marker})
    assert received.status == 400
    assert marker not in received.body.decode()


@pytest.mark.parametrize("place", ["name", "access", "duration", "groupAccess"])
def test_deep_nesting_in_a_known_property_is_refused_by_its_name(post: Post, place: str) -> None:
    deep: Any = []
    for _ in range(600):
        deep = {"x": deep} if place == "duration" else [deep]
    received = post(**({"access": {place: deep}} if place == "groupAccess" else {place: deep}))
    assert received.status == 400
    assert place in received.body.decode()


def test_nasty_bodies_over_a_socket(everywhere: Callable[..., Any]) -> None:
    call = everywhere()
    assert [call(body=ACCEPTED[name]).status for name in ("5 MB, unknown", "600 levels, unknown")] == [201, 201]
    assert [call(body=NO_JSON[name]).status for name in ("100,000 levels", "invalid UTF-8")] == [400, 400]
