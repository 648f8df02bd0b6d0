"""One operation in one run."""

from typing import Final

from luminus_zoom_contract.cases.case import Maker
from luminus_zoom_contract.checks.protocol import ProtocolChecks
from luminus_zoom_contract.checks.response import ResponseChecks
from luminus_zoom_contract.checks.sequence import SequenceChecks
from luminus_zoom_contract.spec.clauses import Clauses


class Subject:
    """One operation in one run: its clauses, a maker of plain requests, and the checks of its answers."""

    def __init__(self, maker: Maker, sensitive: frozenset[str]) -> None:
        self.maker: Final = maker
        self.clauses: Final[Clauses] = maker.clauses
        self.success: Final = maker.operation.success
        self.response: Final = ResponseChecks(maker.operation, maker.clauses, sensitive)
        self.protocol: Final = ProtocolChecks(maker.operation, maker.clauses, maker.credentials)
        self.sequence: Final = SequenceChecks(maker.operation)
        self.memory: Final = maker.profile.memory()
