"""Any body is treated as the contract says. A plain hypothesis test, which HypoFuzz can run for days."""

from hypothesis import given
from hypothesis import strategies as st

from luminus_zoom_contract.run.properties import bodies
from luminus_zoom_contract.run.session import Session


@given(data=st.data())
def test_any_body_is_treated_as_the_contract_says(lab: Session, data: st.DataObject) -> None:
    bodies(lab, lab.operations[0].id, data)
