"""A call's parameters: read from path, query, headers and cookies by their style, and held against their schemas."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from luminus_zoom_mock.contract import Operation, Parameter
from luminus_zoom_mock.schemas import Faults, Schema, Schemas

_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": r"\||%7C"}
_INTEGER = re.compile(r"-?(0|[1-9]\d*)")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_ABSENT = object()


def read(
    schemas: Schemas, operation: Operation, variables: Mapping[str, str], query: bytes, headers: Mapping[bytes, bytes]
) -> tuple[dict[str, Any], Faults]:
    """Return the values of an operation's parameters by name, and what is wrong with them, by name too."""
    values: dict[str, Any] = {}
    faults: Faults = {}
    pairs = list(_pairs(query))
    for parameter in operation.parameters:
        raw = _raw(parameter, variables, pairs, headers)
        if not raw:
            if parameter.required:
                faults[parameter.name] = ["is required"]
            continue
        value = _value(schemas, parameter, raw)
        if value is _ABSENT:
            faults[parameter.name] = ["must be given once"]
            continue
        found = schemas.faults(parameter.schema, value, subject="")
        if found:
            faults[parameter.name] = [message for messages in found.values() for message in messages]
        else:
            values[parameter.name] = value
    return values, faults


def _pairs(query: bytes) -> Iterator[tuple[str, str]]:
    """Yield names and values of a query in their order, the values still encoded."""
    for part in query.decode("latin-1").split("&"):
        name, _, value = part.partition("=")
        if part:
            yield unquote(name.replace("+", " ")), value.replace("+", "%20")


def _raw(
    parameter: Parameter, variables: Mapping[str, str], pairs: list[tuple[str, str]], headers: Mapping[bytes, bytes]
) -> list[str]:
    """Return a parameter's values as they were sent, one for each time that it was."""
    if parameter.where == "path":
        return [variables[parameter.name]] if parameter.name in variables else []
    if parameter.where == "query":
        return [value for name, value in pairs if name == parameter.name]
    if parameter.where == "header":
        line = headers.get(parameter.name.lower().encode())
        return [] if line is None else [line.decode("latin-1")]
    cookies = (part.strip().partition("=") for part in headers.get(b"cookie", b"").decode("latin-1").split(";"))
    return [value for name, _, value in cookies if name == parameter.name]


def _value(schemas: Schemas, parameter: Parameter, raw: list[str]) -> Any:
    """Return what was sent as the type that the schema asks for, if it can be read so, else as text."""
    encoded = parameter.where != "header"
    kinds = list(dict.fromkeys(_kinds(schemas, parameter.schema)))
    if "array" in kinds:
        items: Schema = next((it["items"] for it in schemas.parts(parameter.schema) if "items" in it), {})
        delimiter = _DELIMITERS.get(parameter.style, ",")
        if not (parameter.where == "query" and parameter.explode):
            parts = [it for line in raw if line for it in re.split(delimiter, line, flags=re.IGNORECASE)]
            raw = [part.strip() for part in parts] if parameter.where == "header" else parts
        item_kinds = list(dict.fromkeys(_kinds(schemas, items)))
        return [_scalar(unquote(part) if encoded else part, item_kinds) for part in raw]
    if len(raw) > 1:
        return _ABSENT
    text = unquote(raw[0]) if encoded else raw[0]
    readings = [_scalar(text, [kind]) for kind in kinds] or [text]
    return next((it for it in readings if schemas.allows(parameter.schema, it)), readings[0])


def _kinds(schemas: Schemas, schema: Schema) -> Iterator[str]:
    for part in schemas.parts(schema):
        kinds = part.get("type", [])
        yield from [kinds] if isinstance(kinds, str) else kinds
        values = [part["const"]] if "const" in part else part.get("enum", [])
        names = {bool: "boolean", int: "integer", float: "number"}
        yield from (names.get(type(value), "string") for value in values if "type" not in part)


def _scalar(text: str, kinds: list[str]) -> Any:
    for kind in kinds:
        if kind in ("integer", "number") and _INTEGER.fullmatch(text) and len(text) < 1000:
            return int(text)
        if kind == "number" and _NUMBER.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
    return text
