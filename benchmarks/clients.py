"""What a call costs the client: every peer, one call at a time and many, and how that grows with concurrency."""

from typing import Any

from lab import HERE, FailedError, responder, run
from peers import PEERS, Peer

QUICK = {
    "sync": {"httpx", "generated client", "luminus-zoom", "luminus-zoom[fast]"},
    "async 1": {"httpx", "aiohttp", "luminus-zoom", "luminus-zoom[fast]"},
    "async 64": {"aiohttp", "luminus-zoom", "luminus-zoom[fast]"},
}
"""The peers that the targets need."""
GROWING = ("httpx", "aiohttp", "luminus-zoom", "luminus-zoom[fast]")
CONCURRENCIES = (1, 4, 16, 64, 256)


def measure_calls(*, quick: bool) -> dict[str, Any]:
    """Rounds of every group and peer in turn: {group: {peer: {leaves_out, rounds | error}}}."""
    groups: dict[str, dict[str, Any]] = {
        group: {
            peer.name: {"leaves_out": peer.leaves_out, "rounds": []}
            for peer in PEERS
            if peer.is_async == group.startswith("async") and (not quick or peer.name in QUICK[group])
        }
        for group in QUICK
    }
    with responder() as (server, task):
        for _ in range(3 if quick else 5):
            for group, entries in groups.items():
                for name, entry in entries.items():
                    _round(entry, server, task, name, group, 0.15 if quick else 0.25)
    return groups


def _round(entry: dict[str, Any], server: Any, task: Any, name: str, group: str, seconds: float) -> None:
    """Measure one peer once; a peer that failed is not tried again."""
    if "error" in entry:
        return
    mode, _, concurrency = group.partition(" ")
    before = server.cpu()
    try:
        figures = call(_peer(name, mode), task, int(concurrency or 1), seconds)
    except FailedError as error:
        entry["error"] = str(error)
        return
    figures["server_us"] = (server.cpu() - before) / figures["calls"] * 1e6
    entry["rounds"].append(figures)


def call(peer: Peer, task: Any, concurrency: int, seconds: float) -> dict[str, Any]:
    """Measure one peer in a process of its own."""
    python, mode = HERE / peer.environment / "bin/python", "async" if peer.is_async else "sync"
    figures: dict[str, Any] = run([python, "call.py", peer.name, mode, str(concurrency), str(seconds)], task)
    return figures


def _peer(name: str, mode: str) -> Peer:
    return next(peer for peer in PEERS if peer.name == name and peer.is_async == (mode == "async"))


def measure_concurrency(rounds: int = 2) -> dict[str, Any]:
    """CPU per call in µs by concurrency: {peer: {concurrency: [round, …]}}."""
    grown: dict[str, dict[str, list[float]]] = {name: {str(each): [] for each in CONCURRENCIES} for name in GROWING}
    with responder() as (_, task):
        for _ in range(rounds):
            for name, points in grown.items():
                for concurrency in CONCURRENCIES:
                    points[str(concurrency)].append(call(_peer(name, "async"), task, concurrency, 0.1)["cpu_us"])
    return grown
