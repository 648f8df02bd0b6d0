"""What an honest server answers, in plain Python: the rules of openapi.yaml without any HTTP library.

The servers of this folder differ in what stands between this and the wire alone. Its texts, spellings, statuses and
order of checks are its own. Nothing of the suite and nothing of the mock is in it.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID, uuid4

PATH: Final = "/api/zoom/Meeting"
KEY: Final = "q7W-synthetic-key-of-a-plain-backend"
TOKEN: Final = "header.payload.signature"  # noqa: S105 - synthetic
FORBIDDEN: Final = "z9K-synthetic-key-of-a-guest"

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_START: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_FLAGS: Final = (
    "isSendEmail",
    "isPublishRecordURL",
    "isWaitingRoom",
    "meetingAuthentication",
    "muteUponEntry",
    "exportMultimediaWeb",
    "publishMutimediaChannel",
)
_RANGES: Final = {"recordType": (1, 2), "authenticationOpt": (1, 2), "meetingType": (1, 3)}
_TEXTS: Final = ("alternativeHosts", "channelName")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is framed; `said` is a text, or an object to be written as JSON."""

    status: int
    said: str | Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        """The label of its body; empty where there is none."""
        if isinstance(self.said, str):
            return "text/plain; charset=UTF-8" if self.said else ""
        return "application/json"

    def encoded(self, **options: Any) -> bytes:
        """The body; the options are those of `json.dumps`."""
        return self.said.encode() if isinstance(self.said, str) else json.dumps(self.said, **options).encode()


def create(
    headers: Mapping[str, str], query: str, body: bytes, *, asks_for_token: bool = False, zone: timezone = UTC
) -> Reply:
    """Answer a POST to the path, whose header names are in lower case."""
    given = parse_qs(query).get("subscription-key", [""])
    key = headers.get("ocp-apim-subscription-key", given[0] if len(given) == 1 else "")
    if key not in (KEY, FORBIDDEN):
        return Reply(401, "Who are you?", {"WWW-Authenticate": 'ApiKey realm="zoom"'})
    if asks_for_token and headers.get("authorization") != f"Bearer {TOKEN}":
        return Reply(401, "", {"WWW-Authenticate": "Bearer"})
    if not _is_json(headers.get("content-type", "").partition(";")[0].strip().lower()):
        return Reply(415, "Send JSON.")
    try:
        sent = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        fault = _fault(sent)
        json.dumps(sent, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return Reply(400, "This is not JSON.")
    if fault:
        return Reply(400, fault)
    if key == FORBIDDEN:
        return Reply(403, "This is not your course.")
    return Reply(201, _meeting(sent, zone), {"Cache-control": "private, NO-STORE"})


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _is_json(media_type: str) -> bool:
    return media_type in ("application/json", "text/json") or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def _fault(body: Any) -> str:
    """What is wrong with a body, in this server's words; empty for nothing."""
    if not isinstance(body, dict):
        return "Send an object."
    missing = [name for name in ("name", "moduleID", "duration", "startDate") if name not in body]
    if missing:
        return f"You forgot {missing[0]}."
    checks: dict[str, Callable[[Any], bool]] = {
        "duration": lambda it: _is_int(it) and 15 <= it <= 1485 and it % 15 == 0,
        "name": lambda it: isinstance(it, str) and len(it) <= 200,
        "startDate": lambda it: isinstance(it, str) and _moment(it) is not None,
        **dict.fromkeys(("moduleID", "lessonID", "channelID"), _is_uuid),
        **dict.fromkeys(_FLAGS, lambda it: isinstance(it, bool)),
        **dict.fromkeys(_TEXTS, lambda it: isinstance(it, str)),
        **{name: _within(*ends) for name, ends in _RANGES.items()},
        "access": _is_access,
    }
    wrong = next((name for name, check in checks.items() if name in body and not check(body[name])), "")
    return f"I do not like your {wrong}." if wrong else ""


def _within(low: int, high: int) -> Callable[[Any], bool]:
    return lambda it: _is_int(it) and low <= it <= high


def _is_int(it: Any) -> bool:
    return isinstance(it, int) and not isinstance(it, bool)


def _is_uuid(it: Any) -> bool:
    return isinstance(it, str) and _UUID.fullmatch(it) is not None


def _is_role(it: Any) -> bool:
    return _is_int(it) and 1 <= it <= 6


def _is_access(it: Any) -> bool:
    if not isinstance(it, dict):
        return False
    lists = {"groupAccess": "groupID", "userAccess": "userID"}
    grants = (
        isinstance(it[name], list)
        and all(isinstance(g, dict) and _is_uuid(g.get(key)) and _is_role(g.get("accessRole")) for g in it[name])
        for name, key in lists.items()
        if name in it
    )
    public, inherited = it.get("publicAccess"), it.get("inheritedResourceID")
    return all(grants) and (public is None or _is_role(public)) and (inherited is None or _is_uuid(inherited))


def _moment(text: str) -> datetime | None:
    """The start to the microsecond; None for what this server does not take, leap seconds and offsets of 15 h too."""
    match = _START.fullmatch(text)
    if match is None:
        return None
    offset = "+00:00" if match[4] in "Zz" else match[4]
    if int(offset[1:3]) > 14 or int(offset[4:]) > 59:
        return None
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}.{(match[3] or '.0')[1:7]:0<6}{offset}")
        return moment if moment > datetime(2020, 1, 1, tzinfo=UTC) and moment.year < 9999 else None
    except (ValueError, OverflowError):
        return None


def _meeting(body: Mapping[str, Any], zone: timezone) -> dict[str, Any]:
    start = _moment(body["startDate"])
    assert start is not None  # noqa: S101 - it has been checked
    number = str(90_000_000_000 + int(uuid4()) % 9_000_000_000)

    def written(moment: datetime) -> str:
        return moment.astimezone(zone).isoformat(timespec="microseconds").replace("+00:00", "Z")

    same = {name: body[name] for name in (*_FLAGS, *_TEXTS, *_RANGES, "channelID") if name in body}
    return {
        "moduleID": body["moduleID"].upper(),
        "topic": body["name"],
        "name": body["name"],
        "meetingID": f"{number[:3]} {number[3:7]} {number[7:]}",
        "joinUrl": f"https://us06web.zoom.us/j/{number}",
        "startDate": written(start),
        "endDate": written(start + timedelta(minutes=body["duration"])),
        "createdDate": written(datetime.now(UTC)),
        "meetingDuration": body["duration"],
        "id": str(uuid4()).upper(),
        "creatorID": str(UUID(int=12345, version=4)),
        "userID": "E0999999",
        "userName": "Guest",
        "meetingPassword": uuid4().hex[:8],
        "isSetPassword": True,
        **same,
    }
