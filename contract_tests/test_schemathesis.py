"""Schemathesis over the operation: all its checks, less its false alarms, through the suite's own exchange."""

from luminus_zoom_contract.run.schemathesis_run import finds_no_contradiction
from luminus_zoom_contract.run.session import Session


def test_schemathesis_finds_no_contradiction(lab: Session) -> None:
    finds_no_contradiction(lab)
