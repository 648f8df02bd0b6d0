"""Bytes of an answer → a meeting with its deviations, or the nearest thing to it. Nothing here does I/O or raises."""

import codecs
import contextlib
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property, partial
from itertools import islice
from typing import Any, cast
from uuid import UUID

from attrs import field, frozen

from luminus_zoom_api.limits import RESPONSE
from luminus_zoom_api.models import AuthenticationOption, MeetingType, RecordType

from ._secrets import mask_text
from .meeting import KINDS, SECRET_FIELDS, WIRE_NAMES, Deviation, Kind, Meeting

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a body that are read; a meeting has about 1,500."""

SINGAPORE = timezone(timedelta(hours=8))
"""All offsets that were ever recorded from this service are +08:00, so a time without one is read as this."""

LONGEST_SALVAGE = 64 * 1024
"""Characters in which pieces of a meeting, or messages, are looked for; a meeting has about 1,500."""

NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})
"""What Python decodes, but no server means; some of them take very long."""

Reader = Callable[[Any], tuple[Any, bool]]

ENVELOPES = frozenset(("data", "result", "response", "value", "payload", "content", "item", "d"))
"""Names under which APIs wrap what they return, as `plain_name` has them. ``d`` and ``value`` are OData's."""

DEEPEST = 4
"""Envelopes within envelopes that are opened."""

MOST_MEMBERS = 1000
"""Members of an object that are looked at; a meeting has 33."""

SHORTEST_CUT = 50
"""Characters from which a name that begins like the request's counts as cut off by the server."""

IDENTITY = frozenset(("id", "meetingid", "joinurl", "hostkey", "meetingpassword"))
"""What only a meeting has, as `plain_name` has it. What else a meeting has (email, name, topic, userID) an error about
it may have, too."""

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_HYPHENATED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.ASCII | re.IGNORECASE)
_PAIR = re.compile(r'"(\w+)"\s*+:\s*+')
_PIECE_OF_JSON = re.compile(r'"\s*+[:,}\]]')
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+|\?+")
_MEETING_NUMBER = re.compile(r"\d{9,11}", re.ASCII)
_UNSET = re.compile(r"(?:None|0001-01-.*|[0-]{36}|\s*)\Z", re.DOTALL)
_PAGE = re.compile(
    r"(?:\s|\ufeff|<\?xml[^>]*+>|<!--(?:[^-]|-(?!->))*+-->)*+"
    r"<(?:!doctype\s+html|html|head|title|meta|body|h[1-6]|p|div|center|script|style|table|pre)\b",
    re.IGNORECASE,
)
_UUID = re.compile(r'"id"\s*+:\s*+"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', re.ASCII | re.IGNORECASE)


@frozen(repr=False, slots=False)
class Response:
    """One HTTP answer, as much of it as came.

    `headers` has names in lower case and the values of a repeated name joined by commas; `fault` says why the body is
    not complete, if it is not.
    """

    status: int
    # rich shows the fields of attrs classes in its own way, unless they say that they have no repr.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    fault: str | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        # A traceback with locals shows this. The fault may quote what a transport said.
        return f"Response(status={self.status}, {len(self.body)} bytes{', not whole' if self.fault else ''})"

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return decoded(self.body, self.headers)

    @cached_property
    def value(self) -> Any:
        """The body's JSON value, also where an object is quoted inside a JSON string; None if it is not JSON."""
        return parsed(self.text)

    @property
    def is_fragment(self) -> bool:
        """Whether the body holds JSON that is damaged, so that nobody can tell what in it is secret."""
        return self.value is None and holds_json(self.text)

    @cached_property
    def is_page(self) -> bool:
        """Whether the body is a web page (HTML, XHTML), also inside a JSON string, whatever its label says."""
        text = self.value if isinstance(self.value, str) else self.text
        return _PAGE.match(text[:LONGEST_SALVAGE]) is not None


def decoded(body: bytes, headers: Mapping[str, str]) -> str:
    """A body as text: decompressed, without byte-order mark, decoded as it is rather than as its label says."""
    if "content-encoding" in headers:
        # What is not compressed although it says so is read as it is. 47 takes gzip and zlib, and finds out which.
        with contextlib.suppress(zlib.error):
            body = zlib.decompressobj(wbits=47).decompress(body, MAX_BODY)
    # JSON is UTF-8 (RFC 8259, section 8.1), so the label has the last word and not the first.
    for encoding in (json.detect_encoding(body), *_CHARSET.findall(str(headers.get("content-type")))):
        with contextlib.suppress(UnicodeError, LookupError):
            if codecs.lookup(encoding).name not in NO_CHARSETS:
                return body.decode(encoding)
    return body.decode(errors="replace")


def holds_json(text: str) -> bool:
    """Whether a text has something of JSON's objects and arrays of strings in it."""
    return _PIECE_OF_JSON.search(text) is not None


def parsed(text: str) -> Any:
    """The text's JSON value, also where an object is quoted inside a JSON string; None if it is not JSON."""
    try:
        value = json.loads(text)
        return json.loads(value) if isinstance(value, str) and value.lstrip().startswith("{") else value
    except (ValueError, RecursionError):
        return None


def is_meeting(value: Any) -> bool:
    """Whether a JSON value describes a meeting: an object with a property of one, or an empty object."""
    return isinstance(value, dict) and (not value or not value.keys().isdisjoint(RESPONSE["properties"]))


def plain_name(name: str) -> str:
    """A property's name without case, ``_`` and the like: servers write joinUrl, JoinUrl and join_url."""
    return (name if name.isalnum() else _NOT_ALPHANUMERIC.sub("", name)).lower()


def plain_members(value: Any) -> dict[str, Any]:
    """The members of an object by their plain names, as many as any API has; none of what is no object."""
    members = islice(value.items(), MOST_MEMBERS) if isinstance(value, dict) else ()
    return {plain_name(name): member for name, member in members}


def is_identified(value: Mapping[str, Any], sent: Collection[str] = ()) -> bool:
    """Whether an object has what only a meeting has: an id, a join link, a host key or a meeting password.

    An id is a UUID, as the contract says, or a Zoom meeting number. JSON-RPC, Heroku and others put ids of other kinds
    into their errors. `sent` has the wire names that the request set: an answer that repeats those shows nothing.
    """
    # Nearly every answer has the id under the contract's own name.
    own = {"id": value["id"]} if "id" in value else {}
    return _identifies(own, sent) or _identifies(plain_members(value), sent)


def _identifies(members: Mapping[str, Any], sent: Collection[str]) -> bool:
    """Whether one of these members, by their plain names, is what only a meeting has."""
    for name in IDENTITY.intersection(members).difference(map(plain_name, sent)):
        scalar = isinstance(members[name], str | int) and not isinstance(members[name], bool)
        text = str(members[name]).strip() if scalar else ""
        if text not in ("", "0") and (name != "id" or _MEETING_NUMBER.fullmatch(text) or _value(_uuid, text)[0]):
            return True
    return False


def has_new_property(value: Mapping[str, Any], sent: Collection[str]) -> bool:
    """Whether an object has a property of a meeting that is set, and that the request did not set."""
    members = plain_members(value)
    new = PROPERTIES.intersection(members).difference(map(plain_name, sent))
    # All properties of a meeting are scalars. What .NET writes for "not set" shows nothing.
    return any(not isinstance(members[name], list | dict) and not _UNSET.match(str(members[name])) for name in new)


def located(value: Any, depth: int = 0) -> tuple[Mapping[str, Any], str] | None:
    """The object that describes a meeting and the JSON pointer to it; None if there is none.

    It may be in an envelope or in an array of one. Sibling operations return {"status": …, "code": …, "data": {…}}.
    """
    if isinstance(value, list):
        found = located(value[0], depth + 1) if len(value) == 1 and depth < DEEPEST else None
        return found and (found[0], f"/0{found[1]}")
    if not isinstance(value, dict):
        return None
    if depth < DEEPEST and not is_identified(value):
        for name, inner in plain_members(value).items():
            found = located(inner, depth + 1) if name in ENVELOPES or name.endswith("meeting") else None
            # Of two objects without an id the outer one is the meeting if it looks like one.
            if found and (is_identified(found[0]) or not is_meeting(value)):
                return found[0], f"/{name}{found[1]}"
    return (value, "") if is_meeting(value) or is_identified(value) else None


def read(answer: Response) -> Meeting | None:
    """The meeting in a 2xx answer with all its deviations; None if there is none to be read."""
    found = located(answer.value)
    if found is None or not is_meeting(found[0]):
        return None
    deviations = [Deviation("", expected, got) for expected, got in _label_faults(answer)]
    if found[1]:
        deviations.append(Deviation("", "a meeting", f"an envelope with the meeting at {found[1][:60]}"))
    return _meeting(found[0], deviations)


def salvaged(answer: Response) -> Meeting | None:
    """What can be found of a meeting in a body that is cut off or garbled; None if nothing can."""
    if answer.is_page:
        return None  # Its scripts may hold JSON, which is about the page.
    found = {name: value for name, value in fragments(answer.text).items() if name in RESPONSE["properties"]}
    return _meeting(found, [Deviation("", "a meeting", answer.fault or "text that is not JSON")]) if found else None


def fragments(text: str) -> dict[str, Any]:
    """The properties in a damaged JSON text whose values are complete scalars, at any depth, the first of a name."""
    text = text[:LONGEST_SALVAGE]
    found: dict[str, Any] = {}
    decoder = json.JSONDecoder()
    for match in _PAIR.finditer(text):
        # All properties of a meeting are scalars. To decode what is nested would take quadratic time.
        if match[1] in found or text[match.end() : match.end() + 1] in ("{", "["):
            continue
        with contextlib.suppress(ValueError, RecursionError):
            value, end = decoder.raw_decode(text, match.end())
            # A number that ends where the text does may have been longer.
            if end < len(text):
                found[match[1]] = value
    # An id is whole before its closing quote comes, and an id that is a UUID is preferred.
    if identifier := _UUID.search(text):
        found["id"] = identifier[1]
    return found


@frozen
class Mismatches:
    """Where a meeting does not repeat what its request set.

    `foreign` tells that the answer belongs to another request. The last deviation then says so of the whole answer.
    """

    deviations: tuple[Deviation, ...] = ()
    foreign: bool = False


def mismatches(meeting: Meeting, sent: Mapping[str, Any]) -> Mismatches:
    """Compare a meeting with the JSON values of its request.

    Two requests of one client differ in the module, the name or the start; openapi.yaml marks all three with x-echoes.
    The other properties so marked are options that many requests share, and that a server's settings may override.
    What is not set or cannot be read, on either side, is not compared.
    """
    deviations = []
    foreign = False
    for wire_name, value, compare in (
        ("moduleID", meeting.module_id, _compare_uuid),
        ("name", meeting.name, _compare_name),
        ("startDate", meeting.start, _compare_start),
    ):
        if value is None or not isinstance(asked := sent.get(wire_name), str):
            continue
        same, altered = _value(partial(compare, meeting), asked)
        if same is False:
            expected = f"the request's {mask_text(json.dumps(asked)[:60])}"
            deviations.append(
                Deviation(f"/{wire_name}", expected, _described(meeting.raw.get(wire_name), secret=False))
            )
            foreign = foreign or not altered
    if foreign:
        deviations.append(Deviation("", "the answer to this request", "the answer to another request"))
    return Mismatches(tuple(deviations), foreign)


# Each compares one value with what was asked for. It returns whether they are the same, and whether the value was made
# from what was asked for: a server that alters a value breaks the contract, but its answer is not another request's.
# They raise, as of a value that only `validate=False` lets through, if what was asked for cannot be read.


def _compare_uuid(meeting: Meeting, asked: str) -> tuple[bool, bool]:
    return meeting.module_id == UUID(asked), False


def _compare_name(meeting: Meeting, asked: str) -> tuple[bool, bool]:
    name = str(meeting.name)
    if name == asked or unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", asked):
        return True, False
    given, wanted = _letters(name), _letters(asked)
    # A short name that the other begins with is another group's: "Tutorial 1" and "Tutorial 10".
    cut_off = len(name) >= SHORTEST_CUT and wanted.startswith(given)
    # What an old code page lacks is left out, or becomes a question mark.
    lossy = _NOT_ASCII.sub("", wanted) == given.replace("?", "").replace("\ufffd", "") != ""
    return False, given == wanted or cut_off or lossy


def _letters(text: str) -> str:
    """A text without what servers change in names: HTML's escapes, white space, case, compatibility forms."""
    from html import unescape  # Takes long to import.

    return "".join(unicodedata.normalize("NFKC", unescape(text)).casefold().split())


def _compare_start(meeting: Meeting, asked: str) -> tuple[bool, bool]:
    wanted, given = datetime.fromisoformat(asked.upper()), cast(datetime, meeting.start)
    if _close(given, wanted):  # This raises if no offset was sent: nobody knows which instant was asked for.
        return True, False
    # An offset that was dropped or exchanged, without converting the time.
    shifted = any(
        _close(given.replace(tzinfo=UTC), time.replace(tzinfo=UTC)) for time in (wanted, wanted.astimezone(UTC))
    )
    # A time without an offset conforms with every reading that fits; that it has none is a deviation already.
    bare = datetime.fromisoformat(str(meeting.raw.get("startDate")).strip().upper()).tzinfo is None
    return shifted and bare, shifted


def _close(one: datetime, other: datetime) -> bool:
    """Whether two times are the same to the minute: servers cut off fractions, and Zoom's forms seconds."""
    return abs(one - other) < timedelta(minutes=1)


def _label_faults(answer: Response) -> list[tuple[str, str]]:
    """Where the answer around the meeting breaks the contract: (expected, got)."""
    faults = []
    if answer.status != 201:
        faults.append(("status 201", f"status {answer.status}"))
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in ("application/json", "text/json", "text/plain"):
        faults.append(("content type application/json", media_type[:60] or "no content type"))
    if answer.fault:
        faults.append(("a complete body", answer.fault))
    if not answer.body.lstrip().startswith((b"{", b"[")):
        faults.append(("a JSON object in UTF-8", "one that had to be decoded first"))
    return faults


def _meeting(data: Mapping[str, Any], deviations: list[Deviation]) -> Meeting:
    """The meeting in a JSON object, however far its values stray from the contract."""
    values: dict[str, Any] = {}
    for name, wire_name, plain, reader, allowed in FIELDS:
        if wire_name not in data:
            continue
        raw = data[wire_name]
        if type(raw) is plain:
            values[name] = None if raw == "" else raw
            continue
        value, conforms = _value(reader, raw)
        if not conforms or (allowed and value is not None and value not in allowed):
            got = _described(raw, secret=name in SECRET_FIELDS | {"join_url"})
            deviations.append(Deviation(f"/{wire_name}", _expected(RESPONSE["properties"].get(wire_name, {})), got))
        values[name] = value
    return Meeting(**values, raw=data, deviations=tuple(deviations))


def _expected(schema: Mapping[str, Any]) -> str:
    """What the contract allows, in words."""
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    return f"{schema.get('type', 'any value')}{' as ' + schema['format'] if 'format' in schema else ''}"


def _described(value: Any, *, secret: bool) -> str:
    """A value in words, short, and without its content where that is secret."""
    if value is None:
        return "null"
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
    kind = kinds.get(type(value), "object")
    if secret or isinstance(value, list | dict):
        return kind
    return f"{kind} {mask_text(json.dumps(value)[:60])}"


def _value(reader: Reader, raw: Any) -> tuple[Any, bool]:
    """A property's value, None where it is not set or cannot be read, and whether it conforms."""
    try:
        return reader(raw)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
        return None, False


# Each reads a JSON value, returns the value and whether it conforms, and raises if it can't, as of null.


def _text(raw: Any) -> tuple[str | None, bool]:
    if isinstance(raw, str):
        return raw or None, True
    if isinstance(raw, bool):
        raise TypeError
    return f"{raw:d}", False


def _digits(raw: Any) -> tuple[str | None, bool]:
    """Zoom's meeting number, which people write in groups."""
    text, conforms = _text(int(raw) if isinstance(raw, float) else raw)
    return "".join((text or "").split()) or None, conforms


def _uuid(raw: Any) -> tuple[UUID | None, bool]:
    value = UUID(raw)
    return value if value.int else None, _HYPHENATED.fullmatch(raw) is not None


def _time(raw: Any) -> tuple[datetime | None, bool]:
    conforms = _RFC3339.fullmatch(raw) is not None
    time = datetime.fromisoformat(raw.strip().upper())
    # .NET's default is the year 1.
    if time.year == 1:
        return None, conforms
    return time if time.tzinfo else time.replace(tzinfo=SINGAPORE), conforms


def _flag(raw: Any) -> tuple[bool, bool]:
    return {"true": True, "1": True, "false": False, "0": False}[str(raw).lower()], False


def _integer(raw: Any) -> tuple[int, bool]:
    if isinstance(raw, bool):
        raise TypeError
    number = int(raw)
    if isinstance(raw, float) and number != raw:
        raise ValueError
    return number, not isinstance(raw, str) and -(2**31) <= number < 2**31


def _minutes(raw: Any) -> tuple[timedelta, bool]:
    number, conforms = _integer(raw)
    return timedelta(minutes=number), conforms


def _named(enum: type[RecordType | AuthenticationOption | MeetingType], raw: Any) -> tuple[int, bool]:
    """An integer, some of which have a name."""
    number, conforms = _integer(raw)
    return enum(number) if number in enum._value2member_map_ else number, conforms


READERS: dict[Kind, Reader] = {
    "text": _text,
    "number": _digits,
    "uuid": _uuid,
    "time": _time,
    "flag": _flag,
    "minutes": _minutes,
    "record type": partial(_named, RecordType),
    "authentication option": partial(_named, AuthenticationOption),
    "meeting type": partial(_named, MeetingType),
}

_PLAIN: dict[Kind, type] = {"text": str, "flag": bool}
"""The types that these kinds have in JSON, and whose values stay as they are."""

PROPERTIES = frozenset(map(plain_name, RESPONSE["properties"]))
"""The names of a meeting's properties, as `plain_name` has them."""

FIELDS: tuple[tuple[str, str, type | None, Reader, tuple[Any, ...]], ...] = tuple(
    (name, wire_name, _PLAIN.get(kind), READERS[kind], tuple(RESPONSE["properties"].get(wire_name, {}).get("enum", ())))
    for (name, wire_name), kind in zip(WIRE_NAMES.items(), KINDS.values(), strict=True)
)
"""A meeting's fields: name, property, type of a value that needs no reading, reader, and the values allowed."""
