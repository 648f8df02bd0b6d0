"""Checks of what answers repeat (`x-echoes`): it has to stand in a request, and each of its values in the answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from generation.objects import subschemas, walk
from generation.operations import Part, content, operations, sent_properties
from generation.reading import Document, Node, Pointer, Problem, steps
from generation.schema_checks import BRANCHES, types, validator
from generation.structure_checks import meant

_LEAST = ("minLength", "minItems", "minProperties")
_MOST = ("maxLength", "maxItems", "maxProperties")
_SAME = ("pattern", "format", "contentEncoding", "contentMediaType", "uniqueItems")
_BITS = {"int32": 31, "int64": 63}


def echoes(document: Document) -> Iterator[Problem]:
    """Yield the `x-echoes` that name no property of a request, or one whose values they could not all repeat."""
    candidates: dict[Pointer, dict[str, list[Part]]] = {}
    for operation in operations(document):
        if operation.success is None:
            continue
        sent = sent_properties(document, operation)
        for media in content(operation.responses[operation.success]).values():
            for at in _within(document, media.node.get("schema"), (*media.at, "schema"), set()):
                known = candidates.setdefault(at, {})
                for sent_name, parts in sent.items():
                    known.setdefault(sent_name, []).extend(parts)
    for item in walk(document):
        name, place = item.node.get("x-echoes"), (*item.at, "x-echoes")
        if item.kind != "schema" or not isinstance(name, str):
            continue
        if item.at not in candidates:
            yield Problem(place, "`x-echoes` stands in no answer of a success: leave it out")
        elif not candidates[item.at]:
            yield Problem(place, "no operation that answers this has a request that it could repeat: leave it out")
        elif name not in candidates[item.at]:
            yield Problem(place, f"no request has a property `{name}`{meant(name, candidates[item.at])}")
        else:
            reasons = filter(None, (_wider(document, it.node, item.node) for it in candidates[item.at][name]))
            yield from (Problem(place, f"the request's `{name}` {why}, which this cannot repeat") for why in reasons)


def _within(document: Document, schema: Any, at: Pointer, seen: set[Pointer]) -> Iterable[Pointer]:
    """Yield the places of a schema and all within it, references followed."""
    if at in seen or not isinstance(schema, dict):
        return
    for item in list(subschemas(schema, at)):
        seen.add(item.at)
        yield item.at
        reference = item.node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            target = steps(reference)
            yield from _within(document, document.follow({"$ref": reference})[1], target, seen)


def _wider(document: Document, sent: Any, got: Any) -> str | None:
    """Say how a request's schema allows values that an answer's does not, as far as their keywords tell.

    Compositions are not compared, nor what is inside of objects. Null is left aside: it stands for no value.
    """
    sent, got = (_without_null(document, it) for it in (sent, got))
    if not sent or not got or any(keyword in it for keyword in BRANCHES for it in (sent, got)):
        return None
    if (values := _listed(sent)) is not None:
        allows = validator(document, got).is_valid
        return next((f"may be {value!r}" for value in values if value is not None and not allows(value)), None)
    if (few := _listed(got)) is not None:
        return f"may be more than {', '.join(map(str, few))}"
    kinds, known = types(sent) - {"null"}, types(got)
    strange = kinds - known - ({"integer"} if "number" in known else set())
    if known and (strange or not kinds):
        return f"may be of type {' or '.join(sorted(strange)) or 'any'}"
    return _looser(sent, got)


def _looser(sent: Node, got: Node) -> str | None:
    """Say which keyword of an answer's schema a request's lacks, or has with a wider bound."""
    for sign, side in ((-1, "less"), (1, "more")):
        if (bound := _limit(got, sign)) and (own := _limit(sent, sign) or (math.inf, False)) > bound:
            return f"may be {side} than {sign * bound[0]}" if own[0] > bound[0] else f"may be {sign * bound[0]}"
    for keyword in _LEAST:
        if sent.get(keyword, 0) < got.get(keyword, 0):
            return f"has no `{keyword}` of {got[keyword]}"
    for keyword in _MOST:
        if sent.get(keyword, math.inf) > got.get(keyword, math.inf):
            return f"has no `{keyword}` of {got[keyword]}"
    if (step := got.get("multipleOf")) and (sent.get("multipleOf", 0) % step or "multipleOf" not in sent):
        return f"may be no multiple of {step}"
    differs = (it for it in _SAME if it in got and sent.get(it) != got[it] and got[it] not in (*_BITS, "password"))
    return next((f"has no `{it}: {got[it]}`" for it in differs), None)


def _limit(node: Node, sign: int) -> tuple[float, bool] | None:
    """Return the least number (sign -1) or the greatest (1) times the sign, and whether it is allowed itself."""
    names = ("exclusiveMinimum", "minimum") if sign < 0 else ("exclusiveMaximum", "maximum")
    found = [(sign * node[name], inclusive) for inclusive, name in enumerate(names) if name in node]
    if (bits := _BITS.get(str(node.get("format")))) is not None:
        found.append((2**bits - (sign > 0), True))
    if types(node) == {"integer"}:  # More than 0 is at least 1.
        found = [(it, True) if inclusive else (math.ceil(it) - 1, True) for it, inclusive in found]
    return min(((it, bool(inclusive)) for it, inclusive in found), default=None)


def _listed(node: Node) -> list[Any] | None:
    """Return the values of a schema that lists all of them."""
    if "const" in node:
        return [node["const"]]
    values = node.get("enum")
    return values if isinstance(values, list) else None


def _without_null(document: Document, node: Any) -> Node:
    """Return the schema behind references and beside null."""
    found = document.follow(node)[1]
    for keyword in ("anyOf", "oneOf"):
        branches = [document.follow(it)[1] for it in found.get(keyword) or () if isinstance(it, dict)]
        others = [it for it in branches if it.get("type") != "null"]
        if len(others) == 1 < len(branches):
            return others[0]
    return found
