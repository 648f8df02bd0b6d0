"""The ledger's tables in a SQLite file, and what can be wrong with them, told in a line."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from .errors import LedgerError

VERSION = 1
"""The version of the schema."""
BUSY = 30.0
"""Seconds to wait for another process that writes."""

metadata = sa.MetaData()
# Times are texts in UTC, all of one form, so that they are read by people and compared by the database.
about = sa.Table(
    "ledger",
    metadata,
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("paused_at", sa.Text),
    sa.Column("paused_until", sa.Text),
    sa.Column("pause_reason", sa.Text),
)
meetings = sa.Table(
    "ledger_meetings",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("start", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Text),  # an id of the last attempt, by which its process knows it again
    sa.Column("sent_at", sa.Text, index=True),
    sa.Column("lease_until", sa.Text),
    sa.Column("status", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Column("message", sa.Text),
    sa.Column("answer", sa.Text),
)
events = sa.Table(
    "ledger_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("row", sa.Integer, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)
MIGRATIONS: dict[int, Callable[[sa.Connection], None]] = {}
"""What makes a ledger of each version one of the next."""

_SQLITE = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk cannot be read or written",
    "SQLITE_READONLY": "it is read-only",
    "SQLITE_CORRUPT": "it is corrupt; restore it from a copy",
    "SQLITE_NOTADB": "it is not a SQLite file",
    "SQLITE_BUSY": "another process has locked it",
    "SQLITE_LOCKED": "another process has locked it",
    "SQLITE_CANTOPEN": "it cannot be opened or made; look at its folder and at the rights there",
    "SQLITE_PERM": "you may not open it",
}


class Database:
    """A connection to a ledger's tables; it makes them where there are none."""

    def __init__(self, location: str) -> None:
        if "://" in location:
            raise LedgerError("A ledger is the path of a SQLite file, not a URL.")
        self.name = location
        # Connections to one file would wait for each other in SQLite, which sleeps longer than a lock.
        self._engine = sa.create_engine(
            sa.URL.create("sqlite", database=location),
            pool_size=1,
            max_overflow=0,
            connect_args={"timeout": BUSY},
            hide_parameters=True,  # An error would show the values of a statement, passwords among them.
        )
        self._lock = threading.Lock()
        event.listen(self._engine, "connect", _set_up)
        event.listen(self._engine, "begin", _begin)

    def open(self) -> None:
        """Make the tables if there are none, and bring them to this version.

        Raises:
            LedgerError: it cannot be opened, is of a newer version, or is something else.
        """
        self._make_file()
        with self.reading() as connection:
            found = set(sa.inspect(connection).get_table_names())
            version = connection.scalar(sa.select(about.c.version)) if "ledger" in found else None
        if version == VERSION:
            return
        if version is None and found:
            raise LedgerError(f"{self.name} is no ledger: it is a database of something else.")
        if version is not None and version > VERSION:
            raise LedgerError(f"{self.name} was made by a newer release of luminus-zoom: install that one.")
        with self.writing() as connection:
            self._bring_up_to_date(connection)

    def _bring_up_to_date(self, connection: sa.Connection) -> None:
        """Make the tables, or change them step by step. Another process may have been faster."""
        if not sa.inspect(connection).has_table("ledger"):
            metadata.create_all(connection)
            connection.execute(about.insert().values(version=VERSION))
        version = connection.scalar(sa.select(about.c.version))
        for step in range(version or 0, VERSION):
            MIGRATIONS[step](connection)
        connection.execute(about.update().values(version=VERSION))

    def _make_file(self) -> None:
        """Make an empty file that only its owner can read, since answers hold passwords. SQLite keeps its rights."""
        path = Path(str(self._engine.url.database))
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            if path.is_file() and os.access(path, os.R_OK):
                return
            why = error.strerror or type(error).__name__
            raise LedgerError(f"The ledger {self.name} cannot be opened: {why}.") from None

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads."""
        with self._told(), self._lock, self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes; it is committed at the end. There is one at a time in a SQLite file."""
        with self._told(), self._lock, self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Tell what is wrong with the database in a line."""
        try:
            yield
        except exc.SQLAlchemyError as error:
            raise LedgerError(f"The ledger {self.name} cannot be used: {_why(error)}.") from error

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _set_up(connection: Any, _: object) -> None:
    """Make a commit to SQLite last through a loss of power, and leave the transactions to us."""
    connection.isolation_level = None
    # A file that may only be read has no WAL to be turned on.
    with contextlib.suppress(Exception):
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _why(error: exc.SQLAlchemyError) -> str:
    """The reason in plain words. A driver's own text may hold values, such as passwords, so it is not shown."""
    original = getattr(error, "orig", None)
    name = str(getattr(original, "sqlite_errorname", ""))
    known = (why for start, why in _SQLITE.items() if name.startswith(start))
    return next(known, f"the database refuses ({name or type(original or error).__name__})")
