"""What is generated follows from openapi.yaml, from any folder, and a difference does not go unseen."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import generate
from generation.limits import limits_module
from generation.reading import Document, Refused
from generation.view import view

ROOT = Path(__file__).parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the generator reads and writes, in another folder with a space in its name."""
    root = tmp_path / "another place"
    for folder in ("generated_client", "docs"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "openapi.yaml", root)
    return root


def check(root: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "generated_client/generate.py"), "--check"]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_same_bytes_come_out_in_any_folder(copy: Path, tmp_path: Path) -> None:
    result = check(copy, cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 differ" in result.stdout


def test_a_changed_a_stale_and_a_missing_file_are_named(copy: Path) -> None:
    package = copy / "generated_client/luminus_zoom_api"
    with (package / "limits.py").open("a") as file:
        file.write("\n")
    (package / "models/stale.py").touch()
    (package / "py.typed").unlink()
    (copy / "docs/reference.md").write_text("edited by hand")
    result = check(copy, cwd=copy)
    assert result.returncode == 1
    assert result.stdout.splitlines()[:4] == [
        "differs: docs/reference.md",
        "differs: generated_client/luminus_zoom_api/limits.py",
        "not generated: generated_client/luminus_zoom_api/models/stale.py",
        "missing: generated_client/luminus_zoom_api/py.typed",
    ]


def test_a_contract_that_is_refused_changes_nothing(copy: Path) -> None:
    contract = copy / "openapi.yaml"
    contract.write_text(
        contract.read_text().replace("schemas/RecordType'", "schemas/RecordTyp'").replace("maxL", "maxl")
    )
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    command = [sys.executable, str(copy / "generated_client/generate.py")]
    result = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert [line.split(": ", 2)[1].rpartition("/")[2] for line in lines[:-1]] == ["maxlength", "$ref"]
    assert lines[-1] == "The contract is refused; nothing was written."
    assert {path: it for path, it in before.items() if path.suffix != ".pyc"} == {
        path: path.read_bytes() for path in copy.rglob("*") if path.is_file() and path.suffix != ".pyc"
    }


@pytest.mark.parametrize("what", ["missing", "a folder"])
def test_a_contract_that_is_not_there_is_told(copy: Path, what: str) -> None:
    (copy / "openapi.yaml").unlink()
    if what == "a folder":
        (copy / "openapi.yaml").mkdir()
    result = check(copy, cwd=copy)
    assert result.returncode == 1
    assert re.fullmatch(r"openapi\.yaml: .+ directory\n.*\n", result.stderr)


def test_a_tool_that_fails_is_told_in_its_last_words() -> None:
    with pytest.raises(Refused, match=r"cannot follow it, and changed nothing here.*ZeroDivisionError"):
        generate.run("python", "-c", "1 / 0")


def content(media_type: str, *others: str) -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}} for name in (media_type, *others)}


@pytest.mark.parametrize(
    ("listed", "sent", "read_as"),
    [
        (["text/json", "application/*+json", "application/json"], "application/json", "application/json"),
        (["text/json", "application/a+json", "application/b+json"], "application/a+json", "application/json"),
    ],
)
def test_the_view_has_one_media_type_for_each_body(listed: list[str], sent: str, read_as: str) -> None:
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    contract["paths"]["/Other"] = {
        "post": {
            "operationId": "other",
            "requestBody": {"content": content(*listed)},
            "responses": {"200": {"description": "It.", "content": content("text/plain", *listed)}},
        }
    }
    shown = view(Document(contract))
    for operation in (it for item in shown["paths"].values() for it in item.values()):
        assert len(operation.get("requestBody", {}).get("content", "x")) == 1
        assert all(len(it.get("content", "x")) == 1 for it in operation["responses"].values())
    other = shown["paths"]["/Other"]["post"]
    assert list(other["requestBody"]["content"]) == [sent]
    assert list(other["responses"]["200"]["content"]) == [read_as]


def test_the_values_of_an_enum_have_names_of_their_own() -> None:
    names = view_of({"type": "string", "enum": ["a b", "a-b", "", "1st", "é", "A"]})["x-enum-varnames"]
    assert names == ["A_B", "A_B_1", "VALUE_2", "VALUE_1ST", "VALUE_4", "A"]
    assert view_of({"type": "integer", "enum": [1, -1]})["x-enum-varnames"] == ["VALUE_1", "VALUE_NEGATIVE_1"]
    assert view_of({"enum": ["a", 1]}) == {}
    assert view_of({"type": "number", "enum": [1.5]}) == {"type": "number"}
    assert view_of({"const": True}) == {"type": "boolean"}


def test_cookies_are_optional_in_the_view() -> None:
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    cookie = {"in": "cookie", "name": "a", "required": True, "schema": {"type": "string"}}
    contract["paths"]["/Meeting"]["post"]["parameters"] = [cookie]
    shown = view(Document(contract))["paths"]["/Meeting"]["post"]["parameters"]
    assert shown == [{"in": "cookie", "name": "a", "schema": {"type": "string"}}]


def test_a_union_with_a_list_of_anything_is_anything() -> None:
    null = {"type": "null"}
    assert view_of({"anyOf": [{"type": "array", "items": {}}, null], "description": "x"}) == {"description": "x"}
    assert view_of({"type": ["array", "null"], "items": {"maximum": 1}}) == {}
    typed = {"anyOf": [{"type": "array", "items": {"type": "string"}}, null]}
    assert view_of(typed) == typed


def view_of(schema: Any) -> Any:
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    contract["components"]["schemas"]["Meeting"]["properties"]["x"] = schema
    return view(Document(contract))["components"]["schemas"]["Meeting"]["properties"]["x"]


def test_both_hold_of_a_reference_and_what_stands_beside_it() -> None:
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    properties = contract["components"]["schemas"]["NewMeeting"]["properties"]
    properties["recordType"] |= {"maximum": 1, "description": "Only the cloud."}
    namespace: dict[str, Any] = {}
    exec(limits_module(Document(contract)), namespace)  # noqa: S102 - our own output
    narrowed = namespace["REQUEST"]["properties"]["recordType"]
    assert narrowed["allOf"] == [namespace["_RECORD_TYPE"], {"maximum": 1}]
