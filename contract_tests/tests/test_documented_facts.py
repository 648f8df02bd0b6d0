"""The tool that reads the documentation page, and openapi.yaml held against what it read.

The pages here are made up: none of the real page's text is in the project.
"""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.documentation.comparison import edited, mark_problems, marks, outdated, stale_marks, unlisted
from contract_tests.documentation.facts import (
    FACTS,
    Facts,
    PageError,
    changes,
    page_facts,
    serialised,
)
from contract_tests.documentation.facts import main as run_tool

ROOT = Path(__file__).resolve().parents[2]

WIDGET = {
    "description": "What to build.",
    "required": ["size", "owner"],
    "type": "object",
    "properties": {
        "size": {"format": "int32", "description": "How\r\nbig.", "maximum": 9, "minimum": 1, "type": "integer"},
        "owner": {
            "description": "Who: gets it.",
            "allOf": [
                {
                    "type": "object",
                    "required": ["type"],
                    "properties": {"type": {"description": "Sort.", "allOf": [{"enum": [1, 2], "type": "integer"}]}},
                }
            ],
        },
        "parts": {
            "type": "array",
            "items": {"type": "object", "properties": {"size": {"type": "string", "format": "uuid"}}},
        },
        "hidden": {"description": 'Say {no} or "size": {} here.', "type": "boolean"},
    },
}
BUILT = {"type": "object", "properties": {"id": {"type": "string"}, "made": {"type": "string", "format": "date-time"}}}
SAMPLE = {"size": 0, "owner": {"type": {}}, "parts": [{"size": "string"}], "hidden": True}


def page(request: list[Any], response: list[Any], *, indent: int | str | None = 2) -> str:
    """A made-up page in the layout of the real one, with these copies of the two schemas."""
    requests = "\n".join(json.dumps(part, indent=indent) for schema in request for part in (SAMPLE, schema))
    responses = "\n".join(json.dumps(schema, indent=indent) for schema in response)
    return f"""Widgets

Request

Request headers

  • (optional)
    string
    How the body is written.
  • string
    Opens the door.

Request body

The widget

{requests}

Responses

201 Created

Built

{responses}
{json.dumps({"id": "string", "made": "string"})}

400 Bad Request

{json.dumps({"type": "string"}, indent=indent)}
string
{json.dumps({"type": "string"}, indent=indent)}

Code samples

@ECHO OFF

curl -v -X POST "https://widgets.example/api/Widget"
-H "Content-Type: application/x-widget+json"
-H "X-Door: {{key}}"

--data-ascii "{{body}}"
# Request headers
"""


PAGE = page([WIDGET, WIDGET], [BUILT, BUILT])


def without_lines(facts: Facts) -> Facts:
    return {place: {key: value for key, value in fact.items() if key != "line"} for place, fact in facts.items()}


# --- what is read from a page


def test_reads_every_fact_of_a_page() -> None:
    assert without_lines(page_facts(PAGE)) == {
        "operation": {"method": "POST", "url": "https://widgets.example/api/Widget"},
        "header.Content-Type": {"type": "string"},
        "header.X-Door": {"type": "string", "required": True},
        "requestBody": {"representations": 2, "mediaTypes": ["application/x-widget+json"]},
        "request": {"type": "object"},
        "request.size": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 9, "required": True},
        "request.owner": {"type": "object", "required": True},
        "request.owner.type": {"type": "integer", "enum": [1, 2], "required": True},
        "request.parts": {"type": "array"},
        "request.parts[]": {"type": "object"},
        "request.parts[].size": {"type": "string", "format": "uuid"},
        "request.hidden": {"type": "boolean"},
        "status.201": {"representations": 2},
        "response": {"type": "object"},
        "response.id": {"type": "string"},
        "response.made": {"type": "string", "format": "date-time"},
        "status.400": {"representations": 2},
        "status.400.body": {"type": "string"},
    }


def test_gives_the_line_in_which_each_fact_first_stands() -> None:
    lines = PAGE.splitlines()
    starts = {
        "operation": "curl",
        "header.Content-Type": "  • (optional)",
        "header.X-Door": "  • string",
        "requestBody": "Request body",
        "request": "{",
        "response": "{",
        "status.400.body": "{",
        "status.201": "201 Created",
        "status.400": "400 Bad Request",
        "request.parts[]": '      "items": {',
    }
    for place, fact in page_facts(PAGE).items():
        name = place.rpartition(".")[2]
        assert lines[fact["line"] - 1].lstrip().startswith(starts.get(place, f'"{name}": {{').lstrip()), place
    facts = page_facts(PAGE)
    assert facts["request.size"]["line"] < facts["request.owner.type"]["line"] < facts["request.parts[].size"]["line"]


@pytest.mark.parametrize(
    "saved",
    [
        pytest.param(PAGE.replace("\n", "\r\n"), id="Windows line breaks"),
        pytest.param(PAGE.replace("\n", "\r"), id="old Macintosh line breaks"),
        pytest.param("\ufeff" + PAGE[PAGE.index("Request headers") :], id="byte order mark"),
        pytest.param(page([WIDGET, WIDGET], [BUILT, BUILT], indent="\t"), id="tabs"),
        pytest.param(page([WIDGET, WIDGET], [BUILT, BUILT], indent=None), id="JSON in one line"),
        pytest.param("\n".join(line.strip() for line in PAGE.splitlines() if line.strip()), id="no blanks"),
        pytest.param("\n".join(f"    {line}  \n" for line in PAGE.splitlines()), id="more blanks"),
        pytest.param(PAGE.replace("  ", "\u00a0 "), id="no-break spaces"),
        pytest.param(PAGE.replace("Who: gets", "Who:\n    gets"), id="wrapped inside a string"),
        pytest.param(re.sub('-X POST |Widget"\n', r"\g<0>\\\n  ", PAGE), id="wrapped command"),
    ],
)
def test_reads_the_same_however_the_page_was_saved(saved: str, tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(saved.encode())
    run_tool([str(tmp_path / "page"), "--facts", str(tmp_path / "facts")])
    assert without_lines(json.loads((tmp_path / "facts").read_text())) == without_lines(page_facts(PAGE))


def test_keeps_no_sentence() -> None:
    for text in (serialised(page_facts(PAGE)), FACTS.read_text(encoding="utf-8")):
        strings = [value for fact in json.loads(text).values() for value in fact.values() if isinstance(value, str)]
        assert strings
        assert not [value for value in strings if " " in value]


# --- what is said of a change


@pytest.mark.parametrize(
    ("pointer", "value", "line"),
    [
        ("/properties/room", {"type": "boolean", "description": "New."}, "+ request.room: boolean"),
        ("/properties/mail", {"format": "email", "type": "string"}, "+ request.mail: string, format email"),
        ("/properties/hidden", ..., "- request.hidden"),
        ("/properties/size/maximum", 10, "~ request.size: maximum 9 -> 10"),
        ("/properties/size/multipleOf", 2, "~ request.size: multipleOf absent -> 2"),
        ("/properties/size/format", ..., "~ request.size: format int32 -> absent"),
        ("/required", ["owner"], "~ request.size: required true -> absent"),
        ("/properties/owner/allOf/0/properties/type/allOf/0/enum", [1], "~ request.owner.type: enum [1, 2] -> [1]"),
        ("/properties/hidden/type", "integer", "~ request.hidden: type boolean -> integer"),
        ("/properties/hidden/nullable", True, "~ request.hidden: nullable absent -> true"),
    ],
)
def test_lists_a_changed_property(pointer: str, value: Any, line: str) -> None:
    changed = edited(WIDGET, pointer, value)
    assert changes(page_facts(PAGE), page_facts(page([changed, changed], [BUILT, BUILT]))) == [line]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("400 Bad", "409 Bad", ["+ status.409: representations 2", "+ status.409.body: string"]),
        ("  • (optional)", "  •", ["~ header.Content-Type: required absent -> true"]),
        ("x-widget+json", "json", ['~ requestBody: mediaTypes ["application/x-widget+json"] -> ["application/json"]']),
        (
            "api/Widget",
            "v2/Widget",
            ["~ operation: url https://widgets.example/api/Widget -> https://widgets.example/v2/Widget"],
        ),
        ("-X POST", "-X PUT", ["~ operation: method POST -> PUT"]),
        ("Built\n", json.dumps(BUILT), ["~ status.201: representations 2 -> 3"]),
    ],
)
def test_lists_a_change_outside_the_schemas(old: str, new: str, lines: list[str]) -> None:
    found = changes(page_facts(PAGE), page_facts(PAGE.replace(old, new)))
    assert [line for line in found if not line.startswith("-")] == lines


def test_the_command_writes_the_facts_and_says_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved, facts = tmp_path / "page", tmp_path / "facts"

    def run(text: str) -> str:
        saved.write_text(text, encoding="utf-8")
        run_tool([str(saved), "--facts", str(facts)])
        return capsys.readouterr().out

    assert run(PAGE).splitlines()[:2] == [
        "+ operation: method POST, url https://widgets.example/api/Widget",
        "+ header.Content-Type: string",
    ]
    assert run(PAGE) == "no change\n"
    assert run("A new line.\nAnd another.\n" + PAGE) == "no change\n"
    assert json.loads(facts.read_text())["request.size"]["line"] == page_facts(PAGE)["request.size"]["line"] + 2
    assert run(PAGE.replace("api/Widget", "v2/Widget")).startswith("~ operation: url ")
    assert run(PAGE.replace("api/Widget", "v2/Widget")) == "no change\n"


# --- pages that cannot be read

DIFFERENT = edited(WIDGET, "/properties/size/maximum", 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'no section "Request headers"'),
        ("# A read-me\n\nRequest headers are described elsewhere.\n", 'no section "Request headers"'),
        (PAGE.replace("Request body\n", "\n"), 'no section "Request body"'),
        (PAGE.replace("Responses\n", "\n"), 'no section "Responses"'),
        (PAGE[: PAGE.index("Code samples")], 'no section "Code samples"'),
        (PAGE[: PAGE.index('"parts"')], 'no section "Responses"'),
        (PAGE.replace('"int32",', '"int32"', 1), "is broken in line"),
        (PAGE.replace("}\n\nResponses", "\n\nResponses"), "is broken in line"),
        (page([], [BUILT]), '"Request body" shows no schema'),
        (page([WIDGET], []), '"Responses" shows no schema'),
        (PAGE.replace("201 Created", ""), '"Responses" shows no schema'),
        (PAGE.replace("curl", "wget"), "no curl command"),
        (
            PAGE.replace('-H "X-Door', '--header "X-Door'),
            "2 request headers are described, but the curl sample sends 1",
        ),
        (page([WIDGET, DIFFERENT], [BUILT]), "two copies of one schema differ"),
    ],
)
def test_refuses_a_page_that_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(PageError) as error:
        page_facts(text)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_names_what_differs_between_copies_and_their_lines() -> None:
    text = page([WIDGET, DIFFERENT], [BUILT])
    first, second = (number for number, line in enumerate(text.splitlines(), 1) if "What to build" in line)
    expected = f"from lines {first - 1} and {second - 1} on: ~ request.size: maximum 9 -> 10"
    with pytest.raises(PageError, match="two copies") as error:
        page_facts(text)
    assert str(error.value).endswith(expected)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00binary", b"no such page"], ids=["absent", "binary", "wrong"])
def test_the_command_leaves_the_facts_alone_when_it_fails(content: bytes | None, tmp_path: Path) -> None:
    saved, facts = tmp_path / "page", tmp_path / "facts"
    facts.write_text("{}", encoding="utf-8")
    if content is not None:
        saved.write_bytes(content)
    command = [
        sys.executable,
        str(ROOT / "contract_tests/documentation/facts.py"),
        str(saved),
        "--facts",
        str(facts),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(str(saved))
    assert facts.read_text(encoding="utf-8") == "{}"


# --- the comparison, on a made-up contract of the made-up page: each break is named

WIDGETS = yaml.safe_load("""
servers: [{url: https://widgets.example}]
security: [{door: []}, {door: [], person: []}, {back: []}]
paths:
  /api/Widget:
    post:
      requestBody:
        content:
          application/json: {schema: {$ref: '#/components/schemas/Widget'}}
          application/x-widget+json: {schema: {$ref: '#/components/schemas/Widget'}}
      responses:
        '201':
          headers: {Age: {schema: {type: integer}, x-provenance: {kind: observed, reason: Seen.}}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/Built'}}
            text/plain: {schema: {$ref: '#/components/schemas/Built'}}
        '400':
          content:
            application/json:
              schema:
                anyOf:
                  - type: string
                  - {$ref: '#/components/schemas/Sorry', x-provenance: {kind: gateway, reason: Its own.}}
            text/plain: {schema: {type: string}}
        '404':
          content: {application/json: {schema: {$ref: '#/components/schemas/Sorry'}}}
          x-provenance: {kind: gateway, reason: Its own.}
components:
  securitySchemes:
    door: {type: apiKey, in: header, name: X-Door}
    back: {type: apiKey, in: query, name: door, x-provenance: {kind: gateway, reason: Its own.}}
    person: {type: http, scheme: bearer, x-provenance: {kind: observed, reason: Seen.}}
  schemas:
    Widget:
      type: object
      required: [owner, size]
      properties:
        size:
          {type: integer, format: int32, minimum: 1, maximum: 9, multipleOf: 2, x-provenance: {keywords: [multipleOf]}}
        owner: {type: object, required: [type], properties: {type: {$ref: '#/components/schemas/Sort'}}}
        parts: {type: array, items: {type: object, properties: {size: {type: string, format: uuid}}}}
        hidden: {anyOf: [{type: boolean}, {type: 'null', x-provenance: {kind: prose, reason: Said so.}}]}
    Sort: {type: integer, enum: [1, 2], x-enum-varnames: [ONE, TWO]}
    Built: {type: object, properties: {id: {type: string}, made: {type: string, format: date-time}}}
    Sorry: {type: object, properties: {message: {type: string}}, x-provenance: {kind: gateway, reason: Its own.}}
""")
REASONS = [
    {
        "where": "requestBody",
        "ours": {"mediaTypes": ["application/json", "application/x-widget+json"]},
        "page": {"mediaTypes": ["application/x-widget+json"]},
    },
    {"where": "status.201", "ours": {"mediaTypes": ["application/json", "text/plain"]}, "page": {}},
    {"where": "status.400", "ours": {"mediaTypes": ["application/json", "text/plain"]}, "page": {}},
]
SCHEMAS = "/components/schemas"
SIZE = f"{SCHEMAS}/Widget/properties/size"
HIDDEN = f"{SCHEMAS}/Widget/properties/hidden"
OPERATION = "/paths/~1api~1Widget/post"


def test_finds_nothing_where_all_differences_are_marked_or_listed() -> None:
    assert unlisted(WIDGETS, page_facts(PAGE), REASONS) == []
    assert outdated(WIDGETS, page_facts(PAGE), REASONS) == []
    assert stale_marks(WIDGETS, page_facts(PAGE)) == []


@pytest.mark.parametrize(
    ("pointer", "value", "line"),
    [
        (f"{SIZE}/maximum", 10, "~ request.size: maximum 9 -> 10"),
        (f"{SIZE}/format", ..., "~ request.size: format int32 -> absent"),
        (f"{SIZE}/type", "string", "~ request.size: type integer -> string"),
        (f"{SCHEMAS}/Widget/properties/room", {"type": "boolean"}, "+ request.room: boolean"),
        (f"{SCHEMAS}/Built/properties/made", ..., "- response.made"),
        (f"{SCHEMAS}/Built/required", ["id"], "~ response.id: required absent -> true"),
        (f"{SCHEMAS}/Sort/enum", [1], "~ request.owner.type: enum [1, 2] -> [1]"),
        (f"{OPERATION}/responses/409", {"description": "Taken."}, "+ status.409: representations 0"),
        (f"{OPERATION}/responses/400", ..., "- status.400"),
        (f"{OPERATION}/responses/201/content/text~1plain", ..., "~ status.201: mediaTypes absent -> "),
        (f"{OPERATION}/responses/400/content/text~1plain/schema/type", "null", "+ status.400.body (text/plain): null"),
        (f"{OPERATION}/requestBody/required", True, "~ header.Content-Type: required absent -> true"),
        (f"{OPERATION}/parameters", [{"in": "query", "name": "q", "schema": {"type": "string"}}], "+ query.q: string"),
        ("/servers/0/url", "https://luminus.example", "-> https://luminus.example/api/Widget"),
        ("/components/securitySchemes/door/name", "X-Key", "+ header.X-Key: string, required true"),
        ("/security", [{"door": []}, {}], "~ header.X-Door: required true -> absent"),
        ("/security", [{"person": []}], "~ header.X-Door: required true -> absent"),
        # What loses its mark is claimed to be documented.
        (f"{OPERATION}/responses/404/x-provenance", ..., "+ status.404: representations 1"),
        (f"{OPERATION}/responses/201/headers/Age/x-provenance", ..., "+ status.201.header.Age: integer"),
        (f"{SIZE}/x-provenance", ..., "~ request.size: multipleOf absent -> 2"),
        (
            f"{HIDDEN}/anyOf/1/x-provenance",
            ...,
            '~ request.hidden: anyOf absent -> [{"type": "boolean"}, {"type": "null"}]',
        ),
        ("/components/securitySchemes/person/x-provenance", ..., "+ header.Authorization: string"),
        ("/components/securitySchemes/back/x-provenance", ..., "+ query.door: string"),
    ],
)
def test_names_a_difference_that_is_not_listed(pointer: str, value: Any, line: str) -> None:
    assert line in "\n".join(unlisted(edited(WIDGETS, pointer, value), page_facts(PAGE), REASONS))


def test_names_a_listed_difference_that_is_gone_or_is_another_one_now() -> None:
    content = f"{OPERATION}/requestBody/content/application~1json"
    as_documented = edited(page_facts(PAGE), "/requestBody/representations", 1)
    assert outdated(edited(WIDGETS, content, ...), as_documented, REASONS) == ["requestBody"]
    assert outdated(WIDGETS, page_facts(PAGE), edited(REASONS, "/1/page", {"mediaTypes": []})) == ["status.201"]


@pytest.mark.parametrize(
    ("place", "documented_now", "pointer"),
    [
        ("request.size", {"multipleOf": 2}, SIZE),
        ("status.201.header.Age", {"type": "integer"}, f"{OPERATION}/responses/201/headers/Age"),
        ("header.Authorization", {"type": "string"}, "/components/securitySchemes/person"),
    ],
)
def test_names_a_mark_on_what_the_page_documents(place: str, documented_now: dict[str, Any], pointer: str) -> None:
    facts = page_facts(PAGE)
    assert stale_marks(WIDGETS, {**facts, place: {**facts.get(place, {}), **documented_now}}) == [pointer]


@pytest.mark.parametrize(
    ("mark", "problem"),
    [
        ({"kind": "guess", "reason": "Why not?"}, "unknown kind 'guess'"),
        ({"kind": "prose", "reason": " "}, "no reason"),
        ({"kind": "prose"}, "no reason"),
        ({"kind": "prose", "reason": "one", "two": None}, "unknown key 'two'"),
        ({"kind": "prose", "reason": "It says so.", "keywords": []}, "no keywords"),
        ({"kind": "prose", "reason": "It says so.", "keywords": ["minimum"]}, "keyword 'minimum' is not there"),
    ],
)
def test_names_what_is_wrong_with_a_mark(mark: dict[str, Any], problem: str) -> None:
    assert mark_problems("/item", {"type": "string", "x-provenance": mark}) == [f"/item: {problem}"]


# --- openapi.yaml against the facts of the real page

CONTRACT = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
LISTED = yaml.safe_load((ROOT / "contract_tests/documentation/differences.yaml").read_text(encoding="utf-8"))
DOCUMENTED: Facts = json.loads(FACTS.read_text(encoding="utf-8"))


def test_the_contract_differs_from_the_page_only_where_a_reason_is_listed() -> None:
    found = unlisted(CONTRACT, DOCUMENTED, LISTED)
    assert not found, "\n".join(found)


def test_an_operation_that_the_page_does_not_have_is_marked_or_a_difference() -> None:
    contract = copy.deepcopy(CONTRACT)
    read = {"operationId": "getMeeting", "responses": {"204": {"description": "It."}}}
    contract["paths"] = {"/Meeting/{id}": {"summary": "One.", "parameters": [], "get": read}, **contract["paths"]}
    known = unlisted(CONTRACT, DOCUMENTED, LISTED)
    new = [line for line in unlisted(contract, DOCUMENTED, LISTED) if line not in known]
    assert [line.partition(":")[0] for line in new] == ["+ operation GET /Meeting/{id}"]
    read["x-provenance"] = {"kind": "observed", "reason": "seen"}
    assert unlisted(contract, DOCUMENTED, LISTED) == known


def test_every_listed_difference_still_applies() -> None:
    found = outdated(CONTRACT, DOCUMENTED, LISTED)
    assert not found, "\n".join(found)


def test_every_listed_difference_is_complete_and_listed_once() -> None:
    for entry in LISTED:
        assert entry.keys() == {"where", "ours", "page", "reason"}, entry
        assert entry["reason"].strip(), entry
    places = [entry["where"] for entry in LISTED]
    assert len(places) == len(set(places))


def test_marks_only_what_the_page_does_not_document() -> None:
    found = stale_marks(CONTRACT, DOCUMENTED)
    assert not found, "\n".join(found)


def test_every_mark_is_complete() -> None:
    problems = [problem for pointer, item in marks(CONTRACT) for problem in mark_problems(pointer, item)]
    assert not problems, "\n".join(problems)
