"""Values: each keyword of each field, met and violated by one step, alone in an otherwise legal body."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from luminus_zoom_contract.cases import texts
from luminus_zoom_contract.cases.case import EITHER, Case, Maker, Raw
from luminus_zoom_contract.cases.sequences import whole, whole_with
from luminus_zoom_contract.spec.document import Field, Json

Probe = tuple[str, Json, str]
"""A keyword, a value that probes it, and how the value reads in a title."""

_LENGTHS: Final = (2, 3, 12, 50, 101)
_LONG: Final = 5000


def value_cases(maker: Maker) -> Iterator[Case]:
    """All cases about single values."""
    for field in maker.contract.request_fields:
        for keyword, value, words in _probes(maker, field):
            yield _case(maker, field, keyword, value, words)
        yield from _required(maker, field)
    yield from _spans(maker)
    yield from _coincidences(maker)
    yield from _among_all(maker)


def edited_values(maker: Maker) -> Iterator[Case]:
    """Ids and times with one edit each."""
    for field in maker.contract.request_fields:
        match field.schema.get("format"):
            case "date-time":
                start = maker.date_time().replace("+", ".5+")
                values = [*texts.edits(start), *texts.edits(maker.date_time(), thorough=False)]
            case "uuid":
                values = [*texts.edits(maker.exemplar(field.path), thorough=False)]
            case _:
                values = []
        yield from (_case(maker, field, "format", value, f"as {value!r}") for value in values)


def _case(maker: Maker, field: Field, keyword: str, value: Json, words: str) -> Case:
    stem = f"request.{field.name}" if field.path else "request.body"
    clause = f"{stem}.{keyword}" if f"{stem}.{keyword}" in maker.clauses else f"{stem}.type"
    title = f"{field.name or 'the body'} {words}"
    body = maker.with_value(field.path, value)
    case = maker.judged(clause, title, body, fallback=f"{stem}.accepts", fault=field.name)
    if value == texts.SPACED_DATE_TIME:
        return Case(clause, title, case.request, EITHER, None)
    allowed = field.path == ("moduleID",) and isinstance(value, str) and value.lower() != maker.module.lower()
    return Case(
        case.clause, title, case.request, case.expect, case.body, case.fault, denial_allowed=allowed, also=case.also
    )


def _probes(maker: Maker, field: Field) -> Iterator[Probe]:
    legal = maker.exemplar(field.path)
    yield "accepts", legal, "with an ordinary value"
    yield "null" if field.null else "type", None, "null"
    match field.type:
        case "integer":
            yield from _integers(field.schema, legal)
        case "boolean":
            yield from _booleans()
        case "array":
            yield from _arrays(maker, field, legal)
        case "object":
            yield from _objects(legal)
        case _:
            yield from _strings(maker, field)


def _integers(schema: Any, legal: int) -> Iterator[Probe]:
    low, high = min(schema.get("enum", [schema.get("minimum", 0)])), max(schema.get("enum", [schema.get("maximum", 0)]))
    step = schema.get("multipleOf", 1)
    for value in schema.get("enum", ()):
        yield "enum", value, f"{value}"
    below, above = ("minimum", "maximum") if "minimum" in schema else ("enum", "enum")
    for value in {low, low + step, high - step, high, legal}:
        yield below if value < (low + high) / 2 else above, value, f"{value}"
    # Small ones too: a server may take them for hours.
    for value in {low - 1, low - step, 0, -1, -low, -high, *(it for it in (1, 2, 8, 12) if it < low)}:
        yield below, value, f"{value}"
    for value in {high + 1, high + step, high * 10, 2**15 + high, 2**16 + low, 2**31 - 1}:
        yield above, value, f"{value}"
    for value in (2**31, 2**32, 2**32 + low, 2**32 + high, -(2**32) + low, 2**53 + 1, 2**63, 2**64 + low, 2**64 + high):
        yield "format", value, f"{value}, beyond 32 bits"
    if step > 1:
        for value in {low + 1, low + step - 1, high - 1, *(low + step * part // 6 for part in range(1, 6))}:
            yield "multipleOf", value, f"{value}, no multiple of {step}"
    near: tuple[Json, ...] = (
        str(low),
        str(high),
        f" {low}",
        f"{low}.0",
        hex(low),
        "",
        "one",
        [low],
        [],
        {},
        {"value": low},
        True,
        False,
        low + 0.5,
        high - 0.5,
        high + 0.5,
        Raw(f"{low}.0"),
        Raw(f"{low}.000000001"),
        Raw(f"{low}e0"),
        Raw("1e400"),
        Raw("-1e400"),
        Raw("1e-400"),
        Raw("0.0"),
    )
    for value in near:
        yield "type", value, f"as {_shown(value)}"
    for text in (*(form.format(low) for form in texts.NUMBERS), str(low).translate(texts.FULL_WIDTH)):
        yield "type", text, f"as {_shown(text)}"
    for name in schema.get("x-enum-varnames", ()):
        for text in (name, name.title(), name.lower()):
            yield "type", text, f"as {_shown(text)}"


def _booleans() -> Iterator[Probe]:
    yield "accepts", True, "true"
    yield "accepts", False, "false"
    words: list[Json] = ["true", "false", "True", "FALSE", "", "yes", "no", "on", "t", "Y", "0", "1", "null", "x"]
    others: list[Json] = [*words, 0, 1, -1, 2, 1.5, 0.0, [], [True], [False], {}, {"value": True}]
    for value in others:
        yield "type", value, f"as {_shown(value)}"


def _strings(maker: Maker, field: Field) -> Iterator[Probe]:
    for value in (1, 0, -1, 15.5, True, False, [], ["x"], [maker.exemplar(field.path)], {}, {"value": "x"}):
        yield "type", value, f"as {_shown(value)}"
    match field.schema.get("format"):
        case "uuid":
            yield from _uuids(maker, field)
        case "date-time":
            yield from (("format", value, value) for value in texts.LEGAL_DATE_TIMES)
            yield from (("format", value, words) for words, value in texts.BAD_DATE_TIMES.items())
            yield "format", texts.SPACED_DATE_TIME, "with a space for the T"
            yield from (("accepts", maker.date_time(), "at a drawn time") for _ in range(10))
            for value in (2052705600, 2052705600000, 2052705600.5, {"dateTime": maker.date_time()}):
                yield "type", value, f"as {_shown(value)}"
        case _:
            yield from (("accepts", value, f"with {words}") for words, value in texts.TEXTS.items())
            yield from _lengths(field)


def _uuids(maker: Maker, field: Field) -> Iterator[Probe]:
    legal = maker.exemplar(field.path)
    yield "format", legal.upper(), "in upper case"
    yield "format", legal.upper()[:18] + legal[18:].lower(), "in mixed case"
    yield from (("format", value, words) for words, value in texts.LEGAL_UUIDS.items())
    yield from (("format", value, words) for words, value in texts.bad_uuids(legal).items())


def _lengths(field: Field) -> Iterator[Probe]:
    least, most = field.schema.get("minLength", 0), field.schema.get("maxLength")
    for length in {least, least + 1, max(least - 1, 0)}:
        yield "minLength", "x" * length, f"of {length} characters"
    yield "accepts", "   ", "of blanks alone"
    if most is None:
        yield from (
            ("accepts", filler * _LONG, f"of {_LONG} {kind} characters") for kind, filler in texts.FILLERS.items()
        )
        return
    for kind, filler in texts.FILLERS.items():
        for length in (most // 2, most // 2 + 1, most - 1, most, most + 1, most * 2, most * 50):
            yield "maxLength", (filler * length)[:length], f"of {length} {kind} characters"
    for words, more in {
        "a trailing space": " ",
        "a line feed": "\n",
        "a NUL": "\0",
        "CR LF": "\r\n",
        "a joiner": "\u200d",
    }.items():
        yield "maxLength", "x" * most + more, f"of {most} characters and {words}"
    for length in (most + 5, most + 10, most + 28, most + 55, most + 56):
        yield "maxLength", "x" * length, f"of {length} characters"
    yield "maxLength", "x" * (2**16 + 1), f"of {2**16 + 1} characters"
    words = "CS1010 lecture and tutorial with everybody, "
    for length in (32, 33, 50, 51, 64, 65, 100, 101, 128, 129, 150, 199):
        yield "accepts", (words * 5)[: min(length, most)].strip(), f"of about {length} characters in words"


def _arrays(maker: Maker, field: Field, legal: Json) -> Iterator[Probe]:
    item = (*field.path, "[]")
    yield "accepts", [], "empty"
    yield "accepts", legal, "with one item"
    yield "accepts", legal * 2, "with the same item twice"
    others: list[Json] = [
        {},
        legal[0],
        {"0": legal[0]},
        "",
        "[]",
        1,
        True,
        [None],
        [[]],
        [1],
        ["x"],
        [legal],
        [*legal, legal],
        [*legal, None],
        [*legal, {}],
    ]
    for value in others:
        yield "type", value, f"as {_shown(value)}"
    for length in _LENGTHS:
        items = [maker.exemplar(item) for _ in range(length)]
        yield "accepts", items, f"with {length} items"
        for place in {0, length // 2, length - 1}:
            spoiled = [*items[:place], _spoiled(items[place]), *items[place + 1 :]]
            yield "type", spoiled, f"with a wrong item, number {place + 1} of {length}"


def _spoiled(item: Json) -> Json:
    """An object whose last property is of no type that any property has; null for what is no object."""
    return {**item, list(item)[-1]: {"none": []}} if isinstance(item, dict) and item else None


def _objects(legal: Json) -> Iterator[Probe]:
    yield "accepts", legal, "with what it needs"
    for note in (1, None, {"a": [1]}):
        yield "accepts", {**legal, "note": note}, f"with an unknown member {note}"
    for value in ([], [legal], "", "{}", "x", 0, 1, True, False, json.dumps(legal)):
        yield "type", value, f"as {_shown(value)}"
    for name in ("meeting", "data", "value", "body"):
        yield "type", {name: legal}, f"in a member named {name}"


def _required(maker: Maker, field: Field) -> Iterator[Case]:
    if not field.required or not field.path or field.path[-1] == "[]":
        return
    clause, fault = f"request.required.{field.name}", field.name
    parent, name = field.path[:-1], field.path[-1]
    snake = re.sub("(?<=[a-z])(?=[A-Z])", "_", name)
    renamed = {
        name[0].swapcase() + name[1:],
        name.lower(),
        name.upper(),
        name.replace("ID", "Id"),
        snake.lower(),
        snake.replace("_", "-").lower(),
        re.sub("[A-Z].*", "", name),
        f"{name} ",
        f" {name}",
        f"{name}s",
        f"_{name}",
        f"meeting.{name}",
    }
    yield maker.judged(clause, f"{field.name} left out", _body(maker, parent, name, ()), fault=fault)
    if not parent:
        rest = {key: value for key, value in whole(maker).items() if key != name}
        yield maker.judged(clause, f"{field.name} left out of a full request", rest, fault=fault)
    for other in sorted(renamed - {name}):
        body = _body(maker, parent, name, (other,))
        yield maker.judged("request.member-names", f"{field.name} spelt {other!r}", body, fault=fault)


def _body(maker: Maker, parent: tuple[str, ...], name: str, others: tuple[str, ...]) -> Json:
    legal = maker.exemplar(parent)
    value = legal.pop(name)
    changed = {**legal, **dict.fromkeys(others, value)}
    return maker.with_value(parent, changed)


def _spans(maker: Maker) -> Iterator[Case]:
    """Starts and durations whose sum is hard to get right."""
    names = {field.name for field in maker.contract.request_fields}
    if {"startDate", "duration"} <= names:
        for start, minutes in texts.SPANS:
            body = {**maker.minimal(), "startDate": start, "duration": minutes}
            yield maker.judged("request.startDate.accepts", f"{minutes} minutes from {start}", body)


def _among_all(maker: Maker) -> Iterator[Case]:
    """Each property wrong beside all others, in the last item of a list: a server may stop looking before it."""
    for field in maker.contract.request_fields:
        stem = f"request.{field.name}"
        wrong: list[tuple[str, Json]] = [("type", {"none": []})]
        if allowed := field.schema.get("enum"):
            wrong += [("enum", value) for value in range(-1, max(allowed) + 3) if value not in allowed]
        for keyword, value in wrong if field.path else ():
            body = whole_with(maker, field.path, value, items=2)
            title = f"every option, and {field.name} as {_shown(value)}"
            yield maker.judged(f"{stem}.{keyword}", title, body, fallback=f"{stem}.accepts", fault=field.name)


def _coincidences(maker: Maker) -> Iterator[Case]:
    """Two properties of one form with one value: each is what it is, whatever the other is."""
    fields = [field for field in maker.contract.request_fields if field.path and field.type == "string"]
    for one, other in itertools.combinations(fields, 2):
        if one.schema.get("format") == other.schema.get("format") and len(other.path) == 1:
            value = maker.exemplar(one.path)
            body = {**maker.with_value(one.path, value), other.name: value}
            yield maker.judged("request.combinations", f"{one.name} and {other.name} with one value", body)


def _shown(value: Json) -> str:
    if isinstance(value, Raw):
        return value.text
    match value:
        case str():
            return f'the text "{value}"'
        case bool():
            return str(value).lower()
        case dict():
            return "an object"
        case list():
            return "a list" if value else "an empty list"
        case _:
            return str(value)
