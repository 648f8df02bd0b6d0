"""report.html: one self-contained page, for a person who has to decide what to do about a server."""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any, Final

from luminus_zoom_contract.report.masking import harmless
from luminus_zoom_contract.spec.document import decode

Report = Mapping[str, Any]
Clause = Mapping[str, Any]

_TEMPLATE: Final = Path(__file__).parent / "report.template.html"
_STATES: Final = ("failure", "finding", "held", "open")
_GIST: Final = 8
"""Lines of a body in which none stands out."""
_CELL: Final = 12
_COLUMNS: Final = 26
_VERDICTS: Final = {
    "conforms": ("Keeps the contract", "Nothing that the contract promises was found broken."),
    "broken": ("Breaks the contract", ""),
    "inconclusive": (
        "Shows too little",
        "Nothing decisive broke, but the run tried too little to say that the contract is kept.",
    ),
}
_GROUPS: Final = {
    "request": "What a request may say",
    "parameter": "Parameters of path, query and header",
    "response": "What an answer is made of",
    "echo": "What comes back as it was sent",
    "default": "What was not sent",
    "json": "How a body is written",
    "media-type": "How bodies are labelled",
    "http": "HTTP around the body",
    "status": "Statuses",
    "error": "Errors",
    "answer": "One answer agrees with itself",
    "relation": "Operations on one thing",
    "unique": "What no two creations share",
    "sequence": "Several requests",
    "key": "Subscription keys",
    "gateway": "The gateway's own words",
    "bearer": "Bearer tokens",
    "route": "Paths and methods",
    "headers": "Headers of an answer",
    "time": "Time",
    "wrapper": "Through the Python client",
    "fuzz": "schemathesis",
}
_PROVENANCES: Final = {
    "documented": "on the owners' page, or in a standard: a break fails the run",
    "prose": "in a sentence of the page alone: a break is a finding",
    "gateway": "in the gateway's public documentation: a break is a finding",
    "observed": "in recordings of sibling operations: a break is a finding",
    "inferred": "from the way such services are built: a break is a finding",
}
_COUNTED: Final = {
    "accepted": "accepted creations",
    "names": "different names",
    "starts": "different start times",
    "durations": "different durations",
    "option_sets": "different sets of options",
}


def page(report: Report) -> str:
    """The run as an HTML page; its clauses are expected worst first. Everything that is not ours is escaped."""
    clauses: Sequence[Clause] = report["clauses"]
    title, lead = _VERDICTS[report["verdict"]]
    return Template(_TEMPLATE.read_text("utf-8")).substitute(
        verdict=report["verdict"],
        title=title,
        lead=_lead(report) or lead,
        endpoint=_text(report["endpoint"]),
        command=_text(report["command"]),
        started=_text(f"{datetime.fromisoformat(report['started']):%d %B %Y, %H:%M} UTC"),
        figures=_figures(report),
        reasons=_listed((*report["inconclusive_because"], *report["notes"])),
        live=_live(report),
        broken="".join(_broken(report, clause) for clause in clauses if clause["severity"])
        or "<p class=quiet>Nothing is broken.</p>",
        map="".join(_map(group, members) for group, members in _grouped(clauses).items()),
        provenances="".join(_provenance(name, clauses) for name in _PROVENANCES),
        diversity="".join(_floor(report, name) for name in _COUNTED),
        answers=_answers(report["answers"]),
        clauses="".join(_table(group, members) for group, members in _grouped(clauses).items()),
    )


def _lead(report: Report) -> str:
    counts = {name: sum(clause["severity"] == name for clause in report["clauses"]) for name in ("failure", "finding")}
    parts = [
        f"{counts['failure']} documented clause{'s are' if counts['failure'] != 1 else ' is'} broken"
        if counts["failure"]
        else "",
        f"there {'are' if counts['finding'] != 1 else 'is'} {counts['finding']} finding{'s' * (counts['finding'] != 1)}"
        if counts["finding"]
        else "",
    ]
    said = ", and ".join(part for part in parts if part)
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _figures(report: Report) -> str:
    clauses = report["clauses"]
    shown = {
        "clauses held": f"{sum(c['verdict'] == 'held' for c in clauses)} of {len(clauses)}",
        "requests": f"{report['requests']:,}",
        "created": f"{report['created']:,}",
        "seconds": f"{report['seconds']:.1f}",
        "seed": report["seed"],
    }
    return "".join(f"<div><dt>{name}</dt><dd>{_text(value)}</dd></div>" for name, value in shown.items())


def _live(report: Report) -> str:
    live = report["live"]
    if not live:
        return ""
    kept = _listed(f"{count} not sent: {reason}" for reason, count in live["withheld"].items())
    return (
        f"<section><h2>On a real endpoint</h2><p>Run <code>{_text(live['run_id'])}</code> created {live['created']} "
        f"meetings, and {live['unknown']} perhaps, of {live['max_creates']} allowed. Their names hold the run's mark; "
        f"<code>{_text(live['log'])}</code> lists them, so that they can be deleted.</p>{kept}</section>"
    )


def _broken(report: Report, clause: Clause) -> str:
    failures = clause["failures"]
    word = "broken" if clause["severity"] == "failure" else "finding"
    more = f"<details class=more><summary>{len(failures) - 1} more like it</summary>" if len(failures) > 1 else ""
    return (
        f'<article class="{clause["severity"]}" id="{_anchor(clause)}"><header>'
        f"<span class=badge>{word}</span><h3>{_text(clause['says'])}</h3></header>"
        f"<p class=message>{_text(failures[0]['message'])}</p>"
        f"<p class=meta><code>{_text(clause['id'])}</code> · {clause['provenance']} · "
        f"{clause['broken']} of {clause['cases']} cases · {_text(clause['source'])}</p>"
        f"{_exchange(report, clause, failures[0])}"
        + (more and more + "".join(_another(report, clause, it) for it in failures[1:]) + "</details>")
        + "</article>"
    )


def _another(report: Report, clause: Clause, failure: Mapping[str, Any]) -> str:
    return f"<p class=message>{_text(failure['message'])}</p>{_exchange(report, clause, failure)}"


def _exchange(report: Report, clause: Clause, failure: Mapping[str, Any]) -> str:
    """What was sent and got, side by side: the lines that matter first, then all of it and how to have it again."""
    hot = _hot(clause, failure)
    command = f"{report['command']} CASE={failure['number']}" if failure["number"] else report["command"]
    ways = {"the suite": command, "Python": failure["call"], "curl": failure["curl"]}
    shown = "".join(f"<dt>{name}</dt><dd><pre>{_text(way.strip())}</pre></dd>" for name, way in ways.items() if way)
    return (
        f"{_pair(failure, hot, whole=False)}<details class=again><summary>The whole exchange</summary>"
        f"{_pair(failure, hot, whole=True)}</details>"
        f"<details class=again><summary>Have it again</summary><dl>{shown}</dl></details>"
    )


def _pair(failure: Mapping[str, Any], hot: set[str], *, whole: bool) -> str:
    sides = {"sent": failure["sent"], "got": failure["got"] or "no answer"}
    shown = {name: _lines(text, hot) if whole else _gist(_lines(text, hot)) for name, text in sides.items() if text}
    figures = "".join(
        f"<figure><figcaption>{name}</figcaption><pre>{'<br>'.join(lines)}</pre></figure>"
        for name, lines in shown.items()
    )
    return f"<div class=pair>{figures}</div>"


def _hot(clause: Clause, failure: Mapping[str, Any]) -> set[str]:
    """The properties that a failure is about: those of its clause, and all that its words write like a property."""
    said = f"{clause['says']} {failure['message']}"
    camel = {word for word in re.findall(r"\w+", said) if not word.islower() and not word.istitle()}
    return {*re.findall(r"\w+", clause["id"]), *camel, *re.findall(r"sent as (\w+)", said)}


def _lines(text: str, hot: set[str]) -> list[str]:
    """A message of HTTP, its JSON indented where nothing is lost by that, with the lines marked that matter."""
    head, _, body = text.partition("\n\n")
    first, *headers = head.splitlines() or [""]
    return [
        f"<b>{_text(first)}</b>",
        *(f"<span class=head>{_text(line)}</span>" for line in headers),
        *([""] if body else []),
        *(_line(line, hot) for line in _indented(body).splitlines()),
    ]


def _line(line: str, hot: set[str]) -> str:
    name = re.match(r'\s*"(\w+)":', line)
    return f"<mark>{_text(line)}</mark>" if name and name[1] in hot else _text(line)


def _gist(lines: list[str]) -> list[str]:
    """The first line and the marked ones, with what is close to them; the body's beginning where none is marked."""
    start = lines.index("") + 1 if "" in lines else len(lines)
    marked = {place for place, line in enumerate(lines) if line.startswith("<mark>")}
    kept = {near for place in marked for near in (place - 1, place, place + 1)} or set(range(start, start + _GIST))
    gist, gap = lines[:1], False
    for place in range(start, len(lines)):
        if place in kept:
            gist.append(lines[place])
        elif not gap:
            gist.append("<span class=head>  …</span>")
        gap = place not in kept
    return gist


def _indented(body: str) -> str:
    try:
        said = decode(body)
        compact = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return body
    return json.dumps(said, ensure_ascii=False, indent=2) if compact == body else body


def _map(group: str, members: Sequence[Clause]) -> str:
    """A group's clauses as a picture, a square for each; what is wrong has a sign of its own besides its colour."""
    rows = -(-len(members) // _COLUMNS)
    width, height = min(len(members), _COLUMNS) * _CELL, rows * _CELL
    worst_first = sorted(members, key=lambda clause: _STATES.index(_state(clause)))
    cells = "".join(_cell(clause, *divmod(place, _COLUMNS)) for place, clause in enumerate(worst_first))
    name = _title(group)
    return (
        f"<figure><figcaption>{name} <span class=quiet>{_counted(members)}</span></figcaption>"
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{name}">'
        f"{cells}</svg></figure>"
    )


def _cell(clause: Clause, row: int, column: int) -> str:
    told = f"{clause['id']}: {clause['says']} ({_verdict(clause)}, {clause['cases']} cases)"
    return (
        f'<a href="#{_anchor(clause)}"><g transform="translate({column * _CELL} {row * _CELL})">'
        f"<title>{_text(told)}</title>"
        f'<rect class="{_state(clause)}" x="1" y="1" width="{_CELL - 2}" height="{_CELL - 2}" rx="2"/>'
        f"{_sign(clause)}</g></a>"
    )


def _sign(clause: Clause) -> str:
    return {
        "failure": '<path d="M4 4l4 4M8 4l-4 4"/>',
        "finding": '<circle cx="6" cy="6" r="1.8"/>',
    }.get(_state(clause), "")


def _counted(members: Iterable[Clause]) -> str:
    states = [_state(clause) for clause in members]
    words = {"failure": "broken", "finding": "findings", "held": "held", "open": "not exercised"}
    return ", ".join(f"{states.count(state)} {words[state]}" for state in _STATES if state in states)


def _provenance(name: str, clauses: Sequence[Clause]) -> str:
    members = [clause for clause in clauses if clause["provenance"] == name]
    if not members:
        return ""
    states = [_state(clause) for clause in members]
    parts = [(state, states.count(state) / len(states)) for state in _STATES]
    return (
        f"<div class=bar><b>{name}</b> <span class=quiet>{_PROVENANCES[name]}</span>"
        f"{_bar(parts)}<span>{_counted(members)}</span></div>"
    )


def _floor(report: Report, name: str) -> str:
    count = report["accepted"] if name == "accepted" else report["diversity"][name]
    floor = report["minimum_coverage"][name]
    full = max(count, floor, 1)
    bar = _bar([("held" if count >= floor else "failure", count / full), ("open", 1 - count / full)], floor / full)
    return f"<div class=bar><b>{count:,}</b> {_COUNTED[name]} <span class=quiet>at least {floor}</span>{bar}</div>"


def _answers(answers: Mapping[str, int]) -> str:
    most = max(answers.values(), default=1)
    bars = {status: _bar([("plain", max(0.005, count / most))]) for status, count in answers.items()}
    return "".join(
        f"<div class=bar><b>{count:,}</b> answered with {_text(status)}{bars[status]}</div>"
        for status, count in answers.items()
    )


def _bar(parts: Iterable[tuple[str, float]], tick: float | None = None) -> str:
    """A bar of coloured shares of its width, with a tick at one place if need be."""
    drawn, place = "", 0.0
    for state, share in parts:
        drawn += f'<rect class="{state}" x="{place:.2f}" width="{100 * share:.2f}" height="8"/>'
        place += 100 * share
    if tick is not None:
        drawn += f'<path class=floor d="M{min(99.5, 100 * tick):.2f} 0v8"/>'
    return f'<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'


def _table(group: str, members: Sequence[Clause]) -> str:
    return (
        f"<details{' open' if any(c['severity'] for c in members) else ''}><summary>{_title(group)} "
        f"<span class=quiet>{_counted(members)}</span></summary><table><thead><tr><th>clause<th>what it says"
        f"<th>provenance<th class=number>cases<th>verdict<tbody>{''.join(map(_row, members))}</table></details>"
    )


def _row(clause: Clause) -> str:
    # What broke has its place further up.
    place = "" if clause["severity"] else f' id="{_anchor(clause)}"'
    return (
        f'<tr class="{_state(clause)}"{place}><td><code>{_text(clause["id"])}</code><td>{_text(clause["says"])}'
        f"<td>{clause['provenance']}<td class=number>{clause['cases']:,}<td class=verdict>{_verdict(clause)}"
    )


def _title(group: str) -> str:
    operation, _, stem = group.rpartition(":")
    return f"{_text(operation)}: {_GROUPS.get(stem, stem)}" if operation else _GROUPS.get(stem, stem)


def _grouped(clauses: Sequence[Clause]) -> dict[str, list[Clause]]:
    groups: dict[str, list[Clause]] = {name: [] for name in _GROUPS}
    for clause in clauses:
        groups.setdefault(clause["id"].partition(".")[0], []).append(clause)
    return {name: members for name, members in groups.items() if members}


def _state(clause: Clause) -> str:
    return str(clause["severity"] or ("held" if clause["verdict"] == "held" else "open"))


def _verdict(clause: Clause) -> str:
    return {"failure": "broken", "finding": "finding"}.get(str(clause["severity"]), str(clause["verdict"]))


def _anchor(clause: Clause) -> str:
    return html.escape(f"c-{clause['id']}".replace("[]", "-"))


def _listed(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(text)}" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def _text(value: object) -> str:
    return html.escape(harmless(str(value)))
