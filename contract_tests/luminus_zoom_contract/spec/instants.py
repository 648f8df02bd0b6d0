"""RFC 3339 date-times read exactly: no leap second, year or fraction digit is lost, as it would be in a datetime."""

import functools
import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

_PATTERN: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)
_DAYS_IN_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_CYCLE_DAYS: Final = 146_097  # 400 Gregorian years; year 0 is one cycle before year 400
_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time as a date-time wrote it. `seconds` counts from 1970-01-01T00:00:00Z."""

    text: str
    year: int
    seconds: int
    nanoseconds: int
    fraction_digits: int
    offset_minutes: int
    leap_second: bool

    @classmethod
    @functools.lru_cache(maxsize=256)  # an answer's dates are read once for each of its checks
    def parse(cls, text: str) -> Self | None:
        """Read a date-time; None where RFC 3339 does not allow it."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            return None
        year, month, day, hour, minute, second = map(int, match.group(1, 2, 3, 4, 5, 6))
        days = _days(year, month, day)
        offset = _offset(match[9], match[10], match[11])
        if days is None or offset is None or hour > 23 or minute > 59 or second > 60:
            return None
        total = days * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
        if second == 60 and total % 86_400 != 0:
            return None
        fraction = match[7] or ""
        return cls(text, year, total, int((fraction + "0" * 9)[:9]), len(fraction), offset, second == 60)

    def difference(self, other: "Instant") -> float:
        """Seconds from the other instant to this one."""
        return self.seconds - other.seconds + (self.nanoseconds - other.nanoseconds) / 1e9


def _days(year: int, month: int, day: int) -> int | None:
    if not (1 <= month <= 12 and 1 <= day <= _DAYS_IN_MONTH[month - 1]):
        return None
    if (month, day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400)):
        return None
    return date(year or 400, month, day).toordinal() - (0 if year else _CYCLE_DAYS) - _EPOCH


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> int | None:
    if sign is None:
        return 0
    total = int(hours or 0) * 60 + int(minutes or 0)
    if int(hours or 0) > 23 or int(minutes or 0) > 59:
        return None
    return total if sign == "+" else -total
