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
    request = maker.request()
    if parameter.place == "path":
        return replace(request, target=maker.target(**{parameter.name: quote(text, safe="")}))
    query = written(parameter, value if isinstance(value, list) else text)
    return replace(request, target=maker.target(**{parameter.name: query}))


def _presence(maker: Maker, parameter: Parameter) -> Iterator[Case]:
    """A parameter that is missing, empty or repeated."""
    request, name = maker.request(), parameter.name
    if parameter.place in {"header", "cookie"}:
        bare, empty = (maker.with_header(parameter, text) for text in (None, ""))
    else:
        bare = replace(request, target=maker.target(**{name: ""}).replace("?&", "?").rstrip("?&"))
        empty = replace(request, target=maker.target(**{name: f"{quote(name)}="}))
    if parameter.field.required:
        yield maker.case(f"{parameter.clause}.required", f"{name} left out", bare, maker.operation.refusals, fault=name)
    else:
        yield maker.case(f"{parameter.clause}.accepts", f"{name} left out", bare, maker.succeeds)
    text = parameter.field.type in {"string", "array", ""} or parameter.field.null
    expect = maker.either if text or not parameter.field.required else maker.operation.refusals
    if not text and parameter.field.type in {"integer", "number", "boolean"}:
        expect = maker.either  # an empty text often stands for none
    yield maker.case(f"{parameter.clause}.robust", f"{name} empty", empty, expect, fault=name)
    if parameter.place == "query" and parameter.field.type != "array":
        value = maker.given(parameter)
        twice = f"{written(parameter, value)}&{written(parameter, value)}"
        target = maker.target(**{name: twice})
        yield maker.case(f"{parameter.clause}.robust", f"{name} twice", replace(request, target=target), maker.either)


def _spellings(maker: Maker, parameter: Parameter) -> Iterator[Case]:
    """The same value in other encodings, which mean the same."""
    value = maker.given(parameter)
    if parameter.place == "cookie" or isinstance(value, list):  # a comma that is encoded is one of an item
        return
    text = plain(value)
    request = maker.request()
    if parameter.place == "header":
        for name in (parameter.name.lower(), parameter.name.upper()):
            changed = request.without(parameter.name.lower()).having(name, text)
            yield maker.case(f"{parameter.clause}.encoding", f"{name} for {parameter.name}", changed, maker.succeeds)
        return
    every = "".join(f"%{byte:02X}" for byte in text.encode())
    found = maker.succeeds | ({NOT_FOUND} if parameter.place == "path" else set())
    for words, coded in (("all of it encoded", every), ("small hexadecimal digits", every.lower())):
        given = coded if parameter.place == "path" else f"{quote(parameter.name)}={coded}"
        target = maker.target(**{parameter.name: given})
        title = f"{parameter.name} with {words}"
        yield maker.case(f"{parameter.clause}.encoding", title, replace(request, target=target), found)
    for words, coded in (("a bad percent sign", "%zz"), ("bytes that are no UTF-8", "%e8%af"), ("a NUL", "a%00")):
        given = coded if parameter.place == "path" else f"{quote(parameter.name)}={coded}"
        target = maker.target(**{parameter.name: given})
        title = f"{parameter.name} with {words}"
        expect = maker.either | {NOT_FOUND, *maker.operation.refusals, 400}
        yield maker.case(f"{parameter.clause}.robust", title, replace(request, target=target), expect)


def _all_together(maker: Maker) -> Iterator[Case]:
    """Every query parameter at once, in both orders."""
    mine = [it for it in maker.operation.parameters if it.place == "query"]
    if len(mine) < 2:
        return
    for number in range(4):
        parts = [written(it, maker.given(it)) for it in (mine if number % 2 else mine[::-1])]
        target = f"{maker.path}?{'&'.join(parts)}"
        clause = f"{mine[0].clause}.accepts"
        yield maker.case(
            clause, "every query parameter together", replace(maker.request(), target=target), maker.succeeds
        )
