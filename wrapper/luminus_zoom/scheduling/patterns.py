"""Weekly series with holes: ``weeks: 1-6,8-13``, ``days: Mon,Thu``, ``except: 2027-02-06``."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from luminus_zoom._schema import shown

from .cells import CellError, read_date, text_of

MOST_WEEKS = 60
"""The last number that a week can have: a series is for a term, not for ever."""
_RANGE = re.compile(r"(\d{1,3})(?:\s*[-\u2013]\s*(\d{1,3}))?")
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_weeks(value: object) -> list[int]:
    """Numbers of weeks, ascending: 1-6,8-13."""
    if isinstance(value, date):
        raise CellError("is a date, which the spreadsheet has made of what was typed: format the column as text")
    weeks: set[int] = set()
    for item in re.split(r"[,;]", text_of(value)):
        match = _RANGE.fullmatch(item.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not 1 <= first <= last <= MOST_WEEKS:
            raise CellError(f"{shown(item.strip())} is no range of weeks from 1 to {MOST_WEEKS}: write 1-6,8-13")
        weeks.update(range(first, last + 1))
    return sorted(weeks)


def read_days(value: object) -> list[int]:
    """Days of the week, 0 for Monday: Mon,Thu."""
    days: set[int] = set()
    for item in re.split(r"[,;/\s]+", text_of(value)):
        name = item.lower().rstrip(".")
        if len(name) < 2 or not (found := [i for i, day in enumerate(_DAY_NAMES) if day.startswith(name)]):
            raise CellError(f"{shown(item)} is no day of the week: write Mon,Thu")
        days.update(found)
    return sorted(days)


def read_exceptions(value: object, *, day_first: bool = False) -> list[tuple[date, date]]:
    """Days without a meeting, and ranges of them, as pairs of first and last: 2027-02-06, 2027-02-20..2027-02-28."""
    if isinstance(value, date):
        day = read_date(value)
        return [(day, day)]
    pairs = []
    for item in re.split(r"[,;]", text_of(value)):
        first, _, last = re.sub(r"\s+to\s+", "..", item.strip()).partition("..")
        pair = read_date(first, day_first=day_first), read_date(last or first, day_first=day_first)
        if pair[0] > pair[1]:
            raise CellError(f"{shown(item.strip())} ends before it begins")
        pairs.append(pair)
    return pairs


def dates_of(start: datetime, weeks: Sequence[int], days: Sequence[int]) -> list[datetime]:
    """The starts of a series at the same time of day. The first is `start`, in the first of the weeks."""
    days = days or [start.weekday()]
    if start.weekday() not in days:
        names = ", ".join(_DAY_NAMES[day][:3].title() for day in days)
        raise CellError(
            f"{start:%Y-%m-%d} is a {_DAY_NAMES[start.weekday()].title()}, but the days are {names}: "
            "the start is the first date of the series"
        )
    monday = start - timedelta(days=start.weekday())
    all_days = (monday + timedelta(days=7 * (week - weeks[0]) + day) for week in weeks for day in days)
    return [day for day in all_days if day.date() >= start.date()]
