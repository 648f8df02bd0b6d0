"""What can go wrong around a ledger. Each text is a line for people, or a line for each row that is wrong."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .matching import Conflict
    from .planned import Fault


class SchedulingError(Exception):
    """The base of every error that this package raises on purpose."""


class LedgerError(SchedulingError):
    """The ledger cannot be used: a full disk, a read-only or corrupt file, a lock, a newer schema, no ledger at all.

    Rows that were in flight are told apart by the ledger once it can be used again: each is stored, or is unknown.
    """


class OtherTimetableError(LedgerError):
    """None of the ledger's rows occurs in the timetable: it is the ledger of another one."""


class InvalidRowsError(SchedulingError, ValueError):
    """Rows break the contract. Nothing was sent. `faults` has every fault of every row."""

    def __init__(self, faults: Sequence["Fault"]) -> None:
        super().__init__(faults)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join(("Nothing was sent; this is wrong:", *(f"  - {it}" for it in self.faults)))


class ConflictError(SchedulingError, ValueError):
    """Rows differ from what the ledger says was sent. Nothing was sent. `conflicts` has all of them."""

    def __init__(self, conflicts: Sequence["Conflict"]) -> None:
        super().__init__(conflicts)
        self.conflicts = tuple(conflicts)

    def __str__(self) -> str:
        return "\n".join(("Nothing was sent: rows differ from the ledger.", *(f"  - {it}" for it in self.conflicts)))


class StoppedError(SchedulingError):
    """The run stopped before its last row. What was begun is finished, and its results came before this.

    Attributes:
        reason: why, as a sentence.
        until: when it can go on, if that is known. Running again after that goes on there.
        left: how many rows were not begun.
    """

    def __init__(self, reason: str, until: datetime | None = None, left: int = 0) -> None:
        super().__init__(reason, until, left)
        self.reason, self.until, self.left = reason, until, left

    def __str__(self) -> str:
        if not self.left:
            return f"Stopped: {self.reason}"
        rows = "1 row is" if self.left == 1 else f"{self.left:,} rows are"
        when = f"Run again after {self.until:%Y-%m-%d %H:%M:%S %Z}" if self.until else "Run again"
        return f"Stopped: {self.reason} {rows} left. {when} to go on there."
