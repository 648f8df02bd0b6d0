"""Answers that are wrong in themselves: against the schema, too little, too much, contradicting themselves."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from contract_tests.defects.catalogue import Defect, each, of_kind
from contract_tests.defects.verbs import *
from luminus_zoom_mock.meeting import Draft, Instant


def _flags(edit: Callable[[Any], Any]) -> Change:
    return meeting(lambda it, _: it | {name: edit(it[name]) for name in FLAGS[:5] if name in it})


def _renamed(edit: Callable[[str], str]) -> Change:
    return meeting(lambda it, _: {edit(name): value for name, value in it.items()})


def _without(*names: str) -> Change:
    return meeting(lambda it, _: {name: value for name, value in it.items() if name not in names})


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _ends_after(minutes: Callable[[int], int]) -> Change:
    """The end is that many minutes after the start, for a duration in minutes."""

    def maker(draft: Draft) -> str | None:
        start = draft.instants.get("startDate")
        return start.plus(minutes(draft.request.get("duration", 0))).text(draft.digits) if start else None

    return makes("endDate", maker)


def _created_later(seconds: Callable[[], int]) -> Change:
    return shows("createdDate", lambda it: Instant(_parsed(it[:19] + it[-6:]), "").plus(seconds() / 60).text())


def _in_band(call: Call, answer: Answer) -> Answer:
    failure = {"code": answer.status, "status": "fail", "message": "The request failed."}
    return Answer(200, [(b"content-type", b"application/json; charset=utf-8")], encode(failure).encode())


SCHEMA = of_kind(
    "schema",
    ("module-id-object", "moduleID is an object with an id", shows("moduleID", lambda it: {"id": it}),
        "response.201.moduleID.type"),
    ("creator-nusnet-id", "creatorID is a NUSNET id", always("creatorID", "e0123456"), "response.201.creatorID.format"),
    ("start-epoch", "startDate is a Unix time", shows("startDate", lambda it: int(_parsed(it).timestamp())),
        "response.201.startDate.type"),
    ("created-rfc-1123", "createdDate is in HTTP's date form", shows("createdDate",
        lambda it: _parsed(it).strftime("%a, %d %b %Y %H:%M:%S GMT")), "response.201.createdDate.format"),
    ("flags-null", "false is null", _flags(lambda it: it or None), "response.201.meetingAuthentication.type"),
    ("record-type-name", "recordType is a name", shows("recordType", lambda it: ["None", "Cloud", "Local"][it]),
        "response.201.recordType.type"),
    ("record-type-3", "a local recording has recordType 3", shows("recordType", lambda it: 3 if it == 2 else it),
        "response.201.recordType.enum"),
    ("authentication-text", "authenticationOpt is a text", shows("authenticationOpt", str),
        "response.201.authenticationOpt.type"),
    ("meeting-type-int64", "meetingType is beyond 32 bits", shows("meetingType", lambda it: it + 2**32),
        "response.201.meetingType.format"),
    ("meeting-id-integer", "meetingID is a JSON number", makes("meetingID", lambda draft: int(draft.number)),
        "response.201.meetingID.type"),
    ("host-key-integer", "hostKey is a JSON number", shows("hostKey", int), "response.201.hostKey.type"),
    ("hosts-list", "alternativeHosts is a list", shows("alternativeHosts", lambda it: it.split(",")),
        "response.201.alternativeHosts.type"),
    ("channel-id-empty", "channelID is an empty text where there is none",
        derives("channelID", lambda it: it.get("channelID", "")), "response.201.channelID.format"),
    ("denial-in-band", "a 403 is answered as 200 with the failure in its body", on(403, _in_band), "status.403"),
    ("refusal-201", "a 400 is answered as 201", changes(400, to=201), "json.syntax"),
    ("denial-401", "the role's 403 is answered as 401", changes(403, to=401), "status.no-needless-denial"),
    ("denial-object", "a 403's body is another object than the gateway's",
        changes(403, label="application/json", body=b'{"error":"forbidden"}'), "response.403.body"),
    "status.201",
    ("status-200", "a creation is answered with 200", changes(201, to=200)),
    ("status-204", "a creation is answered with 204 and no body", on(201, lambda _, it: Answer(204, it.headers))),
    ("refusal-in-band", "a 400 is answered as 200 with the failure in its body", on(400, _in_band)),
    "status.documented",
    ("status-303", "a creation is answered with a redirect", changes(201, to=303, location="/zoom/Meeting/1")),
    ("refusal-422", "a 400 is answered as 422", changes(400, to=422)),
    "status.no-server-error",
    ("status-500-created", "a meeting is created and answered with 500", changes(201, to=500)),
    ("refusal-500", "a 400 is answered as 500", changes(400, to=500)),
    "response.201.id.format",
    ("id-zoom-number", "id is Zoom's number", makes("id", lambda draft: draft.number)),
    ("id-without-hyphens", "id is a UUID without hyphens", shows("id", lambda it: UUID(it).hex)),
    ("id-braced", "id is a UUID in braces", shows("id", lambda it: f"{{{it}}}")),
    "response.201.startDate.format",
    ("start-offset-without-colon", "startDate's offset is +0800", shows("startDate", lambda it: it[:-3] + it[-2:])),
    ("start-comma-fraction", "startDate's fraction follows a comma", shows("startDate", r"\.", ",")),
    each(shows, "startDate", says="startDate {}"),
    ("start-naive", "has no offset", lambda it: it[:-6]),
    ("start-asmx", "is in .NET's old /Date()/ form", lambda it: f"/Date({int(_parsed(it).timestamp())}000+0800)/"),
    ("start-day-first", "is written year-day-month", lambda it: f"{it[:4]}-{it[8:10]}-{it[5:7]}{it[10:]}"),
    ("start-12-hour-clock", "is in the 12-hour clock", lambda it: _parsed(it).strftime("%Y-%m-%dT%I:%M:%S %p")),
    "response.201.endDate.format",
    ("end-date-alone", "endDate is a date without a time", shows("endDate", lambda it: it[:10])),
    ("end-24-hours", "a meeting that ends at midnight ends at 24:00", shows("endDate", "T00:00:", "T24:00:")),
    "response.201.meetingDuration.type",
    ("duration-text", "meetingDuration is a text", shows("meetingDuration", str)),
    ("duration-time-span", "meetingDuration is a .NET time span",
        shows("meetingDuration", lambda it: f"{it // 60:02}:{it % 60:02}:00")),
    ("duration-null-for-long", "meetingDuration is null above ten hours",
        derives("meetingDuration", lambda it: it["meetingDuration"] if it["meetingDuration"] <= 600 else None)),
    "response.201.isSendEmail.type",
    ("flags-text", "booleans are texts", _flags(lambda it: str(it).lower())),
    ("flags-integers", "booleans are 0 and 1", _flags(int)),
    "response.201.name.type",
    ("name-list", "name is a list", shows("name", lambda it: [it])),
    ("name-null-when-empty", "an empty name is null", derives("name", lambda it: it["name"] or None)),
    ("name-number", "a name of digits is a JSON number",
        shows("name", lambda it: int(it) if it.isascii() and it.isdigit() else it)),
    "response.201.body",
    ("answer-list", "the answer is a list of one meeting", meeting(lambda it, _: [it])),
    ("answer-quoted", "the answer is JSON in a JSON string", meeting(lambda it, _: encode(it))),
    ("answer-empty", "the answer has no body", changes(201, body=b"")),
    ("answer-truncated", "the answer lacks its last byte", changes(201, body=lambda it: it[:-1])),
    ("answer-cut-at-1000", "an answer is cut after 1000 bytes", changes(201, body=lambda it: it[:1000])),
    ("answer-python", "the answer is a Python literal", changes(201, body=lambda it: repr(json.loads(it)).encode())),
    ("answer-utf-16", "the answer is UTF-16", changes(201, body=lambda it: it.decode().encode("utf-16"))),
    ("answer-latin-1", "the answer is Latin-1", changes(201, body=lambda it: it.decode().encode("latin-1", "replace"))),
    ("answer-html", "the answer is an HTML page",
        changes(201, label="text/html", body=b"<html><body>Created</body></html>")),
    ("answer-duplicate-member", "the answer has its name twice",
        changes(201, body=lambda it: b'{"name":"Meeting",' + it[1:])),
    ("answer-unescaped", "line breaks in the answer are not escaped",
        changes(201, body=lambda it: it.replace(b"\\n", b"\n").replace(b"\\t", b"\t"))),
    ("answer-nan", "the answer has a NaN", changes(201, body=lambda it: it[:-1] + b',"score":NaN}')),
    "response.media-type",
    ("label-html", "the answer is labelled text/html", changes(201, label="text/html; charset=utf-8")),
    ("label-none", "the answer has no Content-Type", changes(201, label=None)),
    "response.400.body",
    ("refusal-object", "a 400's body is an object",
        changes(400, label="application/json", body=lambda it: encode({"message": it.decode()}).encode())),
    ("refusal-html", "a 400's body is an HTML page",
        changes(400, label="text/html", body=b"<html><h1>Bad Request</h1></html>")),
    ("refusal-meeting", "a 400's body is a meeting",
        changes(400, label="application/json", body=b'{"name":"Meeting","recordType":0}')),
)  # fmt: skip

CLOSED_SCHEMA = of_kind(
    "closed schema",
    ("without-join-url", "the answer has no joinUrl", _without("joinUrl"), "response.201.joinUrl.present"),
    ("without-dates", "the answer has no dates", _without("startDate", "endDate", "createdDate"),
        "response.201.startDate.present"),
    ("without-creator", "the answer does not say who created the meeting", _without("creatorID", "userID", "userName"),
        "response.201.creatorID.present"),
    "response.201.closed",
    ("internal-property", "the answer has a property of the server's own",
        derives("__type", lambda _: "ZoomMeetingDto")),
    ("access-comes-back", "the answer has an empty access property", derives("access", lambda _: {})),
    ("spelling-mended", "publishMutimediaChannel is spelt right",
        _renamed(lambda name: name.replace("Mutimedia", "Multimedia"))),
    "response.201.body",
    ("envelope", "the meeting is in an envelope's data",
        meeting(lambda it, _: {"status": "success", "code": 201, "data": it})),
    ("pascal-case", "property names begin with a capital", _renamed(lambda name: name[0].upper() + name[1:])),
    "response.201.id.present",
    ("without-id", "the answer has no id", _without("id")),
    ("empty-object", "the answer is an empty object", meeting(lambda *_: {})),
)  # fmt: skip

CONTRADICTION = of_kind(
    "contradiction",
    ("join-url-empty", "joinUrl is empty", always("joinUrl", ""), "response.201.joinUrl.present"),
    ("user-name-id", "userName is a UUID", always("userName", SOME_ID), "answer.user-id-form"),
    ("host-key-from-number", "hostKey is the end of meetingID", derives("hostKey", lambda it: it["meetingID"][-6:]),
        "answer.password-not-told"),
    ("host-key-empty", "hostKey is empty", always("hostKey", ""), "response.201.hostKey.present"),
    ("not-in-zoom", "a new meeting is not found in Zoom", always("notFoundInZoom", True), "answer.exists-in-zoom"),
    ("readonly-for-creator", "who creates a meeting may only read it", always("readonlyAccess", True),
        "answer.creator-may-write"),
    ("email-without-at", "email is no address", always("email", "ann.u.nus.example"), "answer.email-form"),
    ("creator-nobody", "creatorID is the zero UUID", always("creatorID", ZERO_ID), "response.201.creatorID.present"),
    ("user-id-empty", "userID is empty", always("userID", ""), "response.201.userID.present"),
    ("email-sent-unasked", "isSendEmail is true where the request has none",
        meeting_if(lacking("isSendEmail"), isSendEmail=True), "default.isSendEmail"),
    ("recording-published-unasked", "isPublishRecordURL is true where the request has none",
        meeting_if(lacking("isPublishRecordURL"), isPublishRecordURL=True), "default.isPublishRecordURL"),
    ("channel-published-unasked", "publishMutimediaChannel is true where the request has none", meeting_if(
        lacking("publishMutimediaChannel"), publishMutimediaChannel=True), "default.publishMutimediaChannel"),
    "answer.join-url",
    ("join-url-next", "joinUrl names the next meeting",
        derives("joinUrl", lambda it: it["joinUrl"].replace(it["meetingID"], f"{int(it['meetingID']) + 1}"))),
    ("join-url-without-number", "joinUrl names no meeting", always("joinUrl", "https://nus-sg.zoom.us/join")),
    ("join-url-relative", "joinUrl is a path", shows("joinUrl", lambda it: it.removeprefix("https://nus-sg.zoom.us"))),
    ("join-url-two-passwords", "joinUrl has the password behind its own",
        derives("joinUrl", lambda it: f"{it['joinUrl']}?pwd={it['meetingPassword']}")),
    "answer.password-flag",
    ("password-without-flag", "isSetPassword is false beside a password", always("isSetPassword", False)),
    ("flag-without-password", "isSetPassword is true beside an empty password", always("meetingPassword", "")),
    "answer.end-after-start",
    ("end-before-start", "endDate is before startDate", _ends_after(lambda minutes: -minutes)),
    ("start-and-end-swapped", "startDate and endDate are swapped",
        meeting(lambda it, _: it | {"startDate": it["endDate"], "endDate": it["startDate"]})),
    "answer.ids-differ",
    ("id-is-module", "id is the module's", takes("id", "moduleID")),
    ("id-is-creator", "creatorID is the meeting's id", derives("creatorID", lambda it: it["id"])),
    "answer.created-now",
    ("created-year-1", "createdDate is .NET's first instant", always("createdDate", "0001-01-01T00:00:00+08:00")),
    ("created-is-start", "createdDate is the start", derives("createdDate", lambda it: it["startDate"])),
    ("created-8-hours-late", "createdDate takes Singapore's time for UTC's", shows("createdDate", ".{6}$", "+00:00")),
    ("created-fixed", "createdDate is the same for every meeting",
        recalls(lambda past: shows("createdDate", lambda it: past.notes.setdefault("first", it)))),
    ("created-backwards", "createdDate goes back and forth within two minutes",
        recalls(lambda past: _created_later(lambda: -(len(past.exchanges) % 120)))),
    ("created-8-hours-early", "createdDate takes UTC's time for Singapore's", _created_later(lambda: -8 * 3600)),
    "answer.join-url-host",
    ("join-url-http", "joinUrl is not encrypted", shows("joinUrl", "https:", "http:")),
    ("join-url-foreign", "joinUrl is at another company's host",
        shows("joinUrl", r"nus-sg\.zoom\.us", "zoom.us.example.com")),
    ("join-url-starts", "joinUrl is the host's address for starting the meeting", shows("joinUrl", "/j/", "/s/")),
    ("join-url-webinar", "joinUrl is that of a webinar", shows("joinUrl", "/j/", "/w/")),
    ("join-url-placeholder", "joinUrl's host has a place that nobody filled", shows("joinUrl", "nus-sg", "{account}")),
    "answer.meeting-id-form",
    ("meeting-id-zero", "meetingID begins with a zero", renumbers(lambda it: f"0{it[1:]}")),
    ("meeting-id-letters", "meetingID has letters", renumbers(lambda it: f"M{it[1:]}")),
    ("meeting-id-long", "meetingID has 14 digits", renumbers(lambda it: f"{it}000")),
    "answer.host-key-form",
    ("host-key-short", "hostKey has two digits", always("hostKey", "12")),
    ("host-key-letters", "hostKey has letters", always("hostKey", "host-key")),
    "answer.end-is-start-plus-duration",
    ("end-is-start", "endDate is startDate", _ends_after(lambda _: 0)),
    ("end-after-an-hour", "every meeting ends after an hour", _ends_after(lambda _: 60)),
    ("end-within-a-day", "whole days of a duration are not added", _ends_after(lambda minutes: minutes % 1440)),
    ("end-on-the-same-day", "a meeting over midnight ends on the day of its start",
        derives("endDate", lambda it: it["startDate"][:10] + it["endDate"][10:])),
    ("end-8-hours-late", "endDate is eight hours late", _ends_after(lambda minutes: minutes + 480)),
    "echo.topic",
    ("topic-empty", "topic is empty", always("topic", "")),
    ("topic-fixed", "topic is Zoom's default", always("topic", "Zoom Meeting")),
    ("topic-cut", "topic is cut after 128 characters", shows("topic", lambda it: it[:128])),
    ("topic-channel", "topic is the channel's name where there is one", takes("topic", "channelName", "name")),
    "answer.password-form",
    ("password-long", "meetingPassword has 32 characters", shows("meetingPassword", lambda it: (it * 6)[:32])),
    ("password-spaces", "meetingPassword has a space", shows("meetingPassword", "^(...)", r"\1 ")),
)  # fmt: skip

DEFECTS: list[Defect] = [*SCHEMA, *CLOSED_SCHEMA, *CONTRADICTION]
