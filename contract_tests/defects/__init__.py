"""Ways in which a server can be wrong, as switches on the mock: to see what a test suite finds.

Each defect is wrong on any reading of the contract; what is only another choice of an honest server is not here, but
among the `Settings` and the conforming variants.
"""

from typing import Any

from contract_tests.defects import (
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
from contract_tests.defects.catalogue import Defect
from contract_tests.defects.verbs import Change
from luminus_zoom_mock import Settings, create_app
from luminus_zoom_mock.app import MockApp

__all__ = ["CATALOGUE", "Defect", "app_with"]

MODULES = (answers, echoes, times, requests, syntax, protocol, credentials, errors, states, speed)

CATALOGUE: dict[str, Defect] = {defect.name: defect for module in MODULES for defect in module.DEFECTS}
"""All defects by name."""


def app_with(*defects: str | Change, **settings: Any) -> MockApp:
    """A mock with these settings and defects, by name or as changes, in this order.

    Raises LookupError for a name that there is not.
    """
    unknown = [it for it in defects if isinstance(it, str) and it not in CATALOGUE]
    if unknown:
        raise LookupError(f"no such defect: {', '.join(unknown)} (python -m contract_tests.defects lists them)")
    app = create_app(Settings(**settings))
    for defect in defects:
        change = CATALOGUE[defect].change if isinstance(defect, str) else defect
        change(app)
    app.changed = bool(defects)
    return app
