"""What a defect is, and how the rows of a table become defects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from contract_tests.defects.verbs import Change

Row: TypeAlias = tuple[str, str, Change] | tuple[str, str, Change, str]
"""Name, description, change, and the clause if it is not the one above."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One way in which a server can be wrong, as a switch on the mock."""

    name: str
    kind: str
    """The group in which results are counted."""
    says: str
    """What is wrong, in the domain's words."""
    change: Change = field(repr=False)
    """Makes a fresh app wrong."""
    clause: str
    """The clause that it must break to count as found."""
    needs: Mapping[str, Any] = field(default_factory=dict)
    """The `Settings` without which the defect could not show."""


def of_kind(kind: str, *entries: str | Row, **needs: Any) -> list[Defect]:
    """Return rows as defects of one kind. A text among them is the clause that the rows below it must break."""
    clause = ""
    defects: list[Defect] = []
    for entry in entries:
        if isinstance(entry, str):
            clause = entry
        else:
            name, says, change, *own = entry
            defects.append(Defect(name, kind, says, change, own[0] if own else clause, needs))
    return defects
