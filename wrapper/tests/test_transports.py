"""A transport or a token of one's own, with all that may be wrong with it."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import trio

from luminus_zoom import AsyncZoomClient, ConfigurationError, Meeting, Outcome, ZoomClient, _pool, errors
from luminus_zoom._httpx import Body
from luminus_zoom._response import MAX_BODY
from wrapper.tests.calls import (
    ARGUMENTS,
    BODY,
    HOST_KEY,
    KEY,
    MEETING_ID,
    PASSWORD,
    TOKEN,
    assert_no_secret,
    call,
    texts,
)
from wrapper.tests.fault_server import SECOND, FaultServer, answer, answering, dripping, full_port

URL = "https://luminus.invalid/zoom"
BOTH = pytest.mark.parametrize("client", ["sync", "asyncio"])


class Own(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that does what it is told, sync and async."""

    def __init__(self, act: Callable[[httpx.Request], Any]) -> None:
        self.act = act
        self.requests: list[httpx.Request] = []
        self.closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.act(request)  # type: ignore[no-any-return]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


def raising(error: BaseException) -> Own:
    def act(request: httpx.Request) -> Any:
        raise error

    return Own(act)


class Breaking(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that ends with an error."""

    def __init__(self, start: bytes, error: Exception) -> None:
        self.start, self.error = start, error

    def __iter__(self) -> Iterator[bytes]:
        yield self.start
        raise self.error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.start
        raise self.error


def broken_off(start: bytes, error: Exception) -> Own:
    """A transport whose answer's body ends with an error."""
    return Own(lambda request: httpx.Response(201, stream=Breaking(start, error)))


@BOTH
def test_it_is_used_and_closed_with_the_client(client: str) -> None:
    own = Own(lambda request: httpx.Response(201, content=BODY))
    ended = call(client, URL, transport=own)
    assert ended.meeting
    assert str(ended.meeting.id) == MEETING_ID
    assert own.closed == 1
    (request,) = own.requests
    assert str(request.url) == f"{URL}/Meeting"
    assert (request.headers["Authorization"], request.headers["Host"]) == (f"Bearer {TOKEN}", "luminus.invalid")
    assert request.content == request.read()
    assert isinstance(request.stream, Body)


@BOTH
@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("x"),
        httpx.ConnectTimeout("x"),
        httpx.PoolTimeout("x"),
        httpx.ProxyError("x"),
        httpx.UnsupportedProtocol("x"),
    ],
)
def test_an_error_from_before_sending_is_safe(client: str, error: Exception) -> None:
    own = raising(error)
    ended = call(client, URL, transport=own, retries=1)
    assert isinstance(ended.error, errors.ZoomError)
    assert ended.error.outcome is Outcome.NOT_SENT
    assert ended.error.__cause__ is error
    assert len(own.requests) == 2


@BOTH
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ReadTimeout("x"), errors.ZoomTimeoutError),
        (httpx.WriteTimeout("x"), errors.ZoomTimeoutError),
        (TimeoutError("x"), errors.ZoomTimeoutError),
        (httpx.ReadError(""), errors.ZoomConnectionError),
        (httpx.WriteError("x"), errors.ZoomConnectionError),
        (httpx.RemoteProtocolError("x"), errors.ZoomConnectionError),
        (httpx.LocalProtocolError("x"), errors.ZoomConnectionError),
        (httpx.InvalidURL("x"), errors.ZoomConnectionError),
        (ConnectionResetError(104, "reset"), errors.ZoomConnectionError),
        (KeyError("x"), errors.ZoomConnectionError),
        (RuntimeError(f"headers: {{'Authorization': 'Bearer {TOKEN}'}}"), errors.ZoomConnectionError),
        (ValueError(f'{{"hostKey":"{HOST_KEY}"}}'), errors.ZoomConnectionError),
        (ValueError(f"cannot parse b'{PASSWORD}'"), errors.ZoomConnectionError),
        (ExceptionGroup("several", [ValueError(KEY)]), errors.ZoomConnectionError),
    ],
)
def test_any_other_error_leaves_it_open(client: str, error: Exception, kind: type[errors.ZoomError]) -> None:
    own = raising(error)
    ended = call(client, URL, transport=own)
    assert type(ended.error) is kind
    assert isinstance(ended.error, errors.ZoomError)
    assert ended.error.outcome is Outcome.UNKNOWN
    assert type(error).__name__ in str(ended.error)
    assert len(own.requests) == 1
    assert_no_secret(texts(ended.error))


@BOTH
def test_an_error_within_an_except_block_shows_what_it_was_and_no_more(client: str) -> None:
    mine: dict[str, int] = {}
    with FaultServer(answering(b"nonsense\r\n\r\n")) as server:
        try:
            mine["key"]
        except KeyError:
            ended = call(client, server.url)
    assert isinstance(ended.error, errors.ZoomConnectionError)
    assert ended.error.__cause__ is None, "h11 quotes what it does not understand"
    assert type(ended.error.__context__) is KeyError
    assert_no_secret(texts(ended.error))


@BOTH
@pytest.mark.parametrize("answer", [None, 5, object()])
def test_no_response_at_all(client: str, answer: object) -> None:
    ended = call(client, URL, transport=Own(lambda request: answer))
    assert isinstance(ended.error, errors.ZoomConnectionError)
    assert ended.error.outcome is Outcome.UNKNOWN


@BOTH
def test_a_body_that_breaks_off_keeps_what_came(client: str) -> None:
    ended = call(client, URL, transport=broken_off(BODY[:200], OSError("gone")))
    assert isinstance(ended.error, errors.UnreadableMeetingError)
    assert ended.error.meeting is not None
    assert str(ended.error.meeting.id) == MEETING_ID
    assert "its body broke off (OSError: gone)" in str(ended.error)


@BOTH
def test_a_secret_in_the_reason_is_masked(client: str) -> None:
    for start in (BODY, BODY[:200]):
        own = broken_off(start, OSError(f"after {TOKEN}"))
        ended = call(client, URL, transport=own)
        meeting = ended.meeting or getattr(ended.error, "meeting", None)
        assert "after ***" in str(meeting.deviations if meeting else "")
        assert_no_secret([str(meeting.deviations if meeting else ""), *(texts(ended.error) if ended.error else ())])


@BOTH
@pytest.mark.parametrize(("surplus", "cut"), [(0, False), (1, True)])
def test_a_body_of_eight_mebibytes_is_the_longest(client: str, surplus: int, cut: bool) -> None:
    body = BODY + b" " * (MAX_BODY + surplus - len(BODY))
    ended = call(client, URL, transport=Own(lambda request: httpx.Response(201, content=body)))
    assert ended.meeting
    faults = [str(deviation) for deviation in ended.meeting.deviations if "complete" in deviation.expected]
    assert faults == ["the answer: expected a complete body, got its body is longer than 8388608 bytes"] * cut
    refused = call(client, URL, transport=Own(lambda request: httpx.Response(500, content=body)))
    assert isinstance(refused.error, errors.ServerError)
    assert len(refused.error.body) == MAX_BODY


@BOTH
def test_headers_arrive_joined_and_in_lower_case(client: str) -> None:
    headers = [("X-A", "1"), ("x-a", "2"), ("X-B", "3")]
    ended = call(client, URL, transport=Own(lambda request: httpx.Response(500, headers=headers)))
    assert isinstance(ended.error, errors.ServerError)
    assert ended.error.headers == {"x-a": "1, 2", "x-b": "3"}


@pytest.mark.parametrize("client", ["sync", "asyncio", "trio"])
class TestHttpxS:
    """httpx's own transports, made by the user."""

    def transport(self, client: str, **options: Any) -> Any:
        return httpx.HTTPTransport(**options) if client == "sync" else httpx.AsyncHTTPTransport(**options)

    def test_a_meeting(self, client: str) -> None:
        with FaultServer(answering(answer(201, BODY))) as server:
            assert call(client, server.url, transport=self.transport(client)).meeting

    def test_a_connection_that_cannot_be_made_is_safe(self, client: str) -> None:
        with full_port() as port:
            ended = call(client, f"http://127.0.0.1:{port}", transport=self.transport(client), timeout=0.1, retries=0)
        assert isinstance(ended.error, errors.ZoomTimeoutError)
        assert ended.error.outcome is Outcome.NOT_SENT

    def test_the_deadline_ends_a_body_that_drips(self, client: str) -> None:
        body = answer(201, BODY, length=4000)
        head = len(body) - len(BODY)

        def script(conversation: Any) -> None:
            conversation.receive()
            conversation.send(body[: head + 200])
            conversation.send(*(bytes([byte]) for byte in body[head + 200 :]), pause=SECOND)

        with FaultServer(script) as server:
            ended = call(client, server.url, transport=self.transport(client), timeout=0.2, deadline=0.3)
        assert ended.seconds < 2
        assert isinstance(ended.error, errors.UnreadableMeetingError)
        assert "did not end in time" in str(ended.error)

    def test_its_timeouts_are_the_client_s(self, client: str) -> None:
        with FaultServer(dripping(b"")) as server:
            ended = call(client, server.url, transport=self.transport(client), timeout=0.2)
        assert isinstance(ended.error, errors.ZoomError)
        assert ended.error.outcome is Outcome.UNKNOWN


def test_an_async_transport_may_be_used_in_several_loops() -> None:
    own = Own(lambda request: httpx.Response(201, content=BODY))
    zoom = AsyncZoomClient(subscription_key=KEY, base_url=URL, transport=own)
    for _ in range(2):
        assert asyncio.run(zoom.create_meeting(**ARGUMENTS)).raw
    asyncio.run(zoom.aclose())
    assert own.closed == 1


class TestToken:
    """A token that is asked for."""

    def token_sent(self, client: str, token: Any, times: int = 1) -> list[str]:
        """What the service was sent as token in so many calls."""
        own = Own(lambda request: httpx.Response(201, content=BODY))
        zoom: Any = (ZoomClient if client == "sync" else AsyncZoomClient)(
            subscription_key=KEY, base_url=URL, transport=own, token=token
        )
        for _ in range(times):
            made = zoom.create_meeting(**ARGUMENTS)
            meeting = made if client == "sync" else asyncio.run(made)
            assert isinstance(meeting, Meeting)
        return [request.headers["Authorization"] for request in own.requests]

    @BOTH
    def test_it_is_asked_for_once_a_call(self, client: str) -> None:
        tokens = iter(["one", "two", "three"])
        assert self.token_sent(client, lambda: next(tokens), times=2) == ["Bearer one", "Bearer two"]

    def test_it_may_be_awaited(self) -> None:
        async def token() -> str:
            await asyncio.sleep(0)
            return "late"

        assert self.token_sent("asyncio", token) == ["Bearer late"]

    def test_it_is_not_asked_for_again_by_a_retry(self) -> None:
        tokens = iter(["one", "two"])
        own = raising(httpx.ConnectError("x"))
        assert call("sync", URL, transport=own, token=lambda: next(tokens), retries=1).error
        assert [request.headers["Authorization"] for request in own.requests] == ["Bearer one", "Bearer one"]

    @BOTH
    def test_it_is_not_asked_for_when_the_arguments_are_wrong(self, client: str) -> None:
        asked: list[int] = []
        ended = call(client, URL, {"name": "x"}, token=lambda: asked.append(1))
        assert isinstance(ended.error, errors.InvalidMeetingError)
        assert asked == []

    @BOTH
    @pytest.mark.parametrize("error", [KeyError(TOKEN), StopIteration(), httpx.ConnectError("x")])
    def test_a_failure_to_get_it_is_told(self, client: str, error: Exception) -> None:
        def token() -> str:
            raise error

        events: list[Any] = []
        ended = call(client, URL, token=token, hooks=[events.append])
        assert type(ended.error) is ConfigurationError
        assert ended.error.outcome is Outcome.NOT_SENT
        assert type(error).__name__ in str(ended.error)
        assert TOKEN not in str(ended.error)
        assert ended.error.__cause__ is error
        assert [event.error for event in events] == ["ConfigurationError"]

    def test_a_failure_while_awaiting_it_is_told(self) -> None:
        async def token() -> str:
            await asyncio.sleep(0)
            raise LookupError("x")

        ended = call("asyncio", URL, token=token)
        assert type(ended.error) is ConfigurationError
        assert isinstance(ended.error.__cause__, LookupError)

    @BOTH
    @pytest.mark.parametrize("token", [None, "", b"x", "a b", f"{TOKEN}\n"])
    def test_one_that_is_none_is_refused(self, client: str, token: Any) -> None:
        own = raising(AssertionError())
        ended = call(client, URL, transport=own, token=lambda: token)
        assert type(ended.error) is ConfigurationError
        assert "the token is not printable ASCII" in str(ended.error)
        assert own.requests == []

    def test_an_async_one_does_not_fit_the_sync_client(self) -> None:
        async def token() -> str:
            return TOKEN

        made: list[Any] = []

        def remember() -> Awaitable[str]:
            made.append(token())
            return made[0]  # type: ignore[no-any-return]

        assert type(call("sync", URL, token=remember).error) is ConfigurationError
        made[0].close()

    @pytest.mark.parametrize("way", ["sockets", "httpx"])
    def test_its_time_counts(self, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_pool, "is_watched", lambda *names: way == "httpx")

        def token() -> str:
            time.sleep(0.2)
            return TOKEN

        with FaultServer(answering(answer(201, BODY))) as server:
            ended = call("sync", server.url, token=token, deadline=0.1)
        assert isinstance(ended.error, errors.ZoomTimeoutError)
        assert ended.error.outcome is Outcome.NOT_SENT
        assert ended.error.elapsed > 0.2
        assert server.requests == []


def test_trio_takes_an_own_transport_too() -> None:
    async def main() -> Meeting:
        own = Own(lambda request: httpx.Response(201, content=BODY))
        async with AsyncZoomClient(subscription_key=KEY, base_url=URL, transport=own) as zoom:
            return await zoom.create_meeting(**ARGUMENTS)

    assert trio.run(main).raw


class Disguised(httpx.BaseTransport):
    """Sends the request, and reports its loss as other libraries' httpx transports do."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("the server disconnected") from RuntimeError("the server disconnected")


def test_another_librarys_exception_does_not_prove_that_nothing_was_sent() -> None:
    with (
        ZoomClient(subscription_key="0" * 32, transport=Disguised()) as zoom,
        pytest.raises(errors.ZoomTimeoutError) as caught,
    ):
        zoom.create_meeting(
            module_id="0f8fad5b-d9cb-469f-a165-70867728950e",
            name="CS1010 lecture 3",
            start=datetime(2027, 1, 18, 10, tzinfo=UTC),
            duration=90,
        )
    assert (caught.value.outcome, caught.value.attempts) == (Outcome.UNKNOWN, 1)


def test_a_request_s_body_leaves_no_generator_behind() -> None:
    """When a write fails, httpcore leaves the body's iterator where it is; trio complains of a generator then."""
    body = Body(b"abc")
    assert not inspect.isasyncgen(aiter(body))

    async def pieces() -> list[bytes]:
        return [piece async for piece in body]

    assert [asyncio.run(pieces()), asyncio.run(pieces()), list(body)] == [[b"abc"]] * 3
