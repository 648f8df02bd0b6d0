"""What to do with what an attempt brought: return the meeting, raise, or wait and try again. Nothing here does I/O.

`Call.steps` is a generator that yields what it wants done (`Send`, `Wait`) and is sent what came of it, so that the
sync and the async client share every decision.
"""

import random
import re
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from traceback import format_exception_only
from typing import Any

from attrs import define, field, frozen

from . import errors
from ._error_body import ErrorBody, in_band_failure, read_error_body
from ._observe import Event, Hook, observe
from ._request import Credentials, Request
from ._response import Response, read, salvaged
from ._secrets import MASK, mask_headers, mask_text
from .errors import Outcome, ZoomError
from .meeting import Meeting

LOOK_FIRST = "Look in LumiNUS first: a second call may create a second meeting and e-mail everybody twice."
SAFE = "Calling again is safe."
UNTRUSTED = (
    "The server's certificate is not trusted. If it should be, name a file with its CA in SSL_CERT_FILE, "
    "or pass http_client= with a client that trusts it."
)
SITUATIONS = {
    Outcome.NOT_SENT: "No meeting was created, nothing was sent",
    Outcome.REJECTED: "No meeting was created",
    Outcome.UNKNOWN: "A meeting may have been created",
}
ADVICE: dict[type[ZoomError], str] = {
    errors.BadRequestError: "Change the arguments.",
    errors.InvalidSubscriptionKeyError: "Check the subscription key in your profile on the developer portal.",
    errors.InvalidTokenError: "Get a new bearer token; tokens are short-lived.",
    errors.ForbiddenError: "The user of the bearer token needs the right to update the module's settings.",
    errors.AddressForbiddenError: "The gateway filters the address from which you call.",
    errors.QuotaExceededError: "The subscription's call volume is used up; see retry_after.",
    errors.RateLimitError: "Call again later; see retry_after.",
    errors.DailyLimitError: "Zoom limits the meetings that a host creates in a day; it counts anew at 00:00 UTC.",
    errors.NotFoundError: "Check base_url; it ends in /zoom as a rule.",
    errors.UnexpectedStatusError: "Check base_url; redirects are not followed.",
}


@frozen
class Policy:
    """How long and how often.

    `timeout` is seconds for each phase of an attempt (pool, connect, write, read), `deadline` seconds for the call
    with its attempts and waits, `retries` how often what the service cannot have seen may be tried again.
    """

    timeout: float = 60.0
    deadline: float = 180.0
    retries: int = 2
    strict: bool = False


@frozen
class Failure:
    """An attempt that brought no answer.

    `sent` tells whether the service may have seen any of the request, `untrusted` whether the server's certificate was
    not trusted.
    """

    text: str = field(repr=False)
    sent: bool
    timeout: bool = False
    untrusted: bool = False
    cause: Exception | None = field(default=None, repr=False)


@define
class Send:
    """Send the request, `timeout` seconds for each phase, and give up when `seconds` are over.

    `is_ours` tells whether an answer belongs to the request; the connection of one that does not is closed. Who sends
    sets `sent` as soon as the service may have seen any of the request.
    """

    timeout: float
    seconds: float
    is_ours: Callable[[Response], bool] = field(default=lambda answer: True, eq=False, repr=False)
    sent: bool = False


@frozen
class Wait:
    """Do nothing for some seconds."""

    seconds: float


class Call:
    """One call of `create_meeting`: its request, its policy, and how far it has come."""

    def __init__(self, request: Request, policy: Policy, hooks: tuple[Hook, ...], clock: Callable[[], float]) -> None:
        self.request = request
        self._policy = policy
        self._hooks = hooks
        self._clock = clock
        self._start = clock()
        self._attempts = 0
        self._sending: Send | None = None

    def authorize(self, credentials: Credentials) -> None:
        """Give the request its credentials."""
        self.request = self.request.authorized(credentials)

    def steps(self) -> Generator[Send | Wait, Any, Meeting]:
        """The steps of the call, which returns the meeting or raises a `ZoomError`."""
        while True:
            self._attempts += 1
            result: Any = Failure("the deadline is over", sent=False, timeout=True)
            if (seconds := self.seconds_left()) > 0:
                self._sending = Send(self._policy.timeout, seconds, self._is_ours)
                result = yield self._sending
            decision = self._after_answer(result) if isinstance(result, Response) else self._after_failure(result)
            status = result.status if isinstance(result, Response) else None
            if isinstance(decision, Meeting):
                self._tell("created", status)
                return decision
            wait = self._wait_before_retry(decision)
            if wait is None:
                self._tell("failed", status, decision)
                raise decision
            self._sending = None
            self._tell("retrying", status, decision, wait)
            yield Wait(wait)

    def without_token(self, cause: Exception) -> ZoomError:
        """The error for a token that could not be had. The cause's text may hold anything, so it is only chained."""
        why = f"the callable that gives the token failed with {type(cause).__name__}"
        error = self._error(errors.ConfigurationError, Outcome.NOT_SENT, why, SAFE)
        self._tell("failed", None, error)
        return error

    def interrupted(self, interruption: BaseException) -> BaseException:
        """A cancellation or a Ctrl-C that says what became of the meeting, without the frames that hold the headers."""
        sent = self._sending is not None and self._sending.sent
        outcome = Outcome.UNKNOWN if sent else Outcome.NOT_SENT
        interruption.outcome = outcome  # type: ignore[attr-defined]
        interruption.add_note(f"{SITUATIONS[outcome]}. {LOOK_FIRST if sent else SAFE}")
        self._tell("failed", None, interruption)
        interruption.__context__ = None
        return interruption.with_traceback(None)

    def seconds_left(self) -> float:
        """Seconds until the deadline."""
        return self._policy.deadline - self._elapsed()

    def _is_ours(self, answer: Response) -> bool:
        """Whether an answer belongs to the request, as far as can be told."""
        return True

    def _elapsed(self) -> float:
        return self._clock() - self._start

    def _tell(self, name: Any, status: int | None, error: Any = None, wait: float | None = None) -> None:
        """Log it and tell the hooks."""
        outcome, kind = (error.outcome, type(error).__name__) if error else (None, None)
        event = Event(name, self._attempts, self._elapsed(), status, outcome, kind, wait)
        observe(event, self.request.summary, self._hooks)

    def _wait_before_retry(self, error: ZoomError) -> float | None:
        """Seconds to wait before the next attempt; None if there is to be none, or no time for it."""
        if not error.retryable or self._attempts > self._policy.retries:
            return None
        named = error.retry_after if isinstance(error, errors.RateLimitError) else None
        # Jitter, so that clients that failed together do not come back together.
        wait = (
            0.5 * 2 ** (self._attempts - 1) * random.uniform(0.5, 1)  # noqa: S311
            if named is None
            else named.total_seconds() + random.uniform(0, 0.25)  # noqa: S311
        )
        return wait if self._elapsed() + wait < self._policy.deadline else None

    def _after_failure(self, failure: Failure) -> ZoomError:
        """The error for an attempt without answer."""
        kind = errors.ZoomTimeoutError if failure.timeout else errors.ZoomConnectionError
        if failure.sent:
            error = self._error(kind, Outcome.UNKNOWN, f"the request was sent, but {failure.text}")
        else:
            advice = UNTRUSTED if failure.untrusted else SAFE
            error = self._error(kind, Outcome.NOT_SENT, failure.text, advice, retryable=True)
        error.__cause__ = _bare(failure.cause, self._secrets())
        return error

    def _after_answer(self, answer: Response) -> Meeting | ZoomError:
        """The meeting of a 2xx, or the error that the answer amounts to."""
        answer = self._without_credentials(answer)
        if not 200 <= answer.status < 300:
            return self._refused(answer)
        if (failure := in_band_failure(answer)) is not None:
            return self._failed_in_band(answer, failure)
        meeting = read(answer)
        if meeting is None:
            return self._unreadable(answer)
        if self._policy.strict and meeting.deviations:
            listed = "; ".join(map(str, meeting.deviations))
            text = f"A meeting was created (it is in .meeting), but its description breaks the contract: {listed}."
            return self._created(errors.DeviationError, text, answer, meeting)
        return meeting

    def _without_credentials(self, answer: Response) -> Response:
        """The answer itself; or the same without our credentials, should it echo them, and its body then as text."""
        secrets = self._secrets()
        told = (answer.text, str(answer.fault), *answer.headers.values())
        named = [name for name in answer.headers if any(secret.lower() in name for secret in secrets)]
        if not named and not any(secret in part for secret in secrets for part in told):
            return answer
        headers = {name: mask_text(value, secrets) for name, value in answer.headers.items() if name not in named}
        fault = answer.fault and mask_text(answer.fault, secrets)
        text = answer.text
        for secret in secrets:
            text = text.replace(secret, MASK)
        if text == answer.text:
            return Response(answer.status, headers, answer.body, fault)
        headers.pop("content-encoding", None)
        return Response(answer.status, headers, text.encode(errors="replace"), fault)

    def _unreadable(self, answer: Response) -> ZoomError:
        """The error for a success that tells of no meeting."""
        meeting = salvaged(answer)
        found = f"What could be read is in .meeting: {meeting!r}." if meeting else "Nothing of it could be read."
        why = answer.fault or ("its body is empty" if not answer.body else "its body is not a meeting")
        text = f"A meeting was created (status {answer.status}), but {why}. Do not call again. {found}"
        return self._created(errors.UnreadableMeetingError, text, answer, meeting)

    def _created(
        self,
        kind: type[errors.UnreadableMeetingError | errors.DeviationError],
        text: str,
        answer: Response,
        meeting: Meeting | None,
    ) -> ZoomError:
        """An error about a meeting that exists."""
        error = kind(mask_text(text), **self._circumstances(answer))
        error.meeting = meeting
        return error

    def _refused(self, answer: Response) -> ZoomError:
        """The error for a status that is not 2xx."""
        refusal = read_error_body(answer)
        kind = error_class(answer, refusal)
        outcome = Outcome.REJECTED if 400 <= answer.status < 500 else Outcome.UNKNOWN
        speaker = "the gateway" if refusal.gateway else "the service"
        said = f" {refusal.message!r}" if refusal.message else " without a reason"
        # Only the gateway's own 429 is certain not to have been forwarded.
        retryable = answer.status == 429 and refusal.gateway and kind is errors.RateLimitError
        text = f"{speaker} answered {answer.status}{said}"
        error = self._error(kind, outcome, text, ADVICE.get(kind), answer, retryable=retryable)
        return _with_details(error, answer, refusal)

    def _failed_in_band(self, answer: Response, refusal: ErrorBody) -> ZoomError:
        """The error for a 2xx whose body tells of a failure."""
        limit = _limit_class(refusal)
        kind = limit or errors.InBandFailureError
        # A limit that comes without a code is Zoom's 429.
        refused = limit is not None if refusal.code is None else 400 <= refusal.code < 500
        outcome = Outcome.REJECTED if refused else Outcome.UNKNOWN
        said = f"the service answered {answer.status}, but its body tells of a failure: {refusal.message!r}"
        error = self._error(kind, outcome, said, ADVICE.get(kind), answer)
        return _with_details(error, answer, refusal)

    def _error(
        self,
        kind: type[ZoomError],
        outcome: Outcome,
        why: str,
        advice: str | None = None,
        answer: Response | None = None,
        *,
        retryable: bool = False,
    ) -> ZoomError:
        """An error whose text says what became of the meeting, why, and what to do."""
        look = LOOK_FIRST if outcome is Outcome.UNKNOWN else None
        sentences = (f"{SITUATIONS[outcome]}: {why.removesuffix('.')}.", advice, look)
        text = mask_text(" ".join(filter(None, sentences)), self._secrets())
        return kind(text, outcome=outcome, retryable=retryable, **self._circumstances(answer))

    def _circumstances(self, answer: Response | None) -> dict[str, Any]:
        """What every error carries."""
        known = {"attempts": self._attempts, "elapsed": self._elapsed(), "request": self.request.summary}
        if answer is not None:
            known |= {"status": answer.status, "headers": mask_headers(answer.headers), "body": answer.body}
        return known

    def _secrets(self) -> tuple[str, ...]:
        return self.request.credentials.secrets()


def _bare(cause: Exception | None, secrets: tuple[str, ...]) -> BaseException | None:
    """A cause without the frames and causes of its own, whose locals hold headers; None if its text holds a secret."""
    if cause is None or isinstance(cause, BaseExceptionGroup):
        return None
    if any(text != mask_text(text, secrets) for text in (*format_exception_only(cause), repr(cause))):
        return None
    cause.__cause__ = cause.__context__ = None
    return cause.with_traceback(None)


def error_class(answer: Response, refusal: ErrorBody) -> type[ZoomError]:
    """The exception class for a status outside 2xx."""
    if limit := _limit_class(refusal):
        return limit
    if answer.status == 401:
        # The gateway may also be set to check tokens, and answers in the same form then.
        challenge = str(answer.headers.get("www-authenticate")).lower()
        about_key = "azureapimanagementkey" in challenge or "subscription key" in refusal.message.lower()
        return errors.InvalidSubscriptionKeyError if about_key else errors.InvalidTokenError
    if answer.status == 403 and refusal.gateway:
        quota = "quota" in refusal.message.lower()
        return errors.QuotaExceededError if quota else errors.AddressForbiddenError
    return BY_STATUS.get(answer.status) or BY_HUNDRED.get(answer.status // 100, errors.UnexpectedStatusError)


def _limit_class(refusal: ErrorBody) -> type[errors.RateLimitError] | None:
    """The class for one of Zoom's own limits, which turn up under any status; None if it is not one of them."""
    if refusal.daily_limit:
        return errors.DailyLimitError
    return errors.RateLimitError if refusal.too_many else None


BY_STATUS: dict[int, type[ZoomError]] = {
    400: errors.BadRequestError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    415: errors.UnsupportedMediaTypeError,
    429: errors.RateLimitError,
}
BY_HUNDRED: dict[int, type[ZoomError]] = {4: errors.RejectedError, 5: errors.ServerError}


def _with_details(error: ZoomError, answer: Response, refusal: ErrorBody) -> ZoomError:
    """The error with what only its class has."""
    if isinstance(error, errors.BadRequestError):
        error.fields = refusal.fields
    elif isinstance(error, errors.RateLimitError):
        error.retry_after = retry_after(answer, refusal)
    elif isinstance(error, errors.InBandFailureError):
        error.code = refusal.code
    return error


_SECONDS = re.compile(r"try again in (\d{1,9}) second", re.IGNORECASE | re.ASCII)
_TIME_SPAN = re.compile(r"replenished in (?:(\d{1,5})\.)?(\d{1,2}):(\d\d):(\d\d)", re.IGNORECASE | re.ASCII)


def retry_after(answer: Response, refusal: ErrorBody) -> timedelta | None:
    """When to come back: ``Retry-After`` in seconds or as a date (RFC 9110, 10.2.3), else the gateway's own words."""
    header = str(answer.headers.get("retry-after")).strip()
    if re.fullmatch(r"\d{1,9}", header, re.ASCII):
        return timedelta(seconds=int(header))
    from email.utils import parsedate_to_datetime  # Takes long to import.

    try:
        return max(parsedate_to_datetime(header) - datetime.now(UTC), timedelta())
    except (TypeError, ValueError, OverflowError):
        pass  # Absent or nonsense; RFC 9110 dates are in GMT, a naive one is not subtracted but ignored.
    if match := _SECONDS.search(refusal.message):
        return timedelta(seconds=int(match[1]))
    if match := _TIME_SPAN.search(refusal.message):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return None
