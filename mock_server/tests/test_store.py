"""The state: what was created is kept, in memory or in SQLite, and is safe from many threads."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from luminus_zoom_mock import MockServer, Settings, create_app
from luminus_zoom_mock.store import MemoryStore, SqliteStore, Store, open_store


@pytest.fixture(params=["memory", "sqlite"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "meetings.db" if request.param == "sqlite" else None


@pytest.fixture
def store(db: Path | None) -> Iterator[Store]:
    store = open_store(db)
    yield store
    store.close()


def test_store_keeps_meetings_in_order(store: Store) -> None:
    assert (store.meetings(), len(store)) == ([], 0)
    for name in ("first", "课程"):
        store.add(json.dumps({"name": name}, ensure_ascii=False).encode())
    assert store.meetings() == [{"name": "first"}, {"name": "课程"}]
    assert len(store) == 2


def test_serials_are_not_given_again_after_clearing(store: Store) -> None:
    before = [store.next_serial(), store.next_serial()]
    store.add(b"{}")
    store.clear()
    assert (store.meetings(), len(store)) == ([], 0)
    assert store.next_serial() not in before


def test_store_is_safe_from_many_threads(store: Store) -> None:
    def add(number: int) -> int:
        store.add(b'{"n": %d}' % number)
        return store.next_serial()

    with ThreadPoolExecutor(32) as pool:
        serials = list(pool.map(add, range(640)))
    assert len(set(serials)) == 640
    assert sorted(meeting["n"] for meeting in store.meetings()) == list(range(640))


def test_parallel_creations_are_all_kept_with_ids_of_their_own(db: Path | None, minimal: dict[str, Any]) -> None:
    with MockServer(Settings(db=db)) as server, httpx.Client() as client, ThreadPoolExecutor(32) as pool:
        key = {"Ocp-Apim-Subscription-Key": server.subscription_key}

        def create(number: int) -> dict[str, Any]:
            body = minimal | {"name": f"meeting {number}"}
            answer = client.post(f"{server.base_url}/Meeting", json=body, headers=key)
            meeting: dict[str, Any] = answer.raise_for_status().json()
            assert meeting["name"] == body["name"]
            return meeting

        answered = list(pool.map(create, range(96)))
        kept = server.meetings
    assert sorted(kept, key=lambda it: it["id"]) == sorted(answered, key=lambda it: it["id"])
    for name in ("id", "meetingID", "joinUrl"):
        assert len({meeting[name] for meeting in answered}) == 96


def test_only_creations_are_kept(mock: Callable[..., Any], minimal: dict[str, Any]) -> None:
    app = create_app()
    assert isinstance(app.store, MemoryStore)
    assert app.state.store is app.store
    with MockServer() as server:
        post = f"{server.base_url}/Meeting"
        key = {"Ocp-Apim-Subscription-Key": server.subscription_key}
        statuses = [
            httpx.post(post, json=minimal).status_code,
            httpx.post(post, json=minimal | {"duration": 7}, headers=key).status_code,
            httpx.get(post, headers=key).status_code,
        ]
        assert statuses == [401, 400, 404]
        assert (server.meetings, len(server.requests)) == ([], 3)


def test_sqlite_outlives_the_server(tmp_path: Path, minimal: dict[str, Any]) -> None:
    settings = Settings(db=tmp_path / "meetings.db")
    meetings: list[dict[str, Any]] = []
    for _ in range(3):
        with MockServer(settings) as server:
            assert server.meetings == meetings
            key = {"Ocp-Apim-Subscription-Key": server.subscription_key}
            meetings.append(httpx.post(f"{server.base_url}/Meeting", json=minimal, headers=key).json())
            assert server.meetings == meetings
    assert len({meeting["meetingID"] for meeting in meetings}) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["meetings.db"]


def test_two_servers_share_an_sqlite_file(tmp_path: Path, minimal: dict[str, Any]) -> None:
    settings = Settings(db=tmp_path / "meetings.db")
    with MockServer(settings) as one, MockServer(settings) as other:
        for server in (one, other, one):
            key = {"Ocp-Apim-Subscription-Key": server.subscription_key}
            httpx.post(f"{server.base_url}/Meeting", json=minimal, headers=key)
        assert one.meetings == other.meetings
        assert len({meeting["meetingID"] for meeting in one.meetings}) == 3


def test_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    path.write_text("This is no database, but a text of some length. " * 50, "utf-8")
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        SqliteStore(path)
