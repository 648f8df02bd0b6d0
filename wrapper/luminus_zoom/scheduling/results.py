"""What became of a timetable, as files: CSV, JSON, the timetable itself with the links added, and a calendar.

They hold links and passwords, as they are for those who write invitations. Only the owner can read a file that is made.
"""

import csv
import io
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from .._arguments import PARAMETERS
from ..meeting import calendar
from .cells import DURATION, START
from .rows import Row, State
from .timetable import Timetable

ADDED = ("meeting start", "link", "passcode", "id", "outcome")
"""The columns that are added to a timetable."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that spreadsheets take for a formula."""
_DURATION, _START = PARAMETERS[DURATION].wire, PARAMETERS[START].wire


def write_results(path: str | Path, rows: Sequence[Row], timetable: Timetable | None = None) -> None:
    """Write rows of a ledger to a file, whose suffix says how: .csv, .json, .jsonl, .xlsx or .ics.

    With the timetable, .xlsx has its rows as they are written, with columns for link, passcode, id and outcome.

    Raises:
        ValueError: the suffix is another one, or the file is one of the timetable's own.
        OSError: the file cannot be written.
    """
    target = Path(path)
    write = writer_of(target, timetable.tables if timetable else ())
    data = _timetable_book(timetable, rows) if timetable and target.suffix.lower() == ".xlsx" else write(rows)
    # Beside the target, and then in its place: a full disk leaves what was there.
    part = target.with_name(f".{target.name}.part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(data)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


Writer = Callable[[Sequence[Row]], bytes]


def writer_of(path: Path, inputs: Iterable[Path] = ()) -> Writer:
    """What makes the contents of a results file.

    Raises:
        ValueError: there is nothing for its suffix, it has no folder, or it is one of the inputs.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ValueError(f"{path}: the name must end in {', '.join(WRITERS)}")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise ValueError(f"{path}: is a folder, or is in one that does not exist")
    if any(path.resolve() == each.resolve() for each in inputs):
        raise ValueError(f"{path}: is the timetable itself; name a new file")
    return writer


def start_of(row: Row) -> str:
    """When a meeting begins, on the clock by which it was planned: 2027-01-18 10:00+08:00."""
    return datetime.fromisoformat(row.request[_START]).isoformat(" ", "minutes")


def in_sheet(row: Row) -> dict[str, Any]:
    """What a spreadsheet has of a row."""
    known = row.to_dict()
    return {
        "row": row.number,
        "source": row.source,
        "name": row.name,
        "start": start_of(row),
        "link": known["join_url"],
        "passcode": known["password"],
        "id": known["id"],
        "meeting id": known["meeting_id"],
        "outcome": str(row.state),
        "message": known["message"],
    }


def _csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    sheets = [in_sheet(row) for row in rows]
    writer = csv.writer(text)
    writer.writerow(sheets[0] if sheets else [])
    writer.writerows([_harmless(value) for value in sheet.values()] for sheet in sheets)
    return text.getvalue().encode("utf-8-sig")  # Excel takes a file without the mark for another encoding.


def _harmless(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _json(rows: Sequence[Row]) -> bytes:
    return json.dumps([row.to_dict() for row in rows], ensure_ascii=False, indent=2).encode() + b"\n"


def _json_lines(rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row.to_dict(), ensure_ascii=False) + "\n" for row in rows).encode()


Sheet = tuple[str, Sequence[str], Sequence[Sequence[Any]]]
"""A name, the names of the columns, and the rows."""


def _book(sheets: Iterable[Sheet]) -> bytes:
    """A spreadsheet. All texts are texts: none becomes a formula or a link."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    data = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(data, options) as book:
        bold = book.add_format({"bold": True})
        formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            time: book.add_format({"num_format": "hh:mm"}),
            timedelta: book.add_format({"num_format": "[h]:mm"}),
        }
        for name, columns, rows in sheets:
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, columns, bold)
            for number, row in enumerate(rows, 1):
                for place, value in enumerate(row):
                    sheet.write(number, place, _in_book(value), formats.get(type(value)))
            sheet.freeze_panes(1, 0)
            sheet.autofit()
    return data.getvalue()


def _in_book(value: Any) -> Any:
    """A cell's value; spreadsheets have no time zones, and a calendar's texts have a type of their own."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.isoformat(" ", "minutes")
    return str(value) if isinstance(value, str) else value


def _ledger_book(rows: Sequence[Row]) -> bytes:
    sheets = [in_sheet(row) for row in rows]
    return _book([("meetings", list(sheets[0]) if sheets else [], [list(sheet.values()) for sheet in sheets])])


def _timetable_book(timetable: Timetable, rows: Sequence[Row]) -> bytes:
    """The files of a timetable, a sheet each, with the columns that are added."""
    found: Mapping[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.fingerprint].append(row)
    lines: Mapping[Path, list[list[Any]]] = {path: [] for path in timetable.tables}
    for line in timetable.lines:
        # The n-th of identical meetings is the n-th of identical rows, as in the ledger.
        same = found[line.meeting.fingerprint]
        became = in_sheet(same.pop(0)) if same else {}
        cells = [line.row.cells.get(column) for column in timetable.tables[line.file].columns]
        added = [became.get(column) for column in ADDED[1:]]
        lines[line.file].append([*cells, line.start.isoformat(" ", "minutes"), *added])
    return _book(
        (f"{number} {_sheet_name(path)}", [*timetable.tables[path].columns, *ADDED], its)
        for number, (path, its) in enumerate(lines.items(), 1)
    )


def _sheet_name(path: Path) -> str:
    """A name that a spreadsheet allows: short, and without some characters."""
    return "".join("_" if character in "[]:*?/\\'" else character for character in path.stem)[:25]


def _calendar(rows: Sequence[Row]) -> bytes:
    """One calendar of the meetings that were created. Their UIDs stay, so that a later import replaces them."""
    created = ((row, row.meeting) for row in rows if row.state is State.CREATED)
    return calendar(
        {
            "uid": meeting.id or row.fingerprint,
            "dtstamp": row.sent_at or row.start,
            "dtstart": row.start,
            "duration": timedelta(minutes=row.request[_DURATION]),
            "summary": row.name,
            "url": meeting.join_url,
            "location": meeting.join_url,
            "description": meeting.password and f"Passcode: {meeting.password}",
        }
        for row, meeting in created
        if meeting is not None
    )


WRITERS: Mapping[str, Writer] = {
    ".csv": _csv,
    ".json": _json,
    ".jsonl": _json_lines,
    ".xlsx": _ledger_book,
    ".ics": _calendar,
}
"""What writes the rows, by the suffix of a file's name."""
