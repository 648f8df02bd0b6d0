"""Where the mock keeps what it created: in memory, or in an SQLite file that outlives the process."""

from __future__ import annotations

import itertools
import json
import sqlite3
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeAlias

Meeting: TypeAlias = dict[str, Any]


class Store(Protocol):
    """Meetings in the order of their creation. Every method may be called from any thread."""

    def next_serial(self) -> int:
        """Return a number that this store has never given before, not even before `clear`."""
        ...

    def add(self, body: bytes) -> None:
        """Keep a meeting, given as the JSON that it is answered as."""

    def meetings(self) -> list[Meeting]:
        """Return all meetings as they were answered."""
        ...

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def clear(self) -> None:
        """Forget all meetings."""

    def close(self) -> None:
        """Release what the store holds; nothing may be called afterwards but this."""


class MemoryStore:
    """A `Store` that ends with the process. It needs no lock: each step is a single one of buffer or count."""

    def __init__(self) -> None:
        """Start empty."""
        self._serials = itertools.count(1)
        # JSON Lines in one buffer: an object for each body would take up to eight times the memory, and fetching that
        # from the system a sixth of all the time that a creation takes.
        self._lines = bytearray()

    def next_serial(self) -> int:
        """Return a number that was never given before."""
        return next(self._serials)

    def add(self, body: bytes) -> None:
        """Keep a meeting; compact JSON has no line breaks."""
        self._lines.extend(body + b"\n")

    def meetings(self) -> list[Meeting]:
        """Return all meetings as they were answered."""
        return [json.loads(line) for line in self._lines.splitlines()]

    def __len__(self) -> int:
        """Return how many there are."""
        return self._lines.count(b"\n")

    def clear(self) -> None:
        """Forget all meetings."""
        self._lines.clear()

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


class SqliteStore:
    """A `Store` in an SQLite file, which several processes may share.

    Raises sqlite3.Error where the file cannot be opened or is none of SQLite's.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or create it."""
        self._lock = Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            # A crash of the machine may cost the last meetings, a crash of the process none; a commit needs no fsync.
            self._connection.executescript(
                """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = NORMAL;
                CREATE TABLE IF NOT EXISTS meeting (position INTEGER PRIMARY KEY, body TEXT NOT NULL);
                CREATE TABLE IF NOT EXISTS serial (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL);
                INSERT OR IGNORE INTO serial VALUES (1, 0);
                """
            )
        except sqlite3.Error:
            self._connection.close()
            raise

    def next_serial(self) -> int:
        """Return a number that was never given before, by this process or another."""
        return int(self._rows("UPDATE serial SET last = last + 1 RETURNING last")[0][0])

    def add(self, body: bytes) -> None:
        """Keep a meeting."""
        self._rows("INSERT INTO meeting (body) VALUES (?)", body.decode())

    def meetings(self) -> list[Meeting]:
        """Return all meetings as they were answered."""
        return [json.loads(body) for (body,) in self._rows("SELECT body FROM meeting ORDER BY position")]

    def __len__(self) -> int:
        """Return how many there are."""
        return int(self._rows("SELECT count(*) FROM meeting")[0][0])

    def clear(self) -> None:
        """Forget all meetings; their serials are not given again."""
        self._rows("DELETE FROM meeting")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _rows(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def open_store(path: Path | None) -> Store:
    """Return a store in the file, or in memory for None."""
    return MemoryStore() if path is None else SqliteStore(path)
