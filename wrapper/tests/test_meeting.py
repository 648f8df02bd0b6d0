"""The meeting that a call returns."""

import copy
import json
import pickle
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
import pytest
from icalendar import Calendar

from luminus_zoom import Access, Deviation, Meeting, RecordType
from luminus_zoom._response import Response, read
from wrapper.tests.calls import BODY, HOST_KEY, MEETING_ID, PASSWORD, SECRETS, URL_PASSWORD, assert_no_secret

START = datetime(2027, 1, 18, 10, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture
def meeting() -> Meeting:
    found = read(Response(201, {"content-type": "application/json"}, BODY))
    assert found is not None
    return found


def test_it_is_frozen(meeting: Meeting) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        meeting.name = "x"  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Access().public = 1  # type: ignore[misc]


def test_it_is_equal_by_value_and_hashable(meeting: Meeting) -> None:
    twin = attrs.evolve(meeting, raw={}, deviations=(Deviation("", "a", "b"),))
    assert twin == meeting
    assert {twin, meeting} == {meeting}
    assert attrs.evolve(meeting, name="x") != meeting


def test_its_repr_shows_what_is_set_and_no_secret(meeting: Meeting) -> None:
    assert repr(Meeting()) == "Meeting()"
    small = Meeting(id=UUID(MEETING_ID), name="x", password=PASSWORD, record_type=RecordType.CLOUD)
    assert (
        repr(small) == f"Meeting(id=UUID('{MEETING_ID}'), name='x', password='***', record_type=<RecordType.CLOUD: 1>)"
    )
    assert repr(attrs.evolve(small, deviations=(Deviation("", "a", "b"),))).endswith(", deviations=1)")
    assert_no_secret([repr(meeting), str(meeting), f"{meeting}"])
    assert "join_url='https://nus-sg.zoom.us/j/81234567890***'" in repr(meeting)


@pytest.mark.parametrize(
    ("join_url", "shown"),
    [
        ("https://nus-sg.zoom.us/j/81234567890", "https://nus-sg.zoom.us/j/81234567890"),
        ("https://nus-sg.zoom.us/j/8?pwd=x", "https://nus-sg.zoom.us/j/8***"),
        ("https://nus-sg.zoom.us/j/8Xpwd=x", "https://nus-sg.zoom.us/j/8Xpwd***"),
        ("?", "***"),
    ],
)
def test_the_join_url_is_shown_without_its_query(join_url: str, shown: str) -> None:
    assert Meeting(join_url=join_url).masked().join_url == shown


@pytest.mark.parametrize(
    ("password", "host_key", "name", "masked"),
    [
        ("012345", None, "key 012345!", "key ***!"),
        ("2345", "012345", "012345 2345", "*** ***"),
        ("a", "b", "a banana", "a banana"),
        ("abc", None, "abc", "abc"),
        ("abcd", None, "abcd", "***"),
        ("", "", "x", "x"),
        (None, None, "?pwd=x", "?pwd=***"),
    ],
)
def test_a_secret_is_masked_where_else_it_stands(
    password: str | None, host_key: str | None, name: str, masked: str
) -> None:
    twin = Meeting(password=password, host_key=host_key, name=name, raw={"a": 1}).masked()
    assert twin.name == masked
    assert twin.password == (None if password is None else "***")
    assert twin.host_key == (None if host_key is None else "***")
    assert twin.raw == {}


def test_it_becomes_a_dictionary_that_json_can_hold(meeting: Meeting) -> None:
    assert Meeting().to_dict() == {}
    plain = meeting.to_dict()
    assert plain["id"] == MEETING_ID
    assert plain["start"] == "2027-01-18T10:00:00+08:00"
    assert plain["duration"] == 90
    assert plain["record_type"] == 1
    assert (plain["password"], plain["host_key"]) == (PASSWORD, HOST_KEY)
    assert json.loads(json.dumps(plain)) == plain
    assert len(plain) == 33


def test_it_pickles_and_copies(meeting: Meeting) -> None:
    for twin in (pickle.loads(pickle.dumps(meeting)), copy.copy(meeting), copy.deepcopy(meeting)):  # noqa: S301
        assert twin == meeting
        assert twin.raw == meeting.raw
        assert twin.deviations == meeting.deviations


def test_a_deviation_is_readable() -> None:
    assert str(Deviation("/id", "string as uuid", "null")) == "/id: expected string as uuid, got null"
    assert str(Deviation("", "a meeting", "nothing")) == "the answer: expected a meeting, got nothing"


class TestCalendar:
    """A meeting as an iCalendar object."""

    def event(self, **fields: Any) -> Any:
        """The event that a calendar program would read."""
        text = Meeting(start=START, **fields).to_ics()
        assert text.startswith("BEGIN:VCALENDAR\r\n")
        calendar = Calendar.from_ical(text)
        assert (calendar["version"], calendar["prodid"]) == ("2.0", "-//luminus-zoom//EN")
        (event,) = calendar.events
        return event

    def test_a_whole_meeting(self, meeting: Meeting) -> None:
        event: Any = Calendar.from_ical(meeting.to_ics()).events[0]
        assert event["uid"] == f"{MEETING_ID}@luminus-zoom"
        assert event.start == START
        assert event.end == START + timedelta(minutes=90)
        assert event["dtstamp"].dt == datetime(2027, 1, 11, 1, 12, 44, tzinfo=UTC)
        assert event["summary"] == "CS1010 lecture 3"
        assert event["url"] == f"https://nus-sg.zoom.us/j/81234567890?pwd={URL_PASSWORD}"

    def test_times_are_in_utc(self) -> None:
        text = Meeting(start=START.astimezone(ZoneInfo("Asia/Singapore")), created=START).to_ics()
        assert "DTSTART:20270118T020000Z\r\n" in text
        assert "DTSTAMP:20270118T020000Z\r\n" in text
        assert "TZID" not in text

    def test_what_is_not_known_is_made_up_or_left_out(self) -> None:
        event = self.event()
        assert event["summary"] == "Zoom meeting"
        assert event["duration"].dt == timedelta()
        assert event["dtstamp"].dt == START
        assert "url" not in event
        assert self.event(topic="t")["summary"] == "t"
        assert self.event(end=START + timedelta(hours=1)).end == START + timedelta(hours=1)

    def test_one_meeting_has_one_uid(self) -> None:
        uids = [self.event(name=name)["uid"] for name in ("a", "a", "b")]
        assert uids[0] == uids[1] != uids[2]
        assert uids[0].endswith("@luminus-zoom")

    def test_without_a_start_there_is_none(self) -> None:
        with pytest.raises(ValueError, match="without a start"):
            Meeting().to_ics()

    def test_a_missing_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "icalendar", None)
        with pytest.raises(ImportError, match=r"to_ics needs icalendar: pip install 'luminus-zoom\[ics\]'"):
            Meeting(start=START).to_ics()


def test_the_secrets_of_these_tests_are_no_accident() -> None:
    """A secret that is a part of something harmless would make a search for it fail, or find nothing."""
    assert len({*SECRETS}) == 5
    assert not [secret for secret in SECRETS if secret in MEETING_ID or len(secret) < 6]
