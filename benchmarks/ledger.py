"""What a ledger costs: the same rows created with one and without, in turns, against the mock.

Prints the figures and writes them into docs/scale.md.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lab import PROJECT, ROOT, Server, machine, run
from mocks import MOCK
from peers import KEY
from report import WITHOUT, tables, text, update_document

WORKERS = 4
SAMPLE = 250
"""After so many rows the memory is read."""
START = datetime(2027, 1, 18, 2, tzinfo=UTC)


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    as_usual = (options.rows, options.rounds) == (parser.get_default("rows"), parser.get_default("rounds"))
    command = (
        "make bench-ledger" if as_usual else f"benchmarks/ledger.py --rows {options.rows} --rounds {options.rounds}"
    )
    results = {
        "machine": machine(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": command,
        "rows": options.rows,
        "ledger": measure(options.rows, options.rounds),
    }
    for name, rows in tables(results).items():
        if name.startswith("ledger"):
            print(f"\n{name}\n{text(rows)}")
    update_document(ROOT / "docs/scale.md", results)
    return 0


def measure(rows: int, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Rounds in which each has its turn: {name: [{wall, cpu, memory}, …]}."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        files = (str(Path(folder) / f"{number}.sqlite3") for number in range(rounds))
        places: dict[str, Callable[[], str | None]] = {WITHOUT: lambda: None, "SQLite": lambda: next(files)}
        if server := _postgresql(stack):
            places["PostgreSQL"] = server
        results: dict[str, list[dict[str, Any]]] = {name: [] for name in places}
        for _ in range(rounds):
            with Server(MOCK) as mock:
                for name, place in places.items():
                    task = {"rows": rows, "location": place(), "url": f"http://127.0.0.1:{mock.port}/zoom"}
                    results[name].append(run([PROJECT, __file__, "--worker"], task))
    return results


def _postgresql(stack: ExitStack) -> Callable[[], str] | None:
    """What makes ledgers on a server that writes to the disk, if PostgreSQL is installed."""
    sys.path.insert(0, str(ROOT))
    from wrapper.tests.scheduling import postgres

    programs = postgres.programs()
    if programs is None:
        return None
    return stack.enter_context(postgres.running(programs, durable=True)).new_ledger


def worker(task: dict[str, Any]) -> dict[str, Any]:
    """Create the rows; how long it took, and the memory in kB after so many rows each."""
    from luminus_zoom import ZoomClient
    from luminus_zoom.scheduling import Ledger, PlannedMeeting, schedule

    arguments = {"module_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "duration": 60}
    meetings = [
        PlannedMeeting({**arguments, "name": f"Tutorial {number}", "start": START + timedelta(hours=number)})
        for number in range(task["rows"])
    ]
    key = next(iter(KEY.values()))
    with ExitStack() as stack:
        zoom = stack.enter_context(ZoomClient(base_url=task["url"], subscription_key=key))
        wall, cpu = time.perf_counter(), time.process_time()
        results: Iterator[object]
        if task["location"] is None:
            pool = stack.enter_context(ThreadPoolExecutor(WORKERS))
            results = pool.map(lambda meeting: zoom.create_meeting(**meeting.arguments), meetings)
        else:
            ledger = stack.enter_context(Ledger.open(task["location"]))
            results = schedule(meetings, ledger, zoom, per_day=None, concurrency=WORKERS)
        memory = [_resident() for number, _ in enumerate(results, 1) if number % SAMPLE == 0]
        figures = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "memory": memory}
    if len(memory) != task["rows"] // SAMPLE:
        raise RuntimeError("rows are missing")
    return figures


def _resident() -> float:
    """This process's resident memory in kB. Only Linux tells."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1024


if __name__ == "__main__":
    if sys.argv[1:] == ["--worker"]:
        print(json.dumps(worker(json.load(sys.stdin))))
    else:
        raise SystemExit(main())
