"""Bytes of an answer → a meeting with its deviations, or as much of it as can be read. No I/O, no exceptions."""

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

from ._secrets import mask_headers, mask_text
from .meeting import KINDS, SENSITIVE_FIELDS, WIRE_NAMES, Deviation, Kind, Meeting, secret_texts

MAX_BODY = 8 * 1024 * 1024  # bytes that are read; a meeting has about 1,500
LONGEST_SALVAGE = 64 * 1024  # characters in which pieces of a meeting, or messages, are looked for
MOST_MEMBERS = 300  # of an object that are looked at; a meeting has 33
DEEPEST = 4  # envelopes within envelopes that are opened
# All offsets that were ever recorded from this service are +08:00, so a time without one is read as this.
SINGAPORE = timezone(timedelta(hours=8))
# Names under which APIs wrap what they return, as `plain_members` has them. d and value are OData's, 0 an array's.
ENVELOPES = frozenset(("data", "result", "response", "value", "payload", "content", "item", "d", "0"))
MEDIA_TYPES = ("application/json", "text/json", "text/plain")
PROPERTIES = RESPONSE["properties"].keys()
FOREIGN = Deviation("", "the answer to this request", "the answer to another request")

Reader = Callable[[Any], tuple[Any, bool]]

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_HEX = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UUID = re.compile(_HEX, re.IGNORECASE)
_ID_PROPERTY = re.compile(rf'"id"\s*+:\s*+"({_HEX})', re.IGNORECASE)
# Python also decodes what no server means, and takes very long for some of it.
_CHARSET = re.compile(r"(?ai)charset=\"?(?!puny|idna|(?:raw.?)?unicode)([\w.:-]+)")
_PIECE_OF_JSON = re.compile(r'"\s*+[:,}\]]')
_SCALAR_PROPERTY = re.compile(r'"(\w+)"\s*+:\s*+("(?:[^"\\]|\\.)*+"|[\w.+-]++(?=\W))')
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_PAGE = re.compile(
    r"(?i)(?:\s|\ufeff|<[?!](?!doctype\s+html)[^>]*+>)*+"
    r"<(?:!doctype\s+html|html|head|title|meta|body|h[1-6]|p|div|center|script|style|table|pre)\b"
)
# An id is a UUID, as the contract says, or a Zoom meeting number: JSON-RPC, Heroku and others put ids of other kinds
# into their errors. What else a meeting has (email, name, topic, userID) an error about it may have, too.
_ID = re.compile(r"\s*(?:(?![{0-]+\}?\Z)\{?(?:[0-9a-f]{4}-?){8}\}?|\d{9,11})\s*", re.ASCII | re.IGNORECASE)
_ANY = re.compile(r"(?!\s*0?\s*\Z).+", re.DOTALL)
# What only a meeting has, by its plain name, and what it looks like.
IDENTITY = {"id": _ID, **dict.fromkeys(("meetingid", "joinurl", "hostkey", "meetingpassword"), _ANY)}


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
        """The body as text: decompressed, without byte-order mark. The declared charset is tried last."""
        body = self.body
        if "content-encoding" in self.headers:
            # A body that is not compressed although the header says so is read as it is. 47 detects gzip and zlib.
            with contextlib.suppress(zlib.error):
                body = zlib.decompressobj(wbits=47).decompress(body, MAX_BODY)
        # JSON is UTF-8 (RFC 8259, section 8.1), so the declared charset is tried last.
        for encoding in (json.detect_encoding(body), *_CHARSET.findall(str(self.headers.get("content-type")))):
            with contextlib.suppress(UnicodeError, LookupError):
                return body.decode(encoding)
        return body.decode(errors="replace")

    @cached_property
    def value(self) -> Any:
        """The body's JSON value, also where an object is quoted inside a JSON string; None if it is not JSON."""
        return parsed(self.text)

    @property
    def is_fragment(self) -> bool:
        """Whether the body holds JSON that is damaged, so that secrets in it cannot be found."""
        return self.value is None and _PIECE_OF_JSON.search(self.text) is not None

    @cached_property
    def is_page(self) -> bool:
        """Whether the body is a web page (HTML, XHTML), also inside a JSON string, whatever its label says."""
        text = self.value if isinstance(self.value, str) else self.text
        return _PAGE.match(text[:LONGEST_SALVAGE]) is not None

    @cached_property
    def fragments(self) -> dict[str, Any]:
        """The properties in a damaged JSON text whose values are complete scalars, at any depth, the first of a name.

        All properties of a meeting are scalars. The scripts of a web page may hold JSON, which is about the page.
        """
        found: dict[str, Any] = {}
        if not self.is_fragment or self.is_page:
            return found
        text = self.text[:LONGEST_SALVAGE]
        for name, value in _SCALAR_PROPERTY.findall(text):
            with contextlib.suppress(ValueError):
                found.setdefault(name, json.loads(value))
        # An id is whole before its closing quote comes, and an id that is a UUID is preferred.
        if identifier := _ID_PROPERTY.search(text):
            found["id"] = identifier[1]
        return found

    @cached_property
    def located(self) -> tuple[Mapping[str, Any], str] | None:
        """The object that describes a meeting, or the pieces of one, and the JSON pointer to it; None without any."""
        return located(self.fragments or self.value)


def parsed(text: str) -> Any:
    """The text's JSON value, also where an object is quoted inside a JSON string; None if it is not JSON."""
    try:
        value = json.loads(text)
        return json.loads(value) if isinstance(value, str) and value.lstrip().startswith("{") else value
    except (ValueError, RecursionError):
        return None


def plain_members(value: Any) -> dict[str, Any]:
    """The members of an object by their names without case, ``_`` and the like; none of what is no object.

    Servers write joinUrl, JoinUrl and join_url.
    """
    members = islice(value.items(), MOST_MEMBERS) if isinstance(value, dict) else ()
    return {_NOT_ALPHANUMERIC.sub("", name[:60]).lower(): member for name, member in members}


def is_identified(value: Mapping[str, Any], sent: Collection[str] = ()) -> bool:
    """Whether an object has what only a meeting has, and what the request, with these properties, did not set."""
    # Nearly every answer has its id under the contract's own name. That saves the look at all its members.
    if isinstance(own := value.get("id"), str) and "id" not in sent and _ID.fullmatch(own):
        return True
    members = plain_members({name: member for name, member in value.items() if name not in sent})
    given = ((members.get(name), pattern) for name, pattern in IDENTITY.items())
    return any(type(member) in (str, int) and pattern.fullmatch(str(member)) for member, pattern in given)


def located(value: Any, depth: int = 0) -> tuple[Mapping[str, Any], str] | None:
    """The object that describes a meeting and the JSON pointer to it; None if there is none.

    It may be in an envelope or in an array of one. Sibling operations return {"status": …, "code": …, "data": {…}}.
    """
    if isinstance(value, list) and len(value) == 1:
        value = {"0": value[0]}
    if not isinstance(value, dict) or depth > DEEPEST:
        return None
    if is_identified(value):
        return value, ""
    is_meeting = not value.keys().isdisjoint(PROPERTIES)
    for name, inner in plain_members(value).items():
        found = located(inner, depth + 1) if name in ENVELOPES or name.endswith("meeting") else None
        # Of two objects without an id the outer one is the meeting if it looks like one.
        if found and (is_identified(found[0]) or not is_meeting):
            return found[0], f"/{name}{found[1]}"
    return (value, "") if is_meeting else None


def read(answer: Response) -> Meeting | None:
    """The meeting in a 2xx answer with all its deviations; None if there is none to be read."""
    data, place = answer.located or ({}, "")
    if answer.is_fragment or data.keys().isdisjoint(PROPERTIES):
        return None
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    rules = (
        (answer.status == 201, "status 201", f"status {answer.status}"),
        (media_type in MEDIA_TYPES, "content type application/json", media_type[:60] or "no content type"),
        (not answer.fault, "a complete body", str(answer.fault)),
        (answer.body.lstrip()[:1] in (b"{", b"["), "a JSON object in UTF-8", "one that had to be decoded first"),
        (not place, "a meeting", f"an envelope with the meeting at {place[:60]}"),
    )
    return _meeting(data, [Deviation("", expected, got) for holds, expected, got in rules if not holds], answer)


def salvaged(answer: Response) -> Meeting | None:
    """What can be found of a meeting in a body that is cut off or garbled; None if nothing can."""
    found = {name: value for name, value in answer.fragments.items() if name in PROPERTIES}
    deviation = Deviation("", "a meeting", answer.fault or "text that is not JSON")
    return _meeting(found, [deviation], answer) if found else None


def mismatches(meeting: Meeting, sent: Mapping[str, Any]) -> tuple[Deviation, ...]:
    """Where a meeting does not repeat the JSON values of its request; `FOREIGN` is the last if it is another's.

    Two requests of one client differ in the module, the name or the start. The other properties that openapi.yaml marks
    with x-echoes are options that many requests share, and that a server's settings may override.
    What is not set or cannot be read, on either side, is not compared.
    """
    found = {}
    for wire_name, value, likeness in (
        ("moduleID", meeting.module_id, lambda _, asked: "same" if meeting.module_id == UUID(asked) else "other"),
        ("name", meeting.name, _name_likeness),
        ("startDate", meeting.start, _start_likeness),
    ):
        asked, given = sent.get(wire_name), meeting.raw.get(wire_name)
        if value is None or asked == given or not isinstance(asked, str):
            continue
        with contextlib.suppress(ValueError, TypeError, OverflowError):
            if (like := likeness(meeting, asked)) != "same":
                expected = f"the request's {mask_text(json.dumps(asked)[:60])}"
                found[Deviation(f"/{wire_name}", expected, _described(given, secret=False))] = like
    return (*found, FOREIGN) if "other" in found.values() else tuple(found)


# A server that alters a value breaks the contract, but its answer is not another request's.


def _name_likeness(meeting: Meeting, asked: str) -> str:
    name = str(meeting.name)
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", asked):
        return "same"
    # Servers escape for HTML, and change case, white space, punctuation, invisible characters and compatibility forms.
    given, wanted = map(_letters, (name, asked))
    # A short name that the other begins with is another group's: "Tutorial 1" and "Tutorial 10".
    cut_off = len(name) >= 50 and wanted.startswith(given)
    # What an old code page lacks is left out, or becomes a question mark.
    lossy = wanted.encode("ascii", "ignore").decode() == given.replace("\ufffd", "")
    return "altered" if given == wanted or cut_off or lossy else "other"


def _letters(text: str) -> str:
    """Letters, digits and symbols of a name."""
    from html import unescape  # Takes long to import.

    plain = unicodedata.normalize("NFKC", unescape(unescape(text))).casefold()
    return "".join(character for character in plain if unicodedata.category(character)[0] in "LNS")


def _start_likeness(meeting: Meeting, asked: str) -> str:
    wanted, given = datetime.fromisoformat(asked.upper()), cast(datetime, meeting.start)
    # Servers cut off fractions, and Zoom's forms seconds. Without an offset in the request this raises.
    if abs(given - wanted) < timedelta(minutes=1):
        return "same"
    # The offset may be dropped or exchanged, without converting the time, or after the service converted it to its own.
    clocks = (wanted.astimezone(zone).replace(tzinfo=None) for zone in (wanted.tzinfo, UTC, SINGAPORE))
    shifted = any(abs(given.replace(tzinfo=None) - clock) < timedelta(minutes=1) for clock in clocks)
    return "altered" if shifted else "other"


def _meeting(data: Mapping[str, Any], deviations: list[Deviation], answer: Response) -> Meeting:
    """The meeting in a JSON object, even if its values break the contract."""
    values: dict[str, Any] = {}
    for name, wire_name, plain, reader, allowed in FIELDS:
        if wire_name not in data:
            continue
        raw = data[wire_name]
        if type(raw) is plain:
            values[name] = None if raw == "" else raw
            continue
        try:
            value, conforms = reader(raw)
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
            value, conforms = None, False
        if not conforms or (allowed and value not in allowed):
            schema = RESPONSE["properties"].get(wire_name, {})
            kind = " as ".join(filter(None, (schema.get("type", "any value"), schema.get("format"))))
            expected = f"one of {', '.join(map(str, allowed))}" if allowed else kind
            got = _described(raw, secret=name in SENSITIVE_FIELDS)
            deviations.append(Deviation(f"/{wire_name}", expected, got))
        values[name] = value
    headers = mask_headers(answer.headers, secret_texts(values))
    return Meeting(**values, raw=data, deviations=tuple(deviations), status=answer.status, headers=headers)


def _described(value: Any, *, secret: bool) -> str:
    """A value in words, short, and without its content where that is secret."""
    kind = _JSON_TYPES.get(type(value), "null")
    return kind if secret or kind in ("null", "array", "object") else f"{kind} {mask_text(json.dumps(value)[:60])}"


# Each reads a JSON value, returns the value (None where it is not set) and whether it conforms, and raises if it can't.


def _integer(made: Callable[[int], Any], raw: Any) -> tuple[Any, bool]:
    """What is made of an integer of 32 bits; a number that has no name in an enumeration stays a number."""
    if isinstance(raw, bool) or (isinstance(raw, float) and not raw.is_integer()):
        raise ValueError
    number = int(raw)
    conforms = not isinstance(raw, str) and -(2**31) <= number < 2**31
    try:
        return made(number), conforms
    except ValueError:
        return number, conforms


def _text(raw: Any) -> tuple[str | None, bool]:
    return (raw or None, True) if isinstance(raw, str) else (_integer(str, raw)[0], False)


def _uuid(raw: Any) -> tuple[UUID | None, bool]:
    value = UUID(raw)
    return value if value.int else None, _UUID.fullmatch(raw) is not None


def _time(raw: Any) -> tuple[datetime | None, bool]:
    conforms = _RFC3339.fullmatch(raw) is not None
    time = datetime.fromisoformat(raw.strip().upper())
    # .NET's default is the year 1.
    if time.year == 1:
        return None, conforms
    return time if time.tzinfo else time.replace(tzinfo=SINGAPORE), conforms


READERS: dict[Kind, Reader] = {
    "text": _text,
    # People write Zoom's meeting number in groups.
    "number": lambda raw: _text("".join(raw.split()) if isinstance(raw, str) else raw),
    "uuid": _uuid,
    "time": _time,
    "flag": lambda raw: ({"true": True, "1": True, "false": False, "0": False}[str(raw).lower()], False),
    "minutes": partial(_integer, lambda number: timedelta(minutes=number)),
    "record type": partial(_integer, RecordType),
    "authentication option": partial(_integer, AuthenticationOption),
    "meeting type": partial(_integer, MeetingType),
}
_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_PLAIN: dict[Kind, type] = {"text": str, "flag": bool}  # kinds whose JSON values stay as they are
# A meeting's fields: name, property, type of a value that needs no reading, reader, and the values allowed.
FIELDS: tuple[tuple[str, str, type | None, Reader, tuple[Any, ...]], ...] = tuple(
    (name, wire_name, _PLAIN.get(kind), READERS[kind], tuple(RESPONSE["properties"].get(wire_name, {}).get("enum", ())))
    for (name, wire_name), kind in zip(WIRE_NAMES.items(), KINDS.values(), strict=True)
)
