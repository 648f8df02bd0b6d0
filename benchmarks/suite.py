"""What the contract suite does in a second, against the schemathesis CLI, and what of the seeded defects each finds."""

import os
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lab import PROJECT, ROOT, FailedError, Server, run
from peers import KEY

EXAMPLES = (10, 100, 1000)
CHILD = Path(__file__).parent / "suite_child.py"


def child(*arguments: object, seconds: float = 120) -> Any:
    """Run a job of suite_child.py in the project's environment, and return what it prints."""
    return run([PROJECT, CHILD, *map(str, arguments)], seconds=seconds)


def schemathesis(url: str, examples: int, phases: str = "fuzzing") -> tuple[int, float, bool]:
    """Cases, CPU seconds and whether a contradiction was found, of the CLI with its default checks."""
    header = ": ".join(next(iter(KEY.items())))
    command = [PROJECT.parent / "schemathesis", "run", ROOT / "openapi.yaml", "--url", url, "--header", header]
    options = ["--phases", phases, "--max-examples", str(examples), "--seed", "1", "--no-color"]
    before = children_cpu()
    # A folder of its own: it begins with what an earlier run in the same folder has found.
    with tempfile.TemporaryDirectory() as folder:
        done = _run([*command, *options], Path(folder))
    generated = re.search(r"(\d+) generated", done.stdout)
    if not generated:
        raise FailedError((done.stderr or done.stdout)[-200:])
    return int(generated[1]), children_cpu() - before, done.returncode != 0


def children_cpu() -> float:
    """Seconds of CPU, user and system, of all processes that were started and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure_suite(*, quick: bool) -> dict[str, Any]:
    """Cases per CPU second of each, by round: {what: [cases/s, …]}; the battery's also by wall time."""
    rates: dict[str, list[float]] = {"schemathesis CLI": [], "property-based": [], "battery": [], "battery, wall": []}
    with Server([PROJECT, "-m", "luminus_zoom_mock", "--port", "0"]) as mock:
        url = f"http://127.0.0.1:{mock.port}/zoom"
        few, many = (10, 110) if quick else (10, 310)
        for _ in range(1 if quick else 2):
            # Two runs of each, so that what it needs to start is not counted.
            (a, cpu_a, _), (b, cpu_b, _) = schemathesis(url, few), schemathesis(url, many)
            rates["schemathesis CLI"].append((b - a) / (cpu_b - cpu_a))
            ours = [child("property", url, count) for count in (few, many)]
            rates["property-based"].append((many - few) / (ours[1]["cpu"] - ours[0]["cpu"]))
            battery = child("battery", url, 1.0 if quick else 3.0)
            rates["battery"].append(battery["per_cpu_second"])
            rates["battery, wall"].append(battery["per_second"])
    return rates


def measure_examples() -> dict[str, list[float]]:
    """CPU milliseconds an example by their number: {examples: [round, …]}."""
    with Server([PROJECT, "-m", "luminus_zoom_mock", "--port", "0"]) as mock:
        url = f"http://127.0.0.1:{mock.port}/zoom"
        return {
            str(count): [child("property", url, count)["cpu"] / count * 1000 for _ in range(3 if count < 1000 else 1)]
            for count in EXAMPLES
        }


def measure_detection() -> dict[str, Any]:
    """Who finds which of a sample of the mock's defects: {defect: {who: found}}; `honest` is none."""
    defects = child("defects", 8)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(defects, pool.map(_detect, defects), strict=True))


def _detect(defect: str) -> dict[str, bool]:
    """Who finds a defect, each with 50 examples."""
    found: dict[str, bool] = child("detect", defect)
    with Server([PROJECT, CHILD, "serve", defect]) as server:
        found["schemathesis CLI"] = schemathesis(f"http://127.0.0.1:{server.port}/zoom", 50)[2]
    return found


def measure_make_test() -> dict[str, float]:
    """Wall minutes of `make test` with everything set up; FailedError where it does not pass."""
    subprocess.run(["make", "--silent", ".venv/installed"], cwd=ROOT, check=False, capture_output=True)  # noqa: S607
    started = time.perf_counter()
    done = _run(["make", "--silent", "test"], ROOT)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise FailedError((done.stdout + done.stderr).strip().splitlines()[-1][:200])
    return {"minutes": seconds / 60}


def _run(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603
