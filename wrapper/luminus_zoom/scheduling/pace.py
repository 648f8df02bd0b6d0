"""What a result means for the rows that follow: go on, wait, try the row again, or stop. Nothing here does I/O."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock

from attrs import frozen

from .. import errors
from ..errors import Outcome, ZoomError
from .rows import Pause, State

HOPELESS = (
    errors.AuthenticationError,
    errors.NotFoundError,
    errors.AddressForbiddenError,
    errors.ConfigurationError,
)
"""Errors that every further row would meet too."""
TRIES = 3
"""How often a row is tried in one run that the service cannot have seen."""
LIMITS = 10
"""How many answers in a row may tell of a rate limit."""


@frozen
class Step:
    """What to do after a result.

    `again`: try the row again; `pause`: send no row before that; `wait`: seconds before this worker goes on; `stop`:
    why no further row is begun.
    """

    again: bool = False
    pause: Pause | None = None
    wait: float = 0.0
    stop: str | None = None


class Pace:
    """Counts what went wrong in a run. May be used from many threads."""

    def __init__(self, failures: int) -> None:
        self._most = failures
        self._failures = 0
        self._limits = 0
        self._tries: dict[int, int] = {}
        self._lock = Lock()

    def after(self, number: int, state: State, error: Exception | None, now: Callable[[], datetime]) -> Step:
        """What to do after a row came out in this state. `now` tells the ledger's time."""
        with self._lock:
            if isinstance(error, errors.RateLimitError):
                return self._after_limit(error, now())
            self._limits = 0
            if isinstance(error, HOPELESS):
                return Step(stop=_first_line(error))
            if state in (State.CREATED, State.REJECTED):
                self._failures = 0
                return Step()
            self._tries[number] = tries = self._tries.get(number, 0) + 1
            if state is State.NOT_SENT and getattr(error, "retryable", False) and tries < TRIES:
                return Step(again=True, wait=2 ** (tries - 1) * random.uniform(0.5, 1))  # noqa: S311 - no secret
            self._failures += 1
            if self._failures >= self._most:
                return Step(stop=f"{self._failures} rows in a row were not sent or are unknown.")
            return Step()

    def _after_limit(self, error: errors.RateLimitError, now: datetime) -> Step:
        """Wait as long as the answer says, with all workers of the ledger."""
        self._limits += 1
        again = error.outcome is Outcome.REJECTED
        wait = error.retry_after
        if isinstance(error, errors.DailyLimitError):
            midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            return Step(
                again=again,
                pause=Pause(midnight if wait is None else now + wait, "Zoom's limit of meetings a day is reached."),
            )
        if wait is None:
            wait = timedelta(seconds=min(2**self._limits, 60))
        stop = f"{self._limits} answers in a row told of a rate limit." if self._limits >= LIMITS else None
        return Step(again=again, pause=Pause(now + wait, "the gateway's rate limit is reached."), stop=stop)


def _first_line(error: ZoomError) -> str:
    return str(error).partition("\n")[0]
