"""The arguments of `create_meeting`: what is accepted, and what each becomes on the wire.

Types are checked here; everything else (lengths, ranges, steps, enums …) comes from openapi.yaml, see `_schema`.
"""

import contextlib
import difflib
import inspect
import operator
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from functools import partial
from typing import Annotated, Any, NamedTuple, Protocol, Required, TypedDict, cast
from uuid import UUID

from luminus_zoom_api.limits import REQUEST
from luminus_zoom_api.models import AuthenticationOption as AuthenticationOption
from luminus_zoom_api.models import MeetingType as MeetingType
from luminus_zoom_api.models import RecordType as RecordType

from ._schema import Faults, Path, WrongValue, contract_faults, shown
from ._time import wire_time
from .access import Access
from .errors import Problem

_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")
"""Control characters, line and paragraph separators, and the marks that make text run in another direction.

The latter (U+202A to U+202E) can show other letters than those that are sent, and UAX #9 advises against them. The
marks and isolates that Hebrew and Arabic need pass, and so does the joiner of emoji (U+200D).
"""
_UNSEEN = ("Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Unicode's categories of characters that show nothing alone, and letters and symbols that show nothing."""
_ZOOM_ID = re.compile(r"(?=[\w-]*\d)[\w-]{6,64}|[\w-]{16,64}", re.ASCII)
"""An id of a Zoom user (16 to 22 letters, digits, - and _), or any other id that no first name can be taken for."""
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_ATOM = r"[^\s@,;:<>()\[\]\\\".\u00ad\u200b-\u200f\u2060\ufeff]+"  # no invisible characters, which copying brings in
_ADDRESS = re.compile(rf"(?=.{{3,254}}\Z)(?![^@]{{65}}){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?!\d){_LABEL}")
"""An e-mail address (RFC 5321 and 6531), but for quoted names and literal IP addresses, which no mail service gives."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GAPS = {"nan": "NaN", "NaN": "NaN", "NaT": "NaT", "<NA>": "NA", "--": "masked"}
"""How missing values print themselves, and their names in messages."""


class Hosts(Protocol):
    """Texts in a list, a tuple or a set. Type checkers refuse a `str`, whose `__contains__` takes `str` only."""

    def __contains__(self, host: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...


def wire_values(arguments: Mapping[str, Any], *, validate: bool = True) -> tuple[dict[str, Any], list[Problem]]:
    """The JSON properties of the arguments that are set, and everything that is wrong with them.

    Without validation nothing is wrong, and what cannot be converted is passed on as it is.
    """
    faults: Faults = {}
    try:
        values = _wire_form(PARAMETERS, arguments, REQUEST["required"])
    except WrongValue as refusal:
        values, faults = cast(dict[str, Any], refusal.sent), refusal.faults
    if not validate:
        return values, []
    found = [*faults.items(), *contract_faults(values, faults)]
    return values, [Problem(parameter_of(path, arguments), why) for path, why in found]


def parameter_of(path: Path, arguments: Mapping[str, Any]) -> str:
    """The parameter that a place in the body comes from; in the access rights the part of it."""
    names = {parameter.wire: name for name, parameter in {**PARAMETERS, **ACCESS}.items()}
    place = ".".join(names.get(str(step), str(step)) for step in path[:2]) or "the arguments"
    if len(path) > 2 and path[3:] in ((), ("accessRole",)):  # A fault of the id itself is reported for the list.
        ids = [*getattr(arguments["access"], names[str(path[1])])]
        place += f"[{shown(ids[int(path[2])])}]"
    return place


def _wire_form(
    parameters: "Mapping[str, Parameter]", given: Mapping[str, Any], required: Collection[str]
) -> dict[str, Any]:
    """The JSON properties of what is given."""
    values: dict[str, Any] = {}
    faults: Faults = {}
    for name, value in given.items():
        if value is not None and name in parameters:
            wire, convert = parameters[name]
            converted = _converted(convert, value, faults, wire, required=wire in required)
            if converted is not None:
                values[wire] = converted
    missing = [wire for wire in required if wire not in values]
    faults |= {(wire,): "is required" for wire, _ in parameters.values() if wire in missing}
    if faults:
        raise WrongValue(faults, values)
    return values


def _converted(
    convert: Callable[[Any], Any], value: object, faults: Faults, *path: str | int, required: bool = False
) -> Any:
    """The value's form on the wire. Its faults are added to `faults`; what to send unchecked is then returned."""
    try:
        return convert(value if type(value) in _PLAIN else unwrapped(value, required=required))
    except WrongValue as refusal:
        faults |= {path + inner: why for inner, why in refusal.faults.items()}
        return value if refusal.sent is None else refusal.sent
    except Exception as error:
        # What a value's own methods raise: a time zone's, an iterable's.
        faults[path] = f"cannot be read: {told(error)}"
        return value


def unknown_parameters(names: Iterable[str]) -> list[Problem]:
    """A problem for each name that is no parameter, with what was probably meant."""
    unknown = [name for name in names if name not in PARAMETERS]
    if not unknown:
        return []
    from .client import ZoomClient  # It imports this module.

    of_call = inspect.signature(ZoomClient.create_meeting).parameters
    meant = {name: f"ZoomClient({name}=…)" for name in inspect.signature(ZoomClient).parameters}
    meant |= {name: name for name in of_call} | {parameter.wire: name for name, parameter in PARAMETERS.items()}
    known = {_letters(name): meaning for name, meaning in meant.items()}
    problems = []
    for name in unknown:
        part = _letters(name[:60])
        longer = [word for word in known if part in word and len(part) > 2]
        close = [part] if part in known else longer or difflib.get_close_matches(part, known)
        why = "is not a parameter of create_meeting" + (f": did you mean {known[close[0]]}?" if close else "")
        if name in of_call:  # A preview was asked for.
            why = "is a parameter of create_meeting only"
        problems.append(Problem(name if name.isidentifier() and len(name) <= 60 else shown(name), why))
    return problems


def _letters(name: str) -> str:
    return name.lower().replace("_", "")


def told(error: Exception) -> str:
    """The text of an error that other code raised, shortened."""
    name = type(error).__name__
    with contextlib.suppress(Exception):
        text = " ".join(str(error).split())
        return f"{name}: {text}" if len(text) <= 60 else f"{name}: {text[:59]}…"
    return name


_PLAIN = {str, int, bool, datetime, timedelta, UUID, list, dict, Access}


def unwrapped(value: Any, *, required: bool = False) -> Any:
    """The value as a Python object, if it is a scalar of numpy.

    Refuses missing values (NaN, NaT, NA), and numpy's times, which have no time zone or no fixed unit.
    """
    try:
        gap = not bool(value == value)  # Only a missing value is not equal to itself.
    except (TypeError, ValueError):
        gap = (value == value) is value  # pandas.NA compares as itself, which is neither true nor false.
    if gap:
        name = _GAPS.get(str(value), "a missing value")
        raise WrongValue(f"is {name}: {'a value is required' if required else 'leave it out or pass None'}")
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if kind == "M":
        raise WrongValue('is a numpy.datetime64, which has no time zone: pandas.Timestamp(value, tz="Asia/Singapore")')
    if kind == "m":
        raise WrongValue('is a numpy.timedelta64: convert it by value.astype("timedelta64[us]").item()')
    return value.item() if kind and value.shape == () else value


def _uuid(value: object) -> str:
    """A UUID in its hyphenated form (RFC 9562, section 4), from any form that `uuid.UUID` reads."""
    uuid = value
    if isinstance(value, str):
        text = str.lower(value)
        if _UUID.fullmatch(text) and text.strip("0-"):  # The usual form, without the time that reading takes.
            return text
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
    """One line of text that UTF-8 can encode."""
    if not isinstance(value, str):
        raise WrongValue(f"must be text (got {shown(value)})")
    try:
        str.encode(value)
    except UnicodeEncodeError:
        raise WrongValue("has a lone surrogate, which UTF-8 cannot encode") from None
    if control := _NOT_IN_A_NAME.search(value):
        raise WrongValue(f"must not have control characters (got {control[0]!r} at {control.start()})")
    return str.__str__(value)  # A subclass, an enum's member for one, may print itself in another way.


def _name(value: object) -> str:
    """A name with visible characters. The page allows an empty one, but the service probably does not."""
    text = _text(value)
    if all(unicodedata.category(character) in _UNSEEN or character in _BLANK_LETTERS for character in text):
        raise WrongValue("must not be blank")
    return text


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongValue(f"must be True or False (got {shown(value)})")
    return value


def _integer(value: Any, what: str = "a whole number", note: str = "") -> int:
    """A whole number.

    A float is none, not even 90.0. Most come from arithmetic, which gives whole numbers for some values only, so
    the call would fail for some rows. pandas makes floats of a column with missing values, hence the advice.
    """
    given: Any = None if isinstance(value, bool) else value
    try:
        number = int(operator.index(given))
    except TypeError:
        if isinstance(value, float) and value.is_integer():
            note += "; int(value) makes one, and DataFrame.convert_dtypes() for a column with gaps"
        raise WrongValue(f"must be {what} (got {shown(value)}){note}") from None
    if number.bit_length() > 1024:  # jsonschema-rs accepts integers of more than 4,300 digits for any range.
        raise WrongValue("is too large a number")
    return number


def _member(enum: type[IntEnum], value: object) -> int:
    """The number of an enum's member; the member or its number is taken."""
    what = f"one of {enum.__name__} or its number"
    if isinstance(value, IntEnum) and not isinstance(value, enum):
        raise WrongValue(f"must be {what} (got {shown(value)})")
    return _integer(value, what)


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
    texts = [_text(unwrapped(host, required=True)).strip() for host in value]
    if bad := [host for host in texts if not _ADDRESS.fullmatch(host) and not _ZOOM_ID.fullmatch(host)]:
        more = f" and {len(bad) - 3:,} more" if len(bad) > 3 else ""
        told = ", ".join(map(shown, bad[:3])) + more
        raise WrongValue(f"each must be one e-mail address or Zoom user id (got {told})", ",".join(texts))
    return ",".join(texts) or None


def _roles(id_name: str, value: object) -> list[dict[str, Any]] | None:
    """The roles by id, as a list of objects."""
    if not isinstance(value, Mapping):
        raise WrongValue(f"must map ids to roles (got {shown(value)})")
    faults: Faults = {}
    entries = [
        {
            id_name: _converted(_uuid, key, faults, place, id_name, required=True),
            "accessRole": _converted(_integer, role, faults, place, "accessRole", required=True),
        }
        for place, (key, role) in enumerate(value.items())
    ]
    if not faults and len({entry[id_name] for entry in entries}) < len(entries):
        faults[()] = "has the same id twice, written in two ways"
    if faults:
        raise WrongValue(faults, entries)
    return entries or None


def _access(value: object) -> dict[str, Any]:
    if not isinstance(value, Access):
        raise WrongValue(f"must be an Access (got {shown(value)})")
    return _wire_form(ACCESS, {name: getattr(value, name) for name in ACCESS}, ())


class Parameter(NamedTuple):
    """A parameter's property on the wire, and how its value gets there."""

    wire: str
    convert: Callable[[Any], Any]


ACCESS: Mapping[str, Parameter] = {
    "groups": Parameter("groupAccess", partial(_roles, "groupID")),
    "users": Parameter("userAccess", partial(_roles, "userID")),
    "public": Parameter("publicAccess", _integer),
    "inherited_resource_id": Parameter("inheritedResourceID", _uuid),
}
"""The parts of `Access`."""


class MeetingArguments(TypedDict, total=False):
    """The keyword arguments that describe a meeting. None, or leaving one out, means that it is not sent."""

    module_id: Annotated[Required[UUID | str], Parameter("moduleID", _uuid)]
    name: Annotated[Required[str], Parameter("name", _name)]
    start: Annotated[Required[datetime], Parameter("startDate", wire_time)]
    duration: Annotated[Required[timedelta | int], Parameter("duration", _minutes)]
    lesson_id: Annotated[UUID | str | None, Parameter("lessonID", _uuid)]
    access: Annotated[Access | None, Parameter("access", _access)]
    send_email: Annotated[bool | None, Parameter("isSendEmail", _flag)]
    publish_record_url: Annotated[bool | None, Parameter("isPublishRecordURL", _flag)]
    waiting_room: Annotated[bool | None, Parameter("isWaitingRoom", _flag)]
    meeting_authentication: Annotated[bool | None, Parameter("meetingAuthentication", _flag)]
    mute_upon_entry: Annotated[bool | None, Parameter("muteUponEntry", _flag)]
    record_type: Annotated[RecordType | int | None, Parameter("recordType", partial(_member, RecordType))]
    authentication_option: Annotated[
        AuthenticationOption | int | None, Parameter("authenticationOpt", partial(_member, AuthenticationOption))
    ]
    alternative_hosts: Annotated[Hosts | Iterator[str] | None, Parameter("alternativeHosts", _hosts)]
    meeting_type: Annotated[MeetingType | int | None, Parameter("meetingType", partial(_member, MeetingType))]
    export_multimedia_web: Annotated[bool | None, Parameter("exportMultimediaWeb", _flag)]
    channel_id: Annotated[UUID | str | None, Parameter("channelID", _uuid)]
    channel_name: Annotated[str | None, Parameter("channelName", _text)]
    publish_multimedia_channel: Annotated[bool | None, Parameter("publishMutimediaChannel", _flag)]


PARAMETERS: Mapping[str, Parameter] = {
    name: annotation.__metadata__[0] for name, annotation in MeetingArguments.__annotations__.items()
}
