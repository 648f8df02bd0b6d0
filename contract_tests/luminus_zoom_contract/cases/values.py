"""Values for a schema, legal and illegal, each with its reason: the one source of what is sent in a place.

Every value is held against its schema before anything is sent. One that is not what it claims to be is a fault of the
suite, and is told as such.
"""

import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from luminus_zoom_contract.cases import texts
from luminus_zoom_contract.cases.case import Case, Maker, Raw, encode
from luminus_zoom_contract.cases.samples import pool
from luminus_zoom_contract.spec.document import Json, decode, merged, resolved
from luminus_zoom_contract.spec.operations import Field, fields_of

_LENGTHS: Final = (2, 3, 12, 50, 101)
_LONG: Final = 5000
_MOST_ITEMS: Final = 300
_REMARKS: Final = {"title", "description", "example", "examples", "deprecated"}
"""Keywords of a schema that let through no value and keep none out."""


class SuiteError(AssertionError):
    """A value is not what the suite takes it for, which is a fault of the suite and not of a server."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value for a place, and why it is there."""

    value: Json
    keyword: str
    """What it probes: a keyword of JSON Schema, or `accepts`, `type` or `null`."""
    words: str
    """How it reads in a title."""
    legal: bool


Claim = bool | None
"""Whether a value is legal; None where only the schema can tell."""
Draft = tuple[str, Json, str, Claim]
Make = Callable[[Field], Json]
"""Makes an ordinary legal value of a field."""


def values_for(field: Field, make: Make | None = None) -> Iterator[Value]:
    """Values of a field's schema: each keyword met and violated by one step, alone. SuiteError for a false claim.

    `make` makes the ordinary values that others are made of; by default they are drawn from the schema.
    """
    make = make or (lambda it: pool(it, 4)[0])
    for keyword, value, words, claim in _drafts(field, make):
        raw = encode(value)
        legal = field.is_valid(decode(raw)) if b"\\u" not in raw else field.is_valid(value)
        legal = legal or (value is None and field.null is not None)
        if claim is not None and claim != legal:
            wanted = "legal" if claim else f"against {keyword}"
            raise SuiteError(f"{field.name or 'the value'} {words} is not {wanted} by {field.pointer}: {value!r:.200}")
        yield Value(value, keyword, words, legal)


def _drafts(field: Field, make: Make) -> Iterator[Draft]:
    legal = make(field)
    yield "accepts", legal, "with an ordinary value", True
    yield "null" if field.null else "type", None, "null", bool(field.null) or (None if _is_mixed(field) else False)
    if _is_mixed(field):
        yield from _composed(field, legal)
        return
    if "const" in field.schema:
        yield from (("const", other, f"{other!r}, another value", False) for other in _others([field.schema["const"]]))
    match field.type:
        case "integer":
            yield from _integers(field, legal)
        case "number":
            yield from _numbers(field)
        case "boolean":
            yield from _booleans()
        case "array":
            yield from _arrays(field, legal, make)
        case "object":
            yield from _objects(field, legal)
        case "string":
            yield from _strings(field, legal)


def _is_mixed(field: Field) -> bool:
    """Whether a value may be of several types, or meets alternatives."""
    types = field.schema.get("type", ())
    several = isinstance(types, list) and len({*types} - {"null"}) > 1
    return several or not field.type or bool({"oneOf", "anyOf", "not", "if"} & field.schema.keys())


def _composed(field: Field, legal: Json) -> Iterator[Draft]:
    """Each alternative's own values, and values of every type: the schema tells which of them are legal."""
    yield from (("accepts", value, f"as {_shown(value)}", True) for value in pool(field, 8))
    keyword = next((it for it in ("oneOf", "anyOf", "not") if it in field.schema), "type")
    anything: list[Json] = ["", "text", 0, -1, 1.5, True, [], {}, [legal], {"none": []}]
    yield from ((keyword, value, f"as {_shown(value)}", None) for value in anything)
    for index, branch in enumerate(field.schema.get(keyword, ()) if keyword in {"oneOf", "anyOf"} else ()):
        schema = merged(field.document, resolved(field.document, "", branch)[1])
        if schema.get("type") == "null":
            continue
        inner = fields_of(field.document, f"{field.pointer}/{keyword}/{index}", field.path)[0]
        if not _is_mixed(inner) and pool(inner, 4):
            for _, value, words, _ in itertools.islice(_drafts(inner, lambda it: pool(it, 4)[0]), 60):
                yield keyword, value, f"{words}, by alternative {index + 1}", None


def _others(values: list[Json]) -> list[Json]:
    """Values that are not among some, near to them."""
    near: list[Json] = []
    for value in values:
        if isinstance(value, str):
            near += [value.swapcase(), f"{value} ", f" {value}", f"{value}x", value[:-1], value.title(), ""]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            near += [value + 1, value - 1, value + 0.5]
        else:
            near += [not value] if isinstance(value, bool) else [None]
    return [it for place, it in enumerate(near) if it not in values and it not in near[:place]]


def _integers(field: Field, legal: int) -> Iterator[Draft]:
    schema = field.schema
    allowed = [it for it in schema.get("enum", ()) if isinstance(it, int)]
    step = schema.get("multipleOf", 1)
    low, high, below, above = _ends(schema, allowed, step)
    yield from (("accepts", value, f"{value}", None) for value in allowed or pool(field, 6))
    yield from (("enum", value, f"{value}, not among the values", False) for value in _others(list(allowed))[:6])
    # Small ones too: a server may take them for hours.
    small = {low, low + step, legal, low - 1, 0, -1, -low, -high, *(it for it in (1, 2, 8) if it < low)}
    for value in small - {low - step}:
        yield below, value, f"{value}", None
    for value in {high - step, high, high + 1, high * 10, 2**16 + low, 2**31 - 1} - {high + step}:
        yield above, value, f"{value}", None
    yield below, low - step, f"{low - step}, one step too small", False if below in schema and not allowed else None
    yield above, high + step, f"{high + step}, one step too large", False if above in schema and not allowed else None
    for value in (2**31, 2**32 + low, -(2**32) + low, 2**53 + 1, 2**63, 2**64 + low):
        yield "format", value, f"{value}, beyond 32 bits", None
    if step > 1:
        for value in {low + 1, low + step - 1, high - 1, *(low + step * part // 6 for part in range(1, 6))}:
            yield "multipleOf", value, f"{value}, no multiple of {step}", None if value % step == 0 else False
    yield from _near_integers(low, high, schema)


def _ends(schema: Any, allowed: list[int], step: int) -> tuple[int, int, str, str]:
    """The smallest and the largest value that bounds or values allow, and the keywords that say so."""
    if allowed:
        below, above = ("minimum", "maximum") if "minimum" in schema else ("enum", "enum")
        return min(allowed), max(allowed), below, above
    below = "exclusiveMinimum" if "exclusiveMinimum" in schema else "minimum"
    above = "exclusiveMaximum" if "exclusiveMaximum" in schema else "maximum"
    low = int(schema.get(below, 0)) + (below == "exclusiveMinimum")
    high = int(schema.get(above, low + 1000 * step)) - (above == "exclusiveMaximum")
    return -(-low // step) * step, high // step * step, below, above


def _near_integers(low: int, high: int, schema: Any) -> Iterator[Draft]:
    """What is no integer to JSON Schema, and may be one to a lenient reader; of raw numbers, the schema tells."""
    numbers: list[Json] = [low + 0.5, high + 0.5]
    raw = [Raw(f"{low}.0"), Raw(f"{low}.000000001"), Raw(f"{low}e0"), Raw("1e400"), Raw("-1e400"), Raw("1e-400")]
    words = [str(low), f"{low}.0", hex(low), "", "one", *(form.format(low) for form in texts.NUMBERS)]
    words += [str(low).translate(texts.FULL_WIDTH), *schema.get("x-enum-varnames", ())]
    for value in (*words, *numbers, [low], [], {}, {"value": low}, True, False):
        yield "type", value, f"as {_shown(value)}", False
    yield from (("type", value, f"as {value.text}", None) for value in raw)


def _numbers(field: Field) -> Iterator[Draft]:
    schema = field.schema
    for value in pool(field):
        yield "accepts", value, f"{value}", True
    step = schema.get("multipleOf", 0.01)
    for keyword, sign in (("minimum", -1), ("exclusiveMinimum", -1), ("maximum", 1), ("exclusiveMaximum", 1)):
        if keyword in schema:
            end = schema[keyword]
            yield keyword, end, f"{end}, the end", None
            yield keyword, end - sign * step, f"{end - sign * step}, within by one step", None
            yield keyword, end + sign * step, f"{end + sign * step}, beyond by one step", False
            yield keyword, end + sign * 1e6, f"{end + sign * 1e6}, far beyond", False
    if "multipleOf" in schema:
        yield "multipleOf", pool(field)[0] + step / 2, "between two multiples", False
    for value in ("1.5", "", "one", True, False, [], {}, [1.5], "1,5", "NaN"):
        yield "type", value, f"as {_shown(value)}", False
    yield from (("enum", value, f"{value}, not among the values", False) for value in _others(schema.get("enum", [])))


def _booleans() -> Iterator[Draft]:
    yield "accepts", True, "true", None
    yield "accepts", False, "false", None
    others: list[Json] = ["true", "False", "", "yes", "1", "null", 0, 1, 2, 0.0, [], [True], {}, {"value": True}]
    for value in others:
        yield "type", value, f"as {_shown(value)}", False


def _strings(field: Field, legal: str) -> Iterator[Draft]:
    for value in (1, 0, 15.5, True, False, [], [legal], {}, {"value": legal}):
        yield "type", value, f"as {_shown(value)}", False
    if "enum" in field.schema:
        yield from (("accepts", value, f"{value!r}", None) for value in field.schema["enum"])
        allowed = [it for it in field.schema["enum"] if isinstance(it, str)]
        yield from (("enum", value, f"{value!r}, not among the values", False) for value in _others(allowed))
        return
    match field.schema.get("format"):
        case "uuid":
            yield from _uuids(legal)
        case "date-time":
            yield from (("format", value, value, None) for value in texts.LEGAL_DATE_TIMES)
            yield from (("format", value, words, None) for words, value in texts.BAD_DATE_TIMES.items())
            yield "format", texts.SPACED_DATE_TIME, "with a space for the T", None
            yield "type", 2052705600, "as a Unix time", False
        case str() as name:
            yield from (("format", value, f"{value!r}", True) for value in pool(field))
            near = (*texts.BAD_FORMATS.get(name, ()), "", "x", f" {legal}", f"{legal} ", "null")
            yield from (("format", value, f"as {value!r}, no {name}", None) for value in near)
            yield from _lengths(field)
        case None:
            yield from (("accepts", value, f"with {words}", None) for words, value in texts.TEXTS.items())
            yield from _lengths(field)
    if "pattern" in field.schema:
        yield from (("pattern", value, f"{value!r}", True) for value in pool(field))
        yield from _mismatched(field, legal)


def _mismatched(field: Field, legal: str) -> Iterator[Draft]:
    """A matching text with one edit each, and others: the schema tells which of them still match."""
    for place in range(min(len(legal), 12)):
        yield "pattern", legal[:place] + legal[place + 1 :], f"without character {place + 1}", None
        yield "pattern", f"{legal[:place]}~{legal[place + 1 :]}", f"with character {place + 1} replaced", None
    for value in (f"~{legal}", f"{legal}~", legal.swapcase(), legal * 2, "~", "", "\x00"):
        yield "pattern", value, f"as {value!r:.60}", None


def _uuids(legal: str) -> Iterator[Draft]:
    yield "format", legal.upper(), "in upper case", None
    yield from (("format", value, words, None) for words, value in texts.LEGAL_UUIDS.items())
    yield from (("format", value, words, False) for words, value in texts.bad_uuids(legal).items())


def _lengths(field: Field) -> Iterator[Draft]:
    least, most = field.schema.get("minLength", 0), field.schema.get("maxLength")
    for length in {least, least + 1, max(least - 1, 0)}:
        yield "minLength", "x" * length, f"of {length} characters", False if length < least else None
    if most is not None:
        yield "maxLength", "x" * (most + 1), f"of {most + 1} characters", False
    if not field.is_free_text:
        return
    yield "accepts", "   ", "of blanks alone", None
    keyword = "accepts" if most is None else "maxLength"
    for kind, filler in texts.FILLERS.items():
        for length in (_LONG,) if most is None else (most // 2, most // 2 + 1, most, most + 1, most * 2, most * 50):
            claim = False if most is not None and length > most else None
            yield keyword, (filler * length)[:length], f"of {length} {kind} characters", claim
    for words, more in texts.ENDS.items() if most else ():
        yield "maxLength", "x" * (most or 0) + more, f"of {most} characters and {words}", False
    words = "CS1010 lecture and tutorial with everybody, "
    for length in (33, 51, 65, 101, 129, 151, 199):
        yield "accepts", (words * 5)[: min(length, most or length)].strip(), f"of about {length} characters", None


def _arrays(field: Field, legal: Json, make: Make) -> Iterator[Draft]:
    schema = field.schema
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    item = fields_of(field.document, f"{field.pointer}/items", (*field.path, "[]"))[0] if "items" in schema else None
    yield "minItems" if least else "accepts", [], "empty", None
    yield "uniqueItems" if schema.get("uniqueItems") else "accepts", [*legal, *legal], "with the same items twice", None
    first = legal[:1]
    others: list[Json] = [
        {}, *first, {"0": first}, "", "[]", 1, True, [None], [[]], [1], ["x"], [legal], [*legal, legal], [*legal, None],
        [*legal, {}],
    ]  # fmt: skip
    for value in others:
        yield "type", value, f"as {_shown(value)}", None if isinstance(value, list) else False
    if item is None:
        return
    ends = [least, least - 1] if least else []
    for value in pool(item, 8) if "contains" in schema else ():
        yield "contains", [value] * max(least, 1), f"of {_shown(value)} alone", None
    for length in sorted({*_LENGTHS, *ends, *([] if most is None else [most, most + 1])}):
        items = [make(item) for _ in range(min(length, _MOST_ITEMS))]
        bound = "minItems" if length < least else "maxItems" if most is not None and length > most else "accepts"
        yield bound, items, f"with {length} items", False if bound != "accepts" and length < _MOST_ITEMS else None
        for place in {0, length // 2, length - 1} if items and length in _LENGTHS else ():
            spoiled = [*items[:place], _spoiled(items[place]), *items[place + 1 :]]
            yield "type", spoiled, f"with a wrong item, number {place + 1} of {length}", None


def _spoiled(item: Json) -> Json:
    """An object whose last property is of no type that any property has; null for what is no object."""
    return {**item, list(item)[-1]: {"none": []}} if isinstance(item, dict) and item else None


def _objects(field: Field, legal: Json) -> Iterator[Draft]:
    schema = field.schema
    extra = schema.get("additionalProperties", True)
    stranger = next(name for name in ("note", "remark", "unknown-member") if name not in schema.get("properties", {}))
    for note in (1, None, {"a": [1]}):
        keyword = "accepts" if extra is True else "additionalProperties"
        words = f"with an unknown member {note}"
        yield keyword, {**legal, stranger: note}, words, False if extra is False else None
    for value in ([], [legal], "", 1, True, json.dumps(legal)):
        yield "type", value, f"as {_shown(value)}", False
    for name in ("meeting", "data"):
        yield "type", {name: legal}, f"in a member named {name}", None
    if least := schema.get("minProperties"):
        yield "minProperties", dict(list(legal.items())[: least - 1]), f"with {least - 1} members", False
    if most := schema.get("maxProperties"):
        many = {**legal, **{f"{stranger}{number}": 1 for number in range(most + 1)}}
        yield "maxProperties", many, f"with {len(many)} members", False
    if "propertyNames" in schema:
        yield "propertyNames", {**legal, "~ \u00e9": 1}, "with an odd name", None
    for name, needed in schema.get("dependentRequired", {}).items():
        alone = {key: value for key, value in legal.items() if key not in needed} | {name: legal.get(name, "x")}
        yield "dependentRequired", alone, f"with {name} and without {', '.join(needed)}", False


def value_cases(maker: Maker) -> Iterator[Case]:
    """All cases about single values of a body.

    Texts and booleans of equal schemas are mostly read by the same code: values of other types are tried in turns
    there, unless the maker is thorough; all of them in the first.
    """
    known: Counter[str] = Counter()
    for field in maker.operation.request_fields:
        schema = json.dumps({key: it for key, it in field.schema.items() if key not in _REMARKS}, sort_keys=True)
        known[schema] += 1
        for place, value in enumerate(values_for(field, lambda it: maker.exemplar(it.path))):
            other = value.keyword == "type" and value.value is not None and field.type in {"string", "boolean"}
            mine = not other or known[schema] == 1 or place % 2 == known[schema] % 2
            if mine or maker.thorough:
                yield _case(maker, field, value.keyword, value.value, value.words)
        if field.required and field.path and field.path[-1] != "[]":
            yield from _required(maker, field)
    for name, title, values in maker.profile.bodies():
        yield maker.judged(f"request.{name}.accepts", title, {**maker.minimal(), **values})
    yield from _coincidences(maker)


def edited_values(maker: Maker) -> Iterator[Case]:
    """Times with one edit each."""
    for field in maker.operation.request_fields:
        if field.schema.get("format") == "date-time":
            for value in texts.edits(maker.date_time().replace("+", ".5+")):
                yield _case(maker, field, "format", value, f"as {value!r}")


def _case(maker: Maker, field: Field, keyword: str, value: Json, words: str) -> Case:
    stem = f"request.{field.name}" if field.path else "request.body"
    clause = f"{stem}.{keyword}" if f"{stem}.{keyword}" in maker.clauses else f"{stem}.type"
    title = f"{field.name or 'the body'} {words}"
    body = maker.with_value(field.path, value)
    case = maker.judged(clause, title, body, fallback=f"{stem}.accepts", fault=field.name)
    if value == texts.SPACED_DATE_TIME:
        return maker.case(clause, title, case.request, maker.either)
    allowed = maker.is_scope(field.path) and isinstance(value, str) and value.lower() != maker.scope.lower()
    return replace(case, denial_allowed=allowed)


def _required(maker: Maker, field: Field) -> Iterator[Case]:
    """A required property that is left out, or has nearly its name."""
    name, snake = field.path[-1], re.sub("(?<=[a-z])(?=[A-Z])", "_", field.path[-1]).lower()
    near = {name[0].swapcase() + name[1:], name.lower(), name.upper(), name.replace("ID", "Id"), snake, f"{name} "}
    for items, words in ((0, ""), (1, " of a full request")):
        clause, title = f"request.required.{field.name}", f"{field.name} left out{words}"
        yield maker.judged(clause, title, _renamed(maker, field, None, items), fault=field.name)
    for other in sorted(near - {name}):
        body = _renamed(maker, field, other)
        yield maker.judged("request.member-names", f"{field.name} spelt {other!r}", body, fault=field.name)


def _renamed(maker: Maker, field: Field, other: str | None, items: int = 0) -> Json:
    """A body in which a property has another name, or is not there."""
    members = maker.exemplar(field.path[:-1], items)
    value = members.pop(field.path[-1], None)
    return maker.with_value(field.path[:-1], members if other is None else {**members, other: value}, items)


def _coincidences(maker: Maker) -> Iterator[Case]:
    """Two properties of one form with one value: each is what it is, whatever the other is."""
    fields = [field for field in maker.operation.request_fields if field.path and field.type == "string"]
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
