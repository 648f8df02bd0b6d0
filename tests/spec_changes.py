"""Edits of openapi.yaml, drawn by hypothesis: what somebody may do to the contract tomorrow.

An edit changes the parsed document in place and returns what it did in a few words. Most edits are legal, some are not:
the rooms have to follow the former and refuse the latter in words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import strategies as st

Node: TypeAlias = dict[str, Any]
Edit: TypeAlias = Callable[[Node], str]

WORDS = st.sampled_from(
    [
        "seats",
        "hostPin",
        "Room-Name",
        "class",
        "is_open",
        "x2",
        "übung",
        "breakoutRooms",
        "a.b",
        "list",
        "id",
        "tags",
        "self",
    ]
)
FORMATS = ["date", "date-time", "time", "duration", "uuid", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference"]
FORMATS += ["json-pointer", "regex", "byte", "password", "uri-template", "idn-email", "iri"]
PATTERNS = ["^[A-Z]{2}[0-9]+$", "^a|b$", "[^x]{3}", r"^\d{4}-\d{2}$", "^(foo|bar)+$", "", r"\w+@\w+", "^[ -~]*$"]
REFERENCES = ["AccessRole", "RecordType", "GroupAccess", "AccessRights", "GatewayError"]
TYPOS = [{"maxlength": 3}, {"format": "uuiid"}, {"requred": []}, {"type": "strng"}, {"default": 1}, {"readOnly": True}]
TYPOS += [
    {"nullable": True},
    {"if": {}},
    {"minimum": 3, "maximum": 2},
    {"pattern": "["},
    {"$ref": "#/components/schemas/No"},
]


def _some(**options: st.SearchStrategy[Any]) -> st.SearchStrategy[Node]:
    return st.fixed_dictionaries({}, optional=options)


@st.composite
def strings(draw: st.DrawFn) -> Node:
    """A schema of texts."""
    kind = draw(st.sampled_from(["plain", "format", "pattern", "enum", "const", "length"]))
    if kind == "enum":
        values = st.lists(
            st.sampled_from(["a", "A", "b c", "1st", "", "None", "-", "é"]), min_size=1, max_size=4, unique=True
        )
        return {"type": "string", "enum": draw(values)}
    if kind == "length":
        least = draw(st.integers(0, 5))
        return {"type": "string", "minLength": least, "maxLength": least + draw(st.integers(0, 300))}
    more = {
        "format": {"format": draw(st.sampled_from(FORMATS))},
        "pattern": {"pattern": draw(st.sampled_from(PATTERNS))},
        "const": {"const": draw(st.sampled_from(["x", "", "a b"]))},
    }
    return {"type": "string", **more.get(kind, {})}


@st.composite
def numbers(draw: st.DrawFn) -> Node:
    """A schema of integers or other numbers."""
    kind = draw(st.sampled_from(["integer", "number"]))
    low = draw(st.integers(-50, 50))
    bounds = draw(
        st.sampled_from(
            [
                {},
                {"minimum": low},
                {"maximum": low},
                {"minimum": low, "maximum": low + 40},
                {"exclusiveMinimum": low, "exclusiveMaximum": low + 3},
                {"minimum": low, "maximum": low + 40, "multipleOf": 5},
                {"enum": [low, low + 1, low + 7]},
                {"const": low},
            ]
        )
    )
    formats = {"integer": ["int32", "int64"], "number": ["float", "double"]}[kind]
    return {"type": kind, **bounds, **draw(_some(format=st.sampled_from(formats)))}


def leaves() -> st.SearchStrategy[Node]:
    """A schema without others in it."""
    references = st.sampled_from(REFERENCES).map(lambda name: {"$ref": f"#/components/schemas/{name}"})
    return st.one_of(strings(), numbers(), st.just({"type": "boolean"}), st.just({}), references)


@st.composite
def arrays(draw: st.DrawFn, inner: st.SearchStrategy[Node]) -> Node:
    """A schema of lists."""
    bounds = draw(st.sampled_from([{}, {"minItems": 1}, {"maxItems": 4}, {"minItems": 2, "maxItems": 3}]))
    extra = draw(st.sampled_from([{}, {}, {"uniqueItems": True}, {"prefixItems": [{"type": "string"}]}]))
    contains = draw(st.sampled_from([{}, {}, {}, {"contains": {"type": "string"}, "minContains": 1}]))
    items = {"items": draw(inner)} if draw(st.booleans()) or not contains else {}
    if contains and items:
        contains = {"contains": {}}
    if extra.get("uniqueItems"):
        bounds = {"maxItems": 4}
    return {"type": "array", **items, **bounds, **extra, **contains}


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[Node]) -> Node:
    """A schema of objects."""
    names = draw(st.lists(WORDS, max_size=3, unique=True))
    schema: Node = {"type": "object", "properties": {name: draw(inner) for name in names}}
    if names and draw(st.booleans()):
        schema["required"] = names[:1]
    more = [
        {},
        {"additionalProperties": False},
        {"additionalProperties": {"type": "integer"}},
        {"minProperties": len(names)},
        {"maxProperties": len(names) + 1},
        {"patternProperties": {"^x-": {"type": "string"}}},
        {"propertyNames": {"maxLength": 30}},
        {"dependentRequired": {names[0]: [names[-1]]}} if names else {},
    ]
    return schema | draw(st.sampled_from(more))


@st.composite
def compositions(draw: st.DrawFn, inner: st.SearchStrategy[Node]) -> Node:
    """A schema of alternatives or of parts."""
    kind = draw(st.sampled_from(["nullable", "anyOf", "oneOf", "allOf", "not", "sibling", "types"]))
    if kind == "nullable":
        return {"anyOf": [draw(inner), {"type": "null"}]}
    if kind == "oneOf":
        return {"oneOf": [draw(strings()), draw(numbers())]}
    if kind == "allOf":
        return {"allOf": [{"type": "string", "minLength": 1}, {"type": "string", "maxLength": draw(st.integers(1, 9))}]}
    if kind == "not":
        return {"type": "string", "not": {"const": "x"}}
    if kind == "sibling":
        extra = draw(
            st.sampled_from([{"description": "a | b\nc"}, {"maximum": 2}, {"title": "Meeting"}, {"deprecated": True}])
        )
        return {"$ref": "#/components/schemas/RecordType", **extra}
    if kind == "types":
        return {"type": draw(st.sampled_from([["string", "null"], ["string", "integer"], ["boolean", "null"]]))}
    return {"anyOf": draw(st.lists(inner, min_size=1, max_size=3))}


def schemas() -> st.SearchStrategy[Node]:
    """Any schema that this project follows."""
    return st.recursive(
        leaves(), lambda inner: st.one_of(arrays(inner), objects(inner), compositions(inner)), max_leaves=5
    )


@st.composite
def described(draw: st.DrawFn) -> Node:
    """A schema of a property, with what may stand beside it; now and then with a mistake in it."""
    schema = draw(schemas())
    texts = ["How many.", "One | two\nthree `x` <b>", 'He said """no""" \\ {x}', 'ends with a quote"']
    schema = {"description": draw(st.sampled_from(texts)), **schema} if "description" not in schema else schema
    marks = draw(st.sampled_from([{}, {}, {"x-sensitive": True}, {"x-unique": True}]))
    provenance = {"x-provenance": {"kind": "observed", "reason": "seen"}}
    mistake = draw(st.sampled_from([{}] * 12 + TYPOS))
    return {**schema, **marks, **draw(st.sampled_from([{}, provenance])), **mistake}


def _components(document: Node) -> Node:
    schemas_: Node = document["components"]["schemas"]
    return schemas_


@st.composite
def add_property(draw: st.DrawFn) -> Edit:
    """A property of the request, of the answer, or of both."""
    name, schema = draw(WORDS), draw(described())
    where = draw(st.sampled_from([["NewMeeting"], ["Meeting"], ["NewMeeting", "Meeting"], ["GroupAccess"]]))
    required, echoes = draw(st.booleans()), draw(st.booleans())

    def edit(document: Node) -> str:
        for each in where:
            target = _components(document)[each]
            mark = {"x-echoes": name} if echoes and where == ["NewMeeting", "Meeting"] and each == "Meeting" else {}
            target["properties"][name] = {**schema, **mark}
            if required and each == "Meeting":
                target.setdefault("required", []).append(name)
        return f"add {name} to {where}: {schema}"

    return edit


@st.composite
def change_property(draw: st.DrawFn) -> Edit:
    """A property that is renamed, removed, tightened or loosened."""
    kind = draw(st.sampled_from(["rename", "remove", "tighten", "loosen", "retype", "optional"]))
    each, index = draw(st.sampled_from(["NewMeeting", "Meeting", "GroupAccess"])), draw(st.integers(0, 40))
    schema = draw(schemas())

    def edit(document: Node) -> str:
        target = _components(document)[each]
        names = list(target["properties"])
        name = names[index % len(names)]
        known = target["properties"][name]
        if kind == "rename":
            target["properties"] = {f"{it}X" if it == name else it: value for it, value in target["properties"].items()}
            target["required"] = [f"{it}X" if it == name else it for it in target.get("required", [])]
        elif kind == "remove":
            del target["properties"][name]
            target["required"] = [it for it in target.get("required", []) if it != name]
        elif kind == "tighten" and known.get("type") == "string" and "format" not in known:
            known["maxLength"] = 5
        elif kind == "loosen":
            for keyword in {"minimum", "maximum", "multipleOf", "maxLength", "minLength", "format"} & known.keys():
                del known[keyword]
        elif kind == "retype":
            target["properties"][name] = schema
        else:
            target["required"] = [it for it in target.get("required", []) if it != name]
        return f"{kind} {each}.{name}"

    return edit


@st.composite
def parameters(draw: st.DrawFn, where: str, name: str) -> Node:
    """A parameter, of a style that its place knows."""
    scalar = st.one_of(
        strings(), numbers(), st.just({"type": "boolean"}), st.just({"$ref": "#/components/schemas/RecordType"})
    )
    listed = scalar.map(lambda items: {"type": "array", "items": items, "maxItems": 3})
    schema = draw(scalar if where in ("path", "cookie") else st.one_of(scalar, scalar, listed))
    style: Node = {}
    if schema.get("type") == "array" and where == "query":
        style = draw(st.sampled_from([{}, {"explode": False}, {"style": "pipeDelimited", "explode": False}]))
    required = {"required": True} if where == "path" or draw(st.booleans()) else {}
    return {"in": where, "name": name, "description": "One.", **required, **style, "schema": schema}


@st.composite
def responses(draw: st.DrawFn) -> Node:
    """The responses of an operation."""
    body = draw(st.one_of(schemas(), st.just({"$ref": "#/components/schemas/Meeting"}), st.none()))
    status = draw(st.sampled_from(["200", "201", "202", "2XX"])) if body is not None else "204"
    media = draw(st.sampled_from(["application/json", "application/json", "text/json", "application/vnd.x+json"]))
    content = {"content": {media: {"schema": body}}} if body is not None else {}
    headers = draw(
        st.sampled_from([{}, {"headers": {"X-Total": {"description": "All.", "schema": {"type": "integer"}}}}])
    )
    found: Node = {status: {"description": "It.", **headers, **content}}
    for other in draw(st.lists(st.sampled_from(["404", "409", "4XX", "default", "203"]), max_size=2, unique=True)):
        found[other] = {"description": "Otherwise.", "content": {"application/json": {"schema": draw(schemas())}}}
    return found


@st.composite
def add_operation(draw: st.DrawFn) -> Edit:
    """A new operation, on a path of its own or on the meeting's."""
    method = draw(st.sampled_from(["get", "post", "put", "patch", "delete"]))
    path = draw(st.sampled_from(["/Meeting/{id}", "/Room", "/Room/{roomID}", "/Room/{roomID}/Key/{n}", "/Meeting"]))
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    given = [draw(parameters("path", name)) for name in names]
    for name in draw(
        st.lists(st.sampled_from(["limit", "X-Trace", "where", "isOpen", "class"]), max_size=2, unique=True)
    ):
        given.append(draw(parameters(draw(st.sampled_from(["query", "header", "cookie"])), name)))
    node: Node = {
        "operationId": draw(st.sampled_from(["doIt", "getRoom", "list", "import", "addMeetings"])),
        "tags": ["Meeting"],
    }
    node |= {"parameters": given, "responses": draw(responses())}
    if method in ("post", "put", "patch") and draw(st.booleans()):
        media = draw(
            st.sampled_from([["application/json"], ["text/json", "application/json"], ["application/merge-patch+json"]])
        )
        schema = draw(st.one_of(objects(leaves()), schemas()))
        node["requestBody"] = {"required": draw(st.booleans()), "content": {name: {"schema": schema} for name in media}}
    node |= draw(
        st.sampled_from(
            [{}, {"security": []}, {"security": [{"subscriptionKey": [], "bearerToken": []}]}, {"deprecated": True}]
        )
    )

    def edit(document: Node) -> str:
        if node["operationId"] in str(document["paths"]):
            return "nothing"
        document["paths"].setdefault(path, {}).setdefault(method, node)
        return f"add {method} {path}: {node}"

    return edit


@st.composite
def change_operation(draw: st.DrawFn) -> Edit:
    """Something else about addMeeting."""
    status = draw(st.sampled_from(["409", "202", "4XX", "default"]))
    schema = draw(schemas())
    name = draw(st.sampled_from(["dryRun", "X-Request-Id", "entities"]))
    where = draw(st.sampled_from(["query", "header", "cookie"]))
    parameter = draw(parameters(where, name))
    kind = draw(
        st.sampled_from(["response", "parameter", "server", "security", "status", "media", "component", "identifier"])
    )

    def edit(document: Node) -> str:
        operation = document["paths"]["/Meeting"]["post"]
        if kind == "response":
            operation["responses"][status] = {
                "description": "New.",
                "content": {"application/json": {"schema": schema}},
            }
        elif kind == "parameter":
            operation.setdefault("parameters", []).append(parameter)
        elif kind == "server":
            document["servers"].append({"url": "https://luminus.nus.edu.sg/v2/api/zoom"})
        elif kind == "security":
            operation["security"] = [{"subscriptionKey": [], "bearerToken": []}]
        elif kind == "status" and "201" in operation["responses"]:
            operation["responses"] = {
                "200" if it == "201" else it: value for it, value in operation["responses"].items()
            }
        elif kind == "media":
            del operation["requestBody"]["content"]["application/*+json"]
        elif kind == "component":
            document["components"]["parameters"] = {"Shared": parameter}
            operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/Shared"})
        elif kind == "identifier":
            operation["description"] = schema.get("description", 'A "quoted" | text\n\nin two paragraphs \\')
        shown = parameter if kind in ("parameter", "component") else schema
        return f"{kind} of addMeeting: {status}, {shown}"

    return edit


def edits() -> st.SearchStrategy[list[Edit]]:
    """One to three edits, applied in their order."""
    one = st.one_of(
        add_property(), add_property(), change_property(), add_operation(), add_operation(), change_operation()
    )
    return st.lists(one, min_size=1, max_size=3)
