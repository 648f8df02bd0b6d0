"""Remeasure every figure of docs/performance.md and docs/scale.md.

Prints the tables; a full run also fills them into the documents. Figures are medians with quartiles of interleaved
rounds, and every ratio is of two figures of one round.
"""

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from functools import partial

import calls
import mocks
import starts
import suite
from lab import HERE, ROOT, FailedError, machine
from report import tables, text, update_document

QUICK = {
    "calls": calls.measure_calls,
    "starts": starts.measure_starts,
    "mocks": mocks.measure_mocks,
    "suite": suite.measure_suite,
}
FULL_ONLY = {"limits": calls.measure_limits, "meetings": mocks.measure_meetings}


def main() -> int:
    """Measure, print, write; 1 if a section failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, nothing about limits or growth")
    parser.add_argument("--only", action="append", metavar="SECTION", help="one section; repeatable; writes nothing")
    options = parser.parse_args()
    sections = {name: partial(section, quick=options.quick) for name, section in QUICK.items()}
    chosen = sections | ({} if options.quick else FULL_ONLY)
    command = "make bench-quick" if options.quick else "make bench"
    results = {"machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%d}", "command": command}
    failed = []
    for name in options.only or chosen:
        print(f"{name} …", end=" ", file=sys.stderr, flush=True)
        started = time.perf_counter()
        try:
            results[name] = chosen[name]()
        except FailedError as error:
            failed.append(f"{name}: {error}")
        print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    for name, rows in tables(results).items():
        print(f"\n{name}\n{text(rows)}")
    if failed:
        print("\nfailed:", *failed, sep="\n", file=sys.stderr)
    if not options.only:
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / f"{command.split()[1]}.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
        if not options.quick:
            for document in ("performance.md", "scale.md"):
                update_document(ROOT / "docs" / document, results)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
