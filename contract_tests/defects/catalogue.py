"""What a defect is, and how a row of the catalogue becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from contract_tests.defects.levers import Change

Severity: TypeAlias = Literal["failure", "finding"]
Row: TypeAlias = tuple[str, str, Change]
"""Name, description and change."""


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
    severity: Severity = "failure"
    """A "failure" breaks what the documentation page or a standard says, a "finding" only what is known otherwise."""
    needs: Mapping[str, Any] = field(default_factory=dict)
    """The `Settings` without which the defect could not show."""


def of_kind(
    kind: str,
    *rows: Row,
    clause: str,
    clauses: Mapping[str, str] | None = None,
    severity: Severity = "failure",
    needs: Mapping[str, Any] | None = None,
) -> list[Defect]:
    """Return the rows as defects of one kind and severity.

    `clauses` names, for some clauses, the defects that must break them, with spaces between; the others break `clause`.
    """
    broken = {name: other for other, names in (clauses or {}).items() for name in names.split()}
    if strays := broken.keys() - {row[0] for row in rows}:
        raise LookupError(f"no defects of the kind {kind}: {', '.join(sorted(strays))}")
    return [
        Defect(name, kind, says, change, broken.get(name, clause), severity, needs or {}) for name, says, change in rows
    ]
