"""The rows of a timetable: CSV as Excel and others write it, spreadsheets, and calendars."""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from .cells import text_of

_DELIMITERS = ",;\t|"
_HEADER_ROWS = 20
"""How far down the row with the column names is looked for: some sheets have a title above it."""
MOST_EVENTS = 5_000
"""The most events that one calendar is read for; a series without an end has more."""


class UnreadableFileError(ValueError):
    """A file that is no timetable as a whole: the reason, with what to do."""


@frozen
class TableRow:
    """One row as it is written: its number in the file, as a spreadsheet counts, and its cells by column name."""

    number: int
    cells: Mapping[str, Any]


@frozen
class Table:
    """The rows of a file that are not empty, and the names of its columns as they are written."""

    columns: Sequence[str]
    rows: Sequence[TableRow]
    is_calendar: bool = False
    notes: Sequence[str] = ()
    """What the person who wrote the file should know."""


Known = Callable[[str], bool]
"""Whether a text is the name of a column that means something."""


def read_table(path: Path, known: Known) -> Table:
    """The rows of a file. Its contents tell what it is, not its name.

    Raises:
        UnreadableFileError: it cannot be read, or has no row with the names of its columns.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror or type(error).__name__}") from None
    if not data.strip():
        raise UnreadableFileError("is empty")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _spreadsheet(data, known)
    text = _decoded(data)
    if re.match(r"\s*BEGIN:VCALENDAR", text, re.IGNORECASE):
        return _calendar(text)
    return _csv(text, known)


def _decoded(data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 or the code page of Windows, which Excel writes."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text:
        raise UnreadableFileError("is neither a CSV file, a spreadsheet nor a calendar")
    return text


def _csv(text: str, known: Known) -> Table:
    first, _, rest = text.partition("\n")
    given = re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE)  # Excel's own line, which only Excel shows as none.
    candidates = [(rest, given[1], 2)] if given else [(text, delimiter, 1) for delimiter in _DELIMITERS]
    tables = []
    try:
        for body, delimiter, start in candidates:
            lines = enumerate(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter), start)
            tables.append(_with_header(lines, known))
    except csv.Error as error:
        raise UnreadableFileError(f"is no CSV file: {error}") from None
    return _checked(max(tables, key=lambda table: sum(map(known, table.columns))), known)


def _with_header(lines: Iterable[tuple[int, Sequence[Any]]], known: Known) -> Table:
    """The rows below the one that names most columns."""
    lines = list(lines)
    head = lines[:_HEADER_ROWS]
    counts = [sum(known(text_of(cell)) for cell in cells) for _, cells in head]
    place = counts.index(max(counts, default=0)) if counts else 0
    columns = [text_of(cell) for cell in head[place][1]] if head else []
    rows = [
        TableRow(number, dict(zip(columns, cells, strict=False)))
        for number, cells in lines[place + 1 :]
        if any(text_of(cell) for cell in cells)
    ]
    return Table(columns, rows)


def _checked(table: Table, known: Known) -> Table:
    """The table, if it has names for its columns.

    Raises:
        UnreadableFileError: it has none, or two of one name.
    """
    if sum(map(known, table.columns)) < 2:
        shown = ", ".join(filter(None, table.columns[:6])) or "nothing"
        raise UnreadableFileError(
            f"has no row that names its columns: begin with a row such as module,name,start,duration (found {shown})"
        )
    named = [column for column in table.columns if column]
    if twice := next((column for column in named if named.count(column) > 1), None):
        raise UnreadableFileError(f"has two columns of the name {twice}: rename one")
    return table


def _spreadsheet(data: bytes, known: Known) -> Table:
    """The first sheet with names of columns; the others are named."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = {
            name: _with_header(enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), 1), known)
            for name in book.sheet_names
        }
    except CalamineError as error:
        # PasswordError says it in its name alone.
        hint = ": save it without a password" if "password" in f"{type(error).__name__}{error}".lower() else ""
        raise UnreadableFileError(f"is no spreadsheet that can be read ({error}){hint}") from None
    name, table = max(sheets.items(), key=lambda sheet: sum(map(known, sheet[1].columns)))
    others = [other for other, its in sheets.items() if other != name and its.rows]
    note = f"only the sheet {name} is read, not {', '.join(others)}"
    return evolve(_checked(table, known), notes=[note] if others else [])


EVENT_COLUMNS = ("name", "start", "end", "description", "location")
"""The columns that a calendar is read into."""
_TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
"""Frequencies of no class. Without an end, to find their dates would take for ever."""


def _calendar(text: str) -> Table:
    """A row for each time of each event. Its number is that of the event in the file, from 1."""
    import recurring_ical_events  # type: ignore[import-untyped]
    from icalendar import Calendar

    if any(f"FREQ={frequency}" in text.upper() for frequency in _TOO_OFTEN):
        raise UnreadableFileError("has an event that is repeated more often than once a day")
    try:
        calendar = Calendar.from_ical(text)
        numbers = {str(event.get("UID")): number for number, event in enumerate(calendar.walk("VEVENT"), 1)}
        found = recurring_ical_events.of(calendar).all()
        events = list(itertools.islice(found, MOST_EVENTS + 1))
    except Exception as error:  # The libraries raise many kinds, and say nothing of which.
        raise UnreadableFileError(f"is no calendar that can be read ({' '.join(str(error).split())[:100]})") from None
    if len(events) > MOST_EVENTS:
        raise UnreadableFileError(f"has more than {MOST_EVENTS:,} events: does a series lack its end (UNTIL or COUNT)?")
    rows = sorted(map(_event, itertools.repeat(numbers), events), key=lambda row: row.number)
    return Table(EVENT_COLUMNS, rows, is_calendar=True)


def _event(numbers: Mapping[str, int], event: Any) -> TableRow:
    start, end = event.start, event.end
    values = (event.get("SUMMARY"), start, end, event.get("DESCRIPTION"), event.get("LOCATION"))
    return TableRow(numbers[str(event.get("UID"))], dict(zip(EVENT_COLUMNS, values, strict=True)))
