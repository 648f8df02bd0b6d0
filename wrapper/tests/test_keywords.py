"""Whatever keyword openapi.yaml may state of an argument, the wrapper refuses what breaks it."""

import copy
import importlib
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luminus_zoom import Access, _arguments, _request
from luminus_zoom._schema import CHECKED, FORMATS, INTEGER_BITS, faults, rules_of
from luminus_zoom_api import limits
from wrapper.tests.preview import refused, sent

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
ROLES = ("properties", "access", "properties", "groupAccess")


@pytest.fixture
def contract() -> Iterator[dict[str, Any]]:
    """A copy of what the contract says of a request, and the wrapper as it is when that is changed (`follow`)."""
    original = copy.deepcopy(limits.REQUEST)
    yield limits.REQUEST
    limits.REQUEST.clear()
    limits.REQUEST.update(original)
    follow()


def follow() -> None:
    """Read the contract anew."""
    importlib.reload(_arguments)
    importlib.reload(_request)
    from luminus_zoom import client

    client.prepare = _request.prepare


def test_nothing(contract: dict[str, Any]) -> None:
    assert faults(rules_of({}), 1) == []
    assert contract is limits.REQUEST
