"""Every operation of the contract has a method on both clients, or a reason why not."""

import inspect
import re
from collections.abc import Mapping

from luminus_zoom import AsyncZoomClient, ZoomClient
from luminus_zoom_api.limits import OPERATIONS, Operation

METHODS: Mapping[str, str] = {"addMeeting": "create_meeting"}
"""The method for each operationId."""
NOT_OFFERED: Mapping[str, str] = {}
"""What the wrapper does not offer, an operationId or `operationId.parameter`, each with its reason."""


def missing(operations: Mapping[str, Operation]) -> list[str]:
    """What the contract has and the wrapper lacks."""
    found = []
    for name, operation in operations.items():
        if name in NOT_OFFERED:
            continue
        if name not in METHODS:
            found.append(f"{name} ({operation.method} {operation.path}) has no method")
            continue
        for client in (ZoomClient, AsyncZoomClient):
            known = inspect.signature(getattr(client, METHODS[name])).parameters
            found += [
                f"{name}.{parameter['name']} is no parameter of {client.__name__}.{METHODS[name]}"
                for parameter in operation.parameters
                if snake_case(parameter["name"]) not in known and f"{name}.{parameter['name']}" not in NOT_OFFERED
            ]
    return found


def snake_case(name: str) -> str:
    """A parameter's name as Python has it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|-", "_", name).lower()


def test_every_operation_and_parameter_is_offered() -> None:
    advice = "Add a method or a parameter to both clients, or list it in NOT_OFFERED with the reason."
    assert not missing(OPERATIONS), f"{missing(OPERATIONS)}. {advice}"


def test_what_is_missing_is_named() -> None:
    (name, known), *_ = OPERATIONS.items()
    asked = {"name": "dryRun", "in": "query", "required": False, "schema": {"type": "boolean"}}
    changed = known._replace(parameters=[*known.parameters, asked])
    assert missing({name: changed}) == [
        f"{name}.dryRun is no parameter of {client}.{METHODS[name]}" for client in ("ZoomClient", "AsyncZoomClient")
    ]
    other = known._replace(method="GET", path="/Meeting/{id}")
    assert missing({"getMeeting": other}) == ["getMeeting (GET /Meeting/{id}) has no method"]


def test_nothing_is_listed_that_the_contract_lacks() -> None:
    assert METHODS.keys() <= OPERATIONS.keys()
    assert {entry.partition(".")[0] for entry in NOT_OFFERED} <= OPERATIONS.keys()
    assert all(NOT_OFFERED.values())
