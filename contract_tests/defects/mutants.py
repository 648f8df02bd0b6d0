"""`python -m contract_tests.defects.mutants`: test the suite against every defect that the mock can be given.

In this process, one defect at a time, on a server where every module is accepted and on one where a single module is,
as on any real deployment. A defect counts as found when the run breaks the clause that the catalogue names for it.
Conforming variants of the server must break nothing.
"""

import argparse
import asyncio
import functools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path
from random import Random
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from contract_tests.defects import CATALOGUE, Defect, app_with, stock
from contract_tests.defects.variants import VARIANTS, Variant
from luminus_zoom_contract import cases as systematic
from luminus_zoom_contract.cases.case import Case, Credentials, Maker
from luminus_zoom_contract.report.results import Failure, Results
from luminus_zoom_contract.run.latency import BUSY
from luminus_zoom_contract.run.runner import Runner, StoppedError
from luminus_zoom_contract.run.session import maker_for
from luminus_zoom_contract.run.transport import Asgi, AsgiExchange
from luminus_zoom_contract.spec.clauses import Clause
from luminus_zoom_contract.spec.document import Contract
from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY, Settings, create_app

MODULE: Final = "0f8fad5b-d9cb-469f-a165-70867728950e"
FLOORS: Final = {False: 0.95, True: 0.90}
"""The share that must be found, without and with a single module."""
_TIME_LIMIT: Final = 2.0
"""Seconds for one answer."""
_RUN_LIMIT: Final = 15.0
"""Seconds of work for one run, so that what only gets slower does not hold up the rest. Waiting does not count."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run against one server came to, up to the request that showed the defect."""

    name: str
    one_module: bool
    found: bool
    clauses: tuple[str, ...]
    """The broken clauses."""
    requests: int
    seconds: float
    measured: bool = True
    """Whether the machine let times be judged."""


CONTRACT: Final = Contract.load()
OPERATION: Final = next(iter(CONTRACT.operations.values()))


def _maker(part: str, seed: int, token: str) -> Maker:
    number = Random(f"{seed} {part}").getrandbits(64)  # noqa: S311 - test data
    credentials = Credentials(SUBSCRIPTION_KEY, token, FORBIDDEN_KEY)
    where = {"host": "in-process", "base_path": "/zoom", "scope": MODULE}
    return maker_for(CONTRACT, OPERATION, credentials, **where, seed=number)


@functools.cache
def cases(seed: int, token: str) -> list[Case]:
    """The cases; its cases do not change, so that one making serves a process's every run."""
    return list(systematic.cases(_maker("cases", seed, token)))


def patient(app: Asgi) -> Asgi:
    """The app, for a client that stays: after the whole body it receives nothing more, until it is cancelled."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        messages = iter([await receive()])

        async def then_wait() -> Any:
            for message in messages:
                return message
            return await asyncio.Event().wait()

        await app(scope, then_wait, send)

    return serve


class Watched(Results):
    """A results that knows at once when a defect's own clause was broken."""

    def __init__(self, clauses: Mapping[str, Clause], defect: Defect | None = None) -> None:
        super().__init__(clauses)
        self._clause: Final = defect.clause if defect else ""
        self.shown = False

    def broke(
        self, clause: str, failure: Failure | Callable[[], Failure], size: int = 0, symptom: str = "", tries: str = ""
    ) -> None:
        """Count a case in which a clause was broken."""
        super().broke(clause, failure, size, symptom, tries)
        self.shown = self.shown or clause == self._clause


def run(app: Asgi, *, seed: int, token: str = "", defect: Defect | None = None) -> Watched:
    """Put the systematic cases to an app: all of it, or until it has shown the defect."""
    control = _maker("control", seed, token)
    results = Watched(control.clauses, defect)
    until = time.process_time() + _RUN_LIMIT
    exchange = AsgiExchange(patient(app), time_limit=_TIME_LIMIT)
    runner = Runner(CONTRACT, exchange, [control], results)
    try:
        for case in cases(seed, token):
            runner.send(case)
            if results.shown or time.process_time() > until:
                return results
        runner.concurrently()
    except StoppedError:
        pass
    finally:
        exchange.close()
    return results


def probe(name: str, one_module: bool, seed: int) -> Result:
    """Put the suite to a server with one defect, until it is found."""
    defect = CATALOGUE[name]
    modules = frozenset({MODULE}) if one_module else None
    app = app_with(name, module_ids=modules, **defect.needs)
    token = defect.needs.get("token", "")
    cases(seed, token)
    began = time.perf_counter()
    try:
        results = run(app, seed=seed, token=token, defect=defect)
    except Exception as error:
        return Result(name, one_module, False, (f"the suite fell over: {error!r}",), 0, 0.0)
    seconds = time.perf_counter() - began
    broken = tuple(results.broken(findings=False) + results.broken(findings=True))
    return Result(
        name, one_module, results.shown, broken, results.requests, round(seconds, 3), BUSY not in results.notes
    )


def alarms(name: str, seed: int) -> tuple[str, list[str]]:
    """What the suite holds against an conforming variant, which should be nothing."""
    variant: Variant = VARIANTS[name]
    app = create_app(Settings(**variant.settings))
    variant.change(app)
    cases(seed, variant.token)
    results = run(app, seed=seed, token=variant.token)
    broken = results.broken(findings=False) + results.broken(findings=True)
    return name, [
        *(
            f"{clause}: {results.entries[clause].failures[0].message}"
            for clause in broken
            if clause not in variant.findings
        ),
        *(f"{clause}: ought to be listed as a finding" for clause in variant.findings - {*broken}),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 only if enough is found and nothing is held against an honest server."""
    options = _parser().parse_args(arguments)
    console = Console()
    names = [it.name for it in CATALOGUE.values() if fnmatch(it.name, options.only) or it.kind == options.only]
    if not names:
        console.print(f"no defect is called or of the kind {options.only!r}", style="red", markup=False)
        return 2
    if options.stock:
        console.print(f"stock schemathesis found: {stock.record(names, MODULE, options.jobs)}", highlight=False)
        return 0
    began = time.perf_counter()
    halves = [True] if options.one_module else [False, True]
    with ProcessPoolExecutor(options.jobs) as pool:
        honest = list(pool.map(alarms, VARIANTS, [options.seed] * len(VARIANTS)))
        tasks = [(name, half, options.seed) for half in halves for name in names]
        results = list(pool.map(probe, *zip(*tasks, strict=True), chunksize=4))
    _print_shares(results, stock.recorded(), console)
    _print_survivors(results, console)
    _print_alarms(honest, console)
    console.print(f"{len(results) + len(honest)} runs in {time.perf_counter() - began:.0f} s, seed {options.seed}")
    if options.json:
        report = {"results": [asdict(result) for result in results], "honest": dict(honest)}
        options.json.write_text(json.dumps(report, indent=1), "utf-8")
    short = [half for half in halves if _share([it for it in results if it.one_module == half]) < FLOORS[half]]
    return 1 if short or any(found for _, found in honest) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m contract_tests.defects.mutants", description=__doc__)
    parser.add_argument("--only", default="*", metavar="PATTERN", help="defects of this name, with wildcards, or kind")
    parser.add_argument("--one-module", action="store_true", help="only the server that accepts a single module")
    parser.add_argument(
        "--stock", action="store_true", help="run stock schemathesis instead and keep its results (slow)"
    )
    parser.add_argument("--seed", type=int, default=1, help="what the runs draw")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all results to this file")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1), help="processes (default: %(default)s)")
    return parser


def _share(results: Sequence[Result]) -> float:
    return sum(it.found for it in results) / len(results) if results else 1.0


def _print_shares(results: Sequence[Result], recorded: Mapping[bool, Mapping[str, bool]], console: Console) -> None:
    halves = sorted({it.one_module for it in results})
    table = Table(title="Defects found", title_justify="left")
    table.add_column("kind")
    table.add_column("defects", justify="right")
    for half in halves:
        table.add_column("one module" if half else "any module", justify="right")
        table.add_column("stock", justify="right", style="dim")
    kinds = sorted({CATALOGUE[it.name].kind for it in results})
    for kind in [*kinds, ""]:
        members = [it for it in results if kind in ("", CATALOGUE[it.name].kind)]
        row = [kind or "all", str(len({it.name for it in members}))]
        for half in halves:
            mine = [it for it in members if it.one_module == half]
            theirs = [recorded[half][it.name] for it in mine if it.name in recorded[half]]
            row += [
                f"{sum(it.found for it in mine)}  {_share(mine):4.0%}",
                f"{sum(theirs) / len(theirs):.0%}" if theirs else "-",
            ]
        table.add_row(*row, style="bold" if not kind else "", end_section=kind == kinds[-1])
    console.print(table)
    found = [it for it in results if it.found]
    for what, numbers in (("requests", [it.requests for it in found]), ("seconds", [it.seconds for it in found])):
        if len(numbers) > 1:
            middle, tenth = statistics.median(numbers), statistics.quantiles(numbers, n=10)[-1]
            console.print(
                f"{what} until found: median {middle:g}, nine in ten within {tenth:g}, at most {max(numbers):g}"
            )
    told = f"stock: schemathesis with its default settings on one defect in {stock.ONE_IN}, by {stock.COMMAND}"
    console.print(told, highlight=False)


def _print_survivors(results: Sequence[Result], console: Console) -> None:
    for half in (False, True):
        missed = [it for it in results if it.one_module == half and not it.found]
        if missed:
            console.print(f"\nnot found, {'one module' if half else 'any module'}: {len(missed)}", style="bold")
        for result in missed:
            defect = CATALOGUE[result.name]
            only = f" (only findings: {', '.join(result.clauses[:3])})" if result.clauses else ""
            only += "" if result.measured else " (times could not be judged: this machine was busy)"
            console.print(f"  {defect.kind}: {defect.name}: {defect.says}{only}", markup=False, highlight=False)


def _print_alarms(honest: Sequence[tuple[str, list[str]]], console: Console) -> None:
    false = [(name, found) for name, found in honest if found]
    console.print(f"\nfalse alarms on {len(honest)} honest servers: {len(false)}", style="bold")
    for name, found in false:
        console.print(f"  {name}: {'; '.join(found[:3])}", markup=False, highlight=False, style="red")


if __name__ == "__main__":
    sys.exit(main())
