"""The start of a meeting: which times are sent and as what, and which do not mean what they show."""

import copy
import pickle
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytz
from dateutil import tz
from hypothesis import given, settings
from hypothesis import strategies as st

from luminus_zoom import InvalidMeetingError
from wrapper.tests.preview import refused, sent

SINGAPORE = ZoneInfo("Asia/Singapore")
LONDON = ZoneInfo("Europe/London")
STEADY = settings(max_examples=150, derandomize=True, deadline=None)


class TestStart:
    """Which times are sent, and as what."""

    @pytest.mark.parametrize(
        ("start", "wire"),
        [
            (datetime(2027, 1, 18, 10, tzinfo=SINGAPORE), "2027-01-18T10:00:00+08:00"),
            (datetime(2027, 1, 18, 2, tzinfo=UTC), "2027-01-18T02:00:00+00:00"),
            (datetime(2027, 1, 18, 10, 0, 0, 500, tzinfo=UTC), "2027-01-18T10:00:00.000500+00:00"),
            (datetime(2027, 1, 18, 10, tzinfo=timezone(timedelta(hours=14))), "2027-01-18T10:00:00+14:00"),
            (datetime(2027, 1, 18, 10, tzinfo=timezone(timedelta(hours=-14))), "2027-01-18T10:00:00-14:00"),
            # .NET reads no offset beyond 14 hours, RFC 3339 none with seconds.
            (datetime(2027, 1, 18, 10, tzinfo=timezone(timedelta(hours=14, minutes=1))), "2027-01-17T19:59:00+00:00"),
            (datetime(2027, 1, 18, 10, tzinfo=timezone(timedelta(hours=-15))), "2027-01-19T01:00:00+00:00"),
            (datetime(2027, 1, 18, 10, tzinfo=timezone(timedelta(seconds=30))), "2027-01-18T09:59:30+00:00"),
            (datetime(1900, 1, 1, tzinfo=SINGAPORE), "1899-12-31T17:04:35+00:00"),
            (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00+00:00"),
            (datetime(9999, 12, 31, 23, 59, tzinfo=SINGAPORE), "9999-12-31T23:59:00+08:00"),
        ],
    )
    def test_instant(self, start: datetime, wire: str) -> None:
        assert sent(start=start)["startDate"] == wire
        assert datetime.fromisoformat(wire) == start

    @pytest.mark.parametrize(
        "start",
        [
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=15))),
            datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-15))),
        ],
    )
    def test_beyond_the_calendar(self, start: datetime) -> None:
        assert refused(start=start) == {"start": "is beyond the years 1 to 9999 in UTC"}

    @pytest.mark.parametrize("fold", [0, 1])
    def test_a_time_that_the_clock_skips(self, fold: int) -> None:
        start = datetime(2027, 3, 28, 1, 30, tzinfo=LONDON, fold=fold)
        message = "2027-03-28 01:30 does not exist in Europe/London: the clock skips it that day"
        assert refused(start=start) == {"start": message}

    def test_a_time_that_happens_twice(self) -> None:
        start = datetime(2027, 10, 31, 1, 30, tzinfo=LONDON)
        assert refused(start=start)["start"].startswith("2027-10-31 01:30 happens twice in Europe/London")
        assert sent(start=start.replace(fold=1))["startDate"] == "2027-10-31T01:30:00+00:00"
        assert sent(start=start.astimezone(UTC))["startDate"] == "2027-10-31T00:30:00+00:00"

    @pytest.mark.parametrize("hours", [0, 2])
    def test_a_time_next_to_a_clock_change(self, hours: int) -> None:
        for month, day in ((3, 28), (10, 31)):
            start = datetime(2027, month, day, hours, 30, tzinfo=LONDON)
            assert datetime.fromisoformat(sent(start=start)["startDate"]) == start

    def test_a_subclass_that_prints_itself(self) -> None:
        class Stamp(datetime):
            def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
                return "soon"

        assert sent(start=Stamp(2027, 1, 18, 10, tzinfo=SINGAPORE))["startDate"] == "2027-01-18T10:00:00+08:00"

    def test_a_time_zone_that_knows_nothing(self) -> None:
        problem = refused(start=datetime(2027, 1, 18, tzinfo=tzinfo()))["start"]  # type: ignore[abstract]
        assert problem == "cannot be read: NotImplementedError: a tzinfo subclass must implement utcoffset()"

    @STEADY
    @given(
        st.datetimes(
            min_value=datetime(1600, 1, 1),  # noqa: DTZ001, RUF100
            max_value=datetime(2200, 1, 1),  # noqa: DTZ001, RUF100
            timezones=st.sampled_from(sorted(zoneinfo.available_timezones())).map(ZoneInfo),
        )
    )
    def test_any_time_anywhere_is_the_same_instant_or_refused_for_its_clock(self, start: datetime) -> None:
        ambiguous = start.replace(fold=0).utcoffset() != start.replace(fold=1).utcoffset()
        try:
            wire = sent(start=start)["startDate"]
        except InvalidMeetingError:
            assert ambiguous
        else:
            assert datetime.fromisoformat(wire) == start.astimezone(UTC)
            assert not ambiguous or start.fold


PYTZ_SINGAPORE = pytz.timezone("Asia/Singapore")
PYTZ_LONDON = pytz.timezone("Europe/London")
JANUARY = datetime(2027, 1, 18, 10)  # noqa: DTZ001, RUF100
JULY_2040 = datetime(2040, 7, 2, 10)  # noqa: DTZ001, RUF100


class Zone(tzinfo):
    """A zone of somebody's own: an offset that depends on nothing, and nothing else."""

    def __init__(self, offset: timedelta | None) -> None:
        self.offset = offset

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        return self.offset

    def __repr__(self) -> str:
        return "secret"


class Drifting(Zone):
    """A zone like those of pytz, in other words: it changes to another zone on its way from UTC."""

    def fromutc(self, when: datetime) -> datetime:
        return when.replace(tzinfo=Zone(timedelta(hours=8))) + timedelta(hours=8)


class TestAnOffsetThatDoesNotHold:
    """Times that are another instant than they show."""

    @pytest.mark.parametrize(
        ("start", "told"),
        [
            (JANUARY.replace(tzinfo=PYTZ_SINGAPORE), ("+08:00 in Asia/Singapore", "says +06:55")),
            (datetime(2027, 1, 18, 10, tzinfo=PYTZ_LONDON), ("+00:00 in Europe/London", "says -00:01")),
            (datetime(2027, 1, 18, 2, tzinfo=UTC).replace(tzinfo=PYTZ_SINGAPORE), ("says +06:55",)),
            (PYTZ_LONDON.localize(JANUARY) + timedelta(weeks=11), ("+01:00 in Europe/London", "says +00:00")),
            (PYTZ_LONDON.localize(JANUARY) - timedelta(weeks=16), ("+01:00", "says +00:00")),
            (pickle.loads(pickle.dumps(JANUARY.replace(tzinfo=PYTZ_SINGAPORE))), ("says +06:55",)),  # noqa: S301
            (copy.deepcopy(JANUARY.replace(tzinfo=PYTZ_SINGAPORE)), ("says +06:55",)),
            (JANUARY.replace(tzinfo=Drifting(timedelta(hours=7))), ("+08:00 in Drifting", "says +07:00")),
        ],
    )
    def test_it_is_refused_with_the_offset_that_holds(self, start: datetime, told: tuple[str, ...]) -> None:
        problem = refused(start=start)["start"]
        assert problem.startswith(f"{start.replace(tzinfo=None).isoformat(' ', 'minutes')} has the offset ")
        assert "localize" in problem
        assert "ZoneInfo" in problem
        assert [text for text in told if text not in problem] == []
        assert "secret" not in problem

    @pytest.mark.parametrize(
        ("start", "wire"),
        [
            (PYTZ_SINGAPORE.localize(JANUARY), "2027-01-18T10:00:00+08:00"),
            (PYTZ_LONDON.normalize(PYTZ_LONDON.localize(JANUARY) + timedelta(weeks=11)), "2027-04-05T11:00:00+01:00"),
            (datetime(2027, 1, 18, 2, tzinfo=UTC).astimezone(PYTZ_SINGAPORE), "2027-01-18T10:00:00+08:00"),
            (pickle.loads(pickle.dumps(PYTZ_SINGAPORE.localize(JANUARY))), "2027-01-18T10:00:00+08:00"),  # noqa: S301
            (PYTZ_LONDON.localize(datetime(2027, 10, 31, 1, 30), is_dst=True), "2027-10-31T01:30:00+01:00"),
            (PYTZ_LONDON.localize(datetime(2027, 10, 31, 1, 30), is_dst=False), "2027-10-31T01:30:00+00:00"),
            (JANUARY.replace(tzinfo=pytz.utc), "2027-01-18T10:00:00+00:00"),
            (JANUARY.replace(tzinfo=pytz.FixedOffset(480)), "2027-01-18T10:00:00+08:00"),
            (JANUARY.replace(tzinfo=pytz.timezone("Etc/GMT-8")), "2027-01-18T10:00:00+08:00"),
            (JANUARY.replace(tzinfo=tz.gettz("Asia/Singapore")), "2027-01-18T10:00:00+08:00"),
            (JANUARY.replace(tzinfo=tz.gettz("Europe/Dublin")), "2027-01-18T10:00:00+00:00"),  # its DST is negative
            (JANUARY.replace(tzinfo=ZoneInfo("Europe/Dublin")), "2027-01-18T10:00:00+00:00"),
            (JANUARY.replace(tzinfo=tz.UTC), "2027-01-18T10:00:00+00:00"),
            (JANUARY.replace(tzinfo=tz.tzoffset("SGT", 28_800)), "2027-01-18T10:00:00+08:00"),
            (datetime(2027, 10, 31, 1, 30, tzinfo=tz.gettz("Europe/London"), fold=1), "2027-10-31T01:30:00+00:00"),
            (JANUARY.replace(tzinfo=Zone(timedelta(hours=8))), "2027-01-18T10:00:00+08:00"),
        ],
    )
    def test_one_that_holds_is_sent(self, start: datetime, wire: str) -> None:
        assert sent(start=start)["startDate"] == wire

    def test_this_machine_s_own_zone(self) -> None:
        start = JANUARY.replace(tzinfo=tz.tzlocal())
        assert datetime.fromisoformat(sent(start=start)["startDate"]) == JANUARY.astimezone()

    @pytest.mark.parametrize(
        "start",
        [
            PYTZ_LONDON.localize(datetime(2027, 3, 28, 1, 30), is_dst=False),
            PYTZ_LONDON.localize(datetime(2027, 3, 28, 1, 30), is_dst=True),
            datetime(2027, 3, 28, 1, 30, tzinfo=tz.gettz("Europe/London")),
            datetime(2011, 12, 30, 10, tzinfo=ZoneInfo("Pacific/Apia")),  # a whole day was skipped
        ],
    )
    def test_a_time_that_the_clock_skips_in_any_library(self, start: datetime) -> None:
        assert " does not exist in " in refused(start=start)["start"]

    def test_a_time_that_happens_twice_in_dateutil(self) -> None:
        problem = refused(start=datetime(2027, 10, 31, 1, 30, tzinfo=tz.gettz("Europe/London")))["start"]
        assert problem.startswith("2027-10-31 01:30 happens twice in ")

    def test_pytz_after_2037(self) -> None:
        told = (
            "2040-07-02 10:00 has the offset +01:00 in Europe/London, but this datetime says +00:00: "
            "use zoneinfo.ZoneInfo, as pytz knows no clock change after 2037"
        )
        assert refused(start=PYTZ_LONDON.localize(JULY_2040)) == {"start": told}
        assert sent(start=JULY_2040.replace(tzinfo=LONDON))["startDate"] == "2040-07-02T10:00:00+01:00"
        assert sent(start=PYTZ_SINGAPORE.localize(JULY_2040))["startDate"] == "2040-07-02T10:00:00+08:00"
        assert sent(start=JULY_2040.replace(tzinfo=pytz.FixedOffset(60)))["startDate"] == "2040-07-02T10:00:00+01:00"

    def test_a_zone_without_an_offset(self) -> None:
        problem = refused(start=JANUARY.replace(tzinfo=Zone(None)))["start"]
        assert problem.startswith("its time zone, Zone, has no offset: datetime(…, tzinfo=ZoneInfo(")

    def test_not_validated_means_as_it_is(self) -> None:
        body = sent(start=JANUARY.replace(tzinfo=PYTZ_SINGAPORE), validate=False)
        assert body["startDate"] == "2027-01-18T10:00:00+06:55"

    @STEADY
    @given(
        st.datetimes(datetime(1975, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001, RUF100
        st.sampled_from(pytz.common_timezones).map(pytz.timezone),
        st.timedeltas(timedelta(weeks=-60), timedelta(weeks=60)),
    )
    def test_any_pytz_zone_is_the_same_instant_or_refused(self, clock: datetime, zone: Any, later: timedelta) -> None:
        start = zone.localize(clock) + later
        holds = zone.normalize(start).utcoffset() == start.utcoffset()
        try:
            wire = sent(start=start)["startDate"]
        except InvalidMeetingError:
            assert not holds
        else:
            assert holds
            assert datetime.fromisoformat(wire) == start
