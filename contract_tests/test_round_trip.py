"""Round trips: valid arguments of the wrapper make an equal meeting, any answer of the contract is read whole."""

from luminus_zoom_contract.run.round_trip import answers_are_read_without_loss, arguments_make_an_equal_meeting
from luminus_zoom_contract.run.session import Session


def test_valid_arguments_make_an_equal_meeting(lab: Session) -> None:
    arguments_make_an_equal_meeting(lab)


def test_any_answer_of_the_contract_is_read_without_loss(lab: Session) -> None:
    answers_are_read_without_loss(lab)
