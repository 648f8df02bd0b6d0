"""What people write in a cell, or after an option of the command, as an argument of `create_meeting`.

Only what is written is read here. Whether the service would take it is for the checks that every call passes.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from enum import IntEnum
from functools import partial
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID
from zoneinfo import ZoneInfo

from luminus_zoom._arguments import MeetingArguments
from luminus_zoom._schema import shown
from luminus_zoom.access import Access

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORDS = {"yes": True, "y": True, "true": True, "1": True, "x": True, "on": True}
_WORDS |= {"no": False, "n": False, "false": False, "0": False, "off": False}
_DURATION = re.compile(
    r"(?=.)(?:(?P<hours>\d{1,3})\s*h(?:(?:ou)?rs?)?)?\s*(?:(?P<minutes>\d{1,4})\s*(?:m(?:in(?:ute)?s?)?)?)?"
    r"|(?P<clock_hours>\d{1,2}):(?P<clock_minutes>[0-5]\d)(?::00)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d\d)(?::(\d\d)(?:\.0+)?)?)?\s*(?:([ap])\.?m\.?)?|(\d\d)(\d\d)", re.IGNORECASE)
_OFFSET = re.compile(r"(?<=[\d ])(?:(Z)|([+-])(\d\d):?(\d\d))$", re.IGNORECASE)
_ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_SLASHED_DATE = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_NAMED_DATE = re.compile(r"(?:(?:[a-z]{3,9}),?\s+)?(\d{1,2})[-\s]([a-z]{3})[a-z]*[-\s](\d{4})", re.IGNORECASE)
_DATE_AND_TIME = re.compile(r"(.*?\d{4}(?:[-/.]\d{1,2}[-/.]\d{1,2})?)(?:\s*T\s*|\s*,\s*|\s+)(\d.*)", re.IGNORECASE)


class CellError(ValueError):
    """A text that cannot be read: the reason, with what to write."""


def text_of(value: object) -> str:
    """A cell as text. Spreadsheets keep whole numbers as floats, and texts are often padded."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def read_zone(value: object) -> tzinfo:
    """A time zone by its name in the IANA database."""
    name = text_of(value)
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError):  # No such name, none that can be one, or one of a folder.
        raise CellError(f"{shown(name)} is no time zone: write its IANA name, as Asia/Singapore") from None


def read_date(value: object, *, day_first: bool = False) -> date:
    """A day: 2027-01-18, 18 Jan 2027, or 18/1/2027 where the order is certain or `day_first` says it."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = text_of(value)
    try:
        if match := _ISO_DATE.fullmatch(text):
            return date(*map(int, match.groups()))
        if (match := _NAMED_DATE.fullmatch(text)) and match[2].lower() in MONTHS:
            return date(int(match[3]), MONTHS.index(match[2].lower()) + 1, int(match[1]))
        if match := _SLASHED_DATE.fullmatch(text):
            return _slashed_date(text, int(match[1]), int(match[3]), int(match[4]), day_first=day_first)
    except CellError:
        raise
    except ValueError:
        raise CellError(f"{shown(text)} is no day of the calendar") from None
    raise CellError(f"{shown(text)} is no date: write 2027-01-18")


def _slashed_date(text: str, first: int, second: int, year: int, *, day_first: bool) -> date:
    """A date whose day may come first or second. A wrong guess would invite people on another day."""
    if day_first or first > 12 or first == second:
        return date(year, second, first)
    if second > 12:
        return date(year, first, second)
    day, other = date(year, second, first), date(year, first, second)
    raise CellError(
        f"{shown(text)} can be {day.day} {day:%B} or {other.day} {other:%B}: write {day} or {other}, "
        "or say that all dates have the day first (--day-first)"
    )


def read_clock(value: object) -> time:
    """A time of day: 10:00, 1000, 10am or 2:30 pm."""
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    match = _CLOCK.fullmatch(text_of(value))
    if match:
        hour, minute, second, half, military_hour, military_minute = match.groups()
        if half or minute or military_hour:
            hours = int(hour or military_hour)
            if half and 1 <= hours <= 12:
                hours = hours % 12 + (12 if half.lower() == "p" else 0)
            elif half:
                hours = 24
            try:
                return time(hours, int(minute or military_minute or 0), int(second or 0))
            except ValueError:
                pass  # Hour 25, or minute 60.
    raise CellError(f"{shown(text_of(value))} is no time: write 14:00, 1400 or 2 pm")


def read_start(value: object, zone: tzinfo | None, *, day_first: bool = False, clock: time | None = None) -> datetime:
    """A start with its time zone: the text's own offset, else the zone that was given.

    `clock` is the time of day where a cell of its own has it.
    """
    if isinstance(value, datetime):
        # Spreadsheets have days without a time as those at midnight.
        return _at(value.date(), clock or value.time(), zone)
    if clock is not None:
        return _at(read_date(value, day_first=day_first), clock, zone)
    text = text_of(value)
    offset = _OFFSET.search(text) if _DATE_AND_TIME.fullmatch(text) else None
    if offset:
        zone, text = _fixed(offset), text[: offset.start()].strip()
    match = _DATE_AND_TIME.fullmatch(text)
    if not match:
        try:
            day = read_date(text, day_first=day_first)
        except CellError as error:
            raise CellError(
                str(error).replace("no date: write 2027-01-18", "no start: write 2027-01-18 10:00")
            ) from None
        raise CellError(f"{shown(text)} has no time of day: write {day} 10:00")
    return _at(read_date(match[1], day_first=day_first), read_clock(match[2]), zone)


def _fixed(offset: re.Match[str]) -> tzinfo:
    """The zone of an offset."""
    utc, sign, hours, minutes = offset.groups()
    span = timedelta() if utc else timedelta(hours=int(hours), minutes=int(minutes))
    if span >= timedelta(days=1):
        raise CellError(f"{shown(offset[0])} is no offset from UTC: write +08:00")
    return timezone(-span if sign == "-" else span)


def _at(day: date, clock: time, zone: tzinfo | None) -> datetime:
    if zone is None:
        raise CellError("has no time zone: add a column tz, or pass --tz Asia/Singapore")
    return datetime.combine(day, clock, zone)


def read_duration(value: object) -> timedelta:
    """A length of time: 90, 1:30, 1h30m, 90 min. Spreadsheets have it as a time of day, too."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, time):
        return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    text = text_of(value)
    match = _DURATION.fullmatch(text)
    if not match:
        raise CellError(f"{shown(text)} is no duration: write minutes (90), 1:30 or 1h30m")
    parts = {name: int(number or 0) for name, number in match.groupdict().items()}
    return timedelta(hours=parts["hours"] + parts["clock_hours"], minutes=parts["minutes"] + parts["clock_minutes"])


def read_flag(value: object) -> bool:
    """Yes or no."""
    flag = _WORDS.get(text_of(value).lower())
    if flag is None:
        raise CellError(f"{shown(text_of(value))} is neither yes nor no: write yes, no, or nothing")
    return flag


def read_member(enum: type[IntEnum], value: object) -> int:
    """A member of an enum by its name, or a number."""
    text = text_of(value)
    name = re.sub(r"[\W_]+", "_", text).upper()
    if name in enum.__members__:
        return enum[name].value
    return _whole_number(text, choices_of(enum))


def choices_of(enum: type[IntEnum]) -> str:
    """The names that can be written for a member of an enum."""
    return ", ".join(name.lower() for name in enum.__members__)


def _whole_number(text: str, what: str = "a whole number") -> int:
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise CellError(f"{shown(text)} is not known: write {what}")
    return int(text)


def read_list(value: object) -> list[str]:
    """Several addresses or ids, separated by commas, semicolons or white space."""
    return [item for item in re.split(r"[,;\s]+", text_of(value)) if item]


def read_pairs(value: object) -> dict[str, int]:
    """Ids with their roles: ID=3; ID=2."""
    pairs: dict[str, int] = {}
    for item in read_list(value):
        name, separator, role = item.partition("=")
        if not separator or not role.isdecimal() or name in pairs:
            raise CellError(f"{shown(item)} is no id with its role: write each id once, as ID=3")
        pairs[name] = int(role)
    return pairs


def _number(value: object) -> int:
    return _whole_number(text_of(value))


Reader = Callable[[object], Any]
"""Makes an argument of a cell that is not empty."""
_BY_TYPE: Mapping[Any, Reader] = {bool: read_flag, timedelta: read_duration, str: text_of, int: _number}


def _reader(hint: Any) -> Reader:
    """What reads the values of a type."""
    if get_origin(hint) is Mapping:
        return read_pairs
    kinds = get_args(hint) or (hint,)
    enums = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, IntEnum)]
    if enums:
        return partial(read_member, enums[0])
    return next((_BY_TYPE[kind] for kind in kinds if kind in _BY_TYPE), read_list)


def _one(kind: type) -> str:
    """The argument of a type that only one has, or the first has."""
    return next(name for name, hint in HINTS.items() if kind in (get_args(hint) or (hint,)))


HINTS: Mapping[str, Any] = get_type_hints(MeetingArguments)
"""The type of each argument."""
MODULE, START, DURATION, RIGHTS = _one(UUID), _one(datetime), _one(timedelta), _one(Access)
READERS: Mapping[str, Reader] = {name: _reader(hint) for name, hint in HINTS.items() if name not in (START, RIGHTS)}
"""What reads each argument, but for the start, which needs a zone, and the access rights, which have parts."""
RIGHTS_READERS: Mapping[str, Reader] = {name: _reader(hint) for name, hint in get_type_hints(Access).items()}
"""What reads each part of the access rights."""
