"""The mock as a server: in a thread, from the command line, as a pytest fixture; and its own routes."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

import luminus_zoom_mock
from luminus_zoom_mock import SUBSCRIPTION_KEY, TOKEN, MockServer, Settings, command, create_app
from luminus_zoom_mock.contract import load
from luminus_zoom_mock.exchange import Answer
from luminus_zoom_mock.masking import masked

pytest_plugins = ["pytester"]

KEY = {"Ocp-Apim-Subscription-Key": SUBSCRIPTION_KEY}


def create(url: str, **headers: str) -> httpx.Response:
    return httpx.post(f"{url}/Meeting", json=load().example(), headers=KEY | headers)


def test_server_tells_how_to_reach_it() -> None:
    with MockServer() as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/zoom", server.base_url)
        assert (server.subscription_key, server.token) == (SUBSCRIPTION_KEY, None)
        created = create(server.base_url).raise_for_status()
        assert server.meetings == [created.json()]
        assert len(server.requests) == 1
    with MockServer(Settings(as_observed=True, subscription_keys=frozenset({"b", "a"}))) as server:
        assert (server.subscription_key, server.token) == ("a", TOKEN)


def test_response_names_the_day_but_no_software() -> None:
    with MockServer() as server:
        headers = create(server.base_url).headers
    assert "server" not in headers
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["date"])


def test_date_is_renewed_every_second(minimal: dict[str, Any]) -> None:
    with MockServer() as server:
        dates = {create(server.base_url).headers["date"]}
        end = time.monotonic() + 5
        while len(dates) == 1 and time.monotonic() < end:
            time.sleep(0.2)
            dates.add(create(server.base_url).headers["date"])
    assert len(dates) == 2


def test_server_stops_at_once_and_leaves_no_thread() -> None:
    before = threading.active_count()
    server = MockServer()
    with httpx.Client() as client:
        client.post(f"{server.base_url}/Meeting", json=load().example(), headers=KEY)
        assert threading.active_count() == before + 1
        start = time.perf_counter()
        server.close()
        server.close()
        assert time.perf_counter() - start < 0.5
    assert threading.active_count() == before
    assert len(server.meetings) == 1
    with pytest.raises(httpx.ConnectError):
        create(server.base_url)


def test_server_can_be_closed_before_it_was_called() -> None:
    for _ in range(20):
        MockServer().close()


def test_server_stops_while_an_answer_is_pending() -> None:
    def call() -> None:
        with pytest.raises(httpx.RemoteProtocolError):
            create(server.base_url)

    with MockServer() as server:
        server.app.stages["creation"] = lambda _: Answer(500, [], delay=3600)
        thread = threading.Thread(target=call)
        thread.start()
        while not server.requests:
            time.sleep(0.01)
        start = time.perf_counter()
    thread.join()
    assert time.perf_counter() - start < 0.5


def test_answer_can_be_late() -> None:
    with MockServer() as server:
        server.app.stages["creation"] = lambda _: Answer(500, [], b"late", delay=0.2)
        start = time.perf_counter()
        assert create(server.base_url).text == "late"
        assert time.perf_counter() - start >= 0.2


def test_client_that_leaves_while_sending_creates_nothing() -> None:
    app = create_app()

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        pytest.fail(f"answered {message}")

    sent: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    messages = iter(sent)
    scope = {"type": "http", "method": "POST", "path": "/zoom/Meeting", "query_string": b"", "headers": []}
    asyncio.run(app(scope, receive, send))
    assert app.journal.recorded() == []


def test_body_in_pieces_is_put_together() -> None:
    with MockServer() as server:
        text = httpx.Request("POST", "http://x", json=load().example()).content
        pieces = (text[i : i + 7] for i in range(0, len(text), 7))
        headers = KEY | {"Content-Type": "application/json"}
        assert httpx.post(f"{server.base_url}/Meeting", content=pieces, headers=headers).status_code == 201


def test_a_body_that_is_too_long_is_refused_and_not_kept() -> None:
    limit = len(httpx.Request("POST", "http://x", json=load().example()).content)
    with MockServer(Settings(max_body=limit)) as server:
        assert create(server.base_url).status_code == 201
        for target in ("/Meeting", "/Meeting?a=1"):  # the short way, and uvicorn's
            for content in (b"x" * (limit + 1), b"x" * 20_000_000):
                refused = httpx.post(f"{server.base_url}{target}", content=content, headers=KEY)
                assert (refused.status_code, refused.content) == (413, b"")
        assert create(server.base_url).status_code == 201
        assert len(server.requests) == 2
    with pytest.raises(ValueError, match="max_body"):
        Settings(max_body=-1)


def test_app_serves_in_process_over_httpx() -> None:
    app = create_app()

    async def call() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock/zoom") as client:
            return await client.post("/Meeting", json=load().example(), headers=KEY)

    assert asyncio.run(call()).json() == app.store.meetings()[0]


def test_own_routes_list_without_secrets_and_forget() -> None:
    with MockServer() as server:
        meeting = create(server.base_url).json()
        own = server.base_url.replace("/zoom", "/_mock/meetings")
        listed = httpx.get(own)
        assert listed.headers["content-type"] == "application/json"
        url = meeting["joinUrl"].partition("?")[0]
        hidden = {"meetingPassword": "***", "hostKey": "***", "joinUrl": f"{url}?pwd=***"}
        assert listed.json() == [meeting | hidden]
        assert httpx.delete(own).status_code == 204
        assert (httpx.get(own).json(), server.meetings) == ([], [])
        assert httpx.post(own).status_code == 405
        assert httpx.get(server.base_url.replace("/zoom", "/_mock/other")).status_code == 404
        assert len(server.requests) == 1


def test_masking_leaves_the_rest_alone() -> None:
    sensitive = {"joinUrl": "query", "hostPin": True, "codes": True}
    meeting = {"joinUrl": "https://x/j/1?pwd=secret&c=a=b&d#e", "name": "pwd=1", "duration": 90, "hostPin": None}
    shown = meeting | {"joinUrl": "https://x/j/1?pwd=***&c=***&d#e"}
    assert masked(meeting, sensitive) == shown
    assert masked([{"inner": meeting | {"hostPin": 7}}], sensitive) == [{"inner": shown | {"hostPin": "***"}}]
    assert masked({"codes": [1, 2], "joinUrl": 7}, sensitive) == {"codes": "***", "joinUrl": "***"}
    assert masked({}, sensitive) == {}


@contextmanager
def running(*arguments: str) -> Iterator[tuple[str, list[str]]]:
    """The command in a process of its own: its base URL and the lines it greets with."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "luminus_zoom_mock", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        try:
            lines = [process.stdout.readline() for _ in range(6)]
            match = re.search(r"http://\S+", lines[0])
            assert match, lines + process.stdout.readlines()
            yield match[0], lines
        finally:
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()
        assert (process.wait(5), rest) == (0, "")


def curl(line: str) -> httpx.Response:
    """Do what the curl command in a line would: the machine need not have curl."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-sS", action="store_true")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-d")
    parser.add_argument("url")
    options = parser.parse_args(shlex.split(line.partition("curl ")[2]))
    headers = dict(header.split(": ", 1) for header in options.H)
    return httpx.request("POST" if options.d else "GET", options.url, headers=headers, content=options.d)


def test_command_s_greeting_works_as_it_is_printed(tmp_path: Path) -> None:
    db = tmp_path / "meetings.db"
    with running("--db", str(db)) as (url, lines):
        assert SUBSCRIPTION_KEY in lines[1]
        assert f"LUMINUS_BASE_URL={url} LUMINUS_SUBSCRIPTION_KEY={SUBSCRIPTION_KEY}" in lines[2]
        assert curl(lines[3]).status_code == 201
        assert f"{url}/Meeting" in lines[3]
        assert curl(lines[4]).json()[0]["meetingPassword"] == "***"
        assert httpx.get(lines[5].split()[-1]).headers["content-type"].startswith("text/html")
    assert [path.name for path in tmp_path.iterdir()] == ["meetings.db"]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    """Run the command up to the moment it would serve; returns the app."""
    served = []

    def serve(config: Any) -> SimpleNamespace:
        served.append(config.app)
        return SimpleNamespace(run=lambda sockets: [it.close() for it in sockets])

    monkeypatch.setattr("luminus_zoom_mock.command.uvicorn.Server", serve)
    before = signal.getsignal(signal.SIGTERM)
    try:
        command.main(["--port", "0", *arguments])
    finally:
        signal.signal(signal.SIGTERM, before)
    return served[0]


def test_command_s_options_become_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    contract = tmp_path / "contract.yaml"
    contract.write_bytes((Path(__file__).parents[2] / "openapi.yaml").read_bytes())
    given = ["--as-observed", "--key", "my-key", "--key", "other-key", "--token", "my-token", "--quota", "9"]
    given += ["--rate-limit", "5/0.5", "--module-id", "m1", "--module-id", "m2", "--contract", str(contract)]
    app = run(monkeypatch, *given)
    assert app.settings == Settings(
        as_observed=True,
        subscription_keys=frozenset({"my-key", "other-key"}),
        token="my-token",
        quota=9,
        rate_limit=5,
        rate_period=0.5,
        module_ids=frozenset({"m1", "m2"}),
        contract=contract,
    )
    printed = capsys.readouterr().out
    assert "$KEY" in printed
    assert "Bearer $TOKEN" in printed
    for secret in ("my-key", "other-key", "my-token", SUBSCRIPTION_KEY):
        assert secret not in printed


def test_command_without_options_has_the_default_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch).settings == Settings()


def test_command_prints_the_mock_s_own_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "--as-observed", "--host", "::1")
    printed = capsys.readouterr().out
    assert f"Bearer {TOKEN}" in printed
    assert "http://[::1]:" in printed


def test_command_on_all_addresses_prints_one_that_can_be_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "--host", "0.0.0.0")  # noqa: S104
    printed = capsys.readouterr().out
    assert re.search(r"LUMINUS_BASE_URL=http://127\.0\.0\.1:\d+/zoom ", printed)
    assert "0.0.0.0" not in printed  # noqa: S104
    assert "from other machines: its name instead of the address; luminus_zoom needs allow_http=True" in printed
    run(monkeypatch)
    assert "other machines" not in capsys.readouterr().out


FORKING = """
import json, os, sys
from luminus_zoom_mock import InProcessMock
from luminus_zoom_mock.contract import load
from luminus_zoom_mock.exchange import Call
mock = InProcessMock()
body = json.dumps(load().example()).encode()
headers = {b"ocp-apim-subscription-key": mock.subscription_key.encode(), b"content-type": b"application/json"}
def create():
    return json.loads(mock.app.answer(Call("POST", "/zoom/Meeting", b"", headers, body)).body)
create()
read, write = os.pipe()
if not os.fork():
    os.write(write, json.dumps([create() for _ in range(3)]).encode())
    os._exit(0)
os.wait()
both = [create() for _ in range(3)] + json.loads(os.read(read, 1 << 20))
sys.exit(any(len({it[name] for it in both}) < 6 for name in ("id", "meetingID", "meetingPassword", "joinUrl")))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_processes_do_not_repeat_each_other() -> None:
    assert subprocess.run([sys.executable, "-c", FORKING], check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--contract", "/nowhere/openapi.yaml"], "FileNotFoundError"),
        (["--db", "/nowhere/meetings.db"], "unable to open database file"),
        (["--rate-limit", "five"], "--rate-limit"),
        (["--rate-limit", "5"], "--rate-limit"),
        (["--rate-limit", "0/1"], "rate_limit"),
        (["--host", "192.0.2.1"], "OSError"),
    ],
)
def test_command_refuses_what_it_cannot_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        run(monkeypatch, *arguments)
    assert caught.value.code == 2
    assert told in capsys.readouterr().err


USER_TESTS = """
    import httpx
    import pytest
    from luminus_zoom_mock import Settings

    BODY = {body!r}

    def test_one(luminus_zoom_mock):
        headers = {{"Ocp-Apim-Subscription-Key": luminus_zoom_mock.subscription_key}}
        answer = httpx.post(luminus_zoom_mock.base_url + "/Meeting", json=BODY, headers=headers)
        assert luminus_zoom_mock.meetings == [answer.json()]

    def test_each_has_its_own(luminus_zoom_mock):
        assert luminus_zoom_mock.meetings == []

    class TestChanged:
        @pytest.fixture
        def luminus_zoom_mock_settings(self):
            return Settings(as_observed=True)

        def test_settings(self, luminus_zoom_mock):
            assert luminus_zoom_mock.token
"""


def test_fixture_serves_a_user_s_suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USER_TESTS.format(body=load().example()))
    pytester.runpytest_inprocess("-W", "error").assert_outcomes(passed=3)


def test_fixture_fails_with_a_hint_without_the_extra(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "luminus_zoom_mock.server")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    pytester.makepyfile("def test_one(luminus_zoom_mock): pass\ndef test_other(): pass")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["*needs luminus-zoom?mock?*uvicorn*"])


def test_plugin_imports_nothing_heavy() -> None:
    """Nor does it fail where the extra is not installed."""
    script = """
import sys, pytest
for name in ("uvicorn", "starlette", "jsonschema_rs", "yaml", "httptools", "anyio", "asyncio"):
    sys.modules[name] = None
import luminus_zoom_mock.pytest_plugin, luminus_zoom_mock
assert luminus_zoom_mock.Settings().token is None
assert not [name for name in sys.modules if name.startswith("luminus_zoom.") or name.startswith("luminus_zoom_api")]
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


def test_package_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        _ = luminus_zoom_mock.other
    assert all(hasattr(luminus_zoom_mock, name) for name in luminus_zoom_mock.__all__)


def test_mock_knows_nothing_of_the_client() -> None:
    """Not one import of the wrapper or of the generated client, in any module."""
    sources = list(Path(luminus_zoom_mock.__file__).parent.glob("*.py"))
    assert len(sources) > 8
    for source in sources:
        assert not re.search(r"^\s*(from|import) luminus_zoom(_api)?\b", source.read_text("utf-8"), re.MULTILINE), (
            source
        )
