"""What a server says that is no answer to a request: wait, no more today, not you, not now."""

import email.utils
import re
import time
from collections.abc import Callable, Sequence
from typing import Final

from luminus_zoom_contract.run.transport import HttpAnswer

LIMIT_REACHED: Final = re.compile(rb"daily rate limit|out of (call volume|bandwidth) quota|too\s*many\s*requests", re.I)
HANDFUL: Final = 4
"""Plain requests by which one tells that none gets through."""
_TRIES: Final = 4
_FLAKY_ENOUGH: Final = 3
_TOO_MANY: Final = 429
_NOT_NOW: Final = frozenset({502, 504})
"""What a gateway says of a server behind it that it cannot reach (RFC 9110, 15.6.3, 15.6.5)."""
_BEHIND: Final = _NOT_NOW | {503}


def retry_after(answer: HttpAnswer) -> float | None:
    """The seconds that an answer asks to wait, given as a number or as a date; None where it gives none."""
    text = (answer.header("retry-after") or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


class LimitError(Exception):
    """Requests do not get through, for a reason that is no breach of the contract; `cause` is that in a word."""

    def __init__(self, cause: str, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause


class Limits:
    """What one run does about a server's limits: it waits as it is asked to, within bounds, and knows when to stop."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep, longest: float = 10.0, total: float = 60.0) -> None:
        """Wait so many seconds at most, at once and in all."""
        self._sleep: Final = sleep
        self._longest: Final = longest
        self._left = total
        self._flaky = 0
        self._denials: Final[list[HttpAnswer]] = []
        """The latest answers to plain requests, as long as they are denials."""

    @staticmethod
    def has_begun(answer: HttpAnswer) -> bool:
        """Whether an answer is to be sent for again: it asks for that, or a gateway cannot reach what is behind it."""
        return _asks(answer) or answer.status in _NOT_NOW

    def send(
        self, transmit: Callable[[], HttpAnswer], note: Callable[[HttpAnswer], None], *, guarded: bool
    ) -> HttpAnswer:
        """Transmit a request, and again where the answer asks for that, which is noted; LimitError after some tries.

        Nobody waits here where a guard does, before whatever is sent next. Only 429 says there that nothing was done.
        """
        answer = transmit()
        for left in reversed(range(_TRIES)):
            if not _asks(answer) or (guarded and answer.status != _TOO_MANY):
                break
            note(answer)
            if not left:
                raise LimitError("rate limit", f"{_TRIES} times in turn {answer.status} with Retry-After")
            if not guarded:
                self._wait(answer)
            answer = transmit()
        if answer.status not in _NOT_NOW or guarded:
            return answer
        again = transmit()
        self._flaky += again.status not in _NOT_NOW
        if self._flaky >= _FLAKY_ENOUGH:
            words = f"{answer.status}, and a moment later another answer, for {self._flaky} requests"
            raise LimitError("intermittent", f"{words}: a gateway reaches what is behind it only at times")
        return again

    def _wait(self, answer: HttpAnswer) -> None:
        wait = retry_after(answer) or 0.0
        if wait > min(self._longest, self._left):
            most = f"a run waits {self._longest:.0f} s at once and a minute in all"
            raise LimitError("rate limit", f"{answer.status} asks to wait {wait:.0f} s; {most}")
        self._left -= wait
        self._sleep(wait)

    @property
    def knows_denials(self) -> bool:
        """Whether enough plain requests were denied in turn to tell that all are."""
        return len(self._denials) >= HANDFUL

    def learn(self, plain: HttpAnswer | None) -> bool:
        """Take the answer to a plain request; whether it got through. LimitError where none does any more."""
        if plain is not None and 200 <= plain.status < 300:
            self._denials.clear()
            return True
        if plain is not None:
            self._denials.append(plain)
        if self.knows_denials:
            self.conclude()
        return False

    def conclude(self) -> None:
        """LimitError, where the plain requests that were denied, be they few, tell why nothing got through."""
        if self._denials:
            raise_cause(self._denials)


def raise_cause(answers: Sequence[HttpAnswer]) -> None:
    """LimitError, where answers to plain requests tell why they do not get through."""
    cause, reason = cause_of(answers)
    if cause:
        raise LimitError(cause, reason)


def _asks(answer: HttpAnswer) -> bool:
    return answer.status in {429, 503} and retry_after(answer) is not None


def cause_of(answers: Sequence[HttpAnswer]) -> tuple[str, str]:
    """Why plain requests do not get through, as one word and in a sentence; both empty where that is not why."""
    last, statuses = answers[-1], [answer.status for answer in answers]
    said = f"{len(statuses)} plain requests were answered with {', '.join(map(str, dict.fromkeys(statuses)))}"
    if any(200 <= status < 300 for status in statuses):
        if {*statuses} & _BEHIND:
            return "intermittent", f"{said}: what is behind the address can be reached now and then"
        return "", ""
    if all(status in _BEHIND for status in statuses):
        return "unreachable", f"{said}: somebody answers, and what is behind the address cannot be reached"
    if last.status == _TOO_MANY:
        return "rate limit", f"{said}, without saying how long to wait"
    if last.status == 403 and (LIMIT_REACHED.search(last.body) or last.header("retry-after")):
        return "quota", f"{said}: the calls of this key are used up"
    if all(status == 401 for status in statuses):
        return "denied", f"{said}: the subscription key or the token is not accepted"
    if all(status in {401, 403} for status in statuses):
        return "denied", f"{said}: the key's user has no rights there; name a module in which meetings may be created"
    return "", ""
