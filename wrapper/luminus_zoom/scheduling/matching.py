"""Which rows of a timetable a ledger knows already. Nothing here does I/O."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Literal

from attrs import Factory, define, frozen

from .._arguments import PARAMETERS
from .planned import PlannedMeeting
from .rows import OPEN, Row

_ARGUMENTS = {parameter.wire: name for name, parameter in PARAMETERS.items()}
LookAlike = Literal["refuse", "warn", "ignore"]


@frozen
class Conflict:
    """A row of the timetable that the ledger knows in another form.

    `kind` is "changed": the ledger's row is no longer in the timetable, and this one has its module and name; or
    "look-alike": the ledger's row is another one with the same module, name and start.
    """

    kind: Literal["changed", "look-alike"]
    meeting: PlannedMeeting
    row: Row

    def __str__(self) -> str:
        now = self.meeting.source or f"{self.meeting.key[1]!r}"
        then = f"row {self.row.number} of the ledger, which is {self.row.state}"
        if self.kind == "look-alike":
            return f"{now} has the same module, name and start as {then}"
        return f"{now} differs from {then}: {', '.join(self._differences())}. Change it in LumiNUS, or undo the change"

    def _differences(self) -> list[str]:
        """What differs, by the names of the arguments."""
        now, then = self.meeting.values, self.row.request
        names = dict.fromkeys((*then, *now))
        return [_ARGUMENTS.get(name, name) for name in names if now.get(name) != then.get(name)]


@define
class Plan:
    """What a run would do with a timetable.

    Attributes:
        new: meetings that the ledger does not know.
        known: the ledger's rows that are in the timetable, as they are.
        updated: rows of which no meeting exists, and the changed meetings that take their places.
        conflicts: what has to be settled by a person before anything is sent.
        look_alikes: what looks like a row of the ledger, and is sent all the same (``look_alike="warn"``).
        gone: the ledger's rows that are not in the timetable.
    """

    new: list[PlannedMeeting] = Factory(list)
    known: list[Row] = Factory(list)
    updated: list[tuple[Row, PlannedMeeting]] = Factory(list)
    conflicts: list[Conflict] = Factory(list)
    look_alikes: list[Conflict] = Factory(list)
    gone: list[Row] = Factory(list)
    numbers: list[int | None] = Factory(list)
    """The ledger's row of each meeting of the timetable, in its order; None where there is none yet."""


def compare(
    meetings: Sequence[PlannedMeeting], rows: Sequence[Row], *, further: bool = False, look_alike: LookAlike = "refuse"
) -> Plan:
    """Recognise the meetings of a timetable among a ledger's rows.

    By fingerprint first: the n-th of identical rows is the n-th. A meeting that is left over has changed if a row that
    is left over has the same module, name and start, or else the same module and name. It takes the row's place if no
    meeting exists of that, and is a conflict otherwise. Everything else is new.

    With `further`, the meetings are no timetable but come in addition to the rows. Only rows of which no meeting exists
    are recognised then.
    """
    plan = Plan(numbers=[None] * len(meetings))
    same = _grouped((row for row in rows if not further or row.state in OPEN), lambda row: row.fingerprint)
    for place, meeting in enumerate(meetings):
        if found := same[meeting.fingerprint]:
            plan.known.append(found.pop(0))
            plan.numbers[place] = plan.known[-1].number
    known = {row.number for row in plan.known}
    missing = [] if further else [row for row in rows if row.number not in known]
    by_start, by_name = _grouped(missing, lambda row: row.key), _grouped(missing, lambda row: row.key[:2])
    present = _grouped(rows if further else plan.known, lambda row: row.key)
    left = [place for place, number in enumerate(plan.numbers) if number is None]
    new = []
    # Those with the same start first, so that no other takes their rows.
    for place in sorted(left, key=lambda place: meetings[place].key not in by_start):
        meeting = meetings[place]
        if found := by_start[meeting.key]:
            plan.numbers[place] = _change(plan, meeting, found, by_name[meeting.key[:2]])
        elif found := present[meeting.key]:
            if look_alike != "ignore":
                into = plan.conflicts if look_alike == "refuse" else plan.look_alikes
                into.append(Conflict("look-alike", meeting, found[0]))
            new.append(place)
        elif found := by_name[meeting.key[:2]]:
            plan.numbers[place] = _change(plan, meeting, found, by_start[found[0].key])
        else:
            new.append(place)
    plan.new = [meetings[place] for place in sorted(new)]
    taken = {row.number for row, _ in plan.updated}
    plan.gone = [row for row in missing if row.number not in taken]
    return plan


def _change(plan: Plan, meeting: PlannedMeeting, rows: list[Row], same_rows: list[Row]) -> int | None:
    """Give a changed meeting the place of the first of some rows, which is returned; or note a conflict."""
    if closed := [row for row in rows if row.state not in OPEN]:
        # The n-th of some that changed alike differs from the n-th row.
        named = {conflict.row.number for conflict in plan.conflicts}
        row = next((row for row in closed if row.number not in named), closed[0])
        plan.conflicts.append(Conflict("changed", meeting, row))
        return None
    row = rows.pop(0)
    same_rows.remove(row)
    plan.updated.append((row, meeting))
    return row.number


def _grouped(rows: Iterable[Row], group: Callable[[Row], Hashable]) -> defaultdict[Any, list[Row]]:
    """The rows by what they have in common, in their order."""
    groups: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[group(row)].append(row)
    return groups
