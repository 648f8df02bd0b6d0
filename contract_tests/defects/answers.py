"""Answers that are wrong in themselves: against the schema, too little, too much, contradicting themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from contract_tests.defects.catalogue import Defect, of_kind
from contract_tests.defects.levers import (
    Change,
    Document,
    always,
    anew,
    becomes,
    body,
    both,
    encode,
    header,
    makes,
    meeting,
    meeting_if,
    on,
    relabelled,
    reshapes,
    sent,
)
from luminus_zoom_mock.exchange import Answer, Call
from luminus_zoom_mock.meeting import Draft, Instant

FLAGS = ("isSendEmail", "isPublishRecordURL", "isWaitingRoom", "meetingAuthentication", "muteUponEntry")


def _flags(edit: Callable[[Any], Any]) -> Change:
    return meeting(lambda it, _: it | {name: edit(it[name]) for name in FLAGS if name in it})


def _renamed(edit: Callable[[str], str]) -> Change:
    return meeting(lambda it, _: {edit(name): value for name, value in it.items()})


def _without(*names: str) -> Change:
    return meeting(lambda it, _: {name: value for name, value in it.items() if name not in names})


def _adds(**properties: Any) -> Change:
    return meeting(lambda it, _: it | properties)


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _end(later: Callable[[Instant, int], Instant]) -> Change:
    """The end is made from the start's instant and the duration in minutes."""

    def maker(draft: Draft) -> str | None:
        start = draft.instants.get("startDate")
        return later(start, draft.request.get("duration", 0)).text(draft.digits) if start else None

    return makes("endDate", maker)


def _created_fixed() -> Change:
    """Every meeting was created when the first was."""
    first: list[str] = []

    def edit(it: str) -> str:
        first.append(it)
        return first[0]

    return reshapes("createdDate", edit)


def _created_wavering() -> Change:
    """Each meeting was created a second before the last, for two minutes, and then now."""
    numbers = count()
    return reshapes("createdDate", lambda it: Instant(_parsed(it[:19] + it[-6:]), "").plus(
        -(next(numbers) % 120) / 60).text())  # fmt: skip


def _number_of(it: Document) -> int:
    return int(it["meetingID"])


def _in_band(call: Call, answer: Answer) -> Answer:
    failure = {"code": answer.status, "status": "fail", "message": "The request failed."}
    return Answer(200, [(b"content-type", b"application/json; charset=utf-8")], encode(failure).encode())


SCHEMA = of_kind(
    "schema",
    ("status-200", "a creation is answered with 200", becomes(201, 200)),
    ("status-204", "a creation is answered with 204 and no body", on(201, lambda _, it: Answer(204, it.headers))),
    ("status-303", "a creation is answered with a redirect", both(
        header(201, b"location", lambda *_: b"/zoom/Meeting/1"), becomes(201, 303))),
    ("status-500-created", "a meeting is created and answered with 500", becomes(201, 500)),
    ("id-zoom-number", "id is Zoom's number", makes("id", lambda draft: draft.number)),
    ("id-without-hyphens", "id is a UUID without hyphens", reshapes("id", lambda it: UUID(it).hex)),
    ("id-braced", "id is a UUID in braces", reshapes("id", lambda it: f"{{{it}}}")),
    ("module-id-object", "moduleID is an object with an id", reshapes("moduleID", lambda it: {"id": it})),
    ("creator-nusnet-id", "creatorID is a NUSNET id", always("creatorID", "e0123456")),
    ("start-naive", "startDate has no offset", reshapes("startDate", lambda it: it[:-6])),
    ("start-epoch", "startDate is a Unix time", reshapes("startDate", lambda it: int(_parsed(it).timestamp()))),
    ("start-asmx", "startDate is in .NET's old /Date()/ form", reshapes(
        "startDate", lambda it: f"/Date({int(_parsed(it).timestamp())}000+0800)/")),
    ("start-offset-without-colon", "startDate's offset is +0800", reshapes("startDate", lambda it: it[:-3] + it[-2:])),
    ("start-comma-fraction", "startDate's fraction follows a comma", reshapes(
        "startDate", lambda it: it.replace(".", ","))),
    ("start-day-first", "startDate is written year-day-month", reshapes(
        "startDate", lambda it: f"{it[:4]}-{it[8:10]}-{it[5:7]}{it[10:]}")),
    ("start-12-hour-clock", "startDate is in the 12-hour clock", reshapes(
        "startDate", lambda it: _parsed(it).strftime("%Y-%m-%dT%I:%M:%S %p"))),
    ("end-date-alone", "endDate is a date without a time", reshapes("endDate", lambda it: it[:10])),
    ("end-24-hours", "a meeting that ends at midnight ends at 24:00", reshapes(
        "endDate", lambda it: it.replace("T00:00:", "T24:00:"))),
    ("created-rfc-1123", "createdDate is in HTTP's date form", reshapes(
        "createdDate", lambda it: _parsed(it).strftime("%a, %d %b %Y %H:%M:%S GMT"))),
    ("duration-text", "meetingDuration is a text", reshapes("meetingDuration", str)),
    ("duration-time-span", "meetingDuration is a .NET time span", reshapes(
        "meetingDuration", lambda it: f"{it // 60:02}:{it % 60:02}:00")),
    ("duration-null-for-long", "meetingDuration is null above ten hours", meeting(
        lambda it, _: it | ({"meetingDuration": None} if it.get("meetingDuration", 0) > 600 else {}))),
    ("flags-text", "booleans are texts", _flags(lambda it: str(it).lower())),
    ("flags-integers", "booleans are 0 and 1", _flags(int)),
    ("flags-null", "false is null", _flags(lambda it: it or None)),
    ("record-type-name", "recordType is a name", reshapes("recordType", lambda it: ["None", "Cloud", "Local"][it])),
    ("record-type-3", "a local recording has recordType 3", reshapes("recordType", lambda it: 3 if it == 2 else it)),
    ("authentication-text", "authenticationOpt is a text", reshapes("authenticationOpt", str)),
    ("meeting-type-int64", "meetingType is beyond 32 bits", reshapes("meetingType", lambda it: it + 2**32)),
    ("meeting-id-integer", "meetingID is a JSON number", makes("meetingID", lambda draft: int(draft.number))),
    ("host-key-integer", "hostKey is a JSON number", reshapes("hostKey", int)),
    ("name-list", "name is a list", reshapes("name", lambda it: [it])),
    ("name-null-when-empty", "an empty name is null", meeting(lambda it, _: it | {"name": it["name"] or None})),
    ("name-number", "a name of digits is a JSON number", reshapes(
        "name", lambda it: int(it) if it.isascii() and it.isdigit() else it)),
    ("hosts-list", "alternativeHosts is a list", reshapes("alternativeHosts", lambda it: it.split(","))),
    ("channel-id-empty", "channelID is an empty text where there is none", meeting(
        lambda it, _: {"channelID": ""} | it)),
    ("answer-list", "the answer is a list of one meeting", meeting(lambda it, _: [it])),
    ("answer-quoted", "the answer is JSON in a JSON string", meeting(lambda it, _: encode(it))),
    ("answer-empty", "the answer has no body", body(201, lambda _: b"")),
    ("answer-truncated", "the answer lacks its last byte", body(201, lambda it: it[:-1])),
    ("answer-cut-at-1000", "an answer is cut after 1000 bytes", body(201, lambda it: it[:1000])),
    ("answer-python", "the answer is a Python literal", body(201, lambda it: repr(json.loads(it)).encode())),
    ("answer-utf-16", "the answer is UTF-16", body(201, lambda it: it.decode().encode("utf-16"))),
    ("answer-latin-1", "the answer is Latin-1", body(201, lambda it: it.decode().encode("latin-1", "replace"))),
    ("answer-html", "the answer is an HTML page", both(
        body(201, lambda _: b"<html><body>Created</body></html>"), relabelled(201, b"text/html"))),
    ("answer-duplicate-member", "the answer has its name twice", body(
        201, lambda it: b'{"name":"Meeting",' + it[1:])),
    ("answer-unescaped", "line breaks in the answer are not escaped", body(
        201, lambda it: it.replace(b"\\n", b"\n").replace(b"\\t", b"\t"))),
    ("answer-nan", "the answer has a NaN", body(201, lambda it: it[:-1] + b',"score":NaN}')),
    ("label-html", "the answer is labelled text/html", relabelled(201, b"text/html; charset=utf-8")),
    ("label-none", "the answer has no Content-Type", relabelled(201, None)),
    clause="response.201.body",
    clauses={
        "status.201": "status-200 status-204",
        "status.documented": "status-303",
        "status.no-server-error": "status-500-created",
        "response.201.id.format": "id-zoom-number id-without-hyphens id-braced",
        "response.201.moduleID.type": "module-id-object",
        "response.201.creatorID.format": "creator-nusnet-id",
        "response.201.startDate.format":
        "start-naive start-asmx start-offset-without-colon start-comma-fraction start-day-first "
        "start-12-hour-clock",
        "response.201.startDate.type": "start-epoch",
        "response.201.endDate.format": "end-date-alone end-24-hours",
        "response.201.createdDate.format": "created-rfc-1123",
        "response.201.meetingDuration.type": "duration-text duration-time-span duration-null-for-long",
        "response.201.isSendEmail.type": "flags-text flags-integers",
        "response.201.meetingAuthentication.type": "flags-null",
        "response.201.recordType.type": "record-type-name",
        "response.201.recordType.enum": "record-type-3",
        "response.201.authenticationOpt.type": "authentication-text",
        "response.201.meetingType.format": "meeting-type-int64",
        "response.201.meetingID.type": "meeting-id-integer",
        "response.201.hostKey.type": "host-key-integer",
        "response.201.name.type": "name-list name-null-when-empty name-number",
        "response.201.alternativeHosts.type": "hosts-list",
        "response.201.channelID.format": "channel-id-empty",
        "response.media-type": "label-html label-none",
    },
)  # fmt: skip

FAILURES_IN_BAND = of_kind(
    "schema",
    ("refusal-in-band", "a 400 is answered as 200 with the failure in its body", on(400, _in_band)),
    ("denial-in-band", "a 403 is answered as 200 with the failure in its body", on(403, _in_band)),
    ("refusal-422", "a 400 is answered as 422", becomes(400, 422)),
    ("refusal-500", "a 400 is answered as 500", becomes(400, 500)),
    ("refusal-201", "a 400 is answered as 201", becomes(400, 201)),
    ("denial-401", "the role's 403 is answered as 401", becomes(403, 401)),
    ("refusal-object", "a 400's body is an object", both(
        body(400, lambda it: encode({"message": it.decode()}).encode()), relabelled(400, b"application/json"))),
    ("refusal-html", "a 400's body is an HTML page", both(
        body(400, lambda it: b"<html><h1>Bad Request</h1></html>"), relabelled(400, b"text/html"))),
    ("refusal-meeting", "a 400's body is a meeting", both(
        body(400, lambda it: b'{"name":"Meeting","recordType":0}'), relabelled(400, b"application/json"))),
    ("denial-object", "a 403's body is another object than the gateway's", both(
        body(403, lambda _: b'{"error":"forbidden"}'), relabelled(403, b"application/json"))),
    clause="response.400.body",
    clauses={
        "status.201": "refusal-in-band",
        "status.403": "denial-in-band",
        "status.documented": "refusal-422",
        "status.no-server-error": "refusal-500",
        "json.syntax": "refusal-201",
        "status.no-needless-denial": "denial-401",
        "response.403.body": "denial-object",
    },
)  # fmt: skip

CLOSED = of_kind(
    "closed schema",
    ("internal-property", "the answer has a property of the server's own", _adds(__type="ZoomMeetingDto")),
    ("access-comes-back", "the answer has an empty access property", _adds(access={})),
    ("envelope", "the meeting is in an envelope's data", meeting(
        lambda it, _: {"status": "success", "code": 201, "data": it})),
    ("pascal-case", "property names begin with a capital", _renamed(lambda name: name[0].upper() + name[1:])),
    ("spelling-mended", "publishMutimediaChannel is spelt right", _renamed(
        lambda name: name.replace("Mutimedia", "Multimedia"))),
    ("without-id", "the answer has no id", _without("id")),
    ("without-join-url", "the answer has no joinUrl", _without("joinUrl")),
    ("without-dates", "the answer has no dates", _without("startDate", "endDate", "createdDate")),
    ("without-creator", "the answer does not say who created the meeting", _without("creatorID", "userID", "userName")),
    ("empty-object", "the answer is an empty object", meeting(lambda *_: {})),
    severity="finding",
    clause="response.201.closed",
    clauses={
        "response.201.body": "envelope pascal-case",
        "response.201.id.present": "without-id empty-object",
        "response.201.joinUrl.present": "without-join-url",
        "response.201.startDate.present": "without-dates",
        "response.201.creatorID.present": "without-creator",
    },
)  # fmt: skip

CONTRADICTIONS = [
    *of_kind(
        "contradiction",
        ("join-url-next", "joinUrl names the next meeting", meeting(
            lambda it, _: it | {"joinUrl": it["joinUrl"].replace(it["meetingID"], str(_number_of(it) + 1))})),
        ("join-url-without-number", "joinUrl names no meeting", reshapes(
            "joinUrl", lambda it: "https://nus-sg.zoom.us/join")),
        ("join-url-relative", "joinUrl is a path", reshapes("joinUrl", lambda it: it.removeprefix(
            "https://nus-sg.zoom.us"))),
        ("join-url-two-passwords", "joinUrl has the password behind its own", meeting(
            lambda it, _: it | {"joinUrl": f"{it['joinUrl']}?pwd={it['meetingPassword']}"})),
        ("password-without-flag", "isSetPassword is false beside a password", always("isSetPassword", False)),
        ("flag-without-password", "isSetPassword is true beside an empty password", always("meetingPassword", "")),
        ("end-before-start", "endDate is before startDate", _end(lambda start, minutes: start.plus(-minutes))),
        ("start-and-end-swapped", "startDate and endDate are swapped", meeting(
            lambda it, _: it | {"startDate": it["endDate"], "endDate": it["startDate"]})),
        ("id-is-module", "id is the module's", makes("id", lambda draft: draft.request.get("moduleID"))),
        ("created-year-1", "createdDate is .NET's first instant", always("createdDate", "0001-01-01T00:00:00+08:00")),
        ("created-is-start", "createdDate is the start", meeting(lambda it, _: it | {"createdDate": it["startDate"]})),
        ("created-8-hours-late", "createdDate takes Singapore's time for UTC's", reshapes(
            "createdDate", lambda it: it[:-6] + "+00:00")),
        ("created-fixed", "createdDate is the same for every meeting", anew(_created_fixed)),
        ("created-backwards", "createdDate goes back and forth within two minutes", anew(_created_wavering)),
        ("created-8-hours-early", "createdDate takes UTC's time for Singapore's", reshapes(
            "createdDate", lambda it: Instant(_parsed(it[:19] + it[-6:]), "").plus(-480).text())),
        clause="answer.created-now",
        clauses={
            "answer.join-url":
            "join-url-next join-url-without-number join-url-relative join-url-two-passwords",
            "answer.password-flag": "password-without-flag flag-without-password",
            "answer.end-after-start": "end-before-start start-and-end-swapped",
            "answer.ids-differ": "id-is-module",
        },
    ),
    *of_kind(
        "contradiction",
        ("join-url-empty", "joinUrl is empty", always("joinUrl", "")),
        ("join-url-http", "joinUrl is not encrypted", reshapes("joinUrl", lambda it: it.replace("https:", "http:"))),
        ("join-url-foreign", "joinUrl is at another company's host", reshapes(
            "joinUrl", lambda it: it.replace("nus-sg.zoom.us", "zoom.us.example.com"))),
        ("join-url-starts", "joinUrl is the host's address for starting the meeting", reshapes(
            "joinUrl", lambda it: it.replace("/j/", "/s/"))),
        ("join-url-webinar", "joinUrl is that of a webinar", reshapes("joinUrl", lambda it: it.replace("/j/", "/w/"))),
        ("meeting-id-zero", "meetingID begins with a zero", meeting(
            lambda it, _: json.loads(encode(it).replace(it["meetingID"], f"0{it['meetingID'][1:]}")))),
        ("host-key-short", "hostKey has two digits", always("hostKey", "12")),
        ("user-name-id", "userName is a UUID", always("userName", str(UUID(int=7, version=4)))),
        ("meeting-id-letters", "meetingID has letters", meeting(
            lambda it, _: json.loads(encode(it).replace(it["meetingID"], f"M{it['meetingID'][1:]}")))),
        ("meeting-id-long", "meetingID has 14 digits", meeting(
            lambda it, _: json.loads(encode(it).replace(it["meetingID"], f"{it['meetingID']}000")))),
        ("end-is-start", "endDate is startDate", _end(lambda start, _: start)),
        ("end-after-an-hour", "every meeting ends after an hour", _end(lambda start, _: start.plus(60))),
        ("end-within-a-day", "whole days of a duration are not added", _end(
            lambda start, minutes: start.plus(minutes % 1440))),
        ("end-on-the-same-day", "a meeting over midnight ends on the day of its start", meeting(
            lambda it, _: it | {"endDate": it["startDate"][:10] + it["endDate"][10:]})),
        ("end-8-hours-late", "endDate is eight hours late", _end(lambda start, minutes: start.plus(minutes + 480))),
        ("topic-empty", "topic is empty", always("topic", "")),
        ("topic-fixed", "topic is Zoom's default", always("topic", "Zoom Meeting")),
        ("topic-cut", "topic is cut after 128 characters", reshapes("topic", lambda it: it[:128])),
        ("topic-channel", "topic is the channel's name where there is one", makes(
            "topic", lambda draft: draft.request.get("channelName", draft.request["name"]))),
        ("password-long", "meetingPassword has 32 characters", reshapes("meetingPassword", lambda it: (it * 6)[:32])),
        ("password-spaces", "meetingPassword has a space", reshapes("meetingPassword",
            lambda it: f"{it[:3]} {it[3:]}")),
        ("join-url-placeholder", "joinUrl's host has a place that nobody filled", reshapes(
            "joinUrl", lambda it: it.replace("nus-sg", "{account}"))),
        ("host-key-from-number", "hostKey is the end of meetingID", meeting(
            lambda it, _: it | {"hostKey": it["meetingID"][-6:]})),
        ("host-key-letters", "hostKey has letters", always("hostKey", "host-key")),
        ("host-key-empty", "hostKey is empty", always("hostKey", "")),
        ("not-in-zoom", "a new meeting is not found in Zoom", always("notFoundInZoom", True)),
        ("readonly-for-creator", "who creates a meeting may only read it", always("readonlyAccess", True)),
        ("email-without-at", "email is no address", always("email", "ann.u.nus.example")),
        ("creator-nobody", "creatorID is the zero UUID", always("creatorID", str(UUID(int=0)))),
        ("user-id-empty", "userID is empty", always("userID", "")),
        ("id-is-creator", "creatorID is the meeting's id", meeting(lambda it, _: it | {"creatorID": it["id"]})),
        ("email-sent-unasked", "isSendEmail is true where the request has none", meeting_if(
            lambda call: sent(call, "isSendEmail") is None, isSendEmail=True)),
        ("recording-published-unasked", "isPublishRecordURL is true where the request has none", meeting_if(
            lambda call: sent(call, "isPublishRecordURL") is None, isPublishRecordURL=True)),
        ("channel-published-unasked", "publishMutimediaChannel is true where the request has none", meeting_if(
            lambda call: sent(call, "publishMutimediaChannel") is None, publishMutimediaChannel=True)),
        severity="finding",
        clause="answer.join-url-host",
        clauses={
            "response.201.joinUrl.present": "join-url-empty",
            "answer.meeting-id-form": "meeting-id-zero meeting-id-letters meeting-id-long",
            "answer.host-key-form": "host-key-short host-key-letters",
            "answer.user-id-form": "user-name-id",
            "answer.end-is-start-plus-duration":
            "end-is-start end-after-an-hour end-within-a-day end-on-the-same-day end-8-hours-late",
            "echo.topic": "topic-empty topic-fixed topic-cut topic-channel",
            "answer.password-form": "password-long password-spaces",
            "answer.password-not-told": "host-key-from-number",
            "response.201.hostKey.present": "host-key-empty",
            "answer.exists-in-zoom": "not-in-zoom",
            "answer.creator-may-write": "readonly-for-creator",
            "answer.email-form": "email-without-at",
            "response.201.creatorID.present": "creator-nobody",
            "response.201.userID.present": "user-id-empty",
            "answer.ids-differ": "id-is-creator",
            "default.isSendEmail": "email-sent-unasked",
            "default.isPublishRecordURL": "recording-published-unasked",
            "default.publishMutimediaChannel": "channel-published-unasked",
        },
    ),
]  # fmt: skip

DEFECTS: list[Defect] = [*SCHEMA, *FAILURES_IN_BAND, *CLOSED, *CONTRADICTIONS]
