"""The places where a defect can take hold of a mock, as functions that return a change of a fresh app."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from luminus_zoom_mock.contract import Schema
from luminus_zoom_mock.exchange import Answer, Call, Stage
from luminus_zoom_mock.meeting import Draft, Field

if TYPE_CHECKING:
    from luminus_zoom_mock.app import MockApp

Change: TypeAlias = Callable[["MockApp"], None]
Test: TypeAlias = Callable[[Call], bool]
Document: TypeAlias = dict[str, Any]

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
TEXT = (b"content-type", b"text/plain; charset=utf-8")
JSON = (b"content-type", b"application/json; charset=utf-8")


def anew(make: Callable[[], Change]) -> Change:
    """A change with a memory, which begins empty in each app: `make` is called for each."""
    return lambda app: make()(app)


def both(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def change(app: MockApp) -> None:
        for each in changes:
            each(app)

    return change


def before(stage: str, step: Stage) -> Change:
    """A further step before a stage of the pipeline."""

    def change(app: MockApp) -> None:
        stages: dict[str, Stage] = {}
        for name, known in app.stages.items():
            if name == stage:
                stages[f"defect {len(app.stages)}"] = step
            stages[name] = known
        app.stages = stages

    return change


def incoming(edit: Callable[[Call], object]) -> Change:
    """Each call is changed before any stage sees it."""

    def step(call: Call) -> None:
        edit(call)

    return before("route", step)


def skips(stage: str, test: Test) -> Change:
    """A stage lets the calls through that pass the test."""

    def change(app: MockApp) -> None:
        known = app.stages[stage]
        app.stages[stage] = lambda call: None if test(call) else known(call)

    return change


def outgoing(edit: Callable[[Call, Answer], Answer]) -> Change:
    """Each answer is changed, whichever stage gave it."""

    def change(app: MockApp) -> None:
        app.stages = {name: _edited(stage, edit) for name, stage in app.stages.items()}

    return change


def on(status: int, edit: Callable[[Call, Answer], Answer]) -> Change:
    """The answers with one status are changed."""
    return outgoing(lambda call, answer: edit(call, answer) if answer.status == status else answer)


def becomes(status: int, other: int) -> Change:
    """One status is answered as another."""
    return on(status, lambda _, answer: replace(answer, status=other))


def body(status: int, edit: Callable[[bytes], bytes]) -> Change:
    """The body of the answers with one status is changed."""
    return on(status, lambda _, answer: replace(answer, body=edit(answer.body)))


def header(status: int, name: bytes, value: Callable[[Call, Answer], bytes]) -> Change:
    """The answers with one status have one header line more."""
    return on(status, lambda call, it: replace(it, headers=[*it.headers, (name, value(call, it))]))


def relabelled(status: int, media_type: bytes | None) -> Change:
    """The answers with one status have another Content-Type, or none."""

    def edit(_: Call, answer: Answer) -> Answer:
        rest = [pair for pair in answer.headers if pair[0] != b"content-type"]
        return replace(answer, headers=[*rest, (b"content-type", media_type)] if media_type else rest)

    return on(status, edit)


def without_header(status: int, name: bytes) -> Change:
    """The answers with one status lack a header."""
    return on(status, lambda _, it: replace(it, headers=[pair for pair in it.headers if pair[0] != name]))


def meeting(edit: Callable[[Document, Call], Any]) -> Change:
    """The meeting in a 201 is changed; it is given with the call that it answers."""

    def edited(call: Call, answer: Answer) -> Answer:
        return replace(answer, body=encode(edit(json.loads(answer.body), call)).encode("utf-8", "surrogatepass"))

    return on(201, edited)


def meeting_if(test: Test, **properties: Any) -> Change:
    """The meetings of the calls that pass the test have these properties; None leaves one out."""
    return meeting(lambda it, call: _without_none(it | properties) if test(call) else it)


def makes(name: str, maker: Field) -> Change:
    """A property of the answer is made another way; one that is None is left out."""

    def change(app: MockApp) -> None:
        app.service.fields[name] = maker

    return change


def always(name: str, value: Any) -> Change:
    """A property of the answer is always the same."""
    return makes(name, lambda _: value)


def takes(name: str, other: str) -> Change:
    """A property of the answer has the value that the request gave another; false or left out without one."""

    def change(app: MockApp) -> None:
        unset = False if app.contract.answer[name].type == "boolean" else None
        app.service.fields[name] = lambda draft: draft.request.get(other, unset)

    return change


def swaps(one: str, other: str) -> Change:
    """Two properties of the answer have each other's value."""
    return both(takes(one, other), takes(other, one))


def reshapes(name: str, edit: Callable[[Any], Any]) -> Change:
    """A property of the answer is changed where it has a value."""

    def change(app: MockApp) -> None:
        maker = app.service.fields[name]
        app.service.fields[name] = lambda draft: _unless_none(edit, maker(draft))

    return change


def reshapes_if(test: Callable[[Draft], bool], name: str, edit: Callable[[Any], Any]) -> Change:
    """A property of the answer is changed where it has a value and the draft passes the test."""

    def change(app: MockApp) -> None:
        maker = app.service.fields[name]
        app.service.fields[name] = lambda it: _unless_none(edit, maker(it)) if test(it) else maker(it)

    return change


def reads(where: str, edit: Callable[[Any], Any]) -> Change:
    """A value of the request is read as another, before it is validated; `[]` in the path stands for each item."""

    def step(call: Call) -> None:
        _edit(call.document, where.split("."), edit)

    return before("validation", step)


def reads_document(edit: Callable[[Any], Any]) -> Change:
    """The whole body is read as another value, before it is validated."""

    def step(call: Call) -> None:
        call.document = edit(call.document)

    return before("validation", step)


def reads_bytes(repair: Callable[[bytes], bytes]) -> Change:
    """A body that is no JSON is repaired before it is read."""

    def step(call: Call) -> None:
        if not _is_json(call.body):
            call.body = repair(call.body)

    return before("json", step)


def schema(edit: Callable[[Schema], object]) -> Change:
    """The service holds requests against other schemas; `edit` is given the contract's schemas by name."""

    def change(app: MockApp) -> None:
        app.service.contract = app.service.contract.changed(lambda document: edit(document["components"]["schemas"]))

    return change


def property_schema(name: str, *, of: str = "NewMeeting", drops: Sequence[str] = (), **keywords: Any) -> Change:
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


def refuses(where: str, test: Callable[[Any], bool]) -> Change:
    """A legal body is refused for a value that passes the test; the 400 names the property."""

    def change(app: MockApp) -> None:
        faults = {where.replace("[]", ""): ["is not valid"]}
        step = refusing(app, lambda call: any(map(test, _values(call.document, where.split(".")))), faults)
        before("role", step)(app)

    return change


def refuses_body(test: Callable[[Document], bool]) -> Change:
    """A legal body is refused if it passes the test."""

    def change(app: MockApp) -> None:
        before("role", refusing(app, lambda call: test(call.document), {"": ["The request is not valid."]}))(app)

    return change


def refusing(app: MockApp, test: Test, faults: dict[str, list[str]]) -> Stage:
    """Return a step that answers the app's 400 to the calls that pass the test."""
    return lambda call: app.service.refuse(call, faults) if test(call) else None


def answers(stage: str, test: Test, make: Callable[[Call], Answer]) -> Change:
    """The calls that reach a stage and pass the test are answered in its place."""
    return before(stage, lambda call: make(call) if test(call) else None)


def fails(stage: str, test: Test) -> Change:
    """The calls that reach a stage and pass the test are answered with an empty 500."""
    return answers(stage, test, lambda _: Answer(500, [TEXT]))


def fails_on(status: int, test: Test) -> Change:
    """The calls that are due an answer of one status and pass the test are answered with an empty 500."""
    return on(status, lambda call, answer: Answer(500, [TEXT]) if test(call) else answer)


def every(number: int) -> Callable[[object], bool]:
    """Return a test that every so-manieth call of it passes; for use with `anew`."""
    numbers = count(1)
    return lambda _: next(numbers) % number == 0


def slow(test: Test, seconds: Callable[[Call], float]) -> Change:
    """The answers to the calls that pass the test come later, by so many seconds."""
    return outgoing(lambda call, answer: replace(answer, delay=seconds(call)) if test(call) else answer)


def sent(call: Call, name: str, default: Any = None) -> Any:
    """Return a top-level value of the request as it was parsed, the default where there is none."""
    return call.document.get(name, default) if isinstance(call.document, dict) else default


def rights(call: Call, name: str) -> Any:
    """Return a value of the request's access rights, None where there is none."""
    access = sent(call, "access")
    return access.get(name) if isinstance(access, dict) else None


def having(*names: str) -> Test:
    """Return a test that calls pass whose body has all of these top-level properties."""
    return lambda call: isinstance(call.document, dict) and all(name in call.document for name in names)


def text(value: Any) -> str:
    """Return the value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def _edited(stage: Stage, edit: Callable[[Call, Answer], Answer]) -> Stage:
    def step(call: Call) -> Answer | None:
        answer = stage(call)
        return None if answer is None else edit(call, answer)

    return step


def _edit(node: Any, path: Sequence[str], edit: Callable[[Any], Any]) -> None:
    name, *rest = path
    if not isinstance(node, dict) or name.removesuffix("[]") not in node:
        return
    if name.endswith("[]"):
        items = node[name.removesuffix("[]")]
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if rest:
                _edit(item, rest, edit)
            else:
                items[index] = edit(item)
    elif rest:
        _edit(node[name], rest, edit)
    else:
        node[name] = edit(node[name])


def _values(node: Any, path: Sequence[str]) -> list[Any]:
    found: list[Any] = []

    def note(value: Any) -> Any:
        found.append(value)
        return value

    _edit(node, path, note)
    return found


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw.removeprefix(b"\xef\xbb\xbf").decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _unless_none(edit: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else edit(value)


def _without_none(meeting: Document) -> Document:
    return {name: value for name, value in meeting.items() if value is not None}


def depth(raw: bytes) -> int:
    """How deep arrays and objects are nested in JSON, be it well-formed or not."""
    deepest = level = 0
    for byte in re.sub(rb'"(?:[^"\\]|\\.)*"', b"", raw):
        level += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, level)
    return deepest
