"""One peer in a process of its own: makes calls until enough time is measured, and prints what they cost.

`python call.py PEER sync|async CONCURRENCY CPU_SECONDS` reads `{"base_url": …, "request": …, "answer": …}`.
Prints the number of calls, CPU (user and system, all threads) and wall time in microseconds a call, and how many
answers said what was expected.
"""

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from peers import PEERS, Facts, Peer, Task, facts_of_json

MAX_WALL = 6.0
"""Seconds after which a round ends, however little CPU it used."""


class Meter:
    """Adds up what batches of calls cost, and judges their answers outside the measured time."""

    def __init__(self, expected: Facts, facts: Callable[[Any], Facts], cpu_seconds: float) -> None:
        self._expected, self._facts, self._enough = expected, facts, cpu_seconds
        self.calls, self.correct, self.cpu, self.wall = 0, 0, 0.0, 0.0
        self._started = (0.0, 0.0)

    def start(self) -> None:
        """Begin to measure a batch."""
        self._started = time.process_time(), time.perf_counter()

    def stop(self, results: list[Any]) -> bool:
        """End a batch; whether it was the last."""
        self.cpu += time.process_time() - self._started[0]
        self.wall += time.perf_counter() - self._started[1]
        self.calls += len(results)
        self.correct += sum(self._facts(result) == self._expected for result in results)
        return self.cpu >= self._enough or self.wall >= MAX_WALL

    def report(self) -> dict[str, Any]:
        """The figures."""
        per_call = 1e6 / self.calls
        figures = {"cpu_us": self.cpu * per_call, "wall_us": self.wall * per_call}
        return {"calls": self.calls, "correct": self.correct, **figures}


def measure_sync(peer: Peer, task: Task, expected: Facts, seconds: float) -> Meter:
    """One call after the other."""
    call, facts = peer.make(task)
    for _ in range(20):
        call()
    gc.collect()
    meter = Meter(expected, facts, seconds)
    done = False
    while not done:
        meter.start()
        done = meter.stop([call() for _ in range(20)])
    return meter


async def measure_async(peer: Peer, task: Task, expected: Facts, seconds: float, concurrency: int) -> Meter:
    """So many tasks of one event loop, each of which makes one call after the other."""
    call, facts = peer.make(task)
    each = max(20 // concurrency, 2)

    async def work(results: list[Any]) -> None:
        for _ in range(each):
            results.append(await call())

    async def batch() -> list[Any]:
        results: list[Any] = []
        if concurrency == 1:
            await work(results)
        else:
            await asyncio.gather(*(work(results) for _ in range(concurrency)))
        return results

    await batch()
    gc.collect()
    meter = Meter(expected, facts, seconds)
    done = False
    while not done:
        meter.start()
        done = meter.stop(await batch())
    return meter


def main(name: str, mode: str, concurrency: str, cpu_seconds: str) -> None:
    """Measure one peer."""
    given = json.load(sys.stdin)
    expected = facts_of_json(given.pop("answer"))
    peer = next(peer for peer in PEERS if peer.name == name and peer.is_async == (mode == "async"))
    task, seconds = Task(**given), float(cpu_seconds)
    meter = (
        asyncio.run(measure_async(peer, task, expected, seconds, int(concurrency)))
        if peer.is_async
        else measure_sync(peer, task, expected, seconds)
    )
    print(json.dumps(meter.report()), flush=True)
    # Peers are left open, and threads of some abort an interpreter that ends under them.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
