"""Property-based search: hypothesis draws, a clause judges, and the ledger gets the smallest counterexample."""

import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.strategies import SearchStrategy

from contract_tests.ledger import Failure
from contract_tests.session import Session

_SEARCHES: Final = 3
"""How many properties share a budget."""

Drawn = TypeVar("Drawn")


class ContradictionError(AssertionError):
    """A drawn example breaks a clause; `failure` is what the ledger gets."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def fuzz(lab: Session, clause: str, strategy: SearchStrategy[Drawn], check: Callable[[Drawn], None]) -> None:
    """Try a property on examples drawn by the session's seed, until its examples or its budget are used up.

    `check` raises ContradictionError. The shrunk example goes into the ledger under `clause`, and fails the test.
    """

    def property_(drawn: Drawn) -> None:
        check(drawn)
        lab.ledger.held(clause)

    try:
        for seed in rounds(lab):
            drawing = hypothesis.given(strategy)(property_)
            hypothesis.seed(seed)(profile(lab)(drawing))()
    except ContradictionError as error:
        failure = error.failure
    else:
        return
    lab.ledger.broke(clause, failure)
    # Without a traceback, whose values might be secrets.
    pytest.fail(f"{failure.message}\n{failure.case}", pytrace=False)


def rounds(lab: Session) -> Iterator[int]:
    """Seeds for rounds of examples: one, or as many as fit into the session's budget."""
    end = time.monotonic() + lab.options.budget / _SEARCHES
    yield lab.options.seed
    number = 1
    while time.monotonic() < end:
        yield lab.options.seed * 1_000_003 + number
        number += 1


def profile(lab: Session) -> settings:
    """hypothesis's settings for a session: its own time limits are off, the exchange has one."""
    return settings(
        max_examples=lab.options.examples,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
