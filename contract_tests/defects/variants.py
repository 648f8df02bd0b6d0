"""Conforming variants of the server: what owners may decide either way, and a suite must not hold against them."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from contract_tests.defects.levers import (
    TEXT,
    Change,
    always,
    answers,
    body,
    both,
    depth,
    header,
    makes,
    meeting,
    on,
    property_schema,
    reads,
    refuses,
    relabelled,
    reshapes,
    skips,
    text,
)
from luminus_zoom_mock import TOKEN
from luminus_zoom_mock.exchange import Answer, Call
from luminus_zoom_mock.meeting import Instant, read_instant


def _as_it_is(_: Any) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Variant:
    """A server that keeps the contract in its own way, and the token that a caller has."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    change: Change = _as_it_is
    token: str = ""
    findings: frozenset[str] = frozenset()
    """Clauses that only prose has and that this server does not keep; to be listed as findings, and nothing more."""


def _dates(edit: Callable[[str], str]) -> Change:
    return both(*(reshapes(name, edit) for name in ("startDate", "endDate", "createdDate")))


def _in_utc(it: str) -> str:
    instant = read_instant(it)
    moment = instant.moment - instant.moment.utcoffset()  # type: ignore[operator]
    return Instant(moment, instant.fraction).text()[:-6] + "Z"


def _refuses_start(test: Callable[[str], bool]) -> Change:
    return refuses("startDate", test)


def _year(it: str) -> int:
    return int(it[:4])


def _after_leap_second(it: Any) -> Any:
    """Read a leap second, which is in UTC's last minute of a day, as what follows it, as Unix time does."""
    match = re.fullmatch(r"(\S{10})T(23:59|07:59):60(\.\d+)?(Z|\+08:00)", text(it))
    if match is None or (match[2] == "23:59") != (match[4] == "Z"):
        return it
    minute = datetime.fromisoformat(f"{match[1]}T{match[2]}:00+00:00") + timedelta(minutes=1)
    return minute.strftime("%Y-%m-%dT%H:%M:%S") + (match[3] or "") + match[4]


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
        change=property_schema("duration", drops=["multipleOf"]), findings=frozenset({"request.duration.multipleOf"})
    ),
    "publicAccess null refused": Variant(
        change=refuses("access.publicAccess", lambda it: it is None),
        findings=frozenset({"request.access.publicAccess.null"}),
    ),
    "inheritedResourceID null refused": Variant(
        change=refuses("access.inheritedResourceID", lambda it: it is None),
        findings=frozenset({"request.access.inheritedResourceID.null"}),
    ),
    "another text in a 400": Variant(
        change=both(body(400, lambda _: b"Bad Request"), relabelled(400, b"text/plain; charset=utf-8"))
    ),
    "every 400 quoted as JSON": Variant(
        change=both(
            body(400, lambda it: json.dumps(it.decode().strip('"')).encode()), relabelled(400, b"application/json")
        )
    ),
    "dates in UTC": Variant(change=_dates(_in_utc)),
    "leap seconds read as the next second": Variant(change=reads("startDate", _after_leap_second)),
    "starts in the past refused": Variant(change=_refuses_start(lambda it: _year(it) < 2026)),
    "starts after 2100 refused": Variant(change=_refuses_start(lambda it: _year(it) > 2100)),
    "more than seven fraction digits refused": Variant(
        change=_refuses_start(lambda it: re.search(r"\.\d{8}", it) is not None)
    ),
    "integers with a fraction of zero refused": Variant(change=refuses("duration", lambda it: isinstance(it, float))),
    "NUL in a name refused": Variant(change=refuses("name", lambda it: "\0" in it)),
    "the zero UUID refused": Variant(
        change=both(
            *(
                refuses(name, lambda it: it == "00000000-0000-0000-0000-000000000000")
                for name in (
                    "moduleID",
                    "lessonID",
                    "channelID",
                    "access.groupAccess[].groupID",
                    "access.userAccess[].userID",
                    "access.inheritedResourceID",
                )
            )
        )
    ),
    "duplicate names refused": Variant(
        change=answers(
            "json", lambda call: _has_duplicates(call), lambda _: Answer(400, [TEXT], b"a name stands twice")
        )
    ),
    "a byte-order mark refused": Variant(
        change=answers(
            "json", lambda call: call.body.startswith(b"\xef\xbb\xbf"), lambda _: Answer(400, [TEXT], b"no JSON")
        )
    ),
    "deep nesting refused": Variant(
        change=answers("json", lambda call: depth(call.body) > 32, lambda _: Answer(400, [TEXT], b"nested too deep"))
    ),
    "UUIDs in upper case": Variant(
        change=both(*(reshapes(name, str.upper) for name in ("id", "moduleID", "channelID", "creatorID")))
    ),
    "integers answered as floats": Variant(
        change=both(
            *(reshapes(name, float) for name in ("meetingDuration", "recordType", "meetingType", "authenticationOpt"))
        )
    ),
    "the zero UUID for no channel": Variant(
        change=makes(
            "channelID", lambda draft: draft.request.get("channelID", "00000000-0000-0000-0000-000000000000").lower()
        )
    ),
    "empty texts for none": Variant(change=meeting(lambda it, _: {"channelName": "", "alternativeHosts": ""} | it)),
    "answers on several lines": Variant(
        change=body(201, lambda it: json.dumps(json.loads(it), indent=2, ensure_ascii=False).encode())
    ),
    "answers in ASCII": Variant(change=body(201, lambda it: json.dumps(json.loads(it)).encode())),
    "members in another order": Variant(change=meeting(lambda it, _: dict(sorted(it.items(), reverse=True)))),
    "no charset in Content-Type": Variant(change=relabelled(201, b"application/json")),
    "an answer labelled text/json": Variant(change=relabelled(201, b"text/json; charset=utf-8")),
    "a Location on this server": Variant(
        change=header(201, b"location", lambda _, it: b"/zoom/Meeting/" + json.loads(it.body)["id"].encode())
    ),
    "OPTIONS answered with 200": Variant(
        change=answers("route", lambda call: call.method == "OPTIONS", lambda _: Answer(200, [(b"allow", b"POST")]))
    ),
    "further headers": Variant(
        change=on(
            201,
            lambda _, it: replace(
                it,
                headers=[
                    *it.headers,
                    (b"server", b"Kestrel"),
                    (b"strict-transport-security", b"max-age=31536000"),
                    (b"x-content-type-options", b"nosniff"),
                ],
            ),
        )
    ),
    "one user name for all": Variant(change=always("userName", "Zoom Service")),
    "a 415 with a text": Variant(change=on(415, lambda *_: Answer(415, [TEXT], b"Unsupported Media Type"))),
    "a body without a label read": Variant(
        change=skips("media_type", lambda call: b"content-type" not in call.headers)
    ),
}


def _has_duplicates(call: Call) -> bool:
    found: list[bool] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found.append(len(dict(pairs)) < len(pairs))
        return dict(pairs)

    try:
        json.loads(call.body, object_pairs_hook=note)
    except (ValueError, RecursionError):
        return False
    return any(found)
