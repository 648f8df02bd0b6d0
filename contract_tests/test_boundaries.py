"""Values, bytes, combinations and sequences, derived from openapi.yaml: each broken documented clause is a failure."""

import pytest

from contract_tests.parts import expect_held
from luminus_zoom_contract.run.session import Session


@pytest.mark.parametrize("part", ["sequences", "values", "syntax", "combinations", "edits"])
def test_each_clause_holds(lab: Session, subtests: pytest.Subtests, part: str) -> None:
    expect_held(lab, subtests, part)
