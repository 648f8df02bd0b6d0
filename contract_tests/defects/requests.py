"""Requests that are taken though the contract forbids them, and refused though it allows them."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import NoneType
from typing import Any
from uuid import UUID

from contract_tests.defects.catalogue import Defect, each, of_kind
from contract_tests.defects.verbs import *

_LISTS = (("groups", "GroupAccess"), ("users", "UserAccess"))
_RIGHTS = {"groupAccess", "userAccess", "publicAccess", "inheritedResourceID"}
_SNAKES = {"start_date": "startDate", "module_id": "moduleID"}
_UUID = "(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _any_id(name: str) -> Change:
    """Whatever text stands for an id is read as some id."""
    return reads(name, lambda it: it if re.fullmatch(_UUID, it) else SOME_ID, only=str)


def _rolled_over(match: re.Match[str]) -> str:
    """Read a day that a month lacks as one of the next month."""
    year, month, day = (int(match[group]) for group in (1, 2, 3))
    if not (year and 1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return f"{date(year, month, 1) + timedelta(days=day - 1)}{match[4]}"


def _february_29(match: re.Match[str]) -> str:
    leap = int(match[1]) % 4 == 0 and match[1] not in ("2100", "2200", "1900")
    return match[0] if leap else f"{match[1]}-02-28T{match[2]}"


def _week_date(match: re.Match[str]) -> str:
    return f"{date.fromisocalendar(int(match[1]), int(match[2]), int(match[3]))}{match[4]}"


def _tomorrow() -> str:
    return f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


def _default(name: str, value: Any) -> Change:
    """A property that is missing is read as a value."""
    return reads("", lambda it: {name: value} | it, only=dict)


def _without_null(name: str) -> Change:
    """A property that is null is read as none."""
    return reads("", lambda it: {k: v for k, v in it.items() if k != name or v is not None}, only=dict)


def _unknown_refused(app: MockApp) -> None:
    refuses("", lambda it: not it.keys() <= app.contract.request.keys())(app)


ACCEPTS = of_kind(
    "accepts",
    ("start-missing", "startDate may be missing and is tomorrow then",
        reads("", lambda it: {"startDate": _tomorrow()} | it, only=dict), "request.required.startDate"),
    ("duration-missing", "duration may be missing and is an hour then", _default("duration", 60),
        "request.required.duration"),
    ("names-snake-case", "property names may be in snake case",
        reads("", lambda it: {_SNAKES.get(k, k): v for k, v in it.items()}, only=dict), "request.member-names"),
    ("channel-null", "channelID may be null", _without_null("channelID"), "request.channelID.type"),
    ("start-as-epoch", "a start may be a Unix time", reads("startDate",
        lambda it: datetime.fromtimestamp(it % 2**31, UTC).isoformat(), only=int), "request.startDate.type"),
    ("flag-as-text", "isWaitingRoom may be a text", reads(
        "isWaitingRoom", "(?i)true|false", lambda match: match[0].lower() == "true"), "request.isWaitingRoom.type"),
    ("flag-as-number", "isSendEmail may be 0 or 1",
        reads("isSendEmail", lambda it: bool(it) if it in (0, 1) else it, only=int), "request.isSendEmail.type"),
    ("flag-as-list", "publishMutimediaChannel may be a list", reads("publishMutimediaChannel", bool, only=list),
        "request.publishMutimediaChannel.type"),
    ("meeting-type-as-text", "meetingType may be a text", reads("meetingType", "[1-3]", lambda match: int(match[0])),
        "request.meetingType.type"),
    ("record-type-0", "recordType 0 is accepted", allows("recordType", minimum=0, enum=[0, 1, 2]),
        "request.recordType.minimum"),
    ("record-type-3-taken", "recordType 3 is accepted and read as 2",
        reads("recordType", lambda it: min(it, 2), only=int), "request.recordType.maximum"),
    ("authentication-3", "authenticationOpt 3 is accepted", allows("authenticationOpt", maximum=3, enum=[1, 2, 3]),
        "request.authenticationOpt.maximum"),
    ("meeting-type-0", "meetingType 0 is accepted", allows("meetingType", minimum=0, enum=[0, 1, 2, 3]),
        "request.meetingType.minimum"),
    ("meeting-type-any", "meetingType may be any integer", allows("meetingType", drops=["minimum", "maximum", "enum"]),
        "request.meetingType.maximum"),
    ("module-any-text", "moduleID may be any text", _any_id("moduleID"), "request.moduleID.type"),
    ("channel-any-text", "channelID may be any text", _any_id("channelID"), "request.channelID.format"),
    "request.required.moduleID",
    ("module-missing", "moduleID may be missing", optional("moduleID")),
    ("module-null", "moduleID may be null", both(optional("moduleID"), _without_null("moduleID"))),
    "request.required.name",
    ("name-missing", "name may be missing", _default("name", "Meeting")),
    ("name-missing-beside-channel", "name may be missing where channelName is there",
        reads("", lambda it: {"name": it["channelName"]} | it if text(it.get("channelName")) else it, only=dict)),
    "request.name.type",
    ("name-null", "name may be null and is empty then", reads("name", lambda _: "", only=NoneType)),
    ("name-as-number", "a name may be a number", reads("name", str, only=(int, float))),
    ("name-as-boolean", "a name may be a boolean", reads("name", str, only=bool)),
    "request.duration.type",
    ("duration-null", "duration may be null and is an hour then", reads("duration", lambda _: 60, only=NoneType)),
    ("duration-as-text", "a duration may be a text of digits", reads("duration", r"\d+", lambda match: int(match[0]))),
    ("duration-with-unit", "a duration may end with min",
        reads("duration", r"(\d+) ?min", lambda match: int(match[1]))),
    ("duration-as-fraction", "a duration with a fraction is rounded down", reads("duration", math.floor, only=float)),
    ("duration-as-boolean", "a duration may be true, which is read as an hour",
        reads("duration", lambda it: 60 if it else it, only=bool)),
    "request.alternativeHosts.type",
    ("hosts-null-taken", "alternativeHosts may be null", _without_null("alternativeHosts")),
    ("hosts-as-list", "alternativeHosts may be a list",
        reads("alternativeHosts", lambda it: ",".join(map(str, it)), only=list)),
    "request.recordType.type",
    ("record-type-as-text", "recordType may be a text", reads("recordType", "[12]", lambda match: int(match[0]))),
    ("record-type-as-name", "recordType may be a name",
        reads("recordType", "(?i)cloud|local", lambda match: 1 if match[0].lower() == "cloud" else 2)),
    "request.body.type",
    ("body-as-list", "the body may be a list of one meeting",
        reads("", lambda it: it[0] if len(it) == 1 else it, only=list)),
    ("body-wrapped", "the body may be an object in a property named meeting",
        reads("", lambda it: it["meeting"] if [*it] == ["meeting"] else it, only=dict)),
    "request.duration.minimum",
    ("duration-14", "a duration of 14 minutes is accepted", allows("duration", drops=["multipleOf"], minimum=14)),
    ("duration-0", "a duration of 0 is accepted", allows("duration", minimum=0)),
    ("duration-negative", "a negative duration is read as a positive one", reads("duration", abs, only=int)),
    "request.duration.maximum",
    ("duration-1486", "a duration of 1486 minutes is accepted", allows("duration", drops=["multipleOf"], maximum=1486)),
    ("duration-unbounded", "a duration has no upper bound", allows("duration", drops=["maximum"])),
    ("duration-clamped", "a duration out of bounds is moved to the bound",
        reads("duration", lambda it: min(max(it, 15), 1485), only=int)),
    "request.duration.format",
    ("duration-wrapped", "a duration is taken modulo 2 to the 32nd",
        reads("duration", lambda it: it % 2**32 if abs(it) >= 2**31 else it, only=int)),
    ("duration-wrapped-64", "a duration is taken modulo 2 to the 64th",
        reads("duration", lambda it: it % 2**64 if abs(it) >= 2**63 else it, only=int)),
    "request.name.maxLength",
    ("name-201", "a name of 201 characters is accepted", allows("name", maxLength=201)),
    ("name-unbounded", "a name may be of any length", allows("name", drops=["maxLength"])),
    ("name-cut-to-fit", "a longer name is cut to 200 characters", reads("name", "(?s)^(.{200}).+", r"\1")),
    ("name-trimmed-to-fit", "a longer name is accepted if it fits without its outer spaces",
        reads("name", lambda it: it.strip() if len(it) > 200 else it, only=str)),
    ("name-line-feed-to-fit", "a name of 200 characters may end with a line feed",
        reads("name", r"(?s)^(.{200})\n$", r"\1")),
    ("name-nul-to-fit", "a name of 200 characters may end with NULs", reads("name", r"(?s)^(.{200})\0+$", r"\1")),
    ("name-composed-to-fit", "a longer name is accepted if its NFC form fits",
        reads("name", lambda it: unicodedata.normalize("NFC", it) if len(it) > 200 else it, only=str)),
    "request.moduleID.format",
    ("module-braced", "moduleID may be a UUID in braces", reads("moduleID", r"^\{(.{36})\}$", r"\1")),
    ("module-without-hyphens", "moduleID may be a UUID without hyphens",
        reads("moduleID", "[0-9a-fA-F]{32}", lambda match: str(UUID(match[0])))),
    ("module-urn", "moduleID may be a URN", reads("moduleID", r"^urn:uuid:(.*)$", r"\1")),
    ("module-spaces", "moduleID may have spaces around it", reads("moduleID", str.strip, only=str)),
    ("module-not-hexadecimal", "moduleID may have letters up to z",
        reads("moduleID", "[0-9a-zA-Z-]{36}", lambda match: re.sub("[g-zG-Z]", "0", match[0]))),
    ("module-line-feed", "moduleID may end with a line feed", reads("moduleID", r"^([0-9a-fA-F-]{36})\n$", r"\1")),
    ("module-short", "moduleID may lack characters at its end",
        reads("moduleID", "[0-9a-fA-F-]{30,35}", lambda match: match[0].ljust(36, "0"))),
    ("module-other-digits", "moduleID may have full-width digits",
        reads("moduleID", lambda it: unicodedata.normalize("NFKC", it), only=str)),
    "request.lessonID.format",
    ("lesson-empty", "lessonID may be empty", reads("lessonID", "^$", SOME_ID)),
    ("lesson-any-text", "lessonID may be any text", allows("lessonID", drops=["format"])),
    "request.startDate.format",
    each(reads, "startDate"),
    ("start-naive-taken", "a start may have no offset", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$", r"\g<0>+08:00"),
    ("start-date-alone", "a start may be a date without a time", r"^\d{4}-\d\d-\d\d$", r"\g<0>T00:00:00+08:00"),
    ("start-without-seconds", "a start may lack its seconds", r"^(.+T\d\d:\d\d)(Z|[+-].+)$", r"\1:00\2"),
    ("start-basic-form", "a start may be without hyphens and colons", r"^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$",
        r"\1-\2-\3T\4:\5:\6Z"),
    ("start-rolled-over", "a day that its month lacks is read as one of the next", r"(?s)(\d{4})-(\d\d)-(\d\d)(.*)",
        _rolled_over),
    ("start-february-29", "29 February is accepted in every year", r"(\d{4})-02-29T(.*)", _february_29),
    ("start-leap-2100", "2100 is taken for a leap year", "2100-02-29", "2100-02-28"),
    ("start-month-0", "month 0 is read as January", "-00-", "-01-"),
    ("start-hour-24", "hour 24 is read as midnight", "T24:", "T00:"),
    ("start-second-61", "second 61 is read as 59", r"(T\d\d:\d\d):6[1-9]", r"\1:59"),
    ("start-second-60", "second 60 is accepted in any minute", r"^(?!.*T23:59:60Z)(.*T\d\d:\d\d):60", r"\1:59"),
    ("start-offset-hours", "a start's offset may lack its minutes", r"^(.+T.+[+-]\d\d)$", r"\1:00"),
    ("start-offset-24", "an offset of 24 hours is accepted", r"\+24:", "+00:"),
    ("start-zone-name", "a start may end with a zone's name", r"^(.+T\d\d:\d\d:\d\d) ?(?:UTC|GMT|SGT|\[.+\])$", r"\1Z"),
    ("start-trailing-text", "a start may be followed by anything", r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ).+$", r"\1"),
    ("start-comma", "a start's fraction may follow a comma", ",", "."),
    ("start-empty-fraction", "a start may end with a point without digits", r"\.(?=Z|[+-]\d\d:)", ""),
    ("start-one-digit", "a start's parts may have a single digit", r"(?<=[-T:])(\d)(?=[-T:Z])", r"0\1"),
    ("start-two-digit-year", "a start's year may have two digits", r"^(\d\d-\d\d-\d\dT.*)$", r"20\1"),
    ("start-http-date", "a start may be in HTTP's form", r"\w{3}, .+ GMT",
        lambda match: parsedate_to_datetime(match[0]).isoformat()),
    ("start-word", "a start may be a word such as tomorrow", r"^[A-Za-z]+$", "2027-01-18T02:00:00Z"),
    ("start-blank-before-offset", "a start may have a blank before its offset", r"^(\S{19,}) ([+-]\d\d:\d\d)$",
        r"\1\2"),
    ("start-offset-one-digit", "a start's offset may have a single digit for its hours", r"^(.+T.+[+-])(\d:\d\d)$",
        r"\g<1>0\2"),
    ("start-any-separator", "anything may stand for a start's T", r"^(\d{4}-\d\d-\d\d)[^T\d ](\d\d:.*)$", r"\1T\2"),
    ("start-dotted-time", "a start's time may have points for colons", r"^(.{11}\d\d)[.:](\d\d)[.:](\d\d.*)$",
        r"\1:\2:\3"),
    ("start-colon-fraction", "a start's fraction may follow a colon", r"^(.{19}):(\d+[Z+-].*)$", r"\1.\2"),
    ("start-signed", "a start may begin with a plus", r"^\+(\d{4}-.*)$", r"\1"),
    ("start-zone-before-offset", "UTC may stand before a start's offset", r"^(.{19,}) ?(?:UTC|GMT)([+-]\d\d:\d\d)$",
        r"\1\2"),
    ("start-month-name", "a start's month may be a name", r"^(\d{4})-Jan-(.*)$", r"\1-01-\2"),
    ("start-quoted", "a start may be in quotes", r'^"(.*)"$', r"\1"),
    ("start-week-date", "a start may be an ISO week date", r"(\d{4})-W(\d\d)-(\d)(T.+)", _week_date),
)  # fmt: skip

ACCESS_RIGHTS = of_kind(
    "access rights",
    *((f"role-0-{who}", f"accessRole 0 is accepted for {who}", allows("accessRole", of=of, enum=[*range(7)]),
        f"request.access.{who[:-1]}Access[].accessRole.enum") for who, of in _LISTS),
    *((f"role-7-{who}", f"accessRole 7 is accepted for {who}", allows("accessRole", of=of, enum=[*range(1, 8)]),
        f"request.access.{who[:-1]}Access[].accessRole.enum") for who, of in _LISTS),
    *((f"role-any-{who}", f"accessRole may be any integer for {who}", allows("accessRole", of=of, drops=["enum"]),
        f"request.access.{who[:-1]}Access[].accessRole.enum") for who, of in _LISTS),
    *((f"role-missing-{who}", f"accessRole may be missing for {who}", optional("accessRole", of=of),
        f"request.required.access.{who[:-1]}Access[].accessRole") for who, of in _LISTS),
    ("group-missing", "a group's role may lack its groupID", optional("groupID", of="GroupAccess"),
        "request.required.access.groupAccess[].groupID"),
    ("user-missing", "a user's role may lack its userID", optional("userID", of="UserAccess"),
        "request.required.access.userAccess[].userID"),
    ("user-any-text", "userID may be any text", allows("userID", of="UserAccess", drops=["format"]),
        "request.access.userAccess[].userID.format"),
    ("group-null", "groupID may be null", reads("access.groupAccess[].groupID", lambda _: SOME_ID, only=NoneType),
        "request.access.groupAccess[].groupID.type"),
    ("public-role-text", "publicAccess may be a text",
        reads("access.publicAccess", r"\d+", lambda match: int(match[0])), "request.access.publicAccess.type"),
    ("inherited-any-text", "inheritedResourceID may be any text", allows("inheritedResourceID", of="AccessRights",
        drops=["anyOf"], type=["string", "null"]), "request.access.inheritedResourceID.format"),
    ("groups-no-objects", "items of groupAccess that are no objects are passed over", reads("access.groupAccess",
        lambda it: [item for item in it if isinstance(item, dict)], only=list), "request.access.groupAccess[].type"),
    ("users-ten-refused", "more than ten users are refused", refuses("access.userAccess", lambda it: len(it) > 10),
        "request.access.userAccess.accepts"),
    ("role-1-refused", "accessRole 1 is refused for groups", refuses("access.groupAccess[].accessRole", 1),
        "request.access.groupAccess[].accessRole.enum"),
    ("group-upper-case-refused", "a groupID in upper case is refused",
        refuses("access.groupAccess[].groupID", ".*[A-F].*"), "request.access.groupAccess[].groupID.format"),
    ("inherited-refused", "inheritedResourceID is refused",
        refuses("access.inheritedResourceID", lambda it: it is not None), "request.access.inheritedResourceID.accepts"),
    ("group-member-refused", "a group's role may not have an unknown member", refuses("access.groupAccess[]",
        lambda it: not it.keys() <= {"groupID", "accessRole"}), "request.access.groupAccess[].accepts"),
    "request.access.groupAccess[].accessRole.type",
    ("role-as-text", "accessRole may be a text for groups",
        reads("access.groupAccess[].accessRole", r"\d+", lambda match: int(match[0]))),
    ("role-as-fraction", "accessRole may have a fraction for groups",
        reads("access.groupAccess[].accessRole", math.floor, only=float)),
    "request.access.userAccess[].accessRole.type",
    ("role-as-boolean", "accessRole may be true for users",
        reads("access.userAccess[].accessRole", lambda it: 1 if it else it, only=bool)),
    ("role-null", "accessRole may be null for users",
        reads("access.userAccess[].accessRole", lambda _: 1, only=NoneType)),
    "request.access.publicAccess.enum",
    ("public-role-7", "publicAccess 7 is accepted", reads("access.publicAccess", lambda it: 6 if it == 7 else it)),
    ("public-role-any", "publicAccess may be anything", allows("publicAccess", of="AccessRights", drops=["anyOf"])),
    ("public-role-refused", "publicAccess 6 is refused", refuses("access.publicAccess", 6)),
    "request.access.userAccess.type",
    ("users-first-alone", "only the first user's role is checked",
        reads("access.userAccess", lambda it: it[:1], only=list)),
    ("users-first-ten", "only the first ten users' roles are checked",
        reads("access.userAccess", lambda it: it[:10], only=list)),
    ("users-object", "userAccess may be a single object", reads("access.userAccess", lambda it: [it], only=dict)),
    "request.access.groupAccess.type",
    ("groups-last-unchecked", "the last of several groups' roles is not checked",
        reads("access.groupAccess", lambda it: it[:-1] if len(it) > 1 else it, only=list)),
    ("access-unchecked", "the access rights are not checked",
        schema(lambda schemas: schemas["AccessRights"].update(properties={}))),
    "request.access.userAccess[].accessRole.enum",
    ("users-unchecked", "users' roles are not checked", reads("access.userAccess", lambda _: [], only=list)),
    ("role-6-refused", "accessRole 6 is refused for users", refuses("access.userAccess[].accessRole", 6)),
    "request.access.type",
    ("access-null", "access may be null", _without_null("access")),
    ("access-list", "access may be a list", reads("access", lambda _: {}, only=list)),
    "request.access.accepts",
    ("access-empty-refused", "an empty access is refused", refuses("access", {})),
    ("access-member-refused", "access may not have an unknown member",
        refuses("access", lambda it: not it.keys() <= _RIGHTS)),
    "request.access.groupAccess.accepts",
    ("groups-empty-refused", "an empty groupAccess is refused", refuses("access.groupAccess", [])),
    ("groups-two-refused", "more than one group is refused", refuses("access.groupAccess", lambda it: len(it) > 1)),
)  # fmt: skip

REJECTS = of_kind(
    "rejects",
    ("module-upper-case", "a moduleID in upper case is refused", refuses("moduleID", ".*[A-F].*"),
        "request.moduleID.format"),
    ("module-lower-case", "a moduleID in lower case is refused", refuses("moduleID", ".*[a-f].*"),
        "request.moduleID.accepts"),
    ("duration-15-refused", "a duration of 15 minutes is refused", refuses("duration", 15), "request.duration.minimum"),
    ("false-refused", "a boolean that is false is refused", refuses("muteUponEntry", False),
        "request.muteUponEntry.accepts"),
    ("record-type-2-refused", "recordType 2 is refused", refuses("recordType", 2), "request.recordType.accepts"),
    ("authentication-2-refused", "authenticationOpt 2 is refused", refuses("authenticationOpt", 2),
        "request.authenticationOpt.accepts"),
    ("member-refused", "an unknown member is refused", _unknown_refused, "request.unknown-member"),
    ("optionals-refused", "a request with all options is refused", refuses("", lambda it: len(it) >= 19),
        "request.combinations"),
    ("minimal-refused", "a request without options is refused", refuses("", lambda it: len(it) == 4),
        "request.repeated"),
    "request.channelID.format",
    ("channel-upper-case", "a channelID in upper case is refused", refuses("channelID", ".*[A-F].*")),
    ("channel-version-7", "a channelID of a version above 5 is refused",
        refuses("channelID", lambda it: (UUID(it).version or 0) > 5)),
    "request.startDate.format",
    each(refuses, "startDate", says="a start {} is refused"),
    ("start-small-t", "with a small t", ".*t.*"),
    ("start-small-z", "with a small z", ".*z"),
    ("start-utc", "in UTC", ".*[Zz]"),
    ("start-numeric-offset", "with a numeric offset", ".*[^Zz]"),
    ("start-negative-offset", "with a negative offset", r".*-\d\d:\d\d"),
    ("start-half-hour-offset", "with an offset of half hours", r".*[+-]\d\d:(?!00)\d\d"),
    ("start-far-offset", "with an offset beyond twelve hours", r".*[+-](12:(?!00)..|13:..|14:00)"),
    ("start-fraction", "with a fraction of a second", r".*\..*"),
    ("start-four-digits", "with more than three fraction digits", r".*\.\d{4,}\D.*"),
    ("start-leap-day", "on 29 February", ".{4}-02-29.*"),
    ("start-midnight", "at midnight", ".{11}00:00.*"),
    ("start-last-second", "in a day's last second", ".{11}23:59:59.*"),
    ("start-seconds", "that is not on a whole minute", ".{17}(?!00).*"),
    ("start-quarter", "that is not on a quarter of an hour", ".{14}(?!00|15|30|45).*"),
    "request.name.maxLength",
    ("name-200-refused", "a name of 200 characters is refused", refuses("name", "(?s).{200}")),
    ("name-200-units-refused", "a name of more than 200 UTF-16 units is refused",
        refuses("name", lambda it: len(it.encode("utf-16-le", "surrogatepass")) > 400)),
    ("name-200-bytes-refused", "a name of more than 200 bytes is refused",
        refuses("name", lambda it: len(it.encode("utf-8", "surrogatepass")) > 200)),
    "request.name.accepts",
    each(refuses, "name", says="a name {} is refused"),
    ("name-single-refused", "of one character", "(?s)."),
    ("name-ascii-alone", "with other than ASCII characters", lambda it: not it.isascii()),
    ("name-16-bits-alone", "with characters beyond 16 bits", "(?s).*[\U00010000-\U0010ffff].*"),
    ("name-apostrophe-refused", "with an apostrophe", lambda it: "'" in it),
    ("name-angle-refused", "with an angle bracket", lambda it: "<" in it),
    ("name-line-feed-refused", "with a line feed", lambda it: "\n" in it),
    ("name-digits-refused", "of digits alone", str.isdigit),
    ("name-outer-spaces-refused", "with outer spaces", lambda it: bool(it.strip()) and it != it.strip()),
    "request.duration.maximum",
    ("duration-1485-refused", "a duration of 1485 minutes is refused", refuses("duration", 1485)),
    ("duration-day-refused", "a duration of a day and more is refused", refuses("duration", lambda it: it >= 1440)),
    "request.alternativeHosts.accepts",
    ("hosts-several-refused", "several alternative hosts are refused", refuses("alternativeHosts", ".*,.*")),
    ("hosts-ids-refused", "alternative hosts that are no addresses are refused", refuses("alternativeHosts", "[^@]*")),
    ("hosts-long-refused", "alternativeHosts of more than 255 characters are refused",
        refuses("alternativeHosts", ".{256,}")),
)  # fmt: skip

DEFECTS: list[Defect] = [*ACCEPTS, *ACCESS_RIGHTS, *REJECTS]
