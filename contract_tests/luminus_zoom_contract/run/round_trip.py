"""Round trips: valid arguments of the wrapper make an equal meeting, any answer of the contract is read whole."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from luminus_zoom import UnreadableMeetingError, ZoomError
from luminus_zoom.meeting import KINDS, WIRE_NAMES, Meeting
from luminus_zoom_contract.cases.samples import legal_values
from luminus_zoom_contract.report.reproduction import shown_answer, shown_request
from luminus_zoom_contract.report.results import Failure
from luminus_zoom_contract.run import wrapper_calls
from luminus_zoom_contract.run.adapters import HttpxTransport
from luminus_zoom_contract.run.search import ContradictionError, contradiction, fuzz
from luminus_zoom_contract.run.session import Session
from luminus_zoom_contract.run.wrapper_calls import UNSET, difference, python_call
from luminus_zoom_contract.spec.instants import Instant

_DENIALS = {401, 403, 429}


def arguments_make_an_equal_meeting(lab: Session) -> None:
    """Search arguments of the wrapper whose meeting differs from them."""
    transport = HttpxTransport(lab.exchange)

    def check(given: dict[str, Any]) -> None:
        try:
            meeting = zoom.create_meeting(**given)
        except ZoomError as error:
            if transport.last and transport.last[1] and transport.last[1].status in _DENIALS:
                return
            raise _contradiction(lab, transport, given, f"{type(error).__name__}: {error}") from error
        finally:
            lab.results.requests += 1
        lab.results.answers[201] += 1
        lab.results.succeeded[lab.operations[0].id] += 1
        for name, value in given.items():
            if fault := difference(name, value, meeting):
                raise _contradiction(lab, transport, given, fault)

    with wrapper_calls.client(lab, transport) as zoom:
        fuzz(lab, "wrapper.round-trip", wrapper_calls.arguments(lab.maker("wrapper")), check, share=0.25)


def _contradiction(lab: Session, transport: HttpxTransport, given: dict[str, Any], message: str) -> ContradictionError:
    request, answer = transport.last or (None, None)
    mask = lab.runner.mask
    sent = shown_request(request) if request else ""
    return contradiction(
        "wrapper.round-trip",
        Failure(
            mask(message),
            "any valid arguments",
            mask(sent),
            mask(shown_answer(answer)) if answer else "",
            curl=mask(lab.reproduction.curl(request)) if request else "",
            call=mask(python_call(lab.base_url, given)),
        ),
    )


def answers_are_read_without_loss(lab: Session) -> None:
    """Search answers of the contract that the wrapper reads wrongly."""

    operation = lab.operations[0]

    def check(body: dict[str, Any]) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            # What repeats the request must, or the wrapper takes it for the answer to another one.
            sent = json.loads(request.content)
            body.update({got.name: sent[asked.name] for asked, got in operation.echoes if {asked.name} & sent.keys()})
            return httpx.Response(201, json=body)

        with wrapper_calls.client(lab, httpx.MockTransport(answer)) as zoom:  # type: ignore[arg-type]
            try:
                meeting = zoom.create_meeting(
                    module_id=lab.module, name="x", start=datetime(2035, 1, 1, tzinfo=UTC), duration=15
                )
            except UnreadableMeetingError as error:
                meeting = error.meeting or Meeting()  # An answer may show no meeting, since no property is promised.
        raw = json.dumps(body, ensure_ascii=False).encode()
        fault = None if meeting.raw == body else "raw is not the answer's object"
        fault = fault or (f"deviations: {', '.join(map(str, meeting.deviations))}" if meeting.deviations else None)
        fault = fault or next(filter(None, (misread(name, body, meeting) for name in WIRE_NAMES)), None)
        if fault:
            raise contradiction(
                "wrapper.reads-any-answer",
                Failure(lab.runner.mask(fault), "an answer of the contract", "", lab.runner.mask(raw.decode())),
            )

    fuzz(lab, "wrapper.reads-any-answer", legal_values(operation.response_fields), check, share=0.05)


def misread(name: str, body: dict[str, Any], meeting: Meeting) -> str | None:
    """How a field of the meeting differs from what the answer says; None where it does not."""
    said: Any = body.get(WIRE_NAMES[name])
    got = getattr(meeting, name)
    if got is None:
        return None if said in UNSET or (KINDS[name] != "text" and _is_empty(said)) else f"{name} was lost: {said!r}"
    same = {
        "uuid": lambda: got == UUID(said),
        "time": lambda: abs(got.timestamp() - (Instant.parse(said) or _never()).seconds) < 1,
        "minutes": lambda: got == timedelta(minutes=said),
        "number": lambda: got == "".join(said.split()),
    }.get(KINDS[name], lambda: got == said)()
    return None if same else f"{name}: the answer says {said!r}, the meeting {got!r}"


def _is_empty(said: Any) -> bool:
    return isinstance(said, str) and (not said.strip() or said.startswith(("00000000-0000-0000", "0001-01-0")))


def _never() -> Instant:
    raise ValueError("a drawn date is no date")
