"""Runs of the suite's cases on an app in this process."""

from typing import Any

import pytest

from luminus_zoom_contract.cases.case import Case, Credentials
from luminus_zoom_contract.run.runner import StoppedError
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY

_PLANNED: dict[tuple[str, str, int], list[Case]] = {}
"""The cases by module, token and seed; making them takes about as long as sending a thousand."""


def cases_on(app: Any, module: str = "", token: str = "", seed: int = 1, until: str = "") -> Session:
    """A session that has run the cases on an app in this process, or as many of them as a clause takes to break."""
    credentials = Credentials(SUBSCRIPTION_KEY, token, FORBIDDEN_KEY)
    session = Session(Options(credentials=credentials, module_id=module, seed=seed, time_limit=1.0), app)

    def stop(*_: int) -> None:
        if until and session.results.entries[until].broken:
            raise StoppedError

    plan = (module, token, seed)
    if plan not in _PLANNED:
        _PLANNED[plan] = session.cases()
    with session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "cases", lambda _: _PLANNED[plan])
        session.run_cases(progress=stop)
    return session
