"""Setting a client up, and what it says that it would send."""

import asyncio
import copy
import inspect
import json
import os
import pickle
import shlex
import subprocess
import traceback
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luminus_zoom import AsyncZoomClient, ConfigurationError, InvalidMeetingError, ZoomClient
from luminus_zoom_api.limits import SERVER_URL
from wrapper.tests.calls import ARGUMENTS, BODY, KEY, TOKEN, assert_no_secret, call, texts
from wrapper.tests.fault_server import FaultServer, answer, answering

CLIENTS = [ZoomClient, AsyncZoomClient]
ANSWERING = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(201, content=BODY)))


def refused(client: Any = ZoomClient, **options: Any) -> str:
    """The text of the refusal to set up a client."""
    with pytest.raises(ConfigurationError) as caught:
        client(**{"subscription_key": KEY, **options})
    assert str(caught.value).startswith("No meeting was created")
    return str(caught.value)


class TestEnvironment:
    """Environment variables stand in for arguments that are not given."""

    def test_all_three(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with FaultServer(answering(answer(201, BODY))) as server:
            monkeypatch.setenv("LUMINUS_SUBSCRIPTION_KEY", KEY)
            monkeypatch.setenv("LUMINUS_TOKEN", TOKEN)
            monkeypatch.setenv("LUMINUS_BASE_URL", server.url)
            with ZoomClient() as zoom:
                zoom.create_meeting(**ARGUMENTS)
        assert f"Ocp-Apim-Subscription-Key: {KEY}\r\n".encode() in server.requests[0]
        assert f"Authorization: Bearer {TOKEN}\r\n".encode() in server.requests[0]

    def test_arguments_win(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("LUMINUS_SUBSCRIPTION_KEY", "LUMINUS_TOKEN", "LUMINUS_BASE_URL"):
            monkeypatch.setenv(name, "https://other.invalid")
        with FaultServer(answering(answer(201, BODY))) as server:
            assert call("sync", server.url).meeting
        assert b"other" not in server.requests[0]

    def test_the_documented_gateway_is_the_default(self) -> None:
        assert ZoomClient(subscription_key="k").base_url == SERVER_URL == "https://luminus.azure-api.net/zoom"

    def test_empty_ones_count_as_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LUMINUS_TOKEN", "")
        monkeypatch.setenv("LUMINUS_BASE_URL", "")
        assert ZoomClient(subscription_key="k").base_url == SERVER_URL
        monkeypatch.setenv("LUMINUS_SUBSCRIPTION_KEY", "")
        assert "there is no subscription key" in refused(subscription_key="")


class TestCredentials:
    """A key, a token, both."""

    @pytest.mark.parametrize("client", CLIENTS)
    def test_a_key_is_needed(self, client: Any) -> None:
        assert "LUMINUS_SUBSCRIPTION_KEY" in refused(client, subscription_key=None)
        assert "there is no subscription key" in refused(client, subscription_key=None, token=TOKEN)

    def test_another_endpoint_may_do_with_a_token(self) -> None:
        ZoomClient(token=TOKEN, base_url="https://luminus.invalid/v2/api/zoom")
        assert "there is no subscription key" in refused(subscription_key=None, base_url="https://luminus.invalid")

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize("name", ["subscription_key", "token"])
    @pytest.mark.parametrize("damage", [" {}", "{}\n", "a {}", "{}\t", "“{}”", "{}é", "\x00{}", "{}\x7f", "{}\u200b"])
    def test_one_that_no_header_can_carry_is_refused_unquoted(self, client: Any, name: str, damage: str) -> None:
        error = refusal_without_locals(client, **{name: damage.format(KEY)})
        assert f"the {name.replace('_', ' ')} must be printable ASCII" in str(error)
        assert_no_secret(["".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())])

    @pytest.mark.parametrize("name", ["subscription_key", "token"])
    def test_one_that_is_no_text(self, name: str) -> None:
        error = refusal_without_locals(ZoomClient, **{name: KEY.encode()})
        assert "must be printable ASCII" in str(error)
        assert_no_secret(["".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())])
        assert "subscription key" in refused(subscription_key=lambda: KEY)
        assert name.replace("_", " ") in refused(**{name: pd.NA})

    @pytest.mark.parametrize("token", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER  {TOKEN}"])
    def test_the_word_bearer_is_left_out(self, token: str) -> None:
        text = refused(token=token)
        assert 'begins with the word "Bearer". Leave it out' in text
        assert_no_secret([text])

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize("taken", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_a_client_is_not_pickled_or_copied(self, client: Any, taken: Any) -> None:
        with pytest.raises(TypeError, match="make a new one where it is needed") as caught:
            taken(client(subscription_key=KEY, token=TOKEN))
        assert_no_secret([str(caught.value)])

    def test_a_client_shows_no_credentials(self) -> None:
        zoom = ZoomClient(subscription_key=KEY, token=TOKEN)
        assert_no_secret([repr(zoom), str(zoom), repr(vars(zoom)), repr(zoom.preview_meeting(**ARGUMENTS))])
        assert repr(zoom) == "ZoomClient(base_url='https://luminus.azure-api.net/zoom')"
        zoom.close()
        assert repr(zoom) == "ZoomClient(base_url='https://luminus.azure-api.net/zoom', closed)"

    @pytest.mark.parametrize("client", ["sync", "asyncio"])
    def test_without_a_token_there_is_no_such_header(self, client: str) -> None:
        with FaultServer(answering(answer(201, BODY))) as server:
            assert call(client, server.url, token=None).meeting
        assert b"authorization" not in server.requests[0].lower()


def refusal_without_locals(client: Any, **options: str | bytes) -> BaseException:
    """A refusal whose traceback begins below the frames of the tests."""
    with pytest.raises(ConfigurationError) as caught:
        client(**{"subscription_key": "k", **options})
    assert caught.tb.tb_next
    return caught.value.with_traceback(caught.tb.tb_next)


class TestBaseUrl:
    """Where the API may be."""

    @pytest.mark.parametrize(
        "url",
        [
            "http://luminus.invalid",
            "http://127.0.0.1.luminus.invalid",
            "http://0.0.0.0:80",
            "http://[::2]",
            "ftp://luminus.invalid",
            "HTTPS://luminus.invalid",
            "luminus.invalid",
            "https://",
            "https:///path",
            "https://user@luminus.invalid",
            "https://luminus.invalid/?a=b",
            "https://luminus.invalid?",
            "https://luminus.invalid#a",
            "https://luminus.invalid\\@127.0.0.1",
            "https://luminus.invalid:99999",
            "https://luminus.invalid:port",
            "https://[::1",
            "https://999.999.999.999",
            "https://luminus.invalid/a b",
            "https://luminus.invalid/\r\nX: y",
            "https://lüminus.invalid",
            5,
        ],
    )
    def test_refused(self, url: Any) -> None:
        assert "base_url" in refused(base_url=url)

    def test_a_password_in_it_is_not_quoted(self) -> None:
        assert KEY not in refused(base_url=f"https://user:{KEY}@luminus.invalid")

    @pytest.mark.parametrize(
        ("url", "base_url"),
        [
            ("https://luminus.invalid/zoom//", "https://luminus.invalid/zoom"),
            ("http://127.0.0.1:8000/zoom", "http://127.0.0.1:8000/zoom"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://[::1]:8000", "http://[::1]:8000"),
            ("http://LOCALHOST", "http://LOCALHOST"),
        ],
    )
    def test_accepted(self, url: str, base_url: str) -> None:
        assert ZoomClient(subscription_key="k", base_url=url).base_url == base_url

    def test_plain_http_on_request(self) -> None:
        zoom = ZoomClient(subscription_key="k", base_url="http://luminus.invalid", allow_http=True)
        assert zoom.base_url == "http://luminus.invalid"

    @settings(max_examples=200, derandomize=True, deadline=None)
    @given(st.text(max_size=30).map("https://".__add__) | st.from_regex(r"https://[!-~]{1,20}", fullmatch=True))
    def test_any_text_can_be_called_or_is_refused(self, url: str) -> None:
        try:
            zoom = ZoomClient(subscription_key="k", base_url=url, http_client=ANSWERING)
        except ConfigurationError:
            return
        assert zoom.create_meeting(**ARGUMENTS).raw


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(
            (name, value)
            for name in ("timeout", "deadline")
            for value in (0, -1, float("nan"), float("inf"), 86_401, True, "5")
        ),
        *(("retries", value) for value in (-1, 1.0, True, "1")),
        *(("user_agent", value) for value in ("a\r\nb", "é", "\x7f", pd.NA, [1])),
        *((option, pd.NA) for option in ("base_url", "timeout", "deadline", "retries", "strict", "hooks")),
        *(("allow_http", value) for value in (pd.NA, "no", 0)),
        *(("strict", value) for value in ("no", 1)),
        *(("hooks", value) for value in (print, [5], 5)),
    ],
)
def test_a_setting_that_makes_no_sense(client: Any, option: str, value: Any) -> None:
    assert option in refused(client, **{option: value})


def test_all_settings_that_make_no_sense_are_named_at_once() -> None:
    text = refused(timeout=0, deadline="x", retries=-1, hooks=5, user_agent="é", base_url="ftp://x", token="a b")
    assert all(f"\n  - {name} must be" in text for name in ("timeout", "deadline", "retries", "hooks", "user_agent"))
    assert "\n  - base_url must be" in text
    assert "\n  - the token must be" in text


@pytest.mark.parametrize("option", ["timeout", "deadline"])
def test_a_time_may_be_a_timedelta(option: str) -> None:
    zoom = ZoomClient(subscription_key="k", http_client=ANSWERING, **{option: timedelta(seconds=90)})
    assert getattr(zoom._configuration.policy, option) == 90
    assert zoom.create_meeting(**{**ARGUMENTS, option: timedelta(minutes=1)}).raw
    assert option in refused(**{option: timedelta()})


class TestOtherOptions:
    """`with_options`."""

    def test_what_is_given_is_other_and_the_rest_is_kept(self) -> None:
        events: list[Any] = []
        with (
            FaultServer(answering(answer(201, BODY))) as server,
            ZoomClient(
                subscription_key=KEY,
                token=TOKEN,
                base_url=server.url,
                timeout=7,
                user_agent="mine",
                hooks=[events.append],
            ) as zoom,
        ):
            other = zoom.with_options(timeout=3, deadline=timedelta(minutes=1), token="other")
            zoom.create_meeting(**ARGUMENTS)
            other.create_meeting(**ARGUMENTS)
            other.with_options(subscription_key="third").create_meeting(**ARGUMENTS)
            assert (
                zoom._configuration.policy.timeout,
                other._configuration.policy.timeout,
                other._configuration.policy.deadline,
            ) == (7, 3, 60)
            other.close()
            zoom.create_meeting(**ARGUMENTS)
            with pytest.raises(ConfigurationError, match="closed"):
                other.create_meeting(**ARGUMENTS)
            last = zoom.with_options()
        with pytest.raises(ConfigurationError, match="closed"):
            last.create_meeting(**ARGUMENTS)
        assert server.connections == 1
        assert len(events) == 4
        requests = [request.decode() for request in server.requests]
        assert [f"Bearer {TOKEN}" in request for request in requests] == [True, False, False, True]
        assert ["Bearer other" in request for request in requests] == [False, True, True, False]
        assert [KEY in request for request in requests] == [True, True, False, True]
        assert all("User-Agent: mine" in request for request in requests)

    def test_what_makes_no_sense_is_refused(self) -> None:
        zoom = ZoomClient(subscription_key=KEY)
        with pytest.raises(ConfigurationError, match="retries"):
            zoom.with_options(retries=-1)
        with pytest.raises(ConfigurationError, match="base_url"):
            zoom.with_options(base_url="http://luminus.invalid")
        with pytest.raises(ConfigurationError, match="token") as caught:
            zoom.with_options(token=f"{TOKEN}\n")
        assert_no_secret([*texts(caught.value)])

    def test_an_async_client_has_it_too(self) -> None:
        async def main() -> None:
            async with AsyncZoomClient(subscription_key=KEY, base_url=server.url) as zoom:
                async with zoom.with_options(retries=0) as other:
                    assert other._configuration.policy.retries == 0
                    await other.create_meeting(**ARGUMENTS)
                await zoom.create_meeting(**ARGUMENTS)

        with FaultServer(answering(answer(201, BODY))) as server:
            asyncio.run(main())
        assert server.connections == 1

    def test_what_was_found_at_first_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LUMINUS_BASE_URL", "https://first.invalid")
        zoom = ZoomClient(subscription_key=KEY, hooks=iter([print]))
        monkeypatch.setenv("LUMINUS_BASE_URL", "https://second.invalid")
        other = zoom.with_options(retries=0).with_options(strict=True)
        assert (other.base_url, other._configuration.hooks) == ("https://first.invalid", (print,))


@pytest.mark.parametrize("option", ["timeout", "deadline"])
def test_a_setting_of_a_call_that_makes_no_sense(option: str) -> None:
    zoom = ZoomClient(subscription_key="k")
    with pytest.raises(ConfigurationError, match=option):
        zoom.create_meeting(**{**ARGUMENTS, option: 0})


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "given",
    [
        httpx.HTTPTransport(),
        httpx.AsyncHTTPTransport(),
        httpx.Client,
        httpx.Timeout(5),
        "https://luminus.invalid",
        object(),
        5,
        False,
    ],
    ids=range(8),
)
def test_what_is_no_http_client_is_refused(client: Any, given: Any) -> None:
    kind = "Client" if client is ZoomClient else "AsyncClient"
    text = refused(client, http_client=given)
    assert f"http_client of {client.__name__} must be an httpx.{kind} or an httpx2.{kind}, not " in text
    assert ("a class" if given is httpx.Client else type(given).__qualname__) in text


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_client_of_the_other_kind(library: Any) -> None:
    with library.Client() as sync:
        assert f"must be an httpx.AsyncClient or an httpx2.AsyncClient, not {library.__name__}.Client" in refused(
            AsyncZoomClient, http_client=sync
        )
        assert ZoomClient(subscription_key="k", http_client=sync)
    assert "the http_client is closed" in refused(http_client=sync)
    twin = library.AsyncClient()
    assert f"must be an httpx.Client or an httpx2.Client, not {library.__name__}.AsyncClient" in refused(
        http_client=twin
    )
    assert AsyncZoomClient(subscription_key="k", http_client=twin)
    asyncio.run(twin.aclose())
    assert "the http_client is closed" in refused(AsyncZoomClient, http_client=twin)


def test_two_sources_of_the_authorization_header_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with httpx.Client(auth=("ann", "x")) as own:
        assert ZoomClient(subscription_key="k", http_client=own)
        assert "auth= and a token" in refused(http_client=own, token="t")
        monkeypatch.setenv("LUMINUS_TOKEN", "t")
        assert "LUMINUS_TOKEN" in refused(http_client=own)


PROXIES = ["socks5://ann:pa55@127.0.0.1:1", "gopher://ann:pa55@h", "http://ann:pa55@h:port", "http://ann:pa55@[::1"]


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize("variable", ["https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("client", ["sync", "asyncio"])
def test_a_proxy_that_cannot_be_used(client: str, variable: str, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, proxy)
    error = call(client, "https://luminus.invalid").error
    assert type(error) is ConfigurationError
    missing = "needs a package that is not installed: httpx[socks]"
    why = missing if proxy.startswith("socks") else "names a proxy or host that cannot be used"
    assert f"{variable} {why}" in str(error)
    assert_no_secret(texts(error), ["pa55"])


class TestProxy:
    """httpx's own rules tell which proxy is used."""

    def connects(self, base_url: str) -> bool:
        """Whether a call to this address is a request to the proxy."""
        call("sync", base_url, timeout=1, deadline=1, retries=0)
        return bool(self.server.requests)

    @pytest.fixture(autouse=True)
    def _proxy(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        with FaultServer(answering(answer(502))) as self.server:
            monkeypatch.setenv("https_proxy", f"127.0.0.1:{self.server.port}")
            yield

    def test_the_environment_s(self) -> None:
        assert self.connects("https://luminus.invalid")
        assert self.server.requests[0].startswith(b"CONNECT luminus.invalid:443 HTTP/1.1\r\n")
        assert_no_secret(request.decode() for request in self.server.requests)

    def test_one_for_everything(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("all_proxy", os.environ["https_proxy"])
        monkeypatch.delenv("https_proxy")
        assert self.connects("https://luminus.invalid")

    def test_for_this_machine_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", os.environ["https_proxy"])
        assert self.connects("http://127.0.0.1:1")

    def test_none_for_exceptions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", os.environ["https_proxy"])
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert not self.connects("http://127.0.0.1:1")


class TestPreview:
    """What is shown is what is sent."""

    ARGUMENTS: Mapping[str, Any] = {**ARGUMENTS, "name": 'it\'s "quoted" $HOME `x` \\ 冬!', "waiting_room": True}

    @pytest.mark.parametrize("client", ["sync", "asyncio"])
    @pytest.mark.parametrize(
        "options", [{}, {"extra": {"a": [1.5, None]}}, {"validate": False, "duration": "x"}, {"duration": 15}]
    )
    def test_byte_for_byte(self, client: str, options: Mapping[str, Any]) -> None:
        arguments = {**self.ARGUMENTS, **options}
        with FaultServer(answering(answer(201, BODY))) as server:
            assert call(client, server.url, arguments, user_agent="x/1").meeting
            zoom = (ZoomClient if client == "sync" else AsyncZoomClient)(
                subscription_key=KEY, token=TOKEN, base_url=server.url, user_agent="x/1"
            )
            preview = zoom.preview_meeting(**arguments)
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        assert first == f"{preview.method} /zoom/Meeting HTTP/1.1"
        of_the_library = {"Host", "Connection", "Content-Length"}
        headers = {name: value for name, value in (line.split(": ", 1) for line in lines) if name not in of_the_library}
        secrets = {"Ocp-Apim-Subscription-Key": KEY, "Authorization": f"Bearer {TOKEN}"}
        assert headers == {**preview.headers, **secrets}
        assert body == preview.body
        assert preview.url == f"{server.url}/Meeting"

    def test_the_headers(self) -> None:
        zoom = ZoomClient(
            subscription_key=KEY, token=TOKEN, base_url="https://luminus.invalid:444/zoom", user_agent="x"
        )
        assert dict(zoom.preview_meeting(**ARGUMENTS).headers) == {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "x",
            "Content-Type": "application/json",
            "Ocp-Apim-Subscription-Key": "***",
            "Authorization": "***",
        }
        ours = ZoomClient(subscription_key=KEY).preview_meeting(**ARGUMENTS).headers
        assert ours["User-Agent"].startswith("luminus-zoom/")
        assert "Authorization" not in ours

    def test_the_curl_line_sends_the_same(self, tmp_path: Path) -> None:
        """Run by a real shell, with a curl that writes down what it is told."""
        curl = tmp_path / "curl"
        curl.write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\0" "$word"; done > told\n')
        curl.chmod(0o700)
        zoom = ZoomClient(subscription_key="k", token="t", base_url="https://luminus.invalid/it's", user_agent="a 'b'")
        preview = zoom.preview_meeting(**self.ARGUMENTS)
        assert_no_secret([preview.curl, repr(preview)])
        environment = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "LUMINUS_SUBSCRIPTION_KEY": KEY,
            "LUMINUS_TOKEN": TOKEN,
        }
        subprocess.run(["bash", "-c", preview.curl], cwd=tmp_path, env=environment, check=True)
        words = (tmp_path / "told").read_bytes().decode().split("\0")[:-1]
        headers = [words[place + 1] for place, word in enumerate(words) if word == "--header"]
        assert words[:3] == ["--request", "POST", "https://luminus.invalid/it's/Meeting"]
        assert words[-2:] == ["--data-binary", preview.body.decode()]
        shown = {**preview.headers, "Ocp-Apim-Subscription-Key": KEY, "Authorization": f"Bearer {TOKEN}"}
        assert dict(header.split(": ", 1) for header in headers) == shown

    def test_the_curl_line_without_a_token(self) -> None:
        words = shlex.split(ZoomClient(subscription_key=KEY).preview_meeting(**ARGUMENTS).curl)
        assert words[0] == "curl"
        assert json.loads(words[-1])["name"] == ARGUMENTS["name"]
        assert not [word for word in words if word.startswith("Authorization")]

    def test_nothing_is_fetched_or_sent(self) -> None:
        def token() -> str:
            raise AssertionError("asked for")

        zoom = ZoomClient(subscription_key=KEY, token=token, base_url="http://127.0.0.1:1")
        assert zoom.preview_meeting(**ARGUMENTS).headers["Authorization"] == "***"
        with pytest.raises(InvalidMeetingError):
            zoom.preview_meeting(**{**ARGUMENTS, "name": ""})


@pytest.mark.parametrize("client", CLIENTS)
def test_the_signatures_show_every_parameter_and_its_default(client: Any) -> None:
    parameters = inspect.signature(client).parameters
    assert {name: parameter.default for name, parameter in parameters.items()} == {
        "base_url": None,
        "timeout": 60.0,
        "deadline": 180.0,
        "retries": 2,
        "strict": False,
        "hooks": (),
        "user_agent": None,
        "allow_http": False,
        "subscription_key": None,
        "token": None,
        "http_client": None,
    }
    text = ZoomClient.__doc__ or ""
    assert [name for name in parameters if f"{name}: " not in text] == []
    with pytest.raises(TypeError, match="colour"):
        client(subscription_key="k", colour="red")
