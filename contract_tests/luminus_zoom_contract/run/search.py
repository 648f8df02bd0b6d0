"""Property-based search: hypothesis draws, a clause judges, and the results gets the smallest counterexample."""

import functools
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from luminus_zoom_contract.report.results import Failure
from luminus_zoom_contract.run.session import Session

Drawn = TypeVar("Drawn")

_ROUND: Final = 500
"""Examples between two looks at the clock, where there is a budget."""


class ContradictionError(AssertionError):
    """A drawn example breaks a clause; `failure` is what the results gets. Make it by `contradiction`."""

    def __init__(self, clause: str, failure: Failure) -> None:
        super().__init__(f"{clause}: {failure.message}")
        self.clause = clause
        self.failure = failure


class ContradictionsError(AssertionError):
    """A search has found contradictions, which are in the session's results; the text holds no secret."""

    def __init__(self, messages: Iterable[str]) -> None:
        super().__init__("\n".join(messages))


def contradiction(clause: str, failure: Failure) -> ContradictionError:
    """The error for a clause: of a type of its own, so that hypothesis, while it shrinks, keeps to the clause."""
    return _type_for(clause)(clause, failure)


@functools.cache
def _type_for(clause: str) -> type[ContradictionError]:
    return type(f"ContradictionError[{clause}]", (ContradictionError,), {})


def database(place: str) -> ExampleDatabase | None:
    """hypothesis's database at a place: a folder, `redis://…` (as redis.Redis.from_url takes it), or `none`.

    Empty stands for hypothesis's own folder. ValueError for a Redis that does not answer or lacks its package.
    """
    if place == "none":
        return None
    if not place.startswith(("redis://", "rediss://", "unix://")):
        return DirectoryBasedExampleDatabase(place) if place else settings().database
    try:
        from hypothesis.extra.redis import RedisExampleDatabase  # an extra: few have a Redis
        from redis import Redis, RedisError  # type: ignore[import-not-found]
    except ImportError:
        raise ValueError("a database at redis://… needs the package redis: pip install redis") from None

    server = Redis.from_url(place)
    try:
        server.ping()
    except RedisError as error:
        # Without the address, which may hold a password.
        raise ValueError(f"the database does not answer: {type(error).__name__}") from None
    return RedisExampleDatabase(server)


def fuzz(
    lab: Session, clause: str, strategy: SearchStrategy[Drawn], check: Callable[[Drawn], None], *, share: float = 1.0
) -> None:
    """Try a property on examples drawn by the session's seed, until its examples or its share of the budget are used.

    `check` raises a `contradiction`. The shrunk example goes into the results and fails the test.
    """

    def property_(drawn: Drawn) -> None:
        check(drawn)
        lab.results.held(clause)

    search(lab, property_, key=clause, share=share, strategy=strategy)


def search(
    lab: Session, property_: Callable[..., None], /, *, key: str, share: float, strategy: Any = None, **fixed: Any
) -> None:
    """Look for contradictions until the examples or a share of the session's budget are used; fail if there are any.

    `key` tells the property's examples in the database from those of others. A property draws from `data`, unless
    another strategy is given.
    """
    # As hypothesis's own plugin and HypoFuzz set it, so that what HypoFuzz found is tried first here.
    property_._hypothesis_internal_add_digest = key.encode()  # type: ignore[attr-defined]
    found: dict[str, Failure] = {}
    for seed in rounds(lab, share):
        given = hypothesis.given(strategy) if strategy is not None else hypothesis.given(data=st.data())
        # In this order, since a seed switches the database off.
        drawing = profile(lab)(hypothesis.seed(seed)(given(property_)))
        try:
            drawing(**fixed)
        except (ContradictionError, ExceptionGroup, Flaky) as error:
            new = {each.clause: each.failure for each in _contradictions(error) if each.clause not in found}
            for clause, failure in new.items():
                lab.results.broke(clause, failure)
            found |= new
            if not new:
                raise
            if strategy is not None:
                break
    if found:
        raise ContradictionsError(f"{clause}: {failure.message}" for clause, failure in found.items())


def _contradictions(error: BaseException) -> Iterator[ContradictionError]:
    if isinstance(error, ContradictionError):
        yield error
    elif isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _contradictions(each)


def rounds(lab: Session, share: float = 1.0) -> Iterator[int]:
    """Seeds for rounds of examples: one, or as many as fit into a share of the session's budget.

    Workers of pytest-xdist search side by side, so that each share is longer by their number.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    end = time.monotonic() + lab.options.budget * min(1.0, share * workers)
    yield lab.options.seed
    number = 1
    while time.monotonic() < end:
        yield lab.options.seed * 1_000_003 + number
        number += 1


def profile(lab: Session) -> settings:
    """hypothesis's settings for a session: its own time limits are off, the exchange has one."""
    return settings(
        max_examples=max(_ROUND, lab.options.examples) if lab.options.budget else lab.examples,
        deadline=None,
        # Explanations are of the suite's own lines, and finding them takes longer than the search.
        phases=[phase for phase in Phase if phase is not Phase.explain],
        database=lab.options.database,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
