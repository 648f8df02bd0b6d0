"""Times that are read or written wrongly: offsets, daylight saving, calendars, clocks, fractions of a second."""

from __future__ import annotations

import calendar
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contract_tests.defects.catalogue import Defect, each, of_kind
from contract_tests.defects.verbs import *
from luminus_zoom_mock.meeting import Draft, Instant

_SUMMER = range(4, 10)
"""Months in which most of Europe's and America's clocks are an hour ahead."""


def _kept(edit: Callable[[datetime], datetime]) -> Change:
    """The instant in Singapore is kept changed, for the start and the end alike."""

    def shifted(draft: Draft, minutes: int) -> str | None:
        start = draft.instants.get("startDate")
        if start is None:
            return None
        with suppress(OverflowError, ValueError):  # at the ends of time there is nothing to move to
            start = Instant(edit(start.moment), start.fraction)
        return start.plus(minutes).text(draft.digits)

    return both(
        makes("startDate", lambda draft: shifted(draft, 0)),
        makes("endDate", lambda draft: shifted(draft, draft.request.get("duration", 0))),
    )


def _offset(edit: Callable[[str], str]) -> Change:
    """The sent offset, as `+08:00` or `Z`, is read as another."""
    return reads("startDate", r"(.*T.*)(Z|[+-]\d\d:\d\d)", lambda match: f"{match[1]}{edit(match[2])}")


def _minutes_added(it: str) -> str:
    hours, minutes = it[1:3], it[4:]
    return f"-{int(hours) - 1:02}:{60 - int(minutes):02}" if it[0] == "-" and "00" not in (hours, minutes) else it


def _day(it: datetime, **changes: int) -> datetime:
    """Set parts of a date; a day that the month lacks becomes the month's last."""
    year, month = changes.get("year", it.year), changes.get("month", it.month)
    day = min(changes.get("day", it.day), calendar.monthrange(year, month)[1])
    return it.replace(year=year, month=month, day=day)


def _as_local(it: datetime, zone: str) -> datetime:
    """Keep Singapore's wall clock after a way through another zone, where the hour that is skipped does not exist."""
    there = it.replace(tzinfo=None).replace(tzinfo=ZoneInfo(zone))
    back = datetime.fromtimestamp(there.timestamp(), ZoneInfo(zone))
    return back.replace(tzinfo=it.tzinfo)


def _winter_offset(it: datetime, zone: str) -> datetime:
    """Move what lies in a zone's summer time by its hour."""
    return it + (it.astimezone(ZoneInfo(zone)).dst() or timedelta())


def _fraction(edit: Callable[[str], str]) -> Change:
    """A fraction's digits are read as others."""
    return reads("startDate", r"(.*T.*\.)(\d+)(.*)", lambda match: f"{match[1]}{edit(match[2])}{match[3]}")


DEFECTS: list[Defect] = of_kind(
    "time",
    "echo.startDate",
    ("offset-dropped", "an offset is dropped without conversion", _offset(lambda _: "Z")),
    ("offset-is-singapore", "every time is taken for Singapore's, whatever its offset", _offset(lambda _: "+08:00")),
    ("offset-utc-is-singapore", "a time in UTC is taken for Singapore's", reads("startDate", r"Z$", "+08:00")),
    ("offset-added-twice", "an offset is taken into account twice",
        _offset(lambda it: f"{it[0]}{min(2 * int(it[1:3]), 23):02}:{it[4:]}" if it != "Z" else it)),
    ("offset-sign-lost", "a negative offset is taken for a positive one", reads("startDate", r"-(\d\d:\d\d)$", r"+\1")),
    ("offset-minutes-lost", "an offset's minutes are lost", reads("startDate", r"([+-]\d\d:)\d\d$", r"\g<1>00")),
    ("offset-minutes-negative", "the minutes of a negative offset are added", _offset(_minutes_added)),
    ("offset-at-most-12", "offsets beyond twelve hours are taken for twelve",
        reads("startDate", r"([+-])(1[2-9]|2.):\d\d$", r"\g<1>12:00")),
    ("offset-minus-zero", "an offset of -00:00 is taken for Singapore's", reads("startDate", "-00:00$", "+08:00")),
    ("offset-small-z", "a time with a small z is taken for Singapore's", reads("startDate", "z$", "+08:00")),
    ("start-8-hours-late", "every start is eight hours late", _kept(lambda it: it + timedelta(hours=8))),
    ("start-relabelled-utc", "startDate is written as Singapore's time with UTC's mark",
        shows("startDate", ".{6}$", "Z")),
    ("leap-day-lost", "29 February becomes 28 February",
        _kept(lambda it: it.replace(day=28) if (it.month, it.day) == (2, 29) else it)),
    ("after-leap-day", "the days after 29 February are counted as in a common year",
        _kept(lambda it: it - timedelta(days=1) if calendar.isleap(it.year) and it.month > 2 else it)),
    ("week-year", "the days of the year's first and last week get the week's year",
        _kept(lambda it: _day(it, year=it.isocalendar().year))),
    ("last-day-of-year", "31 December becomes 1 January of the same year",
        _kept(lambda it: it.replace(month=1, day=1) if (it.month, it.day) == (12, 31) else it)),
    ("month-day-swapped", "day and month are swapped where both are at most 12",
        _kept(lambda it: it.replace(month=it.day, day=it.month) if it.day <= 12 else it)),
    ("february-30-days", "the last days of January become the first of February",
        _kept(lambda it: it + timedelta(days=1) if (it.month, it.day) == (1, 31) else it)),
    ("sunday-monday", "a meeting on a Sunday is moved to Monday",
        _kept(lambda it: it + timedelta(days=int(it.weekday() == 6)))),
    ("year-of-server", "every start is in this year", _kept(lambda it: _day(it, year=datetime.now(it.tzinfo).year))),
    ("year-two-digits", "a year from 2050 is taken for the century before",
        _kept(lambda it: _day(it, year=it.year - 100) if 2050 <= it.year <= 2099 else it)),
    ("year-2038", "a start after January 2038 wraps to 1901",
        _kept(lambda it: it - timedelta(seconds=2**32) if it.timestamp() >= 2**31 else it)),
    ("midnight-noon", "the hour after midnight becomes the hour after noon",
        _kept(lambda it: it.replace(hour=12) if it.hour == 0 else it)),
    ("afternoon-lost", "hours are written in the 12-hour clock without its half",
        _kept(lambda it: it.replace(hour=it.hour % 12))),
    ("hour-23", "the last hour of a day becomes its first", _kept(lambda it: it.replace(hour=it.hour % 23))),
    ("date-of-utc", "the day is UTC's and the time Singapore's",
        _kept(lambda it: it - timedelta(days=int(it.hour < 8)))),
    ("seconds-lost", "a start's seconds are lost", _kept(lambda it: it.replace(second=0))),
    ("minutes-rounded-5", "a start is rounded down to five minutes",
        _kept(lambda it: it.replace(minute=it.minute // 5 * 5, second=0))),
    ("minute-59", "a minute of 59 becomes the next hour",
        _kept(lambda it: it + timedelta(minutes=int(it.minute == 59)))),
    ("fraction-zeros-lost", "a fraction loses its first zeros", _fraction(lambda it: it.lstrip("0") or "0")),
    ("fraction-three-digits", "a fraction is taken for a number of milliseconds",
        _fraction(lambda it: f"{int(it) % 1000:03}")),
    ("start-is-now", "every start is the present", _kept(lambda it: datetime.now(it.tzinfo).replace(microsecond=0))),
    each(_kept, says="{} an hour late"),
    ("summer-london", "starts in London's summer time are", lambda it: _winter_offset(it, "Europe/London")),
    ("summer-sydney", "starts in Sydney's summer time are", lambda it: _winter_offset(it, "Australia/Sydney")),
    ("summer-months", "starts from April to September are", lambda it: it + timedelta(hours=int(it.month in _SUMMER))),
    ("skipped-hour-london", "a wall clock that London skips in March is", lambda it: _as_local(it, "Europe/London")),
)  # fmt: skip
