"""Failures on request, so that users can test what their program does when an answer is lost, late or an error.

A fault has a name, as `FAULTS` lists them, or is a status. Those "after creating" let the service do its work first:
the meeting exists, and the caller does not learn of it.
"""

from __future__ import annotations

import inspect
import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeAlias

from luminus_zoom_mock import gateway, service
from luminus_zoom_mock.exchange import Answer, Call, Headers
from luminus_zoom_mock.meeting import somebody_elses

FOREVER = float("inf")
When: TypeAlias = "Mapping[str, Any] | Callable[[Call], bool] | None"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong. `make` turns the service's answer, and the seconds that were asked for, into what is sent."""

    about: str
    make: Callable[[Answer, float], Answer]
    creates: bool = False
    """Whether the service does its work before; otherwise `make` is given an answer without meaning."""


def _page(status: int, title: str, *headers: tuple[bytes, bytes]) -> Answer:
    """What a front end, such as a proxy or a firewall, answers to people who browse."""
    body = f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n"
    return Answer(status, [(b"content-type", b"text/html"), *headers], body.encode())


def _zoom(status: int, code: int, message: str) -> Answer:
    """What Zoom says, passed on by the service."""
    body = json.dumps({"code": code, "message": message}, separators=(",", ":")).encode()
    return Answer(status, [(b"content-type", b"application/json; charset=utf-8"), *service.BODY_HEADERS], body)


def _late(answer: Answer, seconds: float) -> Answer:
    return Answer(answer.status, answer.headers, answer.body, delay=seconds)


def _cut(answer: Answer, _: float) -> Answer:
    return Answer(answer.status, answer.headers, answer.body, sent=len(answer.body) // 2)


def _somebody_elses(answer: Answer, _: float) -> Answer:
    return Answer(answer.status, answer.headers, somebody_elses(answer.body))


_LOST = Answer(0, [], sent=-1)
_SILENT = Answer(0, [], sent=-1, delay=FOREVER)
_UNFORWARDED = "Nothing is created."
_CREATED = "The meeting is created."

FAULTS: Mapping[str, Fault] = {
    "timeout after creating": Fault(f"{_CREATED} No answer comes.", lambda *_: _SILENT, creates=True),
    "connection lost after creating": Fault(
        f"{_CREATED} The connection is closed without an answer.", lambda *_: _LOST, creates=True
    ),
    "answer cut off after creating": Fault(
        f"{_CREATED} The connection is closed in the middle of the answer's body.", _cut, creates=True
    ),
    "late answer": Fault(f"{_CREATED} The answer comes after `seconds`.", _late, creates=True),
    "empty answer after creating": Fault(
        f"{_CREATED} The answer is a 201 without a body.",
        lambda answer, _: Answer(answer.status, answer.headers),
        creates=True,
    ),
    "another meeting's answer": Fault(
        f"{_CREATED} The answer is about another meeting, as after a stray answer on a connection.",
        _somebody_elses,
        creates=True,
    ),
    "server error after creating": Fault(
        f"{_CREATED} The service answers 500 without a body.", lambda *_: service.crash(), creates=True
    ),
    "gateway timeout after creating": Fault(
        f"{_CREATED} The gateway did not wait for the service, and answers 500.",
        lambda *_: gateway.crash("8f1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"),
        creates=True,
    ),
    "bad gateway after creating": Fault(
        f"{_CREATED} A front end answers 502 with a web page.", lambda *_: _page(502, "Bad Gateway"), creates=True
    ),
    "timeout": Fault(f"{_UNFORWARDED} No answer comes.", lambda *_: _SILENT),
    "connection lost": Fault(f"{_UNFORWARDED} The connection is closed without an answer.", lambda *_: _LOST),
    "rate limit": Fault(
        f"{_UNFORWARDED} The gateway answers 429 with Retry-After: `seconds`.",
        lambda _, seconds: gateway.rate_limited(int(seconds)),
    ),
    "quota": Fault(
        f"{_UNFORWARDED} The gateway's quota is used up for `seconds`: 403.",
        lambda _, seconds: gateway.quota_exceeded(int(seconds)),
    ),
    "bad key": Fault(
        f"{_UNFORWARDED} The gateway refuses the subscription key: 401.",
        lambda *_: gateway.report(401, gateway.INVALID_KEY),
    ),
    "bad token": Fault(f"{_UNFORWARDED} The service refuses the bearer token: 401.", lambda *_: service.bad_token()),
    "forbidden": Fault(
        f"{_UNFORWARDED} The user may not create meetings in the module: 403.", lambda *_: service.forbidden()
    ),
    "blocked by a front end": Fault(
        f"{_UNFORWARDED} A firewall answers 403 with a web page.", lambda *_: _page(403, "Request blocked")
    ),
    "server error": Fault(f"{_UNFORWARDED} The service answers 500 without a body.", lambda *_: service.crash()),
    "bad gateway": Fault(
        f"{_UNFORWARDED} A front end answers 502 with a web page.", lambda *_: _page(502, "Bad Gateway")
    ),
    "service unavailable": Fault(
        f"{_UNFORWARDED} A front end answers 503 with a web page and Retry-After: `seconds`.",
        lambda _, seconds: _page(503, "Service Unavailable", (b"retry-after", b"%d" % seconds)),
    ),
    "gateway timeout": Fault(
        f"{_UNFORWARDED} A front end answers 504 with a web page.", lambda *_: _page(504, "Gateway Timeout")
    ),
    "Zoom's daily limit": Fault(
        f"{_UNFORWARDED} Zoom's limit of meetings a day for one host is reached: 429 from the service.",
        lambda *_: _zoom(
            429,
            429,
            "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this "
            "particular user. You may resume these requests at GMT 00:00:00.",
        ),
    ),
    "Zoom's rate limit": Fault(
        f"{_UNFORWARDED} Zoom's limit of requests a second is reached: 429 from the service.",
        lambda *_: _zoom(429, 429, "You have reached the maximum per-second rate limit for this API. Try again later."),
    ),
    "in-band failure": Fault(
        f"{_UNFORWARDED} The answer is a 200 whose body tells of a failure.",
        lambda *_: _zoom(200, 124, "Invalid access token."),
    ),
}
"""The faults by name."""


@dataclass(slots=True, eq=False)
class Rule:
    """A fault that waits for its requests."""

    name: str
    fault: Fault | None
    """None answers as usual."""
    left: int | None = 1
    """How many requests it is still for; None for all."""
    seconds: float = 1.0
    probability: float = 1.0
    when: When = None

    def matches(self, call: Call) -> bool:
        """Tell whether a request is one that the rule is for; a mapping is compared with the body's properties."""
        if not isinstance(self.when, Mapping):
            return self.when is None or self.when(call)
        try:
            document = json.loads(call.body)
        except ValueError:
            return False
        return isinstance(document, dict) and self.when.items() <= document.items()


@dataclass(slots=True)
class Plan:
    """The rules, in the order in which they are looked at. Every method may be called from any thread."""

    rules: list[Rule] = field(default_factory=list)
    _lock: Any = field(default_factory=Lock, repr=False)
    _random: random.Random = field(default_factory=lambda: random.Random(0), repr=False)  # noqa: S311

    def extend(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Add rules at the end, each given as the arguments of `made`; all or, if one is wrong, none.

        Raises ValueError as `made`, and for an option that does not exist.
        """
        known = inspect.signature(made).parameters
        listed = [dict(rule) for rule in rules]
        if unknown := sorted({name for rule in listed for name in rule} - known.keys()):
            raise ValueError(f"there is no option {', '.join(unknown)}. There are: {', '.join(known)}")
        new = [made(**rule) for rule in listed]
        with self._lock:
            self.rules.extend(new)

    def script(self, faults: Iterable[str | int | None]) -> None:
        """Replace all rules: the first request meets the first fault, and so on; None stands for no fault."""
        rules = [made(fault) for fault in faults]
        with self._lock:
            self.rules[:] = rules

    def clear(self) -> None:
        """Forget all rules."""
        with self._lock:
            self.rules.clear()

    def take(self, call: Call) -> Rule | None:
        """Return the first rule for this request, which is used up by it; None if there is none."""
        with self._lock:
            for rule in self.rules:
                if rule.matches(call) and (rule.probability >= 1 or self._random.random() < rule.probability):
                    if rule.left is not None:
                        rule.left -= 1
                        if not rule.left:
                            self.rules.remove(rule)
                    return rule
        return None

    def give_back(self, rule: Rule) -> None:
        """Keep a rule for the next request, since this one was refused before anything was created."""
        with self._lock:
            if rule.left is None:
                return
            rule.left += 1
            if rule not in self.rules:
                self.rules.insert(0, rule)

    def listed(self) -> list[dict[str, Any]]:
        """Return the rules as JSON values."""
        with self._lock:
            return [
                {
                    "fault": rule.name,
                    "times": rule.left,
                    "seconds": rule.seconds,
                    "probability": rule.probability,
                    "when": dict(rule.when) if isinstance(rule.when, Mapping) else None,
                }
                for rule in self.rules
            ]


def made(
    fault: str | int | None,
    *,
    times: int | None = 1,
    seconds: float = 1.0,
    probability: float = 1.0,
    when: When = None,
    body: str = "",
    headers: Mapping[str, str] | None = None,
    after_creating: bool = False,
) -> Rule:
    """Return a rule.

    Raises ValueError for a fault that does not exist, or an option that has no meaning.
    """
    wrong = {
        "times": times is not None and (not isinstance(times, int) or times < 1),
        "seconds": not isinstance(seconds, int | float) or not seconds >= 0,
        "probability": not isinstance(probability, int | float) or not 0 < probability <= 1,
        "when": not (when is None or isinstance(when, Mapping) or callable(when)),
    }
    if any(wrong.values()):
        raise ValueError(f"{', '.join(name for name, is_wrong in wrong.items() if is_wrong)}: a value without meaning")
    if isinstance(fault, int) and not isinstance(fault, bool) and 200 <= fault <= 599:
        answer = Answer(fault, _wire_headers(headers or {}), body.encode())
        chosen: Fault | None = Fault(f"The answer is a {fault}.", lambda *_: answer, creates=after_creating)
    elif body or headers or after_creating:
        raise ValueError("body, headers and after_creating are for a status, such as 503")
    elif fault is None or fault in FAULTS:
        chosen = None if fault is None else FAULTS[str(fault)]
    else:
        raise ValueError(f"there is no fault {fault!r}. There are: {', '.join(FAULTS)}; or a status from 200 to 599")
    return Rule(str(fault), chosen, times, seconds, probability, when)


def _wire_headers(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
