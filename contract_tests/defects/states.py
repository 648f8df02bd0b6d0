"""What goes wrong only sometimes: from request to request, with some options together, or under load."""

from __future__ import annotations

import threading
import time
from uuid import NAMESPACE_URL, uuid4, uuid5

from contract_tests.defects.catalogue import Defect, each, of_kind
from contract_tests.defects.verbs import *
from luminus_zoom_mock.meeting import Draft

_LISTS = ("userAccess", "groupAccess")
_OF_A_CHANNEL = having("access", "lessonID", "channelID")
_EMPTY_OBJECT = Answer(200, [(b"content-type", b"application/json")], b"{}")


def _same_id(key: Callable[[Draft], object]) -> Change:
    """The drafts with one key get the same id."""
    return makes("id", lambda draft: str(uuid5(NAMESPACE_URL, str(key(draft)))))


def _recalled(edit: Callable[[Document, Past], Document]) -> Change:
    """The meeting is changed; it is given with the app's past."""
    return recalls(lambda past: meeting(lambda it, _: edit(it, past)))


def _cached(key: Callable[[Call], object], after: int = 0) -> Change:
    """The calls with one key are answered with the first's meeting, once there were so many meetings."""

    def make(past: Past) -> Change:
        def edit(it: Document, call: Call) -> Document:
            first: Document = past.notes.setdefault(key(call), it)
            return first if len(past.of(201)) >= after else it

        return meeting(edit)

    return recalls(make)


def _sticky(name: str, *, status: int = 201, after: int = 0) -> Change:
    """A property that the request leaves out has the value of the request before that was answered so."""

    def make(past: Past) -> Change:
        def edit(it: Document, call: Call) -> Document:
            refused = past.refused.get(status)
            values = past.sent(name) if status == 201 else [sent(refused, name)] if refused else []
            leaks = lacking(name)(call) and len(values) > after and isinstance(values[-1], str)
            return it | {name: values[-1]} if leaks else it

        return meeting(edit)

    return recalls(make)


def _nth(number: int, edit: Callable[[Document], Document]) -> Change:
    """Every nth meeting is changed."""
    return sometimes(number, lambda nth: meeting(lambda it, call: it | edit(it) if nth(call) else it))


def _after(number: int, edit: Callable[[Document], Document]) -> Change:
    """The meetings after the first so many are changed."""
    return _recalled(lambda it, past: it | edit(it) if len(past.of(201)) >= number else it)


def _next(status: int, edit: Callable[[Document], Document]) -> Change:
    """The first meeting after an answer of some status is changed."""
    return _recalled(lambda it, past: it | edit(it) if status in past.refused else it)


def _racing(name: str) -> Change:
    """A property is kept for all threads together while a meeting is made."""

    def make(past: Past) -> Change:
        def note(call: Call) -> None:
            past.notes[name] = sent(call, name)
            time.sleep(0.002)

        return both(before("creation", note), makes(name, lambda _: past.notes.get(name)))

    return recalls(make)


def _one_at_a_time(app: MockApp) -> None:
    """A request that comes while another is served fails."""
    lock = threading.Lock()
    known = app.stages["creation"]

    def step(call: Call) -> Answer | None:
        if not lock.acquire(blocking=False):
            return CRASH
        try:
            time.sleep(0.002)
            return known(call)
        finally:
            lock.release()

    app.stages["creation"] = step


def _hour_later(it: str) -> str:
    return f"{it[:11]}{(int(it[11:13]) + 1) % 24:02}{it[13:]}"


def _before_astral(it: str) -> str:
    return next((it[:at] for at, c in enumerate(it) if c > "\uffff"), it)


def _has_roles(**roles: int) -> Test:
    """Calls pass that give these roles by these lists of rights."""
    return lambda call: all(
        any(it.get("accessRole") == role for it in sent(call, f"access.{name}") or ()) for name, role in roles.items()
    )


def _first_of_month(it: str) -> str:
    return f"{it[:8]}01{it[10:]}"


def _is_late_and_long(it: Document) -> bool:
    return bool(it["meetingDuration"] > 720 and it["startDate"][11:13] >= "18")


SEQUENCE = of_kind(
    "sequence",
    ("join-url-fixed", "every meeting has the same joinUrl", always("joinUrl", "https://nus-sg.zoom.us/j/81234567890"),
        "unique.joinUrl"),
    ("repeated-409", "the same request twice is answered with 409",
        recalls(lambda past: answers("creation", past.has, Answer(409, [TEXT], b"duplicate"))), "request.repeated"),
    ("repeated-200", "the same request twice is answered with 200 and nothing",
        recalls(lambda past: answers("creation", past.has, _EMPTY_OBJECT)), "status.201"),
    ("password-by-number", "meetingPassword is the meeting's number",
        makes("meetingPassword", lambda draft: draft.number[-6:]), "answer.password-not-told"),
    "unique.id",
    ("id-fixed", "every meeting has the same id", _same_id(lambda _: 1)),
    ("id-by-name", "meetings with one name have one id", _same_id(lambda draft: draft.request["name"])),
    ("id-by-body", "the same request twice has one id", _same_id(lambda draft: draft.request)),
    ("id-every-tenth", "every tenth meeting has the id of the tenth before",
        sometimes(10, lambda nth: shows("id", lambda it: SOME_ID if nth(it) else it))),
    ("cached-by-body", "the same request twice is answered with one meeting", _cached(lambda call: call.body)),
    ("cached-by-module-and-start", "a module's meetings with one start are answered as one",
        _cached(lambda call: (text(sent(call, "moduleID")).lower(), sent(call, "startDate")))),
    ("cached-by-length", "meetings whose bodies have one length are answered as one, after the first hundred",
        _cached(lambda call: len(call.body), after=100)),
    ("cached-by-request-id", "requests with one X-Request-ID are answered with one meeting",
        _cached(lambda call: given(call, "x-request-id") or object())),
    ("id-posted", "an id in the request becomes the meeting's",
        makes("id", lambda draft: draft.request.get("id", str(uuid4())))),
    "unique.meetingID",
    ("meeting-id-fixed", "every meeting has the same meetingID", renumbers(lambda _: "81234567890")),
    ("meeting-id-of-100", "there are only a hundred different meetingIDs", renumbers(lambda it: f"812345678{it[-2:]}")),
    "echo.name",
    ("body-late", "the answer describes the meeting before",
        recalls(lambda past: meeting(lambda it, _: past.meeting or it))),
    ("name-before-after-refusal", "after a 400, a meeting has the name of the one before",
        _recalled(lambda it, past: it | {"name": past.meeting.get("name", it["name"])} if 400 in past.refused else it)),
    "sequence.no-leak",
    ("sticky-channel-name", "channelName is that of the request before where there is none", _sticky("channelName")),
    ("sticky-hosts", "alternativeHosts are those of the request before where there are none",
        _sticky("alternativeHosts")),
    ("sticky-email", "isSendEmail stays true once it was",
        recalls(lambda past: meeting_if(lambda _: True in past.sent("isSendEmail"), isSendEmail=True))),
    ("sticky-hosts-late", "alternativeHosts leak after the first twenty requests that have them",
        _sticky("alternativeHosts", after=20)),
    ("sticky-after-refusal", "channelName of a refused request shows in the next meeting",
        _sticky("channelName", status=400)),
    ("sticky-hosts-after-denial", "alternativeHosts of a request without rights show in the next meeting",
        _sticky("alternativeHosts", status=403)),
    "sequence.same-caller",
    ("creator-random", "every meeting has another creator", makes("creatorID", lambda _: str(uuid4()))),
    ("user-by-module", "userID depends on the meeting's name",
        makes("userID", lambda draft: f"e{len(draft.request['name']):07}")),
    "sequence.unique-password",
    ("password-fixed", "every meeting has the same password", always("meetingPassword", "x7Kp2q")),
    ("password-of-two", "there are only two passwords",
        recalls(lambda past: makes("meetingPassword", lambda _: ("x7Kp2q", "q2pK7x")[len(past.exchanges) % 2]))),
    ("password-by-name", "meetingPassword follows from the name",
        makes("meetingPassword", lambda draft: f"P{sum(map(ord, draft.request['name'])) % 100_000:05}")),
    ("pwd-fixed", "joinUrl's pwd is the same for every meeting",
        shows("joinUrl", r"\?.*", "?pwd=c3ludGhldGljLW9uZS1mb3ItYWxs")),
)  # fmt: skip

STATE = of_kind(
    "state",
    ("thirtieth-refused", "every thirtieth legal request is refused",
        sometimes(30, lambda nth: answers("creation", nth, BAD_REQUEST)), "request.combinations"),
    ("thirtieth-taken", "every thirtieth wrong body is answered with 201",
        sometimes(30, lambda nth: changes(400, nth, to=201, label="application/json", body=b"{}")), "json.syntax"),
    ("seventeenth-swaps", "every 17th meeting has two booleans swapped", _nth(17,
        lambda it: {"isWaitingRoom": it["muteUponEntry"], "muteUponEntry": it["isWaitingRoom"]}), "echo.isWaitingRoom"),
    ("thirtieth-hour-late", "every thirtieth meeting is an hour late",
        _nth(30, lambda it: {"startDate": _hour_later(it["startDate"])}), "echo.startDate"),
    ("fiftieth-module", "every fiftieth meeting is in another module", _nth(50, lambda _: {"moduleID": SOME_ID}),
        "echo.moduleID"),
    ("fortieth-truncated", "every fortieth answer is cut in half",
        sometimes(40, lambda nth: changes(201, nth, body=lambda it: it[: len(it) // 2])), "response.201.body"),
    ("after-100-number", "after a hundred meetings meetingID is a number",
        _after(100, lambda it: {"meetingID": int(it["meetingID"])}), "response.201.meetingID.type"),
    ("first-refused", "the first creation is refused",
        recalls(lambda past: answers("creation", lambda it: past.notes.setdefault("first", it) is it, BAD_REQUEST)),
        "request.repeated"),
    ("first-after-refusal-fails", "the first creation after a 400 lacks its offset",
        _next(400, lambda it: {"startDate": it["startDate"][:-6]}), "response.201.startDate.format"),
    ("shared-hosts", "requests at the same time get each other's alternative hosts", _racing("alternativeHosts"),
        "echo.alternativeHosts"),
    "status.no-server-error",
    ("seventh-fails", "every seventh creation fails", sometimes(7, lambda nth: fails("creation", nth))),
    ("thirtieth-fails", "every thirtieth creation fails", sometimes(30, lambda nth: fails("creation", nth))),
    ("one-at-a-time", "a request fails while another is served", _one_at_a_time),
    "echo.meetingDuration",
    ("after-200-duration", "after two hundred meetings every one lasts an hour",
        _after(200, lambda _: {"meetingDuration": 60})),
    ("first-after-401-duration", "the first meeting after a 401 lasts an hour",
        _next(401, lambda _: {"meetingDuration": 60})),
    "echo.name",
    ("first-after-415-name", "the first meeting after a 415 has a name in capitals",
        _next(415, lambda it: {"name": text(it["name"]).upper()})),
    ("short-after-long", "after a long name, the next is cut",
        _recalled(lambda it, past: it | {"name": it["name"][:10]} if len(past.meeting.get("name", "")) > 150 else it)),
    ("shared-name", "requests at the same time get each other's name", _racing("name")),
)  # fmt: skip

COMBINATION = of_kind(
    "combination",
    ("groups-lose-options", "options are lost where access has several groups", meeting_if(lambda call: len(sent(call,
        "access.groupAccess", ())) > 1, isWaitingRoom=False, muteUponEntry=False, recordType=0), "echo.recordType"),
    ("waiting-room-and-mute", "muteUponEntry is lost with a waiting room",
        meeting_if(having(isWaitingRoom=True, muteUponEntry=True), muteUponEntry=False), "echo.muteUponEntry"),
    ("authentication-option-2", "authenticationOpt 2 becomes 1 with meetingAuthentication", meeting_if(
        having(meetingAuthentication=True, authenticationOpt=2), authenticationOpt=1), "echo.authenticationOpt"),
    ("export-loses-channel-name", "channelName is changed with a cloud recording, its export and its publishing",
        meeting_if(having("channelName", recordType=1, exportMultimediaWeb=True, publishMutimediaChannel=True),
        channelName="Zoom recordings"), "echo.channelName"),
    ("users-flip-email", "users' rights and isSendEmail make the mail unsent",
        meeting_if(having("access.userAccess", isSendEmail=True), isSendEmail=False), "echo.isSendEmail"),
    ("exam-mail-loses-host", "an exam that sends e-mail has no alternative host", meeting_if(
        having("alternativeHosts", meetingType=1, isSendEmail=True), alternativeHosts=""), "echo.alternativeHosts"),
    ("rights-lesson-channel", "rights, lesson and channel together make the module the lesson",
        meeting(lambda it, call: it | {"moduleID": sent(call, "lessonID").lower()} if _OF_A_CHANNEL(call) else it),
        "echo.moduleID"),
    ("all-options-lose-type", "a request with all options gets another meetingType",
        meeting_if(lambda call: len(call.document) >= 19, meetingType=0), "echo.meetingType"),
    ("channel-without-name", "a channelID without a channelName becomes the zero UUID",
        meeting_if(lambda call: having("channelID")(call) and lacking("channelName")(call), channelID=ZERO_ID),
        "echo.channelID"),
    ("roles-6-and-1", "a user of role 6 beside a group of role 1 is denied",
        answers("creation", _has_roles(userAccess=6, groupAccess=1), DENIED), "status.no-needless-denial"),
    ("late-long", "a long meeting late in the day starts on the first of the month",
        meeting(lambda it, _: it | {"startDate": _first_of_month(it["startDate"])} if _is_late_and_long(it) else it),
        "echo.startDate"),
    "status.no-server-error",
    ("null-beside-groups", "a null inheritedResourceID fails beside groups", fails("creation",
        lambda call: bool(sent(call, "access.groupAccess")) and sent(call, "access.inheritedResourceID", ...) is None)),
    ("users-before-groups", "access fails where it names users before groups", fails("creation",
        lambda call: [it for it in sent(call, "access", ()) if it in _LISTS] == ["userAccess", "groupAccess"])),
    ("hosts-empty-with-mail", "empty alternative hosts fail with isSendEmail",
        fails("creation", having(alternativeHosts="", isSendEmail=True))),
    ("channel-empty-with-export", "an empty channelName fails with an export",
        fails("creation", having(channelName="", exportMultimediaWeb=True))),
    ("lists-empty", "empty lists of groups and users fail together",
        fails("creation", lambda call: sent(call, "access.groupAccess") == sent(call, "access.userAccess") == [])),
    each(fails, "creation", says="{} fails"),
    ("lesson-and-local-recording", "a lesson's local recording", having("lessonID", recordType=2)),
    ("public-timetable-fails", "public access to a timetable meeting", having("access.publicAccess", meetingType=3)),
    ("all-true-fails", "a request with all booleans true", having(**dict.fromkeys(FLAGS, True))),
    ("rights-empty-of-a-lesson", "an empty access of a lesson", having("lessonID", access={})),
    ("channel-named-as-meeting", "a channelName that is the name",
        lambda call: sent(call, "channelName", ...) == sent(call, "name")),
    "request.combinations",
    ("groups-and-hosts-refused", "groups' rights and alternative hosts are refused together",
        refuses_if("role", having("access.groupAccess", "alternativeHosts"))),
    ("long-recording-refused", "a recording of more than a day is refused",
        refuses_if("role", having("recordType", duration=lambda it: it > 1440))),
    ("rights-and-all-flags-refused", "users' and groups' rights with a waiting room are refused",
        refuses_if("role", having("access.userAccess", "access.groupAccess", isWaitingRoom=True))),
    "echo.name",
    ("emoji-and-hosts", "a name with an emoji is cut at it if there are alternative hosts",
        meeting(lambda it, _: it | {"name": _before_astral(it["name"])} if "alternativeHosts" in it else it)),
    ("long-name-and-channel", "a long name with a channelName becomes that", meeting(
        lambda it, _: it | {"name": it["channelName"]} if len(it["name"]) >= 150 and "channelName" in it else it)),
    "echo.isWaitingRoom",
    ("all-false-is-true", "a request with all booleans false gets a waiting room",
        meeting_if(having(**dict.fromkeys(FLAGS, False)), isWaitingRoom=True)),
    ("mute-not-authenticated-timetable", "muted timetable meetings without authentication wait",
        meeting_if(having(muteUponEntry=True, meetingAuthentication=False, meetingType=3), isWaitingRoom=True)),
)  # fmt: skip

DEFECTS: list[Defect] = [*SEQUENCE, *STATE, *COMBINATION]
