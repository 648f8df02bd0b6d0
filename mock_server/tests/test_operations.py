"""Every operation of any contract: routed, validated with its parameters, and answered by its path and schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema_rs
import pytest
import yaml

from luminus_zoom_mock import FORBIDDEN_KEY, SUBSCRIPTION_KEY, TOKEN, MockServer, Settings, create_app
from luminus_zoom_mock.app import MockApp
from luminus_zoom_mock.masking import masked

from .conftest import Received, Request, in_process, over_socket

LIBRARY = Path(__file__).parent / "library.yaml"
DOCUMENT = yaml.safe_load(LIBRARY.read_text("utf-8"))
KEY = ("X-Key", SUBSCRIPTION_KEY)
BEARER = ("Authorization", f"Bearer {TOKEN}")
JSON = ("Content-Type", "application/json")
TRACE = ("X-Trace", "0f8fad5b-d9cb-469f-a165-70867728950e")
NEW = {"title": "Emma", "genre": "novel", "pages": 400}
BOOKS = "/v1/shelves/7/books"

Call: TypeAlias = Callable[..., Received]


def calling(app: MockApp) -> Call:
    """A function that calls a mock with a key, and more header lines."""

    def call(method: str, target: str, body: Any = None, *more: tuple[str, str], key: bool = True) -> Received:
        kind = [("Content-Type", "application/vnd.library+json" if method == "POST" else "application/json")]
        lines = [*([KEY] if key else []), *(kind if body is not None else []), TRACE, *more]
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return in_process(app, Request(method, target, lines, raw))

    return call


@pytest.fixture(params=["memory", "file"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A mock of the library, keeping its books in memory or in a file."""
    db = tmp_path / "books.db" if request.param == "file" else None
    app = create_app(Settings(contract=LIBRARY, db=db))
    yield app
    app.store.close()


@pytest.fixture
def call(library: MockApp) -> Call:
    return calling(library)


def conforms(received: Received, schema: str) -> None:
    root = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    jsonschema_rs.validate(root, received.json, validate_formats=True)


def added(call: Call, **changes: Any) -> dict[str, Any]:
    received = call("POST", BOOKS, NEW | changes)
    assert received.status == 201, received.body
    conforms(received, "Book")
    book: dict[str, Any] = received.json
    return book


def test_what_is_created_is_given_back_changed_and_removed(call: Call) -> None:
    book, other = added(call), added(call, title="Persuasion", note="last")
    assert {name: book[name] for name in NEW} == NEW
    assert book["bookID"] != other["bookID"]
    here = f"{BOOKS}/{book['bookID']}"
    assert call("GET", here).json == book
    assert call("PATCH", here, {"title": "Emma!"}).json == book | {"title": "Emma!"}
    assert call("GET", here).json == book | {"title": "Emma!"}
    replaced = call("PUT", here, {"title": "E", "genre": "play"})
    conforms(replaced, "Book")
    assert (replaced.json["title"], replaced.json["genre"]) == ("E", "play")
    assert replaced.json["bookID"] == book["bookID"]
    assert call("DELETE", here, None, BEARER).status == 204
    for method, body in (("GET", None), ("PATCH", {"title": "x"}), ("PUT", NEW), ("DELETE", None)):
        received = call(method, here, body, BEARER)
        assert received.status == 404
        if method != "DELETE":
            conforms(received, "Error")
    assert call("GET", f"{BOOKS}/{other['bookID']}").json == other


def test_a_replacement_keeps_nothing_that_was_not_sent(call: Call) -> None:
    here = f"{BOOKS}/{added(call, note='old', keywords=['a'])['bookID']}"
    assert {"note", "keywords"} & set(call("PUT", here, NEW).json) == set()
    assert call("PATCH", here, {"note": None}).json["note"] is None


def test_a_list_has_what_was_created_at_its_path(call: Call) -> None:
    assert call("GET", BOOKS).json == {"items": []}
    books = [added(call, title=title, genre=genre) for title, genre in (("A", "novel"), ("B", "poem"), ("C", "play"))]
    assert call("GET", BOOKS).json["items"] == books
    assert call("GET", "/v1/shelves/8/books").json["items"] == []
    assert call("GET", f"{BOOKS}?genre=novel&genre=play").json["items"] == [books[0], books[2]]
    assert call("GET", f"{BOOKS}?title=B").json["items"] == [books[1]]
    assert call("GET", f"{BOOKS}?offset=1&limit=1").json["items"] == [books[1]]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("limit=1", 200),
        ("limit=0", 400),
        ("limit=51", 400),
        ("limit=x", 400),
        ("limit=1.0", 400),
        ("limit=", 400),
        ("limit", 400),
        ("limit=1&limit=2", 400),
        ("limit=%31", 200),
        ("limit=+1", 400),
        ("genre=poem", 200),
        ("genre=poem,play", 400),
        ("genre=Poem", 400),
        ("genre=", 400),
        ("ids=1,2,3", 200),
        ("ids=1,2,3,4", 400),
        ("ids=1,1", 400),
        ("ids=", 200),
        ("ids=1,x", 400),
        ("title=", 400),
        ("title=a%20b", 200),
        ("lent=true", 200),
        ("lent=True", 400),
        ("lent=1", 400),
        ("price=0.5", 200),
        ("price=5e-1", 200),
        ("price=0", 400),
        ("price=1e999", 400),
        ("price=NaN", 400),
        ("tags=a|b", 200),
        ("tags=a%7Cb", 200),
        ("tags=a", 400),
        ("unknown=1", 200),
        ("&&=&%zz=%", 200),
    ],
)
def test_parameters_of_the_query_are_read_by_their_style_and_schema(call: Call, query: str, status: int) -> None:
    assert call("GET", f"{BOOKS}?{query}").status == status


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (("X-Parts", "1, 2"), 200),
        (("X-Parts", "1, x"), 400),
        (("Cookie", "a=b; theme=dark"), 200),
        (("Cookie", "theme=blue"), 400),
        (("Cookie", "theme=dark; theme=light"), 400),
    ],
)
def test_parameters_of_headers_and_cookies_are_held_too(call: Call, line: tuple[str, str], status: int) -> None:
    assert call("GET", BOOKS, None, line).status == status


def test_a_required_header_is_asked_for(library: MockApp) -> None:
    received = in_process(library, Request("GET", BOOKS, [KEY]))
    assert (received.status, received.body) == (400, b"X-Trace: is required")
    assert in_process(library, Request("GET", BOOKS, [KEY, ("X-Trace", "x")])).status == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/shelves/7/books/", 200),
        ("/V1/Shelves/7/Books", 200),
        ("/legacy/shelves/7/books", 200),
        ("/v1/shelves/0/books", 400),
        ("/v1/shelves/x/books", 400),
        ("/v1/shelves/%37/books", 200),
        ("/v1/shelves//books", 404),
        ("/v1/shelves/7%2F8/books", 400),
        ("/v1/shelves/7/books/not-a-uuid", 400),
        ("/v1/shelves/7/books/00000000-0000-0000-0000-000000000000", 404),
        ("/shelves/7/books", 404),
        ("/v1/shelves/7", 404),
    ],
)
def test_paths_are_matched_by_their_template_on_every_server(call: Call, path: str, status: int) -> None:
    assert call("GET", path).status == status


def test_an_unknown_method_is_not_found_or_not_allowed(call: Call) -> None:
    assert call("PUT", BOOKS, NEW).status == 404
    received = calling(create_app(Settings(contract=LIBRARY, method_not_allowed=405)))("PUT", BOOKS, NEW)
    assert (received.status, received.header["allow"]) == (405, "GET, POST")


def test_credentials_are_those_that_the_contract_asks_for(call: Call) -> None:
    here = f"{BOOKS}/{added(call)['bookID']}"
    assert call("GET", here, key=False).status == 401
    assert call("GET", here, None, ("X-Key", "wrong"), key=False).status == 401
    assert call("GET", here, None, ("X-Key", "wrong"), BEARER, key=False).status == 401
    assert call("GET", here, None, BEARER, key=False).status == 200
    assert call("GET", here, None, ("Authorization", "Bearer x"), key=False).status == 401
    assert call("DELETE", here).status == 401
    assert call("DELETE", here, None, BEARER, key=False).status == 401
    assert call("GET", "/v1/health", key=False).status == 200
    assert call("GET", here, None, ("X-Key", FORBIDDEN_KEY), key=False).status == 403
    assert call("DELETE", here, None, BEARER).status == 204


def test_a_challenge_names_the_contract_s_header(call: Call) -> None:
    received = call("DELETE", f"{BOOKS}/{added(call)['bookID']}", None, BEARER, key=False)
    assert 'name="X-Key",type="header"' in received.header["www-authenticate"]


def test_the_server_tells_the_token_that_the_contract_asks_for() -> None:
    with MockServer(Settings(contract=LIBRARY)) as server:
        assert server.token == TOKEN
        assert server.base_url.endswith("/v1")
        lines = [KEY, ("Content-Type", "application/vnd.library+json")]
        created = over_socket(server, Request("POST", BOOKS, lines, json.dumps(NEW).encode()))
        assert created.status == 201
        assert created.header["location"]
        found = over_socket(server, Request("GET", f"{BOOKS}/{created.json['bookID']}", [KEY]))
        assert found.json == created.json


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (NEW, 201),
        ({}, 400),
        (NEW | {"other": 1}, 400),
        (NEW | {"pages": 2**31}, 400),
        (NEW | {"note": None}, 201),
        (NEW | {"keywords": ["a"] * 4}, 400),
        (b"{", 400),
        (b"", 415),
    ],
)
def test_bodies_are_held_against_their_schema(call: Call, body: Any, status: int) -> None:
    received = call("POST", BOOKS, body)
    if body == b"":
        received = call("POST", BOOKS)
    assert received.status == status
    if status == 400:
        conforms(received, "Error")


def test_a_body_that_may_be_left_out_may_be_left_out(call: Call) -> None:
    book = added(call)
    assert call("PATCH", f"{BOOKS}/{book['bookID']}").json == book
    assert call("PATCH", f"{BOOKS}/{book['bookID']}", {}).status == 400


def test_an_operation_without_a_behaviour_is_answered_as_documented(call: Call) -> None:
    text = call("GET", "/v1/health", key=False)
    assert (text.header["content-type"], text.status) == ("text/plain", 200)
    jsonschema_rs.validate({"pattern": "^ok [0-9]{2}$"}, text.body.decode())
    assert call("GET", "/v1/motto").json == {"motto": "Read."}


def test_what_is_unique_is_so_in_every_creation(tmp_path: Path) -> None:
    number = {"type": "integer", "x-unique": True}
    schema = {"type": "object", "required": ["no"], "properties": {"no": number | {"examples": [5]}}}
    responses = {
        "201": {"description": "It.", "content": {"application/json": {"schema": schema, "example": {"no": 7}}}}
    }
    document = {**DOCUMENT, "paths": {"/fines": {"post": {"operationId": "fine", "responses": responses}}}}
    path = tmp_path / "openapi.yaml"
    for _ in range(2):  # with an example of the answer, then without
        path.write_text(yaml.safe_dump(document), "utf-8")
        call = calling(create_app(Settings(contract=path)))
        assert len({call("POST", "/v1/fines").json["no"] for _ in range(3)}) == 3
        responses["201"]["content"]["application/json"].pop("example", None)


def test_what_the_contract_calls_sensitive_is_masked_at_the_mock_s_own_routes(library: MockApp) -> None:
    assert library.contract.sensitive == {"pin": True, "link": "query"}
    book = {"pin": "123456", "link": "https://x/y?z=1"}
    assert masked(book, library.contract.sensitive) == {"pin": "***", "link": "https://x/y?z=***"}


def test_what_is_kept_in_a_file_outlives_the_app(tmp_path: Path) -> None:
    settings = Settings(contract=LIBRARY, db=tmp_path / "books.db")
    first = create_app(settings)
    book = added(calling(first))
    first.store.close()
    second = create_app(settings)
    assert calling(second)("GET", f"{BOOKS}/{book['bookID']}").json == book
    second.store.clear()
    assert calling(second)("GET", BOOKS).json == {"items": []}
    second.store.close()
