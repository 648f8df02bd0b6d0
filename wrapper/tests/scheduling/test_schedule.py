"""Sending the rows of a ledger."""

from luminus_zoom import ZoomClient
from luminus_zoom.scheduling import Ledger, State, schedule
from luminus_zoom_mock import MockServer
from wrapper.tests.scheduling.timetables import timetable


def test_each_row_is_created_once_however_often_the_timetable_is_run(
    ledger: Ledger, zoom: ZoomClient, mock: MockServer
) -> None:
    results = list(schedule(timetable(5), ledger, zoom))
    assert {result.state for result in results} == {State.CREATED}
    assert sorted(result.row.number for result in results) == [1, 2, 3, 4, 5]
    assert all(result.meeting == result.row.meeting for result in results)
    assert list(schedule(timetable(5), ledger, zoom)) == []
    assert [result.row.number for result in schedule(timetable(6), ledger, zoom)] == [6]
    assert len(mock.meetings) == len(mock.requests) == 6
