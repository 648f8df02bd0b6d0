"""Runs that are killed, at every kind of instant: no row is lost, and none is created twice.

`make crash-test` kills 300 times; CRASHES says how often.
"""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger, State, schedule
from luminus_zoom.scheduling.rows import OPEN
from luminus_zoom_mock import MockServer
from wrapper.tests.scheduling import postgres
from wrapper.tests.scheduling.conftest import DATABASES
from wrapper.tests.scheduling.crashes import MEETINGS, POINTS, ROWS, Processes, Task

CRASHES = int(os.environ.get("CRASHES", "24"))
NUMBERS = [1, 2, 4]
"""How many processes work on one ledger."""
FAULTS = {"request came": "late answer", "no answer": "timeout", "created, no answer": "timeout after creating"}
"""The instants that the mock sees, with what it does with the request."""
KINDS = [*POINTS, *FAULTS]
LIVES = 3
"""How often the processes of one ledger die."""
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    program = Processes()
    yield program
    program.close()


@pytest.fixture(params=DATABASES)
def new_location(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Where a new ledger is to be."""
    if request.param == "sqlite":
        numbers = count()
        return lambda: str(tmp_path / f"{next(numbers)}.sqlite3")
    server: postgres.Server = request.getfixturevalue("server")
    return server.new_ledger


@pytest.mark.parametrize("number", NUMBERS)
def test_no_row_is_lost_or_doubled(processes: Processes, new_location: Callable[[], str], number: int) -> None:
    chance = random.Random(number)  # noqa: S311
    kills, ledgers, in_doubt = 0, 0, []
    while kills < CRASHES / len(DATABASES) / len(NUMBERS):
        location, killed, concurrency = new_location(), 0, chance.randint(1, 3)
        with MockServer() as mock:
            left = ROWS
            for _ in range(LIVES):
                kind = chance.choice(KINDS)
                task = a_task(location, mock, kind, chance.randint(1, reached(kind, left, number)), concurrency)
                killed += kill(processes, mock, [task] * number, kind)
                left = rows_left(location)
                if not left:
                    break
            unknown = checked(location, mock, chance.choice([HOUR, -HOUR]))
        assert len(unknown) <= killed * concurrency
        kills, ledgers, in_doubt = kills + killed, ledgers + 1, in_doubt + unknown
    print(f"{kills} kills, {ledgers * ROWS} rows: 0 doubled, 0 lost, {len(in_doubt)} unknown ({sum(in_doubt)} created)")


@pytest.mark.parametrize("number", NUMBERS)
def test_processes_share_the_rows(processes: Processes, new_location: Callable[[], str], number: int) -> None:
    location = new_location()
    with MockServer() as mock:
        assert kill(processes, mock, [a_task(location, mock, "", 0, 2)] * number, "") == 0
        assert (checked(location, mock, HOUR), len(mock.requests)) == ([], ROWS)


@pytest.mark.parametrize(
    ("kind", "ordinal", "expected"),
    [
        # The first four commits are of the tables and the timetable; each row has two.
        ("before commit", 7, []),
        ("after commit", 7, [0]),
        ("before send", 2, [0]),
        ("request came", 2, [1]),
        ("no answer", 2, [0]),
        ("created, no answer", 2, [1]),
        ("after send", 2, [1]),
        ("before commit", 8, [1]),
        ("after commit", 8, []),
    ],
)
def test_only_a_row_in_flight_becomes_unknown(
    processes: Processes, new_location: Callable[[], str], kind: str, ordinal: int, expected: list[int]
) -> None:
    """How often each unknown row was created. A request that came is answered, even if nobody is there any more."""
    location = new_location()
    with MockServer() as mock:
        assert kill(processes, mock, [a_task(location, mock, kind, ordinal, 1)], kind) == 1
        assert checked(location, mock, HOUR) == expected


def a_task(location: str, mock: MockServer, kind: str, ordinal: int, concurrency: int) -> Task:
    """What a process is to do."""
    return {
        "location": location,
        "url": mock.base_url,
        "key": mock.subscription_key,
        "concurrency": concurrency,
        "point": kind,
        "ordinal": ordinal,
    }


def reached(kind: str, left: int, number: int) -> int:
    """How often an instant is reached by each of some processes, about; by the mock, exactly."""
    if kind in FAULTS:
        return left
    rows = max(left // number, 1)
    return 2 * rows + 4 if "commit" in kind else rows


def kill(processes: Processes, mock: MockServer, tasks: list[Task], kind: str) -> int:
    """Let processes work until they die, or nothing is left; how many died."""
    started: list[int] = []
    have_started = threading.Event()

    def stop() -> None:
        have_started.wait()
        for process in started:
            with contextlib.suppress(ProcessLookupError):  # It may have had nothing left to do.
                os.kill(process, signal.SIGKILL)

    if kind in FAULTS:
        requests = count(1)

        def is_it(_: Any) -> bool:
            found = next(requests) == tasks[0]["ordinal"]
            if found and kind == "request came":
                stop()
            return found

        mock.fail_next(FAULTS[kind], when=is_it, seconds=0)
    before = len(mock.requests)
    started += processes.begin(tasks)
    have_started.set()
    if kind in FAULTS and kind != "request came":
        while not any(request.fault for request in mock.requests[before:]):
            time.sleep(0.001)
        stop()
    ends = processes.ends()
    assert set(ends) <= {0, -signal.SIGKILL}
    return ends.count(-signal.SIGKILL)


def rows_left(location: str) -> int:
    """How many rows the next life may send."""
    with Ledger.open(location) as ledger:
        return len(ledger.rows(*OPEN)) if ledger.rows() else ROWS


def checked(location: str, mock: MockServer, away: timedelta) -> list[int]:
    """Go on when all leases are over, or the clock is set back, to the end. Compare with what the mock created.

    Returns how often each unknown row was created.
    """
    with (
        Ledger.open(location, clock=lambda: datetime.now(UTC) + away) as ledger,
        ZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as zoom,
    ):
        unknown = [row.name for row in ledger.rows(State.UNKNOWN)]
        list(schedule(MEETINGS, ledger, zoom))
        rows = ledger.rows()
    created = Counter(meeting["name"] for meeting in mock.meetings)
    assert [row.name for row in rows if row.state is State.UNKNOWN] == unknown
    assert len(rows) == ROWS
    assert created.keys() <= {row.name for row in rows}
    for row in rows:
        if row.state is not State.UNKNOWN:
            assert (row.state, created[row.name]) == (State.CREATED, 1)
        assert created[row.name] <= 1, "it was created twice"
    return [created[name] for name in unknown]
