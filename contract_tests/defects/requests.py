"""Requests that are taken though the contract forbids them, and refused though it allows them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contract_tests.defects.catalogue import Defect, Row, of_kind
from contract_tests.defects.levers import (
    Change,
    both,
    optional,
    property_schema,
    reads,
    reads_document,
    refuses,
    refuses_body,
    schema,
    text,
)

if TYPE_CHECKING:
    from luminus_zoom_mock.app import MockApp

_ROLES = (("groups", "GroupAccess"), ("users", "UserAccess"))


_SNAKES = {"start_date": "startDate", "module_id": "moduleID"}


def _texts(name: str, edit: Callable[[str], Any]) -> Change:
    """A text that was sent is read as another value."""
    return reads(name, lambda it: edit(it) if isinstance(it, str) else it)


def _matching(name: str, pattern: str, edit: Callable[[re.Match[str]], Any]) -> Change:
    """A text that matches as a whole is read as another value."""

    def read(it: Any) -> Any:
        match = re.fullmatch(pattern, text(it))
        return it if match is None else edit(match)

    return reads(name, read)


def _any_id(name: str) -> Change:
    """Whatever text stands for an id is read as some id."""
    return _matching(name, r"(?s).*", lambda match: match[0] if _is_uuid(match[0]) else str(UUID(int=7, version=4)))


def _is_uuid(it: str) -> bool:
    return re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", it) is not None


def _rolled_over(match: re.Match[str]) -> str:
    """Read a day that a month lacks as one of the next month."""
    year, month, day = (int(match[group]) for group in (1, 2, 3))
    if not (year and 1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return f"{date(year, month, 1) + timedelta(days=day - 1)}{match[4]}"


def _clamped(low: int, high: int) -> Callable[[Any], Any]:
    return lambda it: min(max(it, low), high) if type(it) is int else it


def _default(name: str, value: Any) -> Change:
    """A property that is missing is read as a value."""
    return reads_document(lambda it: {name: value} | it if isinstance(it, dict) else it)


def _without_null(name: str) -> Change:
    """A property that is null is read as none."""
    return reads_document(
        lambda it: {k: v for k, v in it.items() if k != name or v is not None} if isinstance(it, dict) else it
    )


def _truth(it: Any) -> Any:
    return {"true": True, "false": False}.get(text(it).lower(), it)


REQUIRED: list[Row] = [
    ("module-missing", "moduleID may be missing", optional("moduleID")),
    ("name-missing", "name may be missing", _default("name", "Meeting")),
    ("start-missing", "startDate may be missing and is tomorrow then", reads_document(
        lambda it: {"startDate": (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")} | it
        if isinstance(it, dict) else it)),
    ("duration-missing", "duration may be missing and is an hour then", _default("duration", 60)),
    ("name-missing-beside-channel", "name may be missing where channelName is there", reads_document(
        lambda it: {"name": it["channelName"]} | it if isinstance(it, dict) and text(it.get("channelName")) else it)),
    ("module-null", "moduleID may be null", both(optional("moduleID"), _without_null("moduleID"))),
    ("name-null", "name may be null and is empty then", reads("name", lambda it: "" if it is None else it)),
    ("duration-null", "duration may be null and is an hour then", reads("duration",
        lambda it: 60 if it is None else it)),
    ("names-snake-case", "property names may be in snake case", reads_document(
        lambda it: {_SNAKES.get(k, k): v for k, v in it.items()} if isinstance(it, dict) else it)),
    ("hosts-null-taken", "alternativeHosts may be null", _without_null("alternativeHosts")),
    ("channel-null", "channelID may be null", _without_null("channelID")),
]  # fmt: skip

TYPES: list[Row] = [
    ("duration-as-text", "a duration may be a text of digits", _matching("duration", r"\d+", lambda m: int(m[0]))),
    ("duration-with-unit", "a duration may end with min", _matching("duration", r"(\d+) ?min", lambda m: int(m[1]))),
    ("duration-as-fraction", "a duration with a fraction is rounded down", reads(
        "duration", lambda it: math.floor(it) if isinstance(it, float) else it)),
    ("duration-as-boolean", "a duration may be true, which is read as an hour", reads(
        "duration", lambda it: 60 if it is True else it)),
    ("name-as-number", "a name may be a number", reads("name", lambda it: str(it) if type(it) in (int, float) else it)),
    ("name-as-boolean", "a name may be a boolean", reads("name", lambda it: str(it) if isinstance(it, bool) else it)),
    ("start-as-epoch", "a start may be a Unix time", reads("startDate", lambda it: datetime.fromtimestamp(
        it % 2**31, UTC).isoformat() if type(it) is int else it)),
    ("flag-as-text", "isWaitingRoom may be a text", reads("isWaitingRoom", _truth)),
    ("flag-as-number", "isSendEmail may be 0 or 1", reads(
        "isSendEmail", lambda it: bool(it) if type(it) is int and it in (0, 1) else it)),
    ("flag-as-list", "publishMutimediaChannel may be a list", reads(
        "publishMutimediaChannel", lambda it: bool(it) if isinstance(it, list) else it)),
    ("record-type-as-text", "recordType may be a text", _matching("recordType", "[12]", lambda m: int(m[0]))),
    ("record-type-as-name", "recordType may be a name", _matching(
        "recordType", "(?i)cloud|local", lambda m: 1 if m[0].lower() == "cloud" else 2)),
    ("meeting-type-as-text", "meetingType may be a text", _matching("meetingType", "[1-3]", lambda m: int(m[0]))),
    ("hosts-as-list", "alternativeHosts may be a list", reads(
        "alternativeHosts", lambda it: ",".join(map(str, it)) if isinstance(it, list) else it)),
    ("body-as-list", "the body may be a list of one meeting", reads_document(
        lambda it: it[0] if isinstance(it, list) and len(it) == 1 else it)),
    ("body-wrapped", "the body may be an object in a property named meeting", reads_document(
        lambda it: it["meeting"] if isinstance(it, dict) and list(it) == ["meeting"] else it)),
]  # fmt: skip

BOUNDS: list[Row] = [
    ("duration-14", "a duration of 14 minutes is accepted", property_schema("duration", drops=["multipleOf"],
        minimum=14)),
    ("duration-0", "a duration of 0 is accepted", property_schema("duration", minimum=0)),
    ("duration-negative", "a negative duration is read as a positive one", reads(
        "duration", lambda it: abs(it) if type(it) is int else it)),
    ("duration-1486", "a duration of 1486 minutes is accepted", property_schema(
        "duration", drops=["multipleOf"], maximum=1486)),
    ("duration-unbounded", "a duration has no upper bound", property_schema("duration", drops=["maximum"])),
    ("duration-clamped", "a duration out of bounds is moved to the bound", reads("duration", _clamped(15, 1485))),
    ("duration-wrapped", "a duration is taken modulo 2 to the 32nd", reads(
        "duration", lambda it: it % 2**32 if type(it) is int and abs(it) >= 2**31 else it)),
    ("duration-wrapped-64", "a duration is taken modulo 2 to the 64th", reads(
        "duration", lambda it: it % 2**64 if type(it) is int and abs(it) >= 2**63 else it)),
    ("name-201", "a name of 201 characters is accepted", property_schema("name", maxLength=201)),
    ("name-unbounded", "a name may be of any length", property_schema("name", drops=["maxLength"])),
    ("name-cut-to-fit", "a longer name is cut to 200 characters", _texts("name", lambda it: it[:200])),
    ("name-trimmed-to-fit", "a longer name is accepted if it fits without its outer spaces", _texts(
        "name", lambda it: it.strip() if len(it) > 200 else it)),
    ("name-line-feed-to-fit", "a name of 200 characters may end with a line feed", _matching(
        "name", r"(?s)(.{200})\n", lambda m: m[1])),
    ("name-nul-to-fit", "a name of 200 characters may end with NULs", _matching(
        "name", r"(?s)(.{200})\0+", lambda m: m[1])),
    ("name-composed-to-fit", "a longer name is accepted if its NFC form fits", _texts(
        "name", lambda it: unicodedata.normalize("NFC", it) if len(it) > 200 else it)),
    ("record-type-0", "recordType 0 is accepted", property_schema("recordType", minimum=0, enum=[0, 1, 2])),
    ("record-type-3-taken", "recordType 3 is accepted and read as 2", reads("recordType", _clamped(-9, 2))),
    ("authentication-3", "authenticationOpt 3 is accepted", property_schema("authenticationOpt", maximum=3, enum=[1,
        2, 3])),
    ("meeting-type-0", "meetingType 0 is accepted", property_schema("meetingType", minimum=0, enum=[0, 1, 2, 3])),
    ("meeting-type-any", "meetingType may be any integer", property_schema(
        "meetingType", drops=["minimum", "maximum", "enum"])),
]  # fmt: skip

FORMATS: list[Row] = [
    ("module-any-text", "moduleID may be any text", _any_id("moduleID")),
    ("module-braced", "moduleID may be a UUID in braces", _matching("moduleID", r"\{(.{36})\}", lambda m: m[1])),
    ("module-without-hyphens", "moduleID may be a UUID without hyphens", _matching(
        "moduleID", "[0-9a-fA-F]{32}", lambda m: str(UUID(m[0])))),
    ("module-urn", "moduleID may be a URN", _matching("moduleID", "urn:uuid:(.*)", lambda m: m[1])),
    ("module-spaces", "moduleID may have spaces around it", _texts("moduleID", str.strip)),
    ("module-not-hexadecimal", "moduleID may have letters up to z", _texts(
        "moduleID", lambda it: re.sub("[g-zG-Z]", "0", it) if len(it) == 36 else it)),
    ("module-line-feed", "moduleID may end with a line feed", _matching(
        "moduleID", r"([0-9a-fA-F-]{36})\n", lambda m: m[1])),
    ("module-short", "moduleID may lack characters at its end", _matching(
        "moduleID", "[0-9a-fA-F-]{30,35}", lambda m: m[0].ljust(36, "0"))),
    ("module-other-digits", "moduleID may have full-width digits", _texts(
        "moduleID", lambda it: unicodedata.normalize("NFKC", it))),
    ("lesson-empty", "lessonID may be empty", _matching("lessonID", "", lambda _: str(UUID(int=7, version=4)))),
    ("lesson-any-text", "lessonID may be any text", property_schema("lessonID", drops=["format"])),
    ("channel-any-text", "channelID may be any text", _any_id("channelID")),
    ("start-naive-taken", "a start may have no offset", _matching(
        "startDate", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", lambda m: f"{m[0]}+08:00")),
    ("start-date-alone", "a start may be a date without a time", _matching(
        "startDate", r"\d{4}-\d\d-\d\d", lambda m: f"{m[0]}T00:00:00+08:00")),
    ("start-without-seconds", "a start may lack its seconds", _matching(
        "startDate", r"(.+T\d\d:\d\d)(Z|[+-].+)", lambda m: f"{m[1]}:00{m[2]}")),
    ("start-basic-form", "a start may be without hyphens and colons", _matching(
        "startDate", r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z",
        lambda m: f"{m[1]}-{m[2]}-{m[3]}T{m[4]}:{m[5]}:{m[6]}Z")),
    ("start-rolled-over", "a day that its month lacks is read as one of the next", _matching(
        "startDate", r"(?s)(\d{4})-(\d\d)-(\d\d)(.*)", _rolled_over)),
    ("start-february-29", "29 February is accepted in every year", _matching(
        "startDate", r"(\d{4})-02-29T(.*)",
        lambda m: m[0] if int(m[1]) % 4 == 0 and m[1] not in ("2100", "2200", "1900") else f"{m[1]}-02-28T{m[2]}")),
    ("start-leap-2100", "2100 is taken for a leap year", _texts(
        "startDate", lambda it: it.replace("2100-02-29", "2100-02-28"))),
    ("start-month-0", "month 0 is read as January", _texts("startDate", lambda it: re.sub("-00-", "-01-", it,
        count=1))),
    ("start-hour-24", "hour 24 is read as midnight", _texts("startDate", lambda it: it.replace("T24:", "T00:"))),
    ("start-second-61", "second 61 is read as 59", _texts(
        "startDate", lambda it: re.sub(r"(T\d\d:\d\d):6[1-9]", r"\1:59", it))),
    ("start-second-60", "second 60 is accepted in any minute", _texts(
        "startDate", lambda it: re.sub(r"(T\d\d:\d\d):60", r"\1:59", it) if not re.search("T23:59:60Z", it) else it)),
    ("start-offset-hours", "a start's offset may lack its minutes", _matching(
        "startDate", r"(.+T.+[+-]\d\d)", lambda m: f"{m[1]}:00")),
    ("start-offset-24", "an offset of 24 hours is accepted", _texts("startDate", lambda it: it.replace("+24:",
        "+00:"))),
    ("start-zone-name", "a start may end with a zone's name", _matching(
        "startDate", r"(.+T\d\d:\d\d:\d\d) ?(?:UTC|GMT|SGT|\[.+\])", lambda m: f"{m[1]}Z")),
    ("start-trailing-text", "a start may be followed by anything", _matching(
        "startDate", r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ).+", lambda m: m[1])),
    ("start-comma", "a start's fraction may follow a comma", _texts("startDate", lambda it: it.replace(",", "."))),
    ("start-empty-fraction", "a start may end with a point without digits", _texts(
        "startDate", lambda it: re.sub(r"\.(?=Z|[+-]\d\d:)", "", it))),
    ("start-one-digit", "a start's parts may have a single digit", _texts(
        "startDate", lambda it: re.sub(r"(?<=[-T:])(\d)(?=[-T:Z])", r"0\1", it))),
    ("start-two-digit-year", "a start's year may have two digits", _matching(
        "startDate", r"(\d\d-\d\d-\d\dT.*)", lambda m: f"20{m[1]}")),
    ("start-http-date", "a start may be in HTTP's form", _matching(
        "startDate", r"\w{3}, .+ GMT", lambda m: parsedate_to_datetime(m[0]).isoformat())),
    ("start-word", "a start may be a word such as tomorrow", _matching(
        "startDate", r"[A-Za-z]+", lambda _: "2027-01-18T02:00:00Z")),
    ("start-blank-before-offset", "a start may have a blank before its offset", _matching(
        "startDate", r"(\S{19,}) ([+-]\d\d:\d\d)", lambda m: f"{m[1]}{m[2]}")),
    ("start-offset-one-digit", "a start's offset may have a single digit for its hours", _matching(
        "startDate", r"(.+T.+[+-])(\d:\d\d)", lambda m: f"{m[1]}0{m[2]}")),
    ("start-any-separator", "anything may stand for a start's T", _matching(
        "startDate", r"(\d{4}-\d\d-\d\d)[^T\d ](\d\d:.*)", lambda m: f"{m[1]}T{m[2]}")),
    ("start-dotted-time", "a start's time may have points for colons", _matching(
        "startDate", r"(.{11}\d\d)[.:](\d\d)[.:](\d\d.*)", lambda m: f"{m[1]}:{m[2]}:{m[3]}")),
    ("start-colon-fraction", "a start's fraction may follow a colon", _matching(
        "startDate", r"(.{19}):(\d+[Z+-].*)", lambda m: f"{m[1]}.{m[2]}")),
    ("start-signed", "a start may begin with a plus", _matching("startDate", r"\+(\d{4}-.*)", lambda m: m[1])),
    ("start-zone-before-offset", "UTC may stand before a start's offset", _matching(
        "startDate", r"(.{19,}) ?(?:UTC|GMT)([+-]\d\d:\d\d)", lambda m: f"{m[1]}{m[2]}")),
    ("start-month-name", "a start's month may be a name", _matching(
        "startDate", r"(\d{4})-Jan-(.*)", lambda m: f"{m[1]}-01-{m[2]}")),
    ("start-quoted", "a start may be in quotes", _matching("startDate", r'"(.*)"', lambda m: m[1])),
    ("start-week-date", "a start may be an ISO week date", _matching(
        "startDate", r"(\d{4})-W(\d\d)-(\d)(T.+)",
        lambda m: f"{date.fromisocalendar(int(m[1]), int(m[2]), int(m[3]))}{m[4]}")),
]  # fmt: skip


def _items(name: str, keep: Callable[[list[Any]], list[Any]]) -> Change:
    """Only some items of a list of rights are looked at."""
    return reads(f"access.{name}", lambda it: keep(it) if isinstance(it, list) else it)


RIGHTS: list[Row] = [
    *((f"role-0-{who}", f"accessRole 0 is accepted for {who}", property_schema(
        "accessRole", of=of, enum=list(range(7)))) for who, of in _ROLES),
    *((f"role-7-{who}", f"accessRole 7 is accepted for {who}", property_schema(
        "accessRole", of=of, enum=list(range(1, 8)))) for who, of in _ROLES),
    *((f"role-any-{who}", f"accessRole may be any integer for {who}", property_schema(
        "accessRole", of=of, drops=["enum"])) for who, of in _ROLES),
    *((f"role-missing-{who}", f"accessRole may be missing for {who}", optional("accessRole", of=of))
      for who, of in _ROLES),
    ("group-missing", "a group's role may lack its groupID", optional("groupID", of="GroupAccess")),
    ("user-missing", "a user's role may lack its userID", optional("userID", of="UserAccess")),
    ("user-any-text", "userID may be any text", property_schema("userID", of="UserAccess", drops=["format"])),
    ("role-as-text", "accessRole may be a text for groups", reads(
        "access.groupAccess[].accessRole", lambda it: int(it) if text(it).isdecimal() else it)),
    ("role-as-boolean", "accessRole may be true for users", reads(
        "access.userAccess[].accessRole", lambda it: 1 if it is True else it)),
    ("role-as-fraction", "accessRole may have a fraction for groups", reads(
        "access.groupAccess[].accessRole", lambda it: math.floor(it) if isinstance(it, float) else it)),
    ("role-null", "accessRole may be null for users", reads(
        "access.userAccess[].accessRole", lambda it: 1 if it is None else it)),
    ("group-null", "groupID may be null", reads(
        "access.groupAccess[].groupID", lambda it: str(UUID(int=7, version=4)) if it is None else it)),
    ("public-role-7", "publicAccess 7 is accepted", reads("access.publicAccess", lambda it: 6 if it == 7 else it)),
    ("public-role-any", "publicAccess may be anything", property_schema("publicAccess", of="AccessRights", drops=[
        "anyOf"])),
    ("public-role-text", "publicAccess may be a text", reads(
        "access.publicAccess", lambda it: int(it) if text(it).isdecimal() else it)),
    ("inherited-any-text", "inheritedResourceID may be any text", property_schema(
        "inheritedResourceID", of="AccessRights", drops=["anyOf"], type=["string", "null"])),
    ("users-first-alone", "only the first user's role is checked", _items("userAccess", lambda it: it[:1])),
    ("groups-last-unchecked", "the last of several groups' roles is not checked", _items(
        "groupAccess", lambda it: it[:-1] if len(it) > 1 else it)),
    ("users-first-ten", "only the first ten users' roles are checked", _items("userAccess", lambda it: it[:10])),
    ("users-unchecked", "users' roles are not checked", _items("userAccess", lambda _: [])),
    ("groups-no-objects", "items of groupAccess that are no objects are passed over", _items(
        "groupAccess", lambda it: [item for item in it if isinstance(item, dict)])),
    ("users-object", "userAccess may be a single object", reads(
        "access.userAccess", lambda it: [it] if isinstance(it, dict) else it)),
    ("access-null", "access may be null", _without_null("access")),
    ("access-list", "access may be a list", reads("access", lambda it: {} if isinstance(it, list) else it)),
    ("access-unchecked", "the access rights are not checked", schema(
        lambda schemas: schemas["AccessRights"].update(properties={}))),
]  # fmt: skip

RIGHTS_REFUSED: list[Row] = [
    ("access-empty-refused", "an empty access is refused", refuses("access", lambda it: it == {})),
    ("groups-empty-refused", "an empty groupAccess is refused", refuses("access.groupAccess", lambda it: it == [])),
    ("groups-two-refused", "more than one group is refused", refuses("access.groupAccess", lambda it: len(it) > 1)),
    ("users-ten-refused", "more than ten users are refused", refuses("access.userAccess", lambda it: len(it) > 10)),
    ("role-6-refused", "accessRole 6 is refused for users", refuses("access.userAccess[].accessRole",
        lambda it: it == 6)),
    ("role-1-refused", "accessRole 1 is refused for groups", refuses(
        "access.groupAccess[].accessRole", lambda it: it == 1)),
    ("public-role-refused", "publicAccess 6 is refused", refuses("access.publicAccess", lambda it: it == 6)),
    ("group-upper-case-refused", "a groupID in upper case is refused", refuses(
        "access.groupAccess[].groupID", lambda it: it != it.lower())),
    ("inherited-refused", "inheritedResourceID is refused", refuses(
        "access.inheritedResourceID", lambda it: it is not None)),
    ("access-member-refused", "access may not have an unknown member", refuses(
        "access", lambda it: not it.keys() <= {"groupAccess", "userAccess", "publicAccess", "inheritedResourceID"})),
    ("group-member-refused", "a group's role may not have an unknown member", refuses(
        "access.groupAccess[]", lambda it: not it.keys() <= {"groupID", "accessRole"})),
]  # fmt: skip


def _utc_parts(it: str) -> re.Match[str]:
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d).(\d\d):(\d\d):(\d\d)(\.\d+)?(.+)", it)
    if match is None:
        raise ValueError("not a date-time, though it was validated")
    return match


def _units(it: str) -> int:
    return len(it.encode("utf-16-le", "surrogatepass")) // 2


def _unknown_refused(app: MockApp) -> None:
    known = app.contract.request.keys()
    refuses_body(lambda it: not it.keys() <= known)(app)


REJECTS: list[Row] = [
    ("module-upper-case", "a moduleID in upper case is refused", refuses("moduleID", lambda it: it != it.lower())),
    ("module-lower-case", "a moduleID in lower case is refused", refuses("moduleID", lambda it: it != it.upper())),
    ("channel-upper-case", "a channelID in upper case is refused", refuses("channelID", lambda it: it != it.lower())),
    ("channel-version-7", "a channelID of a version above 5 is refused", refuses(
        "channelID", lambda it: (UUID(it).version or 0) > 5)),
    ("start-small-t", "a start with a small t is refused", refuses("startDate", lambda it: it[10] == "t")),
    ("start-small-z", "a start with a small z is refused", refuses("startDate", lambda it: it[-1] == "z")),
    ("start-utc", "a start in UTC is refused", refuses("startDate", lambda it: it[-1] in "Zz")),
    ("start-numeric-offset", "a start with a numeric offset is refused", refuses("startDate", lambda it: it[
        -1] not in "Zz")),
    ("start-negative-offset", "a start with a negative offset is refused", refuses("startDate", lambda it: it[
        -6] == "-")),
    ("start-half-hour-offset", "a start with an offset of half hours is refused", refuses(
        "startDate", lambda it: it[-1] not in "Zz" and it[-2:] != "00")),
    ("start-far-offset", "a start with an offset beyond twelve hours is refused", refuses(
        "startDate", lambda it: it[-1] not in "Zz" and 12 < int(it[-5:-3]) + int(it[-2:]) / 60 <= 14)),
    ("start-fraction", "a start with a fraction of a second is refused", refuses("startDate", lambda it: "." in it)),
    ("start-four-digits", "a start with more than three fraction digits is refused", refuses(
        "startDate", lambda it: len(_utc_parts(it)[7] or "") > 4)),
    ("start-leap-day", "a start on 29 February is refused", refuses("startDate", lambda it: it[5:10] == "02-29")),
    ("start-midnight", "a start at midnight is refused", refuses("startDate", lambda it: it[11:16] == "00:00")),
    ("start-last-second", "a start in a day's last second is refused", refuses(
        "startDate", lambda it: it[11:19] == "23:59:59")),
    ("start-seconds", "a start that is not on a whole minute is refused", refuses(
        "startDate", lambda it: it[17:19] != "00")),
    ("start-quarter", "a start that is not on a quarter of an hour is refused", refuses(
        "startDate", lambda it: int(it[14:16]) % 15 != 0)),
    ("name-200-refused", "a name of 200 characters is refused", refuses("name", lambda it: len(it) == 200)),
    ("name-200-units-refused", "a name of more than 200 UTF-16 units is refused", refuses(
        "name", lambda it: _units(it) > 200)),
    ("name-200-bytes-refused", "a name of more than 200 bytes is refused", refuses(
        "name", lambda it: len(it.encode("utf-8", "surrogatepass")) > 200)),
    ("name-single-refused", "a name of one character is refused", refuses("name", lambda it: len(it) == 1)),
    ("name-ascii-alone", "a name with other than ASCII characters is refused", refuses("name",
        lambda it: not it.isascii())),
    ("name-16-bits-alone", "a name with characters beyond 16 bits is refused", refuses(
        "name", lambda it: any(c > "\uffff" for c in it))),
    ("name-apostrophe-refused", "a name with an apostrophe is refused", refuses("name", lambda it: "'" in it)),
    ("name-angle-refused", "a name with an angle bracket is refused", refuses("name", lambda it: "<" in it)),
    ("name-line-feed-refused", "a name with a line feed is refused", refuses("name", lambda it: "\n" in it)),
    ("name-digits-refused", "a name of digits alone is refused", refuses("name", str.isdigit)),
    ("name-outer-spaces-refused", "a name with outer spaces is refused", refuses(
        "name", lambda it: it != it.strip() and bool(it.strip()))),
    ("duration-15-refused", "a duration of 15 minutes is refused", refuses("duration", lambda it: it == 15)),
    ("duration-1485-refused", "a duration of 1485 minutes is refused", refuses("duration", lambda it: it == 1485)),
    ("duration-day-refused", "a duration of a day and more is refused", refuses("duration", lambda it: it >= 1440)),
    ("false-refused", "a boolean that is false is refused", refuses("muteUponEntry", lambda it: it is False)),
    ("record-type-2-refused", "recordType 2 is refused", refuses("recordType", lambda it: it == 2)),
    ("authentication-2-refused", "authenticationOpt 2 is refused", refuses("authenticationOpt", lambda it: it == 2)),
    ("hosts-several-refused", "several alternative hosts are refused", refuses("alternativeHosts",
        lambda it: "," in it)),
    ("hosts-ids-refused", "alternative hosts that are no addresses are refused", refuses(
        "alternativeHosts", lambda it: "@" not in it)),
    ("hosts-long-refused", "alternativeHosts of more than 255 characters are refused", refuses(
        "alternativeHosts", lambda it: len(it) > 255)),
    ("member-refused", "an unknown member is refused", _unknown_refused),
    ("optionals-refused", "a request with all options is refused", refuses_body(lambda it: len(it) >= 19)),
    ("minimal-refused", "a request without options is refused", refuses_body(lambda it: len(it) == 4)),
]  # fmt: skip

DEFECTS: list[Defect] = [
    *of_kind(
        "accepts",
        *REQUIRED,
        *TYPES,
        *BOUNDS,
        *FORMATS,
        clause="request.startDate.format",
        clauses={
            "request.required.moduleID": "module-missing module-null",
            "request.required.name": "name-missing name-missing-beside-channel",
            "request.required.startDate": "start-missing",
            "request.required.duration": "duration-missing",
            "request.name.type": "name-null name-as-number name-as-boolean",
            "request.duration.type": "duration-null duration-as-text duration-with-unit duration-as-fraction "
            "duration-as-boolean",
            "request.member-names": "names-snake-case",
            "request.alternativeHosts.type": "hosts-null-taken hosts-as-list",
            "request.channelID.type": "channel-null",
            "request.startDate.type": "start-as-epoch",
            "request.isWaitingRoom.type": "flag-as-text",
            "request.isSendEmail.type": "flag-as-number",
            "request.publishMutimediaChannel.type": "flag-as-list",
            "request.recordType.type": "record-type-as-text record-type-as-name",
            "request.meetingType.type": "meeting-type-as-text",
            "request.body.type": "body-as-list body-wrapped",
            "request.duration.minimum": "duration-14 duration-0 duration-negative",
            "request.duration.maximum": "duration-1486 duration-unbounded duration-clamped",
            "request.duration.format": "duration-wrapped duration-wrapped-64",
            "request.name.maxLength": "name-201 name-unbounded name-cut-to-fit name-trimmed-to-fit "
            "name-line-feed-to-fit name-nul-to-fit name-composed-to-fit",
            "request.recordType.minimum": "record-type-0",
            "request.recordType.maximum": "record-type-3-taken",
            "request.authenticationOpt.maximum": "authentication-3",
            "request.meetingType.minimum": "meeting-type-0",
            "request.meetingType.maximum": "meeting-type-any",
            "request.moduleID.format": "module-braced module-without-hyphens module-urn module-spaces "
            "module-not-hexadecimal module-line-feed module-short module-other-digits",
            "request.moduleID.type": "module-any-text",
            "request.lessonID.format": "lesson-empty lesson-any-text",
            "request.channelID.format": "channel-any-text",
        },
    ),
    *of_kind(
        "access rights",
        *RIGHTS,
        *RIGHTS_REFUSED,
        clause="request.access.userAccess[].accessRole.enum",
        clauses={
            "request.access.groupAccess[].accessRole.enum": "role-0-groups role-7-groups role-any-groups "
            "role-1-refused",
            "request.required.access.groupAccess[].accessRole": "role-missing-groups",
            "request.required.access.userAccess[].accessRole": "role-missing-users",
            "request.required.access.groupAccess[].groupID": "group-missing",
            "request.required.access.userAccess[].userID": "user-missing",
            "request.access.userAccess[].userID.format": "user-any-text",
            "request.access.groupAccess[].accessRole.type": "role-as-text role-as-fraction",
            "request.access.userAccess[].accessRole.type": "role-as-boolean role-null",
            "request.access.groupAccess[].groupID.type": "group-null",
            "request.access.publicAccess.enum": "public-role-7 public-role-any public-role-refused",
            "request.access.publicAccess.type": "public-role-text",
            "request.access.inheritedResourceID.format": "inherited-any-text",
            "request.access.userAccess.type": "users-first-alone users-first-ten users-object",
            "request.access.groupAccess.type": "groups-last-unchecked access-unchecked",
            "request.access.groupAccess[].type": "groups-no-objects",
            "request.access.type": "access-null access-list",
            "request.access.accepts": "access-empty-refused access-member-refused",
            "request.access.groupAccess.accepts": "groups-empty-refused groups-two-refused",
            "request.access.userAccess.accepts": "users-ten-refused",
            "request.access.groupAccess[].groupID.format": "group-upper-case-refused",
            "request.access.inheritedResourceID.accepts": "inherited-refused",
            "request.access.groupAccess[].accepts": "group-member-refused",
        },
    ),
    *of_kind(
        "rejects",
        *REJECTS,
        clause="request.startDate.format",
        clauses={
            "request.moduleID.format": "module-upper-case",
            "request.moduleID.accepts": "module-lower-case",
            "request.channelID.format": "channel-upper-case channel-version-7",
            "request.name.maxLength": "name-200-refused name-200-units-refused name-200-bytes-refused",
            "request.name.accepts": "name-single-refused name-ascii-alone name-16-bits-alone name-apostrophe-refused "
            "name-angle-refused name-line-feed-refused name-digits-refused name-outer-spaces-refused",
            "request.duration.minimum": "duration-15-refused",
            "request.duration.maximum": "duration-1485-refused duration-day-refused",
            "request.muteUponEntry.accepts": "false-refused",
            "request.recordType.accepts": "record-type-2-refused",
            "request.authenticationOpt.accepts": "authentication-2-refused",
            "request.alternativeHosts.accepts": "hosts-several-refused hosts-ids-refused hosts-long-refused",
            "request.unknown-member": "member-refused",
            "request.combinations": "optionals-refused",
            "request.repeated": "minimal-refused",
        },
    ),
]
