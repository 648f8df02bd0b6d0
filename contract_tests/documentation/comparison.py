"""openapi.yaml in the form of the documentation page's facts, and what differs between the two.

The contract's documented view is compared: what carries x-provenance explains itself. Everything else that differs
from the page must be listed in differences.yaml.
"""

import copy
from collections.abc import Iterator
from typing import Any

from contract_tests.documentation.facts import Facts, change, differences, keywords, schema_facts
from luminus_zoom_contract.spec.document import at, escape, unescape, without_provenance

KINDS = {"prose", "gateway", "observed", "inferred"}

Node = dict[str, Any]
FactPairs = Iterator[tuple[str, Node]]


def contract_facts(contract: Node) -> Facts:
    """Return the documented view of an OpenAPI document of one server as facts.

    The page documents one operation, the one with a body. Of another one, the facts say that it is there.
    """
    view = _resolved(without_provenance(contract), contract)
    [server] = view["servers"]
    found = [
        (path, method, node)
        for path, item in view["paths"].items()
        for method, node in item.items()
        if isinstance(node, dict) and "responses" in node
    ]
    (path, method, operation), *others = sorted(found, key=lambda it: "requestBody" not in it[2])
    content = operation["requestBody"]["content"]
    facts: Facts = {"operation": {"method": method.upper(), "url": server["url"] + path}}
    facts |= {f"operation {other.upper()} {where}": {"url": server["url"] + where} for where, other, _ in others}
    facts |= _parameter_facts(view, operation)
    facts["requestBody"] = {"representations": len(content), "mediaTypes": list(content)}
    facts |= _body_facts(content, "request")
    for status, response in operation["responses"].items():
        facts |= _response_facts(status, response)
    return facts


def _resolved(node: Any, contract: Node) -> Any:
    if isinstance(node, list):
        return [_resolved(item, contract) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        # From the whole contract: a component that is marked as a whole is not in the view.
        node = {**without_provenance(at(contract, node["$ref"][1:])), **node}
    return {key: _resolved(value, contract) for key, value in node.items() if key != "$ref"}


def _parameter_facts(view: Node, operation: Node) -> FactPairs:
    yield "header.Content-Type", {"type": "string"} | _if_required(operation["requestBody"].get("required"))
    schemes = view["components"]["securitySchemes"]
    # A way in whose schemes are all marked is no way in of the documented view.
    ways = [way & schemes.keys() for way in map(set, view["security"]) if way & schemes.keys() or not way]
    for name, scheme in schemes.items():
        place = f"{scheme.get('in', 'header')}.{scheme.get('name', 'Authorization')}"
        yield place, {"type": "string"} | _if_required(ways and all(name in way for way in ways))
    for parameter in operation.get("parameters", ()):
        place = f"{parameter['in']}.{parameter['name']}"
        yield place, keywords(parameter["schema"]) | _if_required(parameter.get("required"))


def _if_required(required: object) -> Node:
    return {"required": True} if required else {}


def _response_facts(status: str, response: Node) -> FactPairs:
    content = response.get("content", {})
    yield f"status.{status}", {"representations": len(content)} | ({"mediaTypes": list(content)} if content else {})
    for name, header in response.get("headers", {}).items():
        yield f"status.{status}.header.{name}", keywords(header["schema"])
    yield from _body_facts(content, "response" if status == "201" else f"status.{status}.body")


def _body_facts(content: Node, place: str) -> FactPairs:
    bodies = {name: dict(schema_facts(media_type["schema"], place)) for name, media_type in content.items()}
    first = next(iter(bodies.values()), {})
    yield from first.items()
    for name, facts in bodies.items():
        if facts != first:
            yield from ((f"{where} ({name})", fact) for where, fact in facts.items())


def unlisted(contract: Node, page: Facts, listed: list[Node]) -> list[str]:
    """Tell the differences from the page to the contract that no entry of the list explains."""
    entries = {entry["where"]: (entry["page"], entry["ours"]) for entry in listed}
    found = differences(page, contract_facts(contract))
    return [change(where, *pair) for where, pair in found.items() if entries.get(where) != pair]


def outdated(contract: Node, page: Facts, listed: list[Node]) -> list[str]:
    """Return the places of the entries whose difference is gone, or is another one now."""
    found = differences(page, contract_facts(contract))
    return [entry["where"] for entry in listed if found.get(entry["where"]) != (entry["page"], entry["ours"])]


def marks(node: Any, pointer: str = "") -> Iterator[tuple[str, Node]]:
    """Yield every item that carries x-provenance, with its JSON pointer."""
    if isinstance(node, dict) and "x-provenance" in node:
        yield pointer, node
    children = enumerate(node) if isinstance(node, list) else node.items() if isinstance(node, dict) else ()
    for key, child in children:
        yield from marks(child, f"{pointer}/{escape(str(key))}")


def mark_problems(pointer: str, item: Node) -> list[str]:
    """Return what is wrong with one item's x-provenance."""
    mark = item["x-provenance"]
    names = mark.get("keywords", ["x-provenance"])
    problems = [f"unknown key {key!r}" for key in mark if key not in ("kind", "reason", "keywords")]
    if mark.get("kind") not in KINDS:
        problems.append(f"unknown kind {mark.get('kind')!r}")
    if not str(mark.get("reason") or "").strip():
        problems.append("no reason")
    if not names:
        problems.append("no keywords")
    problems += [f"keyword {name!r} is not there" for name in names if name not in item]
    return [f"{pointer}: {problem}" for problem in problems]


def stale_marks(contract: Node, page: Facts) -> list[str]:
    """Return the marks without which the contract would differ less from the page, which documents what they mark."""
    before = differences(page, contract_facts(contract))
    stale = []
    for pointer, _ in marks(contract):
        after = differences(page, contract_facts(edited(contract, f"{pointer}/x-provenance", ...)))
        if len(after) < len(before) and all(before.get(where) == pair for where, pair in after.items()):
            stale.append(pointer)
    return stale


def edited(document: Any, pointer: str, value: Any) -> Any:
    """Return a copy of a document with the value at a JSON pointer set, or taken away where the value is `...`."""
    document = copy.deepcopy(document)
    parent, _, last = pointer.rpartition("/")
    node = at(document, parent)
    key: Any = int(last) if isinstance(node, list) else unescape(last)
    if value is ...:
        del node[key]
    else:
        node[key] = value
    return document
