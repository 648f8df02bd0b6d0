"""openapi.yaml by itself: what it shows and describes, for every operation, and that its decisions are written down.

That it is valid and its examples keep to their schemas is for `make generate` to say (test_contract_refusals.py).
What it says of the page is held against the page's facts in contract_tests/tests/test_documented_facts.py.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from generation.checks import check
from generation.objects import walk
from generation.operations import content, operations
from generation.reading import Document, Node, read, written

ROOT = Path(__file__).resolve().parent.parent
RAW = (ROOT / "openapi.yaml").read_bytes()
FACTS = json.loads(
    (ROOT / "contract_tests/luminus_zoom_contract/spec/documented_facts.json").read_text(encoding="utf-8")
)
LONGEST_DESCRIPTION = 120
CONTRADICTIONS = 32


@pytest.fixture
def contract() -> Document:
    """The contract, anew for each test, so that a test can break it."""
    return Document(deepcopy(yaml.safe_load(RAW)))


def schemas(contract: Document) -> Node:
    return contract.data["components"]["schemas"]  # type: ignore[no-any-return]


def examples(contract: Document, *where: str | int) -> dict[str, Any]:
    """The values of the examples of a media type, by name."""
    shown = contract.at((*where, "examples")) or {}
    return {name: contract.follow(example)[1]["value"] for name, example in shown.items()}


def places(value: Any, place: str) -> set[str]:
    """The places of a JSON value in the notation of the page's facts."""
    if isinstance(value, list):
        return {place}.union(*(places(item, f"{place}[]") for item in value))
    if isinstance(value, dict):
        return {place}.union(*(places(item, f"{place}.{key}") for key, item in value.items()))
    return {place}


def errors_without_example(contract: Document) -> list[str]:
    """The error responses that have a body but no example of it."""
    return [
        f"{operation.id} {status}"
        for operation in operations(contract)
        for status, part in operation.responses.items()
        if re.match("[45]", status) and content(part)
        if not any(media.node.get("examples") for media in content(part).values())
    ]


def poor_descriptions(contract: Document) -> list[str]:
    """The items without a description, or with a long one."""
    wanted = ("operation", "parameter", "header", "request body", "response", "security scheme")
    found = []
    for item in walk(contract):
        named = item.kind == "schema" and item.at[-2] in ("schemas", "properties")
        if item.kind in wanted or named:
            described = item.node if "description" in item.node else contract.follow(item.node)[1]
            length = len(str(described.get("description", "")).strip())
            if not 0 < length <= LONGEST_DESCRIPTION:
                found.append(f"{written(item.at)}: {length} characters")
    return found


def references(node: Any) -> Iterator[str]:
    """Every reference within a node."""
    if isinstance(node, dict):
        yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def unused_components(contract: Document) -> set[str]:
    """The components that nothing refers to."""
    kinds = contract.data["components"].items()
    defined = {f"#/components/{kind}/{name}" for kind, items in kinds for name in items if kind != "securitySchemes"}
    return defined - set(references(contract.data))


def test_the_contract_is_followed() -> None:
    check(read(RAW))


BODY = ("paths", "/Meeting", "post", "requestBody", "content", "application/json")
ANSWER = ("paths", "/Meeting", "post", "responses", "201", "content", "application/json")


def test_the_minimal_example_has_the_required_properties_alone(contract: Document) -> None:
    assert sorted(examples(contract, *BODY)["minimal"]) == sorted(schemas(contract)["NewMeeting"]["required"])


@pytest.mark.parametrize(("at", "place"), [(BODY, "request"), (ANSWER, "response")])
def test_the_full_examples_have_everything_that_is_documented(
    at: tuple[str, ...], place: str, contract: Document
) -> None:
    documented = {where for where in FACTS if re.match(rf"{place}\b", where)}
    assert documented
    assert documented <= places(examples(contract, *at)["full"], place)


def test_every_error_with_a_body_has_an_example(contract: Document) -> None:
    assert errors_without_example(contract) == []


def test_names_an_error_without_example(contract: Document) -> None:
    del contract.data["paths"]["/Meeting"]["post"]["responses"]["429"]["content"]["application/json"]["examples"]
    assert errors_without_example(contract) == ["addMeeting 429"]


def test_every_item_has_a_short_description(contract: Document) -> None:
    assert poor_descriptions(contract) == []


def test_names_an_item_without_a_short_description(contract: Document) -> None:
    del schemas(contract)["NewMeeting"]["properties"]["moduleID"]["description"]
    schemas(contract)["RecordType"]["description"] = "long " * 25
    assert poor_descriptions(contract) == [
        "#/components/schemas/NewMeeting/properties/moduleID: 0 characters",
        "#/components/schemas/NewMeeting/properties/recordType: 124 characters",
        "#/components/schemas/RecordType: 124 characters",
    ]


def test_every_component_is_used(contract: Document) -> None:
    assert unused_components(contract) == set()


def test_names_a_component_that_is_not_used(contract: Document) -> None:
    schemas(contract)["Spare"] = {"type": "string"}
    assert unused_components(contract) == {"#/components/schemas/Spare"}


def test_each_contradiction_of_the_page_is_decided() -> None:
    text = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)] == [
        *range(1, CONTRADICTIONS + 1)
    ]
