"""Any body is treated as the contract says. A plain hypothesis test, which HypoFuzz can run for days."""

import functools

from hypothesis import given
from hypothesis import strategies as st

from contract_tests.battery.case import Maker
from contract_tests.bodies import drawn_case
from contract_tests.fuzzing import contradiction
from contract_tests.session import Session


@given(data=st.data())
def test_any_body_is_treated_as_the_contract_says(lab: Session, data: st.DataObject) -> None:
    case = drawn_case(data.draw, _maker(lab))
    if fault := lab.runner.first_fault(case):
        raise contradiction(*fault)


@functools.cache
def _maker(lab: Session) -> Maker:
    return lab.maker("bodies")
