"""HTTP clients, hooks and answers of odd kinds: the outcome is right, nothing is sent twice, and no secret is shown."""

import asyncio
import gzip
import json
import pickle
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any
from unittest import mock

import anyio
import httpx
import numpy
import pytest
import uvloop

from luminus_zoom import AsyncZoomClient, ConfigurationError, Meeting, Outcome, ZoomClient, errors
from luminus_zoom._secrets import MASK
from wrapper.tests import faults
from wrapper.tests.calls import (
    ARGUMENTS,
    BODY,
    CLIENTS,
    KEY,
    MEETING,
    MEETING_ID,
    TOKEN,
    assert_no_secret,
    call,
    calls,
    http_client,
    texts,
)
from wrapper.tests.fault_server import FaultServer, answer, answering, refusing_port

URL = "https://luminus.invalid/zoom"
OTHER_NAME = "CS1010 lecture 4"
OTHER = json.dumps({**MEETING, "name": OTHER_NAME})


def zoom_over(act: Callable[[httpx.Request], httpx.Response], **options: Any) -> ZoomClient:
    own = httpx.Client(transport=httpx.MockTransport(act), **options)
    return ZoomClient(subscription_key=KEY, token=TOKEN, base_url=URL, http_client=own)


def created(request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, content=BODY)


def test_a_handler_that_forwards_may_have_created_a_meeting_before_it_failed() -> None:
    """As an application behind ASGITransport may, whose own request fails."""
    seen: list[httpx.Request] = []

    with refusing_port() as port:

        def forward(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return httpx.post(f"http://127.0.0.1:{port}/audit")

        with pytest.raises(errors.ZoomConnectionError) as caught:
            zoom_over(forward).create_meeting(**ARGUMENTS)
    assert caught.value.outcome is Outcome.UNKNOWN
    assert len(seen) == 1


def test_a_token_that_cannot_be_fetched_is_safe() -> None:
    """The request for it is another one."""

    class Auth(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
            httpx.post(f"http://127.0.0.1:{port}/token")
            yield request

    with refusing_port() as port, httpx.Client(auth=Auth(), transport=httpx.MockTransport(created)) as own:
        zoom = ZoomClient(subscription_key=KEY, base_url=URL, http_client=own, retries=0)
        with pytest.raises(errors.ZoomConnectionError) as caught:
            zoom.create_meeting(**ARGUMENTS)
    assert caught.value.outcome is Outcome.NOT_SENT


def test_the_status_of_a_hook_s_own_request_is_not_the_answer_s() -> None:
    def audit(response: httpx.Response) -> None:
        httpx.Response(403, request=httpx.Request("POST", "https://audit.invalid")).raise_for_status()

    with pytest.raises(errors.ZoomConnectionError, match="may have been created") as caught:
        zoom_over(created, event_hooks={"response": [audit]}).create_meeting(**ARGUMENTS)
    assert (caught.value.outcome, caught.value.status) == (Outcome.UNKNOWN, None)


def fails(*args: object) -> str:
    raise LookupError("no text")


@pytest.mark.parametrize("method", ["__str__", "__repr__"])
def test_an_exception_that_cannot_be_printed(method: str) -> None:
    kind = type("Unprintable", (Exception,), {method: fails})
    with pytest.raises(errors.ZoomConnectionError, match="Unprintable") as caught:
        zoom_over(mock.Mock(side_effect=kind("x"))).create_meeting(**ARGUMENTS)
    assert caught.value.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("client", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("library", ["", "httpx2"])
def test_a_cause_has_no_request_with_the_credentials(client: str, library: str) -> None:
    with refusing_port() as port:
        error = call(client, f"http://127.0.0.1:{port}", library=library, retries=0).error
    assert error is not None
    assert "authorization" not in error.__cause__.request.headers  # type: ignore[union-attr]
    assert_no_secret([pickle.dumps(error.__cause__).decode("latin-1")])


@pytest.mark.parametrize("seconds", [numpy.float32(5), numpy.float16(5), numpy.int64(5), Fraction(5)])
@pytest.mark.parametrize("client", ["sync", "asyncio", "trio"])
def test_seconds_of_any_kind_of_number(client: str, seconds: Any) -> None:
    with FaultServer(answering(answer(201, BODY))) as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert call(client, server.url, timeout=seconds, deadline=seconds).meeting


def test_other_options_keep_hooks_that_came_from_an_iterator() -> None:
    events: list[Any] = []
    own = httpx.Client(transport=httpx.MockTransport(created))
    zoom = ZoomClient(subscription_key=KEY, base_url=URL, http_client=own, hooks=iter([events.append]))
    zoom.with_options(timeout=1).with_options(timeout=2).create_meeting(**ARGUMENTS)
    assert len(events) == 1


def test_other_options_keep_the_base_url_when_the_environment_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMINUS_BASE_URL", URL)
    zoom = ZoomClient(subscription_key=KEY)
    monkeypatch.delenv("LUMINUS_BASE_URL")
    assert zoom.with_options(timeout=1).with_options(retries=0).base_url == URL


def test_a_token_of_other_options_does_not_meet_the_client_s_auth() -> None:
    with httpx.Client(auth=("ann", "x"), transport=httpx.MockTransport(created)) as own:
        zoom = ZoomClient(subscription_key=KEY, base_url=URL, http_client=own)
        assert zoom.create_meeting(**ARGUMENTS).id
        with pytest.raises(ConfigurationError, match="auth= and a token"):
            zoom.with_options(token=TOKEN).create_meeting(**ARGUMENTS)


def test_a_mock_of_a_client() -> None:
    own = mock.Mock(spec=httpx.Client)
    own.send.return_value = created(httpx.Request("POST", URL))
    zoom = ZoomClient(subscription_key=KEY, token=TOKEN, base_url=URL, http_client=own)
    assert zoom.create_meeting(**ARGUMENTS).id
    own.send.assert_called_once()


@pytest.mark.parametrize("host", ["xn--a", "xn--", "[v1.x]", "x[::]", f"h/{'a' * 70_000}"])
@pytest.mark.parametrize("client", ["sync", "asyncio"])
@pytest.mark.parametrize("own", [False, True])
def test_a_base_url_that_httpx_cannot_read(client: str, host: str, own: bool) -> None:
    transport = httpx.MockTransport(created) if own else None
    error = call(client, f"https://{host}", transport=transport).error
    assert isinstance(error, ConfigurationError)
    assert "base_url" in str(error)
    assert_no_secret(texts(error))


PLAIN = '5ecre7/T0ken+5ecre7/T0ken=="\\'


@pytest.mark.parametrize(
    "body",
    [
        {"errors": {"token": [f"bad {PLAIN}"]}},
        {"message": "x" * 285 + PLAIN},
        [f"bad {PLAIN}"],
        {**MEETING, "topic": PLAIN},
    ],
)
@pytest.mark.parametrize("status", [201, 400])
def test_a_credential_that_an_answer_repeats_with_escapes(body: Any, status: int) -> None:
    """.NET writes + as \\u002B, PHP writes / as \\/."""
    text = json.dumps(body).replace("+", "\\u002B").replace("/", "\\/")
    zoom = zoom_over(lambda request: httpx.Response(status, content=text)).with_options(token=PLAIN)
    try:
        meeting = zoom.create_meeting(**ARGUMENTS)
        assert meeting.raw["topic"] == MASK
        shown = f"{meeting!r} {dict(meeting.raw)}"
    except errors.ZoomError as error:
        shown = f"{error} {vars(error)} {json.loads(error.body)} {pickle.dumps(error)!r}"
    assert PLAIN[:8] not in shown


def compressed(text: str) -> bytes:
    body = gzip.compress(text.encode())
    return answer(201, b"", "Content-Encoding: gzip", "Transfer-Encoding: chunked", length=-1) + framed(body)


def framed(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


FORMS: dict[str, Callable[[str], bytes]] = {
    "gzip": compressed,
    "array": lambda text: faults.chunked(f"[{text}]".encode()),
    "string": lambda text: faults.chunked(json.dumps(text).encode()),
    "UTF-16": lambda text: faults.chunked(text.encode("utf-16")),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("client", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("library", ["", "httpx2"])
def test_a_stray_answer_whose_end_cannot_be_told_ends_its_connection(client: str, library: str, form: str) -> None:
    stray, mine = (FORMS[form](text) for text in (OTHER, BODY.decode()))
    with FaultServer(answering(mine, stray, stray), answering(mine)) as server:
        judge_stray(calls(client, server.url, 3, library=library), server)


@pytest.mark.parametrize("client", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_stray_answer_that_a_hook_has_read_ends_its_connection(client: str, library: str) -> None:
    def read(response: Any) -> None:
        response.read()

    async def aread(response: Any) -> None:
        await response.aread()

    stray, mine = answer(201, OTHER.encode()), answer(201, BODY)
    with FaultServer(answering(mine, stray, stray), answering(mine)) as server:
        hooks = {"response": [read if client == "sync" else aread]}
        own = http_client(client, library, event_hooks=hooks)
        with mock.patch("wrapper.tests.calls.http_client", return_value=own):
            judge_stray(calls(client, server.url, 3, library=library), server)


def judge_stray(results: list[Any], server: FaultServer) -> None:
    first, _, third = results
    assert [type(result) for result in results] == [Meeting] * 3
    assert [meeting.name == OTHER_NAME for meeting in results] == [False, True, False]
    foreign = [any("another request" in str(one) for one in meeting.deviations) for meeting in results]
    assert foreign == [False, True, False]
    assert str(third.id) == str(first.id) == MEETING_ID
    assert (server.connections, len(server.requests)) == (2, 3)


def test_a_stray_answer_ends_its_connection_under_uvloop() -> None:
    """Whose sockets only look like Python's."""
    stray, mine = compressed(OTHER), compressed(BODY.decode())

    async def main() -> list[Any]:
        async with AsyncZoomClient(subscription_key=KEY, token=TOKEN, base_url=server.url) as zoom:
            return [await zoom.create_meeting(**ARGUMENTS) for _ in range(3)]

    with FaultServer(answering(mine, stray, stray), answering(mine)) as server:
        judge_stray(uvloop.run(main()), server)


def test_nothing_is_sent_after_close() -> None:
    """A call may wait for its next attempt meanwhile."""
    with refusing_port() as port:
        zoom = ZoomClient(subscription_key=KEY, base_url=f"http://127.0.0.1:{port}", hooks=[lambda event: zoom.close()])
        with pytest.raises(ConfigurationError, match="closed"):
            zoom.create_meeting(**ARGUMENTS)


def test_nothing_is_sent_after_aclose() -> None:
    async def main() -> None:
        def close(event: Any) -> None:
            tasks.append(asyncio.ensure_future(zoom.aclose()))

        tasks: list[Any] = []
        zoom = AsyncZoomClient(subscription_key=KEY, base_url=f"http://127.0.0.1:{port}", hooks=[close])
        with pytest.raises(ConfigurationError, match="closed"):
            await zoom.create_meeting(**ARGUMENTS)
        await asyncio.gather(*tasks)

    with refusing_port() as port:
        asyncio.run(main())


@pytest.mark.parametrize("client", ["sync", "asyncio"])
def test_no_proxy_that_cannot_be_read_is_named(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "[::")
    assert "NO_PROXY names a proxy or host that" in str(call(client, URL).error)


def test_a_time_of_numpy_is_refused_and_a_huge_number_too() -> None:
    for value in (numpy.timedelta64("NaT", "s"), numpy.timedelta64(5, "s"), 10**5000):
        with pytest.raises(ConfigurationError, match="timeout must be"):
            ZoomClient(subscription_key=KEY, timeout=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("client", [ZoomClient, AsyncZoomClient])
def test_an_option_that_there_is_not_names_the_client(client: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{client.__name__} got .* 'transport': pass http_client=$"):
        client(subscription_key=KEY, transport=None)
    with pytest.raises(TypeError, match=rf"^{client.__name__} got .* 'colour'$"):
        client(subscription_key=KEY).with_options(colour=5)


@pytest.mark.filterwarnings("ignore:coroutine")
def test_an_async_token_belongs_to_an_async_client() -> None:
    async def token() -> str:
        return TOKEN

    waiting = token()
    zoom = ZoomClient(subscription_key=KEY, token=lambda: waiting)  # type: ignore[arg-type, return-value]
    with pytest.raises(ConfigurationError, match="only AsyncZoomClient accepts"):
        zoom.create_meeting(**ARGUMENTS)
    waiting.close()


@pytest.mark.parametrize("interruption", [SystemExit(3), KeyboardInterrupt()])
def test_a_hook_that_always_interrupts_leaves_the_outcome(interruption: BaseException) -> None:
    own = httpx.Client(transport=httpx.MockTransport(created))
    hook = mock.Mock(side_effect=interruption)
    with pytest.raises(type(interruption)) as caught:
        ZoomClient(subscription_key=KEY, base_url=URL, http_client=own, hooks=[hook]).create_meeting(**ARGUMENTS)
    assert caught.value.outcome is Outcome.UNKNOWN  # type: ignore[attr-defined]
    assert "may have been created" in "".join(caught.value.__notes__)


@pytest.mark.parametrize("client", ["asyncio", "trio"])
def test_the_deadline_over_a_transport_that_does_not_trace_is_no_proof_that_nothing_was_sent(client: str) -> None:
    """As httpx-aiohttp's or httpx's ASGITransport."""
    seen: list[httpx.Request] = []

    async def silent(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        await anyio.sleep_forever()
        raise AssertionError

    error = calls(client, URL, 1, transport=httpx.MockTransport(silent), deadline=0.2)[0]
    assert isinstance(error, errors.ZoomTimeoutError)
    assert error.outcome is Outcome.UNKNOWN
    assert "may have been sent, but the deadline is over" in str(error)
    assert len(seen) == 1


def test_an_interruption_of_a_transport_that_does_not_trace_is_no_proof_that_nothing_was_sent() -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        zoom_over(mock.Mock(side_effect=KeyboardInterrupt)).create_meeting(**ARGUMENTS)
    assert caught.value.outcome is Outcome.UNKNOWN  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("told", "outcome"),
    [(httpx.ConnectTimeout, Outcome.NOT_SENT), (httpx.ConnectError("x"), Outcome.NOT_SENT), (OSError, Outcome.UNKNOWN)],
)
@pytest.mark.parametrize("client", CLIENTS)
def test_what_a_test_tells_respx_to_raise_counts_as_what_it_is(client: str, told: Any, outcome: Outcome) -> None:
    respx = pytest.importorskip("respx", reason="the test doubles are not installed")
    with respx.mock as router:
        router.post(f"{URL}/Meeting").mock(side_effect=told)
        error = calls(client, URL, 1, retries=0)[0]
    assert isinstance(error, errors.ZoomError)
    assert error.outcome is outcome
