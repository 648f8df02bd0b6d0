"""Whatever keyword openapi.yaml may state of an argument, the wrapper refuses what breaks it."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest

from luminus_zoom import Access, _arguments
from luminus_zoom._schema import CHECKED, FORMATS, INTEGER_BITS, faults, rules_of
from wrapper.tests.preview import refused, sent

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
GROUPS = ("properties", "access", "properties", "groupAccess")
Follow = Callable[..., None]

# For each keyword or format: a schema that states it, a value that keeps to it, and values that do not.
EXAMPLES: list[tuple[str, dict[str, Any], object, tuple[object, ...]]] = [
    ("type", {"type": "string"}, "a", (1, None, [], {}, True)),
    ("type", {"type": ["integer", "null"]}, None, ("a", True, 1.5)),
    ("type", {"type": "number"}, 1.5, ("a", True)),
    ("type", {"type": "boolean"}, True, (1, 0)),
    ("enum", {"enum": ["a", "b"], "maxLength": 1}, "b", ("c", "abc")),
    ("const", {"const": "a"}, "a", ("b",)),
    ("minimum", {"minimum": 2}, 2, (1, 1.9)),
    ("maximum", {"maximum": 2}, 2, (3, 2.1)),
    ("exclusiveMinimum", {"exclusiveMinimum": 2}, 3, (2, 1)),
    ("exclusiveMaximum", {"exclusiveMaximum": 2}, 1, (2, 3)),
    ("multipleOf", {"multipleOf": 3}, 9, (10,)),
    ("multipleOf", {"multipleOf": 0.5}, 1.5, (1.25,)),
    ("minLength", {"minLength": 2}, "\U0001f600\U0001f600", ("\U0001f600", "")),
    ("maxLength", {"maxLength": 2}, "\U0001f600\U0001f600", ("abc",)),
    ("pattern", {"pattern": r"^CS\d{4}"}, "CS1010S", ("cs1010", "XCS1010", "CS\u0661\u0661\u0661\u0661")),
    ("minItems", {"minItems": 1}, [1], ([],)),
    ("maxItems", {"maxItems": 1}, [1], ([1, 2],)),
    ("uniqueItems", {"uniqueItems": True}, [{"a": 1}, {"a": 2}], ([{"a": 1}, {"a": 1}],)),
    ("uniqueItems", {"uniqueItems": False, "maxItems": 2}, [1, 1], ([1, 1, 1],)),
    ("items", {"items": {"minimum": 1}}, [1, 2], ([1, 0],)),
    ("prefixItems", {"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}, ["a", 1], ([1], ["a", "a"])),
    ("contains", {"contains": {"const": 1}}, [2, 1], ([2], [])),
    ("minContains", {"contains": {"const": 1}, "minContains": 2}, [1, 1], ([1],)),
    ("maxContains", {"contains": {"const": 1}, "maxContains": 1}, [1], ([1, 1],)),
    ("minProperties", {"minProperties": 1}, {"a": 1}, ({},)),
    ("maxProperties", {"maxProperties": 1}, {"a": 1}, ({"a": 1, "b": 1},)),
    ("required", {"required": ["a"]}, {"a": 1}, ({"b": 1},)),
    ("dependentRequired", {"dependentRequired": {"a": ["b"]}}, {"b": 1}, ({"a": 1},)),
    ("dependentSchemas", {"dependentSchemas": {"a": {"maxProperties": 1}}}, {"a": 1}, ({"a": 1, "b": 1},)),
    ("properties", {"properties": {"a": {"minimum": 1}}}, {"b": 0}, ({"a": 0},)),
    ("patternProperties", {"patternProperties": {"^a": {"minimum": 1}}}, {"b": 0, "ab": 1}, ({"ab": 0},)),
    (
        "additionalProperties",
        {"properties": {"a": True}, "patternProperties": {"^b": True}, "additionalProperties": False},
        {"a": 1, "bc": 1},
        ({"c": 1},),
    ),
    ("propertyNames", {"propertyNames": {"maxLength": 1}}, {"a": 1}, ({"ab": 1},)),
    ("allOf", {"allOf": [{"minimum": 1}, {"maximum": 2}]}, 2, (0, 3)),
    ("anyOf", {"anyOf": [{"maximum": 1}, {"minimum": 3}]}, 3, (2,)),
    ("anyOf", {"anyOf": [{"type": "integer", "maximum": 1}, {"type": "null"}]}, 1, (2, "a")),
    ("oneOf", {"oneOf": [{"maximum": 2}, {"minimum": 2}]}, 3, (2,)),
    ("not", {"not": {"const": 1}}, 2, (1,)),
    ("if", {"if": {"minimum": 5}, "then": {"multipleOf": 5}, "else": {"maximum": 2}}, 10, (6, 3)),
    ("then", {"if": {"minimum": 5}, "then": False}, 4, (5,)),
    ("else", {"if": {"minimum": 5}, "else": False}, 5, (4,)),
    ("format", {"format": "unheard-of", "maxLength": 1}, "a", ("ab",)),
    ("format int32", {"format": "int32"}, 2**31 - 1, (2**31, -(2**31) - 1)),
    ("format int64", {"format": "int64"}, -(2**63), (2**63,)),
    ("format date", {"format": "date"}, "2028-02-29", ("2027-02-29", "20270101", "2027-W01-1", "x")),
    (
        "format date-time",
        {"format": "date-time"},
        "2027-01-18T10:00:00+08:00",
        ("2027-01-18T10:00:00", "2027-01-18", "x"),
    ),
    ("format time", {"format": "time"}, "10:00:00Z", ("10:00:00", "25:00:00Z", "x")),
    ("format email", {"format": "email"}, "ann@u.nus.edu", ("ann", "ann@", "a b@c.sg")),
    ("format hostname", {"format": "hostname"}, "u.nus.edu", ("-a.sg", "a..sg", "a b")),
    ("format ipv4", {"format": "ipv4"}, "192.0.2.1", ("192.0.2.256", "x")),
    ("format ipv6", {"format": "ipv6"}, "2001:db8::1", ("2001:db8::g", "x")),
    ("format uri", {"format": "uri"}, "https://nus.edu/x", ("nus.edu", "https://a b")),
    ("format uuid", {"format": "uuid"}, ID, ("x", ID[:-1])),
]


def names(example: Any) -> str:
    return str(example) if isinstance(example, str) else ""


def test_every_keyword_has_an_example() -> None:
    wanted = CHECKED | {f"format {name}" for name in (*FORMATS, *INTEGER_BITS)}
    assert {keyword for keyword, *_ in EXAMPLES} == wanted


@pytest.mark.parametrize(("keyword", "schema", "good", "bad"), EXAMPLES, ids=names)
def test_a_keyword(keyword: str, schema: dict[str, Any], good: object, bad: tuple[object, ...]) -> None:
    peer = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert faults(rules_of(schema), good) == []
    assert peer.is_valid(good)
    for value in bad:
        assert faults(rules_of(schema), value), value
        # This project's own rule for numbers, which no other library has (OpenAPI's registry of formats).
        assert keyword.startswith("format int") or not peer.is_valid(value), value


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Follow:
    """Change what the contract says of a place in the request, and make the wrapper follow."""

    def follow(*path: str, **keywords: Any) -> None:
        contract = copy.deepcopy(_arguments.REQUEST)
        place: Any = contract
        for step in path:
            place = place[step]
        place.update(keywords)
        monkeypatch.setattr(_arguments, "REQUEST", contract)
        parameters = {name: _arguments._parameter(old.wire, old.convert) for name, old in _arguments.PARAMETERS.items()}
        monkeypatch.setattr(_arguments, "PARAMETERS", parameters)
        monkeypatch.setattr(_arguments, "BODY", _arguments._own_rules())
        monkeypatch.setattr(_arguments, "ACCESS", _arguments._own_rules("properties", "access"))
        lists = tuple(_arguments._rights(old.name, old.wire, old.id_name) for old in _arguments.ACCESS_LISTS)
        monkeypatch.setattr(_arguments, "ACCESS_LISTS", lists)

    return follow


@pytest.mark.parametrize(
    ("argument", "property_", "keywords", "good", "bad", "told"),
    [
        ("channel_name", "channelName", {"pattern": "^CS"}, "CS1", "XCS1", "must match the pattern ^CS (got 'XCS1')"),
        ("channel_name", "channelName", {"maxLength": 3}, "CS1", "CS10", "must have at most 3 characters (got 'CS10')"),
        ("channel_name", "channelName", {"format": "email"}, "a@b.sg", "ann", "must have the format email (got 'ann')"),
        ("channel_name", "channelName", {"const": "CS1"}, "CS1", "CS2", "must be CS1 (got 'CS2')"),
        ("channel_name", "channelName", {"not": {"const": "x"}}, "CS1", "x", "must not be {'const': 'x'} (got 'x')"),
        ("duration", "duration", {"exclusiveMaximum": 90}, 75, 90, "must be less than 90 (got 90)"),
        ("duration", "duration", {"exclusiveMinimum": 15}, timedelta(minutes=30), 15, "must be more than 15 (got 15)"),
        ("duration", "duration", {"allOf": [{"maximum": 60}]}, 60, 75, "must be at most 60 (got 75)"),
        ("send_email", "isSendEmail", {"const": False}, False, True, "must be False (got True)"),
        (
            "alternative_hosts",
            "alternativeHosts",
            {"maxLength": 6},
            ["a@b.sg"],
            ["ab@b.sg"],
            "must have at most 6 characters",
        ),
        ("module_id", "moduleID", {"pattern": "^0f"}, ID, OTHER, "must match the pattern ^0f"),
        ("record_type", "recordType", {"enum": [2]}, 2, 1, "must be one of 2 (got 1)"),
    ],
)
def test_an_argument(
    follow: Follow, argument: str, property_: str, keywords: dict[str, Any], good: Any, bad: Any, told: str
) -> None:
    follow("properties", property_, **keywords)
    assert property_ in sent(**{argument: good})
    assert refused(**{argument: bad})[argument].startswith(told)
    assert sent(**{argument: bad}, validate=False)


@pytest.mark.parametrize(
    ("path", "keywords", "good", "bad", "place", "told"),
    [
        (GROUPS, {"maxItems": 1}, {ID: 1}, {ID: 1, OTHER: 1}, "access.groups", "must have at most 1 items"),
        (GROUPS, {"minItems": 2}, {ID: 1, OTHER: 1}, {ID: 1}, "access.groups", "must have at least 2 items"),
        (
            GROUPS,
            {"contains": {"properties": {"accessRole": {"const": 1}}}},
            {ID: 1},
            {ID: 2},
            "access.groups",
            "must contain",
        ),
        (
            (*GROUPS, "items"),
            {"minProperties": 3},
            None,
            {ID: 1},
            f"access.groups['{ID}']",
            "must have at least 3 properties",
        ),
        (
            (*GROUPS, "items", "properties", "groupID"),
            *({"pattern": "^0f"}, {ID: 1}, {OTHER: 1}, "access.groups", "must match the pattern ^0f"),
        ),
        (
            (*GROUPS, "items", "properties", "accessRole"),
            *({"enum": [3]}, {ID: 3}, {ID: 1}, f"access.groups['{ID}']", "must be one of 3 (got 1)"),
        ),
        (GROUPS[:2], {"minProperties": 2}, None, {ID: 1}, "access", "must have at least 2 properties"),
        (GROUPS[:2], {"required": ["publicAccess"]}, None, {ID: 1}, "access", "must have 'publicAccess'"),
    ],
)
def test_access(
    follow: Follow, path: tuple[str, ...], keywords: dict[str, Any], good: Any, bad: Any, place: str, told: str
) -> None:
    follow(*path, **keywords)
    assert good is None or "access" in sent(access=Access(groups=good))
    problems = refused(access=Access(groups=bad))
    assert list(problems) == [place]
    assert problems[place].startswith(told)


def test_the_whole(follow: Follow) -> None:
    follow(dependentRequired={"channelName": ["channelID"]})
    assert sent(channel_name="x", channel_id=ID)
    assert refused(channel_name="x") == {
        "the arguments": "must have what others require: {'channelName': ['channelID']}"
    }


def test_a_nullable_object_is_checked_inside(follow: Follow) -> None:
    rights = _arguments.REQUEST["properties"]["access"]
    follow("properties", access={"anyOf": [{**rights, "maxProperties": 1}, {"type": "null"}]})
    assert refused(access=Access(groups={ID: 1}, public=1)) == {"access": "must have at most 1 properties"}
    assert "access.public" in refused(access=Access(public=7))


def test_a_place_that_the_contract_lost(follow: Follow) -> None:
    follow("properties", access={"type": "object"})
    assert sent(access=Access(groups={ID: 6}))["access"] == {"groupAccess": [{"groupID": ID, "accessRole": 6}]}
