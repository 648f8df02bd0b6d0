"""What the suite makes of a changed contract: it says so where it lacks something, or exercises what was added."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from luminus_zoom_contract.cases.case import Credentials
from luminus_zoom_contract.run.session import Options, Session
from luminus_zoom_contract.run.transport import Asgi
from luminus_zoom_contract.spec.document import SetupError
from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY, TOKEN

Document = dict[str, Any]
# Combinations, syntax and edits of texts take most of a run's time and hardly depend on the contract.
PARTS = ("sequences", "forbidden", "parameters", "protocol", "credentials", "values", "relations")
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


def follows(before: Document, after: Document, contract: Path, app: Asgi) -> None:
    """Fail where the suite ends in an error, calls the mock broken or passes over in silence what was added."""
    try:
        report = run(contract, app)
    except SetupError as error:
        assert lost(before, after), error
        assert "the contract no longer has" in str(error)
        return
    broken = {it["id"]: it["failures"][0]["message"] for it in report["clauses"] if it["severity"] == "failure"}
    assert not broken, broken
    assert report["verdict"] == "conforms" or report["inconclusive_because"]
    tried = [f"{it['id']}." for it in report["clauses"] if it["cases"]]
    told = "\n".join([*report["inconclusive_because"], *report["notes"]])
    for operation, stem in added(before, after):
        named = any(stem in clause for clause in tried)
        status = stem.strip(".")
        assert named or operation in told and (status in told or report["verdict"] == "inconclusive"), stem
