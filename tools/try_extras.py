"""Install the wheel with each extra alone into an empty environment, use it there, and say what the install brings.

`make try-extras` builds the wheel and runs this. It exits with 1 if an extra does not do what it is for.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = ROOT / ".venv" / "bin" / "uv"
FOLDER = ROOT / "build" / "extras"
MEETING = """
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo
from luminus_zoom import Meeting, ZoomClient
START = datetime(2027, 1, 18, 10, tzinfo=ZoneInfo("Asia/Singapore"))
MEETING = dict(module_id="0f8fad5b-d9cb-469f-a165-70867728950e", name="x", start=START, duration=90)
def create(http_client=None, base_url="http://127.0.0.1:9"):
    key = "0123456789abcdef0123456789abcdef"
    with ZoomClient(subscription_key=key, base_url=base_url, http_client=http_client) as zoom:
        return zoom.create_meeting(**MEETING)
"""
ANSWER = 'lambda request: {0}.Response(201, json={{"id": "4f9a1d3e-8f0f-4f5e-9d53-0d6f6c3c2b1a", "name": "x"}})'
TRANSPORT = "import {0}; print(create({0}.Client(transport={0}.MockTransport(" + ANSWER + "))).id)"
MOCK = """
from luminus_zoom_mock import MockServer
with MockServer() as mock:
    print(create(base_url=mock.base_url).join_url)
"""
COMMAND = "import runpy, sys; sys.argv[1:] = {1}; runpy.run_module({0!r}, run_name='__main__')"
USES = {
    "": [MEETING + TRANSPORT.format("httpx")],
    "httpx2": [MEETING + TRANSPORT.format("httpx2")],
    "ics": [MEETING + "print(Meeting(start=START).to_ics()[:15])"],
    "mock": [MEETING + MOCK],
    "contract": [COMMAND.format("luminus_zoom_contract", ["--out", "out"])],
    "cli": ["import luminus_zoom.scheduling as s; print(s.Ledger)", COMMAND.format("luminus_zoom", ["--version"])],
    "postgresql": ["import psycopg; print(psycopg.__version__)"],
    "keyring": ["import keyring; print(keyring)"],
}
"""What each extra is used for."""


def main() -> int:
    """Try all extras; 1 if one of them fails."""
    wheel = next((ROOT / "dist").glob("*.whl"))
    print("| extra | packages | MiB |\n|---|---|---|")
    failed = [extra for extra, codes in USES.items() if not works(wheel, extra, codes)]
    if failed:
        print("failed:", ", ".join(extra or "none" for extra in failed), file=sys.stderr)
    return len(failed) > 0


def works(wheel: Path, extra: str, codes: list[str]) -> bool:
    """Install an extra and run the codes; print what was installed, and what a code that fails says."""
    environment = FOLDER / (extra or "none")
    shutil.rmtree(environment, ignore_errors=True)
    run([UV, "venv", "--quiet", "--no-project", "--python", sys.executable, environment])
    python = environment / "bin" / "python"
    run([UV, "pip", "install", "--quiet", "--python", python, f"{wheel}[{extra}]" if extra else wheel])
    listed = run([UV, "pip", "list", "--quiet", "--format", "freeze", "--python", python]).splitlines()
    size = sum(file.stat().st_size for file in environment.rglob("*") if file.is_file() and not file.is_symlink())
    print(f"| {extra or '-'} | {len(listed)} | {size / 2**20:.0f} |", flush=True)
    empty = environment / "empty"
    empty.mkdir()
    for code in codes:
        done = subprocess.run(  # noqa: S603
            [python, "-W", "error", "-c", code], cwd=empty, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
            return False
    return True


def run(command: list[Path | str]) -> str:
    """Run a command that must succeed; return what it printed."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
