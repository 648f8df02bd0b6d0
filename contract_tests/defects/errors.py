"""Error answers: the wrong property named, too little or too much said, and crashes where a refusal is due."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from contract_tests.defects.catalogue import Defect, Row, of_kind
from contract_tests.defects.levers import (
    JSON,
    Change,
    anew,
    body,
    both,
    encode,
    fails_on,
    header,
    on,
    relabelled,
    sent,
    text,
)
from luminus_zoom_mock.exchange import Answer, Call

_TRACE = (
    "System.NullReferenceException: Object reference not set to an instance of an object.\r\n"
    "   at LumiNUS.Zoom.Controllers.MeetingController.Post(MeetingInput input) "
    "in C:\\build\\src\\MeetingController.cs:line 87"
)
_PYTHON = 'Traceback (most recent call last):\n  File "/srv/app/meeting.py", line 87, in post\nKeyError: duration'
_JAVA = "java.lang.NullPointerException\n\tat sg.luminus.zoom.MeetingController.post(MeetingController.java:87)"
_SQL = "Violation of PRIMARY KEY constraint 'PK_Meeting'. Cannot insert duplicate key in object 'dbo.Meeting'."


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


def _faulty(name: str) -> Callable[[Call], bool]:
    """Whether a property is present and the body is an object."""
    return lambda call: isinstance(call.document, dict) and name in call.document


def _missing(call: Call) -> bool:
    names = ("moduleID", "name", "startDate", "duration")
    return isinstance(call.document, dict) and any(name not in call.document for name in names)


def _wrong(name: str, *types: type) -> Callable[[Call], bool]:
    """Whether a property has a value of one of these types."""
    return lambda call: _faulty(name)(call) and type(sent(call, name)) in types


def _crashing() -> list[Row]:
    cases: list[tuple[str, str, Callable[[Call], bool]]] = [
        ("missing", "a missing property", _missing),
        ("duration-large", "a duration beyond 32 bits", lambda call: type(d := sent(call,
            "duration")) is int and d >= 2**31),
        ("duration-negative", "a negative duration", lambda call: type(d := sent(call, "duration")) is int and d < 0),
        ("name-number", "a name that is a number", _wrong("name", int, float)),
        ("name-list", "a name that is a list", _wrong("name", list)),
        ("module-text", "a moduleID that is no UUID", lambda call: len(text(sent(call, "moduleID"))) not in (0, 36)),
        ("start-text", "a startDate that is no date", lambda call: not text(sent(call, "startDate"))[:1].isdigit()
         and bool(text(sent(call, "startDate")))),
        ("start-day", "a day that its month lacks", lambda call: re.search(
            r"-02-(29|30|31)T|-(04|06|09|11)-31T", text(sent(call, "startDate"))) is not None),
        ("start-hour", "an hour of 24 and more", lambda call: re.search(
            r"T(2[4-9]|[3-9]\d):", text(sent(call, "startDate"))) is not None),
        ("flag-text", "a boolean that is a text", _wrong("isWaitingRoom", str)),
        ("role-7", "a role of 7", lambda call: 7 in _roles(call)),
        ("access-list", "an access that is a list", _wrong("access", list)),
        ("groups-item", "a group that is no object", lambda call: isinstance(it := _list(call, "groupAccess"), list)
         and any(not isinstance(item, dict) for item in it)),
        ("hosts-list", "alternativeHosts that is a list", _wrong("alternativeHosts", list)),
    ]  # fmt: skip
    return [(f"fails-{name}", f"{says} is answered with 500", fails_on(400, test)) for name, says, test in cases]


def _list(call: Call, name: str) -> Any:
    access = sent(call, "access")
    return access.get(name) if isinstance(access, dict) else None


def _roles(call: Call) -> list[Any]:
    lists = [it for it in (_list(call, "groupAccess"), _list(call, "userAccess")) if isinstance(it, list)]
    return [item.get("accessRole") for it in lists for item in it if isinstance(item, dict)]


def _instead(name: str, other: str) -> Change:
    """A 400 names one property for another."""
    return _told(lambda _, it: re.sub(rf"\b{name}\b", other, it))


def _remembered() -> Change:
    """A 400 tells of the name in the meeting before."""
    names = [""]

    def edit(call: Call, answer: Answer) -> Answer:
        if answer.status == 201:
            names[0] = text(sent(call, "name"))
        if answer.status != 400:
            return answer
        return replace(answer, body=answer.body + f" (last meeting: {names[0]})".encode("utf-8", "surrogatepass"))

    return lambda app: both(on(201, edit), on(400, edit), relabelled(400, b"text/plain; charset=utf-8"))(app)


def _plain(make: Callable[[Call, bytes], bytes]) -> Change:
    """A 400 is bare text, made from the call and the text that is due."""
    return both(
        on(400, lambda call, it: replace(it, body=make(call, it.body.strip(b'"')))),
        relabelled(400, b"text/plain; charset=utf-8"),
    )


TELLING = of_kind(
    "error answers",
    ("trace-dotnet", "a 400 has a stack trace of .NET", _says(_TRACE)),
    ("null-reference", "a 400 is what .NET says of a null", _says(
        "Object reference not set to an instance of an object.")),
    ("trace-python", "a 400 has a stack trace of Python", _says(_PYTHON)),
    ("trace-node", "a 400 has a stack trace of Node", _says(
        "TypeError: Cannot read properties of undefined\n    at create (/app/src/index.js:12:3)")),
    ("trace-ruby", "a 400 has an error of Ruby", _says(
        "undefined method `upcase' for nil:NilClass (NoMethodError) app/meetings_controller.rb:17:in `create'")),
    ("trace-django", "a 400 names a class of Django", _says("django.core.exceptions.ValidationError: ['duration']")),
    ("trace-php", "a 400 has a warning of PHP", _says("Undefined array key \"duration\" in Meeting.php on line 12")),
    ("trace-rust", "a 400 has a panic of Rust", _says("thread 'main' panicked at src/main.rs:42:10")),
    ("database-address", "a 400 has the address of a database, password and all", _says(
        "no answer from mongodb://zoom:synthetic@db.internal:27017/zoom")),
    ("address-inside", "a 400 names an address behind the gateway", _says("10.0.0.4:8080 refused the request")),
    ("environment", "a 400 has a variable of the environment", _says("ZOOM_API_SECRET=synthetic was not accepted")),
    ("sql-error", "a 400 has the database's error", _says(_SQL)),
    ("file-path", "a 400 names a file on the server", _told(lambda _,
        it: f"{it} (C:\\inetpub\\wwwroot\\zoom\\Meeting.cs)")),
    ("key-in-refusal", "a 400 repeats the key", _plain(lambda call, it: it + b" key " + call.key.encode())),
    ("token-in-refusal", "a 400 repeats the Authorization header or the key", _plain(
        lambda call, it: it + b" " + (call.headers.get(b"authorization") or call.key.encode()))),
    ("name-of-another", "a 400 tells of another caller's meeting", anew(_remembered)),
    clause="error.no-internals",
    clauses={
        "answer.no-secrets": "key-in-refusal token-in-refusal",
        "sequence.no-leak": "name-of-another",
    },
)  # fmt: skip

FINDINGS = of_kind(
    "error answers",
    ("body-in-refusal", "a 400 repeats the body", _plain(lambda call, it: it + b": " + call.body[:4000])),
    ("value-in-refusal", "a 400 repeats the values that were sent", _told(lambda call, it: f"{it}: " + " ".join(
        map(str, call.document.values())) if isinstance(call.document, dict) else it)),
    ("refusal-empty", "a 400 has no body", body(400, lambda _: b"")),
    ("refusal-empty-when-missing", "a missing property is answered with an empty 400", _told(
        lambda call, it: "" if "is required" in it else it)),
    ("refusal-says-ok", "a 400 says OK", _says("OK")),
    ("refusal-names-name", "a 400 always names the property name", _says("name: is not valid")),
    ("refusal-names-duration-for-start", "a 400 names duration for startDate", _instead("startDate", "duration")),
    ("refusal-names-neighbours", "a 400 swaps recordType and meetingType", _told(lambda _, it: re.sub(
        "recordType|meetingType", lambda match: "meetingType" if match[0] == "recordType" else "recordType", it))),
    ("refusal-names-module-for-lesson", "a 400 names moduleID for lessonID", _instead("lessonID", "moduleID")),
    ("refusal-names-users-for-groups", "a 400 names userAccess for groupAccess", _instead("groupAccess", "userAccess")),
    ("refusal-with-location", "a 400 has the Location of a meeting", header(
        400, b"location", lambda *_: b"https://meetings.example.com/zoom/Meeting/1")),
    severity="finding",
    clause="error.names-the-field",
    clauses={
        "error.reflects-nothing": "body-in-refusal value-in-refusal",
        "error.says-something": "refusal-empty refusal-empty-when-missing refusal-says-ok",
        "headers.location": "refusal-with-location",
    },
)  # fmt: skip

CRASHES = of_kind(
    "error answers",
    *_crashing(),
    ("fails-media-type", "an unsupported media type is answered with 500", fails_on(415, lambda _: True)),
    ("fails-syntax", "a body that is no JSON is answered with 500", fails_on(400, lambda call: call.document is None)),
    ("refusal-of-duration-creates", "a wrong duration is answered with 201 and the text of the refusal", on(
        400, lambda call, it: replace(it, status=201) if b"duration" in it.body else it)),
    ("refusal-label-problem", "a 400's text is labelled application/problem+json", relabelled(
        400, b"application/problem+json")),
    ("refusal-json-cut", "a 400 that is labelled JSON lacks its last quote", both(
        on(400, lambda _, it: replace(it, body=encode(it.body.decode().strip('"')).encode()[:-1])),
        relabelled(400, JSON[1]))),
    ("refusal-404", "a missing property is answered with 404", on(
        400, lambda _, it: replace(it, status=404) if b"is required" in it.body else it)),
    clause="status.no-server-error",
    clauses={
        "request.duration.maximum": "refusal-of-duration-creates",
        "response.media-type": "refusal-label-problem refusal-json-cut",
        "request.required.name": "refusal-404",
    },
)  # fmt: skip

DEFECTS: list[Defect] = [*TELLING, *FINDINGS, *CRASHES]
