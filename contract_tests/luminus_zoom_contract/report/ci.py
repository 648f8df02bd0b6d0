"""What CI's own tools read: SARIF 2.1.0, and GitHub's annotations and step summary where GITHUB_ACTIONS is set."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from luminus_zoom_contract.report.masking import harmless
from luminus_zoom_contract.report.page import clause_of, place, rendered

Report = Mapping[str, Any]
_LEVELS: Final = {"failure": "error", "finding": "warning"}
_COMMANDS: Final = {"error": 10, "warning": 10}
"""GitHub shows ten annotations of each level of a step."""


def sarif(report: Report) -> dict[str, Any]:
    """The run as SARIF 2.1.0: a rule for each clause, a result for each that broke, at the line of the contract."""
    rules = [
        {
            "id": clause["id"],
            "shortDescription": {"text": harmless(clause["says"])},
            "help": {"text": harmless(f"{place(clause)} ({clause['provenance']})")},
            "defaultConfiguration": {"level": "error" if clause["provenance"] == "documented" else "warning"},
        }
        for clause in report["clauses"]
    ]
    broken = [(number, clause) for number, clause in enumerate(report["clauses"]) if clause["severity"]]
    results = [
        {
            "ruleId": clause["id"],
            "ruleIndex": number,
            "level": _LEVELS[clause["severity"]],
            "message": {"text": harmless(clause["failures"][0]["message"])},
            "locations": [_location(report, clause)],
            "partialFingerprints": {"clause/v1": clause["id"]},
            "properties": {"cases": clause["cases"], "broken": clause["broken"], "causes": _titles(report, clause)},
        }
        for number, clause in broken
    ]
    driver = {"name": "luminus_zoom_contract", "rules": rules}
    uri = "https://json.schemastore.org/sarif-2.1.0.json"
    return {"$schema": uri, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _location(report: Report, clause: Mapping[str, Any]) -> dict[str, Any]:
    """A clause whose source is another document is shown at the contract's first line."""
    artifact = {"uri": report["contract"]}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": clause["line"] or 1}}}


def _titles(report: Report, clause: Mapping[str, Any]) -> list[str]:
    return [it["title"] for it in report["causes"] if any(each["id"] == clause["id"] for each in it["clauses"])]


def annotations(report: Report) -> Iterator[str]:
    """The causes as GitHub's workflow commands, as many as it shows."""
    left = dict(_COMMANDS)
    for cause in report["causes"]:
        level = _LEVELS[cause["severity"]]
        if left[level]:
            left[level] -= 1
            clause = clause_of(report, cause)
            at = f"file={_escaped(report['contract'], ':,')},line={clause['line'] or 1}"
            title = _escaped(harmless(cause["title"], 200), ":,")
            yield f"::{level} {at},title={title}::{_escaped(harmless(cause['failure']['message']))}"


def _escaped(text: str, more: str = "") -> str:
    return re.sub(f"[%\r\n{more}]", lambda it: f"%{ord(it[0]):02X}", text)


def tell_github(report: Report, environment: Mapping[str, str] = os.environ) -> str:
    """Write the step summary, and return the annotations, to be printed; nothing outside of GitHub's workflows."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return ""
    if summary := environment.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(rendered("summary.md.jinja", report))
    return "\n".join(annotations(report))
