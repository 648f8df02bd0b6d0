"""What changed in openapi.yaml since another version of it, how grave each change is, and which version must follow.

`redocly diff` finds and rates the changes; this adds their provenance and the rule of Semantic Versioning: a breaking
change raises the first number of `info.version`, an addition the second, anything else the third.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = ROOT / "openapi.yaml"
HISTORY = ROOT / "docs" / "contract-history.md"
REDOCLY = ROOT / "tools" / "linters" / "node_modules" / ".bin" / "redocly"
IMPACTS = {"major": "breaking", "minor": "addition", "patch": "other"}
START = "<!-- new versions follow -->\n"


class DiffError(Exception):
    """The versions cannot be compared; the text says why."""


def main(arguments: list[str] | None = None) -> int:
    """Print the changes; 1 if `--check` finds that the version was not raised enough, 2 if nothing can be compared."""
    parser = argparse.ArgumentParser(prog="contract-diff", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("base", help="what to compare with: a commit, tag or branch, or a file")
    parser.add_argument("--check", action="store_true", help="fail if info.version was not raised to match")
    parser.add_argument("--write", action="store_true", help="write the changes into docs/contract-history.md")
    options = parser.parse_args(arguments)
    try:
        base = contract_of(options.base)
        report = compared(base)
    except DiffError as error:
        print(f"contract-diff: {error}", file=sys.stderr)
        return 2
    versions = report["infoVersions"]
    needed = raised(versions["base"], report["bump"])
    before, after = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (base, CONTRACT))
    changes = [described(change, before, after) for change in report["changes"]]
    print("\n".join(changes) or "no change")
    if changes:
        print(f"{summary(report)}: info.version must be at least {needed} (it is {versions['revision']})")
        print(f"for CHANGELOG.md: - openapi.yaml {needed}: {summary(report)}.")
    if options.write and changes:
        write_history(needed, changes)
    is_raised = numbers(versions["revision"]) >= numbers(needed)
    return 1 if options.check and not is_raised else 0


def contract_of(base: str) -> Path:
    """Return a file that holds the other version.

    Raises:
        DiffError: there is no such file or commit.
    """
    if Path(base).is_file():
        return Path(base)
    shown = subprocess.run(  # noqa: S603
        ["git", "show", f"{base}:{CONTRACT.name}"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if shown.returncode:
        raise DiffError(f"{base} is neither a file nor a commit that has {CONTRACT.name}")
    path = ROOT / "build" / "contract-diff" / "base.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(shown.stdout)
    return path


def compared(base: Path) -> dict[str, Any]:
    """Return the report of `redocly diff`.

    Raises:
        DiffError: it is not installed, or cannot read one of the files.
    """
    if not REDOCLY.exists():
        raise DiffError("redocly is not installed: it needs npm (run `make lint` once where npm is)")
    done = subprocess.run(  # noqa: S603
        [REDOCLY, "diff", base, CONTRACT, "--format", "json", "--fail-on", "none"],
        env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise DiffError(f"redocly: {done.stderr.strip() or done.stdout.strip()}") from None
    for change in report["changes"]:
        # To redocly it is no harm that a request cannot say something any more. To those who said it, it is.
        # A new name is a removal too; redocly calls that the `key` of a property.
        if (change["kind"] == "removed" and "property" not in change) or change.get("property") == "key":
            change["impact"] = "major"
    impacts = [change["impact"] for change in report["changes"]]
    report["summary"] = {impact: impacts.count(impact) for impact in IMPACTS}
    report["bump"] = next((impact for impact in IMPACTS if impact in impacts), "none")
    return report


def numbers(version: str) -> tuple[int, ...]:
    """Return the three numbers of a version."""
    return tuple(int(part) for part in version.split("."))


def raised(version: str, bump: str) -> str:
    """Return the version that follows by Semantic Versioning; the same for no change."""
    major, minor, patch = numbers(version)
    following = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}
    return ".".join(map(str, following.get(bump, (major, minor, patch))))


def summary(report: dict[str, Any]) -> str:
    """Return how many changes there are of each kind."""
    counts = ((report["summary"][impact], name) for impact, name in IMPACTS.items())
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def described(change: dict[str, Any], before: Any, after: Any) -> str:
    """Return a change of a document in a line: how grave, where, what, and how the place is known."""
    remains = bool(change.get("revision"))
    side, document, file = (change["revision"], after, CONTRACT.name) if remains else (change["base"], before, "before")
    told = "; ".join(verdict["message"] for verdict in change["verdicts"]) or plain(change)
    return f"- {IMPACTS[change['impact']]}: {told} ({provenance(document, side['pointer'])}; {file}:{side['line']})"


def plain(change: dict[str, Any]) -> str:
    """Return a change for which redocly has no sentence."""
    place = change["path"].rpartition("/")[2]
    member = f"`{change['property']}` of " if "property" in change else ""
    return f"{member}`{place}` was {change['kind']}"


def provenance(document: Any, pointer: str) -> str:
    """Return how the nearest item around a place is known; what has no mark is documented."""
    found = "documented"
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        document = document[int(name)] if isinstance(document, list) else (document or {}).get(name)
        if isinstance(document, dict) and "x-provenance" in document:
            found = document["x-provenance"]["kind"]
        if not isinstance(document, dict | list):
            break
    return found


def write_history(version: str, changes: list[str]) -> None:
    """Put the changes of a version at the head of docs/contract-history.md."""
    text = HISTORY.read_text(encoding="utf-8")
    section = f"\n## {version} ({datetime.now(UTC):%Y-%m-%d})\n\n" + "\n".join(changes) + "\n"
    HISTORY.write_text(text.replace(START, START + section, 1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
