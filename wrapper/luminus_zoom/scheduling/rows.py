"""The rows of a ledger, as they are read from it."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from attrs import field, frozen

from .._response import Response, read
from ..meeting import Meeting


class State(StrEnum):
    """What became of a row."""

    PLANNED = "planned"
    """Not sent yet."""
    SENDING = "sending"
    """In flight, in this process or in another."""
    CREATED = "created"
    """The meeting exists."""
    REJECTED = "rejected"
    """The service or its gateway said no. No meeting was created; another run sends it again."""
    NOT_SENT = "not sent"
    """The service cannot have seen the request. Another run sends it again."""
    UNKNOWN = "unknown"
    """A meeting may exist. It is not sent again until a person says what is there: `Ledger.resolve`."""


OPEN = (State.PLANNED, State.REJECTED, State.NOT_SENT)
"""The states of rows of which no meeting exists. Such rows may be sent."""


@frozen(slots=False)
class Row:
    """One meeting of a ledger.

    `number` counts from 1 in the order of recording; `source` says where it came from; `module`, `name` and `start` are
    those of the request. `status`, `error` (a class name) and `message` are those of the last answer. `sent_at` is when
    the row was last sent, and `until` the end of its lease while it is in flight.
    """

    number: int
    state: State
    source: str
    module: str
    name: str
    start: datetime
    fingerprint: str = field(repr=False)
    version: int = field(repr=False)
    """Counts the changes of the row."""
    attempts: int = field(repr=False)
    sent_at: datetime | None = None
    until: datetime | None = None
    status: int | None = None
    error: str | None = None
    message: str | None = None
    request_text: str = field(default="{}", repr=False)
    answer: str | None = field(default=None, repr=False)
    """The body of the last answer as text. It holds the meeting's secrets."""

    @property
    def key(self) -> tuple[str, str, datetime]:
        """Module, name and start, by which look-alikes are found."""
        return self.module, self.name, self.start

    @cached_property
    def request(self) -> Mapping[str, Any]:
        """The body of the request."""
        return dict(json.loads(self.request_text))

    @cached_property
    def meeting(self) -> Meeting | None:
        """The meeting that was created, or what is known of it; None if none is known."""
        if self.answer is None or self.state not in (State.CREATED, State.UNKNOWN):
            return None
        headers = {"content-type": "application/json"}
        return read(Response(self.status or 201, headers, self.answer.encode()))

    def to_dict(self) -> dict[str, Any]:
        """The row as plain values for JSON or a table, the meeting's link and password included."""
        meeting = self.meeting or Meeting()
        return {
            "row": self.number,
            "source": self.source,
            "state": str(self.state),
            "module": self.module,
            "name": self.name,
            "start": self.start.isoformat(),
            "id": str(meeting.id) if meeting.id else None,
            "meeting_id": meeting.meeting_id,
            "join_url": meeting.join_url,
            "password": meeting.password,
            "sent_at": self.sent_at.isoformat() if self.sent_at else None,
            "status": self.status,
            "error": self.error,
            "message": self.message,
        }


@frozen
class Event:
    """Something that happened to a row, or to the whole ledger where `row` is None."""

    at: datetime
    row: int | None
    name: str
    detail: str


@frozen
class Pause:
    """No row may be sent before `until`."""

    until: datetime
    reason: str
