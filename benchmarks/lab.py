"""What every section of the benchmark stands on: the task, processes of their own for whatever is measured, figures."""

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

import psutil
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS, PLAIN, PROJECT = (folder / "bin/python" for folder in (HERE / ".venv", HERE / ".venv-plain", ROOT / ".venv"))
"""The interpreters: with all peers, with the library's own dependencies alone, and the project's."""
_EXAMPLES = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))["components"]["examples"]
REQUEST: dict[str, Any] = _EXAMPLES["FullRequest"]["value"]
ANSWER: dict[str, Any] = _EXAMPLES["FullResponse"]["value"]

Figures = Sequence[float]


class FailedError(Exception):
    """What was to be measured did not run; the text is the last line that it said."""


def run(command: Sequence[str | Path], given: object = None, *, seconds: float = 120) -> Any:
    """Run a command to its end and return the JSON that its last line is.

    Raises:
        FailedError: it could not be started, took too long, ended with an error or printed no JSON.
    """
    text = "" if given is None else json.dumps(given)
    try:
        done = subprocess.run(  # noqa: S603
            command, input=text, capture_output=True, text=True, timeout=seconds, check=False, cwd=HERE
        )
        return json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FailedError(type(error).__name__) from None
    except (ValueError, IndexError):
        raise FailedError((done.stderr.splitlines() or ["no output"])[-1][:200]) from None


class Server:
    """A server in a process of its own; ends with its `with` block."""

    def __init__(self, command: Sequence[str | Path], port: int = 0, given: object = None) -> None:
        """Start it. With `port` 0 the server says its port in a line of its own or as `127.0.0.1:PORT`.

        Raises:
            FailedError: it could not be started, or did not listen within 30 seconds.
        """
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL if port else subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=HERE,
            )
        except OSError as error:
            raise FailedError(f"{Path(command[0]).name}: {type(error).__name__}") from None
        if given is not None:
            json.dump(given, self._process.stdin)  # type: ignore[arg-type]
        self._process.stdin.close()  # type: ignore[union-attr]
        self.port = port or self._announced()
        self._await()

    def _announced(self) -> int:
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        digits = line.rpartition("127.0.0.1:")[2].partition("/")[0].strip()
        if not digits.isdigit():
            raise FailedError("the server did not say its port")
        return int(digits)

    def _await(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.close()
        raise FailedError("the server did not listen")

    def cpu(self) -> float:
        """Seconds of CPU, user and system, that the server has used; its children do not count."""
        # Linux's clock of another process (clock_getcpuclockid); the ticks that psutil reads are of 10 ms.
        return time.clock_gettime((~self._process.pid << 3) | 2)

    def resident_mb(self) -> float:
        """Its resident memory in MB."""
        return float(psutil.Process(self._process.pid).memory_info().rss) / 1e6

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
def responder() -> Iterator[tuple[Server, dict[str, Any]]]:
    """The canned server of the client rows, and the task that peers are given."""
    with Server([PEERS, "responder.py"], given={"request": REQUEST, "answer": ANSWER}) as server:
        yield server, {"base_url": f"http://127.0.0.1:{server.port}/zoom", "request": REQUEST, "answer": ANSWER}


def free_port() -> int:
    """A port that was free a moment ago, for servers that cannot take any."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ratios(values: Figures, reference: Figures) -> list[float]:
    """Each round's figure as a ratio to the reference in the same round."""
    return [value / base for value, base in zip(values, reference, strict=False)]


def spread(values: Figures, unit: str = "") -> str:
    """The median of some rounds with their minimum and maximum."""
    if not values:
        return "-"
    text = number(statistics.median(values)) + unit
    return text if len(values) == 1 else f"{text} ({number(min(values))} to {number(max(values))})"


def number(value: float) -> str:
    """A figure with as many digits as say something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def machine() -> dict[str, Any]:
    """What the figures were measured on, in general words."""
    model = next(
        (line.partition(":")[2].strip() for line in _cpu_info() if line.startswith("model name")), platform.machine()
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_at_start": round(os.getloadavg()[0], 1),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _cpu_info() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
