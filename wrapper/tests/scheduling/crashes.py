"""Processes that work on a ledger, and die at an instant that is named.

Run as a program, it makes such processes: it reads the tasks of several in a line, prints their ids in one, and in
another how they ended. They are forked from a process that has imported everything, which takes them no time.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any, TypedDict

from sqlalchemy.engine.default import DefaultDialect

from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger, schedule
from wrapper.tests.scheduling.timetables import planned

ROWS = 12
MEETINGS = [planned(week, name=f"Tutorial {week}") for week in range(ROWS)]
POINTS = ("before commit", "after commit", "before send", "after send")


class Task(TypedDict):
    """What a process does, and where it dies: when it is for the `ordinal`-th time at `point`."""

    location: str
    url: str
    key: str
    concurrency: int
    point: str
    ordinal: int


class Processes:
    """The program that makes the processes."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", __name__]
        self._program = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def begin(self, tasks: list[Task]) -> list[int]:
        """Begin processes; their ids."""
        assert self._program.stdin  # noqa: S101
        print(json.dumps(tasks), file=self._program.stdin, flush=True)
        return self._read()

    def ends(self) -> list[int]:
        """Wait for the end of all; their exit codes, negative for a signal."""
        return self._read()

    def close(self) -> None:
        """End the program."""
        self._program.communicate()

    def _read(self) -> list[int]:
        assert self._program.stdout  # noqa: S101
        answer: list[int] = json.loads(self._program.stdout.readline())
        return answer


class Points:
    """Counts how often each instant was reached, and kills the process at one of them."""

    def __init__(self, point: str, ordinal: int) -> None:
        self._wanted = (point, ordinal)
        self._reached: Counter[str] = Counter()
        self._lock = threading.Lock()

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, with an instant before it and one after it."""

        def wrapped(*arguments: Any, **options: Any) -> Any:
            self._reach(f"before {name}")
            result = work(*arguments, **options)
            self._reach(f"after {name}")
            return result

        return wrapped

    def _reach(self, point: str) -> None:
        with self._lock:
            self._reached[point] += 1
            if (point, self._reached[point]) == self._wanted:
                os.kill(os.getpid(), signal.SIGKILL)


def work(task: Task) -> None:
    """Work on the ledger, until the end or the instant."""
    points = Points(task["point"], task["ordinal"])
    DefaultDialect.do_commit = points.around("commit", DefaultDialect.do_commit)  # type: ignore[method-assign]
    ZoomClient.create_meeting = points.around("send", ZoomClient.create_meeting)  # type: ignore[method-assign]
    with (
        Ledger.open(task["location"]) as ledger,
        ZoomClient(base_url=task["url"], subscription_key=task["key"]) as zoom,
    ):
        list(schedule(MEETINGS, ledger, zoom, concurrency=task["concurrency"]))


def fork(task: Task) -> int:
    """Begin a process; its id."""
    if process := os.fork():
        return process
    try:
        work(task)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Make processes as long as there are tasks."""
    for line in sys.stdin:
        processes = [fork(task) for task in json.loads(line)]
        print(json.dumps(processes), flush=True)
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(it, 0)[1]) for it in processes]), flush=True)


if __name__ == "__main__":
    main()
