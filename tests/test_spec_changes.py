"""Any change of openapi.yaml is followed by every room, or refused in words. `make spec-changes` tries more of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs
import pytest
import yaml
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from mypy import api as mypy

import generate
from generation.reading import Refused
from luminus_zoom_mock import SUBSCRIPTION_KEY, TOKEN, Settings, create_app
from luminus_zoom_mock.app import MockApp
from luminus_zoom_mock.contract import Operation, Parameter
from luminus_zoom_mock.exchange import Answer, Call
from luminus_zoom_mock.schemas import Schemas
from luminus_zoom_mock.values import value_for

from .followed import finds, follows, mock_of
from .spec_changes import Edit, edits, schemas

ROOT = Path(__file__).parent.parent
CONTRACT = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
EXAMPLES = int(os.environ.get("SPEC_CHANGES", "15"))

IMPORT_ALL = """
import importlib, pkgutil, sys, warnings
warnings.simplefilter("error")
import luminus_zoom_api
for module in pkgutil.walk_packages(luminus_zoom_api.__path__, "luminus_zoom_api."):
    importlib.import_module(module.name)
assert luminus_zoom_api.__file__.startswith(sys.argv[1])
"""


@dataclass
class Changed:
    """A contract after some edits, and what was generated from it."""

    document: dict[str, Any]
    contract: Path
    root: Path


def the_package_imports_and_is_typed(changed: Changed) -> None:
    source = changed.root / "generated_client"
    command = [sys.executable, "-c", IMPORT_ALL, str(source)]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cache = ROOT / ".mypy_cache/spec_changes"
    limit = sys.getrecursionlimit()
    told, _, status = mypy.run(["--strict", "--cache-dir", str(cache), str(source / "luminus_zoom_api")])
    sys.setrecursionlimit(limit)  # mypy raises it, of which hypothesis warns
    assert status == 0, told


def the_mock_answers_every_operation(changed: Changed) -> None:
    app = create_app(Settings(contract=changed.contract))
    for operation in app.contract.operations.values():
        call = request(app, operation)
        if call is None:
            continue
        answer = app.answer(call)
        assert answer.status in (operation.success, 404), f"{operation.id}: {answer.status} {answer.body!r}"
        assert answer.status == operation.success or operation.response(404), f"{operation.id}: 404"
        conforms(app, operation, answer)


def request(app: MockApp, operation: Operation) -> Call | None:
    """A legal call of an operation; None where no legal value is found for one of its parts."""
    known = app.contract.schemas
    values: dict[str, tuple[Parameter, Any]] = {}
    for parameter in operation.parameters:
        value = value_for(known, parameter.schema, name=parameter.name)
        if not known.allows(parameter.schema, value) or value == "":
            return None
        values[parameter.name] = (parameter, value)
    path, query, cookies = app.contract.base + operation.path, [], []
    headers = [("ocp-apim-subscription-key", SUBSCRIPTION_KEY), ("authorization", f"Bearer {TOKEN}")]
    for name, (parameter, value) in values.items():
        texts = [text(item) for item in value] if isinstance(value, list) else [text(value)]
        joined = {"pipeDelimited": "|", "spaceDelimited": " "}.get(parameter.style, ",").join(texts)
        if parameter.where == "path":
            path = path.replace(f"{{{name}}}", quote(joined, safe=""))
        elif parameter.where == "query":
            query += [(name, it) for it in (texts if parameter.explode else [joined])]
        elif parameter.where == "header":
            headers.append((name.lower(), joined))
        else:
            cookies.append(f"{name}={quote(joined)}")
    headers += [("cookie", "; ".join(cookies))] if cookies else []
    body = b""
    if operation.body:
        document = app.contract.example() if operation is app.contract.main else None
        if document is None or not known.allows(operation.schema, document):
            document = value_for(known, operation.schema)
        if not known.allows(operation.schema, document):
            return None
        body = json.dumps(document).encode()
        headers.append(("content-type", next(iter(operation.body)).replace("*", "x")))
    wire = {name.encode(): value.encode("latin-1", "replace") for name, value in headers}
    return Call(operation.method, path, urlencode(query, quote_via=quote).encode(), wire, body)


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def conforms(app: MockApp, operation: Operation, answer: Answer) -> None:
    response = operation.response(answer.status)
    assert response is not None
    if not response.content:
        assert answer.body == b""
        return
    media_type = dict(answer.headers)[b"content-type"].decode().partition(";")[0]
    assert media_type in response.content
    value = answer.body.decode() if media_type == "text/plain" else json.loads(answer.body)
    components = app.contract._document["components"]
    root = {**response.content[media_type].schema, "components": components}
    errors = list(jsonschema_rs.Draft202012Validator(root, validate_formats=True).iter_errors(value))
    assert not errors, f"{operation.id}: {errors[0].message} in {value}"


def the_suite_exercises_what_was_added_and_finds_a_fault_in_it(changed: Changed) -> None:
    report = follows(CONTRACT, changed.document, changed.contract, mock_of(changed.contract))
    if report is not None:
        finds(CONTRACT, changed.document, changed.contract, report)


# What each room makes of a changed contract. The wrapper's own tests name what it does not offer.
ROOMS: list[Callable[[Changed], None]] = [
    the_package_imports_and_is_typed,
    the_mock_answers_every_operation,
    the_suite_exercises_what_was_added_and_finds_a_fault_in_it,
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return iter(tmp_path_factory.mktemp("changed") / str(number) for number in range(100_000))


def document_of(changes: list[Edit]) -> dict[str, Any]:
    document: dict[str, Any] = deepcopy(CONTRACT)
    for change in changes:
        note(change(document))
    return document


class Plain(yaml.SafeDumper):
    """Writes what stands twice twice, rather than as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


@pytest.mark.timeout(3600)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 15,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    print_blob=True,
)
@given(changes=edits())
def test_any_change_is_followed_or_refused_in_words(folders: Iterator[Path], changes: list[Edit]) -> None:
    root = next(folders)
    root.mkdir()
    document = document_of(changes)
    contract = root / "openapi.yaml"
    contract.write_text(yaml.dump(document, Dumper=Plain, sort_keys=False, allow_unicode=True), encoding="utf-8")
    try:
        generate.generate(contract, root)
    except Refused as refused:
        note("\n".join(refused.args[0]))
        for line in refused.args[0]:
            assert re.match(r"openapi\.yaml:\d+: #\S*: \S.*", line), line
        assert not (root / "generated_client").exists()
        return
    for room in ROOMS:
        room(Changed(document, contract, root))


COMPONENTS = Schemas(CONTRACT)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(schema=schemas(), serial=st.integers(1, 10**6))
def test_the_mock_makes_a_value_for_any_schema(schema: Any, serial: int) -> None:
    value = value_for(COMPONENTS, schema, serial)
    assert COMPONENTS.allows(schema, value), value
