"""Ways in which a server can be wrong, as switches on the mock: to see what a test suite finds.

Each defect is wrong on any reading of the contract; what is only another choice of an honest server is not here, but
among the `Settings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from luminus_zoom_mock.defects import (
    answers,
    credentials,
    echoes,
    errors,
    protocol,
    requests,
    speed,
    states,
    syntax,
    times,
)
from luminus_zoom_mock.defects.catalogue import Defect

if TYPE_CHECKING:
    from luminus_zoom_mock.app import MockApp

__all__ = ["CATALOGUE", "Defect", "install"]

MODULES = (answers, echoes, times, requests, syntax, protocol, credentials, errors, states, speed)

CATALOGUE: dict[str, Defect] = {defect.name: defect for module in MODULES for defect in module.DEFECTS}
"""All defects by name."""


def install(app: MockApp, names: Sequence[str]) -> None:
    """Give a fresh app these defects, in this order. Raises LookupError for a name that there is not."""
    unknown = [name for name in names if name not in CATALOGUE]
    if unknown:
        raise LookupError(f"no such defect: {', '.join(unknown)} (--list-defects lists them)")
    for name in names:
        CATALOGUE[name].change(app)
