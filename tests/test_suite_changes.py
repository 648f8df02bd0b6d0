"""What the suite makes of changed contracts: it exercises or names what was added, and finds a fault in it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from luminus_zoom_contract.spec.document import SetupError

from .followed import Document, follows, mock_of, run, write

Change = Callable[[Document], object]
CONTRACT = yaml.safe_load((Path(__file__).parent.parent / "openapi.yaml").read_text(encoding="utf-8"))


def written(change: Change, path: Path) -> tuple[Document, Path]:
    document = deepcopy(CONTRACT)
    change(document)
    return document, write(document, path)


def add(name: str, schema: Document, *places: str, required: bool = False) -> Change:
    def change(document: Document) -> None:
        for place in places:
            each = document["components"]["schemas"][place]
            each["properties"][name] = deepcopy(schema)
            each["required"] = [*each.get("required", []), *([name] if required else [])]

    return change


def add_operation(path: str, method: str, **node: Any) -> Change:
    return lambda it: it["paths"].setdefault(path, {}).update({method: {"operationId": "doIt", **node}})


def of_meeting(**more: Any) -> Change:
    return lambda it: it["paths"]["/Meeting"]["post"].update(deepcopy(more))


def answer(schema: Document) -> Document:
    return {"description": "It.", "content": {"application/json": {"schema": schema}}}


def conflict(document: Document) -> None:
    document["paths"]["/Meeting"]["post"]["responses"]["409"] = answer({"type": "object"})


TEXT = {"type": "string"}
LISTED = {
    "name": "kinds",
    "required": True,
    "schema": {"type": "array", "maxItems": 3, "items": {"$ref": "#/components/schemas/RecordType"}},
}


def path_parameter(name: str, schema: Document) -> Document:
    return {"in": "path", "name": name, "required": True, "schema": schema}


DRY = {"in": "query", "name": "dry", "required": True, "schema": {"type": "boolean"}}
BOTH = [{"subscriptionKey": [], "bearerToken": []}]
# Each was once called broken on the mock, ended in a traceback, or was passed over.
CHANGES: dict[str, Change] = {
    "a path parameter that what was created cannot fill": add_operation(
        "/Meeting/{id}",
        "put",
        parameters=[{"in": "path", "name": "id", "required": True, "schema": TEXT | {"format": "uri"}}],
        responses={"204": {"description": "It."}},
    ),
    "a body of few properties": add_operation(
        "/Room",
        "post",
        requestBody={
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "maxProperties": 1,
                        "properties": {"one": TEXT, "two": {"type": "object", "properties": {"three": TEXT}}},
                    }
                }
            },
        },
        responses={"204": {"description": "It."}},
    ),
    "a body that is a list": add_operation(
        "/Room",
        "post",
        requestBody={
            "content": {"application/json": {"schema": {"type": "array", "items": TEXT | {"format": "date"}}}}
        },
        responses={"204": {"description": "It."}},
    ),
    "a new operation": add_operation("/Room", "get", responses={"200": answer({"type": "array", "items": TEXT})}),
    "an operation that nothing leads to": add_operation(
        "/Room/{room}",
        "get",
        parameters=[{"in": "path", "name": "room", "required": True, "schema": TEXT}],
        responses={"204": {"description": "It."}},
    ),
    "a query parameter": of_meeting(parameters=[DRY]),
    "a 409 with a body": conflict,
    "key and bearer": of_meeting(security=BOTH),
    "a second server": lambda it: it["servers"].append({"url": "https://luminus.nus.edu.sg/v2/api/zoom"}),
    "a value of a path that nothing was created for": add_operation(
        "/Meeting/{id}",
        "post",
        parameters=[path_parameter("id", {"const": "a b"})],
        responses={"204": {"description": "It."}, "404": {"description": "No."}},
    ),
    "a number that what was created is not": add_operation(
        "/Meeting/{id}",
        "get",
        parameters=[path_parameter("id", {"type": "integer", "enum": [1, 2]})],
        responses={"204": {"description": "It."}},
    ),
    "unique values without a collection": add_operation(
        "/Room/{room}",
        "post",
        parameters=[path_parameter("room", {"type": "boolean", "enum": [True]})],
        responses={"200": answer({"$ref": "#/components/schemas/Meeting"})},
    ),
    "a list with bars": add_operation(
        "/Room",
        "get",
        parameters=[LISTED | {"in": "query", "style": "pipeDelimited", "explode": False}],
        responses={"204": {"description": "It."}},
    ),
    "a list of referred values": add_operation(
        "/Room",
        "get",
        parameters=[LISTED | {"in": "query"}, LISTED | {"in": "header"}],
        responses={"204": {"description": "It."}},
    ),
    "texts that no header carries": of_meeting(
        parameters=[
            {
                "in": "header",
                "name": "entities",
                "required": True,
                "schema": {"type": "array", "maxItems": 3, "items": TEXT | {"enum": ["a,b", "é", "c"]}},
            }
        ]
    ),
    "a list that asks for more than a page": add_operation(
        "/Meeting",
        "get",
        parameters=[DRY, {"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1}}],
        responses={"200": answer({"type": "array", "items": {"$ref": "#/components/schemas/Meeting"}})},
    ),
    "two cookies": add_operation(
        "/Room",
        "delete",
        parameters=[
            {"in": "cookie", "name": "one", "required": True, "schema": {"type": "integer"}},
            {"in": "cookie", "name": "two", "schema": {"type": "integer", "format": "int64"}},
        ],
        responses={"204": {"description": "It."}},
    ),
    "a required cookie": add_operation(
        "/Room",
        "delete",
        parameters=[{"in": "cookie", "name": "isOpen", "required": True, "schema": {"type": "integer"}}],
        responses={"204": {"description": "It."}},
    ),
    "a list in a header, and a 404 of its own": add_operation(
        "/Room",
        "get",
        parameters=[
            {
                "in": "header",
                "name": "isOpen",
                "required": True,
                "schema": {"type": "array", "items": {"type": "integer"}},
            }
        ],
        responses={"204": {"description": "It."}, "404": answer({"type": "integer"})},
    ),
    "a query parameter that harmless requests have": of_meeting(
        parameters=[{"in": "query", "name": "entities", "schema": TEXT | {"const": "x"}}]
    ),
    "a header that harmless requests have": of_meeting(
        parameters=[{"in": "header", "name": "X-Request-Id", "schema": {"type": "integer"}}]
    ),
    "a reference to a schema that was observed": add(
        "error", {"$ref": "#/components/schemas/GatewayError"}, "NewMeeting"
    ),
    "items with a first one": add(
        "rows",
        {
            "type": "array",
            "minItems": 2,
            "items": {"type": "array", "items": {"type": "integer"}, "prefixItems": [TEXT]},
        },
        "NewMeeting",
    ),
    "a string enum": add("mode", TEXT | {"enum": ["off", "host", "everyone"]}, "NewMeeting"),
    "a pattern": add("code", TEXT | {"pattern": "^[A-Z]{3}[0-9]{2}$"}, "NewMeeting"),
    "formats": lambda it: [
        add(f"as_{name.replace('-', '_')}", TEXT | {"format": name}, "NewMeeting")(it)
        for name in ("date", "email", "uri")
    ],
    "exclusive bounds": add("weight", {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 10}, "NewMeeting"),
    "an int64 without bounds": add("serial", {"type": "integer", "format": "int64"}, "NewMeeting"),
    "a list of strings": add("tags", {"type": "array", "items": TEXT}, "NewMeeting"),
    "one of two types": add("either", {"oneOf": [TEXT, {"type": "integer"}]}, "NewMeeting"),
    "what is unique and chosen by the caller": add("tag", TEXT | {"x-unique": True}, "NewMeeting", "Meeting"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_added_is_exercised_or_named(tmp_path: Path, name: str) -> None:
    document, path = written(CHANGES[name], tmp_path / "openapi.yaml")
    follows(CONTRACT, document, path, mock_of(path))


@pytest.mark.parametrize("name", ["hostKey", "endDate", "joinUrl"])
def test_what_the_checks_need_is_missed_at_set_up(tmp_path: Path, name: str) -> None:
    def rename(document: Document) -> None:
        properties = document["components"]["schemas"]["Meeting"]["properties"]
        properties[f"new{name}"] = properties.pop(name)

    _, path = written(rename, tmp_path / "openapi.yaml")
    with pytest.raises(SetupError, match=f"no longer has {name} of the answer"):
        run(path, mock_of(path))


LONG = {"type": "string", "maxLength": 9}
# What is added, what a faulty mock makes of it (the mock of another contract), and the clause that this breaks.
FAULTS: dict[str, tuple[Change, Change, str]] = {
    "a text that is too long is accepted": (
        add("code", LONG, "NewMeeting"),
        add("code", TEXT, "NewMeeting"),
        "request.code.maxLength",
    ),
    "a value of another type is accepted": (
        add("tags", {"type": "array", "items": TEXT}, "NewMeeting"),
        lambda it: None,
        "request.tags.type",
    ),
    "a required property of the answer is dropped": (
        add("room", TEXT, "Meeting", required=True),
        lambda it: None,
        "response.201.room.required",
    ),
    "a property of the answer has another type": (
        add("seats", {"type": "integer"}, "Meeting"),
        add("seats", TEXT, "Meeting"),
        "response.201.seats.type",
    ),
    "a required parameter is not asked for": (
        of_meeting(parameters=[DRY]),
        of_meeting(parameters=[DRY | {"required": False}]),
        "parameter.query.dry.required",
    ),
    "an operation answers otherwise": (
        add_operation("/Room", "get", responses={"200": answer({"type": "integer"})}),
        add_operation("/Room", "get", responses={"200": answer(TEXT)}),
        "doIt:response.200.body.type",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_what_was_added_is_found(tmp_path: Path, name: str) -> None:
    change, fault, clause = FAULTS[name]
    _, path = written(change, tmp_path / "openapi.yaml")
    _, other = written(fault, tmp_path / "other.yaml")
    report = run(path, mock_of(other))
    assert report["verdict"] == "broken"
    assert clause in [it["id"] for it in report["clauses"] if it["broken"]]
