"""Seeded defects, a few of each kind: the suite finds each, in the clause that it breaks."""

import html
import re
from typing import Any

import pytest

from contract_tests.tests.tampering import (
    Answer,
    Defect,
    Honest,
    Request,
    answers_with,
    cases_on,
    changes,
    reads,
    refuses,
    tampered,
)
from luminus_zoom_mock import SUBSCRIPTION_KEY

KEY_HEADER = b"ocp-apim-subscription-key"


def _set(name: str, change: Any) -> Defect:
    def apply(meeting: dict[str, Any], _: dict[str, Any]) -> None:
        if name in meeting:
            meeting[name] = change(meeting[name])

    return answers_with(apply)


def _read(name: str, change: Any) -> Defect:
    def apply(body: dict[str, Any]) -> None:
        if name in body:
            body[name] = change(body[name])

    return reads(apply)


def _swapped(meeting: dict[str, Any], _: dict[str, Any]) -> None:
    meeting["isWaitingRoom"], meeting["muteUponEntry"] = meeting.get("muteUponEntry"), meeting.get("isWaitingRoom")


def _repeating() -> Defect:
    ids: list[str] = []

    def apply(meeting: dict[str, Any], _: dict[str, Any]) -> None:
        ids.append(meeting["id"])
        if len(ids) % 17 == 0:
            meeting["id"] = ids[-2]

    return answers_with(apply)


def _leaking() -> Defect:
    kept: list[str] = []

    def apply(meeting: dict[str, Any], sent: dict[str, Any]) -> None:
        if "channelName" in sent:
            kept.append(meeting["channelName"])
        elif kept:
            meeting["channelName"] = kept[-1]

    return answers_with(apply)


async def _accepts_a_prefix(request: Request, honest: Honest) -> Answer:
    key = SUBSCRIPTION_KEY.encode()
    request.headers = [(n, key if n == KEY_HEADER and v.startswith(key[:8]) else v) for n, v in request.headers]
    return await honest(request)


async def _obeys_override(request: Request, honest: Honest) -> Answer:
    request.method = dict(request.headers).get(b"x-http-method-override", request.method.encode()).decode()
    return await honest(request)


async def _drops_commas(request: Request, honest: Honest) -> Answer:
    request.body = re.sub(rb",\s*}", b"}", request.body)
    return await honest(request)


def _stack_trace(_: Request, answer: Answer) -> None:
    if answer.status == 400:
        answer.body = b'"System.FormatException: bad at LumiNUS.Zoom.Create(Meeting m)"'


def _three_together(request: Request) -> bool:
    body = request.json
    return bool(body.get("isWaitingRoom") is True and body.get("recordType") == 2 and body.get("meetingType") == 3)


BROKEN: dict[str, tuple[str, Defect]] = {
    "name cut": ("echo.name", _set("name", lambda v: v[:199])),
    "name trimmed": ("echo.name", _set("name", str.strip)),
    "name escaped": ("echo.name", _set("name", html.escape)),
    "name without non-Latin": ("echo.name", _set("name", lambda v: v.encode("latin-1", "ignore").decode("latin-1"))),
    "offset dropped": ("echo.startDate", _set("startDate", lambda v: re.sub(r"[+-]\d\d:\d\d$", "Z", v))),
    "switch ignored": ("echo.isSendEmail", _set("isSendEmail", lambda _: False)),
    "switches swapped": ("echo.isWaitingRoom", answers_with(_swapped)),
    "record type off by one": ("echo.recordType", _set("recordType", lambda v: max(v - 1, 0))),
    "another meeting's URL": ("answer.join-url", _set("joinUrl", lambda _: "https://nus-sg.zoom.us/j/81234567890")),
    "created in year 1": ("answer.created-now", _set("createdDate", lambda _: "0001-01-01T00:00:00Z")),
    "id repeated": ("unique.id", _repeating()),
    "field leaked": ("sequence.no-leak", _leaking()),
    "text for a number": ("request.duration.type", _read("duration", lambda v: int(v) if str(v).isdigit() else v)),
    "wrapped to 32 bits": (
        "request.duration.format",
        _read("duration", lambda v: v % 2**32 if isinstance(v, int) else v),
    ),
    "naive start": ("request.startDate.format", _read("startDate", lambda v: f"{v}Z" if len(str(v)) == 19 else v)),
    "braced UUID": ("request.lessonID.format", _read("lessonID", lambda v: v.strip("{}") if isinstance(v, str) else v)),
    "trailing comma": ("json.syntax", _drops_commas),
    "fails on a byte-order mark": (
        "status.no-server-error",
        refuses(lambda r: r.body.startswith(b"\xef\xbb\xbf"), 500),
    ),
    "upper-case UUID refused": ("request.lessonID.format", refuses(lambda r: str(r.json.get("lessonID")).isupper())),
    "length in UTF-16": (
        "request.name.maxLength",
        refuses(
            lambda r: len(str(r.json.get("name")).encode("utf-16-le", "replace")) > 400 and len(r.json["name"]) <= 200
        ),
    ),
    "three options together": ("request.combinations", refuses(_three_together)),
    "denied at random": ("status.no-needless-denial", refuses(_three_together, 403)),
    "key's prefix": ("key.required", _accepts_a_prefix),
    "method override": ("http.method-override", _obeys_override),
    "stack trace": ("error.no-internals", changes(_stack_trace)),
    "answer is 200": ("status.201", changes(lambda _, a: setattr(a, "status", 200 if a.status == 201 else a.status))),
    "key in a header": (
        "answer.no-secrets",
        changes(lambda r, a: a.headers.append((b"x-key", dict(r.headers).get(KEY_HEADER, b"")))),
    ),
}

FOUND: dict[str, tuple[str, Defect]] = {
    "end is start": ("answer.end-is-start-plus-duration", answers_with(lambda m, _: m.update(endDate=m["startDate"]))),
    "other topic": ("echo.topic", _set("topic", lambda v: v[:3])),
    "unknown property": ("response.201.closed", answers_with(lambda m, _: m.update(extra=1))),
    "no user name": ("response.201.userName.present", answers_with(lambda m, _: m.pop("userName") and None)),
    "other 401": (
        "gateway.401.missing-key.body",
        changes(lambda _, a: setattr(a, "body", b"{}" if a.status == 401 else a.body)),
    ),
    "cacheable": (
        "headers.201.no-store",
        changes(lambda _, a: setattr(a, "headers", [h for h in a.headers if h[0] != b"cache-control"])),
    ),
    "steps ignored": (
        "request.duration.multipleOf",
        _read("duration", lambda v: v // 15 * 15 if isinstance(v, int) and 15 < v < 1485 else v),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_defect_breaks_its_clause(name: str) -> None:
    clause, defect = BROKEN[name]
    session = cases_on(tampered(defect), until=clause)
    assert session.results.entries[clause].broken
    assert session.verdict() == "broken"


@pytest.mark.parametrize("name", FOUND)
def test_an_undocumented_defect_is_a_finding(name: str) -> None:
    clause, defect = FOUND[name]
    session = cases_on(tampered(defect), until=clause)
    assert session.results.entries[clause].broken
    assert clause in session.results.broken(findings=True)


def test_a_failure_is_told_in_the_domains_words() -> None:
    session = cases_on(tampered(BROKEN["offset dropped"][1]))
    first = session.results.entries["echo.startDate"].failures[0]
    assert re.fullmatch(r"startDate lost its offset: sent '.+\+08:00', got '.+Z'", first.message)
    assert SUBSCRIPTION_KEY not in f"{first}"
    assert "meetingAuthentication" in f"{[f.got for f in session.results.entries['echo.startDate'].failures]}"
