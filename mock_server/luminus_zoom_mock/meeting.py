"""The meeting that an accepted request becomes: what each property of the answer is made from.

Which properties there are is the contract's affair. Those that request and response share are echoed. The others come
from `DERIVED`, the mock's own choice where the documentation page says nothing; what has no entry there is left out, or
false where it is a boolean.
"""

from __future__ import annotations

import random
import string
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from luminus_zoom_mock.contract import Contract, Property
from luminus_zoom_mock.settings import Settings

SINGAPORE = timezone(timedelta(hours=8))
PASSWORD_ALPHABET = string.ascii_letters + string.digits + "@-_*"
"""The characters that Zoom allows in a passcode."""

_MINUTE = timedelta(minutes=1)
_PASSWORD_BYTES = (PASSWORD_ALPHABET * 4)[:256].encode()
"""Such a character for each byte."""

_UUID_RANDOM = ~(0xF000 << 64 | 0xC000 << 48)
"""The bits of a UUID that are not given by its version and variant."""
_UUID_VERSION_4 = 0x4000 << 64 | 0x8000 << 48

# Not the module's shared generator: hypothesis seeds that one anew for every example, and passwords would repeat.
_random = random.Random()  # noqa: S311


class Instant(NamedTuple):
    """A point in time as .NET keeps it: whole seconds, and the fraction's digits (at most seven, no trailing zeros)."""

    moment: datetime
    fraction: str

    def plus(self, minutes: float) -> Instant:
        """Return the instant so many minutes later. Raises OverflowError beyond the year 9999."""
        return Instant(self.moment + minutes * _MINUTE, self.fraction)

    def text(self, digits: int | None = None) -> str:
        """Return it as the service writes dates, at `+08:00`, with so many fraction digits (None: those it has)."""
        return _with_fraction(self.moment.isoformat(), self.fraction, digits)


def _with_fraction(whole: str, fraction: str, digits: int | None) -> str:
    if digits is not None:
        fraction = fraction.ljust(digits, "0")[:digits]
    return f"{whole[:19]}.{fraction}{whole[19:]}" if fraction else whole


def read_instant(text: str) -> Instant:
    """Read an RFC 3339 date-time that the contract's `format` has passed.

    Raises ValueError or OverflowError for those that neither .NET nor Python can hold: leap seconds, the year 0, and
    what lies outside the years 1 to 9999 in Singapore.
    """
    offset = "+00:00" if text[-1] in "Zz" else text[-6:]
    end = -1 if text[-1] in "Zz" else -6
    moment = datetime.fromisoformat(f"{text[:10]}T{text[11:19]}{offset}").astimezone(SINGAPORE)
    return Instant(moment, text[20:end][:7].rstrip("0"))


def offset_hours(text: str) -> float:
    """Return how far from UTC an RFC 3339 date-time is written, in hours without sign."""
    return 0.0 if text[-1] in "Zz" else int(text[-5:-3]) + int(text[-2:]) / 60


@dataclass(slots=True)
class Draft:
    """What the properties of one answer are made from."""

    request: Mapping[str, Any]
    instants: Mapping[str, Instant]
    """The request's date-times by property name."""
    digits: int | None
    """Fraction digits for every date; None for those that each has."""
    number: str
    """Zoom's number of the meeting."""


Field: TypeAlias = Callable[[Draft], Any]
"""Makes one property's value from the draft; None leaves the property out."""


def number_of(serial: int) -> str:
    """Return an eleven-digit number, different for each of ten thousand million serials yet not in their order."""
    # The factor has no divisor in common with the modulus, so no two serials meet.
    return str(80_000_000_000 + serial * 7_368_787_001 % 10_000_000_000)


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, SINGAPORE).isoformat()


def _now(draft: Draft) -> str:
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    return _with_fraction(_second(seconds), f"{microseconds:06}".rstrip("0"), draft.digits)


def _end(draft: Draft) -> str | None:
    start, duration = draft.instants.get("startDate"), draft.request.get("duration")
    if start is None or duration is None:
        return None
    return _with_fraction((start.moment + duration * _MINUTE).isoformat(), start.fraction, draft.digits)


def _integer(value: float | None) -> int | None:
    # JSON Schema takes 90.0 for an integer; .NET writes it without the fraction.
    return None if value is None else int(value)


def _join_url(draft: Draft) -> str:
    return f"https://nus-sg.zoom.us/j/{draft.number}?pwd={urlsafe_b64encode(_random.randbytes(24)).decode()}"


def _uuid() -> str:
    # Without a UUID object, which would cost more than all of the echoed properties.
    digits = f"{_random.getrandbits(128) & _UUID_RANDOM | _UUID_VERSION_4:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


DERIVED: Mapping[str, Field] = {
    "id": lambda _: _uuid(),
    "endDate": _end,
    "createdDate": _now,
    "creatorID": lambda _: "5a0c9e3e-7d0b-4a5f-8e21-3f6b1c2d4e5f",
    "userID": lambda _: "e0123456",
    "userName": lambda _: "Ann Example",
    "email": lambda _: "ann@u.nus.example",
    "topic": lambda draft: draft.request.get("name"),
    "apiUserName": lambda _: "ann@u.nus.example",
    "meetingID": lambda draft: draft.number,
    "meetingDuration": lambda draft: _integer(draft.request.get("duration")),
    "meetingPassword": lambda _: _random.randbytes(6).translate(_PASSWORD_BYTES).decode(),
    "joinUrl": _join_url,
    "hostKey": lambda _: f"{_random.randrange(1_000_000):06}",
    "isSetPassword": lambda _: True,
    "recordType": lambda draft: _integer(draft.request.get("recordType")) or 0,
}
"""How the answer's properties are made that are no plain echo, by name."""


def _echo(name: str, kind: Property, omit_unset: bool) -> Field:
    unset = False if kind.type == "boolean" and not omit_unset else None
    if kind.format == "date-time":
        return lambda draft: draft.instants[name].text(draft.digits) if name in draft.instants else None
    if kind.type == "integer":
        return lambda draft: _integer(draft.request.get(name))
    if kind.format == "uuid":  # .NET writes a GUID in lower case.
        return lambda draft: value.lower() if (value := draft.request.get(name)) is not None else None
    return lambda draft: draft.request.get(name, unset)


def fields(contract: Contract, settings: Settings) -> dict[str, Field]:
    """Return how each property of the answer is made, in the contract's order. It may be changed, entry by entry."""
    made: dict[str, Field] = {}
    for name, kind in contract.answer.items():
        if name in DERIVED:
            made[name] = DERIVED[name]
        elif name in contract.request:
            made[name] = _echo(name, kind, settings.omit_unset)
        elif kind.type == "boolean":
            made[name] = lambda _: False
    return made


def build(makers: Mapping[str, Field], draft: Draft) -> dict[str, Any]:
    """Return the meeting as it is answered: what is not set is left out, as in the recordings, rather than null."""
    return {name: value for name, make in makers.items() if (value := make(draft)) is not None}
