"""What a ledger keeps, and what it refuses."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from luminus_zoom.scheduling import (
    ConflictError,
    InvalidRowsError,
    Ledger,
    LedgerError,
    OtherTimetableError,
    PlannedMeeting,
    State,
)
from luminus_zoom.scheduling.ledger import Attempt
from luminus_zoom.scheduling.rows import Pause
from wrapper.tests.scheduling.timetables import MODULE, planned, timetable

NOW = datetime(2027, 1, 4, 23, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
ANSWER = json.dumps({"id": "4f9a1d3e-8f0f-4f5e-9d53-0d6f6c3c2b1a", "hostKey": "654321", "meetingPassword": "pa55word"})


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(location: str, clock: Clock) -> Iterator[Ledger]:
    with Ledger.open(location, clock=clock) as opened:
        yield opened


def claimed(ledger: Ledger, todo: dict[int, int] | None = None, **options: Any) -> Attempt:
    """The next row, ready to be sent."""
    rows = {row.number: row.version for row in ledger.rows(State.PLANNED, State.REJECTED, State.NOT_SENT)}
    attempt = ledger.claim(rows if todo is None else todo, LEASE, **options)
    assert isinstance(attempt, Attempt)
    return attempt


def test_a_timetable_is_recorded_and_recognised(ledger: Ledger) -> None:
    plan = ledger.record(timetable(3))
    assert (len(plan.new), plan.numbers) == (3, [1, 2, 3])
    again = ledger.record(timetable(4))
    assert ([row.number for row in again.known], again.numbers) == ([1, 2, 3], [1, 2, 3, 4])
    assert ledger.counts() == {**dict.fromkeys(State, 0), State.PLANNED: 4}
    assert [(event.row, event.name, event.detail) for event in ledger.events()] == [
        (None, "recorded", "rows 1 to 3"),
        (None, "recorded", "rows 4 to 4"),
    ]
    first = ledger.row(1)
    assert (first.source, first.module, first.name, first.state) == (
        "timetable.csv row 2",
        MODULE,
        "CS1010 tutorial 1",
        State.PLANNED,
    )
    with pytest.raises(LedgerError, match="has no row 9"):
        ledger.row(9)


def test_what_a_run_would_do_is_told_without_doing_it(ledger: Ledger) -> None:
    assert len(ledger.compare(timetable(3)).new) == 3
    assert ledger.rows() == []


def test_all_faults_of_all_rows_are_told_and_nothing_is_recorded(ledger: Ledger) -> None:
    wrong = [planned(0, duration=16), planned(1), planned(2, name="", duration=5)]
    for call in (ledger.record, ledger.compare):
        with pytest.raises(InvalidRowsError) as caught:
            call(wrong)
        text = str(caught.value)
        assert len(caught.value.faults) == 4
        assert "  - timetable.csv row 2: duration: must be a multiple of 15 (got 16)" in text
        assert "timetable.csv row 4: name: must not be blank" in text
    assert ledger.rows() == []
    with pytest.raises(InvalidRowsError) as caught:
        ledger.record([PlannedMeeting({})])
    assert "  - module_id: is required" in str(caught.value)


def test_a_claimed_row_is_sending_until_its_lease_is_over(ledger: Ledger, clock: Clock) -> None:
    ledger.record(timetable(2))
    attempt = claimed(ledger)
    row = ledger.row(1)
    assert (row.state, row.sent_at, row.until, row.attempts) == (State.SENDING, NOW, NOW + LEASE, 1)
    clock.now += LEASE - timedelta(seconds=1)
    assert ledger.row(1).state is State.SENDING
    clock.now += timedelta(seconds=1)
    row = ledger.row(1)
    assert (row.state, row.message) == (State.UNKNOWN, "The process that sent it ended before the answer was stored.")
    assert claimed(ledger).row.number == 2, "it is never sent again by itself"
    # The process lives, after all.
    assert ledger.finish(attempt, State.CREATED, status=201, answer=ANSWER).state is State.CREATED
    assert [event.name for event in ledger.events(1)] == ["sending", "created"]


def test_a_clock_that_is_set_back_makes_a_row_unknown(ledger: Ledger, clock: Clock) -> None:
    ledger.record(timetable(1))
    claimed(ledger)
    clock.now -= timedelta(minutes=4)
    assert ledger.row(1).state is State.SENDING, "clocks differ a little"
    clock.now -= timedelta(hours=1)
    assert ledger.row(1).state is State.UNKNOWN


def test_a_row_that_another_process_took_is_passed_over(ledger: Ledger) -> None:
    ledger.record(timetable(3))
    todo, other = {1: 0, 2: 0, 3: 0}, {1: 0, 2: 0, 3: 0}
    assert claimed(ledger, todo).row.number == 1
    assert claimed(ledger, other).row.number == 2
    assert claimed(ledger, todo).row.number == 3
    assert ledger.claim(other, LEASE) is None
    assert (todo, other) == ({}, {})


def test_an_answer_that_comes_after_another_attempt_changes_nothing(ledger: Ledger, clock: Clock) -> None:
    ledger.record(timetable(1))
    old = claimed(ledger)
    clock.now += LEASE
    ledger.resolve(1, not_created=True)
    new = claimed(ledger)
    assert ledger.finish(old, State.CREATED).state is State.SENDING
    assert ledger.events(1)[-1].name == "created, too late"
    assert (
        ledger.finish(new, State.REJECTED, status=400, error="BadRequestError", message="No.\ud800").state == "rejected"
    )
    assert ledger.row(1).message == "No.?"


def test_what_was_created_is_kept_with_its_secrets_and_shown_without(ledger: Ledger) -> None:
    ledger.record(timetable(2))
    row = ledger.finish(claimed(ledger), State.CREATED, status=201, answer=ANSWER)
    assert row.meeting is not None
    assert (row.meeting.host_key, row.meeting.password) == ("654321", "pa55word")
    assert "654321" not in repr(row)
    assert "pa55word" not in repr(row) + repr(ledger) + str(ledger.events())
    first, second = ledger.export()
    assert (first["row"], first["state"], first["id"], first["password"]) == (
        1,
        "created",
        "4f9a1d3e-8f0f-4f5e-9d53-0d6f6c3c2b1a",
        "pa55word",
    )
    assert (second["id"], second["state"], second["sent_at"]) == (None, "planned", None)


def test_a_pause_holds_for_all_until_it_is_over(ledger: Ledger, clock: Clock) -> None:
    ledger.record(timetable(3))
    until = NOW + timedelta(minutes=5)
    pause = Pause(until, "the gateway's rate limit is reached.")
    ledger.finish(claimed(ledger), State.REJECTED, pause=pause)
    assert ledger.pause() == ledger.claim({2: 0}, LEASE) == pause
    ledger.record(timetable(3))
    clock.now = until
    assert ledger.pause() is None
    # A shorter one does not replace a longer one.
    longer = Pause(until + timedelta(hours=1), "longer")
    ledger.finish(claimed(ledger, {2: 0}), State.CREATED, pause=longer)
    assert ledger.pause() == longer
    clock.now -= timedelta(hours=2)
    assert ledger.pause() is None, "it began in the future: the clock was set back"


def test_the_longer_of_two_pauses_counts(ledger: Ledger) -> None:
    ledger.record(timetable(2))
    first, second = claimed(ledger), claimed(ledger)
    longer, shorter = (Pause(NOW + timedelta(minutes=minutes), "limit") for minutes in (9, 3))
    ledger.finish(first, State.REJECTED, pause=longer)
    ledger.finish(second, State.REJECTED, pause=shorter)
    assert ledger.pause() == longer


def test_a_day_has_so_many_meetings(ledger: Ledger, clock: Clock) -> None:
    ledger.record(timetable(4))
    ledger.finish(claimed(ledger, per_day=2), State.CREATED)
    ledger.finish(claimed(ledger, per_day=2), State.REJECTED)
    assert claimed(ledger, {3: 0}, per_day=2).row.number == 3
    full = ledger.claim({4: 0}, LEASE, per_day=2)
    assert isinstance(full, Pause)
    assert full.until == datetime(2027, 1, 5, tzinfo=UTC)
    assert full.reason == "2 meetings were sent today, and 2 a day are allowed."
    clock.now = full.until
    assert claimed(ledger, {4: 0}, per_day=2).row.number == 4


class TestResolve:
    """What a person says of a row that is unknown."""

    @pytest.fixture(autouse=True)
    def _unknown(self, ledger: Ledger) -> None:
        ledger.record(timetable(2))
        ledger.finish(claimed(ledger), State.UNKNOWN, answer='{"name":"x"}')

    @pytest.mark.parametrize(
        ("created", "field", "value"),
        [
            (" 4F9A1D3E-8f0f-4f5e-9d53-0d6f6c3c2b1a ", "id", "4f9a1d3e-8f0f-4f5e-9d53-0d6f6c3c2b1a"),
            ("https://nus-sg.zoom.us/j/81234567890?pwd=x", "join_url", "https://nus-sg.zoom.us/j/81234567890?pwd=x"),
            ("812 3456 7890", "meeting_id", "81234567890"),
        ],
    )
    def test_it_was_created(self, ledger: Ledger, created: str, field: str, value: str) -> None:
        row = ledger.resolve(1, created=created)
        assert (row.state, row.to_dict()[field]) == (State.CREATED, value)
        assert row.meeting is not None
        assert row.meeting.name == "x", "what was known stays"
        assert ledger.events(1)[-1].detail == "created"

    def test_it_was_not_created(self, ledger: Ledger) -> None:
        assert ledger.resolve(1, not_created=True).state is State.PLANNED
        assert claimed(ledger).row.number == 1

    def test_nothing_is_known_of_it(self, ledger: Ledger, clock: Clock) -> None:
        claimed(ledger)
        clock.now += LEASE
        assert ledger.resolve(2, created="812 3456 7890").to_dict()["meeting_id"] == "81234567890"

    def test_what_makes_no_sense_is_refused(self, ledger: Ledger) -> None:
        options: list[dict[str, Any]] = [{}, {"created": "81234567890", "not_created": True}]
        for wrong in options:
            with pytest.raises(ValueError, match="Say either"):
                ledger.resolve(1, **wrong)
        with pytest.raises(ValueError, match="must be the join link"):
            ledger.resolve(1, created="yes")
        with pytest.raises(LedgerError, match="Row 2 is planned; only unknown rows"):
            ledger.resolve(2, not_created=True)
        claimed(ledger)
        with pytest.raises(LedgerError, match=r"Row 2 is sending until 23:02:00 UTC; only"):
            ledger.resolve(2, not_created=True)
        with pytest.raises(LedgerError, match="has no row 7"):
            ledger.resolve(7, not_created=True)


class TestChangedTimetables:
    """A timetable that differs from what the ledger has."""

    def test_a_row_of_which_no_meeting_exists_takes_the_change(self, ledger: Ledger) -> None:
        ledger.record(timetable(2))
        plan = ledger.record([planned(0, duration=60), planned(1)])
        assert [row.number for row, _ in plan.updated] == plan.numbers[:1] == [1]
        assert (ledger.row(1).request["duration"], ledger.row(1).version) == (60, 1)
        assert ledger.events(1)[0].name == "changed"

    def test_a_row_that_was_created_is_a_conflict(self, ledger: Ledger) -> None:
        ledger.record(timetable(2))
        ledger.finish(claimed(ledger), State.CREATED, answer=ANSWER)
        with pytest.raises(ConflictError) as caught:
            ledger.record([planned(0, duration=60), planned(1)])
        assert str(caught.value) == (
            "Nothing was sent: rows differ from the ledger.\n"
            "  - timetable.csv row 2 differs from row 1 of the ledger, which is created: duration. "
            "Change it in LumiNUS, or undo the change"
        )
        assert len(ledger.compare([planned(0, duration=60), planned(1)]).conflicts) == 1

    def test_a_changed_start_is_a_change_too(self, ledger: Ledger) -> None:
        ledger.record(timetable(2))
        plan = ledger.record([planned(5), planned(1)])
        assert [row.number for row, _ in plan.updated] == [1]
        assert ledger.row(1).start == planned(5).start

    def test_identical_rows_are_told_apart_by_their_order(self, ledger: Ledger) -> None:
        twice = [planned(0), planned(0)]
        ledger.record(twice)
        assert ledger.record(twice).numbers == [1, 2]
        with pytest.raises(ConflictError, match="has the same module, name and start as row 1 of the ledger"):
            ledger.record([*twice, planned(0, duration=60)])
        assert len(ledger.record([*twice, planned(0, duration=60)], look_alike="warn").look_alikes) == 1
        more = [*twice, planned(0, duration=60), planned(0, duration=75)]
        assert ledger.record(more, look_alike="ignore").look_alikes == []
        assert len(ledger.rows()) == 4

    def test_rows_that_are_gone_are_told(self, ledger: Ledger) -> None:
        ledger.record(timetable(3))
        assert [row.number for row in ledger.record(timetable(2)).gone] == [3]

    def test_another_timetable_s_ledger_is_refused(self, ledger: Ledger) -> None:
        ledger.record(timetable(2))
        other = [planned(0, name="MA2001 lecture")]
        for call in (ledger.record, ledger.compare):
            with pytest.raises(OtherTimetableError, match="is the ledger of another timetable"):
                call(other)
        assert ledger.record(other, further=True).numbers == [3]

    def test_a_single_meeting_in_addition_meets_its_look_alikes(self, ledger: Ledger) -> None:
        ledger.record(timetable(1))
        assert ledger.record([planned(0)], further=True).numbers == [1], "it was not sent yet"
        ledger.finish(claimed(ledger), State.CREATED)
        with pytest.raises(ConflictError, match="which is created"):
            ledger.record([PlannedMeeting(planned(0).arguments)], further=True)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    import luminus_zoom.scheduling as package

    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(ImportError, match="needs SQLAlchemy"):
        importlib.reload(package)
