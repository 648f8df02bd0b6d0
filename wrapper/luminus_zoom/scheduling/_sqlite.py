"""A ledger in a SQLite file."""

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from . import _database
from ._database import Database
from .errors import LedgerError

_REASONS = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk cannot be read or written",
    "SQLITE_READONLY": "it or its folder is read-only",
    "SQLITE_CORRUPT": "it is corrupt; restore it from a copy",
    "SQLITE_NOTADB": "it is not a SQLite file",
    "SQLITE_BUSY": "another process has locked it",
    "SQLITE_LOCKED": "another process has locked it",
    "SQLITE_CANTOPEN": "it cannot be opened or made; look at its folder and at the rights there",
    "SQLITE_PERM": "you may not open it",
}


class SQLiteFile(Database):
    """A ledger in a file."""

    def __init__(self, path: str) -> None:
        url = sa.URL.create("sqlite", database=path)
        super().__init__(path, url, connect_args={"timeout": _database.BUSY})
        event.listen(self.engine, "connect", _set_up)

    def open(self) -> None:
        """Make the file and its tables, if they are not there."""
        self._make_file()
        super().open()

    def _make_file(self) -> None:
        """Make an empty file that only its owner can read, since answers hold passwords. SQLite keeps its rights."""
        path = Path(self.name)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            if path.is_file() and os.access(path, os.R_OK):
                return
            why = error.strerror or type(error).__name__
            raise LedgerError(f"The ledger {self.name} cannot be opened: {why}.") from None

    def check_tables(self, found: set[str]) -> None:
        """Refuse a file of another program."""
        if found:
            raise LedgerError(f"{self.name} is no ledger: it is a database of something else.")

    def begin(self, connection: sa.Connection, *, writes: bool) -> datetime:
        """Begin a transaction. There is one at a time that writes. All processes that use the file have one clock."""
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
        return datetime.now(UTC)

    def why(self, error: exc.SQLAlchemyError) -> str:
        """The reason in plain words."""
        original = getattr(error, "orig", None)
        name = str(getattr(original, "sqlite_errorname", ""))
        known = (why for start, why in _REASONS.items() if name.startswith(start))
        return next(known, f"the database refuses ({name or type(original or error).__name__})")

    def lost(self, error: exc.SQLAlchemyError) -> bool:
        """A file has no server."""
        return False


def _set_up(connection: Any, _: object) -> None:
    """Make a commit last through a loss of power, and leave the transactions to us."""
    connection.isolation_level = None
    # A file that may only be read has no WAL to be turned on.
    with contextlib.suppress(Exception):
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
