"""Oracles of several answers: ids of their own, one caller, and nothing of one meeting in another."""

import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from luminus_zoom_contract.checks.add_meeting import NEUTRAL, Check
from luminus_zoom_contract.spec.document import Json
from luminus_zoom_contract.spec.instants import Instant

_UNIQUE: Final = {"id": "unique-id", "meetingID": "unique-meeting-id", "joinUrl": "unique-join-url"}
_CALLER: Final = ("creatorID", "userID", "userName", "email")
_ENOUGH: Final = 20
_TELLING: Final = 12
"""Characters from which a name is hardly found by chance in another text."""
_TICK: Final = 1.1
"""Seconds after which a clock, be it one of whole seconds, shows another time."""
_TICK_OF_PARTS: Final = 0.2
"""The same for a clock that shows parts of a second."""
_JUMP: Final = 5.0
"""Seconds by which a service's clock may go astray during a run."""
_FEW: Final = 3
"""Times that a name is sent before its passwords are compared, and that a number may hold a host key by chance."""
_SHORTEST_KEY: Final = 4


class SequenceOracle:
    """Remembers the answers of a run that made meetings."""

    def __init__(self) -> None:
        self._seen: Final[dict[str, dict[str, str]]] = {name: {} for name in _UNIQUE}
        self._caller: Final[dict[str, Json]] = {}
        self._defaults: Final[dict[str, Json]] = {}
        self._shapes: Final[dict[frozenset[str], frozenset[str]]] = {}
        self._secrets: Final[dict[str, Counter[str]]] = {"meetingPassword": Counter(), "pwd": Counter()}
        self._by_name: Final[dict[str, Counter[str]]] = {}
        self._created: Final[dict[str, float]] = {}
        self._clock: float | None = None
        self._host_keys_told = 0
        self._names: Final[deque[bytes]] = deque(maxlen=20)

    def check(self, title: str, meeting: Mapping[str, Any]) -> Iterator[Check]:
        """Hold a new meeting against those before it."""
        if isinstance(name := meeting.get("name"), str) and len(name) >= _TELLING:
            self._names.append(name.encode("utf-8", "replace"))
        for name, clause in _UNIQUE.items():
            if isinstance(value := meeting.get(name), str) and value:
                before = self._seen[name].get(value.lower())
                self._seen[name][value.lower()] = title
                yield f"sequence.{clause}", before and f"{name} is also that of the meeting of: {before}"
        for name in _CALLER:
            if name in meeting:
                same = self._caller.setdefault(name, meeting[name]) == meeting[name]
                yield (
                    "sequence.same-caller",
                    None if same else f"{name} differs from that of earlier answers to the same caller",
                )

    def error(self, sent: bytes, got: bytes) -> Iterator[Check]:
        """Whether an error tells of a meeting that its own request does not speak of."""
        told = next((name for name in self._names if name in got and name not in sent), b"").decode()
        yield "sequence.no-leak", f"the error tells of another meeting, {told!r}" if told else None

    def shape(self, sent: Mapping[str, Json], meeting: Mapping[str, Any]) -> Iterator[Check]:
        """Hold the set of an answer's properties against that of requests with the same properties."""
        shape = self._shapes.setdefault(frozenset(sent), frozenset(meeting))
        changed = sorted(shape ^ meeting.keys())
        yield (
            "sequence.stable-shape",
            f"unlike an equal request before: {', '.join(changed)} came or went" if changed else None,
        )

    def unset(self, name: str, value: Json) -> Iterator[Check]:
        """Judge the value of a property that the request left out; None where the answer leaves it out too."""
        if name not in self._defaults:
            self._defaults[name] = value
            yield (
                f"default.{name}",
                None if value in NEUTRAL else f"{name} is {value!r}, and the request did not set it",
            )
        same = value in NEUTRAL or value == self._defaults[name]
        yield "sequence.no-leak", None if same else f"{name} is {value!r}, which this request did not send"

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
