"""The arguments of `create_meeting`: what is accepted, and what each becomes on the wire.

Types are judged here; everything else (lengths, ranges, steps, enums …) comes from openapi.yaml, see `_schema`.
"""

import contextlib
import difflib
import inspect
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Protocol, Required, TypedDict
from uuid import UUID

from attrs import frozen

from luminus_zoom_api.limits import REQUEST
from luminus_zoom_api.models import AuthenticationOption as AuthenticationOption
from luminus_zoom_api.models import MeetingType as MeetingType
from luminus_zoom_api.models import RecordType as RecordType

from ._schema import ADDRESS, Rules, Schema, WrongValue, faults, rules_of, shown
from ._time import wire_time
from .access import Access
from .errors import Problem

_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")
"""Control characters, line and paragraph separators, and the marks that make text run in another direction.

The latter (U+202A to U+202E) can show other letters than those that are sent, and UAX #9 advises against them. The
marks and isolates that Hebrew and Arabic need pass, and so does the joiner of emoji (U+200D).
"""
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*")
_ZOOM_ID = re.compile(r"(?=[\w-]*\d)[\w-]{6,64}|[\w-]{16,64}", re.ASCII)
"""An id of a Zoom user (16 to 22 letters, digits, - and _), or any other id that no first name can be taken for."""
_GAPS = {"nan": "NaN", "NaN": "NaN", "NaT": "NaT", "<NA>": "NA", "--": "masked"}
"""How the values that stand for nothing print themselves, and their names."""


class Hosts(Protocol):
    """Texts in a list, a tuple, a set or the like. A `str` is none: type checkers see that it contains `str` only."""

    def __contains__(self, host: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...


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
    alternative_hosts: Hosts | Iterator[str] | None
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
    problems: list[Problem] = []
    for name, parameter in PARAMETERS.items():
        value = arguments.get(name)
        if value is None:
            if parameter.required:
                problems.append(Problem(name, "is required"))
        elif name == "access" and isinstance(value, Access):
            values[parameter.wire] = access_tree(value, problems)
        else:
            value = _converted(parameter.convert, value, name, parameter.rules, problems, required=parameter.required)
            if value is not None:
                values[parameter.wire] = value
    if not problems:
        problems += [Problem("the arguments", fault) for fault in faults(BODY, values)]
    return values, problems


def unknown_parameters(names: Iterable[str]) -> list[Problem]:
    """A problem for each name that is no parameter, with the name that was probably meant."""
    unknown = [name for name in names if name not in PARAMETERS]
    if not unknown:
        return []
    from .client import ZoomClient  # It imports this module.

    of_client, of_call = (
        inspect.signature(called).parameters.keys() - {"self"} for called in (ZoomClient, ZoomClient.create_meeting)
    )
    known = {_letters(name): name for name in of_call}
    known |= {_letters(parameter.wire): name for name, parameter in PARAMETERS.items()}
    known |= {_letters(name): f"ZoomClient({name}=…)" for name in of_client - of_call}
    problems = []
    for name in unknown:
        if name in of_call:
            why = "is a parameter of create_meeting alone"
        elif name in of_client:
            why = f"is an argument of ZoomClient, not of create_meeting: {known[_letters(name)]}"
        else:
            part = _letters(name[:60])
            longer = [word for word in known if part in word and len(part) > 2]
            close = longer or difflib.get_close_matches(part, known, n=1)
            why = "is not a parameter of create_meeting"
            why += f": did you mean {known[close[0]]}?" if close else ""
        problems.append(Problem(name if name.isidentifier() and len(name) <= 60 else shown(name), why))
    return problems


def _letters(name: str) -> str:
    return name.lower().replace("_", "")


def _converted(
    convert: Callable[[Any], Any],
    value: object,
    at: str,
    rules: Rules,
    problems: list[Problem],
    *,
    required: bool = False,
) -> Any:
    """The value's form on the wire, or what to send in its place if nothing is checked, its problems noted."""
    try:
        if type(value) not in _PLAIN:
            refuse_gap(value, required=required)
        result = convert(value)
        wrong = [] if result is None else [f"{fault} (got {shown(result)})" for fault in faults(rules, result)]
    except WrongValue as refusal:
        result, wrong = value if refusal.sent is None else refusal.sent, [str(refusal)]
    except Exception as error:
        # What a value's own methods raise: a time zone's, an iterable's.
        result, wrong = value, [f"cannot be read: {told(error)}"]
    problems += [Problem(at, fault) for fault in wrong]
    return result


def told(error: Exception) -> str:
    """Somebody else's error, short."""
    name = type(error).__name__
    with contextlib.suppress(Exception):
        text = " ".join(str(error).split())
        return f"{name}: {text}" if len(text) <= 60 else f"{name}: {text[:59]}…"
    return name


_PLAIN = (str, int, bool, datetime, timedelta, UUID, list, dict)


def refuse_gap(value: Any, *, required: bool = False) -> None:
    """Refuse what stands for nothing in a table (NaN, NaT, NA), and numpy's times, which have no zone or no type."""
    try:
        gap = not bool(value == value)  # Only what stands for nothing is not equal to itself.
    except (TypeError, ValueError):
        gap = (value == value) is value  # pandas.NA compares as itself, which is neither true nor false.
    if gap:
        name = _GAPS.get(str(value), "a missing value")
        advice = "a value is required" if required else "leave the argument out or pass None"
        raise WrongValue(f"is {name}: {advice}")
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if kind == "M":
        raise WrongValue('is a numpy.datetime64, which has no time zone: pandas.Timestamp(value, tz="Asia/Singapore")')
    if kind == "m":
        raise WrongValue('is a numpy.timedelta64: convert it by value.astype("timedelta64[us]").item()')


def _uuid(value: object) -> str:
    """A UUID in its hyphenated form (RFC 9562, section 4), from any form that `uuid.UUID` reads."""
    uuid = value
    if isinstance(value, str):
        text = str.lower(value)
        with contextlib.suppress(ValueError):
            read = UUID(text)
            # It also reads what `int` does: 0x, underscores, digits of other scripts. They make another UUID.
            uuid = read if read.hex in text.replace("-", "") else None
    if not isinstance(uuid, UUID):
        raise WrongValue(f"must be a UUID, as uuid.UUID or as text (got {shown(value)})")
    if not uuid.int:
        raise WrongValue("must not be the zero UUID, which this service reads as none")
    return UUID.__str__(uuid)


def _text(value: object) -> str:
    """One line of text that UTF-8 can carry."""
    if not isinstance(value, str):
        raise WrongValue(f"must be text (got {shown(value)})")
    try:
        str.encode(value)
    except UnicodeEncodeError:
        raise WrongValue("has a lone surrogate, which UTF-8 cannot carry") from None
    if control := _NOT_IN_A_NAME.search(value):
        raise WrongValue(f"must not have control characters (got {control[0]!r} at {control.start()})")
    return str.__str__(value)  # A subclass, an enum's member for one, may print itself in another way.


def _name(value: object) -> str:
    """A name that shows. The page allows an empty one; the service probably does not, and nobody could find it."""
    text = _text(value)
    if _INVISIBLE.fullmatch(text):
        raise WrongValue("must not be blank")
    return text


def _flag(value: Any) -> bool:
    """True or False, numpy's included."""
    if isinstance(value, bool):
        return value
    if getattr(getattr(value, "dtype", None), "kind", None) == "b" and value.shape == ():
        return bool(value)
    raise WrongValue(f"must be True or False (got {shown(value)})")


def _integer(value: Any, what: str = "a whole number", note: str = "") -> int:
    """A whole number, numpy's included.

    A float is none, not even 90.0. Most come from arithmetic, which is whole for some values and not for others: the
    call would fail for some rows only. pandas makes floats of a column with gaps, hence the advice.
    """
    if not isinstance(value, bool):
        with contextlib.suppress(TypeError):
            return int(operator.index(value))
    if isinstance(value, float) and value.is_integer():
        note += "; int(value) makes one, and DataFrame.convert_dtypes() for a column with gaps"
    raise WrongValue(f"must be {what} (got {shown(value)}){note}")


def _minutes(value: object) -> int:
    """Whole minutes."""
    if not isinstance(value, timedelta):
        return _integer(value, note=": minutes, or a timedelta")
    minutes, rest = divmod(plain_timedelta(value), timedelta(minutes=1))
    if rest:
        raise WrongValue(f"must be whole minutes (got {plain_timedelta(value)})")
    return minutes


def plain_timedelta(value: timedelta) -> timedelta:
    """A timedelta of Python's own: subclasses (pendulum's) divide by their own kind alone."""
    return timedelta.__add__(timedelta(), value)


def _hosts(value: object) -> str | None:
    """Addresses joined by commas, as on the page; Zoom itself separates by semicolons, so neither may be inside one."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise WrongValue(f"must be a list of addresses or ids (got {shown(value)})")
    hosts = list(value)
    for host in hosts:
        refuse_gap(host, required=True)
    texts = [_text(host).strip() for host in hosts]
    if bad := [host for host in texts if not ADDRESS.fullmatch(host) and not _ZOOM_ID.fullmatch(host)]:
        more = f" and {len(bad) - 3:,} more" if len(bad) > 3 else ""
        told = ", ".join(map(shown, bad[:3])) + more
        raise WrongValue(f"each must be one e-mail address or Zoom user id (got {told})", ",".join(texts))
    return ",".join(texts) or None


def _one_of(enum: type[IntEnum]) -> Callable[[object], int]:
    """A converter to the number of an enum's member; the member or its number is taken."""
    what = f"one of {enum.__name__} or its number"

    def number(value: object) -> int:
        if isinstance(value, IntEnum) and not isinstance(value, enum):
            raise WrongValue(f"must be {what} (got {shown(value)})")
        return _integer(value, what)

    return number


def mapping_of(what: str) -> Callable[[object], dict[Any, Any]]:
    """A converter to a dict."""

    def entries(value: object) -> dict[Any, Any]:
        if not isinstance(value, Mapping):
            raise WrongValue(f"must map {what} (got {shown(value)})")
        return dict(value)

    return entries


def access_tree(access: Access, problems: list[Problem]) -> dict[str, Any]:
    """The access-rights tree, problems told by their place in it. A whole is checked once its parts are right."""
    tree: dict[str, Any] = {}
    before = len(problems)
    for rights in ACCESS_LISTS:
        at = f"access.{rights.name}"
        roles = _converted(mapping_of("ids to roles"), getattr(access, rights.name), at, (), problems, required=True)
        if not isinstance(roles, dict):
            tree[rights.wire] = roles
        elif roles:
            tree[rights.wire] = _role_list(roles, at, rights, problems)
    for name, wire, convert, rules in ACCESS_VALUES:
        value = getattr(access, name)
        if value is not None:
            tree[wire] = _converted(convert, value, f"access.{name}", rules, problems)
    if len(problems) == before:
        problems += [Problem("access", fault) for fault in faults(ACCESS, tree)]
    return tree


def _role_list(roles: Mapping[Any, Any], at: str, rights: "_Rights", problems: list[Problem]) -> list[dict[str, Any]]:
    """The roles by id, as a list of objects."""
    entries = []
    before = len(problems)
    for key, role in roles.items():
        uuid = _converted(_uuid, key, at, rights.id_rules, problems, required=True)
        wrong: list[Problem] = []
        number = _converted(_integer, role, at, rights.role_rules, wrong, required=True)
        entry = {rights.id_name: uuid, "accessRole": number}
        entries.append(entry)
        faulty = [problem.message for problem in wrong]
        if not wrong and isinstance(uuid, str):
            faulty = faults(rights.entry_rules, entry)
        problems += [Problem(f"{at}[{shown(key)}]", fault) for fault in faulty]
    if len(problems) == before:
        problems += [Problem(at, fault) for fault in faults(rights.rules, entries)]
        if len({entry[rights.id_name] for entry in entries}) < len(entries):
            problems.append(Problem(at, "has the same id twice, written in two ways"))
    return entries


def _refuse_access(value: object) -> Any:
    raise WrongValue(f"must be an Access (got {shown(value)})")


def _schema_at(*path: str) -> Schema:
    """What the contract says of a place in the request, null apart; nothing where it has no such place."""
    schema: Schema = REQUEST
    for step in path:
        schema = schema.get(step, {})
        options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
        schema = options[0] if len(options) == 1 else schema
    return schema


def _own_rules(*path: str) -> Rules:
    """What the contract says of an object or a list as a whole; its parts are checked at their own places."""
    return tuple(rule for rule in rules_of(_schema_at(*path)) if rule[0] not in ("properties", "items"))


@frozen
class Parameter:
    """A parameter's property on the wire, how its value gets there, and what the contract says of it."""

    wire: str
    convert: Callable[[Any], Any]
    required: bool
    rules: Rules


def _parameter(wire: str, convert: Callable[[Any], Any]) -> Parameter:
    """A parameter, with what the contract says of it."""
    return Parameter(wire, convert, wire in REQUEST["required"], rules_of(_schema_at("properties", wire)))


PARAMETERS: Mapping[str, Parameter] = {
    "module_id": _parameter("moduleID", _uuid),
    "name": _parameter("name", _name),
    "start": _parameter("startDate", wire_time),
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

BODY = _own_rules()
ACCESS = _own_rules("properties", "access")


@frozen
class _Rights:
    """A list of roles in the access rights, and what the contract says of the list, its entries and their parts."""

    name: str
    wire: str
    id_name: str
    rules: Rules
    entry_rules: Rules
    id_rules: Rules
    role_rules: Rules


def _rights(name: str, wire: str, id_name: str) -> _Rights:
    """Rights, with what the contract says of them."""
    path = ("properties", "access", "properties", wire)
    parts = (rules_of(_schema_at(*path, "items", "properties", part)) for part in (id_name, "accessRole"))
    return _Rights(name, wire, id_name, _own_rules(*path), _own_rules(*path, "items"), *parts)


ACCESS_LISTS = (_rights("groups", "groupAccess", "groupID"), _rights("users", "userAccess", "userID"))
ACCESS_VALUES = tuple(
    (name, wire, convert, rules_of(_schema_at("properties", "access", "properties", wire)))
    for name, wire, convert in (
        ("public", "publicAccess", _integer),
        ("inherited_resource_id", "inheritedResourceID", _uuid),
    )
)
