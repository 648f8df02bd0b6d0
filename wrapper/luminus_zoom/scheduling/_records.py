"""What a transaction reads from the ledger's tables and writes to them."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from attrs import frozen

from . import _database as tables
from .errors import LedgerError
from .planned import PlannedMeeting
from .rows import OPEN, Event, Pause, Row, State

COLUMN = tables.meetings.c
SKEW = timedelta(minutes=5)
"""How much a clock may be set back before a row in flight counts as unknown."""

# What is done for each row is made once: to make a statement takes longer than to execute it.
_NOW: sa.BindParameter[str] = sa.bindparam("now")
_PAUSES = sa.select(tables.about).where(tables.about.c.paused_at <= _NOW, tables.about.c.paused_until > _NOW)
"""The pause that is in force. One that begins in the future is of a clock that was set back since."""
_NOTE = tables.events.insert()
_TAKE = (
    tables.meetings.update()
    .where(COLUMN.number == sa.bindparam("the_number"), COLUMN.version == sa.bindparam("the_version"))
    .where(sa.or_(*(COLUMN.state == state for state in OPEN)), ~_PAUSES.exists())
    .values(
        state=State.SENDING,
        version=COLUMN.version + 1,
        attempts=COLUMN.attempts + 1,
        attempt=sa.bindparam("attempt"),
        sent_at=sa.bindparam("sent_at"),
        lease_until=sa.bindparam("lease_until"),
    )
    .returning(tables.meetings)
)
_FINISH = (
    tables.meetings.update()
    .where(COLUMN.number == sa.bindparam("the_number"), COLUMN.attempt == sa.bindparam("the_attempt"))
    .values(
        {
            "state": sa.bindparam("state"),
            "version": COLUMN.version + 1,
            "lease_until": None,
            **{name: sa.bindparam(name) for name in ("status", "answer", "error", "message")},
        }
    )
    .returning(tables.meetings)
)


@frozen
class Records:
    """The tables within one transaction, at one time."""

    connection: sa.Connection
    now: datetime
    name: str
    """The ledger's name, for messages."""

    # Rows

    def rows(self) -> list[Row]:
        """All rows in their order."""
        found = self.connection.execute(sa.select(tables.meetings).order_by(COLUMN.number))
        return [self._read(it) for it in found]

    def row(self, number: int) -> Row:
        """One row; a `LedgerError` if there is none of this number."""
        if row := self._row_where(COLUMN.number == number):
            return row
        raise LedgerError(f"{self.name} has no row {number}.")

    def _row_where(self, condition: sa.ColumnElement[bool]) -> Row | None:
        """The one row that meets a condition, if there is one."""
        found = self.connection.execute(sa.select(tables.meetings).where(condition)).one_or_none()
        return None if found is None else self._read(found)

    def _read(self, it: Any) -> Row:
        """A row as it is now.

        Raises:
            LedgerError: it has values that no release writes.
        """
        try:
            return self._parsed(it)
        except (TypeError, ValueError):
            why = f"row {it.number} cannot be read. Restore it from a copy."
            raise LedgerError(f"The ledger {self.name} is corrupt: {why}") from None

    def _parsed(self, it: Any) -> Row:
        """A row as it is now: one whose lease is over is unknown."""
        sent_at, until = (value and _time(value) for value in (it.sent_at, it.lease_until))
        state, message = State(it.state), it.message
        # A lease that begins in the future is of a clock that was set back since.
        if state is State.SENDING and not sent_at - SKEW <= self.now < until:
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

    def insert(self, meetings: Iterable[PlannedMeeting]) -> range:
        """Record new meetings; their numbers."""
        last = self.connection.scalar(sa.select(sa.func.max(COLUMN.number))) or 0
        new = [
            {**_columns(meeting), "number": number, "state": State.PLANNED, "version": 0, "attempts": 0}
            for number, meeting in enumerate(meetings, last + 1)
        ]
        if new:
            self.connection.execute(tables.meetings.insert(), new)
            self.note(None, "recorded", f"rows {last + 1} to {last + len(new)}")
        return range(last + 1, last + 1 + len(new))

    def change(self, row: Row, meeting: PlannedMeeting) -> None:
        """Take over what has changed in the timetable."""
        self.update(row, **_columns(meeting), state=State.PLANNED)
        self.note(row.number, "changed", row.fingerprint)

    def update(self, row: Row, **values: Any) -> None:
        """Change a row that was read in this transaction."""
        values["version"] = row.version + 1
        self.connection.execute(tables.meetings.update().where(COLUMN.number == row.number).values(values))

    # Sending

    def take(self, number: int, version: int, attempt: str, lease: timedelta) -> Row | None:
        """The row, if it was as expected and is ``sending`` now; None in a pause, too."""
        expected = {"the_number": number, "the_version": version, "now": _text(self.now)}
        found = self.connection.execute(_TAKE, {**expected, "attempt": attempt, **self._leased(lease)}).one_or_none()
        if found is None:
            return None
        self.note(number, State.SENDING, attempt)
        return self._read(found)

    def taken(self, attempt: str, lease: timedelta) -> Row | None:
        """The row that an attempt took, leased anew; None if it took none."""
        mine = sa.and_(COLUMN.attempt == attempt, COLUMN.state == State.SENDING)
        self.connection.execute(tables.meetings.update().where(mine).values(self._leased(lease)))
        return self._row_where(mine)

    def _leased(self, lease: timedelta) -> dict[str, str]:
        return {"sent_at": _text(self.now), "lease_until": _text(self.now + lease)}

    def forget_taken(self, todo: dict[int, int]) -> None:
        """Take rows out of `todo` that another process took. They are next to each other as a rule."""
        near = list(itertools.islice(todo, 100))
        found = sa.select(COLUMN.number, COLUMN.version).where(COLUMN.number.in_(near), COLUMN.state.in_(OPEN))
        free = {(it.number, it.version) for it in self.connection.execute(found)}
        for number in near:
            if (number, todo[number]) not in free:
                del todo[number]

    def finish(self, number: int, attempt: str, state: State, values: dict[str, Any]) -> Row:
        """Record what became of an attempt, unless there was another one since; the row as it is then."""
        stored = {name: _storable(value) if isinstance(value, str) else value for name, value in values.items()}
        mine = {"the_number": number, "the_attempt": attempt}
        found = self.connection.execute(_FINISH, {**mine, **stored, "state": state}).one_or_none()
        self.note(number, state if found else f"{state}, too late", values["error"] or attempt)
        return self._read(found) if found else self.row(number)

    # Pauses

    def pause(self) -> Pause | None:
        """The pause that is in force."""
        found = self.connection.execute(_PAUSES, {"now": _text(self.now)}).one_or_none()
        return Pause(_time(found.paused_until), found.pause_reason) if found else None

    def set_pause(self, pause: Pause) -> None:
        """Record a pause, unless a longer one is in force."""
        now = self.pause()
        if now is None or now.until < pause.until:
            values = {"paused_until": _text(pause.until), "pause_reason": _storable(pause.reason)}
            self.connection.execute(tables.about.update().values(paused_at=_text(self.now), **values))
            self.note(None, "paused", _text(pause.until))

    def full_day(self, per_day: int | None) -> Pause | None:
        """The pause until 00:00 UTC, if as many meetings as a day allows were sent, or may have been."""
        if per_day is None:
            return None
        today = self.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        counted = sa.and_(
            COLUMN.sent_at >= _text(today), COLUMN.state.in_((State.SENDING, State.CREATED, State.UNKNOWN))
        )
        sent = self.connection.scalar(sa.select(sa.func.count()).where(counted)) or 0
        if sent < per_day:
            return None
        return Pause(
            today + timedelta(days=1), f"{sent:,} meetings were sent today, and {per_day:,} a day are allowed."
        )

    # Events

    def events(self, row: int | None) -> list[Event]:
        """What happened to a row, or to all."""
        wanted = sa.true() if row is None else tables.events.c.row == row
        found = self.connection.execute(sa.select(tables.events).where(wanted).order_by(tables.events.c.id))
        return [Event(_time(it.at), it.row, it.name, it.detail) for it in found]

    def note(self, row: int | None, name: str, detail: str) -> None:
        """Record that something happened."""
        self.connection.execute(_NOTE, {"at": _text(self.now), "row": row, "name": name, "detail": detail})


def _columns(meeting: PlannedMeeting) -> dict[str, Any]:
    """What a meeting's row has of its request."""
    module, name, start = meeting.key
    texts = {"source": meeting.source, "module": module, "name": name}
    columns = {column: _storable(text) for column, text in texts.items()}
    return {**columns, "start": _text(start), "fingerprint": meeting.fingerprint, "request": meeting.body}


def _storable(text: str | None) -> str | None:
    """A text that every database can store: UTF-8 has no surrogates, and PostgreSQL no NUL."""
    return text and text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
