"""The rows of a timetable: checked by the rules of `create_meeting`, and recognised again in a later run."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from attrs import field, frozen

from .._arguments import PARAMETERS
from .._request import prepare
from ..errors import InvalidMeetingError, Problem
from .errors import InvalidRowsError

_START = PARAMETERS["start"].wire
_KEY = tuple(PARAMETERS[name].wire for name in ("module_id", "name"))

Key = tuple[str, str, datetime]
"""Module, name and start."""


@frozen
class Fault:
    """Something that is wrong with a row: where it came from, and the parameter with what to write instead."""

    source: str
    problem: Problem

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.source, str(self.problem))))


@frozen(slots=False)
class PlannedMeeting:
    """A meeting to create: the keyword arguments of `create_meeting`, and where they came from.

    `source` is for people: "timetable.csv row 7".
    """

    arguments: Mapping[str, Any] = field(repr=False)
    source: str = ""

    @cached_property
    def body(self) -> str:
        """The request's body, exactly as it will be sent.

        Raises:
            InvalidMeetingError: with everything that is wrong.
        """
        return prepare("", "", self.arguments).body.decode()

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The properties of the request's body."""
        return dict(json.loads(self.body))

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the request: equal for two requests that ask for the same meeting.

        The same instant in two time zones is the same start.
        """
        canonical = json.dumps({**self.values, _START: self.start.isoformat()}, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @cached_property
    def start(self) -> datetime:
        """When it starts, in UTC."""
        return datetime.fromisoformat(self.values[_START]).astimezone(UTC)

    @property
    def key(self) -> Key:
        """Module, name and start."""
        module, name = (self.values[wire] for wire in _KEY)
        return module, name, self.start


def faults_of(meetings: Iterable[PlannedMeeting]) -> list[Fault]:
    """Everything that is wrong with the meetings, by the rules of `create_meeting`."""
    faults = []
    for meeting in meetings:
        try:
            _ = meeting.body
        except InvalidMeetingError as error:
            faults += [Fault(meeting.source, problem) for problem in error.problems]
    return faults


def check(meetings: Iterable[PlannedMeeting]) -> None:
    """Refuse meetings that break the contract.

    Raises:
        InvalidRowsError: with all faults of all meetings.
    """
    if faults := faults_of(meetings):
        raise InvalidRowsError(faults)
