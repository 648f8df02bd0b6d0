"""Why clauses broke: failures that one mistake of a server explains, under one heading, the worst first.

A status that the contract does not know breaks a clause for each keyword that a request violates, and a property that
nobody checks breaks as many as it has keywords. What a client met (the symptom) tells such failures from others. Of a
fault that only the answer shows, the requests that met it do.
"""

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any, Final

Report = Mapping[str, Any]
Clause = Mapping[str, Any]
Key = tuple[str, str]
"""A kind of mistake, and where or how it was made."""

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
FAILED: Final = "failed"
FAILED_LEGAL: Final = "failed on a legal request"
_KINDS: Final[Mapping[str, tuple[int, str]]] = {
    "open": (0, "What ought to be refused creates something: {0}"),
    "told": (1, "{0}"),
    "lost": (2, "A request gets no answer"),
    "echo": (3, "What was sent does not come back: {1} {0}"),
    "answer": (4, "{0}"),
    "only with": (4, "An answer goes wrong with an unusual request: {0}"),
    FAILED_LEGAL: (5, "The server fails on legal requests"),
    REFUSED: (6, "A legal request is refused: {0}"),
    "unchecked": (7, "Nothing checks {1}"),
    ACCEPTED: (8, "Accepted, and ought to be refused: {0}"),
    FAILED: (9, "The server fails on requests that it ought to refuse"),
    "answers": (10, "Answered with {0}"),
    "errors": (11, "An error's body is not as the contract describes it"),
    "lacks": (12, "The answer lacks {1}"),
    "default": (13, "What was not sent has a value: {1}"),
    "gateway": (14, "The gateway's own words differ"),
    "other": (13, "{0}"),
}
"""By kind of mistake: its rank, the gravest first, and its title, with {0} for the place and {1} for all names."""
_FAMILIES: Final = {
    "type": "values of another type",
    "format": "values of another format",
    "required": "bodies without what is required",
    "member-names": "bodies without what is required",
}
_BODIES: Final = {"json": "bodies that are not JSON, or not all of one", "media-type": "bodies of another media type"}
_BOUNDS: Final = "values out of bounds"
_LEGAL_ONLY: Final = ("accepts", "null", "robust", "encoding")
"""Clauses of a property that no illegal value tries."""
_OPEN: Final = ("key.", "bearer.", "route.")
_TOLD: Final = ("answer.no-secrets", "error.no-internals", "sequence.no-leak", "headers.no-secrets")
_ERRORS: Final = re.compile(r"response\.([45]\d\d\.body|media-type)")


def symptom_of(status: int, expected: Container[int], known: Container[int], *, may_succeed: bool) -> str:
    """What a client met where another status was expected; empty where this one was."""
    if status in expected:
        return ""
    if status >= 500:
        return FAILED_LEGAL if may_succeed else FAILED
    if 200 <= status < 300:
        return "" if may_succeed else ACCEPTED
    return REFUSED if may_succeed and status in known else f"answers {status}"


def causes(report: Report) -> list[dict[str, Any]]:
    """The causes of a run's broken clauses, failures before findings, then the worst first."""
    broken = {clause["id"]: clause for clause in report["clauses"] if clause["severity"]}
    unchecked = _unchecked(report["clauses"])
    found: dict[Key, list[tuple[Clause, str]]] = {}
    for clause in broken.values():
        for symptom in clause["symptoms"]:
            found.setdefault(_key(clause, symptom, unchecked), []).append((clause, symptom))
    told = [_cause(key, members) for key, members in found.items()]
    return sorted(told, key=lambda it: (it["severity"] == "finding", it["rank"], -it["cases"]))


def _stem(clause: Clause) -> str:
    """A clause's id without its operation."""
    return str(clause["id"]).rpartition(":")[2]


def _split(stem: str) -> tuple[str, str]:
    """The property and the keyword that a clause about a request is for; nothing for any other clause."""
    match = re.fullmatch(r"(?:request\.required\.(?P<needed>.+))|(?:request\.(?P<name>.+)\.(?P<keyword>[\w-]+))", stem)
    if match is None:
        return "", ""
    return (match["needed"], "required") if match["needed"] else (match["name"], match["keyword"])


def _unchecked(clauses: Iterable[Clause]) -> set[str]:
    """The properties all of whose keywords may be violated, for all that was tried."""
    tried: dict[str, set[bool]] = {}
    for clause in clauses:
        name, keyword = _split(_stem(clause))
        if name and name != "body" and clause["cases"] and keyword not in (*_LEGAL_ONLY, "required"):
            mostly = 2 * clause["broken"] >= clause["cases"]
            tried.setdefault(name, set()).add(mostly and {*clause["symptoms"]} == {ACCEPTED})
    return {name for name, faults in tried.items() if faults == {True}}


def _key(clause: Clause, symptom: str, unchecked: set[str]) -> Key:
    stem = _stem(clause)
    if symptom == ACCEPTED:
        return _accepted(stem, unchecked)
    if symptom == REFUSED:
        return REFUSED, _split(stem)[0] or stem.rpartition(".")[0]
    if symptom in {FAILED, FAILED_LEGAL}:
        return symptom, ""
    if symptom:
        return "answers", symptom.removeprefix("answers ")
    return _of_answer(clause, stem)


def _accepted(stem: str, unchecked: set[str]) -> Key:
    name, keyword = _split(stem)
    if stem.startswith(_OPEN):
        return "open", stem.partition(".")[0]
    if not name and stem != "request.member-names":
        group = stem.partition(".")[0]
        return ACCEPTED, _BODIES.get(group, group)
    parent = name.rpartition(".")[0].removesuffix("[]")
    if unchecked and (name in unchecked or parent in unchecked or stem == "request.member-names"):
        return "unchecked", ""
    return ACCEPTED, _FAMILIES.get(keyword or "member-names", _BOUNDS)


def _of_answer(clause: Clause, stem: str) -> Key:
    """The key of a fault that the answer alone shows."""
    group, _, rest = stem.partition(".")
    if stem in _TOLD:
        return "told", stem
    if stem == "time.none-lost":
        return "lost", ""
    if _ERRORS.fullmatch(stem):
        return "errors", ""
    if group in {"default", "gateway"}:
        return group, ""
    if stem.endswith(".present"):
        return "lacks", ""
    if group in {"key", "bearer", "route"}:
        return "other", stem
    if group == "fuzz" and "schema" in clause["failures"][0]["message"]:
        return "errors", ""
    if [it for it in clause["tries"] if it] not in ([], [clause["id"]]) and len(clause["tries"]) == 1:
        only = clause["tries"][0].rpartition(":")[2]
        return "only with", _split(only)[0] or only
    if group == "echo":
        lost = re.match(r"\w+ (lost [^:]+|was [^:]+|changed [^:]+):", clause["failures"][0]["message"])
        return "echo", re.sub(r"\d+", "…", lost[1]) if lost else rest
    if group == "response" and rest.count(".") > 1:
        return "answer", rest.split(".")[1]
    return ("answer" if group in {"answer", "unique", "sequence"} else "other"), stem


def _listed(stems: Iterable[str]) -> str:
    """What clauses are about, without what is below another one."""
    parts = ((_split(stem)[0], *stem.split(".")) for stem in stems if stem != "request.member-names")
    names = list(dict.fromkeys(part[0] or part[-2 if part[1] == "response" else -1] for part in parts))
    return ", ".join(it for it in names if not any(it.startswith((f"{up}.", f"{up}[")) for up in names))


def _messages(members: Iterable[tuple[Clause, str]]) -> list[str]:
    return [it["message"] for clause, symptom in members for it in clause["failures"] if it["symptom"] == symptom]


def _cause(key: Key, members: list[tuple[Clause, str]]) -> dict[str, Any]:
    kind, place = key
    rank, title = _KINDS[kind]
    shown = min(
        ((it, clause) for clause, symptom in members for it in clause["failures"] if it["symptom"] == symptom),
        key=lambda it: (it[1]["severity"] == "finding", not it[0]["number"], it[0]["size"]),
    )
    if kind == "only with":
        place = shown[0]["case"].removesuffix(", again")
    elif kind == "answers":
        known = "which the contract does not know" if "knows no" in " ".join(_messages(members)) else ""
        place = f"{place}, {known or 'where another status is expected'}"
    elif len(members) == 1 and kind in {"answer", "other", "told"}:
        place = shown[1]["says"]
    severities = {clause["severity"] for clause, _ in members}
    return {
        "title": title.format(place, _listed(_stem(clause) for clause, _ in members)),
        "rank": rank,
        "severity": "failure" if "failure" in severities else "finding",
        "cases": sum(clause["symptoms"][symptom] for clause, symptom in members),
        "clause": shown[1]["id"],
        "failure": shown[0],
        "clauses": [
            {
                "id": clause["id"],
                "cases": clause["symptoms"][symptom],
                "message": next((it["message"] for it in clause["failures"] if it["symptom"] == symptom), ""),
            }
            for clause, symptom in members
        ],
    }
