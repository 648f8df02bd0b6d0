"""The arguments of `create_meeting`: what is accepted, and what each becomes on the wire.

Types are judged here; bounds (lengths, ranges, steps, enums) come from openapi.yaml through the generated limits.
"""

import contextlib
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum
from typing import Any, Required, TypedDict
from uuid import UUID

from attrs import frozen

from luminus_zoom_api.limits import REQUEST
from luminus_zoom_api.models import AuthenticationOption as AuthenticationOption
from luminus_zoom_api.models import MeetingType as MeetingType
from luminus_zoom_api.models import RecordType as RecordType

from .access import Access
from .errors import Problem

Schema = Mapping[str, Any]
Bounds = tuple[tuple[Callable[[Any, Any], bool], Any, str], ...]
"""A test of value and bound, the bound, and what to say where the test fails."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class MeetingArguments(TypedDict, total=False):
    """The keyword arguments that describe a meeting. None, or leaving one out, means that it is not sent."""

    module_id: Required[UUID | str]
    name: Required[str]
    start: Required[datetime]
    duration: Required[timedelta | int]
    lesson_id: UUID | str | None
    access: Access | None
    send_email: bool | None
    publish_record_url: bool | None
    waiting_room: bool | None
    meeting_authentication: bool | None
    mute_upon_entry: bool | None
    record_type: RecordType | int | None
    authentication_option: AuthenticationOption | int | None
    alternative_hosts: Iterable[str] | None
    meeting_type: MeetingType | int | None
    export_multimedia_web: bool | None
    channel_id: UUID | str | None
    channel_name: str | None
    publish_multimedia_channel: bool | None


def wire_values(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The JSON properties of the arguments that are set, and everything that is wrong with them.

    What cannot be converted is passed on as it is, for those who send it all the same.
    """
    values: dict[str, Any] = {}
    problems = [Problem(name, "is not a parameter of create_meeting") for name in arguments if name not in PARAMETERS]
    for name, parameter in PARAMETERS.items():
        value = arguments.get(name)
        if value is None:
            if parameter.required:
                problems.append(Problem(name, "is required"))
            continue
        if name == "access" and isinstance(value, Access):
            value = _access(value, problems)
        else:
            value = _converted(parameter.convert, value, name, parameter.bounds, problems)
        if value is not None:
            values[parameter.wire] = value
    return values, problems


def _converted(
    convert: Callable[[Any], Any], value: object, at: str, bounds: Bounds, problems: list[Problem], key: object = None
) -> Any:
    """The value's form on the wire, or the value itself with a problem noted at its place, and its key there."""
    try:
        result = convert(value)
        if result is None:
            return None
        faults = [
            f"{text.format(str(bound).strip('[]'))} (got {_shown(result)})"
            for holds, bound, text in bounds
            if not holds(result, bound)
        ]
    except ValueError as error:
        result, faults = value, [str(error)]
    except Exception as error:
        # What a value's own methods raise: a time zone's, an iterable's.
        result, faults = value, [f"cannot be read: {type(error).__name__}: {error}"]
    if faults:
        place = at if key is None else f"{at}[{_shown(key)}]"
        problems += [Problem(place, fault) for fault in faults]
    return result


BOUNDS: Mapping[str, tuple[Callable[[Any, Any], bool], str]] = {
    "enum": (lambda value, allowed: value in allowed, "must be one of {}"),
    "minimum": (operator.ge, "must be at least {}"),
    "maximum": (operator.le, "must be at most {}"),
    "multipleOf": (lambda value, step: value % step == 0, "must be a multiple of {}"),
    "minLength": (lambda text, bound: len(text) >= bound, "must have at least {} characters"),
    "maxLength": (lambda text, bound: len(text) <= bound, "must have at most {} characters"),
}


def bounds_of(schema: Schema) -> Bounds:
    """What the contract demands of a value of the right type."""
    # Nullable: the other branch is null, which None stands for and which is not sent.
    schema = schema["anyOf"][0] if "anyOf" in schema else schema
    # An enum says all that a range beside it says.
    keywords = ["enum"] if "enum" in schema else [keyword for keyword in schema if keyword in BOUNDS]
    return tuple((BOUNDS[keyword][0], schema[keyword], BOUNDS[keyword][1]) for keyword in keywords)


def _uuid(value: object) -> str:
    """A UUID in its hyphenated form (RFC 9562, section 4)."""
    text = str(value).lower() if isinstance(value, UUID | str) else ""
    if not _UUID.fullmatch(text):
        raise ValueError(f"must be a UUID, as uuid.UUID or as text with hyphens (got {_shown(value)})")
    if not text.strip("0-"):
        raise ValueError("must not be the zero UUID, which this service reads as none")
    return text


def _text(value: object) -> str:
    """Text that UTF-8 can carry."""
    if not isinstance(value, str):
        raise ValueError(f"must be text (got {_shown(value)})")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("has a lone surrogate, which UTF-8 cannot carry") from None
    return str(value)


def _name(value: object) -> str:
    """A name that shows. The page allows an empty one; the service probably does not, and nobody could find it."""
    text = _text(value)
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be True or False (got {_shown(value)})")
    return value


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"must be a whole number (got {_shown(value)})")
    return int(value)


def _minutes(value: object) -> int:
    """Whole minutes."""
    if not isinstance(value, timedelta):
        try:
            return _integer(value)
        except ValueError as error:
            raise ValueError(f"{error}: minutes, or a timedelta") from None
    if value % timedelta(minutes=1):
        raise ValueError(f"must be whole minutes (got {value})")
    return value // timedelta(minutes=1)


def _hosts(value: object) -> str | None:
    """Addresses joined by commas, as on the page; Zoom itself separates by semicolons, so neither may be inside one."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ValueError(f"must be a list of addresses or ids (got {_shown(value)})")
    hosts = [_text(host).strip() for host in value]
    bad = [host for host in hosts if not host or "," in host or ";" in host]
    if bad:
        raise ValueError(f"each must be one address or id, without comma or semicolon (got {_shown(bad[0])})")
    return ",".join(hosts) or None


def _time(value: object) -> str:
    """RFC 3339 with an offset of whole minutes that every implementation reads.

    The service's reading of a time without an offset is not documented, so there must be one.
    """
    if not isinstance(value, datetime):
        raise ValueError(f"must be a datetime (got {_shown(value)})")
    offset = value.utcoffset()
    if offset is None:
        raise ValueError('must have a time zone: datetime(…, tzinfo=ZoneInfo("Asia/Singapore"))')
    # .NET refuses offsets beyond 14 hours, RFC 3339 (section 5.6) those with seconds: the same instant does as well.
    zone = UTC if abs(offset) > timedelta(hours=14) or offset % timedelta(minutes=1) else timezone(offset)
    try:
        _refuse_clock_change(value)
        # A plain datetime: subclasses print themselves in their own ways.
        return datetime.combine(value.date(), value.time(), timezone(offset)).astimezone(zone).isoformat()
    except OverflowError:
        raise ValueError("is beyond the years 1 to 9999 in UTC") from None


def _refuse_clock_change(value: datetime) -> None:
    """Refuse a local time that does not exist, or that exists twice and does not say which (PEP 495)."""
    if type(value.tzinfo) is timezone or value.replace(fold=1 - value.fold).utcoffset() == value.utcoffset():
        return
    exists = value.astimezone(UTC).astimezone(value.tzinfo).replace(tzinfo=None) == value.replace(tzinfo=None)
    if not exists:
        raise ValueError(f"{value:%Y-%m-%d %H:%M} does not exist in {value.tzinfo}: the clock skips it that day")
    if not value.fold:
        raise ValueError(
            f"{value:%Y-%m-%d %H:%M} happens twice in {value.tzinfo}, as the clock is set back that day: "
            "pass fold=1 for the second, or the time in UTC for either"
        )


def _one_of(enum: type[IntEnum]) -> Callable[[object], int]:
    """A converter to the number of an enum's member; the member or its number is taken, the bounds judge the rest."""

    def number(value: object) -> int:
        try:
            return _integer(value)
        except ValueError:
            raise ValueError(f"must be one of {enum.__name__} or its number (got {_shown(value)})") from None

    return number


def _access(access: Access, problems: list[Problem]) -> dict[str, Any]:
    """The access-rights tree, problems told by their place in it."""
    tree: dict[str, Any] = {}
    for name, wire, id_name, bounds in ACCESS_LISTS:
        roles = getattr(access, name)
        if not isinstance(roles, Mapping):
            problems.append(Problem(f"access.{name}", f"must map ids to roles (got {_shown(roles)})"))
            tree[wire] = roles
        elif roles:
            tree[wire] = [
                {
                    id_name: _converted(_uuid, key, f"access.{name}", (), problems),
                    "accessRole": _converted(_integer, role, f"access.{name}", bounds, problems, key),
                }
                for key, role in roles.items()
            ]
    for name, wire, convert, bounds in ACCESS_VALUES:
        value = getattr(access, name)
        if value is not None:
            tree[wire] = _converted(convert, value, f"access.{name}", bounds, problems)
    return tree


def _refuse_access(value: object) -> Any:
    raise ValueError(f"must be an Access (got {_shown(value)})")


def _shown(value: object) -> str:
    """A value in an error's text: short, and only its type where its repr could be anything."""
    if type(value) in (str, bool, int, float, UUID, datetime, date):
        # Python writes no integers of more than 4,300 digits, and a time zone may be anybody's.
        with contextlib.suppress(Exception):
            text = repr(value)
            return text if len(text) <= 60 else f"{text[:59]}…"
    return type(value).__name__


def _bounds_at(*path: str) -> Bounds:
    """The bounds at a place in the contract's request; none where it has no such place."""
    schema: Any = REQUEST
    for step in path:
        schema = schema.get(step, {})
    return bounds_of(schema)


@frozen
class Parameter:
    """A parameter's property on the wire, how its value gets there, and what the contract demands of it."""

    wire: str
    convert: Callable[[Any], Any]
    required: bool
    bounds: Bounds


def _parameter(wire: str, convert: Callable[[Any], Any]) -> Parameter:
    """A parameter, with what the contract says of it."""
    return Parameter(wire, convert, wire in REQUEST["required"], _bounds_at("properties", wire))


PARAMETERS: Mapping[str, Parameter] = {
    "module_id": _parameter("moduleID", _uuid),
    "name": _parameter("name", _name),
    "start": _parameter("startDate", _time),
    "duration": _parameter("duration", _minutes),
    "lesson_id": _parameter("lessonID", _uuid),
    "access": _parameter("access", _refuse_access),
    "send_email": _parameter("isSendEmail", _flag),
    "publish_record_url": _parameter("isPublishRecordURL", _flag),
    "waiting_room": _parameter("isWaitingRoom", _flag),
    "meeting_authentication": _parameter("meetingAuthentication", _flag),
    "mute_upon_entry": _parameter("muteUponEntry", _flag),
    "record_type": _parameter("recordType", _one_of(RecordType)),
    "authentication_option": _parameter("authenticationOpt", _one_of(AuthenticationOption)),
    "alternative_hosts": _parameter("alternativeHosts", _hosts),
    "meeting_type": _parameter("meetingType", _one_of(MeetingType)),
    "export_multimedia_web": _parameter("exportMultimediaWeb", _flag),
    "channel_id": _parameter("channelID", _uuid),
    "channel_name": _parameter("channelName", _text),
    "publish_multimedia_channel": _parameter("publishMutimediaChannel", _flag),
}

_RIGHTS = ("properties", "access", "properties")
_ROLE = ("items", "properties", "accessRole")
ACCESS_LISTS = (
    ("groups", "groupAccess", "groupID", _bounds_at(*_RIGHTS, "groupAccess", *_ROLE)),
    ("users", "userAccess", "userID", _bounds_at(*_RIGHTS, "userAccess", *_ROLE)),
)
ACCESS_VALUES = (
    ("public", "publicAccess", _integer, _bounds_at(*_RIGHTS, "publicAccess")),
    ("inherited_resource_id", "inheritedResourceID", _uuid, _bounds_at(*_RIGHTS, "inheritedResourceID")),
)
