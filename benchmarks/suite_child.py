"""The jobs of suite.py that need the project's environment; each prints JSON. `python suite_child.py JOB …`."""

import contextlib
import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from contract_tests.defects import CATALOGUE, app_with
from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.run.round_trip import arguments_make_an_equal_meeting
from luminus_zoom_contract.run.search import ContradictionsError
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY

HONEST = "honest"
CREDENTIALS = Credentials(SUBSCRIPTION_KEY, "", FORBIDDEN_KEY)


def rates(cases: int, wall: float, cpu: float) -> dict[str, float]:
    """Cases a second, by the clock and by this process's CPU, and that CPU."""
    return {"per_second": cases / wall, "per_cpu_second": cases / cpu, "cpu": cpu}


def property_based(url: str, examples: str) -> dict[str, float]:
    """Any valid arguments through the wrapper and back, compared."""
    with Session(Options(base_url=url, credentials=CREDENTIALS, examples=int(examples))) as session:
        wall, cpu = time.perf_counter(), time.process_time()
        arguments_make_an_equal_meeting(session)
        return rates(session.results.requests, time.perf_counter() - wall, time.process_time() - cpu)


def battery(url: str, seconds: str) -> dict[str, float]:
    """The whole battery with all checks, by seed after seed."""
    cases, seed = 0, 0
    wall, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < float(seconds):
        seed += 1
        with Session(Options(base_url=url, credentials=CREDENTIALS, seed=seed)) as session:
            session.run_cases()
            if session.verdict() != "conforms":
                raise SystemExit(f"the mock is said not to conform: {session.results.broken(findings=True)}")
            cases += session.results.requests
    return rates(cases, time.perf_counter() - wall, time.process_time() - cpu)


def defects(count: str) -> list[str]:
    """The names of so many of the mock's defects, spread over its catalogue, and of none at all."""
    plain = [name for name, defect in CATALOGUE.items() if not defect.needs]
    return [HONEST, *plain[:: -(-len(plain) // int(count))]]


def mock_with(defect: str) -> Any:
    """The mock with a defect."""
    return app_with(*([] if defect == HONEST else [defect]))


def detect(defect: str) -> dict[str, bool]:
    """Whether the property-based part and the battery find a defect."""
    return {"property-based": _finds(defect, _search), "battery": _finds(defect, Session.run_cases)}


def _search(session: Session) -> None:
    with contextlib.suppress(ContradictionsError):  # it is in the results
        arguments_make_an_equal_meeting(session)


def _finds(defect: str, job: Callable[[Session], None]) -> bool:
    options = Options(credentials=CREDENTIALS, examples=50, time_limit=1.0)
    with Session(options, mock_with(defect)) as session:
        job(session)
        return any(entry.broken for entry in session.results.entries.values())


def serve(defect: str) -> None:
    """Serve a mock with a defect until ended; prints its port."""
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(mock_with(defect), lifespan="off", log_level="critical")
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    jobs = {"property": property_based, "battery": battery, "defects": defects, "detect": detect, "serve": serve}
    print(json.dumps(jobs[sys.argv[1]](*sys.argv[2:])))
