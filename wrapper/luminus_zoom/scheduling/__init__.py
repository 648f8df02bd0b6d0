"""Create many meetings from a timetable, none lost and none doubled; needs the extra ``cli``.

    from luminus_zoom import ZoomClient
    from luminus_zoom.scheduling import Ledger, PlannedMeeting, schedule

    meetings = [PlannedMeeting({"module_id": …, "name": …, "start": …, "duration": 90}, "timetable.csv row 2"), …]
    with Ledger.open("term.sqlite3") as ledger, ZoomClient() as zoom:
        for result in schedule(meetings, ledger, zoom):
            print(result.row.number, result.state, result.meeting and result.meeting.join_url)

The ledger is the guard. A row is committed as ``sending`` before a byte leaves, and the answer is committed after. A
row whose process died in between is ``unknown``: it is never sent again by itself, and `Ledger.resolve` takes a
person's answer. Running again with the same or a longer timetable sends only what is not there.
"""

try:
    import sqlalchemy as _sqlalchemy  # noqa: F401 - asked for here, so that one line can say what to install
except ImportError as error:
    raise ImportError("luminus_zoom.scheduling needs SQLAlchemy: pip install 'luminus-zoom[cli]'") from error

from .errors import (
    ConflictError,
    InvalidRowsError,
    LedgerError,
    OtherTimetableError,
    SchedulingError,
    StoppedError,
)
from .ledger import Ledger
from .lines import Line, Reading
from .matching import Conflict, Plan
from .planned import Fault, PlannedMeeting
from .rows import Event, Row, State
from .schedule import Result, schedule, schedule_async
from .timetable import Timetable, read_timetable

__all__ = [
    "Conflict",
    "ConflictError",
    "Event",
    "Fault",
    "InvalidRowsError",
    "Ledger",
    "LedgerError",
    "Line",
    "OtherTimetableError",
    "Plan",
    "PlannedMeeting",
    "Reading",
    "Result",
    "Row",
    "SchedulingError",
    "State",
    "StoppedError",
    "Timetable",
    "read_timetable",
    "schedule",
    "schedule_async",
]
