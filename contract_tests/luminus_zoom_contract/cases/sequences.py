"""Sequences: requests whose answers say something only next to each other."""

from collections.abc import Iterator

from luminus_zoom_contract.cases.case import Case, Maker, encode


def sequence_cases(maker: Maker) -> Iterator[Case]:
    """Repeated, alternating and varied requests, in the order in which they must be sent."""
    body, full = maker.minimal(), maker.whole()
    for number in range(4):
        yield maker.legal("request.repeated", f"the same minimal request, time {number + 1}", body)
    for number in range(3):
        yield maker.legal("request.repeated", f"the same full request, time {number + 1}", full)
        yield maker.legal("sequence.no-leak", f"a minimal request after a full one, time {number + 1}")
        wrong, fault = maker.wrong(maker.whole())
        if fault:
            title, refused = "an illegal full request", maker.operation.refusals
            yield maker.case("request.body.accepts", title, maker.post(encode(wrong)), refused, wrong, fault=fault)
        yield maker.legal("sequence.no-leak", f"a minimal request after a refused one, time {number + 1}")
    for field in maker.tops:
        if not field.required:
            body = {**maker.minimal(), field.name: maker.exemplar(field.path)}
            yield maker.legal("sequence.no-leak", f"a request with {field.name}", body)
            yield maker.legal("sequence.no-leak", f"one without {field.name} after it")
    for number in range(40):
        yield maker.legal("request.repeated", f"a plain request, number {number + 1} of many")
