"""Remeasure every claim: `python benchmarks/run.py`, under ten minutes, or `--quick`, about one.

Prints the tables; a full run also writes results/latest.json, draws docs/img/*.svg and fills the tables of
docs/performance.md and docs/scale.md. Rounds are interleaved, each peer is a process of its own, figures are medians
with minimum and maximum, and every ratio is of figures of one round.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DOCUMENTS = [HERE.parent / "docs" / name for name in ("performance.md", "scale.md")]


def sections(*, quick: bool) -> dict[str, Callable[[], Any]]:
    """What is measured, by its name in the results."""
    import clients
    import mocks
    import starts
    import suite

    chosen: dict[str, Callable[[], Any]] = {
        "calls": lambda: clients.measure_calls(quick=quick),
        "starts": lambda: starts.measure_starts(quick=quick),
        "mocks": lambda: mocks.measure_mocks(quick=quick),
        "suite": lambda: suite.measure_suite(quick=quick),
    }
    growth = {
        "concurrency": clients.measure_concurrency,
        "meetings": mocks.measure_meetings,
        "examples": suite.measure_examples,
        "detection": suite.measure_detection,
        "make test": suite.measure_make_test,
    }
    return chosen if quick else chosen | growth


def measure(names: list[str], *, quick: bool) -> dict[str, Any]:
    """The results of some sections; one that fails says so in `failed`."""
    from lab import FailedError, machine

    results: dict[str, Any] = {"machine": machine(), "quick": quick, "seconds": {}, "failed": {}}
    for name, section in sections(quick=quick).items():
        if names and name not in names:
            continue
        print(f"{name} …", file=sys.stderr, flush=True)
        started = time.perf_counter()
        try:
            results[name] = section()
        except FailedError as error:
            results["failed"][name] = str(error)
        results["seconds"][name] = round(time.perf_counter() - started, 1)
    return results


def write(results: dict[str, Any]) -> None:
    """Write the results; those of a full run also as pictures and into the documents."""
    (HERE / "results").mkdir(exist_ok=True)
    name = "quick.json" if results["quick"] else "latest.json"
    (HERE / "results" / name).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if not results["quick"]:
        from plots import draw
        from report import update_document

        draw(results, HERE.parent / "docs/img")
        for document in DOCUMENTS:
            update_document(document, results)


def main() -> int:
    """Measure, print, write; 1 if a section failed or, in a full run, a target was not measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the peers that the targets need, fewer rounds, no growth")
    parser.add_argument(
        "--only", action="append", default=[], metavar="SECTION", help="one section; repeatable; writes nothing"
    )
    options = parser.parse_args()
    results = measure(options.only, quick=options.quick)
    from report import tables, text
    from targets import TARGETS

    for name, rows in tables(results).items():
        print(f"\n{name}\n{text(rows)}")
    print(f"\nmachine: {results['machine']}; seconds: {results['seconds']}; failed: {results['failed'] or 'nothing'}")
    if options.only:
        return 1 if results["failed"] else 0
    write(results)
    missing = [target.what for target in TARGETS if target.verdict(results)[1] == "not measured"]
    return 1 if results["failed"] or (missing and not options.quick) else 0


if __name__ == "__main__":
    if Path(sys.prefix).resolve() != (HERE / ".venv").resolve():
        subprocess.run([HERE / "setup.sh"], check=True)  # noqa: S603
        python = HERE / ".venv/bin/python"
        os.execv(python, [str(python), *sys.argv])  # noqa: S606
    raise SystemExit(main())
