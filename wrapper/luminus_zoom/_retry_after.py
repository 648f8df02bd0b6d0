"""When to come back, from the headers and the words of an answer."""

import re
from datetime import UTC, datetime, timedelta

from ._error_body import ErrorBody
from ._response import Response

LONGEST_WAIT = timedelta(days=366)
"""A longer wait is a server's mistake, and is not believed."""

_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")
_RESETS = ("x-ratelimit-reset-after", "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

_NUMBER = re.compile(r"\+?\d{1,18}(?:\.\d*)?|\.\d+", re.ASCII)
_TIME_SPAN = re.compile(r"(?:(\d{1,5})\.)?(\d{1,2}):(\d\d):(\d\d)(?:\.\d+)?", re.ASCII)
_UNIT = r"(\d{1,9}(?:\.\d{1,9})?)\s?(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)"
_AMOUNT = re.compile(_UNIT, re.IGNORECASE | re.ASCII)
_AMOUNTS = re.compile(rf"(?:(?:and|P|PT|T|\s)*{_UNIT}(?![a-su-z]))+", re.IGNORECASE | re.ASCII)
_WORDS = re.compile(
    r"(?:\b(?:again|replenished|retry|resets?|resume|available)\b[^.\d]{0,20}?\b(?:in|after)|\bwait(?: for)?) "
    r"(\d[\w.:+-]*)((?: (?:and )?[\w.]+){0,5})",
    re.IGNORECASE | re.ASCII,
)


def retry_after(answer: Response, told: ErrorBody, now: datetime | None = None) -> timedelta | None:
    """How long to wait before calling again; None if the answer does not say, or says what cannot be.

    It reads ``Retry-After`` in seconds, as a date (RFC 9110, 10.2.3) or as Zoom documents it (ISO 8601), Azure's
    headers in milliseconds, API Management's words, and the headers that say when a limit begins anew. Zoom's daily
    limit does so at 00:00 UTC.
    """
    now = now or datetime.now(UTC)
    headers = answer.headers
    for name in _MILLISECONDS:
        if (wait := _longest(headers.get(name), now)) is not None:
            return wait / 1000
    if (wait := _longest(headers.get("retry-after"), now)) is not None:
        return wait
    if (wait := _in_words(told.message, now)) is not None:
        return wait
    if told.limit == "daily":
        return timedelta(days=1) - timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
    resets = (_longest(headers.get(name), now) for name in _RESETS)
    return next((wait for wait in resets if wait is not None), None)


def _longest(header: str | None, now: datetime) -> timedelta | None:
    """The longest of the waits that a header names: who comes back too early is refused again."""
    # Commas join the values of a repeated header. The one in a date only parts off its weekday.
    waits = [_wait(part, now) for part in str(header)[:200].split(",")]
    return max((wait for wait in waits if wait is not None), default=None)


def _in_words(text: str, now: datetime) -> timedelta | None:
    """The wait in a sentence such as "Try again in 57 seconds." or "Quota will be replenished in 03:14:17."."""
    if match := _WORDS.search(text):
        # A number alone may count anything.
        words = [match[1] + match[2][:length] for length, char in enumerate(match[2] + " ") if char == " "]
        waits = [_wait(part.rstrip("."), now) for part in words if not _NUMBER.fullmatch(part)]
        return next((wait for wait in reversed(waits) if wait is not None), None)
    return None


def _wait(text: str, now: datetime) -> timedelta | None:
    """The wait that one value names, in any form in use."""
    text = text.strip(" \t\"'")
    try:
        if _NUMBER.fullmatch(text):
            wait = _from_number(float(text), now)
        elif match := _TIME_SPAN.fullmatch(text):  # .NET's
            days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
            wait = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        elif _AMOUNTS.fullmatch(text):
            wait = timedelta(seconds=sum(float(amount) * _seconds(unit) for amount, unit in _AMOUNT.findall(text)))
        else:
            wait = max(_date(text) - now, timedelta())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return wait if timedelta() <= wait <= LONGEST_WAIT else None


def _from_number(number: float, now: datetime) -> timedelta:
    """A number of seconds; or a Unix time in seconds, milliseconds or microseconds, if it is too large for a wait."""
    if number < 10**9:
        return timedelta(seconds=number)
    while number > 10**11:
        number /= 1000
    wait = timedelta(seconds=number - now.timestamp())
    # A clock may be wrong, but not by a year.
    return max(wait, timedelta()) if wait > -LONGEST_WAIT else wait


def _seconds(unit: str) -> float:
    """The seconds of a unit, in any of its spellings."""
    unit = unit.lower()
    return _UNITS["ms" if unit.startswith(("ms", "mil")) else unit[0]]


def _date(text: str) -> datetime:
    """A date in ISO 8601 or one of HTTP's three forms, of which one has no zone and means UTC.

    Raises:
        ValueError, TypeError, IndexError: it is none.
    """
    try:
        date = datetime.fromisoformat(text.upper())
    except ValueError:
        from email.utils import parsedate_to_datetime  # Takes long to import.

        date = parsedate_to_datetime(text)
    return date if date.tzinfo else date.replace(tzinfo=UTC)
