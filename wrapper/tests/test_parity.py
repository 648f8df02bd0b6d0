"""The wrapper keeps up with the contract, and the two clients with each other."""

import inspect
from typing import Any

import attrs
import pytest

from luminus_zoom import AsyncZoomClient, Meeting, MeetingArguments, ZoomClient
from luminus_zoom._arguments import PARAMETERS
from luminus_zoom.meeting import WIRE_NAMES
from luminus_zoom_api.limits import REQUEST, RESPONSE


def test_every_request_property_has_a_parameter() -> None:
    missing = REQUEST["properties"].keys() - {parameter.wire for parameter in PARAMETERS.values()}
    assert not missing, f"openapi.yaml has request properties without a parameter in _arguments.py: {sorted(missing)}"


def test_every_parameter_has_a_request_property() -> None:
    stale = {parameter.wire for parameter in PARAMETERS.values()} - REQUEST["properties"].keys()
    assert not stale, f"_arguments.py has parameters that are not in openapi.yaml: {sorted(stale)}"


def test_what_is_required_is_typed_so() -> None:
    required = {name for name, parameter in PARAMETERS.items() if parameter.wire in REQUEST["required"]}
    assert required == MeetingArguments.__required_keys__


def test_every_response_property_has_a_field() -> None:
    missing = RESPONSE["properties"].keys() - set(WIRE_NAMES.values())
    assert not missing, f"openapi.yaml has response properties without a field in meeting.py: {sorted(missing)}"


def test_every_field_has_a_response_property() -> None:
    stale = set(WIRE_NAMES.values()) - RESPONSE["properties"].keys()
    assert not stale, f"meeting.py has fields that are not in openapi.yaml: {sorted(stale)}"
    assert {attribute.name for attribute in attrs.fields(Meeting)} == {
        *WIRE_NAMES,
        "raw",
        "deviations",
        "status",
        "headers",
    }


@pytest.mark.parametrize("method", ["__init__", "create_meeting", "preview_meeting"])
def test_both_clients_have_the_same_parameters(method: str) -> None:
    def parameters(client: type) -> list[tuple[str, Any, Any]]:
        signature = inspect.signature(getattr(client, method))
        return [(parameter.name, parameter.kind, parameter.default) for parameter in signature.parameters.values()]

    assert parameters(ZoomClient) == parameters(AsyncZoomClient)
    assert len(parameters(ZoomClient)) > 5


def test_both_clients_have_the_same_types_of_arguments() -> None:
    sync, twin = (inspect.signature(client.create_meeting) for client in (ZoomClient, AsyncZoomClient))
    assert sync == twin
    keyword_only = [parameter for parameter in sync.parameters.values() if parameter.name != "self"]
    assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in keyword_only)


def test_every_parameter_is_described() -> None:
    text = ZoomClient.create_meeting.__doc__ or ""
    names = [name for name in inspect.signature(ZoomClient.create_meeting).parameters if name != "self"]
    assert [name for name in names if f"{name}: " not in text] == []
    assert AsyncZoomClient.create_meeting.__doc__ == text
