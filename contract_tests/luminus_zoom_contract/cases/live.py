"""Which systematic cases are put to a real service: few, in the order in which a sound server refuses them.

A legal request comes first. How it is answered shows whether the server says so when it creates something, and only
then can its refusals be believed. Each creation costs there, so the few at the end say much: every property, with
values that servers get wrong.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from luminus_zoom_contract.cases.case import Case, Maker, encode
from luminus_zoom_contract.cases.protocol import UNMATCHED
from luminus_zoom_contract.run.transport import HttpRequest
from luminus_zoom_contract.spec.document import Json
from luminus_zoom_contract.spec.operations import Field

Permits = Callable[[HttpRequest], bool]

_MOST: Final = {"json.syntax": 6, "key.status": 6, "bearer.required": 4}
_MOST_OF_OTHERS: Final = 2
_STAGES: Final = ("line", "key", "bearer", "media type", "JSON", "validation", "role", "creation")
"""The order in which the gateway and the service look at a request."""
_NAME: Final = "Größe 课 🎉 <b>R&amp;D</b> \"q\" 'x' \\ e\u0301  two "
_STARTS: Final = ("2036-02-28T23:30:00.42+05:30", "2035-12-31T16:00:00Z")


def live_cases(maker: Maker, cases: Iterable[Case], permits: Permits, creations: int) -> list[Case]:
    """A creation, what may be sent and must be refused, a few cases of each clause, and the other creations."""
    by_clause: dict[str, list[Case]] = defaultdict(list)
    for case in (*_without_body(maker), *_marked(maker), *cases):
        if not case.may_succeed and permits(case.request):
            by_clause[case.clause].append(case)
    refused = [case for clause, found in by_clause.items() for case in _spread(found, _MOST.get(clause, 0))]
    first, *others = list(_creations(maker, permits))[:creations]
    return [first, *sorted(refused, key=_stage), *others]


def _spread(cases: list[Case], most: int) -> list[Case]:
    """Some of the cases, from all over the list."""
    most = most or _MOST_OF_OTHERS
    return cases if len(cases) <= most else [cases[place * (len(cases) - 1) // (most - 1)] for place in range(most)]


def _stage(case: Case) -> int:
    """How far into the server a refused case gets: the farther, the more it would take to be refused by nobody."""
    if case.scene == "unmatched":
        return _STAGES.index("line")
    if case.scene in {"missing-key", "invalid-key", "empty-key"}:
        return _STAGES.index("key")
    stages = {"bearer": "bearer", "forbidden": "role"}
    groups = {"media-type": "media type", "json": "JSON"}
    return _STAGES.index(stages.get(case.scene) or groups.get(case.clause.partition(".")[0]) or "validation")


def _without_body(maker: Maker) -> Iterator[Case]:
    """Other methods, as they may be sent: without what a lenient server could make a meeting of."""
    bare = replace(maker.post(b""), method="GET").without("content-type")
    for method, tolerated in (("HEAD", set[int]()), ("OPTIONS", {200, 204})):
        title = f"{method} without a body"
        request = replace(bare, method=method)
        yield maker.case("route.method", title, request, UNMATCHED | tolerated, scene="unmatched")


def _marked(maker: Maker) -> Iterator[Case]:
    """Refusals of which the other cases have no name by which they could be found again."""
    request = replace(maker.request(), target=f"{maker.base}/{maker.mark}")
    yield maker.case("route.path", "POST to a path that nobody has", request, UNMATCHED, scene="unmatched")
    name = maker.profile.labelled
    most = maker.field((name,)).schema.get("maxLength", 0)
    for length in (most + 1, most * 2) if most else ():
        body = {**maker.minimal(), name: f"[{maker.mark}] ".ljust(length, "x")}
        yield maker.judged(f"request.{name}.maxLength", f"{name} of {length} characters", body, fault=name)


def _creations(maker: Maker, permits: Permits) -> Iterator[Case]:
    plain = maker.legal(f"status.{maker.operation.success}", "a plain request")
    yield plain
    yield maker.judged("request.combinations", "all that is allowed, with odd values", _rich(maker, permits, 0))
    yield maker.judged("request.combinations", "all that is allowed, otherwise", _rich(maker, permits, 1))
    yield replace(plain, clause="request.repeated", title="the plain request once more")


def _rich(maker: Maker, permits: Permits, turn: int) -> dict[str, Json]:
    """A legal body with every property that may be sent; the second turn has the other values."""

    def may_have(name: str, value: Json) -> bool:
        return permits(maker.post(encode({**maker.minimal(), name: value})))

    body: dict[str, Json] = maker.minimal()
    for place, field in enumerate(maker.tops):
        value: Json = _odd(maker, field, turn, place)
        if field.type == "object":
            value = {child: part for child, part in value.items() if may_have(field.name, {child: part})}
        for candidate in (value, maker.exemplar(field.path), False):
            if field.is_valid(candidate) and may_have(field.name, candidate):
                body[field.name] = candidate
                break
    return body


def _odd(maker: Maker, field: Field, turn: int, place: int) -> Json:
    """A legal value that servers are known to get wrong, in the first turn, and another legal one in the second."""
    if field.name == maker.profile.labelled:
        return f"{maker.exemplar(field.path)} {_NAME if turn == 0 else 'x'}"
    if field.type == "object":
        return {it.path[-1]: maker.exemplar(it.path) for it in maker.below(field.path)}
    if field.type == "boolean":
        return (place + turn) % 2 == 0
    if field.type == "integer":
        ends = field.schema.get("enum") or [field.schema.get("minimum", 0), field.schema.get("maximum", 0)]
        return (max, min)[turn](ends)
    if field.schema.get("format") == "date-time":
        return _STARTS[turn]
    value = maker.exemplar(field.path)
    if field.schema.get("format") == "uuid":
        return value.upper() if turn == 0 and not maker.is_scope(field.path) else value
    return f"{value} {_NAME}"[: field.schema.get("maxLength")] if turn == 0 and isinstance(value, str) else value
