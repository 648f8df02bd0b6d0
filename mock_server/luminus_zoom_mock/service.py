"""The service's part, ASP.NET Core behind the gateway: bearer token, media type, JSON, validation, role, answer.

It is the same for all operations; `meeting.py` has what addMeeting means, `resources.py` what others do. It follows the
documentation page and, where that is silent, the recordings of sibling operations and the framework's public
documentation. Names and bounds come from the contract alone.
"""

from __future__ import annotations

import itertools
import json
import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NoReturn
from uuid import uuid4

from luminus_zoom_mock import parameters
from luminus_zoom_mock.contract import ADD_MEETING, Contract, Faults, Operation, Response
from luminus_zoom_mock.exchange import Answer, Call, Headers, Stage, preferred_json
from luminus_zoom_mock.meeting import Draft, build, fields, further_faults, module_of, number_of
from luminus_zoom_mock.resources import MISSING, Resources
from luminus_zoom_mock.settings import TOKEN, Settings
from luminus_zoom_mock.store import Store
from luminus_zoom_mock.values import value_for

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
_ALWAYS_SENT = frozenset(name for name, _ in BODY_HEADERS)

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
        self._resources = Resources(contract, store)
        self._modules = settings.module_ids and frozenset(module.lower() for module in settings.module_ids)
        self._dates = [name for name, kind in contract.request.items() if kind.format == "date-time"]
        self._token = (settings.token or TOKEN).encode()
        self.fields = fields(contract, settings) if ADD_MEETING in contract.operations else {}

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
        """Answer 401, with an empty body and a challenge, where a token is asked for and another or none is given.

        The settings ask for one, or the contract does: where it has no credentials without a token.
        """
        if self._settings.token is None and not call.with_token:
            return None
        scheme, _, token = call.headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer" and token == self._token:
            return None
        return bad_token()

    def media_type(self, call: Call) -> Answer | None:
        """Answer 415 to a body in another media type than the contract's; parameters are not looked at."""
        operation = self._operation(call)
        if not (operation.body and (call.body or operation.body_required)):
            return None
        name = call.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if operation.accepts(name.decode("latin-1")):
            return None
        if self._settings.error_shape == "problem":
            return self._problem(415)
        return Answer(415, [POWERED_BY])

    def json(self, call: Call) -> Answer | None:
        """Answer 400 to what is no JSON in UTF-8; a byte-order mark is skipped, the last of duplicate names counts.

        An escaped lone surrogate passes JSON's grammar but is no text: it could be neither answered nor stored. Numbers
        and nesting beyond what Python can hold count as unreadable too.
        """
        operation = self._operation(call)
        if not (operation.body and (call.body or operation.body_required)):
            return None
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
        observed = self._settings.as_observed
        call.document = self.contract.schemas.respelled(document, operation.schema) if observed else document
        return None

    def validation(self, call: Call) -> Answer | None:
        """Answer 400 to parameters and a body that break the contract's schemas, or have a date that cannot be held."""
        operation = self._operation(call)
        faults: Faults = {}
        if operation.parameters:
            schemas = self.contract.schemas
            call.parameters, faults = parameters.read(schemas, operation, call.variables, call.query, call.headers)
        if operation.body and (call.body or operation.body_required):
            body_faults = self.contract.faults(call.document, operation)
            faults = {**faults, **body_faults} if body_faults else faults
        if not faults and operation.id == ADD_MEETING and isinstance(call.document, dict):
            call.instants, faults = further_faults(self._dates, self._settings, call.document)
        return self.refuse(call, faults) if faults else None

    def role(self, call: Call) -> Answer | None:
        """Answer 403 to a user without rights, or without rights in this module."""
        in_module = self._modules is None or self._operation(call).id != ADD_MEETING
        allowed = in_module or module_of(call.document) in (self._modules or ())
        if allowed and call.key not in self._settings.forbidden_keys:
            return None
        return self._text(403, NOT_AUTHORIZED, call)

    def creation(self, call: Call) -> Answer:
        """Answer what the operation is for: addMeeting creates and keeps a meeting. JSON, whatever Accept asks for."""
        operation = self._operation(call)
        if operation.id == ADD_MEETING and operation.method == "POST" and isinstance(call.document, dict):
            return self._meeting(operation, call)
        status, value = self._resources.answer(operation, call)
        if status >= 400:
            return self._text(status, MISSING, call)
        return self._success(operation, status, None if value is ... else _encode(value), call, value)

    def _meeting(self, operation: Operation, call: Call) -> Answer:
        serial = self._store.next_serial()
        draft = Draft(call.document, call.instants, self._settings.fraction_digits, number_of(serial), serial)
        body = _encode(build(self.fields, draft))
        self._store.add(body)
        return self._success(operation, operation.success, body, call)

    def _success(self, operation: Operation, status: int, body: bytes | None, call: Call, value: Any = None) -> Answer:
        """Return an answer in a media type of the contract, with the headers that it promises."""
        response = operation.response(status) if operation.responses else None
        headers = self._promised(response) if response and response.headers else []
        if body is None or (response and not response.content):
            return Answer(status, [POWERED_BY, *headers])
        if response is None or "application/json" in response.content:
            media_type = preferred_json(call.headers.get(b"accept", b"")) or b"application/json"
            return Answer(status, [(b"content-type", media_type + b"; charset=utf-8"), *BODY_HEADERS, *headers], body)
        name = next(iter(response.content))
        body = value.encode() if name.startswith("text/") and name != "text/json" and isinstance(value, str) else body
        return Answer(status, [(b"content-type", name.encode()), *BODY_HEADERS, *headers], body)

    def _promised(self, response: Response) -> Headers:
        """Values for the documented headers of a success that are not sent anyway."""
        return [
            (name.lower().encode(), _header(value_for(self.contract.schemas, schema)).encode("latin-1", "replace"))
            for name, schema in response.headers.items()
            if name.lower().encode() not in _ALWAYS_SENT
        ]

    def _operation(self, call: Call) -> Operation:
        """The called operation as the contract of this service has it, addMeeting's where no route was looked for."""
        known = call.operation or self.contract.main
        return self.contract.operations.get(known.id, known)

    def refuse(self, call: Call, faults: Faults) -> Answer:
        """Return the 400 that tells of these faults."""
        shape = self._settings.error_shape
        if shape == "fields":
            return _json(400, _sentences(faults))
        if shape == "problem":
            return self._problem(400, errors=_sentences(faults))
        return self._text(400, _summary(faults), call)

    def _text(self, status: int, text: str, call: Call) -> Answer:
        documented = self._documented(status, text, call)
        if documented is not None:
            return documented
        accept = call.headers.get(b"accept", b"")
        media_type = None if self._settings.error_shape == "plain" else preferred_json(accept)
        media_type = media_type or b"text/plain"
        response = self._operation(call).response(status)
        if response and response.content and media_type.decode() not in response.content:
            media_type = ("text/plain" if "text/plain" in response.content else next(iter(response.content))).encode()
        body = text.encode() if media_type == b"text/plain" else _encode(text)
        return Answer(status, [(b"content-type", media_type + b"; charset=utf-8"), *BODY_HEADERS], body)

    def _documented(self, status: int, text: str, call: Call) -> Answer | None:
        """Return an error in the form that the contract gives it, where a text is none of its forms."""
        operation = self._operation(call)
        response = operation.response(status)
        media = response.content.get("application/json") if response else None
        if media is None or self._settings.error_shape != "text" or self.contract.schemas.allows(media.schema, text):
            return None
        return _json(status, self._resources.made(operation, status=status))

    def _problem(self, status: int, **more: Any) -> Answer:
        kind, title = _PROBLEMS[status]
        trace = f"00-{uuid4().hex}-{uuid4().hex[:16]}-00"
        return _json(
            status, {"type": kind, "title": title, "status": status, "traceId": trace, **more}, b"problem+json"
        )


def bad_token() -> Answer:
    """Return the 401 to a missing, wrong or expired bearer token, with an empty body and a challenge."""
    return Answer(401, [POWERED_BY, (b"www-authenticate", BAD_TOKEN)])


def forbidden() -> Answer:
    """Return the 403 of the role check in its usual form."""
    return Answer(403, [(b"content-type", b"text/plain; charset=utf-8"), *BODY_HEADERS], NOT_AUTHORIZED.encode())


def crash() -> Answer:
    """Return the service's own 500, whose body is empty.

    No stage answers it; it is there to be put in a stage's place.
    """
    return Answer(500, [(b"content-type", b"text/plain; charset=utf-8"), POWERED_BY])


def _header(value: Any) -> str:
    return value if isinstance(value, str) else _encode_text(value)


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
