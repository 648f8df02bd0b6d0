"""What can be wrong with a ledger's file."""

import contextlib
import os
import sqlite3
import stat
import threading
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger, LedgerError, Result, State, _database, schedule
from luminus_zoom.scheduling.ledger import Attempt
from luminus_zoom_mock import MockServer
from wrapper.tests.scheduling.timetables import planned, timetable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "term.sqlite3"


def refused(path: Path | str) -> str:
    with pytest.raises(LedgerError) as caught:
        Ledger.open(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def fill_disk(connection: sa.Connection, _: datetime) -> None:
    """Let the file grow no more."""
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_text(path: Path) -> None:
    path.write_text("module,name\n" * 100)
    assert refused(path) == f"The ledger {path} cannot be used: it is not a SQLite file."


def test_another_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE students (name TEXT)")
    connection.close()
    assert "is no ledger: it is a database of something else" in refused(path)


def test_a_newer_ledger(path: Path) -> None:
    Ledger.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE ledger SET version = 99")
    connection.close()
    assert "was made by a newer release of luminus-zoom" in refused(path)


def test_an_older_ledger_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger.open(path).close()
    monkeypatch.setattr(_database, "VERSION", 2)

    def add_a_table(connection: sa.Connection) -> None:
        connection.execute(sa.text("CREATE TABLE more (a TEXT)"))

    monkeypatch.setitem(_database.MIGRATIONS, 1, add_a_table)
    for _ in range(2):
        Ledger.open(path).close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version FROM ledger").fetchall() == [(2,)]
        assert connection.execute("SELECT * FROM more").fetchall() == []
    connection.close()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "no" / "term.sqlite3").endswith("cannot be opened: No such file or directory.")


def test_a_file_that_may_only_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger.open(path) as ledger:
        ledger.record(timetable(1))

    def refuse(*_: Any) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with Ledger.open(path) as ledger:
        assert len(ledger.rows()) == 1


def test_a_full_disk(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.record(timetable(1))
        ledger._database.do(fill_disk, writes=False)
        with pytest.raises(LedgerError, match="cannot be used: the disk is full"):
            ledger.record(timetable(500))
        assert len(ledger.rows()) == 1


def test_the_traceback_of_a_full_disk_shows_no_secret(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.record(timetable(1))
        attempt = ledger.claim({1: 0}, timedelta(minutes=2))
        assert isinstance(attempt, Attempt)
        ledger._database.do(fill_disk, writes=False)
        answer = '"meetingPassword":"pa55word"' * 1000
        with pytest.raises(LedgerError, match="the disk is full") as caught:
            ledger.finish(attempt, State.CREATED, answer=answer)
    assert "pa55word" not in "".join(traceback.format_exception(caught.value))


def test_a_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_database, "BUSY", 0.05)
    with Ledger.open(path) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="another process has locked it"):
            ledger.record(timetable(1))
        other.close()


def test_a_damaged_table(path: Path) -> None:
    with Ledger.open(path) as ledger:
        other = sqlite3.connect(path)
        other.execute("DROP TABLE ledger_meetings")
        other.close()
        with pytest.raises(LedgerError, match=r"the database refuses \(SQLITE_ERROR\)"):
            ledger.rows()


def test_only_its_owner_can_read_it(path: Path) -> None:
    with Ledger.open(path) as ledger:
        assert repr(ledger) == f"Ledger('{path}')"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_damaged_pages(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.record(timetable(200))
    damaged = bytearray(path.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    path.write_bytes(damaged)
    assert refused(path) == f"The ledger {path} cannot be used: it is corrupt; restore it from a copy."


def test_a_lock_that_ends_is_waited_for_in_the_middle_of_a_run(path: Path, zoom: ZoomClient, mock: MockServer) -> None:
    with Ledger.open(path) as ledger, contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        ledger.record(timetable(6))
        other.execute("BEGIN IMMEDIATE")
        results: list[Result] = []
        run = threading.Thread(target=lambda: results.extend(schedule(None, ledger, zoom)))
        run.start()
        run.join(0.2)
        assert mock.requests == [], "nothing is sent that is not written down before"
        other.execute("ROLLBACK")
        run.join()
        assert [result.state for result in results] == [State.CREATED] * 6
        assert len(mock.meetings) == 6


def test_a_disk_that_is_full_in_the_middle_of_a_run_loses_nothing(
    path: Path, zoom: ZoomClient, mock: MockServer
) -> None:
    rows = [planned(week, name=f"Tutorial {week}") for week in range(40)]
    with Ledger.open(path) as ledger:
        ledger.record(rows)
        ledger._database.do(fill_disk, writes=False)
        with pytest.raises(LedgerError, match="the disk is full"):
            list(schedule(rows, ledger, zoom, concurrency=2))
    sent = len(mock.requests)
    assert 0 < sent < 40
    later = datetime.now(UTC) + timedelta(hours=1)
    with Ledger.open(path, clock=lambda: later) as ledger:
        unknown = ledger.rows(State.UNKNOWN)
        assert 1 <= len(unknown) <= 2
        list(schedule(rows, ledger, zoom))
        assert ledger.counts()[State.CREATED] == 40 - len(unknown)
    assert set(Counter(meeting["name"] for meeting in mock.meetings).values()) == {1}
