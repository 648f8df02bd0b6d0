"""Timetables for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from luminus_zoom.scheduling import PlannedMeeting

MODULE = "0f8fad5b-d9cb-469f-a165-70867728950e"
START = datetime(2027, 1, 18, 2, tzinfo=UTC)


def planned(week: int, name: str = "CS1010 tutorial 1", **arguments: Any) -> PlannedMeeting:
    """A meeting in some week of the term."""
    defaults = {"module_id": MODULE, "name": name, "start": START + timedelta(weeks=week), "duration": 90}
    return PlannedMeeting({**defaults, **arguments}, f"timetable.csv row {week + 2}")


def timetable(count: int) -> list[PlannedMeeting]:
    """A meeting a week."""
    return [planned(week) for week in range(count)]
