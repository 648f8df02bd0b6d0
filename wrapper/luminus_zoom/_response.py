"""Bytes of an answer → a meeting with its deviations, or the nearest thing to it. Nothing here does I/O or raises."""

import codecs
import contextlib
import json
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from attrs import frozen

from luminus_zoom_api.limits import RESPONSE
from luminus_zoom_api.models import AuthenticationOption, MeetingType, RecordType

from ._secrets import mask_text
from .meeting import KINDS, SECRET_FIELDS, WIRE_NAMES, Deviation, Kind, Meeting

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a body that are read; a meeting has about 1,500."""

SINGAPORE = timezone(timedelta(hours=8))
"""All offsets that were ever recorded from this service are +08:00, so a time without one is read as this."""

LONGEST_SALVAGE = 64 * 1024
"""Characters in which pieces of a meeting are looked for. The search is not linear, and a meeting has about 1,500."""

NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape"})
"""What Python decodes, but no server means; some of them take very long."""

Reader = Callable[[Any], tuple[Any, bool]]
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_HYPHENATED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.ASCII | re.IGNORECASE)
_PAIR = re.compile(r'"(\w+)"\s*+:\s*+')
_PIECE_OF_JSON = re.compile(r'"\s*+[:,}\]]')
_UUID = re.compile(r'"id"\s*+:\s*+"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', re.ASCII | re.IGNORECASE)


@frozen(repr=False, slots=False)
class Response:
    """One HTTP answer, as much of it as came.

    `headers` has names in lower case and the values of a repeated name joined by commas; `fault` says why the body is
    not complete, if it is not.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    fault: str | None = None

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


def read(answer: Response) -> Meeting | None:
    """The meeting in a 2xx answer with all its deviations; None if there is none to be read."""
    value = answer.value
    deviations = [Deviation("", expected, got) for expected, got in _label_faults(answer)]
    # Sibling operations wrap what they return: {"status": …, "code": …, "data": {…}}.
    if isinstance(value, dict) and is_meeting(value.get("data")) and value.keys().isdisjoint(("id", "joinUrl")):
        deviations.append(Deviation("", "a meeting", "an envelope with the meeting in its property data"))
        value = value["data"]
    return _meeting(value, deviations) if is_meeting(value) else None


def salvaged(answer: Response) -> Meeting | None:
    """What can be found of a meeting in a body that is cut off or garbled; None if nothing can."""
    text = answer.text[:LONGEST_SALVAGE]
    found: dict[str, Any] = {}
    decoder = json.JSONDecoder()
    for match in _PAIR.finditer(text):
        if match[1] in RESPONSE["properties"] and match[1] not in found:
            with contextlib.suppress(ValueError, RecursionError):
                value, end = decoder.raw_decode(text, match.end())
                # A number that ends where the text does may have been longer.
                if end < len(text):
                    found[match[1]] = value
    if identifier := _UUID.search(text):
        found["id"] = identifier[1]
    return _meeting(found, [Deviation("", "a meeting", answer.fault or "text that is not JSON")]) if found else None


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
    if not answer.body.lstrip().startswith(b"{"):
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

FIELDS: tuple[tuple[str, str, type | None, Reader, tuple[Any, ...]], ...] = tuple(
    (name, wire_name, _PLAIN.get(kind), READERS[kind], tuple(RESPONSE["properties"].get(wire_name, {}).get("enum", ())))
    for (name, wire_name), kind in zip(WIRE_NAMES.items(), KINDS.values(), strict=True)
)
"""A meeting's fields: name, property, type of a value that needs no reading, reader, and the values allowed."""
