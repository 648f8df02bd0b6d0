"""The service's part, ASP.NET Core behind the gateway: bearer token, media type, JSON, validation, role, creation.

What it does follows the documentation page and, where that is silent, the recordings of sibling operations and the
framework's public documentation. Property names and bounds come from the contract alone.
"""

from __future__ import annotations

import itertools
import json
import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NoReturn
from uuid import uuid4

from luminus_zoom_mock.contract import Contract, Faults
from luminus_zoom_mock.exchange import Answer, Call, Headers, Stage, preferred_json
from luminus_zoom_mock.meeting import Draft, build, fields, number_of, offset_hours, read_instant
from luminus_zoom_mock.settings import Settings
from luminus_zoom_mock.store import Store

NOT_AUTHORIZED = "You may not create meetings in this module."
EMPTY_BODY = "A non-empty request body is required."
NOT_JSON = "The request body is not valid JSON."
BAD_TOKEN = b'Bearer error="invalid_token", error_description="The signature is invalid"'
TEXT_LIMIT = 300
"""Characters of a 400's text up to which it says what is wrong; a longer one only names the properties."""
FIELD_LIMIT = 200
"""Properties that an object of errors has at most, as with ASP.NET Core."""

POWERED_BY = (b"x-powered-by", b"ASP.NET")
BODY_HEADERS: Headers = [
    (b"cache-control", b"no-store,no-cache"),
    (b"pragma", b"no-cache"),
    (b"request-context", b"appId=cid-v1:1f0e9d8c-7b6a-4c5d-8e3f-2a1b0c9d8e7f"),
    POWERED_BY,
]
"""With every answer of the service that has a body."""

_PROBLEMS = {
    400: ("https://tools.ietf.org/html/rfc7231#section-6.5.1", "One or more validation errors occurred."),
    415: ("https://tools.ietf.org/html/rfc7231#section-6.5.13", "Unsupported Media Type"),
}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_encode_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode_first = json.JSONDecoder(parse_constant=_no_constant).raw_decode
_orjson: Any = import_module("orjson") if find_spec("orjson") else None


def _encode(value: Any) -> bytes:
    """Return the value as compact JSON in UTF-8: the same bytes with orjson, which takes a tenth of the time."""
    try:
        return _orjson.dumps(value) if _orjson else _encode_text(value).encode()
    except TypeError:  # orjson takes no integer beyond 64 bits
        return _encode_text(value).encode()


def _decode(text: str) -> Any:
    text = text.strip(" \t\r\n")
    document, end = _decode_first(text)
    if end < len(text):
        raise ValueError("there is something after the document")
    return document


class Service:
    """The stages behind the gateway. `fields` says how each property of an answer is made, and may be changed."""

    def __init__(self, settings: Settings, contract: Contract, store: Store) -> None:
        """Answer by this contract, and keep what is created in this store."""
        self._settings = settings
        self.contract = contract
        """What a request is held against."""
        self._store = store
        self._modules = settings.module_ids and frozenset(module.lower() for module in settings.module_ids)
        self._dates = [name for name, kind in contract.request.items() if kind.format == "date-time"]
        self.fields = fields(contract, settings)

    def stages(self) -> dict[str, Stage]:
        """Return the service's stages by name, in their order."""
        return {
            "bearer": self.bearer,
            "media_type": self.media_type,
            "json": self.json,
            "validation": self.validation,
            "role": self.role,
            "creation": self.creation,
        }

    def bearer(self, call: Call) -> Answer | None:
        """Answer 401, with an empty body and a challenge, where a token is asked for and another or none is given."""
        scheme, _, token = call.headers.get(b"authorization", b"").partition(b" ")
        if self._settings.token is None or (scheme.lower() == b"bearer" and token == self._settings.token.encode()):
            return None
        return Answer(401, [POWERED_BY, (b"www-authenticate", BAD_TOKEN)])

    def media_type(self, call: Call) -> Answer | None:
        """Answer 415 to a body in another media type than the contract's; parameters are not looked at."""
        name = call.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if self.contract.accepts(name.decode("latin-1")):
            return None
        if self._settings.error_shape == "problem":
            return self._problem(415)
        return Answer(415, [POWERED_BY])

    def json(self, call: Call) -> Answer | None:
        """Answer 400 to what is no JSON in UTF-8; a byte-order mark is skipped, the last of duplicate names counts.

        An escaped lone surrogate passes JSON's grammar but is no text: it could be neither answered nor stored. Numbers
        and nesting beyond what Python can hold count as unreadable too.
        """
        if not call.body:
            return self.refuse(call, {"": [EMPTY_BODY]})
        try:
            text = call.body.removeprefix(b"\xef\xbb\xbf").decode()
            document = _decode(text)
            # The first test is by far the cheapest, and most bodies do not pass it.
            if "\\" in text and ("\\ud" in text or "\\uD" in text):
                _encode_text(document).encode()
        except (ValueError, RecursionError):
            return self.refuse(call, {"": [NOT_JSON]})
        call.document = self.contract.respelled(document) if self._settings.as_observed else document
        return None

    def validation(self, call: Call) -> Answer | None:
        """Answer 400 to what breaks the contract's schema, or has a date that cannot be held."""
        faults = self.contract.faults(call.document) or self._further_faults(call)
        return self.refuse(call, faults) if faults else None

    def role(self, call: Call) -> Answer | None:
        """Answer 403 to a user without rights, or without rights in this module."""
        module = call.document.get("moduleID")
        allowed = self._modules is None or (isinstance(module, str) and module.lower() in self._modules)
        if allowed and call.key not in self._settings.forbidden_keys:
            return None
        return self._text(403, NOT_AUTHORIZED, call)

    def creation(self, call: Call) -> Answer:
        """Create the meeting, keep it and answer 201. An object is JSON whatever Accept asks for."""
        number = number_of(self._store.next_serial())
        draft = Draft(call.document, call.instants, self._settings.fraction_digits, number)
        body = _encode(build(self.fields, draft))
        self._store.add(body)
        media_type = preferred_json(call.headers.get(b"accept", b"")) or b"application/json"
        return Answer(201, [(b"content-type", media_type + b"; charset=utf-8"), *BODY_HEADERS], body)

    def _further_faults(self, call: Call) -> Faults:
        faults: Faults = {}
        for name in self._dates:
            text = call.document.get(name)
            if text is None:
                continue
            try:
                call.instants[name] = read_instant(text)
                call.instants[name].plus(call.document.get("duration") or 0)
            except (ValueError, OverflowError):
                faults[name] = ["is out of the range of dates"]
            if self._settings.max_offset_hours is not None and offset_hours(text) > self._settings.max_offset_hours:
                faults[name] = [f"must have an offset of at most {self._settings.max_offset_hours:g} hours"]
        if self._settings.strict_names and not call.document.get("name", "-").strip():
            faults["name"] = ["must not be blank"]
        return faults

    def refuse(self, call: Call, faults: Faults) -> Answer:
        """Return the 400 that tells of these faults."""
        shape = self._settings.error_shape
        if shape == "fields":
            return _json(400, _sentences(faults))
        if shape == "problem":
            return self._problem(400, errors=_sentences(faults))
        return self._text(400, _summary(faults), call)

    def _text(self, status: int, text: str, call: Call) -> Answer:
        accept = call.headers.get(b"accept", b"")
        media_type = None if self._settings.error_shape == "plain" else preferred_json(accept)
        if media_type is None:
            media_type, body = b"text/plain", text.encode()
        else:
            body = _encode(text)
        return Answer(status, [(b"content-type", media_type + b"; charset=utf-8"), *BODY_HEADERS], body)

    def _problem(self, status: int, **more: Any) -> Answer:
        kind, title = _PROBLEMS[status]
        trace = f"00-{uuid4().hex}-{uuid4().hex[:16]}-00"
        return _json(
            status, {"type": kind, "title": title, "status": status, "traceId": trace, **more}, b"problem+json"
        )


def crash() -> Answer:
    """Return the service's own 500, whose body is empty.

    No stage answers it; it is there to be put in a stage's place.
    """
    return Answer(500, [(b"content-type", b"text/plain; charset=utf-8"), POWERED_BY])


def _json(status: int, value: Any, subtype: bytes = b"json") -> Answer:
    headers = [(b"content-type", b"application/" + subtype + b"; charset=utf-8"), *BODY_HEADERS]
    return Answer(status, headers, _encode(value))


def _sentences(faults: Faults) -> Faults:
    return {
        name: [f"The field {name} {message}." if name else message for message in messages]
        for name, messages in itertools.islice(faults.items(), FIELD_LIMIT)
    }


def _summary(faults: Faults) -> str:
    text = "; ".join(f"{name}: {' and '.join(messages)}".removeprefix(": ") for name, messages in faults.items())
    if len(text) <= TEXT_LIMIT:
        return text
    # Positions in lists are left out, so that the length is bounded by the contract and not by the body.
    names = dict.fromkeys(re.sub(r"\[\d+\]", "[]", name) for name in faults)
    return f"invalid: {', '.join(names)}"
