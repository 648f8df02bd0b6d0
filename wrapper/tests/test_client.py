"""Setting a client up, and what it says that it would send."""

import inspect
import json
import os
import shlex
import subprocess
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luminus_zoom import AsyncZoomClient, ConfigurationError, InvalidMeetingError, ZoomClient
from luminus_zoom._base_url import proxy_for
from luminus_zoom_api.limits import SERVER_URL
from wrapper.tests.calls import ARGUMENTS, BODY, KEY, TOKEN, assert_no_secret, call
from wrapper.tests.fault_server import FaultServer, answer, answering

CLIENTS = [ZoomClient, AsyncZoomClient]


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
        assert f"the {name.replace('_', ' ')} is not printable ASCII" in str(error)
        assert_no_secret(["".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())])

    @pytest.mark.parametrize("name", ["subscription_key", "token"])
    def test_one_that_is_no_text(self, name: str) -> None:
        error = refusal_without_locals(ZoomClient, **{name: KEY.encode()})
        assert "is not printable ASCII" in str(error)
        assert_no_secret(["".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())])
        assert "subscription key" in refused(subscription_key=lambda: KEY)

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
        transport = httpx.MockTransport(lambda request: httpx.Response(201, content=BODY))
        try:
            zoom = ZoomClient(subscription_key="k", base_url=url, transport=transport)
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
        *(("user_agent", value) for value in ("a\r\nb", "é", "\x7f")),
        ("transport", object()),
        ("transport", httpx.Client),
    ],
)
def test_a_setting_that_makes_no_sense(client: Any, option: str, value: Any) -> None:
    assert option in refused(client, **{option: value})


@pytest.mark.parametrize("option", ["timeout", "deadline"])
def test_a_setting_of_a_call_that_makes_no_sense(option: str) -> None:
    zoom = ZoomClient(subscription_key="k")
    with pytest.raises(ConfigurationError, match=option):
        zoom.create_meeting(**{**ARGUMENTS, option: 0})


def test_a_transport_of_the_other_kind() -> None:
    assert "handle_request" in refused(transport=httpx.AsyncHTTPTransport())
    assert "handle_async_request" in refused(AsyncZoomClient, transport=httpx.HTTPTransport())


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1", "gopher://127.0.0.1", "http://127.0.0.1:port", "http://user:k@[::1"]
)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_proxy_that_cannot_be_used(client: Any, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    assert "proxy" in refused(client)


class TestProxy:
    """Which proxy is used."""

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

    def test_none_for_this_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", os.environ["https_proxy"])
        assert not self.connects("http://127.0.0.1:1")

    def test_none_for_exceptions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert proxy_for("https://luminus.invalid") == f"http://{os.environ['https_proxy']}"
        monkeypatch.setenv("no_proxy", "luminus.invalid")
        assert proxy_for("https://luminus.invalid") is None


class TestPreview:
    """What is shown is what is sent."""

    ARGUMENTS: Mapping[str, Any] = {**ARGUMENTS, "name": 'it\'s "quoted" $HOME `x` \\ 冬\n!', "waiting_room": True}

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
        lines = [
            f"{preview.method} /zoom/Meeting HTTP/1.1",
            *(f"{name}: {value}" for name, value in preview.headers.items()),
        ]
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        shown = "\r\n".join(lines).replace("Key: ***", f"Key: {KEY}").replace("Bearer ***", f"Bearer {TOKEN}")
        assert head.decode() == shown.replace("Authorization: ***", f"Authorization: Bearer {TOKEN}")
        assert body == preview.body
        assert preview.url == f"{server.url}/Meeting"

    def test_the_headers(self) -> None:
        zoom = ZoomClient(
            subscription_key=KEY, token=TOKEN, base_url="https://luminus.invalid:444/zoom", user_agent="x"
        )
        assert dict(zoom.preview_meeting(**ARGUMENTS).headers) == {
            "Host": "luminus.invalid:444",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "keep-alive",
            "User-Agent": "x",
            "Content-Type": "application/json",
            "Content-Length": "131",
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
        written_by_curl = {"Host", "Content-Length", "Connection"}
        shown = {name: value for name, value in preview.headers.items() if name not in written_by_curl}
        shown |= {"Ocp-Apim-Subscription-Key": KEY, "Authorization": f"Bearer {TOKEN}"}
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
        "transport": None,
    }
    text = ZoomClient.__doc__ or ""
    assert [name for name in parameters if f"{name}: " not in text] == []
    with pytest.raises(TypeError, match="colour"):
        client(subscription_key="k", colour="red")
