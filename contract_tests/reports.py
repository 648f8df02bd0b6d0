"""The reports of a run: a table for the terminal, report.json, junit.xml and report.html, all from one record."""

import html
import json
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any, Final

from rich.console import Console
from rich.table import Table

_ORDER: Final = {"failure": 0, "finding": 1, None: 2}
_STYLE: Final = {"failure": "bold red", "finding": "yellow", "not exercised": "dim", "held": "green"}
_TEMPLATE: Final = Path(__file__).parent / "report.template.html"
_SHOWN_FAILURES: Final = 5

Report = Mapping[str, Any]
Row = tuple[str, str, str, str, str]
"""Clause, provenance, cases, verdict, and the first failure's message."""


def write(report: Report, folder: Path) -> None:
    """Write the three files of a run into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / "junit.xml").write_bytes(junit(report))
    (folder / "report.html").write_text(page(report), "utf-8")


def rows(report: Report) -> list[Row]:
    """The table's rows: broken clauses one by one and worst first, what held or was not exercised folded by group."""
    broken = sorted(
        (c for c in report["clauses"] if c["verdict"] == "broken"), key=lambda c: (_ORDER[c["severity"]], -c["broken"])
    )
    table = [
        (c["id"], c["provenance"], f"{c['broken']} of {c['cases']}", c["severity"], c["failures"][0]["message"])
        for c in broken
    ]
    for wanted in ("not exercised", "held"):
        groups: dict[tuple[str, str], list[Report]] = defaultdict(list)
        for clause in (c for c in report["clauses"] if c["verdict"] == wanted):
            groups[clause["id"].partition(".")[0], clause["provenance"]].append(clause)
        for (group, provenance), members in groups.items():
            name = members[0]["id"] if len(members) == 1 else f"{group} ({len(members)} clauses)"
            table.append((name, provenance, str(sum(c["cases"] for c in members)), wanted, ""))
    return table


def print_summary(report: Report, console: Console) -> None:
    """Print the table and, under it, the verdict with its reasons."""
    table = Table(box=None, pad_edge=False)
    for title, justify in (
        ("clause", "left"),
        ("provenance", "left"),
        ("cases", "right"),
        ("verdict", "left"),
        ("", "left"),
    ):
        table.add_column(title, justify=justify, no_wrap=title != "")  # type: ignore[arg-type]
    for row in rows(report):
        table.add_row(*row[:3], f"[{_STYLE[row[3]]}]{row[3]}[/]", Console().render_str(row[4], markup=False))
    console.print(table)
    for reason in (*report["vacuous_because"], *report["notes"]):
        console.print(f"- {reason}", markup=False)
    shown = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report["diversity"].items())
    console.print(f"{report['accepted']} accepted creations with {shown}", highlight=False)
    style = "green" if report["verdict"] == "conforms" else "bold red"
    console.print(
        f"[{style}]{report['verdict']}[/]: {report['requests']} requests, {report['created']} meetings, "
        f"{report['seconds']:.1f} s, seed {report['seed']}, {report['endpoint']}",
        highlight=False,
    )


def junit(report: Report) -> bytes:
    """The run as JUnit XML: a test suite for each group, a test case for each clause."""
    root = ET.Element("testsuites", name="contract_tests", time=str(report["seconds"]))
    groups: dict[str, list[Report]] = defaultdict(list)
    for clause in report["clauses"]:
        groups[clause["id"].partition(".")[0]].append(clause)
    for group, members in groups.items():
        failed = [c for c in members if c["severity"] == "failure" or (c["severity"] and report["strict"])]
        skipped = sum(c["verdict"] == "not exercised" for c in members)
        suite = ET.SubElement(
            root,
            "testsuite",
            name=group,
            tests=str(len(members)),
            failures=str(len(failed)),
            skipped=str(skipped),
            errors="0",
        )
        for clause in members:
            case = ET.SubElement(suite, "testcase", classname=f"contract.{clause['provenance']}", name=clause["id"])
            text = _xml("\n\n".join(f["message"] for f in clause["failures"]))
            if clause in failed:
                ET.SubElement(case, "failure", message=_xml(clause["failures"][0]["message"])).text = text
            elif clause["severity"]:
                ET.SubElement(case, "system-out").text = f"finding: {text}"
            elif clause["verdict"] == "not exercised":
                ET.SubElement(case, "skipped", message="not exercised")
    if report["verdict"] == "vacuous":
        suite = ET.SubElement(root, "testsuite", name="run", tests="1", failures="1", skipped="0", errors="0")
        case = ET.SubElement(suite, "testcase", classname="contract", name="shows enough")
        ET.SubElement(case, "failure", message="; ".join(report["vacuous_because"]))
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def page(report: Report) -> str:
    """The run as one self-contained HTML page."""
    clauses: Sequence[Report] = report["clauses"]
    broken = sorted((c for c in clauses if c["severity"]), key=lambda c: (_ORDER[c["severity"]], -c["broken"]))
    totals = {name: sum(c["verdict"] == name for c in clauses) for name in ("held", "broken", "not exercised")}
    return Template(_TEMPLATE.read_text("utf-8")).substitute(
        verdict=report["verdict"],
        endpoint=html.escape(report["endpoint"]),
        figures=_figures(report, totals),
        reasons="".join(f"<li>{html.escape(text)}" for text in (*report["vacuous_because"], *report["notes"])),
        broken="".join(map(_broken, broken)) or "<p>Nothing is broken.</p>",
        clauses="".join(map(_row, clauses)),
    )


def _figures(report: Report, totals: Mapping[str, int]) -> str:
    shown = {
        **totals,
        "requests": report["requests"],
        "meetings": report["created"],
        "seconds": report["seconds"],
        "seed": report["seed"],
        **{f"different {name.replace('_', ' ')}": count for name, count in report["diversity"].items()},
    }
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in shown.items())


def _broken(clause: Report) -> str:
    shown = clause["failures"][:_SHOWN_FAILURES]
    cases = "".join(
        f"<details{' open' if index == 0 else ''}><summary>{html.escape(f['message'])}</summary><div class=pair>"
        f"<figure><figcaption>sent</figcaption><pre>{html.escape(f['sent'])}</pre></figure>"
        f"<figure><figcaption>got</figcaption><pre>{html.escape(f['got'])}</pre></figure></div></details>"
        for index, f in enumerate(shown)
    )
    counts = f"{clause['broken']} of {clause['cases']} cases"
    return (
        f"<article class={clause['severity']}><h3>{html.escape(clause['says'])}</h3>"
        f"<p><b>{clause['severity']}</b> · {html.escape(clause['id'])} · {clause['provenance']} · {counts}"
        f" · <span class=source>{html.escape(clause['source'])}</span></p>{cases}</article>"
    )


def _row(clause: Report) -> str:
    verdict = clause["severity"] or clause["verdict"]
    return (
        f"<tr class='{verdict.replace(' ', '-')}'><td>{html.escape(clause['id'])}<td>{html.escape(clause['says'])}"
        f"<td>{clause['provenance']}<td>{clause['cases']}<td>{verdict}"
    )


def _xml(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return "".join(
        c if c in "\t\n" or (" " <= c <= "\ud7ff") or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "�" for c in text
    )
