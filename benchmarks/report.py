"""The results as tables, on the screen and in the documents, and the targets."""

import operator
import re
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mocks
import suite
from calls import DELAYS, GROUPS
from lab import Figures, number, ratios, spread
from peers import LIMITS

Results = dict[str, Any]
Rows = list[Sequence[str]]
Get = Callable[[Results], Figures]


def column(rounds: list[dict[str, float]], key: str = "cpu") -> list[float]:
    """One figure of every round."""
    return [each[key] for each in rounds]


def call(group: str, peer: str) -> Get:
    """CPU per call as a ratio to raw httpx in the same round."""
    return lambda results: ratios(*(column(results["calls"][group][name]) for name in (peer, "httpx")))


def start(name: str, reference: str) -> Get:
    """CPU of a start as a ratio to another."""
    return lambda results: ratios(results["starts"][name], results["starts"][reference])


def mock(results: Results) -> Figures:
    """How many times as many requests as Prism the mock takes in a second of CPU."""
    prism, ours = (column(results["mocks"][name]["rounds"]) for name in (mocks.PRISM, mocks.OURS))
    return ratios(prism, ours)


def requests(results: Results) -> Figures:
    """How many times as many requests as the schemathesis CLI the suite makes in a second of CPU."""
    return ratios(results["suite"][suite.OURS], results["suite"][suite.SCHEMATHESIS])


WITHOUT = "without a ledger"
OURS, OVER_HTTPX2 = "luminus-zoom", "luminus-zoom over httpx2"
ONE, MANY = "async, one at a time", "async, 64 at a time"
IMPORT = start("import luminus_zoom", "import httpx")
COLD = start("first answer, luminus-zoom", "first answer, httpx")
SECOND = start("a second client's first answer, luminus-zoom", "a second client's first answer, httpx")

# what, sign, figures, must, stretch
TARGETS: tuple[tuple[str, str, Get, float, float | None], ...] = (
    ("sync", "≤", call("sync", OURS), 1.15, 1.0),
    (ONE, "≤", call(ONE, OURS), 1.15, 1.0),
    (MANY, "≤", call(MANY, OURS), 1.0, None),
    ("sync, over httpx2", "≤", call("sync", OVER_HTTPX2), 1.15, 1.0),
    (f"{ONE}, over httpx2", "≤", call(ONE, OVER_HTTPX2), 1.15, 1.0),
    (f"{MANY}, over httpx2", "≤", call(MANY, OVER_HTTPX2), 0.6, None),
    ("import, to import httpx", "≤", IMPORT, 0.1, None),
    ("cold start to the first answer, to httpx", "≤", COLD, 1.5, 1.15),
    ("a second client in the process, to httpx", "≤", SECOND, 0.25, 0.1),
    ("mock, requests per CPU second, to Prism", "≥", mock, 5, 12),
    ("suite, requests per CPU second, to the schemathesis CLI", "≥", requests, 4, 15),
)


def target_rows(results: Results) -> Rows:
    """Every target with its figure and verdict."""
    rows: Rows = [("what", "must", "stretch", "figure", "verdict")]
    for what, sign, get, must, stretch in TARGETS:
        bars = {"stretch": stretch, "met": must}
        cells = (what, *(f"{sign} {number(bar)}" if bar else "-" for bar in (must, stretch)))
        try:
            figures = get(results)
        except (KeyError, ValueError):
            rows.append((*cells, "-", "not measured"))
            continue
        reaches = operator.le if sign == "≤" else operator.ge
        reached = (name for name, bar in bars.items() if bar and reaches(statistics.median(figures), bar))
        rows.append((*cells, spread(figures), next(reached, "**missed**")))
    return rows


def call_rows(results: Results) -> Rows:
    """Each peer's ratio to raw httpx of the same column, and its CPU."""
    calls = results["calls"]
    peers = dict.fromkeys(name for group in GROUPS for name in calls[group])
    rows: Rows = [("CPU per call", *GROUPS)]
    for name in peers:
        cells = [
            f"{spread(call(group, name)(results))}, {number(statistics.median(column(calls[group][name])))} µs"
            if name in calls[group]
            else "-"
            for group in GROUPS
        ]
        rows.append((name, *cells))
    return rows


def start_rows(results: Results) -> Rows:
    """What starts cost."""
    rows: Rows = [("start", "CPU", "to import httpx")]
    for name, figures in results["starts"].items():
        rows.append((name, spread(figures, " ms"), spread(start(name, "import httpx")(results))))
    return rows


def mock_rows(results: Results) -> Rows:
    """What mocks take; the last row is the least that a Python server can cost."""
    rows: Rows = [("server", "CPU a request", "requests/s", "validates")]
    for name, entry in results["mocks"].items():
        if "error" in entry:
            rows.append((name, f"did not run: {entry['error']}", "-", "-"))
            continue
        costs = spread(column(entry["rounds"]), " µs"), spread(column(entry["rounds"], "per_second"))
        rows.append((name, *costs, "-" if name == mocks.CEILING else "yes" if entry["validates"] else "no"))
    return rows


def suite_rows(results: Results) -> Rows:
    """Requests a second."""
    rows: Rows = [("what", "requests per CPU second")]
    return rows + [(name, spread(rates)) for name, rates in results["suite"].items()]


def limit_rows(results: Results) -> Rows:
    """CPU and wall time per call of 64 tasks, by the limit of connections."""
    head = (f"{delay}{semaphore}" for delay in DELAYS for semaphore in ("", ", semaphore"))
    rows: Rows = [("connections", *head)]
    for limit in LIMITS:
        entries = (results["limits"][delay][f"{limit}{what}"] for delay in DELAYS for what in ("", ", semaphore"))
        cells = (
            " / ".join(number(statistics.median(column(entry, key)) / 1000) for key in ("cpu", "wall"))
            for entry in entries
        )
        rows.append((str(limit), *cells))
    return rows


def meeting_rows(results: Results) -> Rows:
    """What the mock's work costs by the number of meetings that it keeps."""
    rows: Rows = [("store", "meetings", "CPU of a creation", "resident")]
    for store, points in results["meetings"].items():
        for level, each in points.items():
            rows.append((store, level, f"{number(each['cpu'])} µs", f"{number(each['resident_mb'])} MB"))
    return rows


def ledger_rows(results: Results) -> Rows:
    """What a ledger costs beside the same rows without one, and how memory grows with the rows."""
    rounds, count = results["ledger"], results["rows"]
    rows: Rows = [("ledger", "rows/s", "time, to none", "CPU, to none", "memory at the end", "growth per 1,000 rows")]
    for name, entries in rounds.items():
        rates = [count / each for each in column(entries, "wall")]
        compared = (spread(ratios(*(column(rounds[it], key) for it in (name, WITHOUT)))) for key in ("wall", "cpu"))
        memory = [each["memory"] for each in entries]
        end = f"{number(statistics.median(each[-1] for each in memory) / 1e3)} MB"
        growth = spread([slope(each) * len(each) / count * 1000 for each in memory], " kB")
        rows.append((name, spread(rates), *compared, end, growth))
    return rows


def slope(figures: Figures) -> float:
    """How much a figure grows from one to the next in its second half, when everything is loaded."""
    half = figures[len(figures) // 2 :]
    return statistics.linear_regression(range(len(half)), half).slope


def run_rows(results: Results) -> Rows:
    """When and on what it was measured."""
    return [("measured", "by", "on"), (results["date"], f"`{results['command']}`", results["machine"])]


TABLES: dict[str, tuple[str, Callable[[Results], Rows]]] = {
    "run": ("machine", run_rows),
    "targets": ("machine", target_rows),
    "calls": ("calls", call_rows),
    "starts": ("starts", start_rows),
    "mocks": ("mocks", mock_rows),
    "meetings": ("meetings", meeting_rows),
    "suite": ("suite", suite_rows),
    "limits": ("limits", limit_rows),
    "ledger": ("ledger", ledger_rows),
    "ledger, measured": ("ledger", run_rows),
}
"""By name: the section of the results that a table needs, and how it is made."""


def tables(results: Results) -> dict[str, Rows]:
    """All tables that the results can fill."""
    return {name: make(results) for name, (section, make) in TABLES.items() if section in results}


def text(rows: Rows) -> str:
    """A table for the screen."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def update_document(path: Path, results: Results) -> None:
    """Put the tables between their marks, `<!-- measured: NAME -->` and `<!-- end -->`."""
    document = path.read_text(encoding="utf-8")
    for name, rows in tables(results).items():
        lines = [f"| {' | '.join(row)} |" for row in rows]
        table = "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])
        mark = f"<!-- measured: {name} -->"
        pattern = re.compile(re.escape(mark) + ".*?<!-- end -->", re.DOTALL)
        document = pattern.sub(lambda _, text=f"{mark}\n{table}\n<!-- end -->": text, document)
    path.write_text(document, encoding="utf-8")
