"""What the suite has to make of a changed contract: exercise what was added, and find a fault in it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from jsonschema_rs import Draft202012Validator

from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_contract.run.transport import Asgi
from luminus_zoom_contract.spec.document import SetupError, escape
from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY, TOKEN, Settings, create_app
from luminus_zoom_mock.app import MockApp

Document = dict[str, Any]


# Combinations, syntax and edits of texts take most of a run's time and hardly depend on the contract.
PARTS = ("relations", "sequences", "forbidden", "parameters", "protocol", "credentials", "values")
SCHEMAS = ("NewMeeting", "Meeting", "GroupAccess")


def run(contract: Path, app: Asgi) -> dict[str, Any]:
    """The report of a small run on an app in this process. Raises SetupError where `main` exits with 2."""
    credentials = Credentials(SUBSCRIPTION_KEY, TOKEN, FORBIDDEN_KEY)
    module = "0f8fad5b-d9cb-469f-a165-70867728950e"
    options = Options(credentials=credentials, module_id=module, contract=contract, time_limit=10.0)
    with Session(options, app) as session:
        for part in PARTS:
            session.run_cases([part])
        return session.report()


def added(before: Document, after: Document) -> Iterator[tuple[str, str]]:
    """What a contract has more than another one: an operation's id, and what the ids of the clauses about it hold."""
    for name in SCHEMAS:
        known, now = ({*each["components"]["schemas"][name]["properties"]} for each in (before, after))
        yield from (("addMeeting", f".{new}.") for new in now - known)
    for path, item in after["paths"].items():
        for operation in item.values():
            if isinstance(operation, dict) and operation.get("operationId") not in str(before["paths"].get(path)):
                yield operation["operationId"], f"{operation['operationId']}:"
    old, new = (each["paths"]["/Meeting"]["post"] for each in (before, after))
    for parameter in new.get("parameters", []):
        if "$ref" in parameter:
            parameter = after["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
        yield "addMeeting", f".{parameter['in']}.{parameter['name']}."
    yield from (("addMeeting", f".{status}.") for status in new["responses"].keys() - old["responses"].keys())


def lost(before: Document, after: Document) -> bool:
    """Whether a property of a meeting is no longer what it was."""
    pairs = ([each["components"]["schemas"][name] for each in (before, after)] for name in SCHEMAS)
    return any(now["properties"].get(name) != known for old, now in pairs for name, known in old["properties"].items())


def follows(before: Document, after: Document, contract: Path, app: Asgi) -> dict[str, Any] | None:
    """The report on an honest server; fail where it is called broken, or where what was added is passed over.

    None where the suite refuses to start, as properties that its checks need were lost.
    """
    try:
        report = run(contract, app)
    except SetupError as error:
        if lost(before, after) and "the contract no longer has" in str(error):
            return None
        raise
    broken = {it["id"]: it["failures"][0]["message"] for it in report["clauses"] if it["severity"] == "failure"}
    assert not broken, broken
    assert report["verdict"] == "conforms" or report["inconclusive_because"]
    tried = [f"{it['id']}." for it in report["clauses"] if it["cases"]]
    told = "\n".join([*report["inconclusive_because"], *report["notes"]])
    for operation, stem in added(before, after):
        named = any(stem in clause for clause in tried)
        status = stem.strip(".")
        assert named or (operation in told and (status in told or report["verdict"] == "inconclusive")), stem
    return report


def seeded(before: Document, after: Document) -> Iterator[tuple[str, Document]]:
    """A clause's beginning, and a contract whose mock is at fault about it: for each thing that was added."""
    for name in ("NewMeeting", "Meeting"):
        known, now = (each["components"]["schemas"][name]["properties"] for each in (before, after))
        for new in now.keys() - known.keys():
            root = {"components": after["components"], "$ref": f"#/components/schemas/{name}/properties/{escape(new)}"}
            validator = Draft202012Validator(root, validate_formats=True)
            if wrong := [it for it in ({"zz": {"zz": 1}}, -7.25, "\x00z", [[]]) if not validator.is_valid(it)]:
                is_sent = name == "NewMeeting"
                stem = f"request.{new}." if is_sent else f"response.{success(after)}.{new}."
                yield stem, replaced(after, name, new, {} if is_sent else {"const": wrong[0]})
    for path, item in after["paths"].items():
        for method, operation in item.items():
            if method in before["paths"].get(path, {}) or "operationId" not in operation:
                continue
            other = deepcopy(after)
            responses = other["paths"][path][method]["responses"]
            if "200" in responses and "299" not in responses and "2XX" not in responses:
                responses["299"] = responses.pop("200")
                yield f"{operation['operationId']}:status.", other


def success(document: Document) -> str:
    """The lowest status of a success of addMeeting."""
    return min(it for it in document["paths"]["/Meeting"]["post"]["responses"] if it.startswith("2"))


def replaced(document: Document, schema: str, name: str, new: Document) -> Document:
    """The contract with another schema for a property, which an answer then has."""
    other = deepcopy(document)
    each = other["components"]["schemas"][schema]
    each["properties"][name] = new
    if schema == "Meeting":
        each["required"] = sorted({*each.get("required", []), name})
    return other


def finds(before: Document, after: Document, contract: Path, report: dict[str, Any]) -> None:
    """Fail where a fault in something that was added and is exercised is not found by a clause about it."""
    tried = [it["id"] for it in report["clauses"] if it["cases"]]
    for stem, faulty in seeded(before, after):
        operation = stem.partition(":")[0]
        if not any(it.startswith(stem) for it in tried) or operation in "\n".join(report["inconclusive_because"]):
            continue
        path = write(faulty, contract.with_name("faulty.yaml"))
        broken = [it["id"] for it in run(contract, mock_of(path))["clauses"] if it["broken"]]
        assert any(it.startswith(stem) for it in broken), f"the fault about {stem} is not found: {broken}"


def write(document: Document, path: Path) -> Path:
    """Write a contract; its path."""
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def mock_of(path: Path) -> MockApp:
    """The mock of a contract."""
    return create_app(Settings(contract=path))
