"""Parameters of path, query and header: what properties of a body get, and what only parameters have."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from luminus_zoom_contract.cases.case import Case, Maker, Raw, carries, encode, plain, written
from luminus_zoom_contract.cases.samples import pool
from luminus_zoom_contract.cases.tolerances import LARGEST_INTEGER
from luminus_zoom_contract.cases.values import Value, values_for
from luminus_zoom_contract.checks.response import as_json
from luminus_zoom_contract.run.transport import HttpRequest
from luminus_zoom_contract.spec.document import Json, decode, resolved
from luminus_zoom_contract.spec.operations import Parameter

NOT_FOUND: Final = 404
_LONGEST: Final = 2000
"""Characters of a value that any server takes in a request line or header."""


def parameter_cases(maker: Maker) -> Iterator[Case]:
    """All cases about the operation's parameters."""
    for parameter in maker.operation.parameters:
        yield from _values(maker, parameter)
        if parameter.place != "path":
            yield from _presence(maker, parameter)
        yield from _spellings(maker, parameter)
    yield from _all_together(maker)


def _values(maker: Maker, parameter: Parameter) -> Iterator[Case]:
    """Each value of the schema, judged by what its text may mean there."""
    seen = set()
    for value in values_for(
        parameter.field, lambda it: pool(it, 4)[0] if it is not parameter.field else maker.given(parameter)
    ):
        text = _text(value)
        if text is None or text in seen or len(text) > _LONGEST or not carries(parameter, text):
            continue
        seen.add(text)
        readable = _is_legal(parameter, value, text)
        # A text that may be read as a legal value, and was not meant so, may be taken or refused.
        legal = True if value.legal else None if readable else False
        given = decode(encode(value.value))
        if legal and isinstance(given, int | float) and abs(given) > LARGEST_INTEGER:
            legal = None
        keyword = value.keyword if f"{parameter.clause}.{value.keyword}" in maker.clauses else "type"
        keyword = "accepts" if legal and keyword == "type" else keyword
        title = f"{parameter.name} {value.words}"
        yield _case(maker, f"{parameter.clause}.{keyword}", title, parameter, value.value, text, legal=legal)


def _text(value: Value) -> str | None:
    """How a value is written in a parameter; None where it has no such form."""
    given = decode(encode(value.value)) if isinstance(value.value, Raw) else value.value
    if isinstance(given, dict) or (isinstance(given, list) and any(isinstance(it, list | dict) for it in given)):
        return None
    return None if given is None or given == [] else plain(given)


def _is_legal(parameter: Parameter, value: Value, text: str) -> bool:
    """Whether any reading of the text, which has no types, satisfies the schema."""
    kind = parameter.field.type
    if kind == "array":
        if not text and parameter.field.is_valid([]):
            return True
        items = value.value if isinstance(value.value, list) else [value.value]
        item = resolved(parameter.field.document, "", parameter.field.schema.get("items", {}))[1]
        item_kind = item.get("type", "string")
        texts = [plain(it) for it in items]
        if not parameter.explode:
            texts = [part for it in texts for part in it.split(parameter.delimiter)]
        choices = [list(as_json(text, item_kind)) for text in texts]
        return any(parameter.field.is_valid(list(row)) for row in _rows(choices))
    readings = as_json(text, kind) if kind else (it for each in ("integer", "boolean") for it in as_json(text, each))
    return any(parameter.field.is_valid(reading) for reading in readings)


def _rows(choices: list[list[Json]]) -> Iterator[list[Json]]:
    """The first and the last reading of each item, which are the text and what it may mean."""
    yield [each[0] for each in choices]
    yield [each[-1] for each in choices]


def _case(
    maker: Maker, clause: str, title: str, parameter: Parameter, value: Json, text: str, *, legal: bool | None
) -> Case:
    refused = maker.operation.refusals | ({NOT_FOUND} if parameter.place == "path" else set())
    # A legal value of a path that names nothing is not found.
    found = maker.succeeds | ({NOT_FOUND} if parameter.place == "path" else set())
    tolerated = maker.operation.refusals if legal and not text.strip() else set()
    expect = found | refused if legal is None else found | tolerated if legal else refused
    return maker.case(clause, title, sent(maker, parameter, value, text), expect, fault=parameter.name)


def sent(maker: Maker, parameter: Parameter, value: Json, text: str) -> HttpRequest:
    """A legal request in which one parameter has a value."""
    if parameter.place in {"header", "cookie"}:
        return maker.with_header(parameter, text)
    if parameter.place == "path":
        return _targeted(maker, parameter, quote(text, safe=""))
    return _targeted(maker, parameter, written(parameter, value if isinstance(value, list) else text))


def _targeted(maker: Maker, parameter: Parameter, text: str) -> HttpRequest:
    """A legal request with an encoded text for a parameter of its target."""
    return replace(maker.request(), target=maker.target(**{parameter.name: text}))


def _presence(maker: Maker, parameter: Parameter) -> Iterator[Case]:
    """A parameter that is missing, empty or repeated."""
    name, clause = parameter.name, parameter.clause
    if parameter.place in {"header", "cookie"}:
        bare, empty = (maker.with_header(parameter, text) for text in (None, ""))
    else:
        bare = _targeted(maker, parameter, "")
        bare = replace(bare, target=bare.target.replace("?&", "?").rstrip("?&"))
        empty = _targeted(maker, parameter, f"{quote(name)}=")
    if parameter.field.required:
        yield maker.case(f"{clause}.required", f"{name} left out", bare, maker.operation.refusals, fault=name)
    else:
        yield maker.case(f"{clause}.accepts", f"{name} left out", bare, maker.succeeds)
    # An empty text often stands for none.
    strict = parameter.field.type == "object" and parameter.field.required and not parameter.field.null
    expect = maker.operation.refusals if strict else maker.either
    yield maker.case(f"{clause}.robust", f"{name} empty", empty, expect, fault=name)
    if parameter.place == "query" and parameter.field.type != "array":
        once = written(parameter, maker.given(parameter))
        twice = _targeted(maker, parameter, f"{once}&{once}")
        yield maker.case(f"{clause}.robust", f"{name} twice", twice, maker.either)


def _spellings(maker: Maker, parameter: Parameter) -> Iterator[Case]:
    """The same value in other encodings, which mean the same, and encodings of nothing."""
    value, name = maker.given(parameter), parameter.name
    if parameter.place == "cookie" or isinstance(value, list):  # a comma that is encoded is one of an item
        return
    if parameter.place == "header":
        for other in (name.lower(), name.upper()):
            changed = maker.request().without(name.lower()).having(other, plain(value))
            yield maker.case(f"{parameter.clause}.encoding", f"{other} for {name}", changed, maker.succeeds)
        return
    every = "".join(f"%{byte:02X}" for byte in plain(value).encode())
    found = maker.succeeds | ({NOT_FOUND} if parameter.place == "path" else set())
    anything = maker.either | {NOT_FOUND, 400}
    for keyword, words, coded, expect in (
        ("encoding", "all of it encoded", every, found),
        ("encoding", "small hexadecimal digits", every.lower(), found),
        ("robust", "a bad percent sign", "%zz", anything),
        ("robust", "bytes that are no UTF-8", "%e8%af", anything),
        ("robust", "a NUL", "a%00", anything),
    ):
        request = _targeted(maker, parameter, coded if parameter.place == "path" else f"{quote(name)}={coded}")
        yield maker.case(f"{parameter.clause}.{keyword}", f"{name} with {words}", request, expect)


def _all_together(maker: Maker) -> Iterator[Case]:
    """Every query parameter at once, in both orders."""
    mine = [it for it in maker.operation.parameters if it.place == "query"]
    for ordered in (mine, mine[::-1]) if len(mine) > 1 else ():
        query = "&".join(written(it, maker.given(it)) for it in ordered)
        request = replace(maker.request(), target=f"{maker.path}?{query}")
        yield maker.case(f"{mine[0].clause}.accepts", "every query parameter together", request, maker.succeeds)
