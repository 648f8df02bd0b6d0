"""`luminus-zoom ledger`: look into a ledger, export it, and say what became of unknown rows."""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from luminus_zoom.scheduling import Ledger, LedgerError, Row, State
from luminus_zoom.scheduling.results import start_of, write_results, writer_of

from .exits import Exit, refuse, show_help, worded
from .show import console, local, print_table

MOST = 10
"""The most rows of one reason that are named."""
STATES = click.Choice([str(state) for state in State])


@click.group(invoke_without_command=True)
@click.pass_context
def ledger(ctx: click.Context) -> None:
    """Look into the ledger of a timetable, export it, and settle unknown rows."""
    show_help(ctx)


def _opened(location: str) -> Ledger:
    """A ledger that is there. `Ledger.open` would make one."""
    if "://" not in location and not Path(location).is_file():
        refuse(f"There is no ledger {location}.")
    return Ledger.open(location)


@ledger.command()
@click.argument("location", metavar="LEDGER")
@click.option("--state", "states", type=STATES, multiple=True, help="Only rows in this state. May be repeated.")
@click.option("--events", is_flag=True, help="What happened, instead of how it stands.")
def show(location: str, states: tuple[str, ...], events: bool) -> int:
    """Show the rows of a ledger, without links and passcodes."""
    with _opened(location) as opened:
        if events:
            listed = [(local(event.at), event.row, event.name, event.detail) for event in opened.events()]
            print_table(("time", "row", "event", "detail"), listed)
            return Exit.CREATED
        rows = opened.rows(*map(State, states))
        _print_rows(rows)
        counts = {state: count for state, count in opened.counts().items() if count}
        click.echo(", ".join(f"{count:,} {state}" for state, count in counts.items()) or "no rows", err=True)
        if pause := opened.pause():
            click.echo(f"Nothing is sent before {local(pause.until)}: {pause.reason}", err=True)
    return Exit.CREATED


def _print_rows(rows: list[Row]) -> None:
    """Print rows. On a terminal the reasons come below, since a column of them would be narrow and long."""
    columns, reasons = ["row", "state", "start", "name", "source"], defaultdict(list)
    cells = [[row.number, row.state, start_of(row), row.name, row.source] for row in rows]
    if not console().is_terminal:
        print_table([*columns, "why"], [[*those, _why(row)] for those, row in zip(cells, rows, strict=True)])
        return
    print_table(columns, cells)
    for row in rows:
        reasons[_why(row)].append(str(row.number))
    for why, numbers in reasons.items():
        if why:
            more = f" and {len(numbers) - MOST:,} more" if len(numbers) > MOST else ""
            console().print(Text(f"row {', '.join(numbers[:MOST])}{more}: {why}"))


def _why(row: Row) -> str:
    return worded(row.message or "").partition("\n")[0]


@ledger.command()
@click.argument("location", metavar="LEDGER")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="A new .xlsx, .csv, .json, .jsonl or .ics."
)
def export(location: str, as_json: bool, output: Path | None) -> int:
    """Export all rows, with links and passcodes."""
    if as_json is (output is not None):
        refuse("Say either --json or --output FILE.")
    with _opened(location) as opened:
        if output is None:
            for values in opened.export():
                click.echo(json.dumps(values, ensure_ascii=False))
            return Exit.CREATED
        try:
            writer_of(output, [Path(location)])
            write_results(output, opened.rows())
        except (ValueError, OSError) as error:
            refuse(f"{getattr(error, 'strerror', None) or error}.")
    click.echo(f"Written: {output}", err=True)
    return Exit.CREATED


@ledger.command()
@click.argument("location", metavar="LEDGER")
@click.argument("number", type=int, required=False, metavar="[ROW]")
@click.option("--created", metavar="LINK", help="The meeting exists: its link, id or meeting number.")
@click.option("--not-created", is_flag=True, help="The meeting does not exist. The next run sends it again.")
def resolve(location: str, number: int | None, **said: Any) -> int:
    """Say what became of rows that are unknown, after a look at LumiNUS.

    Without a row, each unknown row is asked for.
    """
    with _opened(location) as opened:
        if number is not None:
            _resolve(opened, number, said["created"], not_created=said["not_created"])
            return Exit.CREATED
        if said["created"] or said["not_created"]:
            refuse("Say for which row: luminus-zoom ledger resolve LEDGER ROW …")
        unknown = opened.rows(State.UNKNOWN)
        if not unknown:
            click.echo("No row is unknown.")
        elif not sys.stdin.isatty():
            refuse("There is no terminal to ask at. Name a row, with --created LINK or --not-created.")
        for row in unknown:
            _ask(opened, row)
        left = len(opened.rows(State.UNKNOWN))
    return Exit.UNKNOWN if left else Exit.CREATED


def _ask(opened: Ledger, row: Row) -> None:
    """Ask a person about a row until the answer can be understood; an empty answer leaves it as it is."""
    click.echo(f"Row {row.number}: {row.name}, {start_of(row)}, module {row.module}")
    sent = f"sent {local(row.sent_at)}. " if row.sent_at else ""
    click.echo(f"  {sent}{_why(row)}".rstrip())
    while answer := click.prompt(
        "  Its link, or no if it does not exist, or nothing to leave it", default="", show_default=False
    ):
        is_absent = answer.strip().lower() in ("n", "no")
        try:
            now = opened.resolve(row.number, created=None if is_absent else answer, not_created=is_absent)
        except (ValueError, LedgerError) as error:
            click.echo(f"  {_said(error)}", err=True)
        else:
            click.echo(f"  Row {now.number} is {now.state}.")
            return


def _resolve(opened: Ledger, number: int, created: str | None, *, not_created: bool) -> None:
    try:
        row = opened.resolve(number, created=created, not_created=not_created)
    except ValueError as error:
        refuse(_said(error))
    click.echo(f"Row {row.number} is {row.state}.")


def _said(error: Exception) -> str:
    """An error about the arguments of a call, in the words of the command."""
    if str(error).startswith("Say either"):
        return "Say either --created LINK or --not-created."
    return str(error).replace("created= must be", "That must be")
