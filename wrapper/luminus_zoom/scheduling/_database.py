"""The ledger's tables, and the transactions on them. What differs between databases is in their own modules."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc

from .errors import LedgerError

VERSION = 1
"""The version of the schema."""
BUSY = 30.0
"""Seconds to wait for another process that writes, or for a server that restarts."""

metadata = sa.MetaData()
# Times are texts in UTC, all of one form, so that they are read by people and compared by each database.
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

T = TypeVar("T")


class Database(ABC):
    """One connection to the tables of a ledger."""

    def __init__(self, name: str, url: sa.URL, **options: Any) -> None:
        self.name = name
        """The ledger's name in messages. It has no password."""
        # Transactions that write take turns in any case, and threads wait for a lock more cheaply than connections do.
        self.engine = sa.create_engine(
            url,
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,  # An error would show the values of a statement, passwords among them.
            **options,
        )
        self._lock = threading.Lock()

    # What differs between databases

    @abstractmethod
    def check_tables(self, found: set[str]) -> None:
        """Refuse a database that has no ledger, but tables of something else, if it is to be the ledger's alone."""

    @abstractmethod
    def begin(self, connection: sa.Connection, *, writes: bool) -> datetime:
        """Begin a transaction; the time by which leases and days are counted.

        One that writes waits here for the others that write.
        """

    @abstractmethod
    def why(self, error: exc.SQLAlchemyError) -> str:
        """The reason in plain words. A driver's own text may hold values, such as passwords, so it is not shown."""

    @abstractmethod
    def lost(self, error: exc.SQLAlchemyError) -> bool:
        """Whether the connection to a server is lost, so that another may be had soon."""

    # What does not

    def open(self) -> None:
        """Make the tables if there are none, and bring them to this version.

        Raises:
            LedgerError: it cannot be opened, is of a newer version, or is something else.
        """
        found, version = self.do(_found, writes=False, patience=0)
        if version == VERSION:
            return
        if version is None:
            self.check_tables(found)
        elif version > VERSION:
            raise LedgerError(f"{self.name} was made by a newer release of luminus-zoom: install that one.")
        self.do(_bring_up_to_date, writes=True, patience=0)

    def do(self, work: Callable[[sa.Connection, datetime], T], *, writes: bool, patience: float | None = None) -> T:
        """Do some work in a transaction, and do it again with a new connection if a server's is lost.

        A lost connection hides whether the work was committed, so it must be harmless to do it twice. It is tried for
        `patience` seconds, by default as long as another process is waited for.
        """
        wait, end = 0.05, time.monotonic() + (BUSY if patience is None else patience)
        while True:
            try:
                with self._lock, self.engine.connect() as connection, connection.begin():
                    now = self.begin(connection, writes=writes)
                    return work(connection, now)
            except exc.SQLAlchemyError as error:
                if not self.lost(error) or time.monotonic() + wait > end:
                    raise LedgerError(f"The ledger {self.name} cannot be used: {self.why(error)}.") from error
            time.sleep(wait)
            wait = min(wait * 2, 1.0)

    def close(self) -> None:
        """Close the connection."""
        self.engine.dispose()


def _found(connection: sa.Connection, _: datetime) -> tuple[set[str], int | None]:
    """The tables that are there, and the version of the ledger among them."""
    found = set(sa.inspect(connection).get_table_names())
    return found, connection.scalar(sa.select(about.c.version)) if about.name in found else None


def _bring_up_to_date(connection: sa.Connection, _: datetime) -> None:
    """Make the tables, or change them step by step. Another process may have been faster."""
    if not sa.inspect(connection).has_table(about.name):
        metadata.create_all(connection)
        connection.execute(about.insert().values(version=VERSION))
    version = connection.scalar(sa.select(about.c.version))
    for step in range(version or 0, VERSION):
        MIGRATIONS[step](connection)
    connection.execute(about.update().values(version=VERSION))
