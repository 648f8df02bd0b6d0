"""Write everything that follows from openapi.yaml: the client package, its limits, and docs/reference.md.

``python generated_client/generate.py`` writes; ``--check`` compares the set of files and their bytes with what would be
written, and exits with 1 on any difference. A contract that cannot be followed is refused before anything is written,
with everything that is wrong with it: exit status 1. The client is generated from a view of openapi.yaml into an empty
folder, so that nothing stale survives and the same input gives the same bytes from any directory.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from generation.checks import check
from generation.limits import limits_module
from generation.reading import Refused, read
from generation.reference import reference
from generation.view import view

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CONTRACT = Path("openapi.yaml")
PACKAGE = Path("generated_client/luminus_zoom_api")
REFERENCE = Path("docs/reference.md")


def run(*command: str | Path, cwd: Path = HERE) -> str:
    """Run a tool of this environment. Raises `Refused` with its own words where it fails."""
    bin_folder = str(Path(sys.executable).parent)
    path = os.pathsep.join([bin_folder, os.environ.get("PATH", "")])
    # Colour and locale are set so that a tool's output cannot depend on who runs it.
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "PYTHONUTF8": "1", "_TYPER_STANDARD_TRACEBACK": "1"}
    done = subprocess.run(  # noqa: S603 - fixed commands
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        text = f"{done.stdout}{done.stderr}".strip()
        if "Traceback" in text:  # its last line says what, the others where in somebody else's program
            text = text.splitlines()[-1]
        raise Refused([f"{CONTRACT}: {command[0]} cannot follow it, and changed nothing here. It says:", text])
    return done.stdout


def generate(contract: Path, target: Path) -> None:
    """Write all generated files below a folder that stands for the project's root.

    Raises `Refused` for a contract that cannot be followed, before anything is written.
    """
    try:
        document = read(contract.read_bytes())
    except OSError as error:
        raise Refused([f"{CONTRACT}: {error.strerror}"]) from error
    except Refused as refused:
        raise Refused([f"{CONTRACT}: {line}" for line in refused.args[0]]) from refused
    check(document, str(CONTRACT))
    package = target / PACKAGE
    with tempfile.TemporaryDirectory() as folder:
        shown = Path(folder) / "openapi.yaml"
        shown.write_text(yaml.safe_dump(view(document), sort_keys=False, allow_unicode=True), encoding="utf-8")
        run(
            *("openapi-python-client", "generate", "--path", shown, "--config", HERE / "config.yaml"),
            *("--custom-template-path", HERE / "templates"),
            *("--meta", "none", "--output-path", package, "--fail-on-warning"),
        )
    # The generator's hooks have run by now, so that limits.py is formatted like the rest here.
    (package / "limits.py").write_text(limits_module(document), encoding="utf-8")
    run("ruff", "format", "limits.py", "--isolated", "--no-cache", "--target-version", "py311", cwd=package)
    (target / REFERENCE).parent.mkdir(parents=True, exist_ok=True)
    (target / REFERENCE).write_text(reference(document), encoding="utf-8")


def files(root: Path) -> dict[Path, bytes]:
    """Every generated file below a root, with its bytes."""
    found = [path for path in (root / PACKAGE).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    if (root / REFERENCE).exists():
        found.append(root / REFERENCE)
    return {path.relative_to(root): path.read_bytes() for path in found}


def differences(expected: dict[Path, bytes], actual: dict[Path, bytes]) -> list[str]:
    """A line for each file that is missing, stale or different."""
    changes = []
    for path in sorted(expected.keys() | actual.keys()):
        if path not in actual:
            changes.append(f"missing: {path}")
        elif path not in expected:
            changes.append(f"not generated: {path}")
        elif expected[path] != actual[path]:
            changes.append(f"differs: {path}")
    return changes


def main() -> None:
    """Generate, or check what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a generated file differs")
    only_check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        try:
            generate(ROOT / CONTRACT, fresh)
        except Refused as refused:
            lines = refused.args[0]
            sys.exit("\n".join([*lines, "The contract is refused; nothing was written."]))
        expected = files(fresh)
        changes = differences(expected, files(ROOT))
        if not only_check:
            shutil.rmtree(ROOT / PACKAGE, ignore_errors=True)
            shutil.copytree(fresh / PACKAGE, ROOT / PACKAGE)
            (ROOT / REFERENCE).parent.mkdir(exist_ok=True)
            shutil.copyfile(fresh / REFERENCE, ROOT / REFERENCE)
    summary = f"{len(expected)} generated files, {len(changes)} {'differ' if only_check else 'changed'}"
    print(*changes, summary, sep="\n")
    if only_check and changes:
        sys.exit("What is generated does not follow from openapi.yaml: run `make generate` and commit the result.")


if __name__ == "__main__":
    main()
