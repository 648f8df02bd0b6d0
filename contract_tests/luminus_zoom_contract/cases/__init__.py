"""The systematic battery: what is tried, derived from openapi.yaml."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from luminus_zoom_contract.cases.case import Case, Maker, interleave
from luminus_zoom_contract.cases.combinations import combination_cases
from luminus_zoom_contract.cases.credentials import credential_cases, forbidden_cases, undressed_cases
from luminus_zoom_contract.cases.protocol import protocol_cases
from luminus_zoom_contract.cases.sequences import sequence_cases
from luminus_zoom_contract.cases.syntax import edited_bodies, syntax_cases
from luminus_zoom_contract.cases.values import edited_values, value_cases

__all__ = ["PARTS", "Case", "Maker", "cases"]


def _in_turn(cases: Iterable[Case]) -> Iterator[Case]:
    return (replace(case, in_turn=True) for case in cases)


PARTS: Final[Mapping[str, Callable[[Maker], Iterable[Case]]]] = {
    "sequences": lambda maker: _in_turn(sequence_cases(maker)),
    "protocol": protocol_cases,
    "credentials": credential_cases,
    "forbidden": lambda maker: _in_turn(forbidden_cases(maker)),
    "values": value_cases,
    "syntax": syntax_cases,
    "combinations": combination_cases,
    "edits": lambda maker: interleave([undressed_cases(maker), edited_values(maker), edited_bodies(maker)]),
}


def cases(maker: Maker) -> Iterator[Case]:
    """The whole battery, what shows most first; values, bytes and combinations are mixed, their edits come last."""
    yield from PARTS["sequences"](maker)
    yield from PARTS["forbidden"](maker)
    yield from protocol_cases(maker)
    yield from credential_cases(maker)
    yield from interleave([value_cases(maker), syntax_cases(maker), combination_cases(maker)])
    yield from PARTS["edits"](maker)
