"""The profile of addMeeting: what one meeting means, which no schema can say.

This module alone names properties of a meeting. Those that it needs are listed; a contract without one is refused.
"""

import email.utils
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from luminus_zoom_contract.checks.response import Check
from luminus_zoom_contract.run.transport import HttpAnswer
from luminus_zoom_contract.spec.document import Json, SetupError, is_uuid
from luminus_zoom_contract.spec.instants import Instant
from luminus_zoom_contract.spec.operations import Operation
from luminus_zoom_contract.spec.profile import Memory, Profile, Restrictions

_REQUEST: Final = ("moduleID", "name", "startDate", "duration", "isSendEmail", "alternativeHosts", "access",
                   "access.publicAccess")  # fmt: skip
_ANSWER: Final = (
    "id", "creatorID", "moduleID", "name", "startDate", "endDate", "createdDate", "joinUrl", "meetingID",
    "meetingPassword", "isSetPassword", "hostKey", "userID", "userName", "apiUserName", "email", "notFoundInZoom",
    "readonlyAccess",
)  # fmt: skip
"""The properties that the checks of this module need."""

PATH: Final = re.compile(r"[^?]*/Meeting")
PARAMETERS: Final[Mapping[str, str]] = {
    "moduleID": "module_id", "lessonID": "lesson_id", "access": "access", "name": "name", "startDate": "start",
    "duration": "duration", "isSendEmail": "send_email", "isPublishRecordURL": "publish_record_url",
    "isWaitingRoom": "waiting_room", "meetingAuthentication": "meeting_authentication",
    "muteUponEntry": "mute_upon_entry", "recordType": "record_type", "authenticationOpt": "authentication_option",
    "alternativeHosts": "alternative_hosts", "meetingType": "meeting_type",
    "exportMultimediaWeb": "export_multimedia_web", "channelID": "channel_id", "channelName": "channel_name",
    "publishMutimediaChannel": "publish_multimedia_channel",
}  # fmt: skip
"""The wrapper's parameters, by the properties that they become."""
LISTS: Final = (("groups", "groupAccess", "groupID"), ("users", "userAccess", "userID"))
VALUES: Final = (("public", "publicAccess"), ("inherited_resource_id", "inheritedResourceID"))
ROLE: Final = "accessRole"
"""The wrapper's Access: its lists with what an item is about, its single values, and the role of an item."""

_CLOCK_TOLERANCE: Final = 300.0
_PASSWORD: Final = re.compile(r"[A-Za-z0-9@_*-]{1,10}")
_MEETING_ID: Final = re.compile(r"[1-9]\d{8,10}", re.ASCII)
_HOST_KEY: Final = re.compile(r"\d{4,10}", re.ASCII)
_JOINING: Final = {"j", "my", "wc"}
"""What stands before a number in Zoom's addresses for joining; `s` would start the meeting as its host."""
_HOST: Final = re.compile(r"[a-z0-9.-]+(?::443)?", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_CALLER: Final = ("creatorID", "userID", "userName", "email")
_ENOUGH: Final = 20
_TELLING: Final = 12
"""Characters from which a text is hardly found by chance in another."""
_TICK: Final = 1.1
"""Seconds after which a clock, be it one of whole seconds, shows another time."""
_TICK_OF_PARTS: Final = 0.2
"""The same for a clock that shows parts of a second."""
_JUMP: Final = 5.0
"""Seconds by which a service's clock may go astray during a run."""
_FEW: Final = 3
"""Times that a name is sent before its passwords are compared, and that a number may hold a host key by chance."""
_SHORTEST_KEY: Final = 4
_SPANS: Final = (
    ("2035-01-18T23:30:00+08:00", 30),
    ("2035-01-18T23:45:00+08:00", 30),
    ("2035-01-18T00:00:00+08:00", 1440),
    ("2035-01-18T00:00:00+08:00", 1425),
    ("2035-01-18T23:00:00+08:00", 1485),
    ("2035-01-31T23:00:00+08:00", 120),
    ("2035-02-28T22:00:00+08:00", 180),
    ("2036-02-28T22:00:00+08:00", 180),
    ("2036-02-29T22:00:00+08:00", 180),
    ("2035-04-30T12:00:00+08:00", 1470),
    ("2035-12-31T23:45:00+08:00", 15),
    ("2035-12-31T22:00:00+08:00", 240),
    ("2035-12-31T15:30:00Z", 60),
    ("2035-03-25T00:30:00+00:00", 90),
    ("2035-03-11T01:00:00-05:00", 120),
    ("2035-10-28T00:30:00Z", 120),
    ("2035-05-16T18:00:00-05:30", 720),
    ("2035-05-16T10:00:59+08:00", 45),
    ("2038-01-19T03:00:00Z", 30),
)
"""Starts and durations whose end falls on another day, month or year, or behind a change of clocks."""


class AddMeeting(Profile):
    """What a run knows of addMeeting beyond the document."""

    operation: ClassVar[str] = "addMeeting"
    clauses: ClassVar[Path | None] = Path(__file__).with_suffix(".yaml")
    prefixed: ClassVar[bool] = False
    labelled: ClassVar[str] = "name"
    scope: ClassVar[str] = "moduleID"
    restrictions: ClassVar[Restrictions | None] = Restrictions(
        marked="name",
        pinned="moduleID",
        fixed={"isSendEmail": False},
        on_request={"alternativeHosts": "allow_hosts", "access": "allow_access"},
        never=("publicAccess",),
    )
    dimensions: ClassVar[Mapping[str, str]] = {"names": "name", "starts": "startDate", "durations": "duration"}

    def check(self, operation: Operation) -> None:
        """Raise SetupError where the document lacks a property that the checks need."""
        answered = {field.name for field in operation.response_fields}
        needed = dict.fromkeys((*_REQUEST, *PARAMETERS))
        lost = [f"{name} of the request" for name in needed if name not in operation.request_names]
        lost += [f"{name} of the answer" for name in _ANSWER if name not in answered]
        if lost:
            raise SetupError(
                f"the contract no longer has {', '.join(lost)}, which the checks of {operation.id} are about: change "
                f"{Path(__file__).name} with it (what it needs stands at its top), or the contract"
            )

    def notes(self, operation: Operation) -> Iterable[str]:
        """The properties of the request that `PARAMETERS` lacks, which the wrapper is given as they are."""
        tops = (field.name for field in operation.request_fields if len(field.path) == 1)
        if unknown := [name for name in tops if name not in PARAMETERS]:
            yield f"{Path(__file__).name} knows no parameter for {', '.join(unknown)}: the client is given it as extra"

    def label(self, draws: random.Random, number: int) -> str:
        """A name as lectures have it."""
        return f"CS{draws.randrange(1000, 7000)} lecture {number}"

    def bodies(self) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
        """Starts and durations whose sum is hard to get right."""
        for start, minutes in _SPANS:
            yield "startDate", f"{minutes} minutes from {start}", {"startDate": start, "duration": minutes}

    def memory(self) -> Memory:
        """A memory of the meetings of one run."""
        return _Meetings()


class _Meetings(Memory):
    """Judges meetings, each by itself and beside those before it."""

    def __init__(self) -> None:
        self._caller: Final[dict[str, Json]] = {}
        self._secrets: Final[dict[str, Counter[str]]] = {"meetingPassword": Counter(), "pwd": Counter()}
        self._by_name: Final[dict[str, Counter[str]]] = {}
        self._created: Final[dict[str, float]] = {}
        self._clock: float | None = None
        self._host_keys_told = 0

    def judge(self, sent: Mapping[str, Any], got: Mapping[str, Any], answer: Any, *, in_turn: bool) -> Iterator[Check]:
        """Whether a meeting agrees with itself, its request, its caller and the clock."""
        yield from _itself(sent, got, answer)
        for name in _CALLER:
            if name in got:
                same = self._caller.setdefault(name, got[name]) == got[name]
                words = f"{name} differs from that of earlier answers to the same caller"
                yield "sequence.same-caller", None if same else words
        yield from self.passwords(got)
        if in_turn:
            yield from self.created(got, answer.elapsed)

    def created(self, meeting: Mapping[str, Any], elapsed: float) -> Iterator[Check]:
        """Whether createdDate goes on with the time, for an answer that has just come, after so many seconds."""
        text, now = meeting.get("createdDate"), time.monotonic()
        instant = Instant.parse(text) if isinstance(text, str) else None
        if instant is None:
            return
        stood = now - self._created.setdefault(instant.text, now)
        clock = instant.seconds + instant.nanoseconds / 1e9 - now
        self._clock = clock if self._clock is None else self._clock
        off = clock - self._clock
        fault = None
        if stood > (_TICK_OF_PARTS if instant.fraction_digits else _TICK) + elapsed:
            fault = f"createdDate {instant.text} is that of a meeting made {stood:.1f} s before"
        elif abs(off) > _JUMP + elapsed:
            fault = f"createdDate {instant.text} is {off:+.0f} s off what the dates before it make of the clock"
        yield "answer.created-now", fault

    def passwords(self, meeting: Mapping[str, Any]) -> Iterator[Check]:
        """Whether passwords are made anew for each meeting, once there are enough to tell."""
        pwd = (
            parse_qs(urlsplit(url).query).get("pwd", [""])[0] if isinstance(url := meeting.get("joinUrl"), str) else ""
        )
        for role, secret in (("meetingPassword", meeting.get("meetingPassword")), ("pwd", pwd)):
            known = self._secrets[role]
            if isinstance(secret, str) and secret:
                if role == "pwd" and len(secret) >= _TELLING and known[secret] and len(known) > 1:
                    yield "sequence.unique-password", "joinUrl has the pwd of an earlier meeting"
                known[secret] += 1
                if len(known) <= _ENOUGH and known.total() == _ENOUGH:
                    few = len(known) <= _ENOUGH // 2
                    fault = f"{_ENOUGH} meetings have {len(known)} different {role}s" if few else None
                    yield "sequence.unique-password", fault
        yield from self._host_key(str(meeting.get("hostKey") or ""), str(meeting.get("meetingID") or ""))
        name, password = meeting.get("name"), meeting.get("meetingPassword")
        if isinstance(name, str) and isinstance(password, str) and password:
            seen = self._by_name.setdefault(name, Counter())
            seen[password] += 1
            if seen.total() == _FEW:
                fault = f"{_FEW} meetings with one name have one meetingPassword" if len(seen) == 1 else None
                yield "sequence.unique-password", fault

    def _host_key(self, key: str, number: str) -> Iterator[Check]:
        """Whether hostKey follows from meetingID, which is told to all; once may be chance."""
        self._host_keys_told += len(key) >= _SHORTEST_KEY and key in number
        if self._host_keys_told == _FEW:
            self._host_keys_told = 0
            yield "answer.password-not-told", f"hostKey is a part of meetingID, in {_FEW} meetings"


def _itself(sent: Mapping[str, Json], meeting: Mapping[str, Json], answer: HttpAnswer) -> Iterator[Check]:
    """Whether the properties of one answer agree with each other."""
    yield from _times(sent, meeting, answer)
    yield from _joining(meeting)
    yield from _forms(meeting)
    ids = [meeting[name] for name in ("id", "creatorID", "moduleID") if meeting.get(name)]
    yield "answer.ids-differ", None if len(set(map(str, ids))) == len(ids) else "two things have one id"
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
        fault = f"it ends {-length / 60:g} minutes before it starts" if length else "it ends when it starts"
        yield "answer.end-after-start", None if length > 0 else fault
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
