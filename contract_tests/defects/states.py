"""What goes wrong only sometimes: from request to request, with some options together, or under load."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from contract_tests.defects.catalogue import Defect, of_kind
from contract_tests.defects.levers import (
    TEXT,
    Change,
    Document,
    Test,
    always,
    anew,
    answers,
    before,
    both,
    encode,
    every,
    fails,
    having,
    makes,
    meeting,
    meeting_if,
    on,
    outgoing,
    refuses_body,
    reshapes,
    rights,
    sent,
    text,
)
from luminus_zoom_mock.exchange import Answer, Call
from luminus_zoom_mock.meeting import Draft

if TYPE_CHECKING:
    from luminus_zoom_mock.app import MockApp


def _repeats(key: Callable[[Draft], object]) -> Change:
    """The drafts with one key get the same id."""
    return makes("id", lambda draft: str(uuid5(NAMESPACE_URL, str(key(draft)))))


def _cached(key: Callable[[Call], object], after: int = 1) -> Change:
    """The calls with one key are answered with the first's meeting, from so many calls on."""
    kept: dict[object, Document] = {}
    seen: list[int] = []

    def edit(it: Document, call: Call) -> Document:
        seen.append(1)
        first = kept.setdefault(key(call), it)
        return first if len(seen) >= after else it

    return meeting(edit)


def _sticky(name: str, after: int = 0) -> Change:
    """A property that the request leaves out has the value of the request before, from so many meetings on."""
    last: list[Any] = []

    def edit(it: Document, call: Call) -> Document:
        value = sent(call, name)
        if value is not None:
            last.append(value)
        return it | {name: last[-1]} if value is None and len(last) > after else it

    return meeting(edit)


def _sticky_after(status: int, name: str) -> Change:
    """A property of a request that was refused shows in the next meeting that has none."""
    last: list[Any] = []

    def edit(call: Call, answer: Answer) -> Answer:
        value = sent(call, name)
        if answer.status == status and isinstance(value, str):
            last.append(value)
        elif answer.status == 201 and value is None and last:
            return replace(
                answer, body=encode(json.loads(answer.body) | {name: last.pop()}).encode("utf-8", "surrogatepass")
            )
        return answer

    return outgoing(edit)


def _late() -> Change:
    """Each 201 has the body of the one before."""
    bodies: list[bytes] = []

    def edit(_: Call, answer: Answer) -> Answer:
        bodies.append(answer.body)
        return replace(answer, body=bodies[-2] if len(bodies) > 1 else answer.body)

    return on(201, edit)


def _name_before(after: Callable[[int, Answer], bool]) -> Change:
    """A meeting has the name of the one before, where the answer that came between passes the test."""
    names = [""]
    between: list[bool] = [False]

    def edit(call: Call, answer: Answer) -> Answer:
        if answer.status != 201:
            between[0] = after(answer.status, answer)
            return answer
        stale, names[0] = names[0], text(sent(call, "name"))
        if between[0] and stale:
            between[0] = False
            return replace(
                answer, body=encode(json.loads(answer.body) | {"name": stale}).encode("utf-8", "surrogatepass")
            )
        return answer

    return outgoing(edit)


def _sometimes(number: int, change: Callable[[Callable[[object], bool]], Change]) -> Change:
    return anew(lambda: change(every(number)))


def _nth(number: int, edit: Callable[[Document], Document]) -> Change:
    """Every so-manieth meeting is changed."""
    return _sometimes(number, lambda test: meeting(lambda it, call: edit(it) if test(call) else it))


def _after(number: int, edit: Callable[[Document], Document]) -> Change:
    """The meetings after the first so many are changed."""

    def change() -> Change:
        seen: list[int] = []

        def edited(it: Document, _: Call) -> Document:
            seen.append(1)
            return edit(it) if len(seen) > number else it

        return meeting(edited)

    return anew(change)


def _after_status(status: int, edit: Callable[[Document], Document]) -> Change:
    """The first meeting after an answer of some status is changed."""

    def change() -> Change:
        pending: list[bool] = []

        def edited(_: Call, answer: Answer) -> Answer:
            if answer.status == status:
                pending[:] = [True]
            elif answer.status == 201 and pending:
                pending.clear()
                return replace(answer, body=encode(edit(json.loads(answer.body))).encode("utf-8", "surrogatepass"))
            return answer

        return outgoing(edited)

    return anew(change)


def _short_after_long() -> Change:
    """After a name of more than 150 characters, the next name is cut at 10."""
    long: list[bool] = []

    def edit(it: Document, call: Call) -> Document:
        cut = bool(long)
        long[:] = [True] * (len(text(sent(call, "name"))) > 150)
        return it | {"name": text(it["name"])[:10]} if cut else it

    return meeting(edit)


def _second_time(make: Callable[[Call], Answer]) -> Change:
    """A body that was sent before gets another answer."""
    seen: set[bytes] = set()

    def test(call: Call) -> bool:
        known = call.body in seen
        seen.add(call.body)
        return known

    return answers("creation", test, make)


def _racing(name: str) -> Change:
    """A property is kept for all threads together while a meeting is made."""
    shared: dict[str, Any] = {}

    def note(call: Call) -> None:
        shared[name] = sent(call, name)
        time.sleep(0.002)

    return both(before("creation", note), makes(name, lambda _: shared.get(name)))


def _one_at_a_time() -> Change:
    """A request that comes while another is served fails."""
    lock = threading.Lock()

    def change(app: MockApp) -> None:
        known = app.stages["creation"]

        def step(call: Call) -> Answer | None:
            if not lock.acquire(blocking=False):
                return Answer(500, [TEXT])
            try:
                time.sleep(0.002)
                return known(call)
            finally:
                lock.release()

        app.stages["creation"] = step

    return change


def _once_true(name: str) -> Change:
    seen: list[bool] = []

    def edit(it: Document, call: Call) -> Document:
        seen.extend([True] * (sent(call, name) is True))
        return it | {name: bool(seen)}

    return meeting(edit)


def _taking_turns(*values: str) -> Callable[[Draft], str]:
    turns = itertools.cycle(values)
    return lambda _: next(turns)


def _before_astral(it: str) -> str:
    return next((it[:at] for at, c in enumerate(it) if c > "\uffff"), it)


def _first_refused() -> Change:
    later = iter([False])
    return answers("creation", lambda _: not next(later, True), lambda _: Answer(400, [TEXT], b"not ready yet"))


def _count(call: Call, *names: str, value: Any = ...) -> int:
    found = [sent(call, name) for name in names]
    return sum(it is not None and value in (..., it) for it in found)


def _all(*conditions: Test) -> Test:
    return lambda call: all(condition(call) for condition in conditions)


def _is(name: str, value: Any) -> Test:
    return lambda call: sent(call, name) is value if isinstance(value, bool) else sent(call, name) == value


def _has_right(name: str) -> Test:
    return lambda call: bool(rights(call, name))


def _refused(test: Test) -> Change:
    return refuses_body(lambda it: test(Call("", "", b"", {}, b"", document=it)))


FLAGS = (
    "isSendEmail", "isPublishRecordURL", "isWaitingRoom", "meetingAuthentication", "muteUponEntry",
    "exportMultimediaWeb", "publishMutimediaChannel",
)  # fmt: skip

SEQUENCE = of_kind(
    "sequence",
    ("id-fixed", "every meeting has the same id", _repeats(lambda _: 1)),
    ("id-by-name", "meetings with one name have one id", _repeats(lambda draft: draft.request["name"])),
    ("id-by-body", "the same request twice has one id", _repeats(lambda draft: draft.request)),
    ("id-every-tenth", "every tenth meeting has the id of the tenth before", _sometimes(10, lambda test: reshapes(
        "id", lambda it: str(uuid5(NAMESPACE_URL, "tenth")) if test(it) else it))),
    ("meeting-id-fixed", "every meeting has the same meetingID", meeting(
        lambda it, _: json.loads(encode(it).replace(it["meetingID"], "81234567890")))),
    ("meeting-id-of-100", "there are only a hundred different meetingIDs", meeting(
        lambda it, _: json.loads(encode(it).replace(it["meetingID"], "812345678" + it["meetingID"][-2:])))),
    ("join-url-fixed", "every meeting has the same joinUrl", always("joinUrl", "https://nus-sg.zoom.us/j/81234567890")),
    ("body-late", "the answer describes the meeting before", anew(_late)),
    ("cached-by-body", "the same request twice is answered with one meeting", anew(lambda: _cached(
        lambda call: call.body))),
    ("cached-by-module-and-start", "a module's meetings with one start are answered as one", anew(lambda: _cached(
        lambda call: (text(sent(call, "moduleID")).lower(), sent(call, "startDate"))))),
    ("cached-by-length", "meetings whose bodies have one length are answered as one, after the first hundred", anew(
        lambda: _cached(lambda call: len(call.body), after=100))),
    ("cached-by-request-id", "requests with one X-Request-ID are answered with one meeting", anew(lambda: _cached(
        lambda call: call.headers.get(b"x-request-id") or object()))),
    ("id-posted", "an id in the request becomes the meeting's", makes("id", lambda draft: draft.request.get(
        "id", str(uuid4())))),
    ("repeated-409", "the same request twice is answered with 409", anew(lambda: _second_time(
        lambda _: Answer(409, [TEXT], b"duplicate")))),
    ("repeated-200", "the same request twice is answered with 200 and nothing", anew(lambda: _second_time(
        lambda _: Answer(200, [(b"content-type", b"application/json")], b"{}")))),
    ("sticky-channel-name", "channelName is that of the request before where there is none", anew(
        lambda: _sticky("channelName"))),
    ("sticky-hosts", "alternativeHosts are those of the request before where there are none", anew(
        lambda: _sticky("alternativeHosts"))),
    ("sticky-email", "isSendEmail stays true once it was", anew(lambda: _once_true("isSendEmail"))),
    ("sticky-hosts-late", "alternativeHosts leak after the first twenty requests that have them", anew(
        lambda: _sticky("alternativeHosts", after=20))),
    ("sticky-after-refusal", "channelName of a refused request shows in the next meeting", anew(
        lambda: _sticky_after(400, "channelName"))),
    ("sticky-hosts-after-denial", "alternativeHosts of a request without rights show in the next meeting", anew(
        lambda: _sticky_after(403, "alternativeHosts"))),
    ("name-before-after-refusal", "after a 400, a meeting has the name of the one before", anew(
        lambda: _name_before(lambda status, _: status == 400))),
    ("creator-random", "every meeting has another creator", makes("creatorID", lambda _: str(uuid4()))),
    ("user-by-module", "userID depends on the meeting's name", makes("userID",
        lambda draft: f"e{len(draft.request['name']):07}")),
    clause="unique.id",
    clauses={
        "unique.meetingID": "meeting-id-fixed meeting-id-of-100",
        "unique.joinUrl": "join-url-fixed",
        "echo.name": "body-late name-before-after-refusal",
        "request.repeated": "repeated-409",
        "status.201": "repeated-200",
        "sequence.no-leak":
        "sticky-channel-name sticky-hosts sticky-email sticky-hosts-late sticky-after-refusal "
        "sticky-hosts-after-denial",
        "sequence.same-caller": "creator-random user-by-module",
    },
)  # fmt: skip


SEQUENCE_FINDINGS = of_kind(
    "sequence",
    ("password-fixed", "every meeting has the same password", always("meetingPassword", "x7Kp2q")),
    ("password-of-two", "there are only two passwords", anew(
        lambda: makes("meetingPassword", _taking_turns("x7Kp2q", "q2pK7x")))),
    ("password-by-name", "meetingPassword follows from the name", makes("meetingPassword",
        lambda draft: f"P{sum(map(ord, draft.request['name'])) % 100_000:05}")),
    ("pwd-fixed", "joinUrl's pwd is the same for every meeting", reshapes(
        "joinUrl", lambda it: it.partition("?")[0] + "?pwd=c3ludGhldGljLW9uZS1mb3ItYWxs")),
    ("password-by-number", "meetingPassword is the meeting's number", makes("meetingPassword",
        lambda draft: draft.number[-6:])),
    severity="finding",
    clause="sequence.unique-password",
    clauses={
        "answer.password-not-told": "password-by-number",
    },
)  # fmt: skip

STATE = of_kind(
    "state",
    ("seventh-fails", "every seventh creation fails", _sometimes(7, lambda test: fails("creation", test))),
    ("thirtieth-fails", "every thirtieth creation fails", _sometimes(30, lambda test: fails("creation", test))),
    ("thirtieth-refused", "every thirtieth legal request is refused", _sometimes(30, lambda test: answers(
        "creation", test, lambda _: Answer(400, [TEXT], b"duration: is not valid")))),
    ("thirtieth-taken", "every thirtieth wrong body is answered with 201", _sometimes(30, lambda test: on(
        400, lambda call, it: Answer(201, [(b"content-type", b"application/json")], b"{}") if test(call) else it))),
    ("seventeenth-swaps", "every 17th meeting has two booleans swapped", _nth(17, lambda it: it | {
        "isWaitingRoom": it["muteUponEntry"], "muteUponEntry": it["isWaitingRoom"]})),
    ("thirtieth-hour-late", "every thirtieth meeting is an hour late", _nth(30, lambda it: it | {
        "startDate": it["startDate"][:11] + f"{(int(it['startDate'][11:13]) + 1) % 24:02}" + it["startDate"][13:]})),
    ("fiftieth-module", "every fiftieth meeting is in another module", _nth(50, lambda it: it | {
        "moduleID": "7f0e1d2c-3b4a-4958-8675-647382910abc"})),
    ("fortieth-truncated", "every fortieth answer is cut in half", _sometimes(40, lambda test: on(
        201, lambda call, it: replace(it, body=it.body[: len(it.body) // 2]) if test(call) else it))),
    ("after-100-number", "after a hundred meetings meetingID is a number", _after(100, lambda it: it | {
        "meetingID": int(it["meetingID"])})),
    ("after-200-duration", "after two hundred meetings every one lasts an hour", _after(200, lambda it: it | {
        "meetingDuration": 60})),
    ("first-refused", "the first creation is refused", anew(_first_refused)),
    ("first-after-refusal-fails", "the first creation after a 400 lacks its offset", _after_status(400,
        lambda it: it | {
        "startDate": it["startDate"][:-6]})),
    ("first-after-401-duration", "the first meeting after a 401 lasts an hour", _after_status(401, lambda it: it | {
        "meetingDuration": 60})),
    ("first-after-415-name", "the first meeting after a 415 has a name in capitals", _after_status(415,
        lambda it: it | {
        "name": text(it["name"]).upper()})),
    ("short-after-long", "after a long name, the next is cut", anew(_short_after_long)),
    ("shared-name", "requests at the same time get each other's name", anew(lambda: _racing("name"))),
    ("shared-hosts", "requests at the same time get each other's alternative hosts", anew(
        lambda: _racing("alternativeHosts"))),
    ("one-at-a-time", "a request fails while another is served", anew(_one_at_a_time)),
    clause="status.no-server-error",
    clauses={
        "request.combinations": "thirtieth-refused",
        "json.syntax": "thirtieth-taken",
        "echo.isWaitingRoom": "seventeenth-swaps",
        "echo.startDate": "thirtieth-hour-late",
        "echo.moduleID": "fiftieth-module",
        "response.201.body": "fortieth-truncated",
        "response.201.meetingID.type": "after-100-number",
        "echo.meetingDuration": "after-200-duration first-after-401-duration",
        "request.repeated": "first-refused",
        "response.201.startDate.format": "first-after-refusal-fails",
        "echo.name": "first-after-415-name short-after-long shared-name",
        "echo.alternativeHosts": "shared-hosts",
    },
)  # fmt: skip

COMBINATIONS = of_kind(
    "combination",
    ("groups-lose-options", "options are lost where access has several groups", meeting_if(
        lambda call: len(rights(call, "groupAccess") or []) > 1, isWaitingRoom=False, muteUponEntry=False, recordType=0
    )),
    ("null-beside-groups", "a null inheritedResourceID fails beside groups", fails("creation", lambda call: bool(
        rights(call, "groupAccess")) and "inheritedResourceID" in sent(call, "access")
        and rights(call, "inheritedResourceID") is None)),
    ("users-before-groups", "access fails where it names users before groups", fails("creation", lambda call: [
        it for it in sent(call, "access") or () if it in ("userAccess", "groupAccess")] == ["userAccess", "groupAccess"
    ])),
    ("lesson-and-local-recording", "a lesson's local recording fails", fails("creation", _all(
        having("lessonID"), _is("recordType", 2)))),
    ("waiting-room-and-mute", "muteUponEntry is lost with a waiting room", meeting_if(_all(
        _is("isWaitingRoom", True), _is("muteUponEntry", True)), muteUponEntry=False)),
    ("authentication-option-2", "authenticationOpt 2 becomes 1 with meetingAuthentication", meeting_if(_all(
        _is("meetingAuthentication", True), _is("authenticationOpt", 2)), authenticationOpt=1)),
    ("export-loses-channel-name", "channelName is changed with a cloud recording, its export and its publishing",
        meeting_if(_all(
        _is("recordType", 1), _is("exportMultimediaWeb", True), _is("publishMutimediaChannel", True), having(
            "channelName")),
        channelName="Zoom recordings")),
    ("groups-and-hosts-refused", "groups' rights and alternative hosts are refused together", _refused(_all(
        _has_right("groupAccess"), having("alternativeHosts")))),
    ("users-flip-email", "users' rights and isSendEmail make the mail unsent", meeting_if(_all(
        _has_right("userAccess"), _is("isSendEmail", True)), isSendEmail=False)),
    ("public-timetable-fails", "public access to a timetable meeting fails", fails("creation", _all(
        _has_right("publicAccess"), _is("meetingType", 3)))),
    ("exam-mail-loses-host", "an exam that sends e-mail has no alternative host", meeting_if(_all(
        _is("meetingType", 1), _is("isSendEmail", True), having("alternativeHosts")), alternativeHosts="")),
    ("rights-lesson-channel", "rights, lesson and channel together make the module the lesson", meeting(
        lambda it, call: it | {"moduleID": sent(call, "lessonID").lower()}
        if having("access", "lessonID", "channelID")(call) else it)),
    ("long-recording-refused", "a recording of more than a day is refused", _refused(
        lambda call: sent(call, "duration") > 1440 and sent(call, "recordType") is not None)),
    ("emoji-and-hosts", "a name with an emoji is cut at it if there are alternative hosts", meeting(
        lambda it, call: it | {"name": _before_astral(text(it["name"]))} if having("alternativeHosts")(call) else it)),
    ("all-true-fails", "a request with all booleans true fails", fails(
        "creation", lambda call: _count(call, *FLAGS, value=True) == len(FLAGS))),
    ("all-false-is-true", "a request with all booleans false gets a waiting room", meeting_if(
        lambda call: _count(call, *FLAGS, value=False) == len(FLAGS), isWaitingRoom=True)),
    ("all-options-lose-type", "a request with all options gets another meetingType", meeting_if(
        lambda call: isinstance(call.document, dict) and len(call.document) >= 19, meetingType=0)),
    ("channel-without-name", "a channelID without a channelName becomes the zero UUID", meeting_if(
        lambda call: sent(call, "channelID") is not None and sent(call, "channelName") is None,
        channelID="00000000-0000-0000-0000-000000000000")),
    ("roles-6-and-1", "a user of role 6 beside a group of role 1 is denied", answers("creation", _all(
        lambda call: any(it.get("accessRole") == 6 for it in rights(call, "userAccess") or ()),
        lambda call: any(it.get("accessRole") == 1 for it in rights(call, "groupAccess") or ())),
        lambda _: Answer(403, [TEXT], b"Login user not authorized to perform this action"))),
    ("mute-not-authenticated-timetable", "muted timetable meetings without authentication wait", meeting_if(_all(
        _is("muteUponEntry", True), _is("meetingAuthentication", False), _is("meetingType", 3)), isWaitingRoom=True)),
    ("late-long", "a long meeting late in the day starts a day early", meeting(
        lambda it, call: it | {"startDate": f"{it['startDate'][:8]}01{it['startDate'][10:]}"}
        if sent(call, "duration") > 720 and it["startDate"][11:13] >= "18" else it)),
    ("long-name-and-channel", "a long name with a channelName becomes that", meeting(
        lambda it, call: it | {"name": sent(call, "channelName")}
        if len(text(sent(call, "name"))) >= 150 and having("channelName")(call) else it)),
    ("hosts-empty-with-mail", "empty alternative hosts fail with isSendEmail", fails("creation", _all(
        _is("alternativeHosts", ""), _is("isSendEmail", True)))),
    ("channel-empty-with-export", "an empty channelName fails with an export", fails("creation", _all(
        _is("channelName", ""), _is("exportMultimediaWeb", True)))),
    ("rights-empty-of-a-lesson", "an empty access of a lesson fails", fails("creation", _all(
        _is("access", {}), having("lessonID")))),
    ("lists-empty", "empty lists of groups and users fail together", fails("creation", lambda call: rights(
        call, "groupAccess") == [] and rights(call, "userAccess") == [])),
    ("channel-named-as-meeting", "a channelName that is the name fails", fails("creation", lambda call: sent(
        call, "channelName", ...) == sent(call, "name"))),
    ("rights-and-all-flags-refused", "users' and groups' rights with a waiting room are refused", _refused(_all(
        _has_right("userAccess"), _has_right("groupAccess"), _is("isWaitingRoom", True)))),
    clause="status.no-server-error",
    clauses={
        "echo.recordType": "groups-lose-options",
        "echo.muteUponEntry": "waiting-room-and-mute",
        "echo.authenticationOpt": "authentication-option-2",
        "echo.channelName": "export-loses-channel-name",
        "request.combinations": "groups-and-hosts-refused long-recording-refused rights-and-all-flags-refused",
        "echo.isSendEmail": "users-flip-email",
        "echo.alternativeHosts": "exam-mail-loses-host",
        "echo.moduleID": "rights-lesson-channel",
        "echo.name": "emoji-and-hosts long-name-and-channel",
        "echo.isWaitingRoom": "all-false-is-true mute-not-authenticated-timetable",
        "echo.meetingType": "all-options-lose-type",
        "echo.channelID": "channel-without-name",
        "status.no-needless-denial": "roles-6-and-1",
        "echo.startDate": "late-long",
    },
)  # fmt: skip


DEFECTS: list[Defect] = [*SEQUENCE, *SEQUENCE_FINDINGS, *STATE, *COMBINATIONS]
