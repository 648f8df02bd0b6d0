"""The reports of a run: the terminal's summary, report.json, junit.xml and two HTML pages, all from one record.

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

from luminus_zoom_contract.report.ci import sarif, tell_github
from luminus_zoom_contract.report.masking import harmless
from luminus_zoom_contract.report.page import clause_of, junit, page, place

Report = Mapping[str, Any]
Clause = Mapping[str, Any]

SCHEMA: Final = Path(__file__).parent / "report.schema.json"
_SHOWN: Final = {"failure": 20, "finding": 10}
_LONGEST_TITLE: Final = 160
_SENTENCES: Final = {
    "conforms": "the endpoint keeps the contract",
    "broken": "the endpoint breaks the contract",
    "inconclusive": "the run shows too little",
}


def write(report: Report, folder: Path) -> None:
    """Write the files of a run into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / "junit.xml").write_text(junit(report), "utf-8")
    (folder / "report.sarif").write_text(json.dumps(sarif(report), ensure_ascii=False) + "\n", "utf-8")
    for name in ("report", "details"):
        (folder / f"{name}.html").write_text(page(report, name), "utf-8")


def print_summary(report: Report, console: Console) -> None:
    """Print what broke, worst first, then what held in a few lines, and the verdict; tell GitHub, too, in its CI."""
    if told := tell_github(report):
        console.print(told, markup=False, highlight=False, soft_wrap=True)
    for severity, style in (("failure", "bold red"), ("finding", "yellow")):
        members = [cause for cause in report["causes"] if cause["severity"] == severity]
        for cause in members[: _SHOWN[severity]]:
            _print_cause(report, cause, style, console)
        if rest := members[_SHOWN[severity] :]:
            console.print(f"{len(rest)} more: {'; '.join(cause['title'] for cause in rest)}", style=style, markup=False)
    if report["causes"]:
        console.print(f"one of them again: {report['command']} CASE=…", style="dim", markup=False, highlight=False)
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


def _print_cause(report: Report, cause: Mapping[str, Any], style: str, console: Console) -> None:
    word = "broken" if cause["severity"] == "failure" else "finding"
    clause = clause_of(report, cause)
    counts = f"  {cause['cases']} answers, {len(cause['clauses'])} clause{'s' if len(cause['clauses']) > 1 else ''}"
    title = harmless(cause["title"], _LONGEST_TITLE)
    console.print(Text.assemble((f"{word:<9}", style), (title, "bold"), (counts, "dim")), highlight=False)
    number = cause["failure"]["number"]
    where = f"{clause['id']}: {place(clause)}{f'; CASE={number}' if number else ''}"
    said = harmless(cause["failure"]["message"]).replace("\n", " ")
    for text in (Text(said), Text(where, "dim")):
        console.print(Padding(text, (0, 0, 0, 9)), highlight=False)


def _folded(clauses: Sequence[Clause], verdict: str) -> str:
    """The groups of the clauses with a verdict, and how many of each."""
    groups = Counter(clause["id"].partition(".")[0] for clause in clauses if clause["verdict"] == verdict)
    return f"{sum(groups.values())} clauses: {', '.join(f'{name} {count}' for name, count in groups.items()) or 'none'}"
