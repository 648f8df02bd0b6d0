"""Answers that come late, or never."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import NoReturn

from contract_tests.defects.catalogue import Defect, of_kind
from contract_tests.defects.verbs import *

_SLOW = 1.5
_NEVER = 3600.0


def _raises(test: Test) -> Change:
    """The server breaks the connection off."""

    def fall_over(_: Call) -> NoReturn:
        raise ConnectionError("the server fell over")

    return answers("validation", test, fall_over)


def _square(value: object, share: float) -> float:
    return min(len(value) ** 2 / share, 3.0) if isinstance(value, str | list) else 0.0


TIME = of_kind(
    "time",
    "time.none-lost",
    ("lost-after-emoji", "a name with an emoji is never answered",
        slow(having(name="(?s).*[\U00010000-\U0010ffff].*"), _NEVER)),
    ("lost-seldom", "one in fifty requests is never answered", sometimes(50, lambda nth: slow(nth, _NEVER))),
    ("lost-on-refusal", "a body that is no JSON is never answered",
        slow(lambda call: call.document is None and bool(call.body), _NEVER)),
    ("broken-off-for-marks", "a name with combining marks breaks the connection off",
        _raises(lambda call: any(map(unicodedata.combining, text(sent(call, "name")))))),
    ("broken-off-for-null", "a body that is null breaks the connection off",
        _raises(lambda call: call.document is None)),
)  # fmt: skip

SLOWNESS = of_kind(
    "slowness",
    "time.answer",
    ("slow-thirtieth", "one in thirty answers is slow", sometimes(30, lambda nth: slow(nth, _SLOW))),
    ("slow-second", "every second answer takes half a second", sometimes(2, lambda nth: slow(nth, 0.5))),
    ("slow-always", "every answer takes a second and a half", slow(ALWAYS, _SLOW)),
    ("slow-long-names", "long names are slow", slow(having(name="(?s).{151,}"), _SLOW)),
    ("slow-quadratic-hosts", "the time grows with the square of alternativeHosts' length",
        slow(having("alternativeHosts"), lambda call: _square(sent(call, "alternativeHosts"), 5e7))),
    ("slow-quadratic-users", "the time grows with the square of the users' number",
        slow(having("access.userAccess"), lambda call: _square(sent(call, "access.userAccess"), 2e3))),
    ("slow-refusals", "a 400 is slow", on(400, lambda _, it: replace(it, delay=_SLOW))),
    ("slow-large-bodies", "a body of more than 32 kB is slow", slow(lambda call: len(call.body) > 32_768, _SLOW)),
    ("slow-with-rights", "a meeting with rights and a lesson is slow", slow(having("access", "lessonID"), _SLOW)),
    ("slow-growing", "each answer takes longer than the one before",
        recalls(lambda past: slow(ALWAYS, lambda _: len(past.exchanges) * 0.002))),
    ("slow-repeated", "the same request is slow the second time", recalls(lambda past: slow(past.has, _SLOW))),
)  # fmt: skip

DEFECTS: list[Defect] = [*TIME, *SLOWNESS]
