"""Conforming variants of the server: what owners may decide either way, and a suite must not hold against them."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from contract_tests.defects.verbs import *
from luminus_zoom_mock import TOKEN
from luminus_zoom_mock.exchange import Answer, Call
from luminus_zoom_mock.meeting import Instant, read_instant

_UNCHANGED = both()


@dataclass(frozen=True, slots=True)
class Variant:
    """A server that keeps the contract in its own way, and the token that a caller has."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    change: Change = _UNCHANGED
    token: str = ""
    findings: frozenset[str] = frozenset()
    """Clauses that only prose has and that this server does not keep; to be listed as findings, and nothing more."""


def _in_utc(it: str) -> str:
    instant = read_instant(it)
    moment = instant.moment - instant.moment.utcoffset()  # type: ignore[operator]
    return Instant(moment, instant.fraction).text()[:-6] + "Z"


def _after_leap_second(match: re.Match[str]) -> str:
    """Read a leap second, which is in UTC's last minute of a day, as what follows it, as Unix time does."""
    day, minute, fraction, offset = match.groups("")
    if (minute == "23:59") != (offset == "Z"):
        return match[0]
    later = datetime.fromisoformat(f"{day}T{minute}:00+00:00") + timedelta(minutes=1)
    return f"{later:%Y-%m-%dT%H:%M:%S}{fraction}{offset}"


def _reencoded(**options: Any) -> Callable[[bytes], bytes]:
    return lambda raw: json.dumps(json.loads(raw), **options).encode()


def _has_duplicates(call: Call) -> bool:
    found: list[bool] = []
    try:
        json.loads(call.body, object_pairs_hook=lambda pairs: found.append(len(dict(pairs)) < len(pairs)))
    except (ValueError, RecursionError):
        return False
    return any(found)


_IDS = ("moduleID", "lessonID", "channelID", "access.groupAccess[].groupID", "access.userAccess[].userID",
        "access.inheritedResourceID")  # fmt: skip

CHANGES: Final[Mapping[str, Change]] = {
    "another text in a 400": changes(400, label="text/plain; charset=utf-8", body=b"Bad Request"),
    "every 400 quoted as JSON": changes(
        400, label="application/json", body=lambda it: json.dumps(it.decode().strip('"')).encode()),
    "dates in UTC": both(*(shows(name, _in_utc) for name in ("startDate", "endDate", "createdDate"))),
    "leap seconds read as the next second": reads(
        "startDate", r"(\S{10})T(23:59|07:59):60(\.\d+)?(Z|\+08:00)", _after_leap_second),
    "starts in the past refused": refuses("startDate", lambda it: it < "2026"),
    "starts after 2100 refused": refuses("startDate", lambda it: it > "2101"),
    "more than seven fraction digits refused": refuses("startDate", r".*\.\d{8}.*"),
    "integers with a fraction of zero refused": refuses("duration", lambda it: isinstance(it, float)),
    "NUL in a name refused": refuses("name", r"(?s).*\0.*"),
    "the zero UUID refused": both(*(refuses(name, ZERO_ID) for name in _IDS)),
    "duplicate names refused": answers("json", _has_duplicates, BAD_REQUEST),
    "a byte-order mark refused": answers("json", lambda call: call.body.startswith(b"\xef\xbb\xbf"), BAD_REQUEST),
    "deep nesting refused": answers("json", lambda call: depth(call.body) > 32, BAD_REQUEST),
    "UUIDs in upper case": both(*(shows(name, str.upper) for name in ("id", "moduleID", "channelID", "creatorID"))),
    "integers answered as floats": both(
        *(shows(name, float) for name in ("meetingDuration", "recordType", "meetingType", "authenticationOpt"))),
    "the zero UUID for no channel": derives("channelID", lambda it: it.get("channelID", ZERO_ID)),
    "empty texts for none": meeting(lambda it, _: {"channelName": "", "alternativeHosts": ""} | it),
    "answers on several lines": changes(201, body=_reencoded(indent=2, ensure_ascii=False)),
    "answers in ASCII": changes(201, body=_reencoded()),
    "members in another order": changes(201, body=_reencoded(sort_keys=True, ensure_ascii=False)),
    "no charset in Content-Type": changes(201, label="application/json"),
    "an answer labelled text/json": changes(201, label="text/json; charset=utf-8"),
    "a Location on this server": changes(
        201, location=lambda _, it: b"/zoom/Meeting/" + json.loads(it.body)["id"].encode()),
    "OPTIONS answered with 200": answers(
        "route", lambda call: call.method == "OPTIONS", Answer(200, [(b"allow", b"POST")])),
    "further headers": changes(
        201, server="Kestrel", strict_transport_security="max-age=31536000", x_content_type_options="nosniff"),
    "one user name for all": always("userName", "Zoom Service"),
    "a 415 with a text": changes(415, label="text/plain; charset=utf-8", body=b"Unsupported Media Type"),
    "a body without a label read": skips("media_type", carries_no("content-type")),
}  # fmt: skip

_NULL_REFUSED = ("publicAccess", "inheritedResourceID")

VARIANTS: Final[Mapping[str, Variant]] = {
    "as it is": Variant(),
    "one permitted module": Variant({"module_ids": frozenset({"0f8fad5b-d9cb-469f-a165-70867728950e"})}),
    "405 for another method": Variant({"method_not_allowed": 405}),
    "unset booleans left out": Variant({"omit_unset": True}),
    **{f"{digits} fraction digits": Variant({"fraction_digits": digits}) for digits in range(8)},
    "plain text errors": Variant({"error_shape": "plain"}),
    "blank names refused": Variant({"strict_names": True}),
    "offsets beyond 14 hours refused": Variant({"max_offset_hours": 14.0}),
    "a quota that runs out": Variant({"quota": 700}),
    "a rate limit that is reached": Variant({"rate_limit": 900, "rate_period": 3600.0}),
    "a token asked for": Variant({"token": TOKEN}, token=TOKEN),
    "a token given and not asked for": Variant(token=TOKEN),
    "steps of 15 not enforced": Variant(
        change=allows("duration", drops=["multipleOf"]), findings=frozenset({"request.duration.multipleOf"})
    ),
    **{
        f"{name} null refused": Variant(
            change=refuses(f"access.{name}", None), findings=frozenset({f"request.access.{name}.null"})
        )
        for name in _NULL_REFUSED
    },
    **{name: Variant(change=change) for name, change in CHANGES.items()},
}
