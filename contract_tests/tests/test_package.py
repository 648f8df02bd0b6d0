"""What the package keeps to: who names properties of an API, how long functions are, and where it runs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import luminus_zoom_contract
from luminus_zoom_contract.spec.document import Contract
from luminus_zoom_contract.spec.operations import fields_of

PACKAGE = Path(luminus_zoom_contract.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
PROFILE = PACKAGE / "checks" / "add_meeting.py"
LONGEST = 50
COMMON_WORDS = {"id", "name", "email", "message", "statusCode", "access"}
"""Names of properties that are words of HTTP, JSON Schema or Python too."""
ALLOWED = {"texts": {"duration"}, "wrapper_calls": {"duration"}}
"""In single modules: a format of JSON Schema, and a parameter of the wrapper."""


def names_of(contract: Contract) -> set[str]:
    """The names of a contract's operations and of every property in its schemas, at any depth."""
    schemas = contract.full["components"]["schemas"]
    fields = (field for name in schemas for field in fields_of(contract.full, f"/components/schemas/{name}"))
    return {*contract.operations, *(step for field in fields for step in field.path)} - {"[]"} - COMMON_WORDS


def texts(path: Path) -> Iterator[str]:
    """The literal texts of a module, docstrings apart."""
    tree = ast.parse(path.read_text("utf-8"))
    loose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in loose:
            yield node.value.decode("latin-1") if isinstance(node.value, bytes) else str(node.value)


@pytest.mark.parametrize("module", [it for it in MODULES if it != PROFILE], ids=lambda it: it.stem)
def test_only_the_profile_names_operations_and_properties(module: Path) -> None:
    names = names_of(Contract.load())
    assert "hostKey" in names
    words = {word for text in texts(module) for word in re.findall(r"\w+", text)}
    assert words & names - ALLOWED.get(module.stem, set()) == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda it: it.stem)
def test_no_function_is_long(module: Path) -> None:
    functions = (it for it in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(it, ast.FunctionDef))
    long = {it.name: it.end_lineno - it.lineno + 1 for it in functions if it.end_lineno}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}
