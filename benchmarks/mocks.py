"""What the mock can take: requests a second beside Prism, and how that changes with the meetings that it keeps."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lab import ANSWER, HERE, PROJECT, REQUEST, ROOT, FailedError, Server, free_port, run

OURS, PRISM, CEILING = "luminus-zoom-mock", "Prism", "canned answer"
MOCK = [PROJECT, "-m", "luminus_zoom_mock", "--port", "0"]
CONNECTIONS = 32
LEVELS = (1, 10_000, 100_000)
BURST = 1_000


def _start(name: str) -> tuple[Server, str]:
    """A server, and the path of its operation."""
    if name == OURS:
        return Server(MOCK), "/zoom/Meeting"
    if name == CEILING:
        task = {"request": REQUEST, "answer": ANSWER, "delay": 0}
        return Server([PROJECT, "responder.py"], given=task), "/zoom/Meeting"
    port = free_port()
    # As installed it logs every request, and takes half as many.
    command = [HERE / "node_modules/.bin/prism", "mock", "--verboseLevel", "silent", "--port", str(port)]
    return Server([*command, ROOT / "openapi.yaml"], port), "/Meeting"


def put_load(
    server: Server, path: str, *, requests: int = 10**9, seconds: float = 60, body: object = REQUEST
) -> dict[str, float]:
    """The load generator's figures, with the server's CPU in µs a request."""
    before = server.cpu()
    command = [PROJECT, "load.py", server.port, path, min(CONNECTIONS, requests), requests, seconds]
    figures: dict[str, float] = run([str(each) for each in command], body)
    return figures | {"cpu": (server.cpu() - before) / max(figures["requests"], 1) * 1e6}


def measure_mocks(*, quick: bool) -> dict[str, Any]:
    """Rounds of each server in turn: {server: {rounds | error, validates}}; all get the same valid request."""
    results: dict[str, Any] = {name: {"rounds": []} for name in (OURS, PRISM, CEILING)}
    with ExitStack() as stack:
        servers: dict[str, tuple[Server, str]] = {}
        for name, result in results.items():
            try:
                server, path = _start(name)
            except FailedError as error:
                result["error"] = str(error)
                continue
            servers[name] = stack.enter_context(server), path
            refused = put_load(server, path, requests=1, body={**REQUEST, "duration": 16})
            # Node compiles what is used often only after a while.
            result["validates"] = not refused["created"] and put_load(server, path, seconds=2)["created"] > 0
        for _ in range(5 if quick else 15):
            for name, (server, path) in servers.items():
                results[name]["rounds"].append(put_load(server, path, seconds=0.5))
    return results


def measure_meetings() -> dict[str, Any]:
    """The mock's costs with so many meetings there: {store: {level: {cpu, resident_mb}}}."""
    with tempfile.TemporaryDirectory() as folder:
        return {"memory": _filled([]), "SQLite": _filled(["--db", str(Path(folder) / "meetings.sqlite")])}


def _filled(options: list[str]) -> dict[str, Any]:
    """Fill a mock level by level; at each, measure a burst of creations."""
    points, kept = {}, 0
    with Server([*MOCK, *options]) as server:
        for level in LEVELS:
            put_load(server, "/zoom/Meeting", requests=level - kept)
            points[f"{level:,}"] = {
                "cpu": put_load(server, "/zoom/Meeting", requests=BURST)["cpu"],
                "resident_mb": server.resident_mb(),
            }
            kept = level + BURST
    return points
