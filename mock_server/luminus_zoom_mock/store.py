"""Where the mock keeps what it created: in memory, or in an SQLite file that outlives the process.

Meetings have the kind ""; things of other operations have the path that they were created at.
"""

from __future__ import annotations

import itertools
import json
import os
import secrets
import sqlite3
from collections import defaultdict
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeAlias

Meeting: TypeAlias = dict[str, Any]


class Store(Protocol):
    """Things in the order of their creation, by kind. Every method may be called from any thread."""

    def next_serial(self) -> int:
        """Return a number that this store has never given before, not even before `clear`."""
        ...

    def add(self, body: bytes, kind: str = "") -> None:
        """Keep a thing, given as the JSON that it is answered as."""

    def kept(self, kind: str) -> list[Meeting]:
        """Return all things of a kind as they were answered."""
        ...

    def find(self, kind: str, key: str, value: Any) -> Meeting | None:
        """Return the thing of a kind whose property `key` has this value; None where there is none."""
        ...

    def replace(self, kind: str, key: str, value: Any, body: bytes | None) -> None:
        """Keep another body in the place of that thing; None forgets it."""

    def meetings(self) -> list[Meeting]:
        """Return all meetings as they were answered."""
        ...

    def __len__(self) -> int:
        """Return how many meetings there are."""
        ...

    def clear(self) -> None:
        """Forget everything."""

    def close(self) -> None:
        """Release what the store holds; nothing may be called afterwards but this."""


class MemoryStore:
    """A `Store` that ends with the process. Adding needs no lock: it is a single step of a buffer or count."""

    def __init__(self) -> None:
        """Start empty."""
        self._serials = itertools.count(1)
        self._process = os.getpid()
        # JSON Lines in one buffer: an object for each body would take up to eight times the memory, and fetching that
        # from the system a sixth of all the time that a creation takes.
        self._lines: defaultdict[str, bytearray] = defaultdict(bytearray)
        self._meetings = self._lines[""]
        self._lock = Lock()

    def next_serial(self) -> int:
        """Return a number that was never given before, nor by a process that this one was forked from."""
        if self._process != os.getpid():
            self._serials, self._process = itertools.count(secrets.randbits(32)), os.getpid()
        return next(self._serials)

    def add(self, body: bytes, kind: str = "") -> None:
        """Keep a thing; compact JSON has no line breaks."""
        (self._lines[kind] if kind else self._meetings).extend(body + b"\n")

    def kept(self, kind: str) -> list[Meeting]:
        """Return all things of a kind as they were answered."""
        return [json.loads(line) for line in bytes(self._lines[kind]).splitlines()]

    def find(self, kind: str, key: str, value: Any) -> Meeting | None:
        """Return the thing of a kind whose property `key` has this value; None where there is none."""
        return next((it for it in self.kept(kind) if it.get(key) == value), None)

    def replace(self, kind: str, key: str, value: Any, body: bytes | None) -> None:
        """Keep another body in the place of that thing; None forgets it."""
        with self._lock:
            for line in bytes(self._lines[kind]).splitlines(keepends=True):
                if json.loads(line).get(key) == value:
                    start = self._lines[kind].index(line)
                    self._lines[kind][start : start + len(line)] = b"" if body is None else body + b"\n"
                    return

    def meetings(self) -> list[Meeting]:
        """Return all meetings as they were answered."""
        return self.kept("")

    def __len__(self) -> int:
        """Return how many meetings there are."""
        return self._meetings.count(b"\n")

    def clear(self) -> None:
        """Forget everything."""
        for lines in self._lines.values():
            lines.clear()

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
                CREATE TABLE IF NOT EXISTS thing (position INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL);
                """
            )
        except sqlite3.Error:
            self._connection.close()
            raise

    def next_serial(self) -> int:
        """Return a number that was never given before, by this process or another."""
        return int(self._rows("UPDATE serial SET last = last + 1 RETURNING last")[0][0])

    def add(self, body: bytes, kind: str = "") -> None:
        """Keep a thing."""
        if kind:
            self._rows("INSERT INTO thing (kind, body) VALUES (?, ?)", kind, body.decode())
        else:
            self._rows("INSERT INTO meeting (body) VALUES (?)", body.decode())

    def kept(self, kind: str) -> list[Meeting]:
        """Return all things of a kind as they were answered."""
        return [json.loads(body) for _, body in self._all(kind)]

    def find(self, kind: str, key: str, value: Any) -> Meeting | None:
        """Return the thing of a kind whose property `key` has this value; None where there is none."""
        return next((it for it in self.kept(kind) if it.get(key) == value), None)

    def replace(self, kind: str, key: str, value: Any, body: bytes | None) -> None:
        """Keep another body in the place of that thing; None forgets it."""
        table = "thing" if kind else "meeting"
        for position, text in self._all(kind):
            if json.loads(text).get(key) == value:
                if body is None:
                    self._rows(f"DELETE FROM {table} WHERE position = ?", position)  # noqa: S608 - one of two names
                else:
                    self._rows(f"UPDATE {table} SET body = ? WHERE position = ?", body.decode(), position)  # noqa: S608
                return

    def meetings(self) -> list[Meeting]:
        """Return all meetings as they were answered."""
        return self.kept("")

    def _all(self, kind: str) -> list[tuple[Any, ...]]:
        if kind:
            return self._rows("SELECT position, body FROM thing WHERE kind = ? ORDER BY position", kind)
        return self._rows("SELECT position, body FROM meeting ORDER BY position")

    def __len__(self) -> int:
        """Return how many meetings there are."""
        return int(self._rows("SELECT count(*) FROM meeting")[0][0])

    def clear(self) -> None:
        """Forget everything; serials are not given again."""
        self._rows("DELETE FROM meeting")
        self._rows("DELETE FROM thing")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _rows(self, statement: str, *values: str | int) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def open_store(path: Path | None) -> Store:
    """Return a store in the file, or in memory for None."""
    return MemoryStore() if path is None else SqliteStore(path)
