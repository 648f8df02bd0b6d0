"""A contract that cannot be followed is refused in words, whole, and before anything is written."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from generation.checks import check
from generation.reading import Refused, read, steps

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
CONTRACT = yaml.safe_load(TEXT)
CASES = yaml.safe_load((Path(__file__).parent / "refusals.yaml").read_text(encoding="utf-8"))
BOTH = ("/components/schemas/NewMeeting/properties/", "/components/schemas/Meeting/properties/")


def refusal(raw: bytes) -> str:
    """What is said of a contract; "" where it is followed."""
    try:
        check(read(raw))
    except Refused as refused:
        return "\n".join(refused.args[0])
    return ""


def edited(case: dict[str, Any]) -> dict[str, Any]:
    """The contract's data after the edits of a case."""
    data = deepcopy(CONTRACT)
    places = {
        prefix + at[5:]: it for at, it in case.get("set", {}).items() for prefix in BOTH if at.startswith("both/")
    }
    places |= {at: it for at, it in case.get("set", {}).items() if not at.startswith("both/")}
    for at, value in [*places.items(), *((at, ...) for at in case.get("remove", []))]:
        *path, last = steps(at)
        node = data
        for step in path:
            node = node[step]
        if value is ...:
            del node[last]
        else:
            node[last] = deepcopy(value)
    return data


def written(data: dict[str, Any]) -> bytes:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode()


def test_the_contract_itself_is_followed() -> None:
    assert refusal(TEXT.encode()) == ""
    assert refusal(b"\xef\xbb\xbf" + TEXT.encode()) == ""


@pytest.mark.parametrize("name", CASES["text"])
def test_yaml_that_two_readers_read_differently_is_refused(name: str) -> None:
    case = CASES["text"][name]
    assert case["replace"] in TEXT
    told = refusal(TEXT.replace(case["replace"], case["by"], 1).encode())
    assert re.search(case["says"], told), told


@pytest.mark.parametrize("name", CASES["data"])
def test_what_cannot_be_followed_is_refused(name: str) -> None:
    case = CASES["data"][name]
    told = refusal(written(edited(case)))
    assert re.search(case["says"], told), told


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "no OpenAPI document"),
        (b"- a\n", "no OpenAPI document"),
        (b"openapi: 3.1.0\ninfo: \xff\n", "line 2: the file is not UTF-8"),
        (b"a: " + b"[" * 10_000 + b"]" * 10_000, "nests too deeply"),
        (b"openapi: 3.1.0\n", "`info` is missing here"),
        (b"openapi: 3.1.0\npaths: []\ncomponents: 7\nservers: {}\nsecurity: x\ntags: 1\n", "#/components"),
    ],
)
def test_what_is_no_contract_is_refused(raw: bytes, words: str) -> None:
    assert words in refusal(raw)


def test_all_problems_are_told_in_one_run_each_with_its_line() -> None:
    text = TEXT.replace("maxLength: 200", "maxlength: 200").replace(
        "operationId: addMeeting", "operationId: add meeting"
    )
    text = text.replace("- isSendEmail\n", "").replace("format: int32\n          x-echoes: duration", "format: int23")
    lines = refusal(text.encode()).splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "#/paths/~1Meeting/post/operationId",
        "#/components/schemas/NewMeeting/properties/name/maxlength",
        "#/components/schemas/Meeting/properties/meetingDuration/format",
    ]
    for line in lines:
        _, number, pointer, _ = line.split(":", 3)
        assert pointer.rpartition("/")[2] in text.splitlines()[int(number) - 1]


@pytest.mark.parametrize("name", ["a: b", "é", "x" * 3000, "0", "null", "a/b~c", "*"])
def test_a_name_of_any_form_stands_in_its_pointer(name: str) -> None:
    data = deepcopy(CONTRACT)
    data["components"]["schemas"]["Meeting"]["properties"][name] = {"type": "strin"}
    assert f"properties/{name.replace('~', '~0').replace('/', '~1')}/type: " in refusal(written(data))


# Whatever stands at a place, each check has words for it or lets it be: none stumbles.
@pytest.mark.parametrize(
    "value", [None, True, 7, -0.5, "x", [], [[]], [None], {}, {"": None}, {"$ref": 7}, {"$ref": "#"}]
)
def test_no_form_of_any_member_is_a_traceback(value: Any) -> None:
    def spots(node: Any, path: tuple[Any, ...] = ()) -> Any:
        yield path
        for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            yield from spots(child, (*path, key))

    thin = deepcopy(CONTRACT)
    for name in ("examples",):
        del thin["components"][name]
    for media in thin["paths"]["/Meeting"]["post"]["requestBody"]["content"].values():
        media.pop("examples", None)
    thin["components"]["schemas"]["Meeting"]["properties"] = {"id": {"type": "string", "x-echoes": "name"}}
    for number, path in enumerate(spots(thin)):
        if number % 7 or not path:
            continue
        data = deepcopy(thin)
        node = data
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value
        refusal(written(data))
