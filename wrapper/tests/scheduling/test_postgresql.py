"""What only a ledger in PostgreSQL has. What needs no server is tried without one."""

import re
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger, LedgerError, State, _database, _postgresql, schedule
from luminus_zoom.scheduling._postgresql import PostgreSQL
from luminus_zoom.scheduling._sqlite import SQLiteFile
from luminus_zoom.scheduling.ledger import Attempt
from luminus_zoom_mock import MockServer
from wrapper.tests.scheduling import postgres
from wrapper.tests.scheduling.timetables import timetable

LEASE = timedelta(minutes=2)
URL = "postgresql://ann:pa55word@127.0.0.1:9/d?password=pa55word&options=-csearch_path%3Dterm"


def refused(location: str) -> str:
    with pytest.raises(LedgerError) as caught:
        Ledger.open(location)
    assert "\n" not in str(caught.value)
    assert "pa55word" not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


class Recorder:
    """Stands for a connection, and records the statements."""

    def __init__(self, answer: Any = None) -> None:
        self.statements: list[str] = []
        self.autocommit = False
        self._answer = answer

    def execute(self, statement: str) -> Any:
        self.statements.append(statement)
        return self

    exec_driver_sql = execute

    def scalar_one(self) -> Any:
        return self._answer


class TestWithoutAServer:
    """Every line of it, on machines that have no server."""

    @pytest.mark.parametrize(
        "location", ["mysql://ann:pa55word@h/d", "postgresql://ann:pa55word@h:port/d", "://pa55word"]
    )
    def test_another_url_is_refused(self, location: str) -> None:
        assert refused(location) == "A ledger is the path of a SQLite file, or a URL that begins with postgresql://."

    def test_a_missing_driver_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "psycopg", None)
        assert refused(URL).endswith("needs psycopg: pip install 'luminus-zoom[cli,postgresql]'.")

    def test_a_server_that_is_not_there_is_told_at_once_and_without_the_password(self) -> None:
        begun = time.monotonic()
        assert refused(URL) == (
            "The ledger postgresql://ann:***@127.0.0.1:9/d?options=-csearch_path%3Dterm cannot be used: "
            "its server cannot be reached (Connection refused)."
        )
        assert time.monotonic() - begun < _database.BUSY / 2
        assert (
            repr(Ledger(PostgreSQL(URL), None))
            == "Ledger('postgresql://ann:***@127.0.0.1:9/d?options=-csearch_path%3Dterm')"
        )

    def test_one_transaction_writes_at_a_time_and_the_time_is_the_server_s(self) -> None:
        database, now = PostgreSQL(URL), datetime.now(UTC)
        connection: Any = Recorder(now)
        assert [database.begin(connection, writes=writes) for writes in (False, True)] == [now, now]
        assert ["pg_advisory_xact_lock" in it for it in connection.statements] == [False, True]
        assert all("SELECT clock_timestamp()" in it for it in connection.statements)

    def test_a_commit_lasts_whatever_the_server_s_defaults_are(self) -> None:
        connection = Recorder()
        _postgresql._set_up(connection, None)
        assert connection.statements == [
            "SET lock_timeout = 30000",
            "SET idle_in_transaction_session_timeout = 30000",
            "SET synchronous_commit = on",
        ]
        assert not connection.autocommit

    @pytest.mark.parametrize(
        ("kind", "why", "lost"),
        [
            (psycopg.errors.DiskFull, "the disk of its server is full", False),
            (psycopg.errors.ReadOnlySqlTransaction, "it is read-only", False),
            (psycopg.errors.LockNotAvailable, "another process has locked it", False),
            (psycopg.errors.InsufficientPrivilege, "you may not use it", False),
            (psycopg.errors.InvalidSchemaName, "there is no such schema", False),
            (psycopg.errors.DataCorrupted, "it is corrupt; restore it from a copy", False),
            (psycopg.errors.UndefinedTable, "the database refuses (UndefinedTable)", False),
            (psycopg.errors.AdminShutdown, "the database refuses (AdminShutdown)", True),
            (psycopg.errors.CannotConnectNow, "the database refuses (CannotConnectNow)", True),
            (psycopg.errors.TooManyConnections, "the database refuses (TooManyConnections)", True),
            (psycopg.errors.DeadlockDetected, "the database refuses (DeadlockDetected)", True),
            (psycopg.OperationalError, "its server cannot be reached (gone)", True),
        ],
    )
    def test_reasons(self, kind: type[psycopg.Error], why: str, lost: bool) -> None:
        error = sa.exc.DBAPIError.instance("SELECT", {}, kind("it failed: gone\nmore"), psycopg.Error)
        assert isinstance(error, sa.exc.SQLAlchemyError)
        database = PostgreSQL(URL)
        assert (database.why(error), database.lost(error)) == (why, lost)

    def test_an_error_of_sqlalchemy_s_own(self) -> None:
        database, error = PostgreSQL(URL), sa.exc.TimeoutError()
        assert (database.why(error), database.lost(error)) == ("the database refuses (TimeoutError)", False)

    def test_a_server_that_stays_away_is_waited_for_as_long_as_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(SQLiteFile, "lost", lambda *_: True)
        monkeypatch.setattr(_database, "BUSY", 0.2)
        with Ledger.open(tmp_path / "term.sqlite3") as ledger:
            monkeypatch.setattr(ledger._database, "begin", lose)
            begun = time.monotonic()
            with pytest.raises(LedgerError, match=r"the database refuses \(OSError\)"):
                ledger.rows()
        assert time.monotonic() - begun >= 0.05


def lose(*_: Any, **__: Any) -> None:
    raise sa.exc.OperationalError("SELECT", {}, OSError("gone"))


@pytest.fixture
def lossy(location: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger that may lose its connection. A file stands for a server where there is none."""
    monkeypatch.setattr(SQLiteFile, "lost", lambda *_: True)
    with Ledger.open(location) as opened:
        yield opened


@pytest.mark.parametrize("committed", [True, False])
class TestLostCommits:
    """The connection is lost while it commits: before the server did, or after it, before its answer came."""

    @pytest.fixture(autouse=True)
    def _commits(self, lossy: Ledger, committed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        self.losses = 0
        dialect = lossy._database.engine.dialect
        commit = dialect.do_commit
        error = psycopg.OperationalError if dialect.name == "postgresql" else dialect.loaded_dbapi.OperationalError

        def lost(connection: Any) -> None:
            if not self.losses:
                return commit(connection)
            self.losses -= 1
            if committed:
                commit(connection)
            connection.dbapi_connection.close()
            raise error("server closed the connection unexpectedly")

        monkeypatch.setattr(dialect, "do_commit", lost)

    def test_a_row_is_claimed_once(self, lossy: Ledger) -> None:
        lossy.record(timetable(2))
        todo = {1: 0, 2: 0}
        self.losses = 2
        attempt = lossy.claim(todo, LEASE)
        assert isinstance(attempt, Attempt)
        assert (attempt.row.number, attempt.row.state, todo) == (1, State.SENDING, {2: 0})
        assert [row.state for row in lossy.rows()] == [State.SENDING, State.PLANNED]
        assert lossy.finish(attempt, State.CREATED).state is State.CREATED

    def test_an_answer_is_stored(self, lossy: Ledger) -> None:
        lossy.record(timetable(1))
        attempt = lossy.claim({1: 0}, LEASE)
        assert isinstance(attempt, Attempt)
        self.losses = 2
        assert lossy.finish(attempt, State.CREATED, answer="{}").state is State.CREATED
        assert lossy.row(1).answer == "{}"

    def test_a_timetable_is_recorded_once(self, lossy: Ledger) -> None:
        self.losses = 2
        assert lossy.record(timetable(3)).numbers == [1, 2, 3]
        assert len(lossy.rows()) == 3


def test_a_row_that_was_resolved_while_its_claim_got_lost_is_not_sent(location: str) -> None:
    with Ledger.open(location) as ledger:
        ledger.record(timetable(1))
        attempt = ledger.claim({1: 0}, LEASE)
        assert isinstance(attempt, Attempt)
        ledger.finish(attempt, State.UNKNOWN)
        assert ledger._write(lambda records: records.taken(attempt.id, LEASE)) is None


class TestServer:
    """A real server."""

    def test_its_clock_counts_and_not_this_machine_s(
        self, server: postgres.Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Ledger.open(server.new_ledger()) as ledger:
            ledger.record(timetable(1))
            before = ledger.now()
            attempt = ledger.claim({1: 0}, LEASE)
            assert isinstance(attempt, Attempt)
            assert attempt.row.sent_at is not None
            assert attempt.row.until is not None
            assert before < attempt.row.sent_at < ledger.now()
            assert before < attempt.row.until - LEASE < ledger.now()

    def test_a_schema_that_is_not_there(self, server: postgres.Server) -> None:
        assert refused(server.new_ledger() + "x").endswith("cannot be used: there is no such schema.")

    def test_a_database_that_is_not_there(self, server: postgres.Server) -> None:
        text = refused(server.new_ledger().replace("/postgres?", "/none?"))
        assert text.endswith('its server cannot be reached (FATAL:  database "none" does not exist).')

    def test_a_server_that_only_reads(self, server: postgres.Server) -> None:
        location = server.new_ledger()
        with Ledger.open(location) as ledger:
            ledger.record(timetable(2))
        with Ledger.open(location + "%20-cdefault_transaction_read_only%3Don") as ledger:
            assert len(ledger.rows()) == 2
            with pytest.raises(LedgerError, match="cannot be used: it is read-only"):
                ledger.claim({1: 0}, LEASE)

    def test_a_lock(self, server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> None:
        location = server.new_ledger()
        with Ledger.open(location) as holder:
            monkeypatch.setattr(_database, "BUSY", 0.05)
            with Ledger.open(location) as ledger:

                def wait(*_: Any) -> None:
                    with pytest.raises(LedgerError, match="another process has locked it"):
                        ledger.record(timetable(1))

                holder._database.do(wait, writes=True)

    def test_several_make_it_at_once(self, server: postgres.Server) -> None:
        location, faults = server.new_ledger(), []

        def work() -> None:
            try:
                Ledger.open(location).close()
            except LedgerError as error:
                faults.append(error)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "crash"])
    def test_a_restart_in_the_middle_of_a_run_loses_nothing(
        self, server: postgres.Server, zoom: ZoomClient, mock: MockServer, how: signal.Signals
    ) -> None:
        with Ledger.open(server.new_ledger()) as ledger:
            run = schedule(timetable(12), ledger, zoom, concurrency=2)
            results = [next(run)]
            server.stop(how)
            threading.Timer(0.3, server.start).start()
            results += run
            assert {result.state for result in results} == {State.CREATED}
            assert ledger.counts()[State.CREATED] == len(mock.meetings) == len(mock.requests) == 12

    def test_the_example_of_the_documentation(
        self,
        server: postgres.Server,
        mock: MockServer,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        location = server.new_ledger()
        with Ledger.open(location) as ledger:
            ledger.record(timetable(2))
        monkeypatch.setenv("LUMINUS_BASE_URL", mock.base_url)
        monkeypatch.setenv("LUMINUS_SUBSCRIPTION_KEY", mock.subscription_key)
        text = (Path(__file__).parents[3] / "docs" / "scale.md").read_text(encoding="utf-8")
        (code,) = re.findall(r"```python\n(from luminus_zoom .*?)```", text, re.DOTALL)
        exec(code.replace("postgresql://planner@db.example.edu/meetings", location), {})  # noqa: S102
        assert sorted(capsys.readouterr().out.splitlines()) == ["1 created", "2 created"]
