"""Timetables as people keep them: what is read, what is refused and in which words, what is warned of."""

import io
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from luminus_zoom import Access, RecordType
from luminus_zoom._arguments import PARAMETERS
from luminus_zoom.scheduling import InvalidRowsError, timetable
from luminus_zoom.scheduling.cells import READERS, CellError, read_clock, read_date, read_duration, read_start
from luminus_zoom.scheduling.lines import Reading
from luminus_zoom.scheduling.patterns import read_days, read_exceptions, read_weeks
from luminus_zoom.scheduling.timetable import Timetable, read_timetable

MODULE = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
SINGAPORE = ZoneInfo("Asia/Singapore")
PARIS = ZoneInfo("Europe/Paris")
HEADER = "module,name,start,duration"
ROW = f"{MODULE},CS1010 tutorial,2099-01-19 10:00,90"

Read = Callable[..., Timetable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read files that hold this; a tuple is a header and rows."""

    def read(*contents: Any, names: Iterable[str] = ("term.csv", "more.csv"), **reading: Any) -> Timetable:
        paths = []
        for content, name in zip(contents, names, strict=False):
            text = "\n".join(content) if isinstance(content, tuple) else content
            paths.append(tmp_path / name)
            paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_timetable(paths, Reading(**{"zone": SINGAPORE, **reading}))

    return read


def faults(read: Read, *contents: Any, **reading: Any) -> list[str]:
    with pytest.raises(InvalidRowsError) as raised:
        read(*contents, **reading)
    return [str(fault) for fault in raised.value.faults]


def one(table: Timetable) -> dict[str, Any]:
    (line,) = table.lines
    return dict(line.meeting.arguments)


def starts(table: Timetable) -> list[str]:
    return [f"{line.start:%m-%d %H:%M}" for line in table.lines]


def sheet(*sheets: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            date: book.add_format({"num_format": "dd/mm/yyyy"}),
            time: book.add_format({"num_format": "hh:mm"}),
            timedelta: book.add_format({"num_format": "[h]:mm"}),
        }
        for rows in sheets:
            page = book.add_worksheet()
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    page.write(number, place, cell, formats.get(type(cell)))
    return file.getvalue()


class TestCsv:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_any_dialect(self, read: Read, delimiter: str, encoding: str, end: str) -> None:
        text = end.join([HEADER, ROW.replace("tutorial", "“Übung”"), ""]).replace(",", delimiter)
        assert one(read(text.encode(encoding)))["name"] == "CS1010 “Übung”"

    def test_the_line_that_excel_reads_as_the_delimiter(self, read: Read) -> None:
        table = read("sep=;\n" + f"{HEADER}\n{ROW}".replace(",", ";"))
        assert table.lines[0].meeting.source == "term.csv row 3"

    def test_a_title_above_and_empty_rows(self, read: Read) -> None:
        table = read(("Term 2,,,", "", HEADER, "", ",,,", ROW))
        assert [line.row.number for line in table.lines] == [6]

    @pytest.mark.parametrize(
        ("content", "fault"),
        [
            (b"", "is empty"),
            (b"\n \n", "is empty"),
            (b"hello\n", "has no row that names its columns"),
            (b",,,\n", "found nothing"),
            (b"module,name,start,duration,start\n", "has two columns of the name start: rename one"),
            (b"\0\1\2", "is neither a CSV file, a spreadsheet nor a calendar"),
            (b'name,start\n"' + b"x" * 140_000, "is no CSV file: field larger than field limit (131072)"),
            (b"PK\x03\x04", "is no spreadsheet that can be read"),
            (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR", "is no calendar that can be read"),
        ],
    )
    def test_a_file_that_is_none(self, read: Read, content: bytes, fault: str) -> None:
        (told,) = faults(read, content)
        assert told.startswith("term.csv: ")
        assert fault in told

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidRowsError, match=r"gone\.csv: cannot be read: No such file or directory"):
            read_timetable([tmp_path / "gone.csv"])


class TestColumns:
    @pytest.mark.parametrize("name", [name for name in PARAMETERS if name in READERS])
    def test_every_argument_has_a_column_by_both_of_its_names(self, read: Read, name: str) -> None:
        values = {"module_id": MODULE, "name": "x", "start": "2099-01-19 10:00", "duration": "90"}
        given = {**values, name: values.get(name) or ("yes" if "bool" in str(_hint(name)) else _example(name))}
        for header in (name, PARAMETERS[name].wire, name.replace("_", " ").title()):
            columns = [header if column == name else column for column in given]
            cells = [f'"{cell}"' for cell in given.values()]
            assert one(read((",".join(columns), ",".join(cells))))[name] is not None

    def test_other_names(self, read: Read) -> None:
        rows = "Course;Topic;Start Date;Start Time;End Time;Timezone;Hosts"
        values = f"{MODULE};x;2099-01-19;10am;11:30;Europe/Paris;a@x.example, b@x.example"
        assert one(read((rows, values))) == {
            "module_id": MODULE,
            "name": "x",
            "start": datetime(2099, 1, 19, 10, tzinfo=ZoneInfo("Europe/Paris")),
            "duration": timedelta(minutes=90),
            "alternative_hosts": ["a@x.example", "b@x.example"],
        }

    def test_a_start_time_alone_has_the_date(self, read: Read) -> None:
        assert starts(read((HEADER.replace("start", "Start Time"), ROW))) == ["01-19 10:00"]

    def test_access_rights(self, read: Read) -> None:
        header = f"{HEADER},access groups,userAccess,access public,access inherited resource id"
        table = read((header, f"{ROW},{OTHER}=3;{MODULE}=2,,6,{OTHER}"))
        assert one(table)["access"] == Access(groups={OTHER: 3, MODULE: 2}, public=6, inherited_resource_id=OTHER)

    def test_what_is_wrong_with_names(self, read: Read) -> None:
        told = faults(read, (f"{HEADER},date,record_typ,room,", f"{ROW},2099-01-19,cloud,COM1,"))
        assert told == [
            "term.csv column date: means the same as the column start: remove one",
            "term.csv column record_typ: is not known: did you mean record_type?",
        ]

    def test_what_the_whole_file_lacks_is_told_once(self, read: Read) -> None:
        assert faults(read, ("room,tz,weeks", "a,UTC,", "b,UTC,")) == [
            "term.csv: has no module_id: add a column module, or pass --module ID",
            "term.csv: has no name: add a column name",
            "term.csv: has no start: add a column start, or the columns date and time",
            "term.csv: has no duration: add a column duration or end, or pass --duration 1h30m",
        ]

    def test_columns_that_are_not_used_are_named(self, read: Read) -> None:
        assert read((f"{HEADER},Room,Tutor", f"{ROW},a,b")).warnings == ["term.csv: not used: column Room, Tutor"]

    def test_defaults_and_codes(self, read: Read) -> None:
        rows = ("module,name,start", "cs1010,x,2099-01-19 10:00", ",y,2099-01-20 10:00")
        defaults = {"module_id": OTHER, "duration": timedelta(hours=1), "record_type": RecordType.CLOUD}
        first, second = read(rows, modules={"CS1010": MODULE}, defaults=defaults).meetings
        assert first.arguments["module_id"] == MODULE
        assert second.arguments["module_id"] == OTHER
        assert second.arguments["record_type"] is RecordType.CLOUD


def _hint(name: str) -> Any:
    from luminus_zoom.scheduling.cells import HINTS

    return HINTS[name]


def _example(name: str) -> str:
    return OTHER if name.endswith("_id") else "a@x.example" if "hosts" in name else "1"


class TestCells:
    @pytest.mark.parametrize(
        ("text", "minutes"),
        [("90", 90), ("1h30m", 90), ("1h30", 90), ("1:30", 90), ("1:30:00", 90), ("90 min", 90), ("2 hours", 120)],
    )
    def test_a_duration(self, text: str, minutes: int) -> None:
        assert read_duration(text) == timedelta(minutes=minutes)

    def test_a_duration_of_a_spreadsheet(self) -> None:
        assert read_duration(time(1, 30)) == read_duration(timedelta(minutes=90)) == read_duration(90.0)

    @pytest.mark.parametrize("text", ["", "h", "1.5", "1:75", "x"])
    def test_no_duration(self, text: str) -> None:
        with pytest.raises(CellError, match=r"is no duration: write minutes \(90\), 1:30 or 1h30m"):
            read_duration(text)

    @pytest.mark.parametrize(
        "text",
        ["14:00", "1400", "2pm", "2 PM", "2:00 p.m.", "14.00", "14:00:00", time(14), datetime(1, 1, 1, 14)],
    )
    def test_a_time(self, text: object) -> None:
        assert read_clock(text) == time(14)

    def test_midnight_and_noon(self) -> None:
        assert (read_clock("12am"), read_clock("12 pm")) == (time(0), time(12))

    @pytest.mark.parametrize("text", ["25:00", "14", "14pm", "0am", "10:60", "x"])
    def test_no_time(self, text: str) -> None:
        with pytest.raises(CellError, match="is no time: write 14:00, 1400 or 2 pm"):
            read_clock(text)

    @pytest.mark.parametrize(
        "text",
        ["2027-01-18", "2027/1/18", "18/1/2027", "1/18/2027", "18.01.2027", "18 Jan 2027", "Mon, 18-January-2027",
         date(2027, 1, 18), datetime(2027, 1, 18, 10)],
    )  # fmt: skip
    def test_a_date(self, text: object) -> None:
        assert read_date(text) == date(2027, 1, 18)

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("5/2/2027", "can be 5 February or 2 May: write 2027-02-05 or 2027-05-02, or say that all dates have the"),
            ("2027-02-30", "is no day of the calendar"),
            ("30/2/2027", "is no day of the calendar"),
            ("18 Foo 2027", "is no date: write 2027-01-18"),
            ("monday", "is no date: write 2027-01-18"),
        ],
    )
    def test_no_date(self, text: str, why: str) -> None:
        with pytest.raises(CellError) as raised:
            read_date(text)
        assert why in str(raised.value)

    def test_the_day_first(self) -> None:
        assert read_date("5/2/2027", day_first=True) == date(2027, 2, 5)
        assert read_date("5/5/2027") == date(2027, 5, 5)
        assert read_date("13/2/2027") == read_date("2/13/2027") == date(2027, 2, 13)

    @pytest.mark.parametrize(
        "text",
        [
            "2027-01-18 10:00",
            "2027-01-18T10:00:00",
            "2027-01-18T02:00:00Z",
            "2027-01-18 11:00+09:00",
            "2027-01-17 22:00 -0400",
            "18 Jan 2027 10am",
            "18/1/2027, 10:00",
            datetime(2027, 1, 18, 10),
        ],
    )
    def test_a_start(self, text: object) -> None:
        assert read_start(text, SINGAPORE) == datetime(2027, 1, 18, 2, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("text", "zone", "why"),
        [
            ("2027-01-18 10:00", None, "has no time zone: add a column tz, or pass --tz Asia/Singapore"),
            ("2027-01-18", SINGAPORE, "'2027-01-18' has no time of day: write 2027-01-18 10:00"),
            ("18.1.2027", SINGAPORE, "'18.1.2027' has no time of day: write 2027-01-18 10:00"),
            ("tomorrow", SINGAPORE, "'tomorrow' is no start: write 2027-01-18 10:00"),
            ("2027-01-18 10:00+99:00", SINGAPORE, "'+99:00' is no offset from UTC: write +08:00"),
        ],
    )
    def test_no_start(self, text: str, zone: ZoneInfo | None, why: str) -> None:
        with pytest.raises(CellError) as raised:
            read_start(text, zone)
        assert str(raised.value) == why

    @pytest.mark.parametrize(
        ("column", "cell", "why"),
        [
            ("send_email", "maybe", "'maybe' is neither yes nor no: write yes, no, or nothing"),
            ("record_type", "tape", "'tape' is not known: write cloud, local"),
            ("record_type", "7", "must be one of 1, 2 (got 7)"),
            ("access public", "all", "'all' is not known: write a whole number"),
            ("access groups", "x", "'x' is no id with its role: write each id once, as ID=3"),
            ("access groups", "x=3", "must be a UUID, as uuid.UUID or as text (got 'x')"),
            ("tz", "Singapore Time", "'Singapore Time' is no time zone: write its IANA name, as Asia/Singapore"),
            ("time", "x", "'x' is no time: write 14:00, 1400 or 2 pm"),
            ("weeks", "1-99", "'1-99' is no range of weeks from 1 to 60: write 1-6,8-13"),
            ("days", "Mon", "is for a series: write its weeks, such as 1-13, in a column weeks"),
        ],
    )
    def test_a_cell(self, read: Read, column: str, cell: str, why: str) -> None:
        assert faults(read, (f"{HEADER},{column}", f"{ROW},{cell}")) == [f"term.csv row 2: column {column}: {why}"]

    @pytest.mark.parametrize("text", ["cloud", "Cloud", "1"])
    def test_a_member_by_name_or_number(self, read: Read, text: str) -> None:
        assert one(read((f"{HEADER},record type", f"{ROW},{text}")))["record_type"] == RecordType.CLOUD

    def test_all_that_is_wrong_is_told_at_once(self, read: Read) -> None:
        first = (HEADER, f"{MODULE},,2099-01-19 10:00,50", f"CS1010,{'x' * 201},x,x")
        told = faults(read, first, (HEADER, f"{MODULE},x,2099-03-29 02:30,90"), zone=PARIS)
        assert told == [
            "term.csv row 2: column name: is empty",
            "term.csv row 2: column duration: must be a multiple of 15 (got 50)",
            "term.csv row 3: column duration: 'x' is no duration: write minutes (90), 1:30 or 1h30m",
            "term.csv row 3: column start: 'x' is no start: write 2027-01-18 10:00",
            "term.csv row 3: column module: 'CS1010' is no id of a module: write the id, or name it by "
            "--module CS1010=ID",
            told[5],
            "more.csv row 2: column start: 2099-03-29 02:30 does not exist in Europe/Paris: "
            "the clock skips it that day",
        ]
        assert told[5].startswith("term.csv row 3: column name: must have at most 200 characters")

    def test_a_time_that_happens_twice(self, read: Read) -> None:
        (told,) = faults(read, (HEADER, ROW.replace("2099-01-19 10:00", "2027-10-31 02:30")), zone=PARIS)
        assert told.endswith("as the clock is set back that day: write it with its offset, as 01:30-04:00")


class TestSeries:
    HEADER = f"{HEADER},weeks,days,except"

    @pytest.mark.parametrize(
        ("weeks", "expected"),
        [("1-6,8-13", [*range(1, 7), *range(8, 14)]), ("3", [3]), ("2;1 – 2", [1, 2]), (2.0, [2])],
    )
    def test_weeks(self, weeks: object, expected: list[int]) -> None:
        assert read_weeks(weeks) == expected

    def test_weeks_that_a_spreadsheet_took_for_a_date(self) -> None:
        with pytest.raises(CellError, match="is a date, which the spreadsheet has made of what was typed: format the"):
            read_weeks(datetime(2027, 1, 6))

    @pytest.mark.parametrize("days", ["Mon,Thu", "monday / THURSDAY", "Mo Th", "thu.;mon"])
    def test_days(self, days: str) -> None:
        assert read_days(days) == [0, 3]

    @pytest.mark.parametrize("days", ["M", "foo", "T"])
    def test_no_days(self, days: str) -> None:
        with pytest.raises(CellError, match="is no day of the week: write Mon,Thu"):
            read_days(days)

    def test_exceptions(self) -> None:
        day, first, last = date(2027, 2, 6), date(2027, 2, 20), date(2027, 2, 28)
        expected = [(day, day), (first, last), (first, last)]
        assert read_exceptions("2027-02-06; 2027-02-20..2027-02-28, 20 Feb 2027 to 28 Feb 2027") == expected
        assert read_exceptions(datetime(2027, 2, 6)) == [(day, day)]
        with pytest.raises(CellError, match="ends before it begins"):
            read_exceptions("2027-02-28..2027-02-20")

    def test_two_days_a_week_with_holes(self, read: Read) -> None:
        rows = (self.HEADER, f'{ROW},"1-3,5","Mon,Thu","2099-01-22,2099-01-26..2099-01-28"')
        table = read(rows)
        assert starts(table) == [
            "01-19 10:00",
            "01-29 10:00",
            "02-02 10:00",
            "02-05 10:00",
            "02-16 10:00",
            "02-19 10:00",
        ]
        assert table.lines[1].meeting.source == "term.csv row 2, 2099-01-29"

    def test_the_first_date_is_in_the_first_week_that_is_listed(self, read: Read) -> None:
        rows = (HEADER + ",weeks", f"{MODULE},x,2099-02-02 10:00,90,3-5")
        assert starts(read(rows)) == ["02-02 10:00", "02-09 10:00", "02-16 10:00"]

    def test_the_time_of_day_stays_across_a_clock_change(self, read: Read) -> None:
        rows = (HEADER + ",weeks", f"{MODULE},x,2099-03-25 10:00,90,1-2")
        table = read(rows, zone=PARIS)
        assert starts(table) == ["03-25 10:00", "04-01 10:00"]
        assert table.lines[1].start - table.lines[0].start == timedelta(days=7)

    @pytest.mark.parametrize(
        ("pattern", "why"),
        [
            ("1-3,Wed,", "column start: 2099-01-19 is a Monday, but the days are Wed: the start is the first date"),
            ("1,,2099-01-19", "column except: leaves no date of the series"),
            (",,2099-01-19", "column except: is for a series: write its weeks"),
            ("x,,2099-01-19", "column weeks: 'x' is no range of weeks"),
        ],
    )
    def test_no_series(self, read: Read, pattern: str, why: str) -> None:
        (told,) = faults(read, (self.HEADER, f"{ROW},{pattern}"))
        assert told.startswith(f"term.csv row 2: {why}")

    def test_what_is_wrong_with_all_dates_is_told_once(self, read: Read) -> None:
        assert len(faults(read, (self.HEADER, f"{ROW.replace('90', '50')},1-13,,"))) == 1

    def test_an_exception_that_hits_nothing(self, read: Read) -> None:
        rows = (self.HEADER, f'{ROW},1-2,,"2099-01-20,2099-03-01..2099-03-02"')
        assert read(rows).warnings == [
            "term.csv row 2: except 2099-01-20 is on no date of the series",
            "term.csv row 2: except 2099-03-01..2099-03-02 is on no date of the series",
        ]


class TestEnd:
    @pytest.mark.parametrize(("end", "minutes"), [("11:30", 90), ("2099-01-19 11:30", 90), ("2099-01-20 00:30", 870)])
    def test_an_end(self, read: Read, end: str, minutes: int) -> None:
        rows = ("module,name,start,end", f"{MODULE},x,2099-01-19 10:00,{end}")
        assert one(read(rows))["duration"] == timedelta(minutes=minutes)

    def test_an_end_before_the_start(self, read: Read) -> None:
        rows = ("module,name,start,end", f"{MODULE},x,2099-01-19 10:00,09:00")
        assert faults(read, rows) == ["term.csv row 2: column end: is not after the start"]

    def test_a_duration_goes_before_an_end(self, read: Read) -> None:
        assert one(read((f"{HEADER},end", f"{ROW},12:00")))["duration"] == timedelta(minutes=90)


class TestSpreadsheet:
    def test_cells_of_all_types(self, read: Read) -> None:
        header = ["Module", "Name", "Date", "Time", "Duration", "Send Email", "Weeks"]
        row = [MODULE, "x", date(2099, 1, 19), time(10), time(1, 30), True, 2]
        table = read(sheet([[], ["Term 2"], header, row]), names=["term.xlsx"])
        assert [line.meeting.source for line in table.lines] == ["term.xlsx row 4, 2099-01-19"]
        arguments = dict(table.lines[0].meeting.arguments)
        assert arguments["start"] == datetime(2099, 1, 19, 10, tzinfo=SINGAPORE)
        assert arguments["duration"] == timedelta(minutes=90)
        assert arguments["send_email"] is True

    def test_start_and_end_with_a_date(self, read: Read) -> None:
        row = [MODULE, "x", datetime(2099, 1, 19, 23, 30), datetime(2099, 1, 20, 0, 30)]
        table = read(sheet([["module", "name", "start", "end"], row]), names=["term.xlsx"])
        assert one(table)["duration"] == timedelta(hours=1)

    def test_the_sheets_that_are_not_read_are_named(self, read: Read) -> None:
        content = sheet([["Notes"], ["buy chalk"]], [HEADER.split(","), ROW.split(",")], [["x"]])
        assert read(content).warnings == ["term.csv: only the sheet Sheet2 is read, not Sheet1"]

    def test_a_file_with_a_password(self, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
        import python_calamine

        class Book:
            @staticmethod
            def from_filelike(file: object) -> None:
                raise python_calamine.PasswordError("Password protected")

        monkeypatch.setattr(python_calamine, "CalamineWorkbook", Book)
        assert faults(read, b"\xd0\xcf\x11\xe0") == [
            "term.csv: is no spreadsheet that can be read (Password protected): save it without a password"
        ]


def calendar(*events: str) -> str:
    body = "".join(f"BEGIN:VEVENT\nDTSTAMP:20261201T000000Z\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//sebbo.net//ical-generator//EN\n{body}END:VCALENDAR\n"


TUTORIAL = """UID:1@nusmods.com
DTSTART;TZID=Asia/Singapore:20990112T100000
DTEND;TZID=Asia/Singapore:20990112T120000
RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;UNTIL=20990413T040000Z
EXDATE;TZID=Asia/Singapore:20990223T100000,20990101T100000
SUMMARY:CS2030S Tutorial
DESCRIPTION:Programming Methodology II\\nTutorial Group 05"""
EXAM = "UID:2@nusmods.com\nDTSTART:20990428T010000Z\nDTEND:20990428T030000Z\nSUMMARY:CS2030S Exam"
HOLIDAY = "UID:3@nusmods.com\nDTSTART;VALUE=DATE:20990501\nSUMMARY:CS2030S Holiday"


class TestCalendar:
    def test_an_export_of_nusmods(self, read: Read) -> None:
        table = read(calendar(TUTORIAL, EXAM), modules={"cs2030s": MODULE}, zone=None)
        assert len(table.lines) == 14
        assert "02-23 10:00" not in starts(table)
        assert table.lines[1].meeting.source == "term.csv event 1, 2099-01-19"
        assert dict(table.lines[-1].meeting.arguments) == {
            "module_id": MODULE,
            "name": "CS2030S Exam",
            "start": datetime(2099, 4, 28, 1, tzinfo=UTC),
            "duration": timedelta(hours=2),
        }

    def test_a_part_of_it(self, read: Read) -> None:
        table = read(calendar(TUTORIAL, EXAM, HOLIDAY), modules={"CS2030S": MODULE}, match="exam")
        assert len(table.lines) == 1
        assert table.warnings == ["term.csv: 14 of 15 left out, without 'exam' in the name"]

    def test_nothing_of_it(self, read: Read) -> None:
        told = faults(read, calendar(EXAM), modules={"CS2030S": MODULE}, match="lab")
        assert told == ["the timetable: has no meetings with 'lab' in their names"]

    def test_without_a_module(self, read: Read) -> None:
        (told,) = faults(read, calendar(EXAM))
        assert told.startswith("term.csv: a calendar has no ids of modules: pass --module CS2030S=ID")

    def test_an_event_of_no_module_that_is_named(self, read: Read) -> None:
        told = faults(
            read, calendar(EXAM, "UID:4\nDTSTART:20990428T010000Z\nDTEND:20990428T030000Z"), modules={"CS1010": MODULE}
        )
        hint = "no --module CODE=ID has the code that the name begins with"
        assert sorted(told) == [
            "term.csv event 1: module_id: is empty: " + hint,
            "term.csv event 2: column name: is empty",
            "term.csv event 2: module_id: is empty: " + hint,
        ]

    def test_a_module_for_all_events(self, read: Read) -> None:
        assert one(read(calendar(EXAM), defaults={"module_id": OTHER}))["module_id"] == OTHER

    def test_a_whole_day(self, read: Read) -> None:
        told = faults(read, calendar(HOLIDAY), modules={"CS2030S": MODULE})
        assert told[0].startswith("term.csv event 1: column start: is a whole day, which is no meeting: leave it out")

    def test_a_time_without_a_zone(self, read: Read) -> None:
        event = calendar(EXAM.replace("00Z", "00"))
        assert one(read(event, modules={"CS2030S": MODULE}))["start"].tzinfo is SINGAPORE
        told = faults(read, event, modules={"CS2030S": MODULE}, zone=None)
        assert told == ["term.csv event 1: column start: has no time zone: pass --tz Asia/Singapore"]

    @pytest.mark.parametrize(
        ("rule", "why"),
        [
            ("WEEKLY", "has more than 5,000 events: does a series lack its end (UNTIL or COUNT)?"),
            ("SECONDLY", "has an event that is repeated more often than once a day"),
        ],
    )
    def test_a_series_without_an_end(self, read: Read, rule: str, why: str) -> None:
        assert faults(read, calendar(f"{EXAM}\nRRULE:FREQ={rule}")) == [f"term.csv: {why}"]


class TestWarnings:
    def test_look_alikes(self, read: Read) -> None:
        assert read((HEADER, ROW, ROW)).warnings == [
            "term.csv row 3 has the same module, name and start as term.csv row 2"
        ]

    def test_clashes(self, read: Read) -> None:
        rows = (
            f"{HEADER},hosts",
            f"{MODULE},a,2099-01-19 10:00,180,",
            f"{MODULE},b,2099-01-19 11:00,60,A@x.example",
            f"{OTHER},c,2099-01-19 11:30,60,a@x.example",
            f"{MODULE},d,2099-01-19 12:30,60,",
            f"{MODULE},e,2099-01-19 13:30,60,",
        )
        assert read(rows).warnings == [
            f"term.csv row 2 and term.csv row 3 overlap (2099-01-19 11:00) and have the module {MODULE}",
            f"term.csv row 2 and term.csv row 5 overlap (2099-01-19 12:30) and have the module {MODULE}",
            "term.csv row 3 and term.csv row 4 overlap (2099-01-19 11:30) and have the host a@x.example",
        ]

    def test_many_of_a_kind_are_counted(self, read: Read) -> None:
        warnings = read((HEADER, *[ROW] * 30)).warnings
        assert len(warnings) == 21
        assert warnings[-1] == "and 9 more of this kind"

    def test_the_past(self, read: Read) -> None:
        rows = (HEADER, ROW.replace("2099", "1999"), ROW, ROW.replace("2099-01", "1999-02"))
        assert read(rows[:2]).warnings == ["1 meeting is in the past, the first 1999-01-19 10:00 (term.csv row 2)"]
        assert read(rows).warnings[0].startswith("2 meetings are in the past")

    def test_minutes_as_a_default(self, read: Read) -> None:
        line = read(("module,name,start", f"{MODULE},x,2099-01-19 10:00"), defaults={"duration": 90}).lines[0]
        assert line.end - line.start == timedelta(minutes=90)

    def test_no_file(self) -> None:
        with pytest.raises(InvalidRowsError, match="the timetable: has no meetings"):
            timetable.read_timetable([])
