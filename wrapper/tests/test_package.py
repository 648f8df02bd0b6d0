"""The package as it is imported, and as type checkers see it."""

import subprocess
import sys
from pathlib import Path

import pytest

import luminus_zoom

EXAMPLES = Path(__file__).with_name("typing_examples.py")
ROOT = Path(__file__).resolve().parents[2]


def test_every_name_resolves_and_is_listed() -> None:
    assert luminus_zoom.__all__ == sorted(luminus_zoom.__all__)
    for name in luminus_zoom.__all__:
        assert getattr(luminus_zoom, name) is not None
        assert name in dir(luminus_zoom)
    assert luminus_zoom.ZoomClient.__module__ == "luminus_zoom.client"
    with pytest.raises(AttributeError, match="no attribute 'Zoom'"):
        _ = luminus_zoom.Zoom


@pytest.mark.parametrize(
    ("use", "spared"),
    [
        ("luminus_zoom.__version__", {"httpx", "httpcore", "anyio", "attrs", "luminus_zoom_api", "ssl"}),
        ("luminus_zoom.ZoomError", {"httpx", "httpcore", "anyio", "luminus_zoom_api", "ssl"}),
        ("luminus_zoom.Access", {"httpx", "httpcore", "anyio", "luminus_zoom_api", "ssl"}),
        (
            "luminus_zoom.ZoomClient(subscription_key='x')",
            {"httpx", "httpcore", "anyio", "h11", "asyncio", "subprocess"},
        ),
        ("luminus_zoom.AsyncZoomClient(subscription_key='x')", {"httpx", "httpcore", "anyio", "h11"}),
    ],
)
def test_what_is_not_used_is_not_imported(use: str, spared: set[str]) -> None:
    script = f"import sys, luminus_zoom; {use}; print(*sorted(set(sys.modules) & {spared!r}))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)


def test_mypy_accepts_the_examples() -> None:
    options = ("--strict", "--warn-unused-ignores", "--no-error-summary", "--follow-imports=silent")
    ran = run("mypy", *options, str(EXAMPLES))
    assert (ran.stdout, ran.returncode) == ("", 0), ran.stderr


def test_basedpyright_accepts_the_examples(tmp_path: Path) -> None:
    settings = tmp_path / "pyrightconfig.json"
    settings.write_text(
        '{"typeCheckingMode": "strict", "reportUnnecessaryTypeIgnoreComment": true, "enableTypeIgnoreComments": false,'
        f' "extraPaths": ["{ROOT}/wrapper", "{ROOT}/generated_client"], "include": ["{EXAMPLES}"]}}'
    )
    ran = run("basedpyright", "--project", str(settings), "--pythonpath", sys.executable)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 errors" in ran.stdout
