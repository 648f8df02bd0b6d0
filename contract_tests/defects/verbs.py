"""The verbs of which defects and conforming variants are made: each returns a change of a fresh mock.

A request is changed before the service sees it, or an answer before the client does; a stage is skipped, or answers
otherwise; the contract that requests are held against is changed. An edit of a text may be a pattern and what replaces
it, and a test of a value may be a pattern of the whole text, or the value itself.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from luminus_zoom_mock.app import MockApp
from luminus_zoom_mock.contract import Schema
from luminus_zoom_mock.exchange import Answer, Call, Stage
from luminus_zoom_mock.meeting import Field

__all__ = [
    "ALWAYS", "BAD_REQUEST", "CRASH", "DENIED", "FLAGS", "SOME_ID", "TEXT", "ZERO_ID", "Answer", "Call", "Callable",
    "Change", "Document", "Edit", "MockApp", "Past", "Test", "allows", "always", "answers", "before", "both", "carries",
    "carries_no", "changes", "depth", "derives", "encode", "fails", "fails_on", "given", "having", "lacking",
    "makes", "meeting", "meeting_if", "on", "optional", "outgoing", "reads", "recalls", "refuses", "refuses_if",
    "renumbers", "repairs", "schema", "sent", "sets", "shows", "skips", "slow", "sometimes", "swaps", "takes",
    "text",
]  # fmt: skip

Change: TypeAlias = Callable[[MockApp], None]
Test: TypeAlias = Callable[[Call], bool]
Edit: TypeAlias = Callable[[Any], Any] | str
"""A function of the value, or a pattern of which every match in a text is replaced."""
Document: TypeAlias = dict[str, Any]

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
TEXT = (b"content-type", b"text/plain; charset=utf-8")
CRASH = Answer(500, [TEXT])
DENIED = Answer(403, [TEXT], b"Login user not authorized to perform this action")
BAD_REQUEST = Answer(400, [TEXT], b"The request is not valid.")
SOME_ID = "7f0e1d2c-3b4a-4958-8675-647382910abc"
ZERO_ID = "00000000-0000-0000-0000-000000000000"
ALWAYS: Test = lambda _: True  # noqa: E731 - a value like the others here
FLAGS = (
    "isSendEmail", "isPublishRecordURL", "isWaitingRoom", "meetingAuthentication", "muteUponEntry",
    "exportMultimediaWeb", "publishMutimediaChannel",
)  # fmt: skip
"""The booleans of a request."""
_KEPT = ""
"""Stands for the media type that an answer has."""


# Several changes, and changes with a memory.


@dataclass
class Past:
    """What one app was asked and would have answered, before the present request."""

    exchanges: list[tuple[Call, Answer]] = field(default_factory=list)
    notes: dict[object, Any] = field(default_factory=dict)
    """Whatever else a defect keeps."""

    @property
    def meeting(self) -> Document:
        """The meeting before; an empty one if there was none."""
        created = self.of(201)
        return json.loads(created[-1][1].body) if created else {}

    @property
    def refused(self) -> dict[int, Call]:
        """What was refused since the meeting before, by status."""
        since = itertools.takewhile(lambda pair: pair[1].status != 201, reversed(self.exchanges))
        return {answer.status: call for call, answer in since}

    def of(self, status: int) -> list[tuple[Call, Answer]]:
        """Return the exchanges with one status."""
        return [pair for pair in self.exchanges if pair[1].status == status]

    def sent(self, name: str) -> list[Any]:
        """Return the values of a property in the requests of all meetings before that had it."""
        return [value for call, _ in self.of(201) if (value := sent(call, name)) is not None]

    def has(self, call: Call) -> bool:
        """Tell whether a request with this body was there before."""
        return any(call.body == before.body for before, _ in self.exchanges)


def both(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def change(app: MockApp) -> None:
        for each in changes:
            each(app)

    return change


def sometimes(number: int, make: Callable[[Callable[[object], bool]], Change]) -> Change:
    """A change that is given a test which every nth call of it passes; each app counts anew."""

    def change(app: MockApp) -> None:
        numbers = itertools.count(1)
        make(lambda _: next(numbers) % number == 0)(app)

    return change


def recalls(make: Callable[[Past], Change]) -> Change:
    """A change that is given the app's past, which begins empty in each app."""

    def change(app: MockApp) -> None:
        past, present = Past(), list[tuple[Call, Answer]]()

        def begin(_: Call) -> None:
            past.exchanges += present
            present.clear()

        def note(call: Call, answer: Answer) -> Answer:
            present.append((call, answer))
            return answer

        both(before("route", begin), outgoing(note), make(past))(app)

    return change


# What the service does with a request.


def before(stage: str, step: Callable[[Call], Any]) -> Change:
    """A further step before a stage of the pipeline: it may change the call, or answer it."""

    def change(app: MockApp) -> None:
        stages: dict[str, Stage] = {}
        for name, known in app.stages.items():
            if name == stage:
                stages[f"defect {len(app.stages)}"] = step
            stages[name] = known
        app.stages = stages

    return change


def sets(name: str, make: Callable[[Call], Any], stage: str = "route") -> Change:
    """A part of each call, such as its path, becomes another before a stage."""
    return before(stage, lambda call: setattr(call, name, make(call)))


def skips(stage: str, test: Test) -> Change:
    """A stage lets the calls through that pass the test."""

    def change(app: MockApp) -> None:
        known = app.stages[stage]
        app.stages[stage] = lambda call: None if test(call) else known(call)

    return change


def answers(stage: str, test: Test, answer: Answer | Callable[[Call], Answer]) -> Change:
    """The calls that reach a stage and pass the test are answered in its place."""
    make = answer if callable(answer) else lambda _: answer
    return before(stage, lambda call: make(call) if test(call) else None)


def fails(stage: str, test: Test) -> Change:
    """The calls that reach a stage and pass the test are answered with an empty 500."""
    return answers(stage, test, CRASH)


def reads(
    where: str, edit: Edit, to: str | Callable[[re.Match[str]], Any] = "", *, only: type | tuple[type, ...] = object
) -> Change:
    """A value of the request is read as another, before it is validated, if it is of exactly one of these types.

    `[]` in the path stands for each item, an empty path for the whole body. A pattern is for texts alone; with a
    function of the match in place of a replacement, it must match the whole text.
    """
    types = only if isinstance(only, tuple) else (only,)
    change = _of_text(edit, to)
    return before("validation", lambda call: _edit(call, where, lambda it: change(it) if _is_of(it, types) else it))


def repairs(edit: Callable[[bytes], bytes] | bytes, to: bytes | Callable[[re.Match[bytes]], bytes] = b"") -> Change:
    """A body that is no JSON is repaired before it is read, by a function or by a pattern and what replaces it."""
    repair = edit if callable(edit) else lambda raw: re.sub(edit, to, raw)
    return sets("body", lambda call: call.body if _is_json(call.body) else repair(call.body), "json")


def refuses(where: str, test: Any) -> Change:
    """A legal body is refused for a value that passes the test; the 400 names the property.

    The test is a function, a pattern of the whole text, or the value; an empty path stands for the whole body.
    """
    faults = {where.replace("[]", ""): ["is not valid"]} if where else {"": ["The request is not valid."]}
    passes = _test_of(test)
    return refuses_if("role", lambda call: any(map(passes, _values(call, where))), faults)


def refuses_if(stage: str, test: Test, faults: dict[str, list[str]] | None = None) -> Change:
    """The calls that reach a stage and pass the test are answered with the app's own 400."""
    said = faults or {"": ["The request is not valid."]}
    return lambda app: answers(stage, test, lambda call: app.service.refuse(call, said))(app)


def schema(edit: Callable[[Schema], object]) -> Change:
    """The service holds requests against other schemas; `edit` is given the contract's schemas by name."""

    def change(app: MockApp) -> None:
        app.service.contract = app.service.contract.changed(lambda document: edit(document["components"]["schemas"]))

    return change


def allows(name: str, *, of: str = "NewMeeting", drops: Sequence[str] = (), **keywords: Any) -> Change:
    """One property's schema lacks some keywords and has others."""

    def edit(schemas: Schema) -> None:
        found = schemas[of]["properties"][name]
        if "$ref" in found:
            found = schemas[of]["properties"][name] = schemas[found["$ref"].rpartition("/")[2]].copy()
        for keyword in drops:
            del found[keyword]
        found.update(keywords)

    return schema(edit)


def optional(name: str, *, of: str = "NewMeeting") -> Change:
    """A required property may be missing."""
    return schema(lambda schemas: schemas[of]["required"].remove(name))


# What the client sees of an answer.


def outgoing(edit: Callable[[Call, Answer], Answer]) -> Change:
    """Each answer is changed, whichever stage gave it."""

    def edited(stage: Stage) -> Stage:
        return lambda call: None if (answer := stage(call)) is None else edit(call, answer)

    def change(app: MockApp) -> None:
        app.stages = {name: edited(stage) for name, stage in app.stages.items()}

    return change


def on(status: int, edit: Callable[[Call, Answer], Answer]) -> Change:
    """The answers with one status are changed."""
    return outgoing(lambda call, answer: edit(call, answer) if answer.status == status else answer)


def fails_on(status: int, test: Test) -> Change:
    """The calls that are due an answer of one status and pass the test are answered with an empty 500."""
    return on(status, lambda call, answer: CRASH if test(call) else answer)


def changes(
    status: int,
    when: Test = ALWAYS,
    *,
    to: int = 0,
    body: bytes | Callable[[bytes], bytes] | None = None,
    label: str | None = _KEPT,
    drops: Sequence[bytes] = (),
    **adds: str | bytes | Callable[[Call, Answer], bytes],
) -> Change:
    """The answers with one status, to the calls that pass the test, have other parts.

    `to` is another status, `label` another Content-Type or none. `drops` are header lines that are lost; every other
    keyword is a line more, a hyphen of its name written as an underscore.
    """
    lost = {*drops} if label == _KEPT else {*drops, b"content-type"}

    def edit(call: Call, it: Answer) -> Answer:
        if not when(call):
            return it
        kept = [pair for pair in it.headers if pair[0] not in lost]
        more = adds if not label else {"content_type": label, **adds}
        values = {name: value(call, it) if callable(value) else value for name, value in more.items()}
        lines = [(name.replace("_", "-").encode(), _bytes(value)) for name, value in values.items()]
        changed = it.body if body is None else body(it.body) if callable(body) else body
        return Answer(to or it.status, [*kept, *lines], changed, it.delay)

    return on(status, edit)


def slow(test: Test, seconds: float | Callable[[Call], float]) -> Change:
    """The answers to the calls that pass the test come later, by so many seconds."""
    delay = seconds if callable(seconds) else lambda _: seconds
    return outgoing(lambda call, answer: replace(answer, delay=delay(call)) if test(call) else answer)


def meeting(edit: Callable[[Document, Call], Any]) -> Change:
    """The meeting in a 201 is changed; it is given with the call that it answers."""

    def edited(call: Call, answer: Answer) -> Answer:
        return replace(answer, body=encode(edit(json.loads(answer.body), call)).encode("utf-8", "surrogatepass"))

    return on(201, edited)


def meeting_if(test: Test, **properties: Any) -> Change:
    """The meetings of the calls that pass the test have these properties."""
    return meeting(lambda it, call: it | properties if test(call) else it)


def derives(name: str, make: Callable[[Document], Any]) -> Change:
    """A property of the answer is made from the whole meeting."""
    return meeting(lambda it, _: it | {name: make(it)})


def renumbers(edit: Callable[[str], str]) -> Change:
    """Zoom's number of the meeting is another one, wherever it stands."""
    return meeting(lambda it, _: json.loads(encode(it).replace(it["meetingID"], edit(it["meetingID"]))))


def makes(name: str, maker: Field) -> Change:
    """A property of the answer is made another way; one that is None is left out."""

    def change(app: MockApp) -> None:
        app.service.fields[name] = maker

    return change


def always(name: str, value: Any) -> Change:
    """A property of the answer is always the same."""
    return makes(name, lambda _: value)


def takes(name: str, *others: str) -> Change:
    """A property of the answer has the value that the request gave the first of others; without one it is unset."""

    def change(app: MockApp) -> None:
        unset = False if app.contract.answer[name].type == "boolean" else None
        app.service.fields[name] = lambda draft: next(
            (draft.request[other] for other in others if other in draft.request), unset
        )

    return change


def swaps(one: str, other: str) -> Change:
    """Two properties of the answer have each other's value."""
    return both(takes(one, other), takes(other, one))


def shows(name: str, edit: Edit, to: str = "") -> Change:
    """A property of the answer is shown as another value, where it has one."""
    edited = _of_text(edit, to)

    def change(app: MockApp) -> None:
        maker = app.service.fields[name]
        app.service.fields[name] = lambda draft: None if (value := maker(draft)) is None else edited(value)

    return change


# What a request has: for conditions.


def sent(call: Call, where: str, default: Any = None) -> Any:
    """Return a value of the request as it was parsed, the default where there is none."""
    found = call.document
    for name in where.split("."):
        found = found.get(name, default) if isinstance(found, dict) else default
    return found


def having(*names: str, **values: Any) -> Test:
    """Return a test that calls pass whose body has all of these properties, some of them with one value."""
    wanted = [(name, _test_of(value)) for name, value in values.items()]
    return lambda call: (
        all(sent(call, name, ...) is not ... for name in names)
        and all(passes(sent(call, name, ...)) for name, passes in wanted)
    )


def lacking(name: str) -> Test:
    """Return a test that calls pass whose body has no such property."""
    return lambda call: sent(call, name) is None


def carries(header: str, pattern: str = "") -> Test:
    """Return a test that calls pass that have a header, and the pattern in it, in any case of letters."""
    found = re.compile(pattern.encode(), re.IGNORECASE)
    return lambda call: header.encode() in call.headers and found.search(given(call, header)) is not None


def carries_no(header: str) -> Test:
    """Return a test that calls pass that lack a header."""
    return lambda call: header.encode() not in call.headers


def given(call: Call, header: str) -> bytes:
    """Return a header of the request, an empty one where there is none."""
    return call.headers.get(header.encode(), b"")


def text(value: Any) -> str:
    """Return the value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def depth(raw: bytes) -> int:
    """How deep arrays and objects are nested in JSON, be it well-formed or not."""
    deepest = level = 0
    for byte in re.sub(rb'"(?:[^"\\]|\\.)*"', b"", raw):
        level += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, level)
    return deepest


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _of_text(edit: Edit, to: str | Callable[[re.Match[str]], Any]) -> Callable[[Any], Any]:
    if callable(edit):
        return edit
    pattern = re.compile(edit)
    if isinstance(to, str):
        return lambda it: pattern.sub(to, it) if isinstance(it, str) else it
    return lambda it: to(match) if (match := pattern.fullmatch(text(it))) and isinstance(it, str) else it


def _is_of(value: Any, types: tuple[type, ...]) -> bool:
    return object in types or type(value) in types


def _test_of(test: Any) -> Callable[[Any], bool]:
    if callable(test):
        return test  # type: ignore[no-any-return]
    if isinstance(test, str):
        return lambda it: isinstance(it, str) and re.fullmatch(test, it) is not None
    return lambda it: bool(it == test) and isinstance(it, bool) == isinstance(test, bool)


def _edit(call: Call, where: str, edit: Callable[[Any], Any]) -> None:
    call.document = _edited(call.document, where.replace("[]", ".[]").split(".") if where else [], edit)


def _edited(node: Any, path: Sequence[str], edit: Callable[[Any], Any]) -> Any:
    """Return the node with an edit of what is at the path; without it where there is nothing."""
    if not path:
        return edit(node)
    name, *rest = path
    if name == "[]":
        return [_edited(item, rest, edit) for item in node] if isinstance(node, list) else node
    if not isinstance(node, dict) or name not in node:
        return node
    return {**node, name: _edited(node[name], rest, edit)}


def _values(call: Call, where: str) -> list[Any]:
    found: list[Any] = []

    def note(value: Any) -> Any:
        found.append(value)
        return value

    _edit(call, where, note)
    return found


def _is_json(raw: bytes) -> bool:
    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        json.loads(raw.removeprefix(b"\xef\xbb\xbf").decode(), parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True
