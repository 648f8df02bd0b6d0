"""What a call costs the client: every peer beside raw httpx, one call at a time and many, and limits of connections."""

import json
import subprocess
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from lab import HERE, PEERS, FailedError, responder
from peers import ASYNC, LIMITED, SYNC

GROUPS = {
    "sync": (SYNC, 0),
    "async, one at a time": (ASYNC, 1),
    "async, 64 at a time": (ASYNC, 64),
}
"""Peers and concurrency by the name of the group."""
DELAYS = {"0 ms": 0.0, "100 ms": 0.1}

Rounds = dict[str, list[dict[str, float]]]


class Worker:
    """A peer in a process of its own, which measures a batch of calls when asked to; ends with its `with` block."""

    def __init__(self, name: str, concurrency: int, task: dict[str, Any]) -> None:
        self.name = name
        self._process = subprocess.Popen(  # noqa: S603
            [PEERS, "peers.py", name, str(concurrency)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd=HERE,
        )
        self._say(json.dumps(task))

    def _say(self, line: str) -> None:
        self._process.stdin.write(line + "\n")  # type: ignore[union-attr]

    def measure(self) -> dict[str, float]:
        """CPU and wall time of a batch, in µs a call.

        Raises:
            FailedError: the peer failed; its error is on the screen.
        """
        try:
            self._say("")
            figures: dict[str, float] = json.loads(self._process.stdout.readline())  # type: ignore[union-attr]
        except (OSError, ValueError):
            raise FailedError(f"{self.name} ended before its time") from None
        return figures

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def interleaved(names: Iterable[str], concurrency: int, task: dict[str, Any], processes: int, rounds: int) -> Rounds:
    """Rounds in which each peer has its turn: {peer: [{cpu, wall}, …]}.

    All peers run beside each other, and are started anew a few times, since a process can be lucky with its memory.
    """
    results: Rounds = {name: [] for name in names}
    for _ in range(processes):
        with ExitStack() as stack:
            workers = [stack.enter_context(Worker(name, concurrency, task)) for name in results]
            for _ in range(rounds):
                for worker in workers:
                    results[worker.name].append(worker.measure())
    return results


def measure_calls(*, quick: bool) -> dict[str, Rounds]:
    """The rounds of each group."""
    processes, rounds = (2, 8) if quick else (3, 12)
    with responder() as (_, task):
        return {
            group: interleaved(peers, concurrency, task, processes, rounds)
            for group, (peers, concurrency) in GROUPS.items()
        }


def measure_limits() -> dict[str, Rounds]:
    """What 64 tasks cost by the limit of connections, by the time that the server takes to answer."""
    results = {}
    for name, delay in DELAYS.items():
        with responder(delay) as (_, task):
            results[name] = interleaved(LIMITED, 64, task, 1, 2 if delay else 5)
    return results
