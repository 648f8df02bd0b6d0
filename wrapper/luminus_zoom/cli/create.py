"""`luminus-zoom create`: one meeting."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import click

from luminus_zoom import Meeting, ZoomClient
from luminus_zoom._response import FOREIGN
from luminus_zoom.errors import InvalidMeetingError, ZoomError
from luminus_zoom.scheduling.cells import MODULE, START
from luminus_zoom.scheduling.rows import State
from luminus_zoom.scheduling.schedule import state_of

from .exits import Exit, Refusal, refuse, worded
from .options import Cell, look_alike_option, meeting_arguments, meeting_options, read_extra, with_options, zone_option
from .settings import Connection, connection_of, connection_options, zone_of
from .show import print_pairs, warn

SHOWN = ("join_url", "password", "meeting_id", "id", "name", "start", "duration", "send_email")
"""What is shown of a new meeting. --json has everything."""
LABELS = {"join_url": "link", "password": "passcode", "meeting_id": "meeting id"}


@with_options(meeting_options())
@click.command(short_help="Create one meeting.")
@zone_option
@click.option(
    "--extra", multiple=True, type=Cell(read_extra), metavar="NAME=JSON", help="A further property of the request."
)
@click.option("--validate/--no-validate", default=True, help="Whether the meeting is checked before it is sent.")
@click.option("--retries", type=int, help="How often what the service cannot have seen is sent again.")
@click.option("--strict", is_flag=True, default=None, help="Fail if the answer breaks the contract.")
@click.option("--ledger", type=str, metavar="LEDGER", help="Record it in this ledger.")
@look_alike_option("What to do if the ledger has a meeting of the same module, name and start.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the new meeting with all its properties.")
@connection_options
def create(**given: Any) -> int:
    """Create one meeting. A start is written as 2027-01-18 10:00, with --tz; a duration as 90, 1:30 or 1h30m.

    The link and the passcode are printed. Exit code 5 says that the meeting may exist: look in LumiNUS then.
    """
    connection = connection_of(given)
    zone = zone_of(given["zone"], connection)
    arguments = meeting_arguments(given, zone, connection.modules)
    if START in arguments and arguments[START] < datetime.now(UTC):
        warn("the start is in the past.")
    call = {
        "validate": given["validate"],
        "extra": dict(given["extra"]) or None,
    }
    try:
        if given["dry_run"]:
            return _preview(connection, arguments, call, as_json=given["as_json"])
        with ZoomClient(**connection.client_options()) as zoom:
            if given["ledger"]:
                meeting = _recorded(zoom, arguments, call, given)
            else:
                meeting = zoom.create_meeting(**arguments, **call)
    except InvalidMeetingError as error:
        raise Refusal(_in_words(error)) from None
    except ZoomError as error:
        if (known := getattr(error, "meeting", None)) is None:
            raise
        return _show(known, error, as_json=given["as_json"])
    return _show(meeting, None, as_json=given["as_json"])


def _preview(connection: Connection, arguments: Mapping[str, Any], call: Mapping[str, Any], *, as_json: bool) -> int:
    """Show what would be sent. That needs no credentials."""
    with ZoomClient(**connection.client_options(sends=False)) as zoom:
        preview = zoom.preview_meeting(**arguments, **call)
    body = json.loads(preview.body)
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False))
        return Exit.CREATED
    lines = [f"{preview.method} {preview.url}", *(f"{name}: {value}" for name, value in preview.headers.items())]
    click.echo("\n".join([*lines, "", json.dumps(body, ensure_ascii=False, indent=2), ""]))
    click.echo("Nothing was sent.", err=True)
    return Exit.CREATED


def _recorded(
    zoom: ZoomClient, arguments: Mapping[str, Any], call: Mapping[str, Any], given: Mapping[str, Any]
) -> Meeting:
    """Create a meeting and record it in a ledger."""
    from luminus_zoom.scheduling import ConflictError, Ledger, PlannedMeeting, Result, StoppedError, schedule

    if call["extra"] or not call["validate"]:
        refuse("--ledger records meetings that are checked: leave out --extra and --no-validate.")
    meeting = PlannedMeeting(arguments, "command line")
    look_alike = given["look_alike"]
    with Ledger.open(given["ledger"]) as ledger:
        try:
            plan = ledger.compare([meeting], further=True, look_alike=look_alike)
            results = schedule([meeting], ledger, zoom, further=True, look_alike=look_alike)
        except ConflictError as error:
            same = error.conflicts[0].row
            refuse(
                f"Nothing was sent: row {same.number} of the ledger has the same module, name and start, and is "
                f"{same.state}. To create it all the same, pass --look-alike warn."
            )
        for conflict in plan.look_alikes:
            warn(f"{conflict}.")
        found: list[Result] = []
        try:
            found.extend(results)
        except StoppedError:
            if not found:
                raise
    if not found:
        refuse("Nothing was sent: another process sends this meeting just now.", Exit.NOT_SENT)
    if found[0].error:
        raise found[0].error
    return cast(Meeting, found[0].meeting)  # One of the two is there.


def _show(meeting: Meeting, error: ZoomError | None, *, as_json: bool) -> int:
    """Print a meeting, with what is wrong about its answer; the exit code."""
    values = meeting.to_dict()
    state = state_of(meeting, error)
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
    elif FOREIGN in meeting.deviations:
        # Nobody should pass on the link of somebody else's meeting.
        it = f"{values.get('name')!r} ({values.get('id')})"
        refuse(
            f"A meeting may have been created, but the answer belongs to another request: it shows {it}. Look in "
            "LumiNUS first: a second call may create a second meeting and e-mail everybody twice.",
            Exit.UNKNOWN,
        )
    else:
        print_pairs({LABELS.get(name, name.replace("_", " ")): values[name] for name in SHOWN if name in values})
        _warn_of(meeting, error)
    return Exit.CREATED if state is State.CREATED else Exit.UNKNOWN


def _warn_of(meeting: Meeting, error: ZoomError | None) -> None:
    if error:
        warn(worded(str(error)))
        return
    for deviation in meeting.deviations:
        warn(f"the answer breaks the contract at {deviation}")


def _in_words(error: InvalidMeetingError) -> str:
    """What is wrong, by the options of the command."""
    lines = []
    for problem in error.problems:
        option = "--" + problem.parameter.partition("[")[0].replace(".", "-").replace("_", "-")
        why = problem.message.replace(
            "pass fold=1 for the second, or the time in UTC for either", "write its offset, as 01:30-04:00"
        )
        if problem.parameter == MODULE:
            why = why.replace("a UUID", "a UUID, or a code that config.toml has under [modules]")
        lines.append(f"{option} {why.replace(', as uuid.UUID or as text', '')}")
    return "Nothing was sent: " + "; ".join(lines) + "."
