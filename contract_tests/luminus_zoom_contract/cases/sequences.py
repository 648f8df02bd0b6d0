"""Sequences: requests whose answers say something only next to each other."""

from collections.abc import Iterator

from luminus_zoom_contract.cases.case import Case, Maker, encode
from luminus_zoom_contract.spec.document import Json
from luminus_zoom_contract.spec.operations import Path_

_DEEPEST = 4
"""Levels that a full body has at most, since a schema may contain itself."""


def sequence_cases(maker: Maker) -> Iterator[Case]:
    """Repeated, alternating and varied requests, in the order in which they must be sent."""
    body = maker.minimal()
    for number in range(4):
        yield maker.legal("request.repeated", f"the same minimal request, time {number + 1}", body)
    full = whole(maker)
    for number in range(3):
        yield maker.legal("request.repeated", f"the same full request, time {number + 1}", full)
        yield maker.legal("sequence.no-leak", f"a minimal request after a full one, time {number + 1}")
        wrong, fault = maker.wrong(whole(maker))
        if fault:
            refused = maker.operation.refusals
            title = "an illegal full request"
            yield maker.case("request.body.accepts", title, maker.post(encode(wrong)), refused, wrong, fault=fault)
        yield maker.legal("sequence.no-leak", f"a minimal request after a refused one, time {number + 1}")
    for field in maker.tops:
        if not field.required:
            body = {**maker.minimal(), field.name: maker.exemplar(field.path)}
            yield maker.legal("sequence.no-leak", f"a request with {field.name}", body)
            yield maker.legal("sequence.no-leak", f"one without {field.name} after it")
    for number in range(40):
        yield maker.legal("request.repeated", f"a plain request, number {number + 1} of many")


def whole(maker: Maker, items: int = 1) -> dict[str, Json]:
    """A legal body with every property, and so many items in each of its lists; less, where all of it is not legal."""

    def full(path: Path_) -> Json:
        field = maker.field(path)
        below = [it.path for it in maker.operation.request_fields if it.path and it.path[:-1] == path]
        if field.type == "array" and below and len(path) < _DEEPEST:
            least, most = field.schema.get("minItems", 0), field.schema.get("maxItems", items)
            listed = [full(below[0]) for _ in range(max(least, min(items, most)))]
            return listed if field.is_valid(listed) else maker.exemplar(path)
        if field.type == "object" and below and len(path) < _DEEPEST:
            built = {child[-1]: full(child) for child in below}
            return built if field.is_valid(built) else maker.exemplar(path)
        return maker.exemplar(path)

    body: dict[str, Json] = full(())
    return body


def whole_with(maker: Maker, path: Path_, value: Json, items: int = 1) -> Json:
    """A body with every property, in which one place has a given value; of a list, in its last item."""
    body: Json = whole(maker, items)
    *steps, last = (-1 if step == "[]" else step for step in path)
    place = body
    try:
        for step in steps:
            place = place[step]
        place[last] = value
    except (LookupError, TypeError):  # not every place is in a body that had to have less
        return maker.with_value(path, value)
    return body
