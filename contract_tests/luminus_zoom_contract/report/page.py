"""report.html, details.html and junit.xml: templates, filled from the record of a run."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from luminus_zoom_contract.report.masking import harmless
from luminus_zoom_contract.spec.document import decode

Report = Mapping[str, Any]
Clause = Mapping[str, Any]
Lines = list[tuple[str, str]]
"""Lines of a message, each with its kind: `first`, `head`, `mark` or nothing."""

_STATES: Final = ("failure", "finding", "held", "open")
_GIST: Final = 8
"""Lines of a body in which none stands out."""
_LONGEST_LINE: Final = 400


def page(report: Report, name: str = "report") -> str:
    """The run as one of its two HTML pages: `report` with the causes, and `details` with every clause."""
    started = f"{datetime.fromisoformat(report['started']):%d %B %Y, %H:%M} UTC"

    def groups(known: Iterable[str]) -> list[tuple[str, list[Clause]]]:
        found: dict[str, list[Clause]] = {name: [] for name in known}
        for clause in report["clauses"]:
            found.setdefault(clause["id"].partition(".")[0], []).append(clause)
        return [(name, _worst_first(members)) for name, members in found.items() if members]

    return rendered(f"{name}.html.jinja", report, started=started, groups=groups)


def junit(report: Report) -> str:
    """The run as JUnit XML: a test suite for each group, a test case for each clause, and one for a run's doubts."""
    cases = [
        {
            **clause,
            "group": clause["id"].partition(".")[0],
            "fails": clause["severity"] == "failure" or bool(clause["severity"] and report["strict"]),
        }
        for clause in report["clauses"]
    ]
    if report["verdict"] == "inconclusive":
        failure = {"message": "; ".join(report["inconclusive_because"]), "number": 0}
        doubts = {"id": "shows enough", "group": "run", "provenance": "run", "verdict": "broken", "fails": True}
        cases.append({**doubts, "failures": [failure]})
    return rendered("junit.xml.jinja", report, cases=cases)


def rendered(name: str, report: Report, **more: Any) -> str:
    """A template of this folder, filled from the record of a run."""
    return _TEMPLATES.get_template(name).render(report=report, **more)


def again(report: Report, failure: Mapping[str, Any]) -> str:
    """The command that shows a failure once more."""
    return f"{report['command']} CASE={failure['number']}" if failure["number"] else str(report["command"])


def clause_of(report: Report, cause: Mapping[str, Any]) -> Clause:
    """The clause that a cause shows."""
    return next(it for it in report["clauses"] if it["id"] == cause["clause"])


def place(clause: Clause) -> str:
    """Where a clause is written: the documentation's line, and that of openapi.yaml."""
    source = str(clause["source"])
    return re.sub(r"openapi\.yaml#.*", f"openapi.yaml:{clause['line']}", source) if clause["line"] else source


def _sides(clause: Clause, failure: Mapping[str, Any]) -> list[tuple[str, Lines]]:
    """What was sent and got, in lines."""
    hot = _hot(clause, failure)
    sides = {"sent": failure["sent"], "got": failure["got"] or "no answer"}
    return [(name, _lines(text, hot)) for name, text in sides.items() if text]


def _hot(clause: Clause, failure: Mapping[str, Any]) -> set[str]:
    """The properties that a failure is about: those of its clause, and all that its words write like a property."""
    said = f"{clause['says']} {failure['message']}"
    camel = {word for word in re.findall(r"\w+", said) if not word.islower() and not word.istitle()}
    return {*re.findall(r"\w+", clause["id"]), *camel, *re.findall(r"sent as (\w+)", said)}


def _lines(text: str, hot: set[str]) -> Lines:
    """A message of HTTP, its JSON indented where nothing is lost by that, with the lines marked that matter."""
    head, _, body = text.partition("\n\n")
    first, *headers = head.splitlines() or [""]
    lines = [("first", first), *(("head", line) for line in headers), *([("", "")] if body else [])]
    for line in _indented(body).splitlines():
        name = re.match(r'\s*"(\w+)":', line)
        lines.append(("mark" if name and name[1] in hot else "", line))
    return lines


def _gist(lines: Lines) -> Lines:
    """The first line and the marked ones, with what is close to them; where none is, the head and some of the body."""
    start = lines.index(("", "")) + 1 if ("", "") in lines else len(lines)
    marked = {place for place, (kind, _) in enumerate(lines) if kind == "mark"}
    kept = {near for place in marked for near in (place - 1, place, place + 1)} or set(range(start, start + _GIST))
    gist, gap = lines[: 1 if marked else start], False
    for place in range(start, len(lines)):
        if place in kept:
            gist.append((lines[place][0], harmless(lines[place][1], _LONGEST_LINE)))
        elif not gap:
            gist.append(("head", "  …"))
        gap = place not in kept
    return gist


def _indented(body: str) -> str:
    try:
        said = decode(body)
        compact = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return body
    return json.dumps(said, ensure_ascii=False, indent=2) if compact == body else body


def _state(clause: Clause) -> str:
    return str(clause["severity"] or ("held" if clause["verdict"] == "held" else "open"))


def _verdict(clause: Clause) -> str:
    return {"failure": "broken", "finding": "finding"}.get(str(clause["severity"]), str(clause["verdict"]))


def _worst_first(members: Sequence[Clause]) -> list[Clause]:
    return sorted(members, key=lambda clause: _STATES.index(_state(clause)))


def _shares(members: Sequence[Clause]) -> list[tuple[str, float]]:
    states = [_state(clause) for clause in members]
    return [(state, states.count(state) / len(states)) for state in _STATES]


def _words(text: str, most: int = 500) -> str:
    """A text of others on one line of Markdown, in which nothing of it is markup."""
    line = harmless(" ".join(text.split()), most)
    return re.sub(r"([\\`*_{}\[\]()#+!|~:@-])", r"\\\1", line)


def _anchor(clause: Clause) -> str:
    return f"c-{clause['id']}".replace("[]", "-")


_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent, "utf-8"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    # Whatever stands in a template's braces is escaped, and harmless, unless a macro made it.
    finalize=lambda value: value if isinstance(value, Markup) else harmless(str(value)),
)
_TEMPLATES.filters.update(state=_state, words=_words)
_TEMPLATES.globals.update(
    again=again,
    anchor=_anchor,
    clause_of=clause_of,
    gist=_gist,
    place=place,
    shares=_shares,
    sides_of=_sides,
    verdict=_verdict,
    worst_first=_worst_first,
)
