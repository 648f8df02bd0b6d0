"""Keys, tokens, methods, paths, headers and media types, and the gateway's exact answers."""

import pytest

from contract_tests.parts import expect_held
from luminus_zoom_contract.run.session import Session


@pytest.mark.parametrize("part", ["parameters", "protocol", "credentials", "forbidden", "relations"])
def test_each_clause_holds(lab: Session, subtests: pytest.Subtests, part: str) -> None:
    expect_held(lab, subtests, part)
