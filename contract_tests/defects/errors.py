"""Error answers: the wrong property named, too little or too much said, and crashes where a refusal is due."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from contract_tests.defects.catalogue import Defect, each, of_kind
from contract_tests.defects.verbs import *

_TRACE = (
    "System.NullReferenceException: Object reference not set to an instance of an object.\r\n"
    "   at LumiNUS.Zoom.Controllers.MeetingController.Post(MeetingInput input) "
    "in C:\\build\\src\\MeetingController.cs:line 87"
)
_PYTHON = 'Traceback (most recent call last):\n  File "/srv/app/meeting.py", line 87, in post\nKeyError: duration'
_SQL = "Violation of PRIMARY KEY constraint 'PK_Meeting'. Cannot insert duplicate key in object 'dbo.Meeting'."
_NEIGHBOURS = {"recordType": "meetingType", "meetingType": "recordType"}


def _says(message: str) -> Change:
    """A 400 is this text."""
    return _told(lambda *_: message)


def _told(make: Callable[[Call, str], str]) -> Change:
    """A 400's text is made from the call and the text that is due."""

    def edit(call: Call, answer: Answer) -> Answer:
        quoted = answer.body.startswith(b'"')
        made = make(call, answer.body.decode().strip('"'))
        return replace(answer, body=(encode(made) if quoted else made).encode("utf-8", "surrogatepass"))

    return on(400, edit)


def _plain(make: Callable[[Call, bytes], bytes]) -> Change:
    """A 400 is bare text, made from the call and the text that is due."""
    return both(
        on(400, lambda call, it: replace(it, body=make(call, it.body.strip(b'"')))),
        changes(400, label="text/plain; charset=utf-8"),
    )


def _instead(name: str, other: str) -> Change:
    """A 400 names one property for another."""
    return _told(lambda _, it: re.sub(rf"\b{name}\b", other, it))


def _with_values(call: Call, message: str) -> str:
    is_object = isinstance(call.document, dict)
    return f"{message}: {' '.join(map(str, call.document.values()))}" if is_object else message


def _last_name(past: Past) -> bytes:
    return f" (last meeting: {past.meeting.get('name', '')})".encode("utf-8", "surrogatepass")


def _missing(call: Call) -> bool:
    names = ("moduleID", "name", "startDate", "duration")
    return isinstance(call.document, dict) and any(name not in call.document for name in names)


def _items(call: Call, name: str) -> list[Any]:
    items = sent(call, f"access.{name}")
    return items if isinstance(items, list) else []


def _has_role(call: Call, role: int) -> bool:
    items = [*_items(call, "groupAccess"), *_items(call, "userAccess")]
    return any(item.get("accessRole") == role for item in items if isinstance(item, dict))


DEFECTS: list[Defect] = of_kind(
    "error answers",
    ("name-of-another", "a 400 tells of another caller's meeting",
        recalls(lambda past: changes(400, label="text/plain", body=lambda it: it + _last_name(past))),
        "sequence.no-leak"),
    ("refusal-with-location", "a 400 has the Location of a meeting",
        changes(400, location="https://meetings.example.com/zoom/Meeting/1"), "headers.location"),
    ("refusal-of-duration-creates", "a wrong duration is answered with 201 and the text of the refusal",
        on(400, lambda _, it: replace(it, status=201) if b"duration" in it.body else it), "request.duration.maximum"),
    ("refusal-404", "a missing property is answered with 404",
        on(400, lambda _, it: replace(it, status=404) if b"is required" in it.body else it), "request.required.name"),
    "error.no-internals",
    ("trace-dotnet", "a 400 has a stack trace of .NET", _says(_TRACE)),
    ("null-reference", "a 400 is what .NET says of a null",
        _says("Object reference not set to an instance of an object.")),
    ("trace-python", "a 400 has a stack trace of Python", _says(_PYTHON)),
    ("trace-node", "a 400 has a stack trace of Node",
        _says("TypeError: Cannot read properties of undefined\n    at create (/app/src/index.js:12:3)")),
    ("trace-ruby", "a 400 has an error of Ruby",
        _says("undefined method `upcase' for nil:NilClass (NoMethodError) app/meetings_controller.rb:17:in `create'")),
    ("trace-django", "a 400 names a class of Django", _says("django.core.exceptions.ValidationError: ['duration']")),
    ("trace-php", "a 400 has a warning of PHP", _says("Undefined array key \"duration\" in Meeting.php on line 12")),
    ("trace-rust", "a 400 has a panic of Rust", _says("thread 'main' panicked at src/main.rs:42:10")),
    ("database-address", "a 400 has the address of a database, password and all",
        _says("no answer from mongodb://zoom:synthetic@db.internal:27017/zoom")),
    ("address-inside", "a 400 names an address behind the gateway", _says("10.0.0.4:8080 refused the request")),
    ("environment", "a 400 has a variable of the environment", _says("ZOOM_API_SECRET=synthetic was not accepted")),
    ("sql-error", "a 400 has the database's error", _says(_SQL)),
    ("file-path", "a 400 names a file on the server",
        _told(lambda _, it: f"{it} (C:\\inetpub\\wwwroot\\zoom\\Meeting.cs)")),
    "answer.no-secrets",
    ("key-in-refusal", "a 400 repeats the key", _plain(lambda call, it: it + b" key " + call.key.encode())),
    ("token-in-refusal", "a 400 repeats the Authorization header or the key",
        _plain(lambda call, it: it + b" " + (given(call, "authorization") or call.key.encode()))),
    "error.reflects-nothing",
    ("body-in-refusal", "a 400 repeats the body", _plain(lambda call, it: it + b": " + call.body[:4000])),
    ("value-in-refusal", "a 400 repeats the values that were sent", _told(_with_values)),
    "error.says-something",
    ("refusal-empty", "a 400 has no body", changes(400, body=b"")),
    ("refusal-empty-when-missing", "a missing property is answered with an empty 400",
        _told(lambda call, it: "" if "is required" in it else it)),
    ("refusal-says-ok", "a 400 says OK", _says("OK")),
    "error.names-the-field",
    ("refusal-names-name", "a 400 always names the property name", _says("name: is not valid")),
    ("refusal-names-duration-for-start", "a 400 names duration for startDate",
        _told(lambda _, it: re.sub(r"\bstartDate\b", "duration", it))),
    ("refusal-names-neighbours", "a 400 swaps recordType and meetingType",
        _told(lambda _, it: re.sub("recordType|meetingType", lambda match: _NEIGHBOURS[match[0]], it))),
    ("refusal-names-module-for-lesson", "a 400 names moduleID for lessonID", _instead("lessonID", "moduleID")),
    ("refusal-names-users-for-groups", "a 400 names userAccess for groupAccess", _instead("groupAccess", "userAccess")),
    "status.no-server-error",
    ("fails-media-type", "an unsupported media type is answered with 500", fails_on(415, ALWAYS)),
    each(fails_on, 400, says="{} is answered with 500"),
    ("fails-missing", "a missing property", _missing),
    ("fails-duration-large", "a duration beyond 32 bits", having(duration=lambda it: type(it) is int and it >= 2**31)),
    ("fails-duration-negative", "a negative duration", having(duration=lambda it: type(it) is int and it < 0)),
    ("fails-name-number", "a name that is a number", having(name=lambda it: type(it) in (int, float))),
    ("fails-name-list", "a name that is a list", having(name=lambda it: isinstance(it, list))),
    ("fails-module-text", "a moduleID that is no UUID", having(moduleID=lambda it: len(text(it)) not in (0, 36))),
    ("fails-start-text", "a startDate that is no date", having(startDate=r"(?s)\D.*")),
    ("fails-start-day", "a day that its month lacks", having(startDate=r".*-(02-(29|30|31)|(04|06|09|11)-31)T.*")),
    ("fails-start-hour", "an hour of 24 and more", having(startDate=r".*T(2[4-9]|[3-9]\d):.*")),
    ("fails-flag-text", "a boolean that is a text", having(isWaitingRoom=lambda it: isinstance(it, str))),
    ("fails-role-7", "a role of 7", lambda call: _has_role(call, 7)),
    ("fails-access-list", "an access that is a list", having(access=lambda it: isinstance(it, list))),
    ("fails-groups-item", "a group that is no object",
        lambda call: any(not isinstance(it, dict) for it in _items(call, "groupAccess"))),
    ("fails-hosts-list", "alternativeHosts that is a list", having(alternativeHosts=lambda it: isinstance(it, list))),
    ("fails-syntax", "a body that is no JSON", lambda call: call.document is None),
    "response.media-type",
    ("refusal-label-problem", "a 400's text is labelled application/problem+json",
        changes(400, label="application/problem+json")),
    ("refusal-json-cut", "a 400 that is labelled JSON lacks its last quote",
        changes(400, label="application/json", body=lambda it: b'"' + it.strip(b'"'))),
)  # fmt: skip
