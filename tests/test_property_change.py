"""openapi.yaml is the only file to edit: whatever is added, renamed or removed, the rooms follow.

What of the suite follows belongs here too: that the changed parts are exercised, each by a clause with cases.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

import generate
from luminus_zoom_mock import SUBSCRIPTION_KEY, TOKEN, Settings, create_app
from luminus_zoom_mock.exchange import Call
from luminus_zoom_mock.masking import masked

ROOT = Path(__file__).parent.parent
CONTRACT = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
FOLDERS = ("generated_client", "wrapper", "mock_server", "contract_tests", "docs", "tests")
PACKAGES = ("generated_client", "wrapper", "mock_server", "contract_tests", ".")
BODY = {
    "moduleID": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "name": "CS1010 lecture 3",
    "startDate": "2027-01-18T10:00:00+08:00",
    "duration": 90,
}
Document = dict[str, Any]
Change = Callable[[Document], object]


def write(change: Change, path: Path) -> Path:
    """Write the contract after a change."""
    document = deepcopy(CONTRACT)
    change(document)
    plain = json.loads(json.dumps(document))  # what stands twice is written twice, and not as an alias
    path.write_text(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


class Followed:
    """What is generated from a changed contract, and the mock of it."""

    def __init__(self, folder: Path, change: Change) -> None:
        contract = write(change, folder / "openapi.yaml")
        generate.generate(contract, folder)
        self.package = folder / generate.PACKAGE
        self.reference = (folder / generate.REFERENCE).read_text(encoding="utf-8")
        limits: dict[str, Any] = {}
        exec(compile((self.package / "limits.py").read_text(encoding="utf-8"), "limits.py", "exec"), limits)  # noqa: S102
        self.limits = limits
        self.app = create_app(Settings(contract=contract))

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Call the mock with its key; return the status and the answer's JSON."""
        lines = {"ocp-apim-subscription-key": SUBSCRIPTION_KEY, "content-type": "application/json"} | headers
        wire = {name.encode(): value.encode() for name, value in lines.items()}
        target, _, query = path.partition("?")
        raw = b"" if body is None else json.dumps(body).encode()
        answer = self.app.answer(Call(method, f"/zoom{target}", query.encode(), wire, raw))
        is_json = any(name == b"content-type" and b"json" in value for name, value in answer.headers)
        return answer.status, json.loads(answer.body) if is_json and answer.body else None


def both(document: Document, name: str, schema: Any) -> None:
    """Give request and answer a property."""
    for each in ("NewMeeting", "Meeting"):
        document["components"]["schemas"][each]["properties"][name] = deepcopy(schema)


def add_operations(document: Document) -> None:
    meeting = {"application/json": {"schema": {"$ref": "#/components/schemas/Meeting"}}}
    by_id = {"in": "path", "name": "id", "required": True, "description": "Its id.", "schema": {"type": "string"}}
    missing = {"description": "No such meeting."}
    page = {"in": "query", "name": "limit", "description": "At most.", "schema": {"type": "integer", "minimum": 1}}
    document["paths"]["/Meeting"]["get"] = {
        "operationId": "listMeetings",
        "tags": ["Meeting"],
        "parameters": [page],
        "responses": {
            "200": {
                "description": "All.",
                "content": {
                    "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Meeting"}}}
                },
            }
        },
    }
    document["paths"]["/Meeting/{id}"] = {
        "parameters": [by_id],
        "get": {
            "operationId": "getMeeting",
            "tags": ["Meeting"],
            "responses": {"200": {"description": "It.", "content": meeting}, "404": missing},
        },
        "delete": {
            "operationId": "removeMeeting",
            "tags": ["Meeting"],
            "security": [{"subscriptionKey": [], "bearerToken": []}],
            "responses": {"204": {"description": "Gone."}, "404": missing},
        },
    }


def test_a_new_operation_is_followed(tmp_path: Path) -> None:
    followed = Followed(tmp_path, add_operations)
    assert {"add_meeting.py", "get_meeting.py", "list_meetings.py", "remove_meeting.py"} <= {
        path.name for path in followed.package.rglob("api/*/*.py")
    }
    operations = followed.limits["OPERATIONS"]
    assert {name: (it.method, it.path, it.success) for name, it in operations.items()} == {
        "addMeeting": ("POST", "/Meeting", "201"),
        "listMeetings": ("GET", "/Meeting", "200"),
        "getMeeting": ("GET", "/Meeting/{id}", "200"),
        "removeMeeting": ("DELETE", "/Meeting/{id}", "204"),
    }
    assert [list(it) for it in operations["removeMeeting"].security] == [["subscriptionKey", "bearerToken"]]
    assert operations["listMeetings"].parameters[0]["schema"] == {"type": "integer", "minimum": 1}
    assert "## getMeeting: `GET /Meeting/{id}`" in followed.reference
    assert "| `limit` | query | integer |  | ≥ 1 | At most. |" in followed.reference
    status, meeting = followed.call("POST", "/Meeting", BODY)
    here = f"/Meeting/{meeting['id']}"
    assert status == 201
    assert followed.call("GET", here) == (200, meeting)
    assert followed.call("GET", "/Meeting?limit=1") == (200, [meeting])
    assert followed.call("GET", "/Meeting?limit=0")[0] == 400
    assert followed.call("DELETE", here)[0] == 401
    assert followed.call("DELETE", here, authorization=f"Bearer {TOKEN}") == (204, None)
    assert followed.call("GET", here)[0] == 404


def operation(document: Document) -> Document:
    found: Document = document["paths"]["/Meeting"]["post"]
    return found


def renamed(*names: str) -> Change:
    def change(document: Document) -> None:
        properties = document["components"]["schemas"]["Meeting"]["properties"]
        for name in names:
            properties[f"new{name}"] = properties.pop(name)
        document["components"]["examples"]["FullResponse"]["value"] = {}

    return change


CONFLICT = {"type": "object", "required": ["other"], "properties": {"other": {"type": "string", "format": "uuid"}}}
# A change of addMeeting, headers of a call that it makes legal, and one that it makes illegal with its status.
OPERATIONS: dict[str, tuple[Change, dict[str, str], tuple[str, dict[str, str], int]]] = {
    "a required query parameter": (
        lambda d: operation(d).update(
            parameters=[{"in": "query", "name": "dry", "required": True, "schema": {"type": "boolean"}}]
        ),
        {},
        ("?dry=yes", {}, 400),
    ),
    "a 409 with a body": (
        lambda d: operation(d)["responses"].update(
            {"409": {"description": "Twice.", "content": {"application/json": {"schema": CONFLICT}}}}
        ),
        {},
        ("", {"content-type": "text/html"}, 415),
    ),
    "key and bearer": (
        lambda d: operation(d).update(security=[{"subscriptionKey": [], "bearerToken": []}]),
        {"authorization": f"Bearer {TOKEN}"},
        ("", {}, 401),
    ),
    "a second server": (
        lambda d: d["servers"].append({"url": "https://luminus.nus.edu.sg/v2/api/zoom"}),
        {},
        ("", {"ocp-apim-subscription-key": "wrong"}, 401),
    ),
    "what the meeting is opened by, renamed": (renamed("hostKey", "endDate", "joinUrl"), {}, ("x", {}, 404)),
    "another status": (
        lambda d: operation(d)["responses"].update({"200": operation(d)["responses"].pop("201")}),
        {},
        ("x", {}, 404),
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_change_of_the_operation_is_followed(tmp_path: Path, name: str) -> None:
    change, headers, (suffix, wrong, refused) = OPERATIONS[name]
    followed = Followed(tmp_path, change)
    success = int(followed.limits["OPERATIONS"]["addMeeting"].success)
    query = "?dry=true" if "query" in name else ""
    status, meeting = followed.call("POST", f"/Meeting{query}", BODY, **headers)
    assert status == success
    assert set(meeting) <= set(followed.limits["RESPONSE"]["properties"])
    assert followed.call("POST", f"/Meeting{suffix}", BODY, **wrong)[0] == refused


def test_what_is_new_and_sensitive_is_masked(tmp_path: Path) -> None:
    pin = {"description": "Opens the room.", "type": "string", "pattern": "^[0-9]{4}$", "x-sensitive": True}

    def add(document: Document) -> None:
        document["components"]["schemas"]["Meeting"]["properties"]["hostPin"] = pin
        document["components"]["schemas"]["GroupAccess"]["properties"]["link"] = {
            "type": "string",
            "x-sensitive": "query",
        }

    followed = Followed(tmp_path, add)
    assert followed.limits["SENSITIVE"].items() >= {"hostPin": True, "link": "query", "hostKey": True}.items()
    assert followed.app.contract.sensitive == followed.limits["SENSITIVE"]
    _, meeting = followed.call("POST", "/Meeting", BODY)
    assert meeting["hostPin"].isdecimal()
    assert masked(meeting, followed.app.contract.sensitive)["hostPin"] == "***"


class Copy:
    """A copy of the project in which openapi.yaml was changed and the rest generated anew."""

    def __init__(self, root: Path, change: Change) -> None:
        self.root = root
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
        shutil.copy(ROOT / "pyproject.toml", root)
        write(change, root / "openapi.yaml")
        self.run(str(root / "generated_client/generate.py"))

    def run(self, *arguments: str, fails: bool = False) -> str:
        """What a Python command prints in the copy, where it must succeed, or fail."""
        path = os.pathsep.join(str(self.root / package) for package in PACKAGES)
        environment = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout

    def parity(self, *, fails: bool) -> str:
        """What the wrapper's own tests say of its parameters and fields."""
        return self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "wrapper/tests/test_parity.py", fails=fails)


def rename(document: Document) -> None:
    for each in ("NewMeeting", "Meeting"):
        properties = document["components"]["schemas"][each]["properties"]
        properties["channelTitle"] = properties.pop("channelName")
    document["components"]["schemas"]["Meeting"]["properties"]["channelTitle"]["x-echoes"] = "channelTitle"


def remove(document: Document) -> None:
    for each in ("NewMeeting", "Meeting"):
        del document["components"]["schemas"][each]["properties"]["muteUponEntry"]


def add_with_provenance(document: Document) -> None:
    provenance = {"kind": "observed", "reason": "recordings of a sibling operation have it"}
    new = {"description": "How many rooms.", "type": "integer", "minimum": 1, "x-provenance": provenance}
    both(document, "breakoutRooms", new)


@pytest.mark.parametrize(
    ("change", "told"),
    [(add_with_provenance, ["breakoutRooms"]), (rename, ["channelTitle", "channelName"]), (remove, ["muteUponEntry"])],
)
def test_the_wrapper_names_what_is_missing_or_left_over(tmp_path: Path, change: Change, told: list[str]) -> None:
    said = Copy(tmp_path, change).parity(fails=True)
    assert all(name in said for name in told)


def test_unchanged_there_is_nothing_to_do(tmp_path: Path) -> None:
    Copy(tmp_path, lambda document: None).parity(fails=False)


def test_a_property_with_its_provenance_can_be_added(tmp_path: Path) -> None:
    Copy(tmp_path, add_with_provenance).run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_openapi.py")


def test_a_renamed_property_leaves_no_trace(tmp_path: Path) -> None:
    followed = Followed(tmp_path, rename)
    names = followed.limits["REQUEST"]["properties"].keys()
    assert ("channelTitle" in names, "channelName" in names) == (True, False)
    status, meeting = followed.call("POST", "/Meeting", {**BODY, "channelTitle": "x", "channelName": 1})
    assert (status, meeting["channelTitle"], "channelName" in meeting) == (201, "x", False)
    assert followed.call("POST", "/Meeting", {**BODY, "channelTitle": 1})[0] == 400


def test_a_removed_property_leaves_every_room(tmp_path: Path) -> None:
    followed = Followed(tmp_path, remove)
    assert "muteUponEntry" not in followed.limits["REQUEST"]["properties"]
    assert "muteUponEntry" not in followed.reference
    assert all("mute_upon_entry" not in path.read_text() for path in followed.package.rglob("*.py"))
    status, meeting = followed.call("POST", "/Meeting", {**BODY, "muteUponEntry": "ignored, as any unknown member"})
    assert (status, "muteUponEntry" in meeting) == (201, False)
