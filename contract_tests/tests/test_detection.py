"""Seeded defects, a few of each kind: the suite finds each, in the clause that it breaks."""

import re

import pytest

from contract_tests.defects import CATALOGUE, Defect, app_with
from contract_tests.defects.catalogue import of_kind
from contract_tests.defects.verbs import allows, answers, changes, having, reads, refuses_if, repairs, swaps
from contract_tests.tests.running import cases_on
from luminus_zoom_mock import SUBSCRIPTION_KEY
from luminus_zoom_mock.exchange import Answer

DENIAL = Answer(403, [(b"content-type", b"text/plain")], b"no")
THREE_TOGETHER = having(isWaitingRoom=True, recordType=2, meetingType=3)
OF_THE_CATALOGUE = (
    "name-cut-at-199 name-trimmed name-escaped name-code-page start-relabelled-utc ignored-isSendEmail "
    "record-type-less-1 join-url-next created-year-1 id-every-tenth sticky-channel-name duration-as-text "
    "duration-wrapped start-naive-taken module-braced json-mark-fails channel-upper-case name-200-units-refused "
    "key-prefix override-obeyed trace-dotnet status-200 key-in-header channel-name-lost end-is-start"
)
FINDINGS_OF_THE_CATALOGUE = "topic-cut internal-property key-other-text cache-unsaid"

BROKEN: list[Defect] = [
    *(CATALOGUE[name] for name in OF_THE_CATALOGUE.split()),
    *of_kind(
        "further failures",
        ("switches-swapped", "two booleans are swapped", swaps("isWaitingRoom", "muteUponEntry"), "echo.isWaitingRoom"),
        ("lesson-braced", "lessonID may be in braces", reads("lessonID", "[{}]", ""), "request.lessonID.format"),
        ("comma-in-object", "a trailing comma is passed over", repairs(rb",\s*}", b"}"), "json.syntax"),
        ("three-together", "three options are refused", refuses_if("role", THREE_TOGETHER), "request.combinations"),
        ("says-nothing", "a success shows no meeting", changes(201, body=b"{}"), "echo.name"),
        ("denied", "three options are denied", answers("role", THREE_TOGETHER, DENIAL), "status.no-needless-denial"),
    ),
]
FOUND: list[Defect] = [
    *(CATALOGUE[name] for name in FINDINGS_OF_THE_CATALOGUE.split()),
    *of_kind(
        "further findings",
        ("no-user-name", "userName is missing", changes(201, body=lambda it: it.replace(b'"userName"', b'"user"')),
            "response.201.userName.present"),
        ("steps-ignored", "durations need no steps", allows("duration", drops=["multipleOf"]),
            "request.duration.multipleOf"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("defect", BROKEN, ids=lambda it: it.name)
def test_a_defect_breaks_its_clause(defect: Defect) -> None:
    session = cases_on(app_with(defect.change), until=defect.clause)
    assert session.results.entries[defect.clause].broken
    assert session.verdict() == "broken"


@pytest.mark.parametrize("defect", FOUND, ids=lambda it: it.name)
def test_an_undocumented_defect_is_a_finding(defect: Defect) -> None:
    session = cases_on(app_with(defect.change), until=defect.clause)
    assert session.results.entries[defect.clause].broken
    assert defect.clause in session.results.broken(findings=True)


def test_a_failure_is_told_in_the_domains_words() -> None:
    session = cases_on(app_with("start-relabelled-utc"))
    first = session.results.entries["echo.startDate"].failures[0]
    assert re.fullmatch(r"startDate lost its offset: sent '.+\+08:00', got '.+Z'", first.message)
    assert SUBSCRIPTION_KEY not in f"{first}"
    assert "meetingAuthentication" in f"{[f.got for f in session.results.entries['echo.startDate'].failures]}"


@pytest.mark.parametrize("name", ["flag-as-number", "record-type-0", "record-type-3-taken", "record-type-as-text"])
def test_what_becomes_of_an_illegal_body_buries_nothing(name: str) -> None:
    defect = CATALOGUE[name]
    session = cases_on(app_with(name))
    broken = [*session.results.broken(findings=False), *session.results.broken(findings=True)]
    assert defect.clause in broken
    assert not [clause for clause in broken if clause.startswith(("echo.", "answer.", "response.", "default."))]
