"""The systematic cases: what is sent, derived from the document."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from luminus_zoom_contract.cases.case import Case, Maker, interleave
from luminus_zoom_contract.cases.combinations import combination_cases
from luminus_zoom_contract.cases.credentials import credential_cases, forbidden_cases, undressed_cases
from luminus_zoom_contract.cases.parameters import parameter_cases
from luminus_zoom_contract.cases.protocol import protocol_cases
from luminus_zoom_contract.cases.sequences import sequence_cases
from luminus_zoom_contract.cases.syntax import edited_bodies, syntax_cases
from luminus_zoom_contract.cases.values import edited_values, value_cases

__all__ = ["PARTS", "Case", "Maker", "cases"]

_Part = Callable[[Maker], Iterable[Case]]


def _in_turn(cases: Iterable[Case]) -> Iterator[Case]:
    return (replace(case, in_turn=True) for case in cases)


def _for_bodies(part: _Part) -> _Part:
    """A part that has no cases for an operation without a JSON object for its body."""
    return lambda maker: part(maker) if maker.has_json else ()


PARTS: Final[Mapping[str, _Part]] = {
    "sequences": _for_bodies(lambda maker: _in_turn(sequence_cases(maker))),
    "parameters": parameter_cases,
    "protocol": protocol_cases,
    "credentials": credential_cases,
    "forbidden": lambda maker: _in_turn(forbidden_cases(maker)),
    "values": lambda maker: value_cases(maker) if maker.operation.request_fields else (),
    "syntax": _for_bodies(syntax_cases),
    "combinations": _for_bodies(combination_cases),
    "edits": _for_bodies(
        lambda maker: interleave([undressed_cases(maker), edited_values(maker), edited_bodies(maker)])
    ),
}


def cases(maker: Maker) -> Iterator[Case]:
    """All cases, what shows most first; values, bytes and combinations are mixed, their edits come last."""
    for part in ("sequences", "forbidden", "parameters", "protocol", "credentials"):
        yield from PARTS[part](maker)
    yield from interleave([PARTS[part](maker) for part in ("values", "syntax", "combinations")])
    yield from PARTS["edits"](maker)
