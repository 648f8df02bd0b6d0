"""`python -m contract_tests`: the main job. Starts the mock, shows a meeting being made, runs the suite, reports."""

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contract_tests import reports
from contract_tests.battery.case import Credentials
from contract_tests.conftest import LabPlugin
from contract_tests.exchange import RefusedEndpointError
from contract_tests.session import Options, Session

_FUZZERS = ("test_schemathesis.py", "test_round_trip.py")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite; 0 only if the server conforms, 1 if it does not or shows too little, 2 for wrong arguments."""
    parsed = _parser().parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 120)
    try:
        session = Session(_options(parsed))
    except RefusedEndpointError as error:
        console.print(f"refused: {error}", markup=False, style="red")
        return 2
    with session:
        _show_a_meeting(session, console)
        with Progress(
            TextColumn("{task.description:<14}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        ) as progress:
            task = progress.add_task("battery")
            session.run_battery(progress=lambda done, of: progress.update(task, completed=done, total=of))
            if not session.stopped:
                _fuzz(session, parsed.out)
        report = session.report()
    reports.write(report, parsed.out)
    reports.print_summary(report, console)
    console.print(f"see {parsed.out / 'report.html'}", highlight=False)
    return 0 if report["verdict"] == "conforms" else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m contract_tests", description=__doc__)
    parser.add_argument(
        "--base-url", default="", help="the API to test, such as http://127.0.0.1:9000/zoom; default: the mock"
    )
    parser.add_argument("--subscription-key", default="", help="a valid subscription key of that API")
    parser.add_argument("--token", default="", help="a bearer token, where it asks for one")
    parser.add_argument("--forbidden-key", default="", help="a valid key of a user without rights, to see the 403")
    parser.add_argument("--module-id", type=UUID, help="a module in which the user may create meetings; default: any")
    parser.add_argument("--seed", type=int, default=1, help="what the run draws; the same seed sends the same bytes")
    parser.add_argument("--examples", type=int, default=50, help="examples of each fuzzed property")
    parser.add_argument(
        "--budget", type=_seconds, default=0.0, help="time for fuzzing, such as 60s; default: --examples decides"
    )
    parser.add_argument("--strict", action="store_true", help="findings fail as well")
    parser.add_argument("--out", type=Path, default=Path("build/conformance"), help="the folder for the reports")
    return parser


def _seconds(text: str) -> float:
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:], 1)
    return float(text.rstrip("smh")) * unit


def _options(parsed: argparse.Namespace) -> Options:
    credentials = Credentials(parsed.subscription_key, parsed.token, parsed.forbidden_key)
    module = str(parsed.module_id) if parsed.module_id else ""
    return Options(
        base_url=parsed.base_url,
        credentials=credentials,
        module_id=module,
        seed=parsed.seed,
        examples=parsed.examples,
        budget=parsed.budget,
        strict=parsed.strict,
    )


def _fuzz(session: Session, out: Path) -> None:
    """Run the property-based tests in this process, so that they share the session's ledger.

    Tests that did not run, or failed for a reason that no clause tells, keep the run from conforming.
    """
    before = set(session.ledger.broken(findings=False))
    here = Path(__file__).parent
    paths = [str(path) for name in _FUZZERS if (path := here / name).exists()]
    with io.StringIO() as log:
        stdout, sys.stdout = sys.stdout, log
        try:
            code = pytest.main(
                [
                    "-q",
                    "-p",
                    "no:cacheprovider",
                    "--no-header",
                    "-W",
                    "ignore:Module already imported",
                    f"--hypothesis-seed={session.options.seed}",
                    *paths,
                ],
                plugins=[LabPlugin(session)],
            )
        finally:
            sys.stdout = stdout
            out.mkdir(parents=True, exist_ok=True)
            (out / "pytest.log").write_text(session.runner.mask(log.getvalue()), "utf-8")
    told = set(session.ledger.broken(findings=False)) - before
    if code != pytest.ExitCode.OK and not (code == pytest.ExitCode.TESTS_FAILED and told):
        session.ledger.not_run.append("the property-based tests did not run to their end, see pytest.log")


def _show_a_meeting(session: Session, console: Console) -> None:
    """Create one meeting through the wrapper and print it; the wrapper hides the secrets."""
    try:
        from contract_tests.wrapper_calls import example_meeting
    except (ImportError, SyntaxError) as error:
        session.ledger.not_run.append(f"the wrapper cannot be imported: {error}")
    else:
        console.print(example_meeting(session), highlight=False, markup=False)


if __name__ == "__main__":
    sys.exit(main())
