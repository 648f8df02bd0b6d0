"""What a run learns of a server's speed: what is slow for it, and whether it gets slower."""

import statistics
from dataclasses import dataclass, field
from typing import Final

SLOW_ENOUGH: Final = 3
"""Slow answers after which no second try is needed to believe in them."""
SLOW_SECONDS: Final = 0.2
"""What no answer from this machine needs."""
_SLOW_FACTOR: Final = 20
_FIRST: Final = 200
_BYTES_PER_SECOND: Final = 1e6
_WINDOW: Final = 25
_GROWTH: Final = 5
_FELT: Final = 0.05
"""Seconds below which nobody minds that a server gets slower."""


@dataclass(slots=True)
class Pace:
    """A run's times, in seconds. `slow` and `missing` count answers, `lost` is what they have cost."""

    creations: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    recent: list[float] = field(default_factory=list)
    began: float = 0.0
    """The usual time of the first few answers."""
    slow: int = 0
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
        return spare > SLOW_SECONDS and spare > _SLOW_FACTOR * self.usual()

    def note(self, seconds: float, *, created: bool) -> str | None:
        """Learn an answer's time; the words for a server that has become slower, once in a while, else None."""
        (self.creations if created else self.others).append(seconds)
        self.recent.append(seconds)
        if len(self.recent) < _WINDOW:
            return None
        now, self.recent = statistics.median(self.recent), []
        self.began = self.began or now
        slower = now > max(_FELT, _GROWTH * self.began)
        return f"answers take {now:.3f} s by now, the first took {self.began:.3f} s" if slower else None
