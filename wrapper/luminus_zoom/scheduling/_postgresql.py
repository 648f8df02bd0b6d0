"""A ledger in PostgreSQL, which several machines can share."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from . import _database
from ._database import Database
from .errors import LedgerError

_REASONS = {
    "53100": "the disk of its server is full",
    "25006": "it is read-only",
    "3F000": "there is no such schema",
    "55P03": "another process has locked it",
    "42501": "you may not use it",
    "XX001": "it is corrupt; restore it from a copy",
    "XX002": "it is corrupt; restore it from a copy",
}
"""What is wrong, by PostgreSQL's SQLSTATE."""
_LOCK = (
    "WITH it AS MATERIALIZED (SELECT pg_advisory_xact_lock(77665544, hashtext(current_schema()))) "
    "SELECT clock_timestamp() FROM it"
)
"""Waits for the lock, and tells the time after that."""
_PASSING = ("08", "57P", "53300", "40001", "40P01")
"""How the SQLSTATE of an error begins that is over when the server has restarted, or others are done."""


class PostgreSQL(Database):
    """A ledger in a schema of a PostgreSQL database: the first of the connection's search path."""

    def __init__(self, location: str) -> None:
        url = _url(location)
        # Passwords may stand among the URL's options, too.
        shown = url.set(drivername="postgresql").difference_update_query(["password", "sslpassword"])
        name = shown.render_as_string(hide_password=True)
        super().__init__(name, url, isolation_level="READ COMMITTED")
        event.listen(self.engine, "connect", _set_up)

    def check_tables(self, found: set[str]) -> None:
        """A schema may have other tables."""

    def begin(self, connection: sa.Connection, *, writes: bool) -> datetime:
        """Let one transaction write at a time, as SQLite does. The time is the server's, since machines differ.

        So a transaction whose connection was lost has ended, one way or the other, before it is repeated.
        """
        time: datetime = connection.exec_driver_sql(_LOCK if writes else "SELECT clock_timestamp()").scalar_one()
        return time

    def why(self, error: exc.SQLAlchemyError) -> str:
        """The reason in plain words. Without a connection it is that of the driver, which shows no password."""
        original = getattr(error, "orig", None)
        state = getattr(original, "sqlstate", None)
        if state is None and isinstance(error, exc.OperationalError):
            first_line = str(original).partition("\n")[0]
            return f"its server cannot be reached ({first_line.rpartition('failed: ')[2]})"
        return _REASONS.get(str(state), f"the database refuses ({type(original or error).__name__})")

    def lost(self, error: exc.SQLAlchemyError) -> bool:
        """Whether the server went away, is starting, or has no connection left."""
        if not isinstance(error, exc.DBAPIError):
            return False
        state = getattr(error.orig, "sqlstate", None)
        unreachable = state is None and isinstance(error, exc.OperationalError)
        return error.connection_invalidated or unreachable or str(state).startswith(_PASSING)


def _url(location: str) -> sa.URL:
    refusal = LedgerError("A ledger is the path of a SQLite file, or a URL that begins with postgresql://.")
    try:
        url = sa.make_url(location)
    except (exc.ArgumentError, ValueError):
        raise refusal from None
    if url.drivername.partition("+")[0] not in ("postgresql", "postgres"):
        raise refusal
    try:
        import psycopg as _  # noqa: F401
    except ImportError:
        raise LedgerError("A ledger in PostgreSQL needs psycopg: pip install 'luminus-zoom[cli,postgresql]'.") from None
    return url.set(drivername="postgresql+psycopg")


def _set_up(connection: Any, _: object) -> None:
    """Make a commit last, whatever the server's defaults are, and let no process hold the others up for long."""
    connection.autocommit = True
    for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(f"SET {name} = {_database.BUSY * 1000:.0f}")
    connection.execute("SET synchronous_commit = on")
    connection.autocommit = False
