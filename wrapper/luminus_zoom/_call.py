"""What to do after an attempt: return the meeting, raise an error, or wait and try again. Nothing here does I/O.

`Call.steps` is a generator. It yields what to do next (`Send`, `Wait`) and receives the result, so that the
sync and the async client share every decision.
"""

import contextlib
import json
import random
from collections.abc import Callable, Generator
from traceback import format_exception_only
from typing import Any

import attrs
from attrs import define, field, frozen

from . import errors
from ._error_body import ErrorBody, error_class, in_band_failure, outcome_of, read_error_body, shows_meeting
from ._observe import Event, Hook, observe
from ._request import Credentials, Request
from ._response import FOREIGN, Response, mismatches, read, salvaged
from ._retry_after import retry_after
from ._secrets import MASK, mask_headers, mask_text
from .errors import Outcome, ZoomError
from .meeting import Deviation, Meeting

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
    with its attempts and waits, `retries` how many times a request that the service cannot have seen may be sent again.
    """

    timeout: float = 60.0
    deadline: float = 180.0
    retries: int = 2
    strict: bool = False


@frozen
class Failure:
    """An attempt that brought no answer.

    `sent` tells whether the service may have seen any of the request, `is_certain` whether any of it did leave,
    `untrusted` whether the server's certificate was not trusted.
    """

    text: str = field(repr=False)
    sent: bool
    timeout: bool = False
    untrusted: bool = False
    cause: Exception | None = field(default=None, repr=False)
    is_certain: bool = True


@define
class Send:
    """Send the request, `timeout` seconds for each phase, and give up when `seconds` are over.

    `is_ours` tells whether an answer belongs to the request; otherwise its connection is closed. The transport
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
        self._judged: tuple[Response | None, Meeting | None, tuple[Deviation, ...]] = (None, None, ())

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
        """The error for a token's callable that failed. The cause's text may hold secrets, so it is only chained."""
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
        with contextlib.suppress(BaseException):  # A hook may have been what interrupted, and does it again.
            self._tell("failed", None, interruption)
        interruption.__context__ = None
        return interruption.with_traceback(None)

    def seconds_left(self) -> float:
        """Seconds until the deadline."""
        return self._policy.deadline - self._elapsed()

    def _judge(self, answer: Response) -> tuple[Meeting | None, tuple[Deviation, ...]]:
        """The meeting in a 2xx answer, if there is one, and where it is not what this call asked for."""
        if answer is not self._judged[0]:
            meeting = read(answer)
            found = mismatches(meeting, self.request.values) if meeting else ()
            self._judged = (answer, meeting, found)
        return self._judged[1:]

    def _is_ours(self, answer: Response) -> bool:
        """Whether an answer belongs to the request, as far as can be told."""
        return not (200 <= answer.status < 300 and FOREIGN in self._judge(answer)[1])

    def _elapsed(self) -> float:
        return self._clock() - self._start

    def _tell(self, name: Any, status: int | None, error: Any = None, wait: float | None = None) -> None:
        """Log it and tell the hooks."""
        outcome, kind = (error.outcome, type(error).__name__) if error else (None, None)
        event = Event(name, self._attempts, self._elapsed(), status, outcome, kind, wait)
        observe(event, self.request.summary, self._hooks)

    def _wait_before_retry(self, error: ZoomError) -> float | None:
        """Seconds to wait before the next attempt; None for no further attempt, or no time for it."""
        if not error.retryable or self._attempts > self._policy.retries:
            return None
        named = error.retry_after if isinstance(error, errors.RateLimitError) else None
        # Jitter, so that clients that failed at the same time do not retry at the same time.
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
            said = "was" if failure.is_certain else "may have been"
            error = self._error(kind, Outcome.UNKNOWN, f"the request {said} sent, but {failure.text}")
        else:
            advice = UNTRUSTED if failure.untrusted else SAFE
            error = self._error(kind, Outcome.NOT_SENT, failure.text, advice, retryable=True)
        error.__cause__ = _bare(failure.cause, self._secrets())
        return error

    def _after_answer(self, answer: Response) -> Meeting | ZoomError:
        """The meeting of a 2xx, or the error for any other answer."""
        answer = self._without_credentials(answer)
        if not 200 <= answer.status < 300:
            return self._refused(answer, read_error_body(answer))
        sent = self.request.summary.properties
        if (failure := in_band_failure(answer, sent)) is not None:
            return self._refused(answer, failure)
        meeting, deviations = self._judge(answer)
        if meeting is None or not shows_meeting(answer, sent):
            return self._unreadable(answer, meeting)
        if deviations:
            meeting = attrs.evolve(meeting, deviations=(*meeting.deviations, *deviations))
        if self._policy.strict and meeting.deviations:
            listed = "; ".join(map(str, meeting.deviations))
            text = f"A meeting was created (it is in .meeting), but the answer breaks the contract: {listed}."
            if FOREIGN in deviations:
                text = (
                    f"A meeting may have been created: the answer, whose meeting is in .meeting, belongs to another "
                    f"request: {listed}. {LOOK_FIRST}"
                )
            return self._about_meeting(errors.DeviationError, text, answer, meeting)
        return meeting

    def _without_credentials(self, answer: Response) -> Response:
        """The answer itself; or the same without our credentials, should it echo them, and its body then as text."""
        secrets, text = self._secrets(), answer.text
        if "\\" in text and answer.value is not None:
            # What reads JSON finds a secret behind escapes, too: .NET writes + as \u002B, PHP / as \/.
            text = json.dumps(answer.value, ensure_ascii=False)
            secrets = (*secrets, *(json.dumps(secret)[1:-1] for secret in secrets))
        head = "\n".join((str(answer.fault), *answer.headers, *answer.headers.values())).lower()
        in_body = any(secret in text for secret in secrets)
        if not in_body and not any(secret.lower() in head for secret in secrets):
            return answer
        headers = {
            name: mask_text(value, secrets)
            for name, value in answer.headers.items()
            if not any(secret.lower() in name for secret in secrets)
        }
        body = answer.body
        if in_body:
            headers.pop("content-encoding", None)
            for secret in secrets:
                text = text.replace(secret, MASK)
            body = text.encode(errors="replace")
        return Response(answer.status, headers, body, answer.fault and mask_text(answer.fault, secrets))

    def _unreadable(self, answer: Response, meeting: Meeting | None) -> ZoomError:
        """The error for a success that shows no meeting, or cannot be read as one."""
        meeting = meeting or salvaged(answer)
        meeting = None if meeting == Meeting() else meeting
        found = f"What could be read is in .meeting: {meeting!r}." if meeting else "Nothing of it could be read."
        shown = shows_meeting(answer, self.request.summary.properties)
        situation, advice = (
            ("A meeting was", "Do not call again.") if shown else ("A meeting may have been", LOOK_FIRST)
        )
        told = read_error_body(answer)
        page = f"the front end answered with {told.message!r}" if answer.is_page else None
        empty = None if answer.body else "its body is empty"
        said = f": {told.message!r}" if told.message else ""
        lacks = "its body is not a meeting" if shown else f"its body does not show one{said}"
        why = answer.fault or page or empty or lacks
        text = f"{situation} created (status {answer.status}), but {why}. {advice} {found}"
        return self._about_meeting(errors.UnreadableMeetingError, text, answer, meeting)

    def _about_meeting(
        self,
        kind: type[errors.UnreadableMeetingError | errors.DeviationError],
        text: str,
        answer: Response,
        meeting: Meeting | None,
    ) -> ZoomError:
        """An error that has a meeting, or what could be read of one."""
        error = kind(mask_text(text), **self._circumstances(answer))
        error.meeting = meeting
        return error

    def _refused(self, answer: Response, told: ErrorBody) -> ZoomError:
        """The error for a status that is not 2xx, or for a 2xx whose body tells of a failure."""
        kind = error_class(answer, told)
        said = f" {told.message!r}" if told.message else " without a reason"
        if 200 <= answer.status < 300:
            said = f", but its body tells of a failure: {told.message!r}"
        # Only the gateway's own 429 is certain not to have been forwarded.
        retryable = answer.status == 429 and told.speaker == "gateway" and kind is errors.RateLimitError
        # A front end's answer says nothing about arguments and rights.
        advice = None if told.speaker == "front end" else ADVICE.get(kind)
        text = f"the {told.speaker} answered {answer.status}{said}"
        error = self._error(kind, outcome_of(answer, told), text, advice, answer, retryable=retryable)
        return _with_details(error, answer, told)

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
    try:
        texts = (*format_exception_only(cause), repr(cause))
    except Exception:  # A repr of somebody else's may raise anything.
        return None
    if any(text != mask_text(text, secrets) for text in texts):
        return None
    cause.__cause__ = cause.__context__ = None
    return cause.with_traceback(None)


def _with_details(error: ZoomError, answer: Response, refusal: ErrorBody) -> ZoomError:
    """The error with what only its class has."""
    if isinstance(error, errors.BadRequestError):
        error.fields = refusal.fields
    elif isinstance(error, errors.RateLimitError):
        error.retry_after = retry_after(answer, refusal)
    elif isinstance(error, errors.InBandFailureError):
        error.code = refusal.code
    return error
