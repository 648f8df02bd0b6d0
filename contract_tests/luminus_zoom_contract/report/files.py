"""The reports of a run: the terminal's summary, report.json, junit.xml and report.html, all from one record.

`report.schema.json` describes the record.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from luminus_zoom_contract.report.masking import harmless
from luminus_zoom_contract.report.page import again, junit, page

Report = Mapping[str, Any]
Clause = Mapping[str, Any]

SCHEMA: Final = Path(__file__).parent / "report.schema.json"
_SHOWN: Final = {"failure": 20, "finding": 10}
_GRAVEST: Final = (
    "key.required",
    "bearer.required",
    "route.nothing-created",
    "answer.no-secrets",
    "error.no-internals",
    "time.none-lost",
    "status.no-server-error",
    "sequence",
    "echo",
    "answer",
    "wrapper",
    "default",
    "status",
    "request",
    "json",
)
"""What harms most first: meetings for strangers, secrets told, lost requests, another meeting than was asked for."""
_SENTENCES: Final = {
    "conforms": "the endpoint keeps the contract",
    "broken": "the endpoint breaks the contract",
    "inconclusive": "the run shows too little",
}


def write(report: Report, folder: Path) -> None:
    """Write the three files of a run into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    ordered = {**report, "clauses": [*worst_first(report), *(c for c in report["clauses"] if not c["severity"])]}
    (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / "junit.xml").write_text(junit(report), "utf-8")
    (folder / "report.html").write_text(page(ordered), "utf-8")


def worst_first(report: Report) -> list[Clause]:
    """The broken clauses: failures before findings, then by what they do to people, then by how often they broke."""

    def rank(clause: Clause) -> tuple[bool, int, int]:
        own = clause["id"].rpartition(":")[2]
        stems = {own, own.partition(".")[0]}
        gravity = next((place for place, stem in enumerate(_GRAVEST) if stem in stems), len(_GRAVEST))
        return clause["severity"] == "finding", gravity, -clause["broken"]

    return sorted((clause for clause in report["clauses"] if clause["severity"]), key=rank)


def print_summary(report: Report, console: Console) -> None:
    """Print what broke, worst first, then what held in a few lines, and the verdict."""
    broken = worst_first(report)
    for severity, style in (("failure", "bold red"), ("finding", "yellow")):
        members = [clause for clause in broken if clause["severity"] == severity]
        for clause in members[: _SHOWN[severity]]:
            _print_broken(report, clause, style, console)
        if rest := members[_SHOWN[severity] :]:
            console.print(f"{len(rest)} more: {', '.join(clause['id'] for clause in rest)}", style=style, markup=False)
    for verdict, style in (("not exercised", "dim"), ("held", "green")):
        line = Text.assemble((f"{verdict:<15}", style), _folded(report["clauses"], verdict))
        console.print(line, highlight=False)
    for reason in (*report["inconclusive_because"], *report["notes"]):
        console.print(f"- {harmless(reason)}", markup=False, highlight=False)
    shown = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report["diversity"].items())
    console.print(f"{report['accepted']} accepted creations with {shown}", highlight=False)
    if live := report["live"]:
        console.print(
            f"run {live['run_id']}: {live['created']} meetings created and {live['unknown']} perhaps, "
            f"of {live['max_creates']} allowed; they are listed in {live['log']}",
            highlight=False,
        )
    cause = f" ({report['cause']})" if report["cause"] else ""
    console.print(
        Text.assemble(
            (report["verdict"] + cause, "green" if report["verdict"] == "conforms" else "bold red"),
            f": {_SENTENCES[report['verdict']]}. {report['requests']} requests, {report['created']} created, ",
            f"{report['seconds']:.1f} s, seed {report['seed']}, {harmless(report['endpoint'])}",
        ),
        highlight=False,
    )


def _print_broken(report: Report, clause: Clause, style: str, console: Console) -> None:
    word = "broken" if clause["severity"] == "failure" else "finding"
    counts = f"  {clause['provenance']}, {clause['broken']} of {clause['cases']} cases"
    console.print(Text.assemble((f"{word:<9}", style), (clause["id"], "bold"), (counts, "dim")), highlight=False)
    said = harmless(clause["failures"][0]["message"]).replace("\n", " ")
    console.print(Padding(Text(said), (0, 0, 0, 9)), highlight=False)
    console.print(Padding(Text(again(report, clause["failures"][0]), "dim"), (0, 0, 0, 9)), highlight=False)


def _folded(clauses: Sequence[Clause], verdict: str) -> str:
    """The groups of the clauses with a verdict, and how many of each."""
    groups = Counter(clause["id"].partition(".")[0] for clause in clauses if clause["verdict"] == verdict)
    return f"{sum(groups.values())} clauses: {', '.join(f'{name} {count}' for name, count in groups.items()) or 'none'}"
