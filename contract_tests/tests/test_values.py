"""values_for: each keyword of a schema is met and violated, and every value is what it claims to be."""

from typing import Any

import jsonschema
import pytest

from luminus_zoom_contract.cases import values
from luminus_zoom_contract.cases.case import Raw, encode
from luminus_zoom_contract.cases.values import SuiteError, Value, values_for
from luminus_zoom_contract.spec.document import decode
from luminus_zoom_contract.spec.operations import Field, fields_of

SCHEMAS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "bounds": ({"type": "integer", "minimum": 3, "maximum": 9}, {"minimum", "maximum", "type"}),
    "exclusive bounds": (
        {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 9},
        {"exclusiveMinimum", "exclusiveMaximum"},
    ),
    "one bound": ({"type": "integer", "maximum": -5}, {"maximum"}),
    "multiples": ({"type": "integer", "minimum": 10, "maximum": 100, "multipleOf": 10}, {"multipleOf"}),
    "number": ({"type": "number", "exclusiveMinimum": 0, "maximum": 2.5}, {"exclusiveMinimum", "maximum", "type"}),
    "number of multiples": ({"type": "number", "multipleOf": 0.25}, {"multipleOf"}),
    "integers listed": ({"type": "integer", "enum": [1, 2, 4]}, {"enum", "type"}),
    "texts listed": ({"type": "string", "enum": ["low", "high"]}, {"enum", "type"}),
    "a list without a type": ({"enum": ["a", "b"]}, {"enum"}),
    "constant": ({"type": "string", "const": "fixed"}, {"const"}),
    "lengths": ({"type": "string", "minLength": 2, "maxLength": 5}, {"minLength", "maxLength", "type"}),
    "pattern": ({"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"}, {"pattern"}),
    "pattern and length": ({"type": "string", "pattern": "^[a-z]+$", "maxLength": 4}, {"pattern", "maxLength"}),
    "uuid": ({"type": "string", "format": "uuid"}, {"format", "type"}),
    "date-time": ({"type": "string", "format": "date-time"}, {"format", "type"}),
    "date": ({"type": "string", "format": "date"}, {"format"}),
    "time": ({"type": "string", "format": "time"}, {"format"}),
    "email": ({"type": "string", "format": "email"}, {"format"}),
    "ipv4": ({"type": "string", "format": "ipv4"}, {"format"}),
    "ipv6": ({"type": "string", "format": "ipv6"}, {"format"}),
    "hostname": ({"type": "string", "format": "hostname"}, {"format"}),
    "uri": ({"type": "string", "format": "uri"}, {"format"}),
    "duration": ({"type": "string", "format": "duration"}, {"format"}),
    "int64": ({"type": "integer", "format": "int64"}, {"type"}),
    "boolean": ({"type": "boolean"}, {"type"}),
    "array": ({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3}, {"minItems", "maxItems"}),
    "unique": ({"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 1}, {"uniqueItems"}),
    "open object": ({"type": "object", "properties": {"a": {"type": "string"}}}, {"type"}),
    "closed object": (
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        {"additionalProperties"},
    ),
    "map": ({"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2}, {"maxProperties"}),
    "few members": ({"type": "object", "minProperties": 2}, {"minProperties"}),
    "dependent": (
        {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "dependentRequired": {"a": ["b"]},
        },
        {"dependentRequired"},
    ),
    "nullable": ({"type": ["string", "null"], "maxLength": 3}, {"maxLength", "type"}),
    "null among alternatives": ({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}, {"minimum"}),
    "one of": ({"oneOf": [{"type": "integer", "minimum": 5}, {"type": "string", "maxLength": 3}]}, {"oneOf"}),
    "any of": ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, {"anyOf"}),
    "not": ({"type": "string", "not": {"enum": ["never"]}}, {"type"}),
    "all of": (
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
                {"properties": {"b": {"type": "string"}}},
            ]
        },
        {"type"},
    ),
}


def field_of(schema: dict[str, Any]) -> Field:
    """A schema as a field of its own document."""
    return fields_of({"openapi": "3.1.0", "components": {"schemas": {"it": schema}}}, "/components/schemas/it")[0]


def given(value: Value) -> Any:
    """What a value says as JSON."""
    return decode(encode(value.value))


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_keyword_is_met_and_violated(name: str) -> None:
    schema, keywords = SCHEMAS[name]
    found = list(values_for(field_of(schema)))
    assert any(value.legal for value in found)
    for keyword in keywords:
        assert any(not value.legal for value in found if value.keyword == keyword), keyword


@pytest.mark.parametrize("name", [it for it in SCHEMAS if "format" not in SCHEMAS[it][0]])
def test_another_validator_agrees(name: str) -> None:
    """On everything but formats and numbers beyond what Python's reader holds, which this validator does not judge."""
    validator = jsonschema.Draft202012Validator(SCHEMAS[name][0])
    values_ = [it for it in values_for(field_of(SCHEMAS[name][0])) if not isinstance(it.value, Raw)]
    assert values_
    # "multipleOf" of fractions is exact in one of the two validators alone.
    wrong = [it for it in values_ if it.keyword != "multipleOf" and validator.is_valid(given(it)) is not it.legal]
    assert [(it.words, it.value) for it in wrong] == []


def test_a_null_is_legal_where_the_schema_says_so() -> None:
    for name in ("nullable", "null among alternatives", "bounds"):
        nulls = [it.legal for it in values_for(field_of(SCHEMAS[name][0])) if it.value is None]
        assert nulls[0] is (name != "bounds")


def test_a_value_that_is_not_what_it_claims_is_a_fault_of_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "_booleans", lambda: iter([("type", True, "as true", False)]))
    with pytest.raises(SuiteError, match="as true is not against type"):
        list(values_for(field_of({"type": "boolean"})))
