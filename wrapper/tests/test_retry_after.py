"""When to come back: every form in which servers say it, and what cannot be."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from luminus_zoom._error_body import ErrorBody, read_error_body
from luminus_zoom._response import Response
from luminus_zoom._retry_after import LONGEST_WAIT, retry_after

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


def seconds(headers: dict[str, str], message: str = "", status: int = 429) -> float | None:
    """The seconds to wait that an answer of the gateway names."""
    answer = Response(status, headers, json.dumps({"statusCode": status, "message": message}).encode())
    found = retry_after(answer, read_error_body(answer), NOW)
    return None if found is None else found.total_seconds()


FORMS: list[tuple[str, float]] = [
    # RFC 9110, section 10.2.3: seconds, and the three forms of a date (section 5.6.7).
    ("57", 57), (" 0 ", 0), ("Fri, 01 May 2026 12:01:00 GMT", 60), ("Friday, 01-May-26 12:01:00 GMT", 60),
    ("Fri May  1 12:01:00 2026", 60), ("Fri, 01 May 2026 20:01:00 +0800", 60), ("Fri, 1 May 2026 12:01:00 -0000", 60),
    ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    # Zoom documents ISO 8601.
    ("2026-05-02T00:00:00Z", 43200), ("2026-05-01T20:00:30.5+08:00", 30.5), ("2026-05-01t12:00:30z", 30),
    ("2026-05-01 12:00:30", 30), ("2020-04-08T00:00:00Z", 0),
    # Repeated headers arrive joined by commas.
    ("5, 5", 5), ("5,9", 9), ("soon, 5", 5), ("5, Fri, 01 May 2026 12:01:00 GMT", 60),
    ("Fri, 01 May 2026 12:01:00 GMT, Fri, 01 May 2026 12:02:00 GMT", 120),
    # What else was seen: decimals, units, Go's durations, ISO 8601's, .NET's, quotes, a sign.
    ("0.493", 0.493), ("1.5", 1.5), (".5", 0.5), ("30s", 30), ("30 seconds", 30), ("1m30s", 90), ("500ms", 0.5),
    ("2 hrs", 7200), ("PT1M30S", 90), ("P1DT2H", 93600), ("00:05:00", 300), ("1.02:03:04", 93784), ('"30"', 30),
    ("+5", 5),
    # Unix times in seconds, milliseconds, microseconds; one that has just passed.
    (f"{EPOCH + 30}", 30), (f"{EPOCH + 30}000", 30), (f"{EPOCH + 30}000000", 30), (f"{EPOCH - 30}", 0),
]  # fmt: skip

NONSENSE = [
    "", "soon", "-5", "-1s", "٣", "inf", "nan", "1e3", "5 requests", "60;", "9" * 9, "1" + "0" * 9, "1" * 10, "9" * 18,
    "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z", "0000-00-00", "Fri, 32 Foo 2026",
    "Fri, 01 May 2026 12:01:00 +9999", "2026-05-01T25:00:00Z", "99999.23:59:59", ",,,", "P", "T", "\udfff", "Fri, ",
    "999999999 days", "999999999d999999999d",
]  # fmt: skip


@pytest.mark.parametrize(("header", "expected"), FORMS)
def test_every_form(header: str, expected: float) -> None:
    assert seconds({"retry-after": header}) == pytest.approx(expected, abs=1e-3)
    assert seconds({"x-ratelimit-reset": header}) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("header", NONSENSE)
def test_nonsense_is_as_good_as_nothing(header: str) -> None:
    assert seconds({"retry-after": header}) is None
    assert seconds({"retry-after": header}, "Try again in 57 seconds.") == 57


def test_the_longest_wait() -> None:
    longest = int(LONGEST_WAIT.total_seconds())
    assert seconds({"retry-after": str(longest)}) == longest
    assert seconds({"retry-after": str(longest + 1)}) is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Rate limit is exceeded. Try again in 57 seconds.", 57),
        ("Out of call volume quota. Quota will be replenished in 03:14:17.", 11657),
        ("Out of bandwidth quota. Quota will be replenished in 20.09:58:55.", 1763935),
        ("Out of call volume quota. Quota will be replenished in 2.12 days.", 183168),
        ("Rate limit exceeded. Please try again in 1 seconds", 1),
        ("Please retry after 20 seconds.", 20),
        ("Try again in 1 minute and 30 seconds, please", 90),
        ("Please wait 30 seconds before you try again", 30),
        ("Please wait for 2 minutes.", 120),
        ("Try again in 30s. Then", 30),
        ("Retry after 2026-05-01T12:00:30Z.", 30),
        ("Your limit resets in 1h5m", 3900),
        ("Try again in 57", None),
        ("Try again after 5 requests", None),
        ("You sent 100 requests in 60 seconds", None),
        ("Try again later.", None),
    ],
)
def test_words(message: str, expected: float | None) -> None:
    assert seconds({}, message) == expected
    assert seconds({"retry-after": "3"}, message) == 3


def test_the_more_exact_header_is_preferred() -> None:
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        assert seconds({name: "1500", "retry-after": "9"}) == 1.5
        assert seconds({name: "-1", "retry-after": "9"}) == 9
    assert seconds({"x-ratelimit-reset": "9", "retry-after": "5"}) == 5
    assert seconds({}) is None


@pytest.mark.parametrize(
    "message", ["You have exceeded the daily rate limit (100). You may resume at GMT 00:00:00.", "the daily limit"]
)
def test_the_daily_limit_ends_at_midnight_utc(message: str) -> None:
    assert seconds({}, message, 400) == 12 * 3600
    assert seconds({"retry-after": "2026-05-03T00:00:00Z"}, message, 400) == 36 * 3600
    assert retry_after(Response(429, {}, b""), ErrorBody(limit="daily"), NOW.replace(hour=0)) == timedelta(days=1)


def test_the_clock_is_utc() -> None:
    found = retry_after(Response(429, {}, b""), ErrorBody(limit="daily"))
    assert found is not None
    assert timedelta() < found <= timedelta(days=1)
