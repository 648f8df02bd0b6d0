"""The code samples follow from openapi.yaml, and each of them creates the same meeting in the mock."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from luminus_zoom_mock import MockServer
from luminus_zoom_mock.contract import load
from tools.samples import samples

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / samples.FOLDER).glob("*/*"))
CSHARP = """using System; using System.Net.Http; using System.Threading.Tasks;
class Sample {{ static void Main() {{ Run().Wait(); }} static async Task Run() {{ {0} }} }}
"""
Commands = list[list[str]]


def _of_cmd(path: Path) -> Commands:
    """What cmd.exe would call: `^` joins lines, and a backslash in quotes escapes a quote for the program."""
    return [shlex.split(path.read_text("utf-8").replace("^\n", " "))]


def _csharp(path: Path) -> Commands:
    """Compile it as a method: the compiler of Mono knows no statements outside of one."""
    using, _, code = path.read_text("utf-8").partition("\n")
    path.write_text(using + "\n" + CSHARP.format(code), "utf-8")
    return [
        ["mcs", "-r:System.Net.Http", f"-out:{path.parent}/sample.exe", str(path)],
        ["mono", f"{path.parent}/sample.exe"],
    ]


COMMANDS: dict[str, tuple[list[str], Callable[[Path], Commands]]] = {
    "curl.sh": (["bash", "curl"], lambda path: [["bash", str(path)]]),
    "curl.cmd": (["curl"], _of_cmd),
    "csharp.cs": (["mcs", "mono"], _csharp),
    "java.java": (["javac"], lambda path: [["java", str(path)]]),
    "javascript.js": (["node"], lambda path: [["node", str(path)]]),
    "with_luminus_zoom.py": ([], lambda path: [[sys.executable, str(path)]]),
    "php.php": (["php"], lambda path: [["php", str(path)]]),
    "python.py": ([], lambda path: [[sys.executable, str(path)]]),
    "ruby.rb": (["ruby"], lambda path: [["ruby", str(path)]]),
}
"""The programs that a sample needs, and how it is run, by its file."""


@pytest.mark.parametrize("sample", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_each_sample_creates_the_meeting_of_the_example(sample: Path, tmp_path: Path) -> None:
    if sample.name not in COMMANDS:
        pytest.skip(f"{sample.name} was not run: clang with GNUstep was not tried")
    programs, commands = COMMANDS[sample.name]
    if missing := [program for program in programs if not shutil.which(program)]:
        pytest.skip(f"{sample.name} was not run: {', '.join(missing)} is not there")
    if sample.name == "python.py" and not importlib.util.find_spec("requests"):
        pytest.skip(f"{sample.name} was not run: the package requests is not there")
    contract = load()
    copy = tmp_path / sample.name
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    with MockServer() as mock:
        text = (
            sample.read_text("utf-8").replace(contract.url, mock.base_url).replace(samples.KEY, mock.subscription_key)
        )
        copy.write_text(text, "utf-8")
        for command in commands(copy):
            done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
        mock.assert_created(times=1)
        assert [request.json for request in mock.requests] == [contract.example()]


def test_the_samples_are_those_of_the_contract(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not samples.INSTALLED.exists():
        pytest.skip("httpsnippet is not there: `make generate` installs it by npm")
    files = samples.written()
    assert {path for path, text in files.items() if (ROOT / path).read_text("utf-8") != text} == set()
    assert {ROOT / path for path in files if path != samples.SERVED} == set(FILES)
    assert {path.parent.name for path in FILES} == set(load().operations)


def test_without_node_a_line_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples.shutil, "which", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["samples.py", "--check"])
    samples.main()
    assert capsys.readouterr().out.startswith("docs/samples were not checked: n")
