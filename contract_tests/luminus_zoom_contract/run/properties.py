"""The properties that hypothesis searches: each raises ContradictionsError if it finds a counterexample."""

import contextlib
import functools
from collections.abc import Callable
from typing import Any

from luminus_zoom_contract.cases.case import Maker
from luminus_zoom_contract.cases.strategies import drawn_case
from luminus_zoom_contract.run.search import ContradictionsError, contradiction, search
from luminus_zoom_contract.run.session import Session


def bodies(lab: Session, operation: str, data: Any) -> None:
    """Any drawn body of an operation is treated as the contract says; one example of it."""
    case = lab.runner.resources.filled(drawn_case(data.draw, _maker(lab, operation)))
    if case is None:
        return
    if fault := lab.runner.first_fault(case):
        raise contradiction(*fault)


@functools.cache
def _maker(lab: Session, operation: str) -> Maker:
    return lab.maker("bodies", lab.contract.operations[operation])


def run_all(lab: Session) -> None:
    """Search every property; what is found is in the session's results."""
    from luminus_zoom_contract.run import schemathesis_run

    finds: list[Callable[[Session], None]] = []
    with_bodies = [it.id for it in lab.operations if lab.maker("bodies", it).has_json]
    share = 0.4 / max(1, len(with_bodies))
    for name in with_bodies:
        given = {"key": f"bodies {name}", "share": share, "operation": name}
        finds.append(functools.partial(_search_bodies, given))
    if lab.has_wrapper:
        from luminus_zoom_contract.run import round_trip

        finds += [round_trip.arguments_make_an_equal_meeting, round_trip.answers_are_read_without_loss]
    for find in (*finds, schemathesis_run.finds_no_contradiction):
        with contextlib.suppress(ContradictionsError):  # it is in the results
            find(lab)


def _search_bodies(given: dict[str, Any], lab: Session) -> None:
    search(lab, bodies, lab=lab, **given)
