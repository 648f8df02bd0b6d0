"""Oracles of several answers: ids of their own, one caller, and nothing of one meeting in another."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from contract_tests.contract import Json
from contract_tests.oracles.meeting import NEUTRAL, Check

_UNIQUE: Final = {"id": "unique-id", "meetingID": "unique-meeting-id", "joinUrl": "unique-join-url"}
_CALLER: Final = ("creatorID", "userID", "userName", "email")
_ENOUGH: Final = 20
_TELLING: Final = 12
"""Characters from which a name is hardly found by chance in another text."""


class SequenceOracle:
    """Remembers the answers of a run that made meetings."""

    def __init__(self) -> None:
        self._seen: Final[dict[str, dict[str, str]]] = {name: {} for name in _UNIQUE}
        self._caller: Final[dict[str, Json]] = {}
        self._defaults: Final[dict[str, Json]] = {}
        self._shapes: Final[dict[frozenset[str], frozenset[str]]] = {}
        self._passwords: Final[set[str]] = set()
        self._meetings = 0
        self._names: Final[deque[str]] = deque(maxlen=20)

    def check(self, title: str, meeting: Mapping[str, Any]) -> Iterator[Check]:
        """Hold a new meeting against those before it."""
        self._meetings += 1
        if isinstance(name := meeting.get("name"), str) and len(name) >= _TELLING:
            self._names.append(name)
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
        told = next(
            (name for name in self._names if (raw := name.encode("utf-8", "replace")) in got and raw not in sent), ""
        )
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

    def passwords(self, meeting: Mapping[str, Any]) -> Iterator[Check]:
        """Whether passwords differ from meeting to meeting, once there are enough to tell."""
        if isinstance(password := meeting.get("meetingPassword"), str) and password:
            self._passwords.add(password)
            if self._meetings == _ENOUGH:
                many = len(self._passwords) > 1
                yield "sequence.unique-password", None if many else f"{_ENOUGH} meetings have one and the same password"
