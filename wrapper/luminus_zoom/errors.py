"""What can go wrong when a meeting is created, and what became of the meeting.

Every error carries an `Outcome`. The text of an error says first what happened to the meeting, then why, then what to
do. No text, repr or pickle holds the subscription key, the bearer token, a password, host key or join URL's ``pwd``.
"""

import copy
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import frozen

from ._secrets import mask_headers, mask_text

if TYPE_CHECKING:
    from datetime import timedelta

    from .meeting import Meeting


class Outcome(Enum):
    """What became of the meeting when a call failed."""

    NOT_SENT = "not sent"
    """The service cannot have seen the request. Calling again cannot create a second meeting."""
    REJECTED = "rejected"
    """The service or its gateway said no. No meeting was created."""
    UNKNOWN = "unknown"
    """A meeting may exist. Look before calling again."""


@frozen
class RequestSummary:
    """What was asked for, without values: safe to log."""

    method: str
    url: str
    body_bytes: int
    properties: tuple[str, ...]
    """The wire names of the top-level properties that the body holds."""

    def __str__(self) -> str:
        return f"{self.method} {self.url}, {self.body_bytes} bytes: {', '.join(map(str, self.properties))}"


@frozen
class Problem:
    """One thing that is wrong with the arguments of a call."""

    parameter: str
    message: str

    def __str__(self) -> str:
        return f"{self.parameter}: {self.message}"


class ZoomError(Exception):
    """The base of every error that this library raises on purpose.

    Attributes:
        outcome: what became of the meeting.
        retryable: whether calling again is safe and may help.
        attempts: how many times the request was tried; 0 when it was refused before.
        elapsed: seconds from the start of the call.
        status: the HTTP status, if an answer came.
        headers: the answer's headers, names in lower case.
        body: the answer's raw body as received, at most 8 MiB, your credentials masked should it echo them. It may
            hold the meeting's secrets; a pickled error carries it as masked text, or empty if its JSON is so
            damaged that secrets in it cannot be found.
        request: what was asked for, without values.
    """

    default_outcome: ClassVar[Outcome] = Outcome.UNKNOWN

    def __init__(
        self,
        message: str = "",
        *,
        outcome: Outcome | None = None,
        retryable: bool = False,
        attempts: int = 0,
        elapsed: float = 0.0,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        request: RequestSummary | None = None,
    ) -> None:
        super().__init__(message)
        self.outcome = outcome or self.default_outcome
        self.retryable = retryable
        self.attempts = attempts
        self.elapsed = elapsed
        self.status = status
        self.headers = dict(headers or {})
        self.body = body
        self.request = request

    def __repr__(self) -> str:
        status = "" if self.status is None else f", status={self.status}"
        return f"{type(self).__name__}({str(self)!r}, outcome={self.outcome.name}{status}, attempts={self.attempts})"

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle may reach logs, queues and other machines, so what may hold secrets is masked.
        from ._response import Response

        answer = Response(self.status or 0, self.headers, self.body)
        body = b"" if answer.is_fragment else mask_text(answer.text).encode("utf-8", "replace")
        state = {**self.__dict__, "body": body, "headers": mask_headers(self.headers)}
        if (meeting := state.get("meeting")) is not None:
            state["meeting"] = meeting.masked()
        return type(self), self.args, state

    def __copy__(self) -> Self:
        twin = type(self)(*self.args)
        twin.__dict__.update(self.__dict__)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = type(self)(*self.args)
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin


class ConfigurationError(ZoomError, ValueError):
    """The client cannot be used as it was set up (key, token, base URL), or was closed."""

    default_outcome = Outcome.NOT_SENT

    @classmethod
    def of(cls, *faults: str) -> Self:
        """The error for what is wrong, each a sentence that begins in lower case."""
        why = faults[0] if len(faults) == 1 else "".join(f"\n  - {fault}" for fault in faults)
        return cls(f"No meeting was created, nothing was sent: {why}")


class InvalidMeetingError(ZoomError, ValueError):
    """The arguments break the contract. Nothing was sent. `problems` lists everything that is wrong."""

    default_outcome = Outcome.NOT_SENT
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, problems: list[Problem]) -> Self:
        """The error for a list of problems."""
        lines = "".join(f"\n  - {problem}" for problem in problems)
        error = cls(f"No meeting was created, nothing was sent: the arguments are not valid.{lines}")
        error.problems = tuple(problems)
        return error


class ZoomConnectionError(ZoomError):
    """No connection, or one that was lost. `outcome` tells whether the request had been sent by then."""


class ZoomTimeoutError(ZoomError):
    """A phase took longer than `timeout`, or the call longer than `deadline`. `outcome` tells whether it was sent."""


class RejectedError(ZoomError):
    """The service or its gateway refused the request: a 4xx. No meeting was created."""

    default_outcome = Outcome.REJECTED


class BadRequestError(RejectedError):
    """400: the service found the request wrong. `fields` has its messages by property, where it named any."""

    fields: Mapping[str, tuple[str, ...]] = {}


class AuthenticationError(RejectedError):
    """401: one of the two credentials was refused."""


class InvalidSubscriptionKeyError(AuthenticationError):
    """401 from the gateway: the subscription key is missing, wrong or suspended."""


class InvalidTokenError(AuthenticationError):
    """401 from the service: the bearer token is missing, wrong or expired."""


class ForbiddenError(RejectedError):
    """403 from the service or a front end: as a rule, the user may not create meetings in this module."""


class AddressForbiddenError(ForbiddenError):
    """403 from the gateway: calls from this address are filtered."""


class NotFoundError(RejectedError):
    """404: no such operation at this base URL."""


class UnsupportedMediaTypeError(RejectedError):
    """415: the service does not read the body's media type."""


class RateLimitError(ZoomError):
    """429, or a rate limit told in another way. `retry_after` is a timedelta if the answer named one.

    It is no `RejectedError`: under a 5xx, a meeting may exist.
    """

    default_outcome = Outcome.REJECTED
    retry_after: "timedelta | None" = None


class QuotaExceededError(RateLimitError):
    """403 from the gateway: the subscription's call volume is used up until `retry_after`."""


class DailyLimitError(RateLimitError):
    """Zoom's limit of meetings a day for one host, in whatever form the answer reports it. It ends at 00:00 UTC.

    Creating and updating count together, so under a 5xx the service may have created the meeting before Zoom refused.
    """


class ServerError(ZoomError):
    """5xx: the service or its gateway failed; a meeting may exist."""


class UnexpectedStatusError(ZoomError):
    """A status that nothing explains here, such as a redirect; a meeting may exist."""


class InBandFailureError(ZoomError):
    """A 2xx whose body says that the call failed. `code` is the body's own code."""

    code: int | None = None


class UnreadableMeetingError(ZoomError):
    """A 2xx that shows no meeting, or whose body cannot be read. `meeting` holds what could be read of one, if any.

    The text says "was created" where the answer shows a meeting, else "may have been created".
    """

    meeting: "Meeting | None" = None


class DeviationError(ZoomError):
    """With ``strict=True``: the answer breaks the contract. The meeting that it describes is in `meeting`.

    A deviation with an empty pointer that expects "the answer to this request" says that the answer belongs to another
    request: `meeting` is another one then, and yours may exist too. Look in LumiNUS before calling again.
    """

    meeting: "Meeting | None" = None
