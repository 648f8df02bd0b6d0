"""How many requests the conformance suite sends and judges in a second of its CPU, beside the schemathesis CLI."""

import json
import re
import resource
import subprocess
import tempfile
from pathlib import Path

from lab import PROJECT, ROOT, FailedError, Server
from mocks import MOCK
from peers import KEY

OURS, SCHEMATHESIS = "the suite", "schemathesis CLI"


def measure_suite(*, quick: bool) -> dict[str, list[float]]:
    """Requests a CPU second of whole runs against the mock, their start included, round after round."""
    rates: dict[str, list[float]] = {OURS: [], SCHEMATHESIS: []}
    with Server(MOCK) as mock:
        url = f"http://127.0.0.1:{mock.port}/zoom"
        for _ in range(1 if quick else 3):
            rates[OURS].append(_suite(url))
            rates[SCHEMATHESIS].append(_schemathesis(url))
    return rates


def _suite(url: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "luminus_zoom_contract", "--base-url", url, "--subscription-key", next(iter(KEY.values()))]
        cpu, output = _cpu_of([PROJECT, *command, "--database", "none", "--out", folder], ROOT)
        path = Path(folder) / "report.json"
        report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"verdict": output[-200:]}
    if report["verdict"] != "conforms":
        raise FailedError(f"the suite's verdict is {report['verdict']}")
    return float(report["requests"] / cpu)


def _schemathesis(url: str) -> float:
    header = ": ".join(next(iter(KEY.items())))
    command = [PROJECT.parent / "schemathesis", "run", ROOT / "openapi.yaml", "--url", url, "--header", header]
    # A folder of its own: it begins with what an earlier run in the same folder has found.
    with tempfile.TemporaryDirectory() as folder:
        cpu, output = _cpu_of([*command, "--max-examples", "300", "--seed", "1", "--no-color"], Path(folder))
    generated = re.search(r"(\d+) generated", output)
    if not generated:
        raise FailedError(output[-200:])
    return int(generated[1]) / cpu


def _cpu_of(command: list[str | Path], folder: Path) -> tuple[float, str]:
    """Seconds of CPU, user and system, of a command, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout + done.stderr
