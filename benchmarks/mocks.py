"""What the mock can take: requests a second against Prism's, and how that changes with the meetings that it keeps."""

import json
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lab import ANSWER, HERE, PEERS, PROJECT, REQUEST, ROOT, FailedError, Server, free_port, run

OURS, PRISM, PRISM_AS_INSTALLED, CEILING = "luminus-zoom-mock", "Prism, silent", "Prism, as installed", "canned answer"
CONNECTIONS = 32
LEVELS = (1, 100, 1_000, 10_000, 100_000)
BURST = 1_000


def _start(name: str) -> tuple[Server, str]:
    """A server, and the path of its operation."""
    if name == OURS:
        return Server([PROJECT, "-m", "luminus_zoom_mock", "--port", "0"]), "/zoom/Meeting"
    if name == CEILING:
        return Server([PEERS, "responder.py"], given={"request": REQUEST, "answer": ANSWER}), "/zoom/Meeting"
    port = free_port()
    quiet = ["--verboseLevel", "silent"] if name == PRISM else []
    command = [HERE / "node_modules/.bin/prism", "mock", "--port", str(port), *quiet, ROOT / "openapi.yaml"]
    return Server(command, port), "/Meeting"


def put_load(
    server: Server, path: str, *, requests: int = 10**9, seconds: float = 60, body: object = REQUEST
) -> dict[str, Any]:
    """The load generator's figures, with the server's CPU in µs a request."""
    before = server.cpu()
    command = [PEERS, "load.py", str(server.port), path, str(min(CONNECTIONS, requests)), str(requests), str(seconds)]
    figures: dict[str, Any] = run(command, body)
    figures["server_us"] = (server.cpu() - before) / max(figures["requests"], 1) * 1e6
    return figures


def measure_mocks(*, quick: bool) -> dict[str, Any]:
    """Rounds of each server in turn: {server: {rounds | error, refuses}}; all get the same valid request."""
    results: dict[str, Any] = {name: {"rounds": []} for name in (OURS, PRISM, PRISM_AS_INSTALLED, CEILING)}
    with ExitStack() as stack:
        servers: dict[str, tuple[Server, str]] = {}
        for name, result in results.items():
            try:
                server, path = _start(name)
                servers[name] = stack.enter_context(server), path
                result["refuses_duration_16"] = (
                    put_load(server, path, requests=1, body={**REQUEST, "duration": 16})["created"] == 0
                )
                # Node compiles what is used often only after a while.
                put_load(server, path, seconds=2)
            except FailedError as error:
                result["error"] = str(error)
        for _ in range(3 if quick else 5):
            for name, (server, path) in servers.items():
                if "error" not in results[name]:
                    results[name]["rounds"].append(put_load(server, path, seconds=0.7 if quick else 1.5))
        ours = results[OURS]
        if "error" not in ours:
            ours["kept"] = len(_listed(servers[OURS][0])) >= sum(each["created"] for each in ours["rounds"])
    return results


def measure_meetings() -> dict[str, Any]:
    """Costs with so many meetings there: {store: {level: {server_us, list_ms, resident_mb}}}."""
    with tempfile.TemporaryDirectory() as folder:
        return {"memory": _filled([]), "SQLite": _filled(["--db", str(Path(folder) / "meetings.sqlite")])}


def _filled(options: list[str]) -> dict[str, Any]:
    """Fill a mock level by level; at each, measure a burst of creations and a listing."""
    points = {}
    with Server([PROJECT, "-m", "luminus_zoom_mock", "--port", "0", *options]) as server:
        kept = 0
        for level in LEVELS:
            if level > kept:
                put_load(server, "/zoom/Meeting", requests=level - kept)
            figures = put_load(server, "/zoom/Meeting", requests=BURST)
            kept = max(level, kept) + BURST
            started = time.perf_counter()
            listed = len(_listed(server))
            points[str(level)] = {
                "server_us": figures["server_us"],
                "list_us_each": (time.perf_counter() - started) / listed * 1e6,
                "resident_mb": server.resident_mb(),
                "complete": listed == kept,
            }
    return points


def _listed(server: Server) -> list[Any]:
    """The meetings that the mock says it keeps."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/_mock/meetings", timeout=60) as answer:
        listed: list[Any] = json.load(answer)
    return listed
