"""Answers that come late, or never."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from contract_tests.defects.catalogue import Defect, of_kind
from contract_tests.defects.levers import Change, Test, anew, before, every, having, on, rights, sent, slow, text
from luminus_zoom_mock.exchange import Call

_SLOW = 1.5
_NEVER = 3600.0


def _slow_on(status: int) -> Change:
    return on(status, lambda _, it: replace(it, delay=_SLOW))


def _slow_again() -> Change:
    """A body that was sent before is answered slowly."""
    seen: set[bytes] = set()

    def test(call: Call) -> bool:
        known = call.body in seen
        seen.add(call.body)
        return known

    return slow(test, lambda _: _SLOW)


def _raises(test: Test) -> Change:
    """The server breaks the connection off."""

    def step(call: Call) -> None:
        if test(call):
            raise ConnectionError("the server fell over")

    return before("validation", step)


def _growing() -> Change:
    """Each answer takes longer than the one before."""
    seen: list[int] = []

    def seconds(_: Call) -> float:
        seen.append(1)
        return len(seen) * 0.002

    return slow(lambda _: True, seconds)


def _sometimes(number: int, seconds: float) -> Change:
    """Every so-manieth answer is late by so much."""
    return anew(lambda: slow(every(number), lambda _: seconds))


LOST = of_kind(
    "time",
    ("lost-after-emoji", "a name with an emoji is never answered", slow(
        lambda call: any(c > "\uffff" for c in text(sent(call, "name"))), lambda _: _NEVER)),
    ("lost-seldom", "one in fifty requests is never answered", _sometimes(50, _NEVER)),
    ("lost-on-refusal", "a body that is no JSON is never answered", slow(
        lambda call: call.document is None and bool(call.body), lambda _: _NEVER)),
    ("broken-off-for-marks", "a name with combining marks breaks the connection off", _raises(
        lambda call: any(unicodedata.combining(c) for c in text(sent(call, "name"))))),
    ("broken-off-for-null", "a body that is null breaks the connection off", _raises(
        lambda call: call.document is None)),
    clause="time.none-lost",
)  # fmt: skip

SLOWNESS = of_kind(
    "slowness",
    ("slow-thirtieth", "one in thirty answers is slow", _sometimes(30, _SLOW)),
    ("slow-second", "every second answer takes half a second", _sometimes(2, 0.5)),
    ("slow-always", "every answer takes a second and a half", slow(lambda _: True, lambda _: _SLOW)),
    ("slow-long-names", "long names are slow", slow(
        lambda call: len(text(sent(call, "name"))) > 150, lambda _: _SLOW)),
    ("slow-quadratic-hosts", "the time grows with the square of alternativeHosts' length", slow(
        having("alternativeHosts"), lambda call: min(len(text(sent(call, "alternativeHosts"))) ** 2 / 5e7, 3.0))),
    ("slow-quadratic-users", "the time grows with the square of the users' number", slow(
        lambda call: isinstance(rights(call, "userAccess"), list),
        lambda call: min(len(rights(call, "userAccess")) ** 2 / 2e3, 3.0))),
    ("slow-refusals", "a 400 is slow", _slow_on(400)),
    ("slow-large-bodies", "a body of more than 32 kB is slow", slow(lambda call: len(call.body) > 32_768,
        lambda _: _SLOW)),
    ("slow-with-rights", "a meeting with rights and a lesson is slow", slow(having("access", "lessonID"),
        lambda _: _SLOW)),
    ("slow-growing", "each answer takes longer than the one before", anew(_growing)),
    ("slow-repeated", "the same request is slow the second time", anew(_slow_again)),
    severity="finding",
    clause="time.answer",
)  # fmt: skip

DEFECTS: list[Defect] = [*LOST, *SLOWNESS]
