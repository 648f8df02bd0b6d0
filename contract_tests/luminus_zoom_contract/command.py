"""The suite's command: test an endpoint, by default the mock, and write the reports."""

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from luminus_zoom_contract.arguments import options, parse
from luminus_zoom_contract.cases.values import SuiteError
from luminus_zoom_contract.report import files as reports
from luminus_zoom_contract.report.masking import harmless
from luminus_zoom_contract.report.reproduction import shown_answer, shown_request
from luminus_zoom_contract.run.guard import DryRun
from luminus_zoom_contract.run.properties import run_all
from luminus_zoom_contract.run.runner import StoppedError
from luminus_zoom_contract.run.session import Session
from luminus_zoom_contract.run.transport import HttpRequest, WithheldError
from luminus_zoom_contract.spec.document import SetupError

EXIT_CODES: Final = {"conforms": 0, "broken": 1, "inconclusive": 3}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite; the exit code is that of the verdict, or 2 where the suite cannot or must not run."""
    parsed = parse(arguments)
    console = Console(width=None if sys.stdout.isatty() else 120)
    try:
        session = Session(options(parsed))
    except (ValueError, OSError, ImportError) as error:
        return _refuse(str(error), console)
    with session:
        try:
            return _use(session, parsed, console)
        except SetupError as error:
            return _refuse(str(error), console)
        except SuiteError as error:
            return _refuse(f"the suite is at fault, and not the endpoint: {error}", console)


def _refuse(reason: str, console: Console) -> int:
    console.print(f"refused: {harmless(reason)}", markup=False, highlight=False, style="red")
    return 2


def _use(session: Session, parsed: argparse.Namespace, console: Console) -> int:
    if parsed.dry_run:
        return list_requests(session, console)
    if parsed.case:
        return repeat(session, parsed.case, console)
    report = _run(session, parsed, console)
    reports.write(report, parsed.out)
    reports.print_summary(report, console)
    console.print(f"see {parsed.out / 'report.html'}", highlight=False)
    return EXIT_CODES[report["verdict"]]


def _run(session: Session, parsed: argparse.Namespace, console: Console) -> reports.Report:
    live = session.options.live
    session.check_standing()
    if live is None:
        _show_a_meeting(session, console)
    else:
        console.print(f"run {live.rules.run_id}: what it creates is listed in {live.log}", highlight=False)
    columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("cases")
        session.run_cases(progress=lambda done, of: progress.update(task, completed=done, total=of))
        if live is None and not session.stopped:
            progress.add_task("fuzzing", total=None)
            _fuzz(session)
    # The one request that nobody refuses comes last where it costs something.
    if session.guard is not None and not session.stopped and session.guard.left > 0:
        _show_a_meeting(session, console)
    return session.report()


def list_requests(session: Session, console: Console) -> int:
    """Print every request that a run would send, in its order, secrets masked; nothing is sent."""
    gate = session.exchange.gate
    assert isinstance(gate, DryRun)  # noqa: S101 - what a session has for a dry run
    for number, (title, request) in enumerate(_planned(session, gate), 1):
        console.print(f"# {number}  {title}", markup=False, highlight=False, style="bold", soft_wrap=True)
        text = harmless(session.runner.mask(request.encode().decode("utf-8", "backslashreplace").replace("\r\n", "\n")))
        console.print(f"{text}\n", markup=False, highlight=False, soft_wrap=True)
    live = session.options.live
    creates = f", of which at most {live.max_creates} may create a meeting" if live else ""
    mark = f"; RUN_ID={live.rules.run_id} sends the same" if live else "; what fuzzers draw comes on top"
    console.print(f"{len(gate.listed)} requests would be sent{creates}. Nothing was sent{mark}.", highlight=False)
    return 0


def _planned(session: Session, gate: DryRun) -> Iterator[tuple[str, HttpRequest]]:
    cases = session.cases()
    for case in cases:
        try:
            session.exchange.send(case.request)
        except WithheldError:
            yield f"{case.clause}: {case.title}", gate.listed[-1]
    live = session.options.live
    if live is None or sum(case.may_succeed for case in cases) < live.max_creates:
        _show_a_meeting(session, Console(file=io.StringIO()))
        yield "a meeting through the wrapper", gate.listed[-1]


def repeat(session: Session, number: int, console: Console) -> int:
    """Send one case of the run and print what was sent, what was got, and what that breaks; 1 if it breaks anything.

    The case before it is sent too, where that costs nothing, since some defects need two requests.
    """
    cases = session.cases()
    if not 1 <= number <= len(cases):
        return _refuse(f"there are cases 1 to {len(cases)}", console)
    case = cases[number - 1]
    answer = None
    try:
        for each in cases[max(0, number - 2) : number - 1] if session.guard is None else ():
            session.runner.send(each)
        answer = session.runner.send(case)
    except StoppedError:
        console.print("; ".join(session.results.not_run), markup=False, style="red")
    mask = session.runner.mask
    for text in (case.title, shown_request(case.request), shown_answer(answer) if answer else "no answer"):
        console.print(harmless(mask(text)) + "\n", markup=False, highlight=False, soft_wrap=True)
    broken = [*session.results.broken(findings=False), *session.results.broken(findings=True)]
    for clause in broken:
        said = session.results.entries[clause].failures[-1].message
        console.print(f"breaks {clause}: {said}", markup=False, highlight=False, style="bold red", soft_wrap=True)
    if not broken:
        console.print("breaks nothing", style="green")
    return 1 if broken or answer is None else 0


def _fuzz(session: Session) -> None:
    """Search the properties. What ends without a word in the results keeps the run from conforming."""
    try:
        run_all(session)
    except Exception as error:
        text = session.runner.mask(f"{type(error).__name__}: {error}")
        session.results.not_run.append(f"the property-based tests did not run to their end: {harmless(text, 300)}")


def _show_a_meeting(session: Session, console: Console) -> None:
    """Create one meeting through the wrapper and print it; the wrapper hides the secrets."""
    if not session.has_wrapper or session.results.cause or session.exchange.unreachable():
        return
    try:
        from luminus_zoom_contract.run.wrapper_calls import example_meeting
    except (ImportError, SyntaxError) as error:
        session.results.not_run.append(f"the wrapper cannot be imported: {error}")
    else:
        console.print(harmless(example_meeting(session)), highlight=False, markup=False)
