"""Checks of schemas: what each says has to have a meaning, for the client, the mock and the suite alike."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import jsonschema_rs
from openapi_python_client.strings import ClassName, PythonIdentifier

from generation.objects import Item, subschemas, walk
from generation.operations import properties
from generation.reading import Document, Node, Pointer, Problem, steps
from generation.structure_checks import meant, schema_roots

FORMATS: Mapping[str, str] = {
    **dict.fromkeys(("int32", "int64"), "integer"),
    **dict.fromkeys(("float", "double"), "number"),
    **dict.fromkeys(("date", "date-time", "time", "duration", "uuid", "email", "idn-email", "hostname"), "string"),
    **dict.fromkeys(("idn-hostname", "ipv4", "ipv6", "uri", "uri-reference", "uri-template", "iri"), "string"),
    **dict.fromkeys(("iri-reference", "json-pointer", "relative-json-pointer", "regex", "byte", "password"), "string"),
}
"""The formats that are followed, with the type that each belongs to."""

_KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "number": ("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
    "string": ("maxLength", "minLength", "pattern", "contentEncoding", "contentMediaType"),
    "array": ("items", "prefixItems", "contains", "minContains", "maxContains", "maxItems", "minItems", "uniqueItems"),
    "object": (
        *("properties", "patternProperties", "additionalProperties", "propertyNames", "required"),
        *("dependentRequired", "maxProperties", "minProperties"),
    ),
}
TYPE_OF: Mapping[str, str] = {keyword: kind for kind, names in _KEYWORDS.items() for keyword in names}
"""The type to which a keyword belongs; integers are numbers."""

# What the generated modules define or import under these names, besides the schemas.
_TAKEN_ATTRIBUTES = re.findall(
    r"\w+", "additional_properties additional_keys to_dict from_dict src_dict field_dict cls"
)
_TAKEN_CLASSES = re.findall(
    r"\w+",
    "Any UUID TypeVar T Unset UNSET Mapping Literal Union BinaryIO Generator Self TYPE_CHECKING Response Client "
    "AuthenticatedClient HTTPStatus File FileTypes",
)

_BOUNDS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minContains", "maxContains"),
    ("minProperties", "maxProperties"),
)
BRANCHES = ("allOf", "anyOf", "oneOf", "not")
"""The keywords of compositions."""


def is_base64(text: str) -> bool:
    """Tell whether a text has the format `byte`: base64 of RFC 4648, section 4."""
    try:
        base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return False
    return True


def validator(document: Document, schema: Any) -> jsonschema_rs.Draft202012Validator:
    """Compile a schema of the document, with its formats asserted. Raises ValueError where it cannot be compiled."""
    root = {**schema, "components": {"schemas": document.data.get("components", {}).get("schemas", {})}}
    return jsonschema_rs.Draft202012Validator(root, validate_formats=True, formats={"byte": is_base64})


def types(node: Node) -> set[str]:
    """Return the types that a schema names itself."""
    named = node.get("type", [])
    return set(named if isinstance(named, list) else [named])


def schemas(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with each schema by itself."""
    for root in schema_roots(document):
        around: dict[Pointer, Node] = {}
        for item in subschemas(root.node, root.at):
            around[item.at] = item.node
            for check in (_keywords, _format, _bounds, _range, _patterns, _names, _enum_names):
                yield from check(item)
            yield from _required(document, item, around)
            yield from _values(document, item)


def _keywords(item: Item) -> Iterator[Problem]:
    node, declared = item.node, types(item.node)
    within_branch = any(step in BRANCHES for step in item.at[-2:])
    for keyword in node:
        kind = TYPE_OF.get(keyword)
        if kind is None:
            continue
        if declared and kind not in declared and not (kind == "number" and "integer" in declared):
            given = " or ".join(sorted(declared))
            yield Problem((*item.at, keyword), f"`{keyword}` says nothing of type {given}: it belongs to type {kind}")
        elif not declared and not within_branch and not ({"$ref", *BRANCHES} & node.keys()):
            yield Problem((*item.at, keyword), f"`{keyword}` stands without a type: add `type: {kind}`")


def _format(item: Item) -> Iterator[Problem]:
    name, declared = item.node.get("format"), types(item.node)
    if not isinstance(name, str):
        return
    at = (*item.at, "format")
    if name == "binary":
        yield Problem(at, "bytes have no form in JSON: use `format: byte`, which is base64")
    elif name not in FORMATS:
        yield Problem(at, f"the format `{name}` is not followed{meant(name, FORMATS)}")
    elif not declared and not any(step in BRANCHES for step in item.at[-2:]):
        yield Problem(at, f"`format` stands without a type: add `type: {FORMATS[name]}`")
    elif declared and FORMATS[name] not in declared:
        yield Problem(at, f"the format `{name}` belongs to type {FORMATS[name]}, not {' or '.join(sorted(declared))}")


def _bounds(item: Item) -> Iterator[Problem]:
    for low, high in _BOUNDS:
        least, most = item.node.get(low), item.node.get(high)
        if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
            yield Problem((*item.at, low), f"`{low}` {least} is more than `{high}` {most}: no value fits")
    if "contains" not in item.node:
        for keyword in ("minContains", "maxContains"):
            if keyword in item.node:
                yield Problem((*item.at, keyword), f"`{keyword}` says nothing without `contains`")


def _range(item: Item) -> Iterator[Problem]:
    """A number's bounds and step that leave no value between them."""
    node = item.node
    bounds = [node.get(name) for name in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")]
    if any(isinstance(it, bool) or not isinstance(it, int | float | None) for it in bounds):
        return
    low, above, high, below, step = (None if it is None else Fraction(str(it)) for it in bounds)
    least = max((it for it in (low, above) if it is not None), default=None)
    most = min((it for it in (high, below) if it is not None), default=None)
    if least is None or most is None or least > most:
        if least is not None and most is not None and not (low == least and high == most):
            yield Problem(item.at, f"no number lies between {float(least):g} and {float(most):g}")
        return
    unit = step or (Fraction(1) if types(node) == {"integer"} else None)
    excluded = (least == above, most == below)
    if unit:
        first, last = math.ceil(least / unit), math.floor(most / unit)
        first += excluded[0] and first * unit == least
        last -= excluded[1] and last * unit == most
        empty = first > last
    else:
        empty = least == most and any(excluded)
    if empty:
        yield Problem(item.at, f"no number fits these bounds ({float(least):g} to {float(most):g}): widen them")


def _patterns(item: Item) -> Iterator[Problem]:
    named = item.node.get("patternProperties")
    written_ = [((*item.at, "pattern"), item.node.get("pattern"))]
    written_ += [((*item.at, "patternProperties", it), it) for it in named] if isinstance(named, dict) else []
    for at, pattern in written_:
        if isinstance(pattern, str):
            try:
                re.compile(pattern)
                jsonschema_rs.Draft202012Validator({"pattern": pattern})
            except (re.error, ValueError) as error:
                yield Problem(at, f"`{pattern}` is no regular expression in Python and ECMA-262 alike: {_first(error)}")


def _names(item: Item) -> Iterator[Problem]:
    found = item.node.get("properties")
    by_attribute: dict[str, str] = {}
    for name in found if isinstance(found, dict) else ():
        at = (*item.at, "properties", name)
        if not re.search(r"[^\W_]", str(name)):
            yield Problem(at, f"the client can give `{name}` no name in Python: a name needs a letter or a digit")
            continue
        attribute = PythonIdentifier(str(name), "field_")
        if attribute in _TAKEN_ATTRIBUTES:
            yield Problem(
                at, f"`{name}` is `{attribute}` in Python, which the generated class needs: it cannot be followed"
            )
        if attribute in by_attribute:
            yield Problem(at, f"`{name}` and `{by_attribute[attribute]}` are both `{attribute}` in Python: rename one")
        by_attribute[attribute] = str(name)


def _enum_names(item: Item) -> Iterator[Problem]:
    names, values = item.node.get("x-enum-varnames"), item.node.get("enum")
    if names is None:
        return
    at = (*item.at, "x-enum-varnames")
    if not isinstance(values, list):
        yield Problem(at, "`x-enum-varnames` stands without `enum`")
    elif not isinstance(names, list) or not all(re.fullmatch(r"[A-Z][A-Z0-9_]*", str(name)) for name in names):
        yield Problem(at, "the names of an enum are a list of words in capitals, such as FIRST_ONE")
    elif len(set(names)) != len(names) or len(names) != len([it for it in values if it is not None]):
        yield Problem(at, f"{len(values)} values want as many names, no two alike; here are {len(names)}")


def _required(document: Document, item: Item, around: Mapping[Pointer, Node]) -> Iterator[Problem]:
    listed = item.node.get("required")
    conditional = item.node.get("dependentRequired")
    named = [((*item.at, "required", index), it) for index, it in enumerate(listed)] if isinstance(listed, list) else []
    for name, others in conditional.items() if isinstance(conditional, dict) else ():
        place = (*item.at, "dependentRequired", name)
        named += [(place, name), *((place, other) for other in (others if isinstance(others, list) else []))]
    if not named:
        return
    known = {name for name, _ in properties(document, item.node)}
    at = item.at
    while len(at) >= 2 and any(step in BRANCHES for step in at[-2:]):
        at = at[:-2] if isinstance(at[-1], int) else at[:-1]
        known |= {name for name, _ in properties(document, around.get(at, {}))}
    for place, name in named:
        if name not in known:
            yield Problem(place, f"`{name}` is required and stands in no `properties` here{meant(name, known)}")


def _values(document: Document, item: Item) -> Iterator[Problem]:
    """Values of `enum`, `const` and `examples` that the rest of their schema does not allow."""
    node = item.node
    values: list[tuple[Pointer, Any]] = []
    for keyword in ("enum", "examples"):
        if isinstance(node.get(keyword), list):
            values += [((*item.at, keyword, index), it) for index, it in enumerate(node[keyword])]
    if "const" in node:
        values.append(((*item.at, "const"), node["const"]))
    if "enum" in node and node["enum"] == []:
        yield Problem((*item.at, "enum"), "no value fits an empty `enum`: list the values")
    if values:
        rest = {name: it for name, it in node.items() if name not in ("examples",)}
        yield from breaches(document, rest, values)


def breaches(document: Document, schema: Any, values: list[tuple[Pointer, Any]]) -> Iterator[Problem]:
    """Yield why values, given with their places, do not fit a schema; nothing where the schema cannot be compiled."""
    try:
        compiled = validator(document, schema)
    except (ValueError, TypeError):
        return
    for at, value in values:
        for error in compiled.iter_errors(value):
            inside = "".join(f".{step}" for step in error.instance_path).removeprefix(".")
            place = (*at, *error.instance_path)
            yield Problem(place, f"this value breaks its schema: {f'{inside}: ' if inside else ''}{error.message}")


def examples(document: Document) -> Iterator[Problem]:
    """Yield the examples of bodies, parameters and headers that break their schema."""
    for item in walk(document):
        if item.kind not in ("media type", "parameter", "header") or not isinstance(item.node.get("schema"), dict):
            continue
        shown = item.node.get("examples")
        values: list[tuple[Pointer, Any]] = []
        for name, example in shown.items() if isinstance(shown, dict) else ():
            at, node = document.follow(example, (*item.at, "examples", name))
            if "value" in node:
                values.append(((*at, "value"), node["value"]))
            elif node and "externalValue" not in node:
                yield Problem(at, "this example has no value: give it `value`")
        yield from breaches(document, item.node["schema"], values)


def class_names(document: Document) -> Iterator[Problem]:
    """Yield the schemas that would become one and the same class or module of the client."""
    by_class: dict[str, str] = {}
    named = document.data.get("components", {}).get("schemas", {})
    for name in named if isinstance(named, dict) else ():
        at = ("components", "schemas", name)
        class_name = ClassName(str(name), "field_")
        first = by_class.setdefault(PythonIdentifier(class_name, "field_"), str(name))
        if class_name in _TAKEN_CLASSES:
            yield Problem(at, f"the class {class_name} is another one in the generated modules: rename the schema")
        if first != name:
            yield Problem(at, f"`{name}` and `{first}` are both the class {class_name} in Python: rename one")


def provenance(document: Document) -> Iterator[Problem]:
    """Yield the marks of provenance that do not keep to docs/contract.md."""
    kinds = ("prose", "gateway", "observed", "inferred")
    for item in walk(document):
        if "x-provenance" not in item.node:
            continue
        mark, at = item.node["x-provenance"], (*item.at, "x-provenance")
        if not isinstance(mark, dict):
            yield Problem(at, "a provenance is an object: {kind: …, reason: …}")
            continue
        if mark.get("kind") not in kinds:
            yield Problem(at, f"its `kind` is one of {', '.join(kinds)}{meant(mark.get('kind'), kinds)}")
        if not isinstance(mark.get("reason"), str) or not mark["reason"].strip():
            yield Problem(at, "its `reason` is missing: say in one sentence how this is known")
        for name in mark.keys() - {"kind", "reason", "keywords"}:
            yield Problem(
                (*at, name), f"`{name}` is no member of a provenance{meant(name, ('kind', 'reason', 'keywords'))}"
            )
        keywords = mark.get("keywords", [])
        for keyword in keywords if isinstance(keywords, list) else [keywords]:
            if keyword not in item.node:
                yield Problem((*at, "keywords"), f"`{keyword}` does not stand here{meant(keyword, item.node)}")


def marks(document: Document) -> Iterator[Problem]:
    """Yield the values of `x-sensitive` and `x-unique` that mean nothing, and marks that stand at no property."""
    reached = {place for places in sensitive_places(document).values() for place in places}
    for root in schema_roots(document):
        for item in subschemas(root.node, root.at):
            value = item.node.get("x-sensitive")
            at = (*item.at, "x-sensitive")
            if "x-sensitive" in item.node and not (value is True or value == "query"):
                yield Problem(at, "`x-sensitive` is true, or query where only the query of a URL is secret")
            elif value == "query" and types(item.node) - {"string", "null"}:
                yield Problem(at, "`x-sensitive: query` is for a URL, which is a string: write true")
            elif value and item.at not in reached:
                yield Problem(at, "`x-sensitive` stands at no property or parameter: secrets are masked by these names")
            at = (*item.at, "x-unique")
            if "x-unique" in item.node and item.node["x-unique"] is not True:
                yield Problem(at, "`x-unique` is true, or it is left out")
            elif "x-unique" in item.node and ({"const", "enum"} & item.node.keys() or types(item.node) == {"boolean"}):
                yield Problem(at, "a property that has a few values only soon repeats them: leave `x-unique` out")
            if "x-echoes" in item.node and not isinstance(item.node["x-echoes"], str):
                yield Problem((*item.at, "x-echoes"), "`x-echoes` is the name of a property of the request")


def sensitive_places(document: Document) -> dict[str, list[Pointer]]:
    """Return where schemas marked `x-sensitive` stand, by the name of the property or parameter that has them."""
    found: dict[str, list[Pointer]] = {}

    def note(name: str, schema: Any, at: Pointer, seen: frozenset[Pointer]) -> None:
        """Look at a property's own schema: through references, compositions and items, not into its properties."""
        while isinstance(schema, dict) and at not in seen:
            seen |= {at}
            if "x-sensitive" in schema:
                found.setdefault(name, []).append(at)
            for keyword in (*BRANCHES[:3], "prefixItems"):
                for index, branch in enumerate(schema.get(keyword) or ()):
                    note(name, branch, (*at, keyword, index), seen)
            for keyword in ("items", "additionalProperties"):
                note(name, schema.get(keyword), (*at, keyword), seen)
            at = steps(str(schema.get("$ref", "")))
            schema = document.at(at) if at else None

    for item in walk(document):
        if item.kind == "schema":
            group = item.node.get("properties")
            for name, schema in group.items() if isinstance(group, dict) else ():
                note(str(name), schema, (*item.at, "properties", name), frozenset())
        elif item.kind == "parameter":
            note(str(item.node.get("name")), item.node.get("schema"), (*item.at, "schema"), frozenset())
    return found


def sensitive(document: Document) -> dict[str, Any]:
    """Return which properties and parameters are secret: True, or "query" where only a URL's query is."""
    values = {
        name: {document.at((*at, "x-sensitive")) for at in places}
        for name, places in sensitive_places(document).items()
    }
    return {name: True if True in found else "query" for name, found in sorted(values.items())}


def _first(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
