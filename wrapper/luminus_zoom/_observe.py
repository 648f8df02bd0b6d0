"""What the library reports while it works: to one logger, and to hooks for metrics. Neither gets secrets."""

import logging
import os
import warnings
from collections.abc import Callable
from typing import Literal

from attrs import frozen

from .errors import InvalidMeetingError, Outcome, RequestSummary

logger = logging.getLogger("luminus_zoom")
logger.addHandler(logging.NullHandler())


def log_to_stderr(level: str | None) -> None:
    """Show the log on stderr from this level on, as ``LUMINUS_LOG=debug`` or ``info`` asks for.

    A program that has set up logging sees each record once: through its own handlers.
    """
    if not level:
        return
    if level.lower() not in ("debug", "info"):
        warnings.warn(f"LUMINUS_LOG={level[:20]!r} is ignored: it must be debug or info", stacklevel=2)
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s: %(message)s"))
    handler.addFilter(lambda record: not logging.getLogger().handlers)
    logger.addHandler(handler)
    logger.setLevel(level.upper())


log_to_stderr(os.environ.get("LUMINUS_LOG"))


@frozen
class Event:
    """Something that happened in a call.

    `name` is ``created``, ``retrying`` (after `wait` seconds) or ``failed``; `elapsed` is seconds since the call began;
    `error` is the exception's class name.
    """

    name: Literal["created", "retrying", "failed"]
    attempts: int
    elapsed: float
    status: int | None
    outcome: Outcome | None = None
    error: str | None = None
    wait: float | None = None


Hook = Callable[[Event], object]


def observe(event: Event, request: RequestSummary, hooks: tuple[Hook, ...]) -> None:
    """Log an event and pass it to the hooks. An exception of a hook does not end the call."""
    level = logging.DEBUG if event.name == "retrying" else logging.INFO
    if logger.isEnabledFor(level):
        logger.log(
            level,
            "create_meeting %s: status %s, %s, attempt %d, %.3f s",
            *(event.name, event.status, event.error or "no error", event.attempts, event.elapsed),
        )
        logger.debug("create_meeting request: %s", request)
    for hook in hooks:
        try:
            hook(event)
        except Exception:
            # A meeting that was created must not be lost because a metric could not be counted.
            logger.exception("a hook failed on %s", event.name)


def observe_refusal(error: InvalidMeetingError) -> None:
    """Log that arguments were refused, by parameter; their values may be personal data."""
    logger.info("create_meeting refused: %s", ", ".join(problem.parameter for problem in error.problems))
