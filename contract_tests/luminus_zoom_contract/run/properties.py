"""The properties that hypothesis searches: each raises ContradictionsError if it finds a counterexample."""

import contextlib
import functools
from typing import Any

from luminus_zoom_contract.cases.case import Maker
from luminus_zoom_contract.cases.strategies import drawn_case
from luminus_zoom_contract.run.search import ContradictionsError, contradiction, search
from luminus_zoom_contract.run.session import Session


def bodies(lab: Session, data: Any) -> None:
    """Any drawn body is treated as the contract says; one example of it."""
    case = drawn_case(data.draw, _maker(lab))
    if fault := lab.runner.first_fault(case):
        raise contradiction(*fault)


@functools.cache
def _maker(lab: Session) -> Maker:
    return lab.maker("bodies")


def run_all(lab: Session) -> None:
    """Search every property; what is found is in the session's results."""
    from luminus_zoom_contract.run import round_trip, schemathesis_run

    for find in (
        lambda it: search(it, bodies, key="bodies", share=0.4, lab=it),
        round_trip.arguments_make_an_equal_meeting,
        round_trip.answers_are_read_without_loss,
        schemathesis_run.finds_no_contradiction,
    ):
        with contextlib.suppress(ContradictionsError):  # it is in the results
            find(lab)
