"""A row of a timetable as meetings: one, or those of a weekly series."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, TypeVar

from attrs import Factory, define, field, frozen

from luminus_zoom.access import Access
from luminus_zoom.errors import InvalidMeetingError, Problem

from .cells import (
    DURATION,
    MODULE,
    READERS,
    RIGHTS,
    RIGHTS_READERS,
    START,
    CellError,
    read_clock,
    read_start,
    read_zone,
    text_of,
)
from .columns import CLOCK, DAYS, END, EXCEPT, NAME, WEEKS, ZONE, right
from .patterns import dates_of, read_days, read_exceptions, read_weeks
from .planned import Fault, PlannedMeeting
from .tables import Table, TableRow

Value = TypeVar("Value")


@frozen
class Line:
    """A meeting of a timetable, with the file and the row that it comes from."""

    meeting: PlannedMeeting
    file: Path
    row: TableRow

    @property
    def start(self) -> datetime:
        """When it begins."""
        start: datetime = self.meeting.arguments[START]
        return start

    @property
    def end(self) -> datetime:
        """When it ends."""
        length = self.meeting.arguments[DURATION]
        return self.start + (length if isinstance(length, timedelta) else timedelta(minutes=length))


def _lower(codes: Mapping[str, str]) -> dict[str, str]:
    return {code.lower(): module for code, module in codes.items()}


@frozen(kw_only=True)
class Reading:
    """How files are read.

    Attributes:
        zone: the time zone of times that have none.
        day_first: whether 5/2/2027 is in February.
        modules: the ids of modules by the codes that the files have. The names of a calendar's events begin with them.
        match: a text that the names of meetings must have; other rows are left out.
        defaults: arguments for rows that do not have them.
    """

    zone: tzinfo | None = None
    day_first: bool = False
    modules: Mapping[str, str] = field(factory=dict, converter=_lower)
    match: str = ""
    defaults: Mapping[str, Any] = field(factory=dict)

    def module_of(self, text: str) -> str | None:
        """The id of the module whose code begins a text."""
        words = text.lower().split(maxsplit=1)
        return self.modules.get(words[0]) if words else None


@define
class RowReader:
    """Reads the rows of one file. What is wrong is collected in `faults`, what looks wrong in `warnings`."""

    file: Path
    table: Table
    columns: Mapping[str, str]
    """The column of each role."""
    reading: Reading
    known_missing: frozenset[str] = frozenset()
    """Arguments that the whole file lacks, which is told once."""
    faults: list[Fault] = Factory(list)
    warnings: list[str] = Factory(list)
    _row: TableRow = Factory(lambda: TableRow(0, {}))
    _wrong: set[str] = Factory(set)
    """The roles of the row's cells that cannot be read."""

    def lines(self, row: TableRow) -> list[Line]:
        """The meetings of a row; none if anything is wrong with it."""
        self._row, self._wrong = row, set()
        arguments = dict(self.reading.defaults)
        for role, reader in READERS.items():
            self._put(arguments, role, self._read(role, reader))
        parts: dict[str, Any] = {}
        for part, reader in RIGHTS_READERS.items():
            self._put(parts, part, self._read(right(part), reader))
        if parts:
            arguments[RIGHTS] = Access(**parts)
        self._put(arguments, MODULE, self._module(arguments))
        start = self._start()
        self._put(arguments, START, start)
        self._put(arguments, DURATION, self._length(start))
        dates = self._dates(start) if start else [None]
        meetings = [self._meeting(arguments, day) for day in dates]
        # Every one is checked, as each may have faults of its own.
        valid = [meeting for meeting in meetings if self._is_valid(meeting)]
        if len(valid) < len(meetings) or self._wrong:
            return []
        return [Line(meeting, self.file, row) for meeting in meetings]

    @staticmethod
    def _put(values: dict[str, Any], name: str, value: object) -> None:
        if value is not None:
            values[name] = value

    def _cell(self, role: str) -> Any:
        """A cell, None if it is empty."""
        value = self._row.cells.get(self.columns.get(role, ""))
        return value if text_of(value) else None

    def _read(self, role: str, reader: Callable[[Any], Value]) -> Value | None:
        """What a cell says; None if it is empty or cannot be read."""
        value = self._cell(role)
        try:
            return None if value is None else reader(value)
        except CellError as error:
            self._refuse(role, str(error))
            return None

    def _refuse(self, role: str, why: str) -> None:
        self._wrong.add(role)
        column = self.columns.get(role)
        self.faults.append(Fault(self.source(), Problem(f"column {column}" if column else role, why)))

    def source(self, day: datetime | None = None) -> str:
        """Where a meeting comes from, for people."""
        what = "event" if self.table.is_calendar else "row"
        return f"{self.file.name} {what} {self._row.number}" + (f", {day:%Y-%m-%d}" if day else "")

    def _module(self, arguments: Mapping[str, Any]) -> str | None:
        """The module's id: by its code, or of a calendar's event by the code that the name begins with."""
        if self.table.is_calendar:
            return self.reading.module_of(arguments.get(NAME, ""))
        return self.reading.module_of(str(arguments.get(MODULE, "")))

    def _start(self) -> datetime | None:
        zone = self._read(ZONE, read_zone)
        clock = self._read(CLOCK, read_clock)
        if self._wrong & {ZONE, CLOCK}:
            self._wrong.add(START)
            return None
        return self._read(START, lambda value: self._read_start(value, zone or self.reading.zone, clock))

    def _read_start(self, value: Any, zone: tzinfo | None, clock: Any) -> datetime:
        if self.table.is_calendar:
            if not isinstance(value, datetime):
                raise CellError("is a whole day, which is no meeting: leave it out (--match), or give it a time")
            if (zone := value.tzinfo or zone) is None:
                raise CellError("has no time zone: pass --tz Asia/Singapore")
        return read_start(value, zone, day_first=self.reading.day_first, clock=clock)

    def _length(self, start: datetime | None) -> timedelta | None:
        """The time between start and end, where there is no duration."""
        if self._cell(DURATION) is not None or self._cell(END) is None:
            return None
        length = self._read(END, lambda value: self._until(value, start)) if start else None
        if length is None:
            self._wrong.add(DURATION)  # Why is told of the start or the end.
        return length

    def _until(self, value: Any, start: datetime) -> timedelta:
        zone = getattr(value, "tzinfo", None) or start.tzinfo
        try:
            end = datetime.combine(start.date(), read_clock(value), zone)
        except CellError:
            end = read_start(value, zone, day_first=self.reading.day_first)
        else:
            if isinstance(value, datetime) and value.date() > date(1900, 1, 1):
                end = datetime.combine(value.date(), value.time(), zone)
        if end <= start:
            raise CellError("is not after the start")
        return end - start

    def _dates(self, start: datetime) -> list[datetime]:
        """The dates of a series, else the start alone."""
        weeks = self._read(WEEKS, read_weeks)
        days = self._read(DAYS, read_days)
        holes = self._read(EXCEPT, lambda value: read_exceptions(value, day_first=self.reading.day_first))
        if weeks is None:
            for role in (DAYS, EXCEPT):
                if self._cell(role) is not None and WEEKS not in self._wrong:
                    self._refuse(role, "is for a series: write its weeks, such as 1-13, in a column weeks")
            return [start]
        try:
            dates = dates_of(start, weeks, days or [])
        except CellError as error:
            self._refuse(START, str(error))
            return [start]
        for first, last in holes or []:
            kept = [day for day in dates if not first <= day.date() <= last]
            if len(kept) == len(dates):
                hole = first if first == last else f"{first}..{last}"
                self.warnings.append(f"{self.source()}: except {hole} is on no date of the series")
            dates = kept
        if not dates:
            self._refuse(EXCEPT, "leaves no date of the series")
        return dates

    def _meeting(self, arguments: Mapping[str, Any], day: datetime | None) -> PlannedMeeting:
        is_one_of_many = self.table.is_calendar or self._cell(WEEKS) is not None
        source = self.source(day if is_one_of_many else None)
        return PlannedMeeting(arguments if day is None else {**arguments, START: day}, source)

    def _is_valid(self, meeting: PlannedMeeting) -> bool:
        """Whether a meeting keeps the contract. What is wrong is told, but once for a series."""
        try:
            _ = meeting.body
        except InvalidMeetingError as error:
            for problem in error.problems:
                role = problem.parameter.partition("[")[0].replace(".", " ")
                if role not in self._wrong and role not in self.known_missing:
                    self._refuse(role, self._in_words(problem, meeting.arguments.get(MODULE)))
            return False
        return True

    def _in_words(self, problem: Problem, given: object) -> str:
        """What is wrong, with what to write instead of what to program."""
        if problem.message == "is required":
            hint = ": no --module CODE=ID has the code that the name begins with"
            return "is empty" + (hint if self.table.is_calendar and problem.parameter == MODULE else "")
        if problem.parameter == MODULE:
            return f"{given!r} is no id of a module: write the id, or name it by --module {given}=ID"
        return problem.message.replace(
            "pass fold=1 for the second, or the time in UTC for either", "write it with its offset, as 01:30-04:00"
        )
