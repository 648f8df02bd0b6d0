"""openapi.yaml by itself: valid, with examples that keep to it and short descriptions, and its decisions written down.

What it says of the page is held against the page's facts in contract_tests/test_documented_facts.py.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
FACTS = json.loads(
    (ROOT / "contract_tests/luminus_zoom_contract/spec/documented_facts.json").read_text(encoding="utf-8")
)
LONGEST_DESCRIPTION = 120
CONTRADICTIONS = 32

Node = dict[str, Any]


@pytest.fixture
def contract() -> Node:
    """The contract, anew for each test, so that a test can break it."""
    return deepcopy(CONTRACT)


def followed(node: Node, contract: Node) -> Node:
    """The item behind a reference, or the item itself."""
    target: Any = contract
    for step in node.get("$ref", "").split("/")[1:]:
        target = target[step]
    return target if "$ref" in node else node


def bodies(contract: Node) -> Iterator[tuple[str, Node]]:
    """The request and each response."""
    operation = contract["paths"]["/Meeting"]["post"]
    yield "request", operation["requestBody"]
    yield from operation["responses"].items()


def examples(contract: Node) -> Iterator[tuple[str, Node, Any]]:
    """Every example: where it is, the schema that it illustrates, its value."""
    for name, body in bodies(contract):
        for media_type in body.get("content", {}).values():
            for label, example in media_type.get("examples", {}).items():
                yield f"{name}.{label}", media_type["schema"], followed(example, contract)["value"]


def example(contract: Node, wanted: str) -> Any:
    """The value of one example."""
    return next(value for name, _, value in examples(contract) if name == wanted)


def pointers(node: Any, keys: set[str], pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that stands at one of some keys, with its place."""
    if isinstance(node, list):
        for item in node:
            yield from pointers(item, keys, pointer)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in keys:
                yield f"{pointer}/{key}", value
            yield from pointers(value, keys, f"{pointer}/{key}")


def places(value: Any, place: str) -> set[str]:
    """The places of a JSON value in the notation of the page's facts."""
    if isinstance(value, list):
        return {place}.union(*(places(item, f"{place}[]") for item in value))
    if isinstance(value, dict):
        return {place}.union(*(places(item, f"{place}.{key}") for key, item in value.items()))
    return {place}


def spec_errors(contract: Node) -> list[str]:
    """What makes the contract no valid OpenAPI document."""
    return [
        f"/{'/'.join(map(str, error.path))}: {error.message}"
        for error in OpenAPIV31SpecValidator(contract).iter_errors()
    ]


def broken_examples(contract: Node) -> list[str]:
    """The examples that their schema does not allow."""
    broken = []
    for name, schema, value in examples(contract):
        root = {**schema, "components": contract["components"]}
        errors = jsonschema_rs.Draft202012Validator(root, validate_formats=True).iter_errors(value)
        broken += [f"{name}{''.join(f'.{step}' for step in error.instance_path)}: {error.message}" for error in errors]
    return broken


def errors_without_example(contract: Node) -> list[str]:
    """The error responses that have a body but no example of it."""
    shown = {name.partition(".")[0] for name, _, _ in examples(contract)}
    with_body = [name for name, body in bodies(contract) if "content" in body and re.match("[45]", name)]
    return [name for name in with_body if name not in shown]


def described(contract: Node) -> Iterator[tuple[str, Node]]:
    """Everything that owes its reader a description: operation, bodies, headers, credentials, schemas, properties."""
    yield "addMeeting", contract["paths"]["/Meeting"]["post"]
    for name, body in bodies(contract):
        yield name, body
        yield from ((f"{name}.{header}", item) for header, item in body.get("headers", {}).items())
    yield from contract["components"]["securitySchemes"].items()
    for name, schema in contract["components"]["schemas"].items():
        yield name, schema
        properties = schema.get("properties", {}).items()
        yield from ((f"{name}.{property_}", followed(item, contract)) for property_, item in properties)


def poor_descriptions(contract: Node) -> list[str]:
    """The items without a description, or with a long one."""
    lengths = {name: len(item.get("description", "").strip()) for name, item in described(contract)}
    return [f"{name}: {length} characters" for name, length in lengths.items() if not 0 < length <= LONGEST_DESCRIPTION]


def unused_components(contract: Node) -> set[str]:
    """The components that nothing refers to."""
    used = {reference for _, reference in pointers(contract, {"$ref"})}
    kinds = contract["components"].items()
    defined = {f"#/components/{kind}/{name}" for kind, items in kinds for name in items if kind != "securitySchemes"}
    return defined - used


def test_is_a_valid_openapi_document(contract: Node) -> None:
    assert contract["openapi"] == "3.1.0"
    assert spec_errors(contract) == []


def test_names_what_makes_a_document_invalid(contract: Node) -> None:
    del contract["paths"]["/Meeting"]["post"]["responses"]["403"]["description"]
    assert any("403" in error for error in spec_errors(contract))


def test_has_one_operation_that_the_client_can_name(contract: Node) -> None:
    operation_ids = [value for _, value in pointers(contract["paths"], {"operationId"})]
    assert operation_ids == ["addMeeting"]


@pytest.mark.parametrize(("place", "schema"), [("request", "NewMeeting"), ("response", "Meeting")])
def test_has_as_many_properties_as_the_page(place: str, schema: str, contract: Node) -> None:
    documented = [where for where in FACTS if re.fullmatch(rf"{place}\.\w+", where)]
    assert documented
    assert len(contract["components"]["schemas"][schema]["properties"]) == len(documented)


def test_every_example_keeps_to_its_schema(contract: Node) -> None:
    assert broken_examples(contract) == []


@pytest.mark.parametrize(
    ("example", "key", "value", "problem"),
    [
        ("MinimalRequest", "duration", 16, "request.minimal.duration: 16 is not a multiple of 15"),
        ("MinimalRequest", "moduleID", "CS1010", 'request.minimal.moduleID: "CS1010" is not a "uuid"'),
        ("FullRequest", "startDate", "2027-01-18", 'request.full.startDate: "2027-01-18" is not a "date-time"'),
        ("FullResponse", "recordType", 3, "201.full.recordType: 3 is not one of 0, 1 or 2"),
    ],
)
def test_names_an_example_that_breaks_its_schema(
    example: str, key: str, value: Any, problem: str, contract: Node
) -> None:
    contract["components"]["examples"][example]["value"][key] = value
    assert broken_examples(contract) == [problem]


def test_no_example_stands_where_it_is_not_checked(contract: Node) -> None:
    found = [pointer for pointer, _ in pointers(contract, {"example", "examples"})]
    assert found
    assert [
        at for at in found if not re.fullmatch(r"/components/examples|/paths/.*/content/[^/]+/[^/]+/examples", at)
    ] == []


def test_the_minimal_example_has_the_required_properties_alone(contract: Node) -> None:
    assert sorted(example(contract, "request.minimal")) == contract["components"]["schemas"]["NewMeeting"]["required"]


@pytest.mark.parametrize(("name", "place"), [("request.full", "request"), ("201.full", "response")])
def test_the_full_examples_have_everything_that_is_documented(name: str, place: str, contract: Node) -> None:
    documented = {where for where in FACTS if re.match(rf"{place}\b", where)}
    assert places(example(contract, name), place) == documented


def test_every_error_with_a_body_has_an_example(contract: Node) -> None:
    assert errors_without_example(contract) == []


def test_names_an_error_without_example(contract: Node) -> None:
    del contract["paths"]["/Meeting"]["post"]["responses"]["429"]["content"]["application/json"]["examples"]
    assert errors_without_example(contract) == ["429"]


def test_every_item_has_a_short_description(contract: Node) -> None:
    assert poor_descriptions(contract) == []


def test_names_an_item_without_a_short_description(contract: Node) -> None:
    schemas = contract["components"]["schemas"]
    del schemas["NewMeeting"]["properties"]["moduleID"]["description"]
    schemas["RecordType"]["description"] = "long " * 25
    assert poor_descriptions(contract) == [
        "NewMeeting.moduleID: 0 characters",
        "NewMeeting.recordType: 124 characters",
        "RecordType: 124 characters",
    ]


def test_every_component_is_used(contract: Node) -> None:
    assert unused_components(contract) == set()


def test_names_a_component_that_is_not_used(contract: Node) -> None:
    contract["components"]["schemas"]["Spare"] = {"type": "string"}
    assert unused_components(contract) == {"#/components/schemas/Spare"}


def test_every_enum_value_has_a_name(contract: Node) -> None:
    enums = [schema for schema in contract["components"]["schemas"].values() if "enum" in schema]
    assert enums
    for schema in enums:
        assert len(schema["x-enum-varnames"]) == len(set(schema["x-enum-varnames"])) == len(schema["enum"])
        assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", name) for name in schema["x-enum-varnames"])


def test_each_contradiction_of_the_page_is_decided() -> None:
    text = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)] == [
        *range(1, CONTRADICTIONS + 1)
    ]
