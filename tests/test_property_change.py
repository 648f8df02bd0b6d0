"""openapi.yaml is the only file to edit: a property is added, renamed or removed, and everything follows."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
FOLDERS = ("generated_client", "wrapper", "mock_server", "contract_tests", "docs")
PACKAGES = ("generated_client", "wrapper", "mock_server", "contract_tests")

# Run inside the changed copy: what each room makes of the contract.
LOOK = """
import asyncio, json, sys
from pathlib import Path
import attrs, httpx
from luminus_zoom_api.limits import REQUEST, RESPONSE
from luminus_zoom_api.models import Meeting, NewMeeting
from luminus_zoom_mock import SUBSCRIPTION_KEY, create_app
from luminus_zoom_contract.spec.document import Contract

async def post(body):
    headers = {"Ocp-Apim-Subscription-Key": SUBSCRIPTION_KEY}
    transport = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/zoom") as client:
        answer = await client.post("/Meeting", json=body, headers=headers)
        return answer.status_code, answer.json() if answer.status_code == 201 else None

print(json.dumps({
    "places": [sys.modules[f"luminus_zoom_{name}"].__file__ for name in ("api", "mock", "contract")],
    "limits": REQUEST["properties"],
    "answer": list(RESPONSE["properties"]),
    "models": [[field.name for field in attrs.fields(model)] for model in (NewMeeting, Meeting)],
    "mock": [asyncio.run(post(body)) for body in json.loads(sys.argv[1])],
    "cases": list(Contract.load().operations["addMeeting"].request_names),
    "reference": Path("docs/reference.md").read_text(),
}))
"""
BODY = {
    "moduleID": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "name": "CS1010 lecture 3",
    "startDate": "2027-01-18T10:00:00+08:00",
    "duration": 90,
}
Change = Callable[[dict[str, Any]], None]


class Copy:
    """A copy of the project in which openapi.yaml was changed and the rest generated anew."""

    def __init__(self, root: Path, change: Change) -> None:
        self.root = root
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
        shutil.copy(ROOT / "pyproject.toml", root)
        contract = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
        change(contract["components"])
        (root / "openapi.yaml").write_text(yaml.safe_dump(contract, sort_keys=False), encoding="utf-8")
        self.run(str(root / "generated_client/generate.py"))

    def run(self, *arguments: str, fails: bool = False) -> str:
        """What a Python command prints in the copy, where it must succeed, or fail."""
        path = os.pathsep.join(str(self.root / package) for package in PACKAGES)
        environment = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout

    def look(self, *bodies: dict[str, Any]) -> dict[str, Any]:
        """What each room makes of the contract, and the mock's answers to some bodies."""
        seen: dict[str, Any] = json.loads(self.run("-c", LOOK, json.dumps(bodies)))
        assert all(place.startswith(str(self.root)) for place in seen["places"]), "this looked at the wrong copy"
        return seen

    def parity(self, *, fails: bool) -> str:
        """What the wrapper's own tests say of its parameters and fields."""
        return self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "wrapper/tests/test_parity.py", fails=fails)


def add(components: dict[str, Any]) -> None:
    new = {"description": "How many rooms.", "type": "integer", "format": "int32", "minimum": 1, "maximum": 50}
    for schema in ("NewMeeting", "Meeting"):
        components["schemas"][schema]["properties"]["breakoutRooms"] = new


def rename(components: dict[str, Any]) -> None:
    for schema in ("NewMeeting", "Meeting"):
        properties = components["schemas"][schema]["properties"]
        components["schemas"][schema]["properties"] = {
            "channelTitle" if name == "channelName" else name: value for name, value in properties.items()
        }


def remove(components: dict[str, Any]) -> None:
    for schema in ("NewMeeting", "Meeting"):
        del components["schemas"][schema]["properties"]["muteUponEntry"]


def test_unchanged_there_is_nothing_to_do(tmp_path: Path) -> None:
    copy = Copy(tmp_path, lambda components: None)
    copy.parity(fails=False)
    assert copy.look(BODY)["mock"][0][0] == 201


def test_an_added_property_reaches_every_room(tmp_path: Path) -> None:
    copy = Copy(tmp_path, add)
    seen = copy.look({**BODY, "breakoutRooms": 50}, {**BODY, "breakoutRooms": 51})
    assert seen["limits"]["breakoutRooms"]["maximum"] == 50
    assert all("breakout_rooms" in fields for fields in seen["models"])
    assert [status for status, _ in seen["mock"]] == [201, 400]
    assert seen["mock"][0][1]["breakoutRooms"] == 50
    assert "breakoutRooms" in seen["cases"]
    assert "| `breakoutRooms` | integer (int32) |  | ≥ 1, ≤ 50 |" in seen["reference"]
    assert "breakoutRooms" in copy.parity(fails=True)


def test_a_renamed_property_reaches_every_room(tmp_path: Path) -> None:
    copy = Copy(tmp_path, rename)
    seen = copy.look({**BODY, "channelTitle": "x"}, {**BODY, "channelTitle": 1}, {**BODY, "channelName": 1})
    assert ("channelTitle" in seen["limits"], "channelName" in seen["limits"]) == (True, False)
    assert all("channel_title" in fields and "channel_name" not in fields for fields in seen["models"])
    assert [status for status, _ in seen["mock"]] == [201, 400, 201]
    assert seen["mock"][0][1]["channelTitle"] == "x"
    assert ("channelTitle" in seen["cases"], "channelName" in seen["cases"]) == (True, False)
    told = copy.parity(fails=True)
    assert "channelTitle" in told
    assert "channelName" in told


def test_a_removed_property_leaves_every_room(tmp_path: Path) -> None:
    copy = Copy(tmp_path, remove)
    seen = copy.look({**BODY, "muteUponEntry": "ignored, as any unknown member"})
    assert "muteUponEntry" not in seen["limits"]
    assert all("mute_upon_entry" not in fields for fields in seen["models"])
    assert seen["mock"][0][0] == 201
    assert "muteUponEntry" not in seen["mock"][0][1]
    assert "muteUponEntry" not in seen["cases"]
    assert "muteUponEntry" in copy.parity(fails=True)
