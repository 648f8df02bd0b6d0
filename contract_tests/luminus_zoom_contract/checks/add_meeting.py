"""Oracles of one answer that made a meeting: its schema, what it echoes, and whether it agrees with itself."""

import email.utils
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from luminus_zoom_contract.run.transport import HttpAnswer
from luminus_zoom_contract.spec.clauses import Clause, echoed
from luminus_zoom_contract.spec.document import Contract, Field, Json, is_uuid
from luminus_zoom_contract.spec.instants import Instant

Check = tuple[str, str | None]
NEUTRAL: Final = (None, False, 0, "", "00000000-0000-0000-0000-000000000000")
"""What stands for "not set"; an absent property reads as None."""
_NOTHING: Final = (None, "", "00000000-0000-0000-0000-000000000000")

_CLOCK_TOLERANCE: Final = 300.0
_PASSWORD: Final = re.compile(r"[A-Za-z0-9@_*-]{1,10}")
_MEETING_ID: Final = re.compile(r"[1-9]\d{8,10}", re.ASCII)
_HOST_KEY: Final = re.compile(r"\d{4,10}", re.ASCII)
_JOINING: Final = {"j", "my", "wc"}
"""What stands before a number in Zoom's addresses for joining; `s` would start the meeting as its host."""
_HOST: Final = re.compile(r"[a-z0-9.-]+(?::443)?", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


class MeetingOracle:
    """Judges the bodies of 201 answers against the contract."""

    def __init__(self, contract: Contract, clauses: Mapping[str, Clause]) -> None:
        self._clauses: Final = clauses
        self._validator: Final = contract.response_validator(201)
        self._fields: Final = {field.name: field for field in contract.response_fields if field.path}
        self._schema_clauses: Final = {
            name: [i for i in clauses if i.startswith(f"response.201.{name}.") and not i.endswith(".present")]
            for name in self._fields
        }
        self._expected: Final = [name for name in self._fields if f"response.201.{name}.present" in clauses]
        self._echoes: Final = [(request, response, _relation(request)) for request, response in echoed(contract)]
        # A name that was sent empty comes back empty; what the server itself makes ought to be something.
        self._own: Final = frozenset(self._expected) - {field.name for field in contract.request_fields} - {"topic"}

    def shape(self, meeting: Json) -> str | None:
        """Why an answer is no meeting at all, or None; an empty object is one, since no property is promised."""
        if not isinstance(meeting, dict):
            return f"the body is a {type(meeting).__name__}"
        if meeting and not meeting.keys() & self._fields.keys():
            return f"the body has none of a meeting's properties, but {', '.join(sorted(meeting)[:5])}"
        return None

    def schema(self, meeting: Mapping[str, Json]) -> Iterator[Check]:
        """Types, formats and enumerations of what is there; what is there too much or too little."""
        broken = {} if self._validator.is_valid(meeting) else self._violations(meeting)
        for name in self._fields.keys() & meeting.keys():
            for clause in self._schema_clauses[name]:
                yield clause, broken.get(clause)
        unknown = sorted(meeting.keys() - self._fields.keys())
        yield (
            "response.201.closed",
            f"the answer has properties that the contract does not know: {', '.join(unknown)}" if unknown else None,
        )
        for name in self._expected:
            missing = meeting.get(name) in _NOTHING if name in self._own else name not in meeting
            yield f"response.201.{name}.present", f"the answer has no {name}" if missing else None

    def _violations(self, meeting: Mapping[str, Json]) -> dict[str, str]:
        found = {}
        for error in self._validator.iter_errors(meeting):
            name, keyword = str(error.instance_path[0]), str(error.schema_path[-1])
            clause = f"response.201.{name}.{keyword}"
            if clause not in self._clauses:  # the bounds of int32
                clause = f"response.201.{name}.{'format' if 'format' in self._fields[name].schema else 'type'}"
            bound = self._fields[name].schema.get(keyword)
            found[clause] = f"{name} is {_shown(name, meeting[name])}, which breaks {keyword}: {bound}"
        return found

    def echo(self, sent: Mapping[str, Json], meeting: Mapping[str, Json]) -> Iterator[Check]:
        """What was sent comes back under the relation that its type asks for."""
        for request, response, relation in self._echoes:
            wanted = sent.get(request.name)
            if wanted is None:
                continue
            if response.name not in meeting:
                clause = f"default.{response.name}" if not request.required else f"response.201.{response.name}.present"
                yield clause, f"{request.name} was sent as {_shown('', wanted)}, and the answer has no {response.name}"
                continue
            got = meeting[response.name]
            words = relation(wanted, got)
            yield (
                f"echo.{response.name}",
                words and f"{response.name} {words}: sent {_shown('', wanted)}, got {_shown('', got)}",
            )

    def unset(self, sent: Mapping[str, Json], meeting: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
        """The response properties that the request gave no value and the answer gives one, with that."""
        for request, response, _ in self._echoes:
            if request.name not in sent and not request.required:
                value = meeting.get(response.name)
                yield response.name, None if value in NEUTRAL else value

    def itself(self, sent: Mapping[str, Json], meeting: Mapping[str, Json], answer: HttpAnswer) -> Iterator[Check]:
        """Whether the properties of one answer agree with each other."""
        yield from _times(sent, meeting, answer)
        yield from _joining(meeting)
        yield from _forms(meeting)
        ids = [meeting[name] for name in ("id", "creatorID", "moduleID") if meeting.get(name)]
        yield "answer.ids-differ", None if len(set(map(str, ids))) == len(ids) else "two things have one id"
        if "topic" in meeting and "name" in sent:
            same = meeting["topic"] == sent["name"]
            yield (
                "answer.topic-is-name",
                None if same else f"the topic is {_shown('', meeting['topic'])}, the name {_shown('', sent['name'])}",
            )
        yield (
            "answer.exists-in-zoom",
            "a meeting just created is said to be not found in Zoom" if meeting.get("notFoundInZoom") else None,
        )
        yield "answer.creator-may-write", "its creator may only read it" if meeting.get("readonlyAccess") else None


def _times(sent: Mapping[str, Json], meeting: Mapping[str, Json], answer: HttpAnswer) -> Iterator[Check]:
    texts = {
        name: meeting[name] for name in ("startDate", "endDate", "createdDate") if isinstance(meeting.get(name), str)
    }
    times = {name: instant for name, text in texts.items() if (instant := Instant.parse(text))}
    if created := times.get("createdDate"):
        yield "answer.created-now", _when(created, answer)
    if "startDate" in times and "endDate" in times:
        length = times["endDate"].difference(times["startDate"])
        yield "answer.end-after-start", None if length >= 0 else f"it ends {-length / 60:g} minutes before it starts"
        if isinstance(sent.get("duration"), int):
            wanted = sent["duration"] * 60
            span = f"from startDate {times['startDate'].text} to endDate {times['endDate'].text}"
            fault = f"{span} are {length / 60:g} minutes, not {wanted // 60}"
            yield "answer.end-is-start-plus-duration", None if abs(length - wanted) < 1 else fault
        offsets = {times["startDate"].offset_minutes, times["endDate"].offset_minutes}
        yield "answer.dates-have-offset", None if len(offsets) == 1 else "startDate and endDate have different offsets"


def _when(created: Instant, answer: HttpAnswer) -> str | None:
    date = answer.header("date")
    try:
        now = email.utils.parsedate_to_datetime(date).timestamp() if date else time.time()
    except ValueError:
        now = time.time()
    off = created.seconds - now
    return (
        None
        if abs(off) <= _CLOCK_TOLERANCE
        else f"createdDate is {created.text}, {off / 3600:+.1f} hours from the answer's own time"
    )


def _joining(meeting: Mapping[str, Json]) -> Iterator[Check]:
    url, number = meeting.get("joinUrl"), meeting.get("meetingID")
    if isinstance(url, str) and url:
        parts = urlsplit(url)
        steps = [step for step in parts.path.split("/") if step]
        fault = None if parts.scheme in {"http", "https"} and parts.netloc else "joinUrl is no address"
        if not fault and isinstance(number, str) and number.strip():
            digits = re.sub(r"[\s-]", "", number)
            fault = (
                None
                if digits in steps
                else f"joinUrl is for meeting {steps[-1] if steps else 'none'}, meetingID is {number}"
            )
        if not fault and parts.query.count("pwd=") > 1:
            fault = "joinUrl has two passwords"
        yield "answer.join-url", fault
        zoom = parts.scheme == "https" and (parts.hostname or "").endswith("zoom.us")
        zoom = zoom and _HOST.fullmatch(parts.netloc) is not None
        fault = None if zoom else f"joinUrl is at {parts.scheme}://{parts.netloc}"
        if zoom and not {*steps} & _JOINING:
            fault = f"joinUrl's path begins with {steps[0] if steps else 'nothing'}, which is not for joining"
        yield "answer.join-url-host", fault
    password, flag = meeting.get("meetingPassword"), meeting.get("isSetPassword")
    if isinstance(flag, bool) and "meetingPassword" in meeting:
        yield (
            "answer.password-flag",
            None
            if flag == bool(password)
            else f"isSetPassword is {flag}, and there is {'a' if password else 'no'} password",
        )


def _forms(meeting: Mapping[str, Json]) -> Iterator[Check]:
    if isinstance(password := meeting.get("meetingPassword"), str) and password:
        good = _PASSWORD.fullmatch(password)
        yield (
            "answer.password-form",
            None if good else f"meetingPassword has {len(password)} characters, or ones that Zoom does not allow",
        )
        others = [str(meeting.get(name, "")) for name in ("meetingID", "id", "hostKey", "userID")]
        told = any(password in other for other in others)
        yield "answer.password-not-told", "meetingPassword is a part of the meeting's other numbers" if told else None
    if isinstance(number := meeting.get("meetingID"), str):
        yield (
            "answer.meeting-id-form",
            None if _MEETING_ID.fullmatch(number.replace(" ", "")) else f"meetingID is {number!r}",
        )
    if isinstance(key := meeting.get("hostKey"), str):
        yield "answer.host-key-form", None if _HOST_KEY.fullmatch(key) else "hostKey is not four to ten digits"
    for name in ("userID", "userName", "apiUserName"):
        if isinstance(user := meeting.get(name), str):
            yield "answer.user-id-form", f"{name} is a UUID, which tells people nothing" if is_uuid(user) else None
    if isinstance(address := meeting.get("email"), str):
        yield "answer.email-form", None if _EMAIL.fullmatch(address) else f"email is {address!r}"


def _relation(field: Field) -> Callable[[Json, Json], str | None]:
    """How an echoed value may differ from what was sent; the relation returns what is wrong, in words."""
    return {"uuid": _uuid_differs, "date-time": _instant_differs}.get(field.schema.get("format", ""), _differs)


def _differs(sent: Json, got: Json) -> str | None:
    if type(sent) is bool or type(got) is bool:
        return None if sent is got else "is not what was sent"
    if sent == got:
        return None
    return _text_differs(sent, got) if isinstance(sent, str) and isinstance(got, str) else "is not what was sent"


def _text_differs(sent: str, got: str) -> str:
    if got and sent.startswith(got):
        return f"was cut from {len(sent)} to {len(got)} characters"
    if got == sent.strip():
        return "lost its blanks at the ends"
    if got.casefold() == sent.casefold():
        return "changed its case"
    if "&" in got and ("&lt;" in got or "&amp;" in got):
        return "was escaped for HTML"
    if len(got) < len(sent) and set(got) <= set(sent):
        return "lost characters"
    return "is another text"


def _uuid_differs(sent: Json, got: Json) -> str | None:
    if not isinstance(sent, str):
        return None  # no request may say so, which is another clause's affair
    try:
        return None if UUID(sent) == UUID(str(got)) else "is another id"
    except ValueError:
        return "is no UUID"


def _instant_differs(sent: Json, got: Json) -> str | None:
    before, after = (Instant.parse(text) if isinstance(text, str) else None for text in (sent, got))
    if before is None or after is None:
        return "cannot be compared" if before else None
    off = after.difference(before)
    # A server may keep fewer digits of a fraction than were sent, cut or rounded, and drops zeros at its end.
    if off == 0 or (before.fraction_digits > after.fraction_digits and abs(off) < 10.0**-after.fraction_digits):
        return None
    if off == before.offset_minutes * 60 and after.offset_minutes == 0:
        return "lost its offset"
    return f"is {_span(off)} off"


def _span(seconds: float) -> str:
    return f"{seconds / 3600:+g} hours" if abs(seconds) >= 3600 else f"{seconds:+g} seconds"


def _shown(name: str, value: Json) -> str:
    if name in {"meetingPassword", "hostKey", "joinUrl"}:
        return f"a {type(value).__name__} (masked)"
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return (
        text
        if len(text) <= 120
        else f"{text[:80]} … ({len(value) if isinstance(value, str) else len(text)} characters)"
    )
