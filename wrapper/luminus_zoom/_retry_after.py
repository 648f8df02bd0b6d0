"""How long to wait before calling again, from the headers and the text of an answer."""

import re
from datetime import UTC, datetime, timedelta

from ._error_body import ErrorBody
from ._response import Response

LONGEST_WAIT = timedelta(days=366)
"""A longer wait is taken for a server's mistake and ignored. So is a clock that is wrong by as much."""

_RESETS = ("x-ratelimit-reset-after", "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
_UNITS = ("ms|milliseconds?", "s|secs?|seconds?", "m|mins?|minutes?", "h|hrs?|hours?", "d|days?")
_SCALES = (0.001, 1, 60, 3600, 86400)
_NUMBER = re.compile(r"\+?\d{1,18}(?:\.\d*)?|\.\d+", re.ASCII)
_TIME_SPAN = re.compile(r"(?:(\d{1,5})\.)?(\d{1,2}):(\d\d):(\d\d)(?:\.\d+)?", re.ASCII)  # .NET's
_AMOUNT = re.compile(rf"(\d{{1,9}}(?:\.\d{{1,9}})?)\s?(?:({')|('.join(_UNITS)}))(?![a-su-z])", re.IGNORECASE | re.ASCII)
_AMOUNTS = re.compile(rf"(?:(?:and|P|T|\s)*{_AMOUNT.pattern})+", re.IGNORECASE | re.ASCII)
# A number alone may count anything.
_WORDS = re.compile(
    r"(?:\b(?:again|replenished|retry|resets?|resume|available)\b[^.\d]{0,20}?\b(?:in|after|at)|\bwait(?: for)?) "
    rf"(?P<wait>{_TIME_SPAN.pattern}|{_AMOUNTS.pattern}|\d{{4}}-\d\d-\d\dT[\d:.]*\d(?:Z|[+-]\d\d:\d\d)?)",
    re.IGNORECASE | re.ASCII,
)


def retry_after(answer: Response, told: ErrorBody, now: datetime | None = None) -> timedelta | None:
    """How long to wait before calling again; None if the answer does not say, or says what cannot be.

    It reads ``Retry-After`` in seconds, as a date (RFC 9110, 10.2.3) or as Zoom documents it (ISO 8601), Azure's
    headers in milliseconds, API Management's words, and the headers that say when a limit is reset. Zoom's daily
    limit is reset at 00:00 UTC.
    """
    now = now or datetime.now(UTC)
    words = _WORDS.search(told.message)
    sources = (
        *(f"{answer.headers.get(name)}ms" for name in ("retry-after-ms", "x-ms-retry-after-ms")),
        answer.headers.get("retry-after"),
        words and words["wait"],
        (now + timedelta(days=1)).date() if told.limit == "daily" else None,
        *(answer.headers.get(name) for name in _RESETS),
    )
    for source in sources:
        # Commas join the values of a repeated header. The one in a date only parts off its weekday.
        waits = [_wait(part, now) for part in str(source)[:200].split(",")]
        # A client that calls too early is refused again.
        if (longest := max((wait for wait in waits if wait is not None), default=None)) is not None:
            return longest
    return None


def _wait(text: str, now: datetime) -> timedelta | None:
    """The wait that one value names, in any form in use."""
    text = text.strip(" \t\"'").upper()
    try:
        if _NUMBER.fullmatch(text):
            seconds = float(text)
            while seconds > 10**11:  # A Unix time in thousandths or millionths of a second.
                seconds /= 1000
            if seconds >= 10**9:
                seconds -= now.timestamp()
        elif span := _TIME_SPAN.fullmatch(text):
            seconds = sum(int(part or 0) * scale for part, scale in zip(span.groups(), _SCALES[:0:-1], strict=True))
        elif _AMOUNTS.fullmatch(text):
            seconds = sum(float(match[1]) * _SCALES[(match.lastindex or 0) - 2] for match in _AMOUNT.finditer(text))
        else:
            from email.utils import parsedate_to_datetime  # Takes long to import.

            date = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
            # Of HTTP's three forms of a date, one has no zone and means UTC.
            seconds = max(((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds(), 0)
        wait = timedelta(seconds=seconds)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(wait, timedelta()) if -LONGEST_WAIT < wait <= LONGEST_WAIT else None
