"""What stock schemathesis finds of the same defects: its default settings, openapi.yaml as it is, a valid key.

The server answers 405 to another method, since schemathesis reports this gateway's 404 on any server. Whatever a run
reports counts as a find, be it what it reports of an honest server too.
"""

import contextlib
import json
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from contract_tests.defects import CATALOGUE, app_with
from luminus_zoom_contract.spec.clauses import GATEWAY_KEY
from luminus_zoom_contract.spec.document import DEFAULT
from luminus_zoom_mock import SUBSCRIPTION_KEY, MockServer

BASELINE: Final = Path(__file__).parent / "stock_baseline.json"
COMMAND: Final = "python -m contract_tests.defects.mutants --stock"
_HALVES: Final = {False: "any_module", True: "one_module"}
_LONGEST_ANSWER: Final = 2
_LONGEST_RUN: Final = 60
"""Seconds, of which a run takes about three: a silent server would hold it up for hours."""
_HONEST_SEEDS: Final = range(1, 11)
ONE_IN: Final = 4
"""Only a fourth of the defects, whichever, is put to it: all of them would take hours."""


def sample() -> list[str]:
    """The defects that are put to stock schemathesis; more defects do not change which of the old ones are."""
    return [name for name in CATALOGUE if crc32(name.encode()) % ONE_IN == 0]


def record(names: Sequence[str], module: str, jobs: int) -> str:
    """Run stock schemathesis on those of these defects that are in the sample, and keep what it found.

    Returns all that is known now, in a sentence.
    """
    names = [name for name in sample() if name in names]
    known: dict[str, Any] = json.loads(BASELINE.read_text("utf-8")) if BASELINE.exists() else {}
    with ProcessPoolExecutor(jobs) as pool:
        if "false_alarms" not in known:
            alarms = sum(pool.map(_finds, [{}] * len(_HONEST_SEEDS), _HONEST_SEEDS))
            known["false_alarms"] = f"{alarms} of {len(_HONEST_SEEDS)} runs against the honest server"
        for one_module, half in _HALVES.items():
            modules = {"module_ids": frozenset({module})} if one_module else {}
            tasks = [{"defects": (name,), **CATALOGUE[name].needs, **modules} for name in names]
            found = dict(zip(names, pool.map(_finds, tasks), strict=True))
            known[half] = {name: it for name, it in (known.get(half, {}) | found).items() if name in sample()}
    known |= {"command": COMMAND, "schemathesis": version("schemathesis")}
    BASELINE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
    return ", ".join(f"{half}: {sum(known[half].values())} of {len(known[half])}" for half in _HALVES.values())


def recorded() -> dict[bool, dict[str, bool]]:
    """What was found, by defect, without and with a single module; empty where nothing was recorded."""
    known = json.loads(BASELINE.read_text("utf-8")) if BASELINE.exists() else {}
    return {one_module: known.get(half, {}) for one_module, half in _HALVES.items()}


def _finds(settings: dict[str, Any], seed: int = 1) -> bool:
    """Whether a run against the mock with these settings reports anything."""
    defects = settings.pop("defects", ())
    config = SchemathesisConfig.from_dict(
        {"seed": seed, "request-timeout": _LONGEST_ANSWER, "generation": {"database": "none"}}
    )
    with MockServer(app_with(*defects, method_not_allowed=405, **settings)) as server:
        schema = schemathesis.openapi.from_path(DEFAULT, config=config)
        token = {"Authorization": f"Bearer {server.token}"} if server.token else {}
        schema.config.update(base_url=server.base_url, headers={GATEWAY_KEY: SUBSCRIPTION_KEY, **token})
        with contextlib.closing(_failures(schema)) as failures:
            return next(failures, None) is not None


def _failures(schema: Any) -> Generator[str, None, None]:
    stream = from_schema(schema).execute()
    limit = threading.Timer(_LONGEST_RUN, stream.stop)
    limit.daemon = True
    limit.start()
    try:
        for event in stream:
            match event:
                case events.ScenarioFinished():
                    checks = (check for recorded in event.recorder.checks.values() for check in recorded)
                    yield from (check.name for check in checks if check.status is Status.FAILURE)
                case events.NonFatalError() | events.FatalError():
                    yield type(event).__name__
                case _:
                    pass
    finally:
        limit.cancel()
