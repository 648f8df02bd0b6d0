"""Sending the rows of a ledger."""

import asyncio
import contextlib
import inspect
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import pytest
import trio

from luminus_zoom import AsyncZoomClient, DeviationError, ZoomClient
from luminus_zoom.scheduling import (
    InvalidRowsError,
    Ledger,
    LedgerError,
    Result,
    State,
    StoppedError,
    _database,
    schedule,
    schedule_async,
)
from luminus_zoom.scheduling.schedule import _lease
from luminus_zoom_mock import MockServer
from wrapper.tests.scheduling.test_sqlite import fill_disk
from wrapper.tests.scheduling.timetables import MODULE, planned, timetable

INTERRUPTED = """
import sys
from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger, schedule
from wrapper.tests.scheduling.timetables import timetable
with Ledger.open("term.sqlite3") as ledger, ZoomClient(base_url=sys.argv[1], subscription_key=sys.argv[2]) as zoom:
    list(schedule(timetable(20), ledger, zoom, concurrency=2))
"""


def run_in_trio(main: Any) -> Any:
    """Run a coroutine under trio."""

    async def awaited() -> Any:
        return await main

    return trio.run(awaited)


def states(results: Any) -> dict[int, State]:
    return {result.row.number: result.state for result in results}


def taken_until_stopped(run: Iterator[Result]) -> tuple[list[Result], StoppedError]:
    """The results before a stop."""
    results: list[Result] = []
    with pytest.raises(StoppedError) as caught:
        results.extend(run)  # keeps what came before
    return results, caught.value


def test_each_row_is_created_once_however_often_the_timetable_is_run(
    ledger: Ledger, zoom: ZoomClient, mock: MockServer
) -> None:
    results = list(schedule(timetable(5), ledger, zoom))
    assert {result.state for result in results} == {State.CREATED}
    assert sorted(result.row.number for result in results) == [1, 2, 3, 4, 5]
    assert all(result.meeting == result.row.meeting for result in results)
    assert list(schedule(timetable(5), ledger, zoom)) == []
    assert [result.row.number for result in schedule(timetable(6), ledger, zoom)] == [6]
    assert len(mock.meetings) == len(mock.requests) == 6


@pytest.mark.parametrize("fault", ["connection lost after creating", "timeout", "empty answer after creating"])
def test_a_lost_answer_makes_a_row_unknown_and_it_is_never_sent_again(
    ledger: Ledger, mock: MockServer, fault: str
) -> None:
    mock.fail_next(fault, when={"name": "B"})
    meetings = [planned(0, name=name) for name in "ABC"]
    with ZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key, timeout=1) as zoom:
        results = states(schedule(meetings, ledger, zoom))
        assert results == {1: State.CREATED, 2: State.UNKNOWN, 3: State.CREATED}
        assert list(schedule(meetings, ledger, zoom)) == []
        assert len(mock.requests) == 3
        assert ledger.row(2).error in ("ZoomConnectionError", "ZoomTimeoutError", "UnreadableMeetingError")
        ledger.resolve(2, not_created=True)
        assert states(schedule(meetings, ledger, zoom)) == {2: State.CREATED}


def test_an_answer_that_is_cut_off_but_shows_a_meeting_is_a_creation(
    ledger: Ledger, zoom: ZoomClient, mock: MockServer
) -> None:
    mock.fail_next("answer cut off after creating")
    (result,) = schedule(timetable(1), ledger, zoom)
    assert (result.state, type(result.error).__name__) == (State.CREATED, "UnreadableMeetingError")
    assert result.row.meeting is not None
    assert str(result.row.meeting.id) == mock.meetings[0]["id"]


def test_another_request_s_answer_makes_a_row_unknown(ledger: Ledger, zoom: ZoomClient, mock: MockServer) -> None:
    mock.script(["another meeting's answer"] * 2)
    (result,) = schedule(timetable(1), ledger, zoom)
    assert (result.state, result.row.message) == (State.UNKNOWN, "The answer belongs to another request.")
    with zoom.with_options(strict=True) as strict:
        (result,) = schedule([planned(1)], ledger, strict, further=True)
    assert (result.state, type(result.error)) == (State.UNKNOWN, DeviationError)


def test_a_rejected_row_is_sent_again_by_another_run(ledger: Ledger, zoom: ZoomClient, mock: MockServer) -> None:
    mock.fail_next(400, body="no", when={"name": "B"})
    meetings = [planned(0, name=name) for name in "AB"]
    assert states(schedule(meetings, ledger, zoom)) == {1: State.CREATED, 2: State.REJECTED}
    assert states(schedule(meetings, ledger, zoom)) == {2: State.CREATED}
    mock.assert_created(times=2)


def test_a_rate_limit_is_waited_for_by_all_workers(ledger: Ledger, zoom: ZoomClient, mock: MockServer) -> None:
    mock.fail_next("rate limit", seconds=1)
    results = states(schedule(timetable(4), ledger, zoom, concurrency=2))
    assert results == dict.fromkeys(range(1, 5), State.CREATED)
    first, second = mock.requests[0], mock.requests[-1]
    assert (first.status, second.seconds - first.seconds >= 1) == (429, True)
    mock.assert_created(times=4)


def test_a_long_pause_stops_the_run_and_the_next_one_goes_on(
    ledger: Ledger, zoom: ZoomClient, mock: MockServer
) -> None:
    mock.fail_next("rate limit", seconds=3600)
    results, stopped = taken_until_stopped(schedule(timetable(3), ledger, zoom, concurrency=1))
    assert (results, stopped.left) == ([], 3)
    assert stopped.until is not None
    assert str(stopped).startswith("Stopped: the gateway's rate limit is reached. 3 rows are left. Run again after 20")
    assert str(StoppedError("Why.", left=1)) == "Stopped: Why. 1 row is left. Run again to go on there."
    unpause = "UPDATE ledger SET paused_until = NULL"
    ledger._database.do(lambda connection, _: connection.exec_driver_sql(unpause), writes=True)
    assert len(list(schedule(None, ledger, zoom))) == 3


def test_a_refused_credential_stops_at_once(ledger: Ledger, zoom: ZoomClient, mock: MockServer) -> None:
    mock.fail_next("bad key", times=None)
    _, stopped = taken_until_stopped(schedule(timetable(20), ledger, zoom, concurrency=1))
    assert len(mock.requests) == 1
    assert "invalid subscription key" in stopped.reason
    assert (stopped.left, ledger.counts()[State.PLANNED]) == (19, 19)


def test_a_day_s_limit_stops_and_the_rest_is_left(ledger: Ledger, zoom: ZoomClient, mock: MockServer) -> None:
    _, stopped = taken_until_stopped(schedule(timetable(5), ledger, zoom, per_day=2, concurrency=1))
    assert (len(mock.meetings), stopped.left) == (2, 3)
    assert "2 meetings were sent today" in stopped.reason


def test_zoom_s_limit_of_a_day_stops_all_and_the_next_day_goes_on(
    tmp_path: Path, zoom: ZoomClient, mock: MockServer
) -> None:
    days = [0]
    with Ledger.open(tmp_path / "term.sqlite3", clock=lambda: datetime.now(UTC) + timedelta(days=days[0])) as ledger:
        assert len(list(schedule(timetable(5), ledger, zoom, first=2))) == 2
        mock.fail_next("Zoom's daily limit", times=None)
        results, stopped = taken_until_stopped(schedule(timetable(5), ledger, zoom, concurrency=1))
        assert (results, stopped.left) == ([], 3)
        assert stopped.reason == "Zoom's limit of meetings a day is reached."
        assert stopped.until
        # The wait is told, and not the time: between the answer and its reading the clock goes on.
        assert (stopped.until + timedelta(minutes=1)).hour == 0
        requests = len(mock.requests)
        # Others, too, send nothing before.
        _, again = taken_until_stopped(schedule(None, ledger, zoom))
        assert (again.until, len(mock.requests)) == (stopped.until, requests)
        mock.clear_faults()
        days[0] = 1
        assert states(schedule(None, ledger, zoom)) == dict.fromkeys((3, 4, 5), State.CREATED)
    mock.assert_created(times=5)


def test_a_clock_that_is_set_back_on_the_way_loses_nothing(tmp_path: Path, zoom: ZoomClient, mock: MockServer) -> None:
    now = [datetime(2027, 1, 4, 20, 30, tzinfo=UTC)]
    with Ledger.open(tmp_path / "term.sqlite3", clock=lambda: now[0]) as ledger:
        for result in schedule(timetable(6), ledger, zoom, concurrency=2):
            assert result.state is State.CREATED
            now[0] -= timedelta(hours=1)
        assert ledger.counts()[State.CREATED] == len(mock.requests) == 6


class TestLedgerThatFails:
    """The ledger cannot be used after a row was sent: its result comes, the run ends, and the row is unknown."""

    @staticmethod
    def settle(path: Path, zoom: ZoomClient) -> list[State]:
        """Go on later; the states."""
        with Ledger.open(path, clock=lambda: datetime.now(UTC) + timedelta(hours=1)) as ledger:
            list(schedule(timetable(3), ledger, zoom))
            return [row.state for row in ledger.rows()]

    def test_a_full_disk(self, tmp_path: Path, zoom: ZoomClient, mock: MockServer) -> None:
        path = tmp_path / "term.sqlite3"
        results: list[Result] = []
        with Ledger.open(path) as ledger:
            ledger.record(timetable(3))
            # The connection of this run may use no more pages than there are, and a long answer needs some.
            ledger._database.do(fill_disk, writes=False)
            mock.fail_next(201, after_creating=True, body=json.dumps({"id": MODULE, "name": "x" * 100_000}))
            with pytest.raises(LedgerError, match="the disk is full"):
                results.extend(schedule(timetable(3), ledger, zoom, concurrency=1))
        assert [str(result.meeting and result.meeting.id) for result in results] == [MODULE], "nothing is lost"
        assert self.settle(path, zoom) == [State.UNKNOWN, State.CREATED, State.CREATED]
        assert len(mock.requests) == 3

    def test_a_lock(self, tmp_path: Path, zoom: ZoomClient, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "term.sqlite3"
        monkeypatch.setattr(_database, "BUSY", 0.05)
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        create = zoom.create_meeting

        def locking(**options: Any) -> Any:
            other.execute("BEGIN IMMEDIATE")
            return create(**options)

        results: list[Result] = []
        with Ledger.open(path) as ledger, monkeypatch.context() as patch:
            patch.setattr(zoom, "create_meeting", locking)
            with pytest.raises(LedgerError, match="another process has locked it"):
                results.extend(schedule(timetable(3), ledger, zoom, concurrency=1))
        other.close()
        assert [result.state for result in results] == [State.CREATED]
        assert self.settle(path, zoom) == [State.UNKNOWN, State.CREATED, State.CREATED]
        assert len(mock.requests) == 3


class TestInterrupt:
    """Ctrl-C while results are waited for."""

    def test_once_waits_for_what_is_in_flight(self, ledger: Ledger, zoom: ZoomClient, mock: MockServer) -> None:
        requests = count(1)

        def press(_: Any) -> bool:
            """Press Ctrl-C while the second request is at the mock."""
            if next(requests) == 2:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            return True

        mock.fail_next("late answer", seconds=0.2, times=None, when=press)
        with pytest.raises(KeyboardInterrupt):
            list(schedule(timetable(20), ledger, zoom, concurrency=2))
        counts = ledger.counts()
        assert 2 <= counts[State.CREATED] == len(mock.meetings) < 20
        assert counts[State.SENDING] == 0

    def test_twice_does_not_wait(self, tmp_path: Path, mock: MockServer) -> None:
        mock.fail_next("late answer", seconds=600, times=2)
        command = [sys.executable, "-c", INTERRUPTED, mock.base_url, mock.subscription_key]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) as child:
            while len(mock.meetings) < 2:
                assert child.poll() is None
                time.sleep(0.01)
            while child.poll() is None:
                child.send_signal(signal.SIGINT)
                time.sleep(0.1)
        with Ledger.open(tmp_path / "term.sqlite3") as ledger:
            counts = ledger.counts()
        assert (counts[State.SENDING], counts[State.PLANNED]) == (2, 18)
        mock.assert_created(times=2)


def test_the_workers_of_a_run_do_not_wait_for_each_other_in_the_database(
    tmp_path: Path, zoom: ZoomClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SQLite would wait as long as this, and fail here at once.
    monkeypatch.setattr(_database, "BUSY", 0)
    with Ledger.open(tmp_path / "term.sqlite3") as ledger:
        with contextlib.closing(schedule(timetable(60), ledger, zoom, concurrency=8)) as run:
            for result, _ in zip(run, range(30), strict=False):
                assert ledger.row(result.row.number).state is State.CREATED
        assert ledger.counts()[State.SENDING] == 0


def test_nobody_listens(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("luminus_zoom.scheduling.pace.random.uniform", lambda *_: 0)
    with ZoomClient(base_url="http://127.0.0.1:9", subscription_key="k" * 32) as zoom:
        _, stopped = taken_until_stopped(schedule(timetable(4), ledger, zoom, failures=2, concurrency=1))
    assert stopped.reason == "2 rows in a row were not sent or are unknown."
    assert ledger.counts()[State.NOT_SENT] == 2
    assert ledger.row(1).attempts == 3


def test_only_some_rows_are_sent(ledger: Ledger, zoom: ZoomClient) -> None:
    assert states(schedule(timetable(5), ledger, zoom, first=1)) == {1: State.CREATED}
    assert states(schedule(None, ledger, zoom, rows=[4, 1])) == {4: State.CREATED}
    assert states(schedule(None, ledger, zoom)) == dict.fromkeys((2, 3, 5), State.CREATED)


def test_leaving_early_stores_what_is_in_flight(ledger: Ledger, zoom: ZoomClient, mock: MockServer) -> None:
    with contextlib.closing(schedule(timetable(20), ledger, zoom)) as run:
        next(run)
    counts = ledger.counts()
    assert counts[State.CREATED] == len(mock.meetings) < 20
    assert counts[State.SENDING] == counts[State.UNKNOWN] == 0


def test_an_event_lets_the_results_come(ledger: Ledger, zoom: ZoomClient, mock: MockServer) -> None:
    stop = threading.Event()
    run = schedule(timetable(20), ledger, zoom, stop=stop)
    results = [next(run)]
    stop.set()
    results += run
    assert len(results) == len(mock.meetings) < 20


def test_an_answer_that_cannot_be_stored_is_told_and_the_run_ends(
    ledger: Ledger, zoom: ZoomClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise LedgerError("the disk is full")

    monkeypatch.setattr(ledger, "finish", full)
    results: list[Result] = []
    with pytest.raises(LedgerError, match="the disk is full"):
        results.extend(schedule(timetable(3), ledger, zoom, concurrency=1))
    assert ledger.row(1).state is State.SENDING, "it becomes unknown when its lease is over"


def test_an_exception_that_is_not_the_library_s_makes_a_row_unknown(
    ledger: Ledger, zoom: ZoomClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> Any:
        raise RuntimeError("a hook of somebody's")

    monkeypatch.setattr(zoom, "create_meeting", broken)
    (result,) = schedule(timetable(1), ledger, zoom)
    assert (result.state, result.row.error) == (State.UNKNOWN, "RuntimeError")


def test_several_runs_at_once_send_each_row_once(
    ledger: Ledger, zoom: ZoomClient, mock: MockServer, location: str
) -> None:
    ledger.record(timetable(30))

    def run() -> None:
        with Ledger.open(location) as own:
            list(schedule(timetable(30), own, zoom, concurrency=2))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mock.requests) == len(mock.meetings) == 30
    assert ledger.counts()[State.CREATED] == 30


def test_both_ways_to_run_have_the_same_arguments() -> None:
    sync, other = ({**inspect.signature(run).parameters} for run in (schedule, schedule_async))
    assert [(name, it.kind, it.default) for name, it in sync.items()] == [
        (name, it.kind, it.default) for name, it in other.items()
    ]


def test_a_lease_is_longer_than_a_call() -> None:
    with ZoomClient(subscription_key="k" * 32, deadline=100) as zoom:
        assert _lease(zoom) == timedelta(seconds=130)


@pytest.mark.parametrize("run", [asyncio.run, run_in_trio], ids=["asyncio", "trio"])
class TestAsync:
    """`schedule_async`."""

    def test_each_row_is_created_once(self, ledger: Ledger, mock: MockServer, run: Callable[[Any], Any]) -> None:
        async def main() -> list[int]:
            async with AsyncZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as zoom:
                found = [it.row.number async for it in schedule_async(timetable(5), ledger, zoom)]
                return found + [it.row.number async for it in schedule_async(timetable(6), ledger, zoom)]

        assert sorted(run(main())) == [1, 2, 3, 4, 5, 6]
        mock.assert_created(times=6)

    def test_a_stop_is_raised_after_the_last_result(
        self, ledger: Ledger, mock: MockServer, run: Callable[[Any], Any]
    ) -> None:
        async def main() -> list[object]:
            found: list[object] = []
            async with AsyncZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as zoom:
                try:
                    async for it in schedule_async(timetable(5), ledger, zoom, per_day=2, concurrency=1):
                        found.append(it.state)
                except StoppedError as stopped:
                    found.append(stopped.reason)
            return found

        reason = "2 meetings were sent today, and 2 a day are allowed."
        assert run(main()) == [State.CREATED, State.CREATED, reason]

    def test_leaving_early_stores_what_is_in_flight(
        self, ledger: Ledger, mock: MockServer, run: Callable[[Any], Any]
    ) -> None:
        async def main() -> None:
            async with (
                AsyncZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as zoom,
                contextlib.aclosing(schedule_async(timetable(20), ledger, zoom)) as results,
            ):
                await anext(results)

        run(main())
        counts = ledger.counts()
        assert counts[State.CREATED] == len(mock.meetings) < 20
        assert counts[State.SENDING] == counts[State.UNKNOWN] == 0

    def test_cancelling_stores_what_is_in_flight(
        self, ledger: Ledger, mock: MockServer, run: Callable[[Any], Any]
    ) -> None:
        mock.fail_next("late answer", seconds=0.3, times=None)
        found: list[Result] = []

        async def main() -> bool:
            async def cancel_in_flight() -> None:
                while len(mock.meetings) < 2:  # noqa: ASYNC110 - another thread creates them
                    await anyio.sleep(0.01)
                scope.cancel()

            async with AsyncZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as zoom:
                with anyio.CancelScope() as scope:
                    async with anyio.create_task_group() as group:
                        group.start_soon(cancel_in_flight)
                        async for it in schedule_async(timetable(20), ledger, zoom, concurrency=2):
                            found.append(it)
            return scope.cancelled_caught

        assert run(main())
        counts = ledger.counts()
        assert 2 <= counts[State.CREATED] == len(mock.meetings) < 20
        assert counts[State.SENDING] == counts[State.UNKNOWN] == 0

    def test_faults_come_out(
        self, ledger: Ledger, mock: MockServer, run: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any, **__: Any) -> Any:
            raise LedgerError("the disk is full")

        async def main(meetings: Any) -> list[State]:
            async with AsyncZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as zoom:
                return [it.state async for it in schedule_async(meetings, ledger, zoom)]

        with pytest.raises(InvalidRowsError):
            run(main([planned(0, duration=16)]))
        assert mock.requests == []
        mock.fail_next("connection lost after creating")
        assert run(main(timetable(1))) == [State.UNKNOWN]
        monkeypatch.setattr(ledger, "claim", full)
        with pytest.raises(LedgerError, match="the disk is full"):
            run(main(timetable(3)))
        assert len(mock.requests) == 1

    def test_a_client_that_is_closed_sends_nothing(
        self, ledger: Ledger, mock: MockServer, run: Callable[[Any], Any]
    ) -> None:
        async def main() -> list[State]:
            async with AsyncZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as zoom:
                pass
            return [it.state async for it in schedule_async(timetable(1), ledger, zoom)]

        with pytest.raises(StoppedError, match=r"this client is closed. Make a new one.$"):
            run(main())
        assert (ledger.row(1).state, mock.requests) == (State.NOT_SENT, [])
