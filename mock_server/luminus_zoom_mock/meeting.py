"""The behaviour of addMeeting: what its request must be besides the schema, and what each property of its answer is.

Which properties there are is the contract's affair. Those that the contract says repeat the request are echoed, and so
are those that both share. The others come from `DERIVED`, the mock's own choice where the documentation page says
nothing; what has no entry there, or one that the contract's schema does not allow, is made from its schema.
"""

from __future__ import annotations

import json
import os
import random
import string
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

from luminus_zoom_mock.contract import Contract, Faults, Property
from luminus_zoom_mock.instants import SINGAPORE, Instant, offset_hours, read_instant, with_fraction
from luminus_zoom_mock.settings import Settings
from luminus_zoom_mock.values import value_for

__all__ = ["DERIVED", "PASSWORD_ALPHABET", "Draft", "Field", "Instant", "build", "fields", "number_of", "read_instant"]

PASSWORD_ALPHABET = string.ascii_letters + string.digits + "@-_*"
"""The characters that Zoom allows in a passcode."""

_ANNOTATIONS = ("title", "description", "default", "deprecated", "examples", "x-echoes", "x-provenance", "x-sensitive")
"""Keywords that allow and forbid nothing."""
_MINUTE = timedelta(minutes=1)
_PASSWORD_BYTES = (PASSWORD_ALPHABET * 4)[:256].encode()
"""Such a character for each byte."""

_UUID_RANDOM = ~(0xF000 << 64 | 0xC000 << 48)
"""The bits of a UUID that are not given by its version and variant."""
_UUID_VERSION_4 = 0x4000 << 64 | 0x8000 << 48

# Not the module's shared generator: hypothesis seeds that one anew for every example, and passwords would repeat.
_random = random.Random()  # noqa: S311
if hasattr(os, "register_at_fork"):  # Windows has no fork.
    os.register_at_fork(after_in_child=_random.seed)


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
    serial: int = 1
    """Which creation this is."""


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
    return with_fraction(_second(seconds), f"{microseconds:06}".rstrip("0"), draft.digits)


def _end(draft: Draft) -> str | None:
    start, duration = draft.instants.get("startDate"), draft.request.get("duration")
    if start is None or not isinstance(duration, int | float):
        return None
    return with_fraction((start.moment + duration * _MINUTE).isoformat(), start.fraction, draft.digits)


def _integer(value: Any) -> Any:
    # JSON Schema takes 90.0 for an integer; .NET writes it without the fraction.
    return int(value) if isinstance(value, float) and value.is_integer() else value


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
    "apiUserName": lambda _: "ann@u.nus.example",
    "meetingID": lambda draft: draft.number,
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
        return lambda draft: value.lower() if isinstance(value := draft.request.get(name), str) else value
    return lambda draft: draft.request.get(name, unset)


def fields(contract: Contract, settings: Settings) -> dict[str, Field]:
    """Return how each property of the answer is made, in the contract's order. It may be changed, entry by entry."""
    made: dict[str, Field] = {}
    for name, kind in contract.answer.items():
        built = _from_schema(contract, name, kind)
        source = next((it for it in (kind.echoes, name) if it in contract.request), None)
        if name in DERIVED and _fits(contract, kind, DERIVED[name]):
            made[name] = _or_else(DERIVED[name], built) if kind.required else DERIVED[name]
        elif source is not None:
            echo = _echo(source, kind, settings.omit_unset)
            if not _is_wider(contract, kind, contract.request[source]):
                echo = _if_allowed(contract, kind, echo)
            made[name] = _or_else(echo, built) if kind.required else echo
        elif kind.type == "boolean" and contract.schemas.allows(kind.schema, False):
            made[name] = lambda _: False
        else:
            made[name] = built
    return made


def _is_wider(contract: Contract, answer: Property, request: Property) -> bool:
    """Tell whether each keyword of an answer's property stands in the request's too, so that it allows all values."""
    of_answer, of_request = ({**contract.schemas.resolve(it.schema), **it.schema} for it in (answer, request))
    ignored = (*_ANNOTATIONS, "$ref")
    return all(of_request.get(keyword) == it for keyword, it in of_answer.items() if keyword not in ignored)


def _if_allowed(contract: Contract, kind: Property, echo: Field) -> Field:
    return lambda draft: value if contract.schemas.allows(kind.schema, value := echo(draft)) else None


def _from_schema(contract: Contract, name: str, kind: Property) -> Field:
    return lambda draft: value_for(contract.schemas, kind.schema, draft.serial, name)


def _or_else(first: Field, second: Field) -> Field:
    return lambda draft: second(draft) if (value := first(draft)) is None else value


def _fits(contract: Contract, kind: Property, make: Field) -> bool:
    """Tell whether the schema of a property allows what `DERIVED` makes of a usual request of this contract."""
    request = {name: value for name, value in {"duration": 90, "recordType": 1}.items() if name in contract.request}
    dates = [name for name, kind in contract.request.items() if kind.format == "date-time"]
    instants = dict.fromkeys(dates, read_instant("2027-01-18T10:00:00+08:00"))
    value = make(Draft(request, instants, None, number_of(1)))
    return value is not None and contract.schemas.allows(kind.schema, value)


def further_faults(
    dates: Sequence[str], settings: Settings, request: Mapping[str, Any]
) -> tuple[dict[str, Instant], Faults]:
    """Return the request's date-times, by the names of these, and what is wrong with a request that its schema allows.

    Dates have to lie in the years that can be held, the end of the meeting too; `strict_names` and `max_offset_hours`
    add what .NET may refuse.
    """
    instants: dict[str, Instant] = {}
    faults: Faults = {}
    for name in dates:
        text = request.get(name)
        if not isinstance(text, str):
            continue
        duration = request.get("duration")
        try:
            instants[name] = read_instant(text)
            instants[name].plus(duration if isinstance(duration, int | float) else 0)
        except (ValueError, OverflowError):
            faults[name] = ["is out of the range of dates"]
        if settings.max_offset_hours is not None and offset_hours(text) > settings.max_offset_hours:
            faults[name] = [f"must have an offset of at most {settings.max_offset_hours:g} hours"]
    if settings.strict_names and isinstance(title := request.get("name", "-"), str) and not title.strip():
        faults["name"] = ["must not be blank"]
    return instants, faults


def somebody_elses(body: bytes) -> bytes:
    """Return a meeting as if another request had created it."""
    meeting = json.loads(body)
    other = {"id": _uuid(), "name": "Somebody else's meeting", "meetingID": number_of(_random.getrandbits(32))}
    return json.dumps({**meeting, **{name: value for name, value in other.items() if name in meeting}}).encode()


def module_of(request: Any) -> str | None:
    """Return the module that a request names, in lower case; None where it names none."""
    module = request.get("moduleID") if isinstance(request, dict) else None
    return module.lower() if isinstance(module, str) else None


def build(makers: Mapping[str, Field], draft: Draft) -> dict[str, Any]:
    """Return the meeting as it is answered: what is not set is left out, as in the recordings, rather than null."""
    return {name: value for name, make in makers.items() if (value := make(draft)) is not None}
