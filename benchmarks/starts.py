"""What it costs to import, and until the first answer is there: CPU of fresh processes."""

from lab import PEERS, responder, run

TIMED = """
import json, sys, time
task = json.load(sys.stdin)
{before}
start = time.process_time()
{code}
print(json.dumps((time.process_time() - start) * 1000))
"""
# A peer as in the client rows; making it imports what it needs and makes its client.
ANSWER = "from peers import SYNC; SYNC['{peer}'](task)[0]()"

# name: what is done before, and what is timed
STARTS = {
    "import httpx": ("", "import httpx"),
    "import luminus_zoom": ("", "import luminus_zoom"),
    "from luminus_zoom import ZoomClient": ("", "from luminus_zoom import ZoomClient"),
    "import the generated client": ("", "from luminus_zoom_api.api.meeting import add_meeting"),
    "first answer, httpx": ("", ANSWER.format(peer="httpx")),
    "first answer, luminus-zoom": ("", ANSWER.format(peer="luminus-zoom")),
    "a second client's first answer, httpx": (ANSWER.format(peer="httpx"),) * 2,
    "a second client's first answer, luminus-zoom": (ANSWER.format(peer="luminus-zoom"),) * 2,
}


def measure_starts(*, quick: bool) -> dict[str, list[float]]:
    """CPU milliseconds of each start, round after round."""
    figures: dict[str, list[float]] = {name: [] for name in STARTS}
    with responder() as (_, task):
        for number in range((5 if quick else 15) + 1):
            for name, (before, code) in STARTS.items():
                milliseconds = run([PEERS, "-c", TIMED.format(before=before, code=code)], task)
                # The first round only fills the caches of bytecode.
                if number:
                    figures[name].append(milliseconds)
    return figures
