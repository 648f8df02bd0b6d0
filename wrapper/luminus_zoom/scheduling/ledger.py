"""The ledger: what was planned, what was sent, and what became of it."""

import contextlib
import itertools
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from os import PathLike, fspath
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from attrs import frozen

from ..meeting import WIRE_NAMES
from ._database import Database
from ._postgresql import PostgreSQL
from ._records import Records
from ._sqlite import SQLiteFile
from .errors import ConflictError, LedgerError, OtherTimetableError
from .matching import LookAlike, Plan, compare
from .planned import PlannedMeeting, check
from .rows import Event, Pause, Row, State

T = TypeVar("T")


@frozen
class Attempt:
    """A row that is committed as ``sending`` and may be sent once, now."""

    id: str
    row: Row


class Ledger:
    """The meetings of one timetable, in a SQLite file or in PostgreSQL. May be used from many threads and processes.

    Use it in a ``with`` statement, as ``Ledger.open("term.sqlite3")``. A process that is forked opens it anew.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime] | None) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    def open(cls, location: str | PathLike[str], *, clock: Callable[[], datetime] | None = None) -> Self:
        """Open a ledger, and make it if there is none.

        Args:
            location: the path of a SQLite file, or the URL of a PostgreSQL database, as
                ``postgresql://user@host/database``. Only the owner can read a file that is made, since answers hold
                passwords.
            clock: what tells the time; by default this machine's clock for a file, and the server's for PostgreSQL.

        Raises:
            LedgerError: it cannot be opened, is of a newer version, or is something else.
        """
        path = fspath(location)
        database = PostgreSQL(path) if "://" in path else SQLiteFile(path)
        try:
            database.open()
        except BaseException:
            database.close()
            raise
        return cls(database, clock)

    @property
    def name(self) -> str:
        """Where it is, without a password."""
        return self._database.name

    def __repr__(self) -> str:
        return f"Ledger({self.name!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection. Closing twice does nothing."""
        self._database.close()

    def now(self) -> datetime:
        """The time by which leases and days are counted."""
        return self._read(lambda records: records.now)

    def _read(self, work: Callable[[Records], T]) -> T:
        """Do some work in a transaction that only reads."""
        return self._database.do(lambda connection, now: work(self._records(connection, now)), writes=False)

    def _write(self, work: Callable[[Records], T]) -> T:
        """Do some work in a transaction that writes. It may be done twice, even if the first was committed."""
        return self._database.do(lambda connection, now: work(self._records(connection, now)), writes=True)

    def _records(self, connection: sa.Connection, now: datetime) -> Records:
        return Records(connection, self._clock() if self._clock else now, self.name)

    # What is there

    def rows(self, *states: State) -> list[Row]:
        """All rows in their order, or those in some states. One whose lease is over is ``unknown``."""
        return [row for row in self._read(Records.rows) if not states or row.state in states]

    def row(self, number: int) -> Row:
        """One row.

        Raises:
            LedgerError: there is none of this number.
        """
        return self._read(lambda records: records.row(number))

    def export(self) -> Iterator[dict[str, Any]]:
        """All rows as plain values for JSON: ``row``, ``name``, ``state``, ``id``, … Links and passwords included."""
        return (row.to_dict() for row in self.rows())

    def counts(self) -> dict[State, int]:
        """How many rows there are in each state."""
        found = Counter(row.state for row in self.rows())
        return {state: found[state] for state in State}

    def events(self, row: int | None = None) -> list[Event]:
        """What happened, in its order: to a row, or to all."""
        return self._read(lambda records: records.events(row))

    def pause(self) -> Pause | None:
        """Until when a rate limit lets no row be sent; None if there is no such limit now."""
        return self._read(Records.pause)

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
        return self._compare(self.rows(), meetings, further=further, look_alike=look_alike)

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

        def work(records: Records) -> Plan:
            plan = self._compare(records.rows(), meetings, further=further, look_alike=look_alike)
            if plan.conflicts:
                raise ConflictError(plan.conflicts)
            for row, meeting in plan.updated:
                records.change(row, meeting)
            numbers = iter(records.insert(plan.new))
            plan.numbers = [next(numbers) if number is None else number for number in plan.numbers]
            return plan

        return self._write(work)

    def _compare(
        self, rows: list[Row], meetings: Sequence[PlannedMeeting], *, further: bool, look_alike: LookAlike
    ) -> Plan:
        plan = compare(meetings, rows, further=further, look_alike=look_alike)
        if rows and not (further or plan.known or plan.updated or plan.conflicts):
            raise OtherTimetableError(
                f"{self.name} is the ledger of another timetable: none of its rows occurs in this one. "
                "Name another ledger."
            )
        return plan

    # Sending

    def claim(self, todo: dict[int, int], lease: timedelta, per_day: int | None = None) -> Attempt | Pause | None:
        """Commit one row as ``sending``, so that it may be sent once, now; None if there is none left.

        `todo` has the rows to choose from, with their versions. The row is taken out of it, and so are rows that
        another process took. A pause is returned if a rate limit is in force, or if today (UTC) has `per_day` meetings.
        """
        attempt = uuid.uuid4().hex
        tries = itertools.count()

        def work(records: Records) -> Attempt | Pause | None:
            # If the connection got lost after the commit, the row is ours already.
            if next(tries) and (row := records.taken(attempt, lease)):
                return Attempt(attempt, row)
            if pause := records.full_day(per_day):
                return pause
            while todo:
                number, version = next(iter(todo.items()))
                if row := records.take(number, version, attempt, lease):
                    return Attempt(attempt, row)
                if pause := records.pause():
                    return pause
                records.forget_taken(todo)
            return None

        claimed = self._write(work)
        if isinstance(claimed, Attempt):
            del todo[claimed.row.number]
        return claimed

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
        values = {"status": status, "answer": answer, "error": error, "message": message}

        def work(records: Records) -> Row:
            row = records.finish(attempt.row.number, attempt.id, state, values)
            if pause:
                records.set_pause(pause)
            return row

        return self._write(work)

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

        def work(records: Records) -> Row:
            row = records.row(number)
            if row.state is not State.UNKNOWN:
                until = f" until {row.until:%H:%M:%S %Z}" if row.state is State.SENDING and row.until else ""
                raise LedgerError(f"Row {number} is {row.state}{until}; only unknown rows can be resolved.")
            values: dict[str, Any] = {"state": State.PLANNED, "lease_until": None}
            if known:
                raw = row.meeting.raw if row.meeting else {}
                values |= {"state": State.CREATED, "answer": json.dumps({**raw, **known})}
            records.update(row, **values)
            records.note(number, "resolved", str(values["state"]))
            return records.row(number)

        return self._write(work)


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
