"""The catalogue of defects: each can be switched on, does what it says, and leaves every other mock as it was."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
import yaml

from contract_tests.defects import CATALOGUE, MODULES, app_with
from contract_tests.defects.catalogue import each, of_kind
from contract_tests.defects.verbs import Change, changes, having, reads, refuses
from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY, MockServer, Settings
from luminus_zoom_mock.contract import IN_CHECKOUT
from mock_server.tests.conftest import Received, Request, in_process, over_socket

EXAMPLES = yaml.safe_load(IN_CHECKOUT.read_text("utf-8"))["components"]["examples"]
MINIMAL: dict[str, Any] = EXAMPLES["MinimalRequest"]["value"]
FULL: dict[str, Any] = EXAMPLES["FullRequest"]["value"]
JSON = ("Content-Type", "application/json")

Call: TypeAlias = Callable[..., Received]


def calling(*defects: str | Change, **settings: Any) -> Call:
    """A function that posts the smallest request, changed as told, or other bytes, to a mock with these defects."""
    app = app_with(*defects, **settings)

    def call(
        body: bytes | None = None, *, key: str = SUBSCRIPTION_KEY, method: str = "POST", **changes: Any
    ) -> Received:
        document = json.dumps(MINIMAL | changes).encode() if body is None else body
        headers = [("Ocp-Apim-Subscription-Key", key), JSON]
        return in_process(app, Request(method, headers=headers, body=document))

    return call


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_defect_still_answers_ordinary_requests(name: str) -> None:
    call = calling(name, **CATALOGUE[name].needs)
    for received in (call(), call(json.dumps(FULL).encode()), call(b"{"), call(duration=7), call(method="GET"), call()):
        assert 100 <= received.status < 600


def test_the_catalogue_is_broad_and_tells_its_entries_apart() -> None:
    listed = [defect for module in MODULES for defect in module.DEFECTS]
    assert len(listed) == len(CATALOGUE) > 220
    assert len({defect.says for defect in listed}) == len(listed)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-zA-Z0-9]+)*", defect.name) for defect in listed)
    assert all(defect.says and not defect.says.endswith(".") for defect in listed)
    kinds = Counter(defect.kind for defect in listed)
    assert len(kinds) >= 15
    assert min(kinds.values()) >= 8


ECHOED: dict[str, tuple[dict[str, Any], str, Any]] = {
    "name-trimmed": ({"name": " x "}, "name", "x"),
    "name-200-bytes": ({"name": "é" * 150}, "name", "é" * 100),
    "name-nfc": ({"name": "e\u0301"}, "topic", "é"),
    "ignored-isWaitingRoom": ({"isWaitingRoom": True}, "isWaitingRoom", False),
    "export-publish-swapped": ({"exportMultimediaWeb": True}, "publishMutimediaChannel", True),
    "record-type-swapped": ({"recordType": 1}, "recordType", 2),
    "record-type-3": ({"recordType": 2}, "recordType", 3),
    "hosts-semicolons": ({"alternativeHosts": "a,b"}, "alternativeHosts", "a;b"),
    "channel-name-is-name": ({"channelName": "c", "name": "n"}, "channelName", "n"),
    "offset-dropped": ({"startDate": "2035-01-18T10:00:00+09:00"}, "startDate", "2035-01-18T18:00:00+08:00"),
    "offset-small-z": ({"startDate": "2035-01-18T10:00:00z"}, "startDate", "2035-01-18T10:00:00+08:00"),
    "summer-london": ({"startDate": "2035-07-18T10:00:00+08:00"}, "startDate", "2035-07-18T11:00:00+08:00"),
    "leap-day-lost": ({"startDate": "2036-02-29T10:00:00+08:00"}, "startDate", "2036-02-28T10:00:00+08:00"),
    "month-day-swapped": ({"startDate": "2035-01-09T10:00:00+08:00"}, "startDate", "2035-09-01T10:00:00+08:00"),
    "week-year": ({"startDate": "2035-12-31T10:00:00+08:00"}, "startDate", "2036-12-31T10:00:00+08:00"),
    "fraction-zeros-lost": ({"startDate": "2035-01-18T10:00:00.05Z"}, "startDate", "2035-01-18T18:00:00.5+08:00"),
    "seconds-lost": ({"startDate": "2035-01-18T10:00:59Z"}, "endDate", "2035-01-18T19:30:00+08:00"),
    "start-date-alone": ({"startDate": "2035-01-18"}, "startDate", "2035-01-18T00:00:00+08:00"),
    "start-rolled-over": ({"startDate": "2035-02-30T10:00:00+08:00"}, "startDate", "2035-03-02T10:00:00+08:00"),
    "duration-as-text": ({"duration": "90"}, "meetingDuration", 90),
    "duration-as-fraction": ({"duration": 15.9}, "meetingDuration", 15),
    "duration-wrapped": ({"duration": 2**32 + 15}, "meetingDuration", 15),
    "duration-clamped": ({"duration": 9999}, "meetingDuration", 1485),
    "duration-unbounded": ({"duration": 3000}, "meetingDuration", 3000),
    "module-braced": ({"moduleID": "{0f8fad5b-d9cb-469f-a165-70867728950e}"}, "moduleID", MINIMAL["moduleID"]),
    "name-201": ({"name": "x" * 201}, "name", "x" * 201),
    "waiting-room-and-mute": ({"isWaitingRoom": True, "muteUponEntry": True}, "muteUponEntry", False),
    "password-fixed": ({}, "meetingPassword", "x7Kp2q"),
    "created-year-1": ({}, "createdDate", "0001-01-01T00:00:00+08:00"),
    "without-id": ({}, "id", None),
}  # fmt: skip


@pytest.mark.parametrize("name", ECHOED)
def test_a_defect_shows_in_the_meeting(name: str) -> None:
    changes, field, answered = ECHOED[name]
    received = calling(name)(**changes)
    assert received.status == 201
    assert received.json.get(field) == answered
    honest = calling()(**changes)
    assert honest.status == 400 or honest.json.get(field) != answered


GROUP = {"groupID": "3d6f4c1e-98b1-4a53-9a0d-1f1f2f0c6b11", "accessRole": 3}
STATUSES: dict[str, tuple[dict[str, Any], int]] = {
    "status-200": ({}, 200),
    "refusal-422": ({"duration": 7}, 422),
    "name-200-refused": ({"name": "x" * 200}, 400),
    "start-leap-day": ({"startDate": "2036-02-29T10:00:00Z"}, 400),
    "groups-two-refused": ({"access": {"groupAccess": [GROUP, GROUP]}}, 400),
    "role-7-groups": ({"access": {"groupAccess": [GROUP | {"accessRole": 7}]}}, 201),
    "groups-last-unchecked": ({"access": {"groupAccess": [GROUP, GROUP | {"accessRole": 9}]}}, 201),
    "role-null": ({"access": {"userAccess": [{"userID": GROUP["groupID"], "accessRole": None}]}}, 201),
    "access-unchecked": ({"access": {"groupAccess": 7}}, 201),
    "member-refused": ({"unknown": 1}, 400),
    "fails-name-number": ({"name": 7}, 500),
    "json-trailing-comma-lists": ({"body": b'{"access":{"groupAccess":[1,]}}'}, 400),
    "json-nan": ({"body": json.dumps(MINIMAL)[:-1].encode() + b',"x":NaN}'}, 201),
    "json-mark-fails": ({"body": b"\xef\xbb\xbf{}"}, 500),
    "body-64-kilobytes": ({"body": b" " * 70_000}, 413),
    "get-creates": ({"method": "GET"}, 201),
    "key-prefix": ({"key": SUBSCRIPTION_KEY[:8]}, 201),
    "key-not-checked": ({"key": "any"}, 201),
    "role-not-checked": ({"key": FORBIDDEN_KEY}, 201),
    "role-not-checked-with-access": ({"key": FORBIDDEN_KEY, "access": {}}, 201),
    "key-missing-403": ({"key": "any"}, 401),
    "all-true-fails": ({name: True for name, value in FULL.items() if isinstance(value, bool)}, 500),
}  # fmt: skip


@pytest.mark.parametrize("name", STATUSES)
def test_a_defect_shows_in_the_status(name: str) -> None:
    changes, status = STATUSES[name]
    assert calling(name)(**changes).status == status


def test_a_row_breaks_the_clause_above_it_or_its_own_and_shares_what_each_says() -> None:
    rows = of_kind(
        "kind",
        ("own", "says", refuses("name", "x"), "own.clause"),
        "first.clause",
        ("one", "one is wrong", refuses("name", "y")),
        each(refuses, "duration", says="{} minutes are refused"),
        ("two", "15", 15),
        "second.clause",
        ("three", "three is wrong", refuses("duration", 30)),
    )
    assert [(it.name, it.clause, it.says) for it in rows] == [
        ("own", "own.clause", "says"),
        ("one", "first.clause", "one is wrong"),
        ("two", "first.clause", "15 minutes are refused"),
        ("three", "second.clause", "three is wrong"),
    ]
    assert calling(rows[2].change)(duration=15).status == 400
    assert calling(rows[2].change)(duration=30).status == 201


def test_a_pattern_edits_texts_and_tests_whole_ones() -> None:
    call = calling(reads("name", "^a", "b"), refuses("name", "c"))
    assert call(name="aa").json["name"] == "ba"
    assert call(name=1).status == 400
    assert [call(name="c").status, call(name="cc").status] == [400, 201]


def test_an_edit_may_be_for_one_type_only() -> None:
    call = calling(reads("duration", lambda _: 30, only=(str, bool)))
    assert [call(duration=it).json["meetingDuration"] for it in ("x", True, 45)] == [30, 30, 45]


def test_a_change_of_answers_keeps_what_it_does_not_name() -> None:
    change = changes(201, having(duration=30), label="text/plain", x_more=lambda call, _: call.key.encode())
    changed, kept = calling(change)(duration=30), calling(change)(duration=45)
    assert changed.header["content-type"] == "text/plain"
    assert changed.header["x-more"] == SUBSCRIPTION_KEY
    assert changed.json["meetingDuration"] == 30
    assert kept.header["content-type"].startswith("application/json")
    assert "x-more" not in kept.header


def test_a_lenient_reader_changes_what_is_no_json_alone() -> None:
    text = "a, ]b // c #d 'e'"
    for name in ("json-trailing-comma-lists", "json-comment-line", "json-single-quotes", "json-python-words"):
        assert calling(name)(name=text).json["name"] == text


def test_every_so_manieth_answer_is_wrong() -> None:
    call = calling("seventh-fails")
    assert [call().status for _ in range(14)] == [201] * 6 + [500] + [201] * 6 + [500]


def test_a_memory_begins_empty_in_each_app() -> None:
    first, second = calling("sticky-channel-name"), calling("sticky-channel-name")
    assert first(channelName="mine").json["channelName"] == "mine"
    assert first().json["channelName"] == "mine"
    assert "channelName" not in second().json


def test_a_changed_schema_changes_no_other_mock() -> None:
    assert calling("duration-0")(duration=0).status == 201
    assert calling()(duration=0).status == 400


def test_several_defects_at_once() -> None:
    call = calling("name-trimmed", "status-200", "duration-0", "name-201", "meeting-type-0")
    received = call(name=f" {'x' * 199} ", duration=0, meetingType=0)
    assert received.status == 200
    assert received.json["name"] == "x" * 199


def test_a_token_that_a_defect_needs_is_among_its_settings() -> None:
    needing = {name: dict(defect.needs) for name, defect in CATALOGUE.items() if defect.needs}
    assert needing
    for settings in needing.values():
        assert Settings(**settings).token is not None


def test_defects_over_a_socket() -> None:
    with MockServer(app_with("status-200", "name-200-units")) as server:
        body = json.dumps(MINIMAL | {"name": "🎉" * 150}).encode()
        received = over_socket(server, Request(body=body))
    assert received.status == 200
    assert received.json["name"] == "🎉" * 100


def test_an_unknown_defect_is_refused() -> None:
    with pytest.raises(LookupError, match="no-such, nor-this"):
        app_with("no-such", "status-200", "nor-this")
