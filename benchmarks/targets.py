"""The targets, each with its figure and verdict: what must hold, and what we are after."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab import Figures, number, ratios, spread
from mocks import OURS as MOCK
from mocks import PRISM

Results = dict[str, Any]
Get = Callable[[Results], Figures]
FAST = "luminus-zoom[fast]"


@dataclass(frozen=True)
class Target:
    """A bar. `figures` takes the results and returns one figure a round; `at_least` tells the direction."""

    what: str
    figures: Get
    must: float
    stretch: float | None = None
    at_least: bool = False
    unit: str = ""

    def verdict(self, results: Results) -> tuple[str, str]:
        """The figure in words, and `stretch`, `must`, `missed` or `not measured`."""
        try:
            figures = self.figures(results)
        except (KeyError, TypeError):
            figures = ()
        if not figures:
            return "-", "not measured"
        median = statistics.median(figures)
        reached = [name for name, bar in (("stretch", self.stretch), ("must", self.must)) if self._reaches(median, bar)]
        return spread(figures, self.unit), reached[0] if reached else "missed"

    def _reaches(self, figure: float, bar: float | None) -> bool:
        return bar is not None and (figure >= bar if self.at_least else figure <= bar)

    def bar(self, value: float | None) -> str:
        """A bar in words."""
        return "-" if value is None else f"{'≥' if self.at_least else '≤'} {number(value)}{self.unit}"


def cpu(group: str, peer: str) -> Get:
    """CPU per call of a peer, by round."""
    return lambda results: [each["cpu_us"] for each in results["calls"][group][peer]["rounds"]]


def start(name: str) -> Get:
    """CPU of a start, by round."""
    return lambda results: results["starts"][name]  # type: ignore[no-any-return]


def per_second(server: str) -> Get:
    """Requests a second of its CPU that a mock takes, by round; by the clock it is the same on an idle machine."""
    return lambda results: [1e6 / each["server_us"] for each in results["mocks"][server]["rounds"]]


def rate(what: str) -> Get:
    """Cases a second of the suite, by round."""
    return lambda results: results["suite"][what]  # type: ignore[no-any-return]


def relative(figures: Get, reference: Get) -> Get:
    """One thing as a ratio to another, round by round."""
    return lambda results: ratios(figures(results), reference(results))


def make_test(results: Results) -> Figures:
    """Minutes of `make test`."""
    return [results["make test"]["minutes"]]


TARGETS = (
    Target("sync, default", relative(cpu("sync", "luminus-zoom"), cpu("sync", "httpx")), 1.0, 0.85),
    Target("sync, fast", relative(cpu("sync", FAST), cpu("sync", "httpx")), 0.6, 0.35),
    Target("async, default", relative(cpu("async 1", "luminus-zoom"), cpu("async 1", "httpx")), 1.0, 0.75),
    Target("async, fast", relative(cpu("async 1", FAST), cpu("async 1", "httpx")), 0.35, 0.2),
    Target(
        "async, 64 at a time, default, to one at a time",
        relative(cpu("async 64", "luminus-zoom"), cpu("async 1", "luminus-zoom")),
        must=1.5,
        stretch=1.1,
    ),
    Target(
        "async, 64 at a time, fast, to raw aiohttp",
        relative(cpu("async 64", FAST), cpu("async 64", "aiohttp")),
        must=2.0,
        stretch=1.3,
    ),
    Target("import, to import httpx", relative(start("import luminus_zoom"), start("import httpx")), 0.3, 0.1),
    Target("cold start, to httpx.Client()", relative(start("ZoomClient()"), start("httpx.Client()")), 1.1, 0.8),
    Target("a second client in the process", start("a second ZoomClient()"), 1.0, unit=" ms"),
    Target("mock, 32 at a time, to Prism silent", relative(per_second(MOCK), per_second(PRISM)), 5, 12, at_least=True),
    Target(
        "property-based cases/s, to the schemathesis CLI",
        relative(rate("property-based"), rate("schemathesis CLI")),
        must=4,
        stretch=15,
        at_least=True,
    ),
    Target("battery, cases/s over loopback", rate("battery, wall"), 1500, 10_000, at_least=True),
    Target("make test", make_test, 3, unit=" min"),
)
