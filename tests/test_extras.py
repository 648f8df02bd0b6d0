"""Without an extra, each thing that needs it says in one line what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

MODULE = "import runpy; runpy.run_module({!r}, run_name='__main__')"
MISSING = {
    "the mock's command": ("uvicorn", MODULE.format("luminus_zoom_mock"), "luminus-zoom-mock needs uvicorn", "mock"),
    "MockServer": ("uvicorn", "from luminus_zoom_mock import MockServer", "MockServer needs uvicorn", "mock"),
    "InProcessMock": (
        "starlette",
        "import luminus_zoom_mock as m; m.InProcessMock",
        "InProcessMock needs starlette.applications",
        "mock",
    ),
    "create_app": ("yaml", "import luminus_zoom_mock as m; m.create_app()", "create_app needs yaml", "mock"),
    "the suite": (
        "hypothesis",
        MODULE.format("luminus_zoom_contract"),
        "luminus_zoom_contract needs hypothesis",
        "contract",
    ),
    "the command": ("click", MODULE.format("luminus_zoom"), "luminus-zoom needs the extra cli", "cli"),
    "a command, where others bring click": (
        "sqlalchemy",
        "import sys; sys.argv = ['luminus-zoom', 'create']; " + MODULE.format("luminus_zoom"),
        "luminus_zoom.scheduling needs SQLAlchemy",
        "cli",
    ),
    "a command without rich": (
        "rich",
        "import sys; sys.argv = ['luminus-zoom', 'schedule', 'x.csv', '--ledger', 'x']; "
        + MODULE.format("luminus_zoom"),
        "this command needs rich",
        "cli",
    ),
    "the ledger": ("sqlalchemy", "import luminus_zoom.scheduling", "luminus_zoom.scheduling needs SQLAlchemy", "cli"),
    "to_ics": ("icalendar", "import luminus_zoom as z; z.Meeting().to_ics()", "to_ics needs icalendar", "ics"),
}


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_extra_is_named(name: str) -> None:
    module, code, told, extra = MISSING[name]
    blocked = f"import sys; sys.modules[{module!r}] = None; {code}"
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, check=False)
    # 1 is for the suite's verdict and not for the command's outcomes.
    status = 2 if "luminus_zoom_contract" in code or "'luminus_zoom'" in code else 1
    assert (done.returncode, done.stdout) == (status, "")
    last = done.stderr.splitlines()[-1]
    assert f"{told}: pip install 'luminus-zoom[{extra}]'" in last
    # A command says nothing else; Python shows where an import failed.
    assert last.startswith("ImportError: ") or done.stderr.splitlines() == [last]
