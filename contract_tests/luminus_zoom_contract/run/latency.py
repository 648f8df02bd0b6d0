"""What a run learns of a server's speed: what is slow for it, and whether it gets slower."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

BUSY: Final = "this machine was busy: what was slow or lost only once, or got slower, was not judged"
_SLOW_ENOUGH: Final = 3
"""Answers that were slow once, and not again, after which the server is said to be slow at times."""
_ROUNDS: Final = 2
"""How often a slow request is sent again, each time beside a plain one, before the server is blamed."""
_SLOW_SECONDS: Final = 0.2
"""What no answer from this machine needs."""
_SLOW_WITHOUT_REFERENCE: Final = 1.0
"""The same in seconds as long as nothing of the server's usual times is known."""
_SLOW_FACTOR: Final = 5
_SPIN: Final = 0.03
_SHARE_LOST: Final = 1.5
"""Seconds of work by which a machine is tried, and how many times as long they take on one with other things to do."""
_FIRST: Final = 200
_BYTES_PER_SECOND: Final = 1e6
_WINDOW: Final = 25
_GROWTH: Final = 5
_FELT: Final = 0.05
"""Seconds below which nobody minds that a server gets slower."""


@dataclass(slots=True)
class Pace:
    """A run's times, in seconds. `slow` and `missing` count answers, `lost` is what they have cost.

    A slow answer is a suspicion. It is one of the server when the same request is slow again and a plain one beside it
    is not, however busy this machine is; what is slow only once counts where this machine has nothing else to do.
    """

    creations: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    recent: list[float] = field(default_factory=list)
    began: float = 0.0
    """The usual time of the first few answers."""
    slow: int = 0
    unmeasured: int = 0
    """Slow answers that may be the fault of this machine, which had other things to do."""
    lost: float = 0.0
    missing: int = 0

    def usual(self) -> float:
        """What an answer takes that is not slow: the lower quarter of the first creations, which have most to do.

        0 while that is not known.
        """
        first = (self.creations or self.others)[:_FIRST]
        return statistics.quantiles(first, n=4)[0] if len(first) > 1 else 0.0

    def is_slow(self, seconds: float, size: int) -> bool:
        """Whether an answer to a body of so many bytes took too long."""
        spare = seconds - size / _BYTES_PER_SECOND
        return spare > _SLOW_SECONDS and spare > _SLOW_FACTOR * self.usual()

    def slow_fault(
        self,
        seconds: float,
        size: int,
        beside: Callable[[], tuple[float, float]],
        is_busy: Callable[[], bool],
        *,
        known: bool,
    ) -> str | None:
        """The words for a slow answer that is the server's fault, which is `known` to be slow or asked again.

        `beside` sends a plain request and the slow one again, and returns what each took.
        """
        self.lost += seconds
        if known:
            return f"answered after {seconds:.2f} s"
        times = [beside() for _ in range(_ROUNDS)]
        if all(self._is_slow_beside(again, size, plain) for plain, again in times):
            plain, again = times[-1]
            return (
                f"answered after {seconds:.2f} s, and again {again:.2f} s; a plain request beside it took {plain:.3f} s"
            )
        if is_busy():
            self.unmeasured += 1
            return None
        self.slow += 1
        words = f"answered after {seconds:.2f} s, one of {self.slow} answers that were slow and then not"
        return words if self.slow >= _SLOW_ENOUGH else None

    def _is_slow_beside(self, seconds: float, size: int, plain: float) -> bool:
        if not self.usual():
            return min(seconds, plain) > _SLOW_WITHOUT_REFERENCE
        return self.is_slow(seconds, size) and seconds > _SLOW_FACTOR * plain

    def note(self, seconds: float, is_busy: Callable[[], bool], *, created: bool) -> str | None:
        """Learn an answer's time; the words for a server that has become slower, once in a while, else None."""
        (self.creations if created else self.others).append(seconds)
        self.recent.append(seconds)
        if len(self.recent) < _WINDOW:
            return None
        now, self.recent = statistics.median(self.recent), []
        self.began = self.began or now
        if now <= max(_FELT, _GROWTH * self.began):
            return None
        if is_busy():
            self.unmeasured += 1
            return None
        return f"answers take {now:.3f} s by now, the first took {self.began:.3f} s"


def machine_is_busy(cpu: Callable[[], float] = time.thread_time, wall: Callable[[], float] = time.perf_counter) -> bool:
    """Whether other processes keep this one waiting, so that a time says little of a server."""
    began, used = wall(), cpu()
    while cpu() - used < _SPIN:
        pass
    return wall() - began > _SHARE_LOST * _SPIN
