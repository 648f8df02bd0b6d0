"""What a ledger costs: the same rows with one and without, against the mock, in turns.

`python benchmarks/ledger.py` writes its figures into docs/scale.md.
"""

import json
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

MODULE = "0f8fad5b-d9cb-469f-a165-70867728950e"
START = datetime(2027, 1, 18, 2, tzinfo=UTC)


def worker(task: dict[str, Any]) -> dict[str, Any]:
    """Create the rows of a task; what it took, and how memory grew."""
    from luminus_zoom import ZoomClient
    from luminus_zoom.scheduling import Ledger, PlannedMeeting, schedule

    rows, location = task["rows"], task["location"]
    meetings = [
        PlannedMeeting(
            {"module_id": MODULE, "name": f"Tutorial {n}", "start": START + timedelta(minutes=15 * n), "duration": 60}
        )
        for n in range(rows)
    ]
    with ZoomClient(base_url=task["base_url"], subscription_key=task["key"]) as zoom:

        def create(meeting: PlannedMeeting) -> None:
            zoom.create_meeting(**meeting.arguments)

        begun, cpu = time.perf_counter(), time.process_time()
        memory: list[float] = []
        if location is None:
            with ThreadPoolExecutor(4) as pool:
                done = sum(1 for _ in pool.map(create, meetings))
        else:
            with Ledger.open(location) as ledger:
                done = 0
                for _ in schedule(meetings, ledger, zoom, per_day=None, concurrency=4):
                    done += 1
                    if done % 500 == 0:
                        memory.append(resident())
    assert done == rows
    return {"wall": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "memory": memory}


def resident() -> float:
    """This process's resident memory in kB. Only Linux tells."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1024


if __name__ == "__main__":
    print(json.dumps(worker(json.loads(sys.stdin.read()))))
