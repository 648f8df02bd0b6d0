"""What is added to openapi.yaml is followed by all: client, reference, mock, suite and the wrapper's tests."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from mypy import api as mypy

from generation.reading import steps
from luminus_zoom_contract.run.latency import Pace

from .followed import run
from .test_property_change import BODY, TOKEN, Copy, Document, Followed, both

TABLE = yaml.safe_load((Path(__file__).parent / "additions.yaml").read_text(encoding="utf-8"))
PROPERTIES: dict[str, Any] = TABLE["properties"]
OPERATIONS: dict[str, Any] = TABLE["operations"]

# Sends the values of the properties through the generated models, and imports every operation's module.
ROUND_TRIP = """
import importlib, json, pkgutil, sys
import luminus_zoom_api
from luminus_zoom_api.models import Meeting, NewMeeting
body, values = json.load(sys.stdin)
for module in pkgutil.walk_packages(luminus_zoom_api.__path__, "luminus_zoom_api."):
    importlib.import_module(module.name)
sent = {name: NewMeeting.from_dict({**body, name: value}).to_dict() for name, value in values.items()}
got = {name: Meeting.from_dict({name: value}).to_dict() for name, value in values.items()}
print(json.dumps([sent, got]))
"""

# A secret that openapi.yaml tells of, in a field of the wrapper that says nothing about it.
FIELD = '    host_key: str | None = wire("hostKey", "text")\n'
CREATE = """
from datetime import UTC, datetime
from luminus_zoom import ZoomClient
from luminus_zoom_mock import MockServer
with MockServer() as mock, ZoomClient(base_url=mock.base_url, subscription_key=mock.subscription_key) as zoom:
    meeting = zoom.create_meeting(
        module_id="0f8fad5b-d9cb-469f-a165-70867728950e", name="x", start=datetime(2035, 1, 18, tzinfo=UTC),
        duration=15, extra={"hostPin": "4711"},
    )
    assert meeting.host_pin == "4711"
    print(meeting, repr(meeting), mock.requests)
"""


def put(document: Document, at: str, node: Any) -> None:
    """Set what stands at a JSON pointer, with the objects around it."""
    *path, last = steps(at)
    for step in path:
        document = document.setdefault(step, {})
    document[last] = deepcopy(node)


def add(document: Document) -> None:
    """Make every addition of the table."""
    for name, row in PROPERTIES.items():
        both(document, name, {"description": f"Line one | of\n{name}.", **row["schema"]})
    for row in OPERATIONS.values():
        for at, node in row["set"].items():
            put(document, at, node)


class All:
    """What each room makes of a contract with all additions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.followed = Followed(root, add)

    @functools.cached_property
    def client(self) -> tuple[Document, Document]:
        """The legal values of all properties, as the generated models send and read them."""
        values = {name: row["legal"] for name, row in PROPERTIES.items()}
        done = subprocess.run(
            [sys.executable, "-c", ROUND_TRIP],
            input=json.dumps([BODY, values]),
            env={"PYTHONPATH": str(self.followed.package.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        sent, got = json.loads(done.stdout)
        return sent, got

    @functools.cached_property
    def report(self) -> Document:
        """The suite's report on the mock of this contract, whose times a busy machine would spoil."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Pace, "is_slow", lambda *_: False)
            return run(self.root / "openapi.yaml", self.followed.app)

    @functools.cached_property
    def missing(self) -> str:
        """What the wrapper's tests say."""
        return self.copy.run(
            *("-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("wrapper/tests/test_parity.py", "wrapper/tests/test_operations.py"),
            fails=True,
        )

    @functools.cached_property
    def copy(self) -> Copy:
        """The project with this contract."""
        return Copy(self.root / "copy", add)

    def exercised(self, clauses: list[str]) -> None:
        """Fail where the suite did not exercise a clause, or calls the mock broken."""
        found = {it["id"]: it for it in self.report["clauses"]}
        for clause in clauses:
            assert found[clause]["cases"], clause
            assert found[clause]["severity"] != "failure", found[clause]["failures"]


def property_is_followed(everything: All, name: str) -> None:
    row, followed = PROPERTIES[name], everything.followed
    assert name in followed.limits["REQUEST"]["properties"]
    sent, got = everything.client
    assert (sent[name][name], got[name][name]) == (row["legal"], row["legal"])
    shown = next(line for line in followed.reference.splitlines() if line.startswith(f"| `{name}` |"))
    assert row["shown"] in shown
    assert shown.endswith(f"| Line one \\| of {name}. |")
    status, meeting = followed.call("POST", "/Meeting", {**BODY, name: row["legal"]})
    assert (status, meeting[name]) == (201, row["legal"])
    assert followed.call("POST", "/Meeting", {**BODY, name: row["illegal"]})[0] == 400
    everything.exercised([f"request.{name}.accepts", *(f"request.{name}.{clause}" for clause in row["clauses"])])
    assert f"'{name}'" in everything.missing


def operation_is_followed(everything: All, name: str) -> None:
    row, followed = OPERATIONS[name], everything.followed
    for text in row["shown"]:
        assert text in followed.reference
    _, meeting = followed.call("POST", "/Meeting", BODY)
    for method, path, status, *more in row["calls"]:
        headers, body = (*more, {}, None)[:2] if len(more) < 2 else more
        if headers.get("authorization"):
            headers = {**headers, "authorization": f"Bearer {TOKEN}"}
        path = path.format(id=meeting["id"])
        given, answer = followed.call(method, path, BODY if body == "meeting" else body, **headers)
        assert given == status, (method, path, answer)
    everything.exercised(row["clauses"])
    for text in row["missing"]:
        assert text in everything.missing


@pytest.mark.timeout(600)
def test_every_addition_is_followed(tmp_path: Path) -> None:
    everything, problems = All(tmp_path), []
    for check, table in ((property_is_followed, PROPERTIES), (operation_is_followed, OPERATIONS)):
        for name in table:
            try:
                check(everything, name)
            except AssertionError as error:
                problems.append(f"{name}: {error}")
    assert not problems, "\n".join(problems)
    clauses = everything.report["clauses"]
    broken = {it["id"]: it["failures"][0]["message"] for it in clauses if it["severity"] == "failure"}
    assert not broken
    fields = everything.copy.root / "wrapper/luminus_zoom/meeting.py"
    text = fields.read_text(encoding="utf-8")
    assert FIELD in text
    new = FIELD.replace("host_key", "host_pin").replace("hostKey", "hostPin")
    fields.write_text(text.replace(FIELD, FIELD + new), encoding="utf-8")
    told = everything.copy.run("-c", CREATE)
    assert "host_pin='***'" in told
    assert "4711" not in told
    told, _, status = mypy.run(["--strict", str(everything.followed.package)])
    assert status == 0, told
