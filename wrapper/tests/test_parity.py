"""The wrapper keeps up with the contract, and the two clients with each other."""

import inspect
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from luminus_zoom import AsyncZoomClient, Meeting, MeetingArguments, ZoomClient
from luminus_zoom._arguments import PARAMETERS
from luminus_zoom._schema import CHECKED, FORMATS, INTEGER_BITS
from luminus_zoom.meeting import WIRE_NAMES
from luminus_zoom_api.limits import REQUEST, RESPONSE


def test_every_request_property_has_a_parameter() -> None:
    missing = REQUEST["properties"].keys() - {parameter.wire for parameter in PARAMETERS.values()}
    assert not missing, f"openapi.yaml has request properties without a parameter in _arguments.py: {sorted(missing)}"


def test_every_parameter_has_a_request_property() -> None:
    stale = {parameter.wire for parameter in PARAMETERS.values()} - REQUEST["properties"].keys()
    assert not stale, f"_arguments.py has parameters that are not in openapi.yaml: {sorted(stale)}"


def test_every_parameter_is_typed() -> None:
    assert list(MeetingArguments.__annotations__) == list(PARAMETERS)
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


def keywords(schema: dict[str, Any]) -> Iterator[str]:
    """The JSON Schema keywords that a schema uses, at any depth, and its formats."""
    by_name = {"properties", "patternProperties", "dependentSchemas"}
    nested = {"items", "contains", "not", "if", "then", "else", "propertyNames", "additionalProperties"}
    several = {"anyOf", "oneOf", "allOf", "prefixItems"}
    for keyword, value in schema.items():
        yield keyword if keyword != "format" else f"format {value}"
        children = value.values() if keyword in by_name else value if keyword in several else ()
        for child in (*children, *([value] if keyword in nested else [])):
            if isinstance(child, dict):
                yield from keywords(child)


def test_every_keyword_of_the_request_is_checked() -> None:
    checked = CHECKED | {f"format {name}" for name in (*FORMATS, *INTEGER_BITS)}
    notes = {"title", "default", "deprecated", "readOnly", "writeOnly", "$comment"}
    unchecked = set(keywords(REQUEST)) - checked - notes
    assert not unchecked, f"openapi.yaml uses keywords that _schema.py does not check: {sorted(unchecked)}"


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
