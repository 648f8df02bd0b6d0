"""A contract that cannot be followed is refused in words, whole, and before anything is written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from generation.checks import check
from generation.reading import Refused, read
from generation.view import view

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
CONTRACT = yaml.safe_load(TEXT)
Node = dict[str, Any]
Edit = Callable[[Node], object]


def refusal(text: str | bytes) -> str:
    """What is said of a contract; "" where it is followed."""
    try:
        check(read(text if isinstance(text, bytes) else text.encode()))
    except Refused as refused:
        return "\n".join(refused.args[0])
    return ""


def edited(edit: Edit) -> str:
    """The contract's text after an edit of its data."""
    data = deepcopy(CONTRACT)
    edit(data)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def operation(data: Node) -> Node:
    return data["paths"]["/Meeting"]["post"]  # type: ignore[no-any-return]


def schemas(data: Node) -> Node:
    return data["components"]["schemas"]  # type: ignore[no-any-return]


def sets(schema: Any, *, name: str = "rooms") -> Edit:
    """An edit that gives request and answer a property with this schema."""

    def edit(data: Node) -> None:
        for each in ("NewMeeting", "Meeting"):
            schemas(data)[each]["properties"][name] = deepcopy(schema)

    return edit


def parameter(**node: Any) -> Edit:
    """An edit that gives the operation a parameter."""
    return lambda data: operation(data).update(parameters=[node])


def another(path: str = "/Other", method: str = "get", **node: Any) -> Edit:
    """An edit that adds an operation."""
    whole = {"operationId": "other", "responses": {"204": {"description": "Done."}}} | node
    return lambda data: data["paths"].setdefault(path, {}).update({method: whole})


def body(content: Node) -> Edit:
    return another(method="post", requestBody={"content": content})


def answer(content: Node, status: str = "200") -> Edit:
    return another(responses={status: {"description": "It.", "content": content}})


STRING = {"type": "string"}

# What is replaced in the file's text, by what, and words of the refusal.
YAML = {
    "a key twice": ("          maxLength: 200", "          maxLength: 200\n          maxLength: 20", "`maxLength`|twice|first in line"),
    "a whole property twice": ("        hostKey:\n", "        topic: {type: string}\n        hostKey:\n", "twice"),
    "unquoted no": ("summary: Add meeting", "summary: no", "no is false in YAML 1.1|quote it"),
    "unquoted yes in an enum": ("enum: [0, 1, 2]", "enum: [yes, 1, 2]", "yes is true in YAML 1.1"),
    "unquoted off as a name": ("        topic:", "        off:", "off is false|quote"),
    "unquoted date": ("'2027-01-11T09:12:44.187+08:00'", "2027-01-11", "2027-01-11 is a date in YAML 1.1|quote it"),
    "unquoted date and time": ("'2027-01-11T09:12:44.187+08:00'", "2027-01-11T09:12:44Z", "a date in YAML 1.1"),
    "date that is none": ("'2027-01-11T09:12:44.187+08:00'", "2027-02-30", "2027-02-30"),
    "octal": ("maxLength: 200", "maxLength: 0200", "0200 is the number 128 in YAML 1.1 and the number 200"),
    "sexagesimal": ("userID: e0123456", "userID: 10:30", "10:30 is the number 630 in YAML 1.1 and text"),
    "exponent": ("maxLength: 200", "maxLength: 2e2", "2e2 is text in YAML 1.1 and the number 200.0"),
    "infinity": ("maximum: 1485", "maximum: .inf", ".inf has no form in JSON"),
    "status without quotes": ("        '415':", "        415:", "415|quotes"),
    "tab": ("    post:\n", "\tpost:\n", "a tab"),
    "anchor": ("schema: {type: integer, minimum: 0}\n              x-prov", "schema: &wait {type: integer, minimum: 0}\n              x-prov", "anchor &wait|\\$ref"),
    "alias": ("  version: 1.0.0", "  version: &v 1.0.0\n  summary2: *v", "alias \\*v"),
    "merge key": ("  version: 1.0.0", "  version: 1.0.0\n  <<: {summary: x}", "`<<`"),
    "tag": ("  version: 1.0.0", "  version: !!str 1.0.0", "tag"),
    "no YAML": ("  version: 1.0.0", "  version: [1.0.0", "no YAML"),
    "two documents": ("paths:\n", "---\npaths:\n", "second YAML document"),
    "version as a number": ("version: 1.0.0", "version: 1.0", "#/info/version|text is wanted here: write '1.0' in quotes"),
    "nothing where text is wanted": ("summary: Add meeting", "summary:", "#/paths/~1Meeting/post/summary|text is wanted"),
}  # fmt: skip

# An edit of the data, and words of the refusal.
EDITS: dict[str, tuple[Edit, str]] = {
    "misspelt keyword": (sets({"type": "string", "maxlength": 3}), "`maxlength` is no keyword of a schema; did you mean `maxLength`"),
    "misspelt required": (lambda d: schemas(d)["Meeting"].update(requred=["id"]), "did you mean `required`"),
    "misspelt format": (sets({"type": "string", "format": "uuiid"}), "`uuiid` is not followed; did you mean `uuid`"),
    "unknown format": (sets({"type": "string", "format": "colour"}), "the format `colour` is not followed"),
    "misspelt type": (sets({"type": "strng"}), "strng"),
    "misspelt extension": (sets({"type": "string", "x-sensitve": True}), "`x-sensitve`.*did you mean `x-sensitive`"),
    "misspelt member of an operation": (lambda d: operation(d).update(sumary="x"), "`sumary` is no member of a operation; did you mean `summary`"),
    "misspelt member of a response": (lambda d: operation(d)["responses"]["201"].update(hedaers={}), "did you mean `headers`"),
    "misspelt member of a media type": (body({"application/json": {"shema": STRING}}), "did you mean `schema`"),
    "misspelt member of a parameter": (parameter(**{"in": "query", "name": "a", "requird": True, "schema": STRING}), "did you mean `required`"),
    "misspelt member of the document": (lambda d: d.update(sever=[]), "`sever`"),
    "misspelt member of a body": (lambda d: operation(d)["requestBody"].update(requierd=True), "did you mean `required`"),
    "misspelt section": (lambda d: d["components"].update(schema={}), "did you mean `schemas`"),
    "operationId twice": (another(operationId="addMeeting"), "`addMeeting` stands at POST /Meeting too"),
    "operationIds of one module": (another(operationId="add_meeting"), "`add_meeting` and `addMeeting` are both the module add_meeting"),
    "no operationId": (another(operationId=""), "no `operationId`"),
    "operationId that is no name": (another(operationId="get it!"), "`get it!` is no name for a function"),
    "no operation": (lambda d: d.update(paths={}), "there is no operation"),
    "required without property": (lambda d: schemas(d)["NewMeeting"]["required"].append("startdate"), "`startdate` is required and stands in no `properties` here; did you mean `startDate`"),
    "dangling reference": (sets({"$ref": "#/components/schemas/RecordTyp"}), "there is no #/components/schemas/RecordTyp; did you mean `RecordType`"),
    "dangling response": (lambda d: operation(d)["responses"].update({"404": {"$ref": "#/components/responses/None"}}), "there is no #/components/responses/None"),
    "reference out of the file": (sets({"$ref": "other.yaml#/X"}), "only references of the form"),
    "reference into a schema": (sets({"$ref": "#/components/schemas/Meeting/properties/id"}), "only references of the form"),
    "reference to another kind": (sets({"$ref": "#/components/examples/FullRequest"}), "only references of the form '#/components/schemas/Name'"),
    "member beside a reference": (lambda d: operation(d)["requestBody"]["content"]["application/json"]["examples"]["full"].update(value=1), "`value` beside `\\$ref` would be lost"),
    "circle": (lambda d: (schemas(d).update(Node={"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}), sets({"$ref": "#/components/schemas/Node"})(d)), "within itself .Node → Node. is not followed"),
    "circle of two": (lambda d: (schemas(d).update(A={"$ref": "#/components/schemas/B"}, B={"$ref": "#/components/schemas/A"}), sets({"$ref": "#/components/schemas/A"})(d)), "within itself"),
    "example that breaks its schema": (lambda d: d["components"]["examples"]["MinimalRequest"]["value"].update(duration=16), "#/components/examples/MinimalRequest/value/duration: this value breaks its schema: duration: 16 is not a multiple of 15"),
    "example of an answer": (lambda d: d["components"]["examples"]["FullResponse"]["value"].update(recordType=3), "recordType: 3 is not one of"),
    "example of a parameter": (parameter(**{"in": "query", "name": "a", "schema": {"type": "integer"}, "examples": {"one": {"value": "x"}}}), "is not of type .?integer"),
    "example in a schema": (sets({"type": "string", "maxLength": 1, "examples": ["xx"]}), "longer than 1"),
    "default of a request property": (sets({"type": "integer", "default": 1}), "`default` is not followed"),
    "default of a parameter": (parameter(**{"in": "query", "name": "a", "schema": {"type": "integer", "default": 5}}), "`default` is not followed"),
    "provenance of an unknown kind": (sets({"type": "string", "x-provenance": {"kind": "gatway", "reason": "x"}}), "did you mean `gateway`"),
    "provenance without a reason": (sets({"type": "string", "x-provenance": {"kind": "prose"}}), "`reason` is missing"),
    "provenance of keywords that are not there": (sets({"type": "string", "x-provenance": {"kind": "prose", "reason": "x", "keywords": ["maxLength"]}}), "`maxLength` does not stand here"),
    "provenance with another member": (sets({"type": "string", "x-provenance": {"kind": "prose", "reason": "x", "keyword": []}}), "did you mean `keywords`"),
    "provenance as text": (sets({"type": "string", "x-provenance": "prose"}), "is an object"),
    "sensitive as text": (sets({"type": "string", "x-sensitive": "yes"}), "`x-sensitive` is true, or query"),
    "sensitive query of a number": (sets({"type": "integer", "x-sensitive": "query"}), "is for a URL"),
    "sensitive where nothing is named": (lambda d: schemas(d)["Meeting"].update({"x-sensitive": True}), "stands at no property"),
    "sensitive outside a schema": (lambda d: operation(d).update({"x-sensitive": True}), "belongs into a schema"),
    "echo of nothing": (lambda d: schemas(d)["Meeting"]["properties"]["topic"].update({"x-echoes": "title"}), "no request has a property `title`"),
    "echo after a renamed property": (lambda d: schemas(d)["NewMeeting"]["properties"].update(startsAt=schemas(d)["NewMeeting"]["properties"].pop("channelName")), "no request has a property `channelName`"),
    "echo of an operation without a request": (answer({"application/json": {"schema": {"type": "object", "properties": {"a": {"type": "string", "x-echoes": "name"}}}}}), "no operation that answers this has a request"),
    "echo in no answer": (lambda d: schemas(d)["NewMeeting"]["properties"]["name"].update({"x-echoes": "name"}), "stands in no answer"),
    "unique that is false": (sets({"type": "string", "x-unique": False}), "`x-unique` is true, or it is left out"),
    "names of an enum": (sets({"type": "integer", "enum": [1, 2], "x-enum-varnames": ["ONE"]}), "2 values want as many names"),
    "enum that is empty": (sets({"type": "string", "enum": []}), "no value fits an empty `enum`"),
    "enum with values of another type": (sets({"type": "string", "enum": ["a", 1]}), "this value breaks its schema"),
    "const beyond its bounds": (sets({"type": "integer", "maximum": 3, "const": 4}), "this value breaks its schema"),
    "bounds that cross": (sets({"type": "integer", "minimum": 4, "maximum": 3}), "`minimum` 4 is more than `maximum` 3"),
    "bounds with nothing between": (sets({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 4}), "no number fits these bounds"),
    "lengths that cross": (sets({"type": "string", "minLength": 4, "maxLength": 3}), "`minLength` 4 is more"),
    "step without a multiple": (sets({"type": "integer", "minimum": 1, "maximum": 14, "multipleOf": 15}), "no number fits"),
    "bound as text": (sets({"type": "integer", "minimum": "4"}), "minimum"),
    "exclusive bound of OpenAPI 3.0": (sets({"type": "integer", "minimum": 4, "exclusiveMinimum": True}), "exclusiveMinimum"),
    "nullable of OpenAPI 3.0": (sets({"type": "string", "nullable": True}), "`nullable` is not followed: .*anyOf"),
    "example of OpenAPI 3.0": (sets({"type": "string", "example": "a"}), "`example` is not followed"),
    "pattern that is none": (sets({"type": "string", "pattern": "["}), "is no regular expression"),
    "pattern of another engine": (sets({"type": "string", "pattern": "\\p{Lu}"}), "is no regular expression"),
    "keyword of another type": (sets({"type": "integer", "maxLength": 3}), "`maxLength` says nothing of type integer"),
    "keyword without a type": (sets({"maxLength": 3}), "`maxLength` stands without a type: add `type: string`"),
    "format of another type": (sets({"type": "integer", "format": "uuid"}), "belongs to type string"),
    "bytes in JSON": (sets({"type": "string", "format": "binary"}), "use `format: byte`"),
    "conditions": (sets({"type": "string", "if": {"minLength": 1}, "then": {"maxLength": 2}}), "`if` is not followed"),
    "unevaluated": (sets({"type": "object", "unevaluatedProperties": False}), "use `additionalProperties`"),
    "schemas within schemas": (sets({"type": "string", "$defs": {}}), "`\\$defs` is not followed"),
    "read only": (sets({"type": "string", "readOnly": True}), "write one for each"),
    "discriminator": (sets({"type": "object", "discriminator": {"propertyName": "x"}}), "`discriminator` is not followed"),
    "schema that is true": (sets(True), "write {} for any value"),
    "schema that is false": (sets({"type": "array", "prefixItems": [STRING], "items": False}), "the schema false is not followed"),
    "names that are one in Python": (lambda d: schemas(d)["NewMeeting"]["properties"].update({"is_send_email": STRING}), "are both `is_send_email` in Python"),
    "name that Python cannot have": (sets(STRING, name="$"), "no name in Python"),
    "name that the generated class needs": (sets(STRING, name="toDict"), "`to_dict`.*the generated class"),
    "classes that are one in Python": (lambda d: (schemas(d).update(record_type=STRING), sets({"$ref": "#/components/schemas/record_type"})(d)), "are both the class RecordType"),
    "class that shadows another": (lambda d: (schemas(d).update(UUID={"type": "object"}), sets({"$ref": "#/components/schemas/UUID"})(d)), "the generated modules"),
    "parameter in an unknown place": (parameter(**{"in": "body", "name": "a", "schema": STRING}), "body"),
    "parameter without schema": (parameter(**{"in": "query", "name": "a"}), "`a` has no schema"),
    "parameter with content": (parameter(**{"in": "query", "name": "a", "content": {"application/json": {"schema": STRING}}}), "`content` is not followed"),
    "parameter that is an object": (parameter(**{"in": "query", "name": "a", "schema": {"type": "object"}}), "an object as a parameter is not followed"),
    "parameter in another style": (parameter(**{"in": "query", "name": "a", "style": "deepObject", "schema": STRING}), "style `deepObject`"),
    "parameter that is a credential": (parameter(**{"in": "header", "name": "ocp-apim-subscription-key", "schema": STRING}), "is a credential"),
    "parameter that is HTTP's": (parameter(**{"in": "header", "name": "Authorization", "schema": STRING}), "is HTTP's own"),
    "parameter twice": (lambda d: operation(d).update(parameters=[{"in": "query", "name": "a", "schema": STRING}] * 2), "stands twice"),
    "parameters that are one in Python": (lambda d: operation(d).update(parameters=[{"in": "query", "name": n, "schema": STRING} for n in ("fooBar", "foo_bar")]), "are both `foo_bar`"),
    "parameter that is the body in Python": (parameter(**{"in": "query", "name": "body", "schema": STRING}), "`body`"),
    "path without its parameter": (another("/Meeting/{id}"), "`{id}` of the path has no parameter"),
    "path parameter without path": (parameter(**{"in": "path", "name": "id", "required": True, "schema": STRING}), "the path has no `{id}`"),
    "path parameter that is optional": (another("/Meeting/{id}", parameters=[{"in": "path", "name": "id", "schema": STRING}]), "`required: true`|required"),
    "path with a query": (another("/Meeting?x=1"), "is no path template"),
    "paths that are one": (another("/meeting/"), "cannot tell `/meeting/` from `/Meeting`"),
    "form": (body({"application/x-www-form-urlencoded": {"schema": STRING}}), "a body as application/x-www-form-urlencoded is not followed"),
    "multipart": (body({"multipart/form-data": {"schema": {"type": "object"}}}), "a body as multipart/form-data is not followed"),
    "body without schema": (body({"application/json": {}}), "no schema"),
    "body that cannot be named": (body({"application/*+json": {"schema": STRING}}), "add application/json"),
    "body of a GET": (another(requestBody={"content": {"application/json": {"schema": STRING}}}), "a body has no meaning with GET"),
    "answer as an image": (answer({"image/png": {}}), "an answer as image/png is not followed"),
    "answer of 204 with a body": (answer({"application/json": {"schema": STRING}}, "204"), "an answer of 204 has no body"),
    "no success": (answer({}, "404"), "no response tells of a success"),
    "status that is none": (lambda d: operation(d)["responses"].update({"2000": {"description": "x"}}), "`2000` is no status|2000"),
    "response without description": (lambda d: operation(d)["responses"]["403"].pop("description"), "`description` is missing"),
    "webhooks": (lambda d: d.update(webhooks={}), "`webhooks` is not followed"),
    "callbacks": (lambda d: operation(d).update(callbacks={}), "`callbacks` is not followed"),
    "path item elsewhere": (lambda d: d["paths"].update({"/x": {"$ref": "#/components/pathItems/X"}}), "`\\$ref` is not followed"),
    "credential that is not described": (lambda d: operation(d).update(security=[{"bearer": []}]), "there is no #/components/securitySchemes/bearer"),
    "credential of another kind": (lambda d: d["components"]["securitySchemes"].update(o={"type": "http", "scheme": "basic"}), "kind of credential is not followed"),
    "no server": (lambda d: d.pop("servers"), "`servers` is missing"),
    "server of its own": (lambda d: operation(d).update(servers=[{"url": "https://x.example"}]), "`servers` is not followed"),
    "server with variables": (lambda d: d.update(servers=[{"url": "https://{x}.example/a"}]), "is no base URL"),
    "server without a host": (lambda d: d.update(servers=[{"url": "/zoom"}]), "is no base URL"),
    "OpenAPI 3.0": (lambda d: d.update(openapi="3.0.3"), "openapi"),
}  # fmt: skip


def test_the_contract_itself_is_followed() -> None:
    assert refusal(TEXT) == ""


@pytest.mark.parametrize("name", YAML)
def test_yaml_that_two_readers_read_differently_is_refused(name: str) -> None:
    old, new, words = YAML[name]
    assert old in TEXT
    told = refusal(TEXT.replace(old, new, 1))
    assert all(re.search(word, told) for word in words.split("|")), told


@pytest.mark.parametrize("name", EDITS)
def test_what_cannot_be_followed_is_refused(name: str) -> None:
    edit, words = EDITS[name]
    told = refusal(edited(edit))
    assert re.search(words, told), told
