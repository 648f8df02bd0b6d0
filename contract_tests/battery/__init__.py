"""The systematic battery: what is tried, derived from openapi.yaml."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from contract_tests.battery.case import Case, Maker, interleave
from contract_tests.battery.combinations import combination_cases
from contract_tests.battery.protocol import forbidden_cases, protocol_cases
from contract_tests.battery.sequences import sequence_cases
from contract_tests.battery.syntax import syntax_cases
from contract_tests.battery.values import value_cases

__all__ = ["PARTS", "Case", "Maker", "cases"]

PARTS: Final[Mapping[str, Callable[[Maker], Iterator[Case]]]] = {
    "sequences": sequence_cases,
    "protocol": protocol_cases,
    "forbidden": forbidden_cases,
    "values": value_cases,
    "syntax": syntax_cases,
    "combinations": combination_cases,
}


def cases(maker: Maker) -> Iterator[Case]:
    """The whole battery, what shows most first; values, bytes and combinations take turns."""
    yield from sequence_cases(maker)
    yield from protocol_cases(maker)
    yield from forbidden_cases(maker)
    yield from interleave([value_cases(maker), syntax_cases(maker), combination_cases(maker)])
