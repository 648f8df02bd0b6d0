"""What a result means for the rows that follow."""

from datetime import UTC, datetime, timedelta

import pytest

from luminus_zoom import errors
from luminus_zoom.errors import Outcome
from luminus_zoom.scheduling import State
from luminus_zoom.scheduling.pace import LIMITS, TRIES, Pace

NOW = datetime(2027, 1, 18, 15, 30, tzinfo=UTC)
MIDNIGHT = datetime(2027, 1, 19, tzinfo=UTC)


def limit(kind: type[errors.RateLimitError] = errors.RateLimitError, wait: int | None = None) -> errors.RateLimitError:
    error = kind("the gateway answered 429.\nmore", outcome=Outcome.REJECTED)
    error.retry_after = None if wait is None else timedelta(seconds=wait)
    return error


def test_a_meeting_changes_nothing() -> None:
    step = Pace(5).after(1, State.CREATED, None, lambda: NOW)
    assert (step.again, step.pause, step.wait, step.stop) == (False, None, 0, None)


@pytest.mark.parametrize(
    "kind",
    [errors.InvalidTokenError, errors.InvalidSubscriptionKeyError, errors.NotFoundError, errors.ConfigurationError],
)
def test_what_every_row_would_meet_stops(kind: type[errors.ZoomError]) -> None:
    assert Pace(5).after(1, State.REJECTED, kind("No key.\nmore"), lambda: NOW).stop == "No key."


def test_a_row_that_was_not_sent_is_tried_again_some_times() -> None:
    pace, error = Pace(5), errors.ZoomConnectionError("refused", outcome=Outcome.NOT_SENT, retryable=True)
    steps = [pace.after(1, State.NOT_SENT, error, lambda: NOW) for _ in range(TRIES)]
    assert [step.again for step in steps] == [True] * (TRIES - 1) + [False]
    assert 0.5 <= steps[0].wait <= 1 <= steps[1].wait <= 2
    final = errors.ZoomConnectionError("refused", outcome=Outcome.NOT_SENT, retryable=False)
    assert not Pace(5).after(1, State.NOT_SENT, final, lambda: NOW).again


def test_many_failures_in_a_row_stop_and_a_meeting_between_them_does_not() -> None:
    pace = Pace(3)
    stops = [pace.after(number, State.UNKNOWN, None, lambda: NOW).stop for number in range(2)]
    pace.after(9, State.CREATED, None, lambda: NOW)
    stops += [pace.after(number, State.UNKNOWN, None, lambda: NOW).stop for number in range(2, 5)]
    assert stops == [None, None, None, None, "3 rows in a row were not sent or are unknown."]


def test_a_rate_limit_pauses_as_long_as_it_says() -> None:
    pace = Pace(5)
    step = pace.after(1, State.REJECTED, limit(wait=57), lambda: NOW)
    assert step.again
    assert step.pause is not None
    assert (step.pause.until, step.pause.reason) == (
        NOW + timedelta(seconds=57),
        "the gateway's rate limit is reached.",
    )
    untold = pace.after(1, State.REJECTED, limit(), lambda: NOW).pause
    assert untold is not None
    assert untold.until == NOW + timedelta(seconds=4)


def test_a_limit_that_never_ends_stops() -> None:
    pace = Pace(5)
    stops = [pace.after(1, State.REJECTED, limit(), lambda: NOW).stop for _ in range(LIMITS)]
    assert stops[:-1] == [None] * (LIMITS - 1)
    assert stops[-1] == f"{LIMITS} answers in a row told of a rate limit."


@pytest.mark.parametrize(("wait", "until"), [(None, MIDNIGHT), (600, NOW + timedelta(minutes=10))])
def test_zoom_s_limit_of_a_day_pauses_until_it_is_over(wait: int | None, until: datetime) -> None:
    step = Pace(5).after(1, State.REJECTED, limit(errors.DailyLimitError, wait), lambda: NOW)
    assert step.pause is not None
    assert (step.again, step.pause.until, step.pause.reason) == (
        True,
        until,
        "Zoom's limit of meetings a day is reached.",
    )
    unknown = limit(errors.DailyLimitError)
    unknown.outcome = Outcome.UNKNOWN
    assert not Pace(5).after(1, State.UNKNOWN, unknown, lambda: NOW).again
