"""The results as SVG pictures for the documents."""

import statistics
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

# The same results make the same bytes.
mpl.rcParams.update({"svg.hashsalt": "luminus-zoom", "svg.fonttype": "none", "font.size": 9})
mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
OURS, OTHERS, REFERENCE = "#1b6ca8", "#b8bcc2", "#444444"


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def calls(results: dict[str, Any], folder: Path) -> None:
    """CPU per call as a ratio to raw httpx, one call at a time: calls.svg."""
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.6))
    for panel, group in zip(panels, ("sync", "async 1"), strict=True):
        medians = {
            name: statistics.median(each["cpu_us"] for each in entry["rounds"])
            for name, entry in results["calls"][group].items()
            if entry["rounds"]
        }
        names = sorted(medians, key=lambda name: -medians[name])
        colours = [REFERENCE if name == "httpx" else OURS if name.startswith("luminus") else OTHERS for name in names]
        panel.barh(names, [medians[name] / medians["httpx"] for name in names], color=colours)
        panel.axvline(1, color=REFERENCE, linewidth=0.8, linestyle=":")
        panel.set_title("sync" if group == "sync" else "async, one at a time")
        panel.set_xlabel("CPU per call, raw httpx = 1")
    _save(figure, folder / "calls.svg")


def concurrency(results: dict[str, Any], folder: Path) -> None:
    """CPU per call by concurrency: concurrency.svg."""
    figure, panel = plt.subplots(figsize=(6, 3.6))
    for name, points in results["concurrency"].items():
        levels, medians = _line(points)
        colour = OURS if name.startswith("luminus") else REFERENCE if name == "httpx" else OTHERS
        style = ":" if name.endswith("[fast]") else "-"
        panel.plot(levels, medians, marker="o", color=colour, linestyle=style, label=name)
    panel.set(xscale="log", yscale="log", xlabel="calls at a time", ylabel="CPU per call, µs")
    panel.set_xticks(levels, [str(level) for level in levels])
    panel.legend(frameon=False)
    _save(figure, folder / "concurrency.svg")


def meetings(results: dict[str, Any], folder: Path) -> None:
    """The mock's CPU per creation by the meetings that it keeps: meetings.svg."""
    figure, panel = plt.subplots(figsize=(6, 3))
    for (store, points), colour in zip(results["meetings"].items(), (OURS, REFERENCE), strict=True):
        levels, medians = _line({level: [each["server_us"]] for level, each in points.items()})
        panel.plot(levels, medians, marker="o", label=store, color=colour)
    panel.set(xscale="log", ylim=(0, None), xlabel="meetings kept", ylabel="mock's CPU per creation, µs")
    panel.legend(frameon=False)
    _save(figure, folder / "meetings.svg")


def examples(results: dict[str, Any], folder: Path) -> None:
    """CPU per example by their number: examples.svg."""
    figure, panel = plt.subplots(figsize=(6, 3))
    panel.plot(*_line(results["examples"]), marker="o", color=OURS)
    panel.set(xscale="log", ylim=(0, None), xlabel="examples", ylabel="CPU per example, ms")
    _save(figure, folder / "examples.svg")


def _line(points: dict[str, list[float]]) -> tuple[list[int], list[float]]:
    """The levels of some growth, and the median of the rounds at each."""
    return [int(level) for level in points], [statistics.median(rounds) for rounds in points.values()]


def draw(results: dict[str, Any], folder: Path) -> None:
    """Draw whatever the results have."""
    folder.mkdir(parents=True, exist_ok=True)
    for make in (calls, concurrency, meetings, examples):
        if make.__name__ in results:
            make(results, folder)
