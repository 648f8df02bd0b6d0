"""How a run goes: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from luminus_zoom.scheduling import Ledger, Result, State

from .exits import worded
from .show import STYLES, console

EVERY = 5.0
"""Seconds between two plain lines."""
_SHOWN = (State.CREATED, State.REJECTED, State.NOT_SENT, State.UNKNOWN)


def left_of(done: int, total: int, seconds: float) -> str:
    """The time that is left at this rate, in words; empty while nothing is known."""
    if not done or done >= total:
        return ""
    left = timedelta(seconds=round((total - done) * seconds / done))
    return f"{left} left"


class _Columns(ProgressColumn):
    """Counts, rate and time left; or what is waited for."""

    max_refresh = 0.5

    def __init__(self, progress: "RunProgress") -> None:
        super().__init__(Column(no_wrap=True, overflow="ellipsis"))
        self._progress = progress

    def render(self, task: Task) -> Text:
        """The text now."""
        return self._progress.line()


class RunProgress:
    """The progress of a run over a ledger, on the standard error."""

    def __init__(self, total: int, ledger: Ledger, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._ledger = ledger
        self._clock = clock
        self._began = clock()
        self._told = self._began
        self._counts: Counter[State] = Counter()
        self._console = console(sys.stderr)
        self._bar: Progress | None = None
        if self._console.is_terminal:
            columns = (TextColumn("{task.completed}/{task.total}"), BarColumn(bar_width=16), _Columns(self))
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away, and show the cursor again."""
        if self._bar:
            self._bar.stop()

    def say(self, text: str, style: str = "") -> None:
        """Print a line above the bar."""
        self._console.print(Text(text, style=style), soft_wrap=True)

    def add(self, result: Result) -> None:
        """Count a result. What was not created is told in a line of its own."""
        self._counts[result.state] += 1
        if result.state is not State.CREATED:
            why = worded(str(result.error or result.row.message or "")).partition("\n")[0]
            self.say(f"row {result.row.number} ({result.row.source}) {result.state}: {why}", STYLES[result.state])
        if self._bar:
            self._bar.advance(self._task)
        elif self._clock() - self._told >= EVERY:
            self._told = self._clock()
            self.say(f"{self._done} of {self._total}: {self.line()}")

    @property
    def _done(self) -> int:
        return self._counts.total()

    def line(self) -> Text:
        """The counts of what there was, rate and time left; or what is waited for."""
        seconds = max(self._clock() - self._began, 0.001)
        counts = [(f"{self._counts[state]} {state}", STYLES[state]) for state in _SHOWN if self._counts[state]]
        pause = self._ledger.pause()
        if pause:
            rest = f"waiting until {pause.until.astimezone():%H:%M:%S}: {pause.reason}"
        else:
            rest = ", ".join(filter(None, (f"{self._done / seconds:.1f}/s", left_of(self._done, self._total, seconds))))
        text = Text()
        for words, style in counts:
            text.append(words, style=style).append(", ")
        return text.append(rest)
