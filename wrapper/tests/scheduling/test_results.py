"""Results as files: nothing is a formula, nothing is lost, and only the owner can read them."""

import csv
import io
import json
import stat
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from python_calamine import CalamineWorkbook

from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger, PlannedMeeting, Reading, Row, Timetable, read_timetable, schedule
from luminus_zoom.scheduling.results import write_results
from luminus_zoom_mock import MockServer

from .test_timetable import EXAM, MODULE, calendar
from .timetables import planned


@pytest.fixture
def rows(ledger: Ledger, zoom: ZoomClient, mock: MockServer) -> Sequence[Row]:
    """One that is created, one that is rejected, with names like formulas."""
    mock.fail_next("forbidden", when={"name": "+1"})
    list(schedule([planned(0, "=2+2"), planned(1, "+1")], ledger, zoom, concurrency=1))
    return ledger.rows()


def sheet(path: Path, name: str) -> list[list[object]]:
    return [list(row) for row in CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python()]


class TestFormats:
    def test_csv(self, rows: Sequence[Row], tmp_path: Path) -> None:
        write_results(tmp_path / "out.csv", rows)
        text = (tmp_path / "out.csv").read_bytes().decode("utf-8-sig")
        first, second = csv.DictReader(io.StringIO(text))
        assert rows[0].meeting
        assert (first["name"], first["start"], first["outcome"]) == ("'=2+2", "2027-01-18 02:00+00:00", "created")
        assert (first["link"], first["id"]) == (rows[0].meeting.join_url, str(rows[0].meeting.id))
        assert (second["name"], second["link"], second["outcome"]) == ("'+1", "", "rejected")

    def test_json(self, rows: Sequence[Row], tmp_path: Path) -> None:
        for name in ("out.json", "out.JSONL"):
            write_results(tmp_path / name, rows)
        whole = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
        lines = [json.loads(line) for line in (tmp_path / "out.JSONL").read_text(encoding="utf-8").splitlines()]
        assert whole == lines == [row.to_dict() for row in rows]

    def test_a_spreadsheet_of_the_ledger(self, rows: Sequence[Row], tmp_path: Path) -> None:
        write_results(tmp_path / "out.xlsx", rows)
        header, first, _ = sheet(tmp_path / "out.xlsx", "meetings")
        assert dict(zip(header, first, strict=True))["name"] == "=2+2"

    def test_a_calendar(self, rows: Sequence[Row], tmp_path: Path) -> None:
        write_results(tmp_path / "out.ics", rows)
        first = (tmp_path / "out.ics").read_bytes()
        (event,) = Calendar.from_ical(first.decode()).walk("VEVENT")
        meeting = rows[0].meeting
        assert meeting
        assert event["UID"] == f"{meeting.id}@luminus-zoom"
        assert (event.start, event.duration) == (rows[0].start, timedelta(minutes=90))
        assert (event["SUMMARY"], event["LOCATION"]) == ("=2+2", meeting.join_url)
        assert event["DESCRIPTION"] == f"Passcode: {meeting.password}"
        write_results(tmp_path / "out.ics", rows)
        assert (tmp_path / "out.ics").read_bytes() == first

    def test_a_calendar_of_a_meeting_of_which_only_the_number_is_known(
        self, ledger: Ledger, zoom: ZoomClient, mock: MockServer, tmp_path: Path
    ) -> None:
        mock.fail_next("timeout", seconds=0.1)
        list(schedule([planned(0)], ledger, zoom.with_options(timeout=0.05)))
        row = ledger.resolve(1, created="812 3456 7890")
        write_results(tmp_path / "out.ics", [row])
        (event,) = Calendar.from_ical((tmp_path / "out.ics").read_text()).walk("VEVENT")
        assert event["UID"] == f"{row.fingerprint}@luminus-zoom"
        assert "URL" not in event

    @pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "xlsx", "ics"])
    def test_nothing(self, tmp_path: Path, suffix: str) -> None:
        write_results(tmp_path / f"out.{suffix}", [])
        assert (tmp_path / f"out.{suffix}").exists()


class TestTimetable:
    """The input with what became of each row."""

    def read(self, path: Path, content: str) -> Timetable:
        path.write_text(content)
        return read_timetable([path], Reading(zone=ZoneInfo("Asia/Singapore"), modules={"CS2030S": MODULE}))

    def test_the_columns_are_added(self, ledger: Ledger, zoom: ZoomClient, tmp_path: Path) -> None:
        text = f"module,name,start,duration,weeks,Room\n{MODULE},@x,2099-01-19 10:00,90,1-2,COM1\n"
        timetable = self.read(tmp_path / "term [1].csv", text)
        list(schedule(timetable.meetings, ledger, zoom, first=1))
        write_results(tmp_path / "out.xlsx", ledger.rows()[:1], timetable)
        header, first, second = sheet(tmp_path / "out.xlsx", "1 term _1_")
        assert header[-5:] == ["meeting start", "link", "passcode", "id", "outcome"]
        meeting = ledger.rows()[0].meeting
        assert meeting
        assert first == [
            *(MODULE, "@x", "2099-01-19 10:00", "90", "1-2", "COM1", "2099-01-19 10:00+08:00"),
            *(meeting.join_url, meeting.password, str(meeting.id), "created"),
        ]
        assert second[5:] == ["COM1", "2099-01-26 10:00+08:00", "", "", "", ""]

    def test_identical_meetings_have_a_row_each(self, ledger: Ledger, zoom: ZoomClient, tmp_path: Path) -> None:
        row = f"{MODULE},x,2099-01-19 10:00,90\n"
        timetable = self.read(tmp_path / "term.csv", "module,name,start,duration\n" + row + row)
        list(schedule(timetable.meetings, ledger, zoom))
        write_results(tmp_path / "out.xlsx", ledger.rows(), timetable)
        _, first, second = sheet(tmp_path / "out.xlsx", "1 term")
        assert first[-2] != second[-2]

    def test_a_calendar_as_a_timetable(self, ledger: Ledger, zoom: ZoomClient, tmp_path: Path) -> None:
        timetable = self.read(tmp_path / "nusmods.ics", calendar(EXAM))
        list(schedule(timetable.meetings, ledger, zoom))
        write_results(tmp_path / "out.xlsx", ledger.rows(), timetable)
        _, first = sheet(tmp_path / "out.xlsx", "1 nusmods")
        assert first[:3] == ["CS2030S Exam", "2099-04-28 01:00+00:00", "2099-04-28 03:00+00:00"]

    def test_the_timetable_itself_is_not_written_over(self, tmp_path: Path) -> None:
        path = tmp_path / "term.csv"
        timetable = self.read(path, f"module,name,start,duration\n{MODULE},x,2099-01-19 10:00,90\n")
        with pytest.raises(ValueError, match="is the timetable itself; name a new file"):
            write_results(path, [], timetable)


class TestFile:
    def test_only_the_owner_can_read_it(self, rows: Sequence[Row], tmp_path: Path) -> None:
        write_results(tmp_path / "out.csv", rows)
        assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("out.txt", "the name must end in .csv, .json, .jsonl, .xlsx, .ics"),
            ("no/out.csv", "is a folder, or is in one that does not exist"),
            ("folder.csv", "is a folder, or is in one that does not exist"),
        ],
    )
    def test_a_name_that_cannot_be(self, tmp_path: Path, name: str, why: str) -> None:
        (tmp_path / "folder.csv").mkdir()
        with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is compared below
            write_results(tmp_path / name, [])
        assert why in str(raised.value)

    def test_a_disk_that_is_full_leaves_what_was_there(
        self, rows: Sequence[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "out.csv").write_text("before")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            write_results(tmp_path / "out.csv", rows)
        assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out.csv"]
        assert (tmp_path / "out.csv").read_text() == "before"


def test_a_cell_of_any_type_can_be_written(ledger: Ledger, zoom: ZoomClient, tmp_path: Path) -> None:
    from datetime import date, datetime, time

    from .test_timetable import sheet as book

    row = [MODULE, "x", date(2099, 1, 19), time(10), timedelta(minutes=90), True, datetime(2099, 1, 1, 1)]
    header = ["module", "name", "date", "time", "duration", "send email", "printed"]
    (tmp_path / "term.xlsx").write_bytes(book([header, row]))
    timetable = read_timetable([tmp_path / "term.xlsx"], Reading(zone=ZoneInfo("Asia/Singapore")))
    write_results(tmp_path / "out.xlsx", [], timetable)
    assert read_timetable([tmp_path / "out.xlsx"], Reading(zone=ZoneInfo("Asia/Singapore"))).lines[0].start.hour == 10
    assert isinstance(timetable.meetings[0], PlannedMeeting)
