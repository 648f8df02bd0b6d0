"""Points in time as .NET keeps and writes them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import NamedTuple

SINGAPORE = timezone(timedelta(hours=8))

_MINUTE = timedelta(minutes=1)


class Instant(NamedTuple):
    """A point in time as .NET keeps it: whole seconds, and the fraction's digits (at most seven, no trailing zeros)."""

    moment: datetime
    fraction: str

    def plus(self, minutes: float) -> Instant:
        """Return the instant so many minutes later. Raises OverflowError beyond the year 9999."""
        return Instant(self.moment + minutes * _MINUTE, self.fraction)

    def text(self, digits: int | None = None) -> str:
        """Return it as the service writes dates, at `+08:00`, with so many fraction digits (None: those it has)."""
        return with_fraction(self.moment.isoformat(), self.fraction, digits)


def with_fraction(whole: str, fraction: str, digits: int | None) -> str:
    """Put a second's fraction into an ISO time, in so many digits (None: those that there are)."""
    if digits is not None:
        fraction = fraction.ljust(digits, "0")[:digits]
    return f"{whole[:19]}.{fraction}{whole[19:]}" if fraction else whole


def read_instant(text: str) -> Instant:
    """Read an RFC 3339 date-time that the contract's `format` has passed.

    Raises ValueError or OverflowError for those that neither .NET nor Python can hold: leap seconds, the year 0, and
    what lies outside the years 1 to 9999 in Singapore.
    """
    offset = "+00:00" if text[-1] in "Zz" else text[-6:]
    end = -1 if text[-1] in "Zz" else -6
    moment = datetime.fromisoformat(f"{text[:10]}T{text[11:19]}{offset}").astimezone(SINGAPORE)
    return Instant(moment, text[20:end][:7].rstrip("0"))


def offset_hours(text: str) -> float:
    """Return how far from UTC an RFC 3339 date-time is written, in hours without sign."""
    return 0.0 if text[-1] in "Zz" else int(text[-5:-3]) + int(text[-2:]) / 60
