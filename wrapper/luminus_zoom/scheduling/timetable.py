"""A term's timetable as people keep it, as meetings that are checked. docs/scheduling.md lists the columns.

    timetable = read_timetable(["term.csv", "exams.xlsx"], Reading(zone=ZoneInfo("Asia/Singapore")))
    for result in schedule(timetable.meetings, ledger, zoom): ...

Everything is read and checked before anything is sent, and all that is wrong is told at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import field, frozen

from luminus_zoom.errors import Problem

from .cells import DURATION, MODULE, START, text_of
from .columns import END, HOSTS, NAME, assigned, is_known
from .errors import InvalidRowsError
from .lines import Line, Reading, RowReader
from .planned import Fault, PlannedMeeting
from .tables import Table, TableRow, UnreadableFileError, read_table

MOST_WARNINGS = 20
"""The most warnings of one kind that are listed one by one."""
_MISSING: Mapping[str, str] = {
    MODULE: "add a column module, or pass --module ID",
    NAME: "add a column name",
    START: "add a column start, or the columns date and time",
    DURATION: "add a column duration or end, or pass --duration 1h30m",
}
_NO_MODULES = "a calendar has no ids of modules: pass --module CS2030S=ID for each code that its events begin with"


@frozen
class Timetable:
    """Meetings that are valid, in the order of their files, and what a person should look at before they are created.

    `tables` has each file as it is written.
    """

    lines: Sequence[Line]
    warnings: Sequence[str]
    tables: Mapping[Path, Table] = field(factory=dict, repr=False)

    @property
    def meetings(self) -> list[PlannedMeeting]:
        """The meetings, as `schedule` takes them."""
        return [line.meeting for line in self.lines]


def read_timetable(files: Iterable[str | Path], reading: Reading | None = None) -> Timetable:
    """Read and check files: CSV, spreadsheets and calendars.

    Raises:
        InvalidRowsError: with everything that is wrong in all files.
    """
    reading = reading or Reading()
    lines: list[Line] = []
    faults: list[Fault] = []
    warnings: list[str] = []
    tables: dict[Path, Table] = {}
    for path in map(Path, files):
        try:
            table = tables[path] = read_table(path, is_known)
        except UnreadableFileError as error:
            faults.append(_fault(path, str(error)))
            continue
        reader, kept = _reader(path, table, reading, faults, warnings)
        lines += [line for row in kept for line in reader.lines(row)]
        faults += dict.fromkeys(reader.faults)
        warnings += reader.warnings
    if not faults and not lines:
        text = f" with {reading.match!r} in their names" if reading.match else ""
        faults.append(Fault("", Problem("the timetable", f"has no meetings{text}")))
    if faults:
        raise InvalidRowsError(faults)
    return Timetable(lines, [*warnings, *_notes(lines)], tables)


def _fault(path: Path, why: str, place: str = "") -> Fault:
    return Fault("", Problem(f"{path.name or path}{place}", why))


def _reader(
    path: Path, table: Table, reading: Reading, faults: list[Fault], warnings: list[str]
) -> tuple[RowReader, list[TableRow]]:
    """What reads a file's rows, and the rows that are wanted."""
    columns, wrong, unused = assigned(table.columns)
    faults += [_fault(path, why, f" column {column}") for column, why in wrong.items()]
    missing = {name for name in _MISSING if name not in columns and name not in reading.defaults}
    missing -= {DURATION} if END in columns else set()
    missing -= {MODULE} if table.is_calendar and reading.modules else set()
    for name in sorted(missing, key=list(_MISSING).index):
        faults.append(_fault(path, _NO_MODULES if table.is_calendar else f"has no {name}: {_MISSING[name]}"))
    notes = list(table.notes)
    if unused and not table.is_calendar:
        notes.append(f"not used: column {', '.join(unused)}")
    wanted = [
        row for row in table.rows if reading.match.lower() in text_of(row.cells.get(columns.get(NAME, ""))).lower()
    ]
    if left_out := len(table.rows) - len(wanted):
        notes.append(f"{left_out:,} of {len(table.rows):,} left out, without {reading.match!r} in the name")
    warnings += [f"{path.name}: {note}" for note in notes]
    return RowReader(path, table, columns, reading, frozenset(missing)), wanted


def _notes(lines: Sequence[Line]) -> Iterator[str]:
    """What may be a mistake: meetings in the past, the same one twice, two at a time."""
    now = datetime.now(UTC)
    if past := [line for line in lines if line.start < now]:
        yield f"{_count(len(past))} in the past, the first {past[0].start:%Y-%m-%d %H:%M} ({past[0].meeting.source})"
    yield from _at_most(_look_alikes(lines))
    yield from _at_most(_clashes(lines))


def _count(number: int) -> str:
    return "1 meeting is" if number == 1 else f"{number:,} meetings are"


def _at_most(warnings: Iterable[str]) -> Iterator[str]:
    listed = list(warnings)
    yield from listed[:MOST_WARNINGS]
    if len(listed) > MOST_WARNINGS:
        yield f"and {len(listed) - MOST_WARNINGS:,} more of this kind"


def _look_alikes(lines: Iterable[Line]) -> Iterator[str]:
    first: dict[object, Line] = {}
    for line in lines:
        earlier = first.setdefault(line.meeting.key, line)
        if earlier is not line:
            yield f"{line.meeting.source} has the same module, name and start as {earlier.meeting.source}"


def _clashes(lines: Iterable[Line]) -> Iterator[str]:
    """Meetings that overlap and are of one module, or have one host."""
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.start):
        groups["the module", line.meeting.key[0]].append(line)
        for host in line.meeting.arguments.get(HOSTS) or ():
            groups["the host", host.lower()].append(line)
    told: set[tuple[str, str]] = set()
    for (what, which), group in groups.items():
        longest = group[0]
        for line in group[1:]:
            pair = longest.meeting.source, line.meeting.source
            if line.start < longest.end and line.meeting.key != longest.meeting.key and pair not in told:
                told.add(pair)
                yield f"{pair[0]} and {pair[1]} overlap ({line.start:%Y-%m-%d %H:%M}) and have {what} {which}"
            longest = max(longest, line, key=lambda one: one.end)
