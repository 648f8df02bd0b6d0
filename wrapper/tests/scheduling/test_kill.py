"""Runs that are killed at random instants: no row is lost, and none is created twice without being told as unknown.

`make crash-test` kills 300 times; CRASHES says how often.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger, State, schedule
from luminus_zoom_mock import MockServer
from wrapper.tests.scheduling.timetables import planned

CRASHES = int(os.environ.get("CRASHES", "8"))
ROWS = 12
MEETINGS = [planned(week, name=f"Tutorial {week}") for week in range(ROWS)]
CHILD = """
import sys
from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger, schedule
from wrapper.tests.scheduling.test_kill import MEETINGS
path, url, key, concurrency = sys.argv[1:]
with Ledger.open(path) as ledger, ZoomClient(base_url=url, subscription_key=key) as zoom:
    run = schedule(MEETINGS, ledger, zoom, concurrency=int(concurrency))
    print("begin", flush=True)
    list(run)
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_no_row_is_lost_or_doubled(tmp_path: Path, processes: int) -> None:
    chance = random.Random(processes)  # noqa: S311
    killed_while_sending = 0
    for number in range(CRASHES // 2):
        path = tmp_path / f"{number}.sqlite3"
        with MockServer() as mock:
            mock.fail_next("late answer", seconds=0.03, times=None)
            command = [sys.executable, "-c", CHILD, str(path), mock.base_url, mock.subscription_key, "3"]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
            children = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(processes)]
            for child in children:
                assert child.stdout
                assert child.stdout.readline() == b"begin\n"
            time.sleep(chance.uniform(0, 0.2))
            for child in children:
                child.kill()
                child.communicate()
            # What was on its way when the process died is still answered.
            time.sleep(0.1)
            killed_while_sending += checked(path, mock)
    assert killed_while_sending, "no process was killed while a row was in flight, so nothing was tried"


def checked(path: Path, mock: MockServer) -> int:
    """Go on after the leases are over, and compare with what the mock created; how many rows were unknown."""
    mock.clear_faults()
    later = datetime.now(UTC) + timedelta(hours=1)
    with (
        Ledger.open(path, clock=lambda: later) as ledger,
        ZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as zoom,
    ):
        unknown = {row.name for row in ledger.rows(State.UNKNOWN)}
        list(schedule(MEETINGS, ledger, zoom))
        rows = ledger.rows()
    created = Counter(meeting["name"] for meeting in mock.meetings)
    assert len(rows) == ROWS
    assert max(created.values()) == 1, "a row was created twice"
    for row in rows:
        if row.name in unknown:
            assert row.state is State.UNKNOWN
        else:
            assert (row.state, created[row.name]) == (State.CREATED, 1)
    return len(unknown)
