"""The ledger: what was planned, what was sent, and what became of it."""

import contextlib
import itertools
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from os import PathLike, fspath
from typing import Any, Self

import sqlalchemy as sa
from attrs import frozen

from ..meeting import WIRE_NAMES
from . import _database as tables
from ._database import Database
from .errors import ConflictError, LedgerError, OtherTimetableError
from .matching import LookAlike, Plan, compare
from .planned import PlannedMeeting, check
from .rows import OPEN, Event, Row, State

COLUMN = tables.meetings.c
SKEW = timedelta(minutes=5)
"""How much a clock may be set back before a row in flight counts as unknown."""


@frozen
class Attempt:
    """A row that is committed as ``sending`` and may be sent once, now."""

    id: str
    row: Row


@frozen
class Pause:
    """No row may be sent before `until`."""

    until: datetime
    reason: str


class Ledger:
    """The meetings of one timetable, in a SQLite file. May be used from many threads and processes.

    Use it in a ``with`` statement, as ``Ledger.open("term.sqlite3")``.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    def open(cls, location: str | PathLike[str], *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Self:
        """Open a ledger, and make it if there is none.

        `location` is the path of a SQLite file. Only the owner can read a file that is made, since answers hold
        passwords.

        Raises:
            LedgerError: it cannot be opened, is of a newer version, or is something else.
        """
        database = Database(fspath(location))
        try:
            database.open()
        except BaseException:
            database.close()
            raise
        return cls(database, clock)

    def __repr__(self) -> str:
        return f"Ledger({self._database.name!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. Closing twice does nothing."""
        self._database.close()

    def now(self) -> datetime:
        """The time by which leases and days are counted."""
        return self._clock()

    # What is there

    def rows(self, *states: State) -> list[Row]:
        """All rows in their order, or those in some states. One whose lease is over is ``unknown``."""
        with self._database.reading() as connection:
            rows = self._rows(connection)
        return [row for row in rows if not states or row.state in states]

    def row(self, number: int) -> Row:
        """One row.

        Raises:
            LedgerError: there is none of this number.
        """
        with self._database.reading() as connection:
            return self._row(connection, number)

    def export(self) -> Iterator[dict[str, Any]]:
        """All rows as plain values for JSON: ``row``, ``name``, ``state``, ``id``, … Links and passwords included."""
        return (row.to_dict() for row in self.rows())

    def counts(self) -> dict[State, int]:
        """How many rows there are in each state."""
        found = Counter(row.state for row in self.rows())
        return {state: found[state] for state in State}

    def events(self, row: int | None = None) -> list[Event]:
        """What happened, in its order: to a row, or to all."""
        wanted = sa.true() if row is None else tables.events.c.row == row
        with self._database.reading() as connection:
            found = connection.execute(sa.select(tables.events).where(wanted).order_by(tables.events.c.id))
            return [Event(_time(it.at), it.row, it.name, it.detail) for it in found]

    def pause(self) -> Pause | None:
        """Until when a rate limit lets no row be sent; None if there is no such limit now."""
        with self._database.reading() as connection:
            return self._pause(connection)

    # Planning

    def compare(
        self, meetings: Sequence[PlannedMeeting], *, further: bool = False, look_alike: LookAlike = "refuse"
    ) -> Plan:
        """What `record` would do with a timetable. Nothing is changed.

        Conflicts are in the plan.

        Raises:
            InvalidRowsError: meetings break the contract; all faults of all meetings are in it.
            OtherTimetableError: none of the ledger's rows occurs in the timetable.
        """
        check(meetings)
        with self._database.reading() as connection:
            return self._compare(connection, meetings, further=further, look_alike=look_alike)

    def record(
        self, meetings: Sequence[PlannedMeeting], *, further: bool = False, look_alike: LookAlike = "refuse"
    ) -> Plan:
        """Record the meetings of a timetable that the ledger does not know yet, as ``planned``.

        Rows of which no meeting exists take over what has changed in the timetable. Sends nothing.

        Args:
            meetings: the whole timetable.
            further: the meetings are no timetable, but come in addition to what the ledger has.
            look_alike: what to do with a meeting whose module, name and start another row of the ledger has.

        Raises:
            InvalidRowsError: meetings break the contract; all faults of all meetings are in it.
            ConflictError: meetings differ from what was sent; all of them are in it.
            OtherTimetableError: none of the ledger's rows occurs in the timetable.
        """
        check(meetings)

        with self._database.writing() as connection:
            plan = self._compare(connection, meetings, further=further, look_alike=look_alike)
            if plan.conflicts:
                raise ConflictError(plan.conflicts)
            for row, meeting in plan.updated:
                values = {**_columns(meeting), "state": State.PLANNED, "version": row.version + 1}
                connection.execute(tables.meetings.update().where(COLUMN.number == row.number).values(values))
                self._note(connection, row.number, "changed", row.fingerprint)
            self._insert(connection, plan)
        return plan

    def _compare(
        self, connection: sa.Connection, meetings: Sequence[PlannedMeeting], *, further: bool, look_alike: LookAlike
    ) -> Plan:
        rows = self._rows(connection)
        plan = compare(meetings, rows, further=further, look_alike=look_alike)
        if rows and not (further or plan.known or plan.updated or plan.conflicts):
            raise OtherTimetableError(
                f"{self._database.name} is the ledger of another timetable: none of its rows occurs in this one. "
                "Name another ledger."
            )
        return plan

    def _insert(self, connection: sa.Connection, plan: Plan) -> None:
        """Record the new meetings, and their numbers in the plan."""
        last = connection.scalar(sa.select(sa.func.max(COLUMN.number))) or 0
        new = [
            {**_columns(meeting), "number": number, "state": State.PLANNED, "version": 0, "attempts": 0}
            for number, meeting in enumerate(plan.new, last + 1)
        ]
        if new:
            connection.execute(tables.meetings.insert(), new)
            self._note(connection, None, "recorded", f"rows {last + 1} to {last + len(new)}")
        numbers = iter(range(last + 1, last + 1 + len(new)))
        plan.numbers = [next(numbers) if number is None else number for number in plan.numbers]

    # Sending

    def claim(self, todo: dict[int, int], lease: timedelta, per_day: int | None = None) -> Attempt | Pause | None:
        """Commit one row as ``sending``, so that it may be sent once, now; None if there is none left.

        `todo` has the rows to choose from, with their versions. The row is taken out of it, and so are rows that
        another process took. A pause is returned if a rate limit is in force, or if today (UTC) has `per_day` meetings.
        """
        attempt = uuid.uuid4().hex
        with self._database.writing() as connection:
            if pause := self._pause(connection) or self._full_day(connection, per_day):
                return pause
            while todo:
                number, version = next(iter(todo.items()))
                if self._take(connection, number, version, attempt, lease):
                    todo.pop(number)
                    return Attempt(attempt, self._row(connection, number))
                self._forget_taken(connection, todo)
        return None

    def _take(self, connection: sa.Connection, number: int, version: int, attempt: str, lease: timedelta) -> bool:
        """Whether the row was as expected, and is ``sending`` now."""
        now = self._clock()
        values = {
            "state": State.SENDING,
            "version": version + 1,
            "attempts": COLUMN.attempts + 1,
            "attempt": attempt,
            "sent_at": _text(now),
            "lease_until": _text(now + lease),
        }
        expected = sa.and_(COLUMN.number == number, COLUMN.version == version, COLUMN.state.in_(OPEN))
        taken = connection.execute(tables.meetings.update().where(expected).values(values)).rowcount == 1
        if taken:
            self._note(connection, number, State.SENDING, attempt)
        return taken

    def _forget_taken(self, connection: sa.Connection, todo: dict[int, int]) -> None:
        """Take rows out of `todo` that another process took. They are next to each other as a rule."""
        near = list(itertools.islice(todo, 100))
        found = sa.select(COLUMN.number, COLUMN.version).where(COLUMN.number.in_(near), COLUMN.state.in_(OPEN))
        free = {(it.number, it.version) for it in connection.execute(found)}
        for number in near:
            if (number, todo[number]) not in free:
                del todo[number]

    def finish(
        self,
        attempt: Attempt,
        state: State,
        *,
        status: int | None = None,
        answer: str | None = None,
        error: str | None = None,
        message: str | None = None,
        pause: Pause | None = None,
    ) -> Row:
        """Commit what became of a row that was sent, and until when no other may be sent.

        It replaces what was assumed when the lease was over.
        """
        values = {
            "state": state,
            "version": COLUMN.version + 1,
            "lease_until": None,
            "status": status,
            "answer": _storable(answer),
            "error": error,
            "message": _storable(message),
        }
        number = attempt.row.number

        with self._database.writing() as connection:
            mine = sa.and_(COLUMN.number == number, COLUMN.attempt == attempt.id)
            found = connection.execute(tables.meetings.update().where(mine).values(values)).rowcount
            self._note(connection, number, state if found else f"{state}, too late", error or attempt.id)
            if pause:
                self._set_pause(connection, pause)
            return self._row(connection, number)

    def _pause(self, connection: sa.Connection) -> Pause | None:
        found = connection.execute(sa.select(tables.about)).one()
        # One that begins in the future is of a clock that was set back since.
        if found.paused_until is None or not found.paused_at <= _text(self._clock()) < found.paused_until:
            return None
        return Pause(_time(found.paused_until), found.pause_reason)

    def _set_pause(self, connection: sa.Connection, pause: Pause) -> None:
        now = self._pause(connection)
        if now is None or now.until < pause.until:
            values = {"paused_until": _text(pause.until), "pause_reason": _storable(pause.reason)}
            connection.execute(tables.about.update().values(paused_at=_text(self._clock()), **values))
            self._note(connection, None, "paused", _text(pause.until))

    def _full_day(self, connection: sa.Connection, per_day: int | None) -> Pause | None:
        """The pause until 00:00 UTC, if as many meetings as a day allows were sent, or may have been."""
        if per_day is None:
            return None
        today = self._clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        counted = sa.and_(
            COLUMN.sent_at >= _text(today), COLUMN.state.in_((State.SENDING, State.CREATED, State.UNKNOWN))
        )
        sent = connection.scalar(sa.select(sa.func.count()).where(counted)) or 0
        if sent < per_day:
            return None
        return Pause(
            today + timedelta(days=1), f"{sent:,} meetings were sent today, and {per_day:,} a day are allowed."
        )

    # What a person says

    def resolve(self, number: int, *, created: str | None = None, not_created: bool = False) -> Row:
        """Say what became of a row that is ``unknown``, after a look at LumiNUS.

        Args:
            number: the row.
            created: the meeting exists: its join link, its id (a UUID) or its Zoom meeting number.
            not_created: the meeting does not exist. Another run sends it again.

        Raises:
            LedgerError: there is no such row, or it is not ``unknown``.
            ValueError: not one of the two was said, or `created` is neither a link nor an id.
        """
        if (created is None) is not not_created:
            raise ValueError("Say either created=, with the link or id of the meeting, or not_created=True.")
        known = {} if created is None else _identified(created)
        with self._database.writing() as connection:
            row = self._row(connection, number)
            if row.state is not State.UNKNOWN:
                until = f" until {row.until:%H:%M:%S %Z}" if row.state is State.SENDING and row.until else ""
                raise LedgerError(f"Row {number} is {row.state}{until}; only unknown rows can be resolved.")
            values: dict[str, Any] = {"state": State.PLANNED, "version": row.version + 1, "lease_until": None}
            if known:
                raw = row.meeting.raw if row.meeting else {}
                values |= {"state": State.CREATED, "answer": json.dumps({**raw, **known})}
            connection.execute(tables.meetings.update().where(COLUMN.number == number).values(values))
            self._note(connection, number, "resolved", str(values["state"]))
            return self._row(connection, number)

    # Within a transaction

    def _rows(self, connection: sa.Connection) -> list[Row]:
        return [self._read(it) for it in connection.execute(sa.select(tables.meetings).order_by(COLUMN.number))]

    def _row(self, connection: sa.Connection, number: int) -> Row:
        found = connection.execute(sa.select(tables.meetings).where(COLUMN.number == number)).one_or_none()
        if found is None:
            raise LedgerError(f"{self._database.name} has no row {number}.")
        return self._read(found)

    def _read(self, it: Any) -> Row:
        """A row as it is now: one whose lease is over is unknown."""
        sent_at, until = (value and _time(value) for value in (it.sent_at, it.lease_until))
        state, message = State(it.state), it.message
        # A lease that begins in the future is of a clock that was set back since.
        if state is State.SENDING and not sent_at - SKEW <= self._clock() < until:
            state, message = State.UNKNOWN, "The process that sent it ended before the answer was stored."
        return Row(
            number=it.number,
            state=state,
            source=it.source,
            module=it.module,
            name=it.name,
            start=_time(it.start),
            fingerprint=it.fingerprint,
            version=it.version,
            attempts=it.attempts,
            sent_at=sent_at,
            until=until,
            status=it.status,
            error=it.error,
            message=message,
            request_text=it.request,
            answer=it.answer,
        )

    def _note(self, connection: sa.Connection, row: int | None, name: str, detail: str) -> None:
        values = {"at": _text(self._clock()), "row": row, "name": name, "detail": detail}
        connection.execute(tables.events.insert().values(values))


def _columns(meeting: PlannedMeeting) -> dict[str, Any]:
    """What a meeting's row has of its request."""
    module, name, start = meeting.key
    source = _storable(meeting.source)
    columns = {"source": source, "module": module, "name": name, "start": _text(start)}
    return {**columns, "fingerprint": meeting.fingerprint, "request": meeting.body}


def _identified(created: str) -> dict[str, str]:
    """A link or an id, by the name that the service gives it."""
    text = created.strip()
    with contextlib.suppress(ValueError):
        return {WIRE_NAMES["id"]: str(uuid.UUID(text))}
    if re.fullmatch(r"https?://\S+", text):
        return {WIRE_NAMES["join_url"]: text}
    digits = re.sub(r"[\s-]", "", text)
    if re.fullmatch(r"\d{9,11}", digits, re.ASCII):
        return {WIRE_NAMES["meeting_id"]: digits}
    raise ValueError("created= must be the join link, the id (a UUID) or the Zoom meeting number (9 to 11 digits).")


def _storable(text: str | None) -> str | None:
    """A text that the database can store: UTF-8 has no surrogates."""
    return text and text.encode(errors="replace").decode()


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
