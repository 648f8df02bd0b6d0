"""What openapi.yaml demands of a value: the keywords of JSON Schema 2020-12, each with a test and its words.

It is a table and not a library: jsonschema-rs is a compiled wheel of 6 MB, and the pure Python validators are slow to
import or know older drafts only. A keyword or format that is not here fails `test_parity.py`.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from ipaddress import IPv4Address, IPv6Address
from types import NoneType
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

Schema = Mapping[str, Any]
Test = Callable[[Any, Any, Schema], Any]
"""Whether a value keeps to a keyword: the value, the keyword's own value, and the schema that it stands in."""

Rule = tuple[str, Any, Test, str, Any, Schema]
"""A keyword, the types that it is about, its test, what to say where that fails, its value, and its schema."""
Rules = tuple[Rule, ...]


class WrongValue(Exception):
    """A value is refused: why, and what to send if nothing is to be checked (None: the value as it is)."""

    def __init__(self, why: str, sent: object = None) -> None:
        super().__init__(why)
        self.sent = sent


_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_ATOM = r"[^\s@,;:<>()\[\]\\\".]+"
ADDRESS = re.compile(rf"(?=.{{3,254}}\Z)(?![^@]{{65}}){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?!\d){_LABEL}")
"""An e-mail address (RFC 5321 and 6531), but for quoted names and literal IP addresses, which no mail service gives."""

FORMATS: Mapping[str, Callable[[str], object]] = {
    "date": lambda text: re.fullmatch(r"\d{4}-\d\d-\d\d", text) and date.fromisoformat(text),
    "date-time": lambda text: text[10:11] in "Tt" and datetime.fromisoformat(text).tzinfo,
    "time": lambda text: ":" in text and time.fromisoformat(text).tzinfo,
    "email": ADDRESS.fullmatch,
    "hostname": re.compile(rf"(?:{_LABEL}\.)*{_LABEL}").fullmatch,
    "ipv4": IPv4Address,
    "ipv6": IPv6Address,
    "uri": lambda text: re.fullmatch(r"\S+", text) and urlsplit(text).scheme,
    "uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch,
}
"""The formats of texts. Where a text is not in the format, the test's result is false, or it raises `ValueError`."""
INTEGER_BITS = {"int32": 31, "int64": 63}
_TYPES: Mapping[str, Any] = {
    "null": NoneType,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "string": str,
    "array": list,
    "object": dict,
}


def shown(value: object) -> str:
    """A value in an error's text: short, and only its type where its repr could be anything."""
    if type(value) in (str, bool, int, float, UUID, date):
        # Python writes no integers of more than 4,300 digits.
        with contextlib.suppress(ValueError):
            text = repr(value)
            return text if len(text) <= 60 else f"{text[:59]}…"
    return type(value).__name__


def rules_of(schema: Schema | bool) -> Rules:
    """The rules that a schema states, in the order of its keywords.

    Those of ``allOf`` count as its own, and so does the other branch of a nullable ``anyOf``: null is never sent.
    """
    if isinstance(schema, bool):
        schema = {} if schema else {"not": {}}
    rules: list[Rule] = []
    for keyword, bound in schema.items():
        options = [option for option in bound if option != {"type": "null"}] if keyword == "anyOf" else []
        if keyword == "allOf" or len(options) == 1:
            rules += [rule for branch in options or bound for rule in rules_of(branch)]
        elif keyword in _RULES:
            rules.append((keyword, *_RULES[keyword], bound, schema))
    return tuple(rules)


def faults(rules: Rules, value: object) -> list[str]:
    """What is wrong with a value in the form of JSON, in words; nothing where it keeps to the rules."""
    found: list[str] = []
    for keyword, kinds, holds, text, bound, schema in rules:
        if isinstance(value, kinds) and not holds(value, bound, schema):
            found.append(text.format(str(bound).strip("[]")))
            if keyword == "enum":
                return found[-1:]  # It says all that a range beside it says.
    return found


def _valid(schema: Schema | bool, value: object) -> bool:
    return not faults(rules_of(schema), value)


def _has_type(value: object, names: Any, _: Schema) -> bool:
    if isinstance(names, list):
        return any(_has_type(value, name, _) for name in names)
    return isinstance(value, _TYPES[names]) and (not isinstance(value, bool) or names == "boolean")


def _is_multiple(value: Any, step: Any, _: Schema) -> Any:
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    return float(value / step).is_integer()  # The remainder of floats is rounded: 0.3 % 0.1 is not 0.


def _has_format(value: Any, name: str, _: Schema) -> bool:
    if isinstance(value, int):
        return name not in INTEGER_BITS or -(2 ** INTEGER_BITS[name]) <= value < 2 ** INTEGER_BITS[name]
    try:
        return name not in FORMATS or bool(FORMATS[name](value))
    except ValueError:
        return False


def _further_items(items: list[Any], schema: Any, whole: Schema) -> bool:
    return all(_valid(schema, item) for item in items[len(whole.get("prefixItems", ())) :])


def _contains(items: list[Any], schema: Any, whole: Schema) -> Any:
    count = sum(_valid(schema, item) for item in items)
    return count >= whole.get("minContains", 1) and count <= whole.get("maxContains", count)


def _further_properties(value: dict[str, Any], schema: Any, whole: Schema) -> bool:
    patterns = whole.get("patternProperties", ())
    return all(
        _valid(schema, item)
        for name, item in value.items()
        if name not in whole.get("properties", ()) and not any(re.search(pattern, name) for pattern in patterns)
    )


_NUMBER = (int, float)
_RULES: Mapping[str, tuple[Any, Test, str]] = {
    "type": (object, _has_type, "must be of the type {}"),
    "enum": (object, lambda value, allowed, _: value in allowed, "must be one of {}"),
    "const": (object, lambda value, only, _: value == only, "must be {}"),
    "format": ((str, int), _has_format, "must have the format {}"),
    "minimum": (_NUMBER, lambda value, least, _: value >= least, "must be at least {}"),
    "maximum": (_NUMBER, lambda value, most, _: value <= most, "must be at most {}"),
    "exclusiveMinimum": (_NUMBER, lambda value, bound, _: value > bound, "must be more than {}"),
    "exclusiveMaximum": (_NUMBER, lambda value, bound, _: value < bound, "must be less than {}"),
    "multipleOf": (_NUMBER, _is_multiple, "must be a multiple of {}"),
    "minLength": (str, lambda text, least, _: len(text) >= least, "must have at least {} characters"),
    "maxLength": (str, lambda text, most, _: len(text) <= most, "must have at most {} characters"),
    # A schema's \d and \w are ECMAScript's: ASCII.
    "pattern": (str, lambda text, regex, _: bool(re.search(regex, text, re.ASCII)), "must match the pattern {}"),
    "minItems": (list, lambda items, least, _: len(items) >= least, "must have at least {} items"),
    "maxItems": (list, lambda items, most, _: len(items) <= most, "must have at most {} items"),
    "uniqueItems": (
        list,
        lambda items, unique, _: not unique or len({*map(repr, items)}) == len(items),
        "must not repeat an item",
    ),
    "prefixItems": (list, lambda items, schemas, _: all(map(_valid, schemas, items)), "must have the items of {}"),
    "items": (list, _further_items, "must have items of {}"),
    "contains": (list, _contains, "must contain {}"),
    "minProperties": (dict, lambda value, least, _: len(value) >= least, "must have at least {} properties"),
    "maxProperties": (dict, lambda value, most, _: len(value) <= most, "must have at most {} properties"),
    "required": (dict, lambda value, names, _: value.keys() >= {*names}, "must have {}"),
    "dependentRequired": (
        dict,
        lambda value, needs, _: all(value.keys() >= {*names} for name, names in needs.items() if name in value),
        "must have what others require: {}",
    ),
    "dependentSchemas": (
        dict,
        lambda value, schemas, _: all(_valid(schema, value) for name, schema in schemas.items() if name in value),
        "must keep to {}",
    ),
    "properties": (
        dict,
        lambda value, schemas, _: all(_valid(schema, value[name]) for name, schema in schemas.items() if name in value),
        "must have the properties {}",
    ),
    "patternProperties": (
        dict,
        lambda value, schemas, _: all(
            _valid(schema, item)
            for regex, schema in schemas.items()
            for name, item in value.items()
            if re.search(regex, name, re.ASCII)
        ),
        "must have the properties {}",
    ),
    "additionalProperties": (dict, _further_properties, "must have no other properties than {}"),
    "propertyNames": (
        dict,
        lambda value, schema, _: all(_valid(schema, name) for name in value),
        "must have names of {}",
    ),
    "anyOf": (object, lambda value, schemas, _: any(_valid(schema, value) for schema in schemas), "must be any of {}"),
    "oneOf": (
        object,
        lambda value, schemas, _: sum(_valid(schema, value) for schema in schemas) == 1,
        "must be just one of {}",
    ),
    "not": (object, lambda value, schema, _: not _valid(schema, value), "must not be {}"),
    "if": (
        object,
        lambda value, schema, whole: _valid(whole.get("then" if _valid(schema, value) else "else", True), value),
        "must keep to what follows from {}",
    ),
}
CHECKED = _RULES.keys() | {"allOf", "then", "else", "minContains", "maxContains"}
"""The keywords that are checked, also through their neighbours."""
