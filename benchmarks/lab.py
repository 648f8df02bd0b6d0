"""What every section of the benchmark uses: the task, processes for whatever is measured, and figures."""

import json
import os
import platform
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS, PROJECT = (folder / ".venv/bin/python" for folder in (HERE, ROOT))
"""The interpreters: with the clients and their dependencies alone, and the project's."""
_EXAMPLES = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))["components"]["examples"]
REQUEST: dict[str, Any] = _EXAMPLES["FullRequest"]["value"]
ANSWER: dict[str, Any] = _EXAMPLES["FullResponse"]["value"]

Figures = Sequence[float]


class FailedError(Exception):
    """What was to be measured did not run; the text is the last line that it printed."""


def run(command: Sequence[str | Path], given: object = None) -> Any:
    """Run a command in this folder and return the JSON in its last line.

    Raises:
        FailedError: it could not be started, took over two minutes, or printed no JSON.
    """
    try:
        done = subprocess.run(  # noqa: S603
            command, input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False, cwd=HERE
        )
        return json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FailedError(type(error).__name__) from None
    except (ValueError, IndexError):
        raise FailedError((done.stderr.splitlines() or ["no output"])[-1][:200]) from None


class Server:
    """A server in a process of its own; ends with its `with` block."""

    def __init__(self, command: Sequence[str | Path], port: int = 0, given: object = None) -> None:
        """Start it and wait until it listens. With `port` 0 it prints `127.0.0.1:PORT` itself.

        Raises:
            FailedError: it could not be started, or did not listen within 30 seconds.
        """
        output = subprocess.DEVNULL if port else subprocess.PIPE
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.DEVNULL, text=True, cwd=HERE
            )
        except OSError as error:
            raise FailedError(f"{Path(command[0]).name}: {type(error).__name__}") from None
        json.dump(given, self._process.stdin)  # type: ignore[arg-type]
        self._process.stdin.close()  # type: ignore[union-attr]
        self.port = port or self._announced()
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.close()
        raise FailedError("the server did not listen")

    def _announced(self) -> int:
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        digits = line.rpartition("127.0.0.1:")[2].partition("/")[0].strip()
        if not digits.isdigit():
            raise FailedError("the server did not print its port")
        return int(digits)

    def cpu(self) -> float:
        """Seconds of CPU, user and system, that the server has used. Only Linux tells."""
        # The clock of another process (clock_getcpuclockid). /proc counts in steps of 10 ms.
        return time.clock_gettime((~self._process.pid << 3) | 2)

    def resident_mb(self) -> float:
        """Its resident memory in MB."""
        command = ["ps", "-o", "rss=", "-p", str(self._process.pid)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1e3  # noqa: S603

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def responder(delay: float = 0) -> Iterator[tuple[Server, dict[str, Any]]]:
    """The server that clients are measured against, and the task that they are given."""
    with Server([PROJECT, "responder.py"], given={"request": REQUEST, "answer": ANSWER, "delay": delay}) as server:
        yield server, {"base_url": f"http://127.0.0.1:{server.port}/zoom", "request": REQUEST, "answer": ANSWER}


def free_port() -> int:
    """A port that was free a moment ago, for servers that cannot take any."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ratios(values: Figures, reference: Figures) -> list[float]:
    """Each round's figure as a ratio to the reference in the same round."""
    return [value / base for value, base in zip(values, reference, strict=True)]


def spread(values: Figures, unit: str = "") -> str:
    """The median of some rounds with their quartiles."""
    text = number(statistics.median(values)) + unit
    if len(values) == 1:
        return text
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{text} ({number(low)} to {number(high)})"


def number(value: float) -> str:
    """A figure with three digits or so."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def machine() -> str:
    """What the figures were measured on, in general words."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return (
        f"{model or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, "
        f"{platform.system()}, Python {platform.python_version()}"
    )
