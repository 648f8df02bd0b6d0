"""What stock schemathesis finds of the same defects: its default settings, openapi.yaml as it is, a valid key.

The server answers 405 to another method, since schemathesis reports this gateway's 404 on any server. Whatever a run
reports counts as a find, be it what it reports of an honest server too.
"""

import contextlib
import json
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from contract_tests.battery.case import KEY_HEADER
from contract_tests.contract import DEFAULT
from luminus_zoom_mock import SUBSCRIPTION_KEY, MockServer, Settings
from luminus_zoom_mock.defects import CATALOGUE

BASELINE: Final = Path(__file__).parent / "stock_baseline.json"
COMMAND: Final = "python -m contract_tests.mutants --stock"
_HALVES: Final = {False: "any_module", True: "one_module"}
_LONGEST: Final = 60
"""Seconds for one run: a silent server would hold it up for hours."""
_HONEST_SEEDS: Final = range(1, 11)


def record(names: Sequence[str], module: str, jobs: int) -> str:
    """Run stock schemathesis on these defects, keep what it found beside what is known, and return it in a sentence."""
    known: dict[str, Any] = json.loads(BASELINE.read_text("utf-8")) if BASELINE.exists() else {}
    with ProcessPoolExecutor(jobs, max_tasks_per_child=50) as pool:
        if "false_alarms" not in known:
            alarms = sum(pool.map(_finds, [{}] * len(_HONEST_SEEDS), _HONEST_SEEDS))
            known["false_alarms"] = f"{alarms} of {len(_HONEST_SEEDS)} runs against the honest server"
        for one_module, half in _HALVES.items():
            modules = {"module_ids": frozenset({module})} if one_module else {}
            tasks = [{"defects": (name,), **CATALOGUE[name].needs, **modules} for name in names]
            found = dict(zip(names, pool.map(_finds, tasks), strict=True))
            known[half] = {name: it for name, it in (known.get(half, {}) | found).items() if name in CATALOGUE}
    known |= {"command": COMMAND, "schemathesis": version("schemathesis")}
    BASELINE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
    return ", ".join(f"{half}: {sum(known[half].values())} of {len(known[half])}" for half in _HALVES.values())


def recorded() -> dict[bool, dict[str, bool]]:
    """What was found, by defect, without and with a single module; empty where nothing was recorded."""
    known = json.loads(BASELINE.read_text("utf-8")) if BASELINE.exists() else {}
    return {one_module: known.get(half, {}) for one_module, half in _HALVES.items()}


def _finds(settings: dict[str, Any], seed: int = 1) -> bool:
    """Whether a run against the mock with these settings reports anything."""
    config = SchemathesisConfig.from_dict({"seed": seed, "max-time": _LONGEST, "generation": {"database": "none"}})
    with MockServer(Settings(method_not_allowed=405, **settings)) as server:
        schema = schemathesis.openapi.from_path(DEFAULT, config=config)
        token = {"Authorization": f"Bearer {server.token}"} if server.token else {}
        schema.config.update(base_url=server.base_url, headers={KEY_HEADER: SUBSCRIPTION_KEY, **token})
        with contextlib.closing(_failures(schema)) as failures:
            return next(failures, None) is not None


def _failures(schema: Any) -> Generator[str, None, None]:
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                checks = (check for recorded in event.recorder.checks.values() for check in recorded)
                yield from (check.name for check in checks if check.status is Status.FAILURE)
            case events.NonFatalError() | events.FatalError():
                yield type(event).__name__
            case _:
                pass
