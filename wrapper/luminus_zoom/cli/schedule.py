"""`luminus-zoom schedule`: a timetable of meetings, each created once."""

import json
import os
import shlex
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from luminus_zoom import ZoomClient
from luminus_zoom._arguments import PARAMETERS
from luminus_zoom.scheduling import (
    Ledger,
    LedgerError,
    Plan,
    PlannedMeeting,
    Reading,
    Result,
    State,
    StoppedError,
    Timetable,
    read_timetable,
)
from luminus_zoom.scheduling import schedule as run_schedule
from luminus_zoom.scheduling.cells import MODULE, START
from luminus_zoom.scheduling.columns import NAME
from luminus_zoom.scheduling.results import start_of, write_results, writer_of
from luminus_zoom.scheduling.rows import OPEN

from .exits import Exit, refuse
from .options import look_alike_option, meeting_arguments, meeting_options, module_of, with_options, zone_option
from .progress import RunProgress
from .settings import Connection, connection_of, connection_options, zone_of
from .show import errors, print_table, warn

MAILS = "send_email"
"""The argument that makes the service write to every participant."""


@with_options(meeting_options(without=(MODULE, NAME, START)))
@click.command(short_help="Create a timetable of meetings, each once.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--ledger",
    "location",
    required=True,
    metavar="LEDGER",
    help="Keeps what became of each meeting: a file, which is made if there is none, or a URL postgresql://…",
)
@click.option("--yes", is_flag=True, help="Do not ask before meetings are created.")
@click.option("--first", type=click.IntRange(1), help="Create only so many, to try it out.")
@click.option("--per-day", type=click.IntRange(1), default=100, show_default=True, help="Meetings a day (UTC).")
@click.option("--concurrency", type=click.IntRange(1, 64), default=4, show_default=True, help="Calls at a time.")
@look_alike_option("What to do with a row whose module, name and start another row of the ledger has.")
@click.option("--module", multiple=True, metavar="[CODE=]ID", help="The module of a code, or of all rows without one.")
@click.option("--match", default="", metavar="TEXT", help="Only rows whose name has this text.")
@click.option("--day-first", is_flag=True, help="Read 5/2/2027 as 5 February.")
@zone_option
@click.option(
    "--results",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write links and passcodes to a new .xlsx, .csv, .json, .jsonl or .ics. May be repeated.",
)
@click.option("--dry-run", is_flag=True, help="Check everything, say what would be created, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each row when it is done.")
@connection_options
def schedule(**given: Any) -> int:  # fmt: skip
    """Create the meetings of timetables: CSV files, spreadsheets, calendars. Run it again to go on where it stopped.

    Everything is checked before anything is sent. The ledger keeps what became of each meeting, so that none is
    created twice. The other options set what the rows do not say.
    """
    connection = connection_of(given)
    timetable = read_timetable(given["files"], _reading(given, connection))
    for path in given["results"]:
        _check_results(path, timetable, given["location"])
    for warning in timetable.warnings:
        warn(warning)
    options = connection.client_options(sends=not given["dry_run"])
    with Ledger.open(given["location"]) as ledger, ZoomClient(**options) as zoom:
        plan = _plan(ledger, timetable, given)
        todo = _to_send(timetable, plan, given["first"])
        if not (plan.known or plan.updated or plan.gone):
            # Whoever mistypes its name would create all meetings again.
            click.echo(f"{ledger.name} is a new ledger: it knows of no earlier run", err=True)
        click.echo(_summary(timetable, plan, todo, zoom.base_url, given), err=True)
        if given["dry_run"]:
            click.echo("Nothing was sent.", err=True)
            return Exit.CREATED
        if todo and not given["yes"]:
            _confirm(len(todo))
        code = _Run(ledger, zoom, timetable, given).run(len(todo))
        _write(given["results"], ledger, timetable)
        return code


def _reading(given: dict[str, Any], connection: Connection) -> Reading:
    modules, defaults = dict(connection.modules), meeting_arguments(given)
    for text in given["module"]:
        code, separator, module = text.rpartition("=")
        if separator:
            modules[code.strip()] = module.strip()
        else:
            defaults[MODULE] = module_of(text, modules)
    return Reading(
        zone=zone_of(given["zone"], connection),
        day_first=given["day_first"],
        modules=modules,
        match=given["match"],
        defaults=defaults,
    )


def _check_results(path: Path, timetable: Timetable, ledger: str) -> None:
    """Refuse a results file that cannot be written, before anything is sent."""
    try:
        writer_of(path, [*timetable.tables, Path(ledger)])
    except ValueError as error:
        refuse(f"--results {error}.")


def _plan(ledger: Ledger, timetable: Timetable, given: dict[str, Any]) -> Plan:
    """What a run would do. What a person has to settle first is refused."""
    plan = ledger.compare(timetable.meetings, look_alike=given["look_alike"])
    if plan.conflicts:
        lines = "\n".join(f"  {conflict}." for conflict in plan.conflicts)
        hint = ""
        if any(conflict.kind == "look-alike" for conflict in plan.conflicts):
            hint = "\nTo create look-alikes all the same, pass --look-alike warn."
        refuse(f"Nothing was sent: rows differ from what the ledger says.\n{lines}{hint}")
    for look_alike in plan.look_alikes:
        warn(f"{look_alike}.")
    return plan


def _to_send(timetable: Timetable, plan: Plan, first: int | None) -> list[PlannedMeeting]:
    """What a run would send, in the order of the timetable."""
    taken = {row.number for row in plan.known if row.state not in OPEN}
    pairs = zip(timetable.meetings, plan.numbers, strict=True)
    return [meeting for meeting, number in pairs if number not in taken][:first]


def _summary(timetable: Timetable, plan: Plan, todo: Sequence[PlannedMeeting], url: str, given: dict[str, Any]) -> str:
    """What a person should know before meetings are created."""
    days = sorted(line.start.date() for line in timetable.lines)
    files = ", ".join(path.name for path in timetable.tables)
    lines = [f"{files}: {_meetings(len(days))}, {days[0]} to {days[-1]}"]
    states = Counter(row.state for row in plan.known)
    exist = [f"{states[state]:,} {words}" for state, words in _PASSED_OVER.items() if states[state]]
    exist += [f"{len(plan.gone):,} in the ledger but not in the timetable"] if plan.gone else []
    if exist:
        lines.append(f"Not sent again: {', '.join(exist)}")
    wire = PARAMETERS[MAILS].wire
    mailing = sum(meeting.values.get(wire) is True for meeting in todo)
    mails = f"{mailing:,} of them mail all participants" if mailing else "nobody is mailed"
    if mailing == len(todo) == 1:
        mails = "it mails all participants"
    lines.append(f"To create now: {_meetings(len(todo))} ({mails}), at {url}")
    if len(todo) > given["per_day"]:
        lines.append(f"At most {given['per_day']:,} a day: run the same command again on the days after")
    return "\n".join(lines)


_PASSED_OVER = {
    State.CREATED: "created already",
    State.UNKNOWN: "unknown (see luminus-zoom ledger resolve)",
    State.SENDING: "in flight in another process",
}


def _meetings(number: int) -> str:
    return "1 meeting" if number == 1 else f"{number:,} meetings"


def _confirm(number: int) -> None:
    """Ask a person; where there is none, --yes has to say it.

    Raises:
        Refusal: the answer is no.
    """
    if not sys.stdin.isatty():
        refuse("Nothing was sent: there is no terminal to ask at. Pass --yes.")
    if not click.confirm(f"Create {_meetings(number)}?", err=True):
        refuse("Nothing was sent.", Exit.NOT_SENT)


class _Run:
    """One run over the ledger."""

    def __init__(self, ledger: Ledger, zoom: ZoomClient, timetable: Timetable, given: dict[str, Any]) -> None:
        self._ledger = ledger
        self._zoom = zoom
        self._timetable = timetable
        self._given = given
        self._stop = threading.Event()
        self._progress: RunProgress

    def run(self, total: int) -> int:
        """Create the meetings, and tell what became of them; the exit code."""
        self._progress = RunProgress(total, self._ledger)
        code = None
        with self._progress, self._signals():
            try:
                for result in self._results():
                    self._progress.add(result)
                    if self._given["as_json"]:
                        click.echo(json.dumps(result.row.to_dict(), ensure_ascii=False))
            except StoppedError as error:
                self._progress.say(str(error), "yellow")
            except LedgerError as error:
                self._progress.say(f"Error: {error}", "red")
                self._progress.say("Run again when the ledger can be used: what was in flight is unknown then.")
                code = Exit.UNKNOWN
        return self._end() if code is None else code

    def _results(self) -> Iterator[Result]:
        names = ("per_day", "first", "look_alike", "concurrency")
        options = {name: self._given[name] for name in names}
        return run_schedule(self._timetable.meetings, self._ledger, self._zoom, stop=self._stop, **options)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Let Ctrl-C and a termination finish what is in flight, and a second one stop at once."""
        kinds = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(kind, self._interrupt) for kind in kinds]
        try:
            yield
        finally:
            for kind, handler in zip(kinds, before, strict=True):
                signal.signal(kind, handler)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._stop.is_set():
            self._progress.close()
            click.echo("Stopped. What was in flight is unknown until its answer is looked up.", err=True)
            sys.stdout.flush()
            os._exit(Exit.INTERRUPTED)
        self._stop.set()
        self._progress.say("Finishing what is in flight. Ctrl-C again stops at once.", "yellow")

    def _end(self) -> int:
        """Tell how it stands, and what to do about it; the exit code."""
        wanted = {meeting.fingerprint for meeting in self._timetable.meetings}
        rows = [row for row in self._ledger.rows() if row.fingerprint in wanted]
        counts = Counter(row.state for row in rows)
        click.echo(", ".join(f"{counts[state]:,} {state}" for state in State if counts[state]), err=True)
        if unknown := [row for row in rows if row.state is State.UNKNOWN]:
            click.echo("Meetings that may exist. Look each up in LumiNUS, then say what is there:", err=True)
            print_table(
                ("row", "start", "name"), [(row.number, start_of(row), row.name) for row in unknown[:20]], errors()
            )
            click.echo(f"  luminus-zoom ledger resolve {shlex.quote(self._ledger.name)}", err=True)
        if self._stop.is_set():
            return Exit.INTERRUPTED
        return _code(counts, is_part=self._given["first"] is not None)


def _code(counts: Mapping[State, int], *, is_part: bool) -> int:
    """The exit code: that of the gravest state. Rows that were not asked for do not count."""
    if counts[State.UNKNOWN] or counts[State.SENDING]:
        return Exit.UNKNOWN
    if counts[State.REJECTED]:
        return Exit.REJECTED
    if counts[State.NOT_SENT] or (counts[State.PLANNED] and not is_part):
        return Exit.NOT_SENT
    return Exit.CREATED


def _write(paths: Iterable[Path], ledger: Ledger, timetable: Timetable) -> None:
    rows = ledger.rows()
    for path in paths:
        try:
            write_results(path, rows, timetable)
        except OSError as error:
            warn(f"{path} was not written: {error.strerror}. luminus-zoom ledger export writes it, too.")
        else:
            click.echo(f"Written: {path}", err=True)
