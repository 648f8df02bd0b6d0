"""The results as tables, on the screen and in the documents."""

import re
import statistics
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from lab import ratios, spread
from mocks import CEILING, OURS, PRISM
from targets import FAST, TARGETS, Results

Rows = list[Sequence[str]]


def column(entry: dict[str, Any], key: str) -> list[float]:
    """One figure of every round."""
    return [each[key] for each in entry["rounds"]]


def not_run(name: str, error: str, width: int) -> list[str]:
    """The row of what did not run."""
    return [name, f"did not run: {error[:60]}", *["-"] * (width - 2)]


def target_rows(results: Results) -> Rows:
    """Every target with its figure and verdict."""
    rows: Rows = [("what", "must", "stretch", "figure", "verdict")]
    for target in TARGETS:
        rows.append((target.what, target.bar(target.must), target.bar(target.stretch), *target.verdict(results)))
    return rows


def call_rows(group: str, reference_group: str) -> Callable[[Results], Rows]:
    """The table of a group's peers, cheapest first, as ratios to raw httpx in another group."""

    def rows_of(results: Results) -> Rows:
        rows: Rows = [("peer", "CPU ratio", "CPU", "wall", "server's CPU", "right", "leaves out")]
        entries = results["calls"][group]
        by_cost = sorted(entries.items(), key=lambda item: statistics.median(column(item[1], "cpu_us") or [1e9]))
        reference = column(results["calls"][reference_group]["httpx"], "cpu_us")
        for name, entry in by_cost:
            if "error" in entry:
                rows.append(not_run(name, entry["error"], len(rows[0])))
                continue
            costs = [spread(column(entry, key), " µs") for key in ("cpu_us", "wall_us", "server_us")]
            right = f"{sum(column(entry, 'correct'))}/{sum(column(entry, 'calls'))}"
            ratio = spread(ratios(column(entry, "cpu_us"), reference))
            rows.append((name, ratio, *costs, right, entry["leaves_out"]))
        return rows

    return rows_of


def start_rows(results: Results) -> Rows:
    """What starts cost."""
    starts = results["starts"]
    rows: Rows = [("start", "CPU", "to import httpx")]
    for name, figures in starts.items():
        rows.append((name, spread(figures, " ms"), spread(ratios(figures, starts["import httpx"]))))
    return rows


def mock_rows(results: Results) -> Rows:
    """What mocks take; the last row is what the load generator can do."""
    rows: Rows = [
        ("server", "requests/s", "ratio by CPU", "its CPU a request", "generator's CPU", "validates", "keeps")
    ]
    mocks = results["mocks"]
    reference = column(mocks[PRISM], "server_us")
    for name, entry in mocks.items():
        if "error" in entry:
            rows.append(not_run(name, entry["error"], len(rows[0])))
            continue
        speed = column(entry, "per_second")
        costs = spread(column(entry, "server_us"), " µs"), spread(column(entry, "generator_cpu_share"), " cores")
        validates = entry["refuses_duration_16"] and column(entry, "requests") == column(entry, "created")
        shows = "-" if name == CEILING else "yes" if validates else "no", "yes" if entry.get("kept") else "no"
        rows.append((name, spread(speed), spread(ratios(reference, column(entry, "server_us"))), *costs, *shows))
    return rows


def suite_rows(results: Results) -> Rows:
    """What the suite does in a second, and how many of the seeded defects each part finds."""
    found = dict(results.get("detection", {}))
    honest = found.pop("honest", {})
    rows: Rows = [("what", "cases/s of CPU", "seeded defects found", "false alarm")]
    for name in ("schemathesis CLI", "property-based", "battery"):
        count = f"{sum(each[name] for each in found.values())} of {len(found)}" if found else "-"
        rows.append(
            (name, spread(results["suite"][name]), count, "yes" if honest.get(name) else "no" if found else "-")
        )
    return rows


def concurrency_rows(results: Results) -> Rows:
    """CPU per call by concurrency."""
    grown = results["concurrency"]
    rows: Rows = [("at a time", *grown)]
    for level in next(iter(grown.values())):
        rows.append((level, *(spread(points[level], " µs") for points in grown.values())))
    return rows


def meetings_rows(results: Results) -> Rows:
    """What the mock's work costs by the number of meetings that it keeps."""
    rows: Rows = [("store", "meetings", "a creation", "listing, each", "resident")]
    for store, points in results["meetings"].items():
        for level, each in points.items():
            figures = ((each["server_us"], " µs"), (each["list_us_each"], " µs"), (each["resident_mb"], " MB"))
            rows.append((store, f"{int(level):,}", *(spread([figure], unit) for figure, unit in figures)))
    return rows


def example_rows(results: Results) -> Rows:
    """CPU per example by their number."""
    return [
        ("examples", "CPU an example"),
        *((count, spread(each, " ms")) for count, each in results["examples"].items()),
    ]


def unit_rows(results: Results) -> Rows:
    """What one core can do in a second, by the measured CPU of each unit of work."""
    calls = results["calls"]
    units = {
        "a call, sync": calls["sync"]["luminus-zoom"],
        "a call, async, one at a time": calls["async 1"]["luminus-zoom"],
        "a call, async, 64 at a time": calls["async 64"]["luminus-zoom"],
        "the same, fast": calls["async 64"][FAST],
    }
    figures = {name: column(entry, "cpu_us") for name, entry in units.items()}
    figures["a creation, in the mock"] = column(results["mocks"][OURS], "server_us")
    rows: Rows = [("unit of work", "CPU", "a second on one core")]
    for name, costs in figures.items():
        rows.append((name, spread(costs, " µs"), spread([1e6 / cost for cost in costs])))
    return rows


TABLES: dict[str, tuple[str, Callable[[Results], Rows]]] = {
    "targets": ("machine", target_rows),
    "sync": ("calls", call_rows("sync", "sync")),
    "async, one at a time": ("calls", call_rows("async 1", "async 1")),
    "async, 64 at a time": ("calls", call_rows("async 64", "async 1")),
    "starts": ("starts", start_rows),
    "mocks": ("mocks", mock_rows),
    "suite": ("suite", suite_rows),
    "concurrency": ("concurrency", concurrency_rows),
    "meetings": ("meetings", meetings_rows),
    "examples": ("examples", example_rows),
    "units": ("mocks", unit_rows),
}
"""By name: the section of the results that a table needs, and how it is made."""


def tables(results: Results) -> dict[str, Rows]:
    """All tables that the results can fill."""
    made = {}
    for name, (section, make) in TABLES.items():
        if section in results:
            with suppress(KeyError):  # what another section would have brought
                made[name] = make(results)
    return made


def text(rows: Rows) -> str:
    """A table for the screen."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def markdown(rows: Rows) -> str:
    """A table for a document."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def update_document(path: Path, results: Results) -> None:
    """Put the tables between their marks, `<!-- measured: NAME -->` and `<!-- end -->`."""
    made = tables(results)

    def replaced(match: re.Match[str]) -> str:
        rows = made.get(match[2])
        return f"{match[1]}\n{markdown(rows)}\n<!-- end -->" if rows else match[0]

    marked = re.compile(r"(<!-- measured: (.+?) -->).*?<!-- end -->", re.DOTALL)
    path.write_text(marked.sub(replaced, path.read_text(encoding="utf-8")), encoding="utf-8")
