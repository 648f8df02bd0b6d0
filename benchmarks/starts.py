"""What it costs to import, to get a client ready and to make a second one: CPU of fresh processes."""

from typing import Any

from lab import PEERS, PLAIN, FailedError, responder, run

READY = "ZoomClient(subscription_key='0123456789abcdef')"
TIMED = """
import json, sys, time
{before}
start = time.process_time()
{code}
print(json.dumps(time.process_time() - start))
"""
FIRST = "task = json.load(sys.stdin)"

# name: interpreter, what is done before, what is timed
STARTS: dict[str, tuple[Any, str, str]] = {
    "import httpx": (PLAIN, "", "import httpx"),
    "import luminus_zoom": (PLAIN, "", "import luminus_zoom"),
    "import the generated client": (PLAIN, "", "from luminus_zoom_api.api.meeting import add_meeting"),
    "import requests": (PEERS, "", "import requests"),
    "import aiohttp": (PEERS, "", "import aiohttp"),
    "httpx.Client()": (PLAIN, "", "import httpx; httpx.Client()"),
    "ZoomClient()": (PLAIN, "", f"from luminus_zoom import ZoomClient; {READY}"),
    "a second httpx.Client()": (PLAIN, "import httpx; first = httpx.Client()", "second = httpx.Client()"),
    "a second ZoomClient()": (PLAIN, f"from luminus_zoom import ZoomClient; first = {READY}", f"second = {READY}"),
    "first answer, httpx": (
        PLAIN,
        FIRST,
        "import httpx; httpx.Client().post(task['base_url'] + '/Meeting', json=task['request']).json()",
    ),
    "first answer, luminus_zoom": (
        PLAIN,
        FIRST,
        "from peers import PEERS, Task; task.pop('answer')\n"
        "next(peer for peer in PEERS if peer.name == 'luminus-zoom').make(Task(**task))[0]()",
    ),
}


def measure_starts(*, quick: bool) -> dict[str, list[float]]:
    """CPU milliseconds of each start, by round; a start that failed has no rounds."""
    figures: dict[str, list[float]] = {name: [] for name in STARTS}
    with responder() as (_, task):
        for number in range((5 if quick else 9) + 1):
            for name, (python, before, code) in STARTS.items():
                try:
                    seconds = run([python, "-c", TIMED.format(before=before, code=code)], task)
                except FailedError:
                    continue
                # The first round only fills the caches of bytecode.
                if number:
                    figures[name].append(seconds * 1000)
    return figures
