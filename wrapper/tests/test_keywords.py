"""Whatever keyword openapi.yaml may state of an argument, the wrapper refuses what breaks it."""

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from luminus_zoom import Access, _arguments, _schema
from luminus_zoom._schema import contract_faults
from wrapper.tests.preview import refused, sent

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
GROUPS = ("properties", "access", "properties", "groupAccess")
Follow = Callable[..., None]


@pytest.fixture
def contract(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Put another schema in the place of the request's."""

    def use(schema: dict[str, Any]) -> None:
        for module in (_arguments, _schema):
            monkeypatch.setattr(module, "REQUEST", schema)
        _schema._contract.cache_clear()

    yield use
    _schema._contract.cache_clear()


@pytest.fixture
def follow(contract: Callable[[dict[str, Any]], None]) -> Follow:
    """Change what the contract says of a place in the request."""

    def change(*path: str, **keywords: Any) -> None:
        changed = copy.deepcopy(_schema.REQUEST)
        place: Any = changed
        for step in path:
            place = place[step]
        place.update(keywords)
        contract(changed)

    return change


# A schema, a value that keeps to it, one that does not, and what is said of that.
EXAMPLES: list[tuple[dict[str, Any], object, object, str]] = [
    ({"type": "string"}, "a", 1, "must be of the type string (got 1)"),
    ({"type": ["integer", "null"]}, None, True, "must be of the type 'integer', 'null' (got True)"),
    ({"enum": ["a", "b"], "maxLength": 1}, "b", "abc", "must be one of 'a', 'b' (got 'abc')"),
    ({"const": "a"}, "a", "b", "must be a (got 'b')"),
    ({"minimum": 2}, 2, 1.9, "must be at least 2 (got 1.9)"),
    ({"maximum": 2}, 2, 3, "must be at most 2 (got 3)"),
    ({"exclusiveMinimum": 2}, 3, 2, "must be more than 2 (got 2)"),
    ({"exclusiveMaximum": 2}, 1, 2, "must be less than 2 (got 2)"),
    ({"multipleOf": 0.1}, 0.3, 0.25, "must be a multiple of 0.1 (got 0.25)"),
    ({"minLength": 2}, "\U0001f600\U0001f600", "\U0001f600", "must have at least 2 characters (got '\U0001f600')"),
    ({"maxLength": 2}, "\U0001f600\U0001f600", "abc", "must have at most 2 characters (got 'abc')"),
    ({"pattern": r"^CS\d{4}"}, "CS1010S", "XCS1", r"must match the pattern ^CS\d{4} (got 'XCS1')"),
    ({"minItems": 1}, [1], [], "must have at least 1 items"),
    ({"maxItems": 1}, [1], [1, 2], "must have at most 1 items"),
    ({"uniqueItems": True}, [{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 1}], "must not repeat an item"),
    ({"minProperties": 1}, {"a": 1}, {}, "must have at least 1 properties"),
    ({"maxProperties": 1}, {"a": 1}, {"a": 1, "b": 1}, "must have at most 1 properties"),
    ({"required": ["a", "b"]}, {"a": 1, "b": 1}, {}, "must have 'a', 'b'"),
    ({"dependentRequired": {"a": ["b"]}}, {"b": 1}, {"a": 1}, "must have what others require: {'a': ['b']}"),
    ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, 2, 3, "must be at most 2 (got 3)"),
    ({"format": "email"}, "ann@u.nus.edu", "ann", "must have the format email (got 'ann')"),
    ({"format": "date"}, "2028-02-29", "2027-02-29", "must have the format date (got '2027-02-29')"),
    ({"format": "unheard-of", "maxLength": 1}, "a", "ab", "must have at most 1 characters (got 'ab')"),
    # OpenAPI's formats of integers, which are none of JSON Schema's.
    ({"format": "int32"}, 2**31 - 1, 2**31, "must be at most 2147483647 (got 2147483648)"),
    ({"format": "int64"}, -(2**63), -(2**63) - 1, f"must be at least {-(2**63)} (got {-(2**63) - 1})"),
    ({"format": "int32", "maximum": 5}, 5, 6, "must be at most 5 (got 6)"),
    # Null is never sent, and the other choice is told as itself.
    ({"anyOf": [{"maximum": 1}, {"type": "null"}], "allOf": [{"minimum": 0}]}, 0, 2, "must be at most 1 (got 2)"),
    ({"anyOf": [{"maximum": 1}, {"type": "null"}], "allOf": [{"minimum": 0}]}, 0, -1, "must be at least 0 (got -1)"),
    ({"anyOf": [{"type": "null"}, {"format": "int32"}]}, 0, 2**31, "must be at most 2147483647 (got 2147483648)"),
    # No words of our own: the keyword and its value.
    ({"not": {"const": 1}}, 2, 1, "breaks the contract's rule not: {'const': 1} (got 1)"),
    ({"oneOf": [{"maximum": 2}, {"minimum": 2}]}, 3, 2, "breaks the contract's rule oneOf: "),
    ({"anyOf": [{"maximum": 1}, {"minimum": 3}, {"type": "null"}]}, 3, 2, "breaks the contract's rule anyOf: "),
    ({"contains": {"const": 1}}, [2, 1], [2], "breaks the contract's rule contains: {'const': 1}"),
    ({"contains": {"const": 1}, "maxContains": 1}, [1], [1, 1], "breaks the contract's rule maxContains: 1"),
    ({"additionalProperties": False}, {}, {"a": 1}, "breaks the contract's rule additionalProperties: False"),
    ({"unevaluatedProperties": False}, {}, {"a": 1}, "breaks the contract's rule unevaluatedProperties: False"),
    ({"if": {"minimum": 5}, "then": False}, 4, 5, "breaks the contract's rule then: False (got 5)"),
    # Values and names that look like keywords are none.
    ({"const": {"format": "int32"}}, {"format": "int32"}, {}, "must be {'format': 'int32'}"),
    ({"properties": {"anyOf": {"maximum": 1}, "format": {}}, "minProperties": 1}, {"anyOf": 1}, {}, "must have at"),
]


@pytest.mark.parametrize(("schema", "good", "bad", "told"), EXAMPLES)
def test_a_keyword(
    contract: Callable[[dict[str, Any]], None], schema: dict[str, Any], good: object, bad: object, told: str
) -> None:
    contract({"properties": {"value": schema}})
    assert contract_faults({"value": good}, ()) == []
    ((path, text),) = contract_faults({"value": bad}, ())
    assert path == ("value",)
    assert text.startswith(told)


def test_what_was_refused_is_not_judged_again_and_nor_is_what_holds_it(
    contract: Callable[[dict[str, Any]], None],
) -> None:
    part = {"properties": {"a": {"type": "integer"}, "b": {"maximum": 1}}, "maxProperties": 1}
    contract({"properties": {"x": part, "y": part}, "maxProperties": 1})
    body = {"x": {"a": object(), "b": 2}, "y": {"a": 1, "b": 2}}
    assert contract_faults(body, [("x", "a")]) == [
        (("x", "b"), "must be at most 1 (got 2)"),
        (("y",), "must have at most 1 properties"),
        (("y", "b"), "must be at most 1 (got 2)"),
    ]


def test_what_becomes_required_is_asked_for(follow: Follow) -> None:
    follow(required=[*_schema.REQUEST["required"], "lessonID"])
    assert refused() == {"lesson_id": "is required"}


@pytest.mark.parametrize(
    ("argument", "property_", "keywords", "good", "bad", "told"),
    [
        ("channel_name", "channelName", {"pattern": "^CS"}, "CS1", "XCS1", "must match the pattern ^CS (got 'XCS1')"),
        ("channel_name", "channelName", {"maxLength": 3}, "CS1", "CS10", "must have at most 3 characters (got 'CS10')"),
        ("channel_name", "channelName", {"format": "email"}, "a@b.sg", "ann", "must have the format email (got 'ann')"),
        ("channel_name", "channelName", {"const": "CS1"}, "CS1", "CS2", "must be CS1 (got 'CS2')"),
        (
            "channel_name",
            "channelName",
            {"not": {"const": "x"}},
            "CS1",
            "x",
            "breaks the contract's rule not: {'const': 'x'}",
        ),
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
            "breaks the contract's rule contains: {",
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
    rights = _schema.REQUEST["properties"]["access"]
    follow("properties", access={"anyOf": [{**rights, "maxProperties": 1}, {"type": "null"}]})
    assert refused(access=Access(groups={ID: 1}, public=1)) == {"access": "must have at most 1 properties"}
    assert "access.public" in refused(access=Access(public=7))


def test_a_place_that_the_contract_lost(follow: Follow) -> None:
    follow("properties", access={"type": "object"})
    assert sent(access=Access(groups={ID: 6}))["access"] == {"groupAccess": [{"groupID": ID, "accessRole": 6}]}
