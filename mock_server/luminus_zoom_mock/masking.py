"""Hide secrets in what the mock shows: its lists, its journal, and the messages of its assertions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"

_QUERY_VALUE = re.compile(r"(?<=[?&])([^=&#]*)=[^&#]*")
_CREDENTIALS = r"authorization|cookie|key|token"
_SECRET_HEADER = re.compile(_CREDENTIALS, re.IGNORECASE)
_SECRET_IN_QUERY = re.compile(rf"((?:^|&)[^=&]*(?:{_CREDENTIALS})[^=&]*=)[^&]*", re.IGNORECASE)


def masked(value: Any, sensitive: Mapping[str, Any]) -> Any:
    """Return a JSON value with the secrets of the named properties hidden, at any depth.

    `sensitive` has True for a property that is hidden whole, "query" for a URL of which only the query's values are.
    """
    if isinstance(value, list):
        return [masked(item, sensitive) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _hidden(item, sensitive.get(name), sensitive) for name, item in value.items()}


def masked_headers(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Return headers as text, the values hidden of those whose names say that they are credentials."""
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
    return {name: MASK if _SECRET_HEADER.search(name) else value for name, value in named.items()}


def masked_query(query: str) -> str:
    """Return a query with the values hidden whose names say that they are credentials."""
    return _SECRET_IN_QUERY.sub(rf"\1{MASK}", query)


def _hidden(value: Any, mark: Any, sensitive: Mapping[str, Any]) -> Any:
    if mark == "query" and isinstance(value, str):
        return _QUERY_VALUE.sub(rf"\1={MASK}", value)
    return masked(value, sensitive) if mark is None or value is None else MASK
