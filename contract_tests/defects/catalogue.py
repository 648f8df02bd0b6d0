"""What a defect is, and how the rows of a table become defects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from contract_tests.defects.verbs import Change

Row: TypeAlias = tuple[Any, ...]
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


@dataclass(frozen=True, slots=True)
class Each:
    """What the rows below have in common: their verb and its first arguments. They give the others."""

    verb: Callable[..., Change]
    first: tuple[Any, ...]
    says: str


def each(verb: Callable[..., Change], *first: Any, says: str = "{}") -> Each:
    """Return what rows have in common; `says` is the description with a place for each row's own part."""
    return Each(verb, first, says)


def of_kind(kind: str, *entries: str | Each | Row, **needs: Any) -> list[Defect]:
    """Return rows as defects of one kind.

    A text among them is the clause that the rows below it must break, an `each` what those up to the next clause share.
    """
    clause, shared = "", None
    defects: list[Defect] = []
    for entry in entries:
        if isinstance(entry, str):
            clause, shared = entry, None
        elif isinstance(entry, Each):
            shared = entry
        elif shared:
            name, part, *rest = entry
            change = shared.verb(*shared.first, *rest)
            defects.append(Defect(name, kind, shared.says.format(part), change, clause, needs))
        else:
            name, says, change, *own = entry
            defects.append(Defect(name, kind, says, change, own[0] if own else clause, needs))
    return defects
