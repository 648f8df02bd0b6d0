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
    severity: Severity = "failure"
    """A "failure" breaks what the documentation page or a standard says, a "finding" only what is known otherwise."""
    needs: Mapping[str, Any] = field(default_factory=dict)
    """The `Settings` without which the defect could not show."""


def of_kind(
    kind: str, *rows: Row, severity: Severity = "failure", needs: Mapping[str, Any] | None = None
) -> list[Defect]:
    """Return the rows as defects of one kind and severity."""
    return [Defect(name, kind, says, change, severity, needs or {}) for name, says, change in rows]
