"""The user's own client or token, with all that may be wrong with it."""

import asyncio
import functools
import json
import os
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import certifi
import httpx
import pytest
import trio

from luminus_zoom import AsyncZoomClient, ConfigurationError, Meeting, Outcome, ZoomClient, _transport, errors
from luminus_zoom._response import MAX_BODY
from wrapper.tests import faults
from wrapper.tests.calls import (
    ARGUMENTS,
    BODY,
    HOST_KEY,
    KEY,
    MEETING,
    MEETING_ID,
    PASSWORD,
    TOKEN,
    assert_no_secret,
    call,
    calls,
    http_client,
    texts,
)
from wrapper.tests.fault_server import Conversation, FaultServer, answer, answering, silent

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
def test_it_is_used(client: str) -> None:
    own = Own(lambda request: httpx.Response(201, content=BODY))
    ended = call(client, URL, transport=own)
    assert ended.meeting
    assert str(ended.meeting.id) == MEETING_ID
    (request,) = own.requests
    assert str(request.url) == f"{URL}/Meeting"
    assert (request.headers["Authorization"], request.headers["Host"]) == (f"Bearer {TOKEN}", "luminus.invalid")


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
    # Nobody saw it leave.
    assert f"the request may have been sent, but {type(error).__name__}" in str(ended.error)
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
def test_a_body_that_comes_in_pieces_is_cut_off_too(client: str) -> None:
    class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield from (BODY, b" " * MAX_BODY, b" ")

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in self:
                yield piece

    ended = call(client, URL, transport=Own(lambda request: httpx.Response(201, stream=Body())))
    assert ended.meeting
    assert "longer than" in str(ended.meeting.deviations)


@BOTH
def test_headers_arrive_joined_and_in_lower_case(client: str) -> None:
    headers = [("X-A", "1"), ("x-a", "2"), ("X-B", "3")]
    ended = call(client, URL, transport=Own(lambda request: httpx.Response(500, headers=headers)))
    assert isinstance(ended.error, errors.ServerError)
    assert ended.error.headers == {"x-a": "1, 2", "x-b": "3"}


class TestHttpClient:
    """What of a user's own client is used, and what is not."""

    @BOTH
    @pytest.mark.parametrize("library", ["httpx", "httpx2"])
    def test_its_hooks_headers_and_cookies_go_with_the_request(self, client: str, library: str) -> None:
        seen: list[str] = []
        hook = seen.append if client == "sync" else awaiting(seen.append)
        with FaultServer(answering(answer(201, BODY))) as server:
            own = http_client(
                client,
                library,
                event_hooks={"request": [hook], "response": [hook]},
                headers={"X-Mine": "1", "User-Agent": "theirs"},
                cookies={"a": "b"},
            )
            meetings = through(client, own, server.url, 2)
        assert all(isinstance(meeting, Meeting) for meeting in meetings)
        assert len(seen) == 4
        assert server.connections == 1
        head = server.requests[0].decode()
        assert "x-mine: 1" in head.lower()
        assert "cookie: a=b" in head.lower()
        assert "User-Agent: luminus-zoom/" in head

    @BOTH
    @pytest.mark.parametrize("library", ["httpx", "httpx2"])
    def test_one_that_was_closed_since_is_refused(self, client: str, library: str) -> None:
        own = http_client(client, library)
        zoom: Any = (ZoomClient if client == "sync" else AsyncZoomClient)(subscription_key=KEY, http_client=own)
        own.close() if client == "sync" else asyncio.run(own.aclose())
        with pytest.raises(ConfigurationError, match="the http_client is closed"):
            zoom.create_meeting(**ARGUMENTS) if client == "sync" else asyncio.run(zoom.create_meeting(**ARGUMENTS))

    @BOTH
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_no_redirect_is_followed(self, client: str, status: int) -> None:
        with FaultServer(answering(answer(201, BODY))) as other:
            redirect = answer(status, b"", f"Location: {other.url}/Meeting")
            with FaultServer(answering(redirect)) as server:
                (error,) = through(client, http_client(client, follow_redirects=True), server.url)
        assert isinstance(error, errors.UnexpectedStatusError)
        assert (len(server.requests), len(other.requests)) == (1, 0)

    @BOTH
    @pytest.mark.parametrize("library", ["httpx", "httpx2"])
    @pytest.mark.parametrize("reads", [True, False])
    def test_a_hook_may_raise_for_the_status(self, client: str, library: str, reads: bool) -> None:
        def judge(response: Any) -> None:
            if reads:
                response.read()
            response.raise_for_status()

        async def ajudge(response: Any) -> None:
            if reads:
                await response.aread()
            response.raise_for_status()

        hooks = {"response": [judge if client == "sync" else ajudge]}
        with FaultServer(answering(answer(400, b"no such module"))) as server:
            (error,) = through(client, http_client(client, library, event_hooks=hooks), server.url)
        assert type(error) is errors.BadRequestError
        assert ("no such module" in str(error)) is reads
        assert error.outcome is Outcome.REJECTED

    @BOTH
    @pytest.mark.parametrize("place", ["request", "response"])
    def test_a_hook_that_fails_leaves_it_open(self, client: str, place: str) -> None:
        def fail(message: Any) -> None:
            raise LookupError("mine")

        hooks = {place: [fail if client == "sync" else awaiting(fail)]}
        with FaultServer(answering(answer(201, BODY))) as server:
            (error,) = through(client, http_client(client, event_hooks=hooks), server.url)
        assert isinstance(error, errors.ZoomConnectionError)
        assert error.outcome is Outcome.UNKNOWN
        assert isinstance(error.__cause__, LookupError)

    @BOTH
    def test_a_hook_may_read_the_answer(self, client: str) -> None:
        def read(response: Any) -> Any:
            return response.read() if client == "sync" else response.aread()

        with FaultServer(answering(answer(201, BODY))) as server:
            (meeting,) = through(client, http_client(client, event_hooks={"response": [read]}), server.url)
        assert isinstance(meeting, Meeting)
        assert meeting.deviations == ()

    @BOTH
    def test_auth_of_its_own_may_stand_for_the_token(self, client: str) -> None:
        with FaultServer(answering(answer(201, BODY))) as server:
            own = http_client(client, auth=lambda request: with_header(request, "Authorization", "Bearer mine"))
            through(client, own, server.url, token=None)
        assert b"authorization: bearer mine" in server.requests[0].lower()


class TestDefaultClient:
    """The client that is made for whoever passes none."""

    def test_a_second_one_costs_no_second_tls_context(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[object] = []
        create = ssl.create_default_context
        monkeypatch.setattr(
            ssl, "create_default_context", lambda *args, **named: made.append(1) or create(*args, **named)
        )
        _transport.ssl_context.cache_clear()
        for client in ("sync", "asyncio", "sync"):
            with FaultServer(answering(answer(201, BODY))) as server:
                assert call(client, server.url).meeting
        assert made == [1]

    def test_a_change_of_the_environment_s_certificates_is_seen(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One that is made later trusts what is named then, also where the same file has other contents."""
        file = tmp_path / "trusted.pem"
        file.write_bytes(Path(certifi.where()).read_bytes())
        results = []
        with faults.serving_tls(answering(answer(201, BODY))) as place:
            monkeypatch.delenv("SSL_CERT_FILE", raising=False)
            results.append(call("sync", place.url, retries=0).error)
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
            results.append(call("sync", place.url, retries=0).error)
            file.write_bytes(Path(faults.CERTIFICATE).read_bytes())
            os.utime(file, (1, 1))
            results.append(call("sync", place.url, retries=0).error)
        assert [type(result) for result in results] == [errors.ZoomConnectionError] * 2 + [type(None)]

    @BOTH
    def test_a_certificate_that_is_not_trusted_is_explained(self, client: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        with faults.serving_tls(answering(answer(201, BODY))) as place:
            error = call(client, place.url, retries=0).error
        assert isinstance(error, errors.ZoomConnectionError)
        assert error.outcome is Outcome.NOT_SENT
        assert "SSL_CERT_FILE" in str(error)
        assert "http_client=" in str(error)

    @BOTH
    @pytest.mark.parametrize("content", [None, "no certificate"])
    def test_certificates_that_cannot_be_read(
        self, client: str, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "some.pem"
        if content:
            file.write_text(content)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        error = call(client, "https://luminus.invalid").error
        assert type(error) is ConfigurationError
        assert "SSL_CERT_FILE" in str(error)

    @BOTH
    def test_it_keeps_no_cookies(self, client: str) -> None:
        """A session of one user's must not go on with another's token."""
        with FaultServer(answering(answer(201, BODY, "Set-Cookie: session=ann; Path=/"))) as server:
            calls(client, server.url, 2)
        assert len(server.requests) == 2
        assert not any(b"cookie" in request.lower() for request in server.requests)

    def test_it_is_made_on_first_use(self) -> None:
        with ZoomClient(subscription_key=KEY) as zoom:
            assert zoom._transport._made == {}

    def test_threads_that_come_at_once_share_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        barrier, made = threading.Barrier(4), []
        make = _transport.default_client

        def slow(kind: str) -> Any:
            barrier.wait()
            made.append(make(kind))
            return made[-1]

        monkeypatch.setattr(_transport, "default_client", slow)
        with (
            FaultServer(answering(answer(201, BODY))) as server,
            ZoomClient(subscription_key=KEY, base_url=server.url) as zoom,
            ThreadPoolExecutor(4) as threads,
        ):
            list(threads.map(lambda _: zoom.create_meeting(**ARGUMENTS), range(4)))
            assert [client.is_closed for client in made].count(False) == 1

    @pytest.mark.parametrize("client", ["asyncio", "trio"])
    def test_many_tasks_share_a_few_connections(self, client: str) -> None:
        async def main() -> None:
            async with (
                AsyncZoomClient(subscription_key=KEY, base_url=server.url) as zoom,
                anyio.create_task_group() as tasks,
            ):
                for _ in range(64):
                    tasks.start_soon(functools.partial(zoom.create_meeting, **ARGUMENTS))

        with FaultServer(answering(answer(201, BODY))) as server:
            trio.run(main) if client == "trio" else asyncio.run(main())
        assert len(server.requests) == 64
        assert server.connections <= _transport.MAX_CONNECTIONS

    @pytest.mark.parametrize("client", ["sync", "asyncio"])
    def test_waiting_for_a_connection_ends(self, client: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_transport, "MAX_CONNECTIONS", 1)
        options = {"subscription_key": KEY, "timeout": 0.3, "retries": 0}

        async def main() -> list[Any]:
            async with AsyncZoomClient(base_url=server.url, **options) as zoom:
                started = [asyncio.ensure_future(zoom.create_meeting(**ARGUMENTS, timeout=s)) for s in (2, 0.2)]
                return await asyncio.gather(*started, return_exceptions=True)

        with FaultServer(silent) as server:
            if client == "sync":
                with ZoomClient(base_url=server.url, **options) as zoom, ThreadPoolExecutor(2) as threads:
                    first = threads.submit(zoom.create_meeting, **ARGUMENTS, timeout=2)
                    while not server.requests:
                        time.sleep(0.01)
                    second = threads.submit(zoom.create_meeting, **ARGUMENTS, timeout=0.2)
                    ended = [first.exception(), second.exception()]
            else:
                ended = asyncio.run(main())
        assert [error.outcome for error in ended] == [Outcome.UNKNOWN, Outcome.NOT_SENT]
        assert isinstance(ended[1], errors.ZoomTimeoutError)
        assert len(server.requests) == 1


@pytest.mark.parametrize("library", ["", "httpx2"])
@pytest.mark.parametrize("status", [413, 400])
@pytest.mark.parametrize(
    ("client", "size"),
    # asyncio gives up a connection whose peer hangs up while more is unsent than the system's buffers hold.
    [("sync", 200_000), ("asyncio", 200_000), ("trio", 200_000), ("sync", 5_000_000), ("trio", 5_000_000)],
)
@pytest.mark.filterwarnings("ignore:.*ByteStream.__aiter__:pytest.PytestUnraisableExceptionWarning")
def test_a_refusal_from_before_the_whole_request_was_read_is_heard(
    client: str, size: int, library: str, status: int
) -> None:
    def early(conversation: Conversation) -> None:
        conversation.receive_head()
        conversation.send(answer(status, b"too long", "Connection: close"))

    with FaultServer(early) as server:
        ended = call(client, server.url, {**ARGUMENTS, "extra": {"padding": "x" * size}}, library=library, timeout=5)
    assert isinstance(ended.error, errors.RejectedError)
    assert (ended.error.status, ended.error.outcome) == (status, Outcome.REJECTED)


OTHER_ID = "00000000-1111-4111-8111-000000000000"
FOREIGN = "the answer: expected the answer to this request, got the answer to another request"


@pytest.mark.parametrize("client", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("library", ["", "httpx2"])
@pytest.mark.parametrize(
    "changed",
    [
        {"moduleID": "11111111-1111-4111-8111-111111111111"},
        {"name": "CS1010 lecture 4", "topic": "CS1010 lecture 4"},
        {"startDate": "2027-01-25T10:00:00+08:00", "endDate": "2027-01-25T11:30:00+08:00"},
    ],
    ids=["module", "name", "start"],
)
class TestStrayAnswer:
    """A duplicate answer would shift all later ones by one."""

    def run(
        self, client: str, library: str, changed: dict[str, str], *, chunked: bool = False, **options: Any
    ) -> tuple[list[Any], FaultServer]:
        """Three calls, before the second of which the server has sent an answer too many."""
        other = json.dumps({**MEETING, **changed}).encode()
        mine = BODY.replace(MEETING_ID.encode(), OTHER_ID.encode())
        # Both in one piece, so that no look at the socket can tell.
        many = faults.chunked if chunked else functools.partial(answer, 201)
        scripts = answering(many(BODY) + many(other), many(mine)), answering(many(mine))
        with FaultServer(*scripts) as server:
            return calls(client, server.url, 3, library=library, **options), server

    @pytest.mark.parametrize("chunked", [False, True])
    def test_it_is_a_deviation_and_the_next_call_is_right(
        self, client: str, library: str, changed: dict[str, str], chunked: bool
    ) -> None:
        (first, second, third), server = self.run(client, library, changed, chunked=chunked)
        assert (first.deviations, third.deviations) == ((), ())
        assert (str(first.id), str(third.id)) == (MEETING_ID, OTHER_ID)
        assert FOREIGN in map(str, second.deviations)
        pointers = [deviation.pointer for deviation in second.deviations]
        assert pointers == [f"/{next(iter(changed))}", ""]
        assert (server.connections, len(server.requests)) == (2, 3)

    def test_strict_raises_with_the_meeting(self, client: str, library: str, changed: dict[str, str]) -> None:
        (first, error, third), _ = self.run(client, library, changed, strict=True)
        assert isinstance(first, Meeting)
        assert isinstance(third, Meeting)
        assert type(error) is errors.DeviationError
        assert error.outcome is Outcome.UNKNOWN
        assert error.meeting.raw["id"] == MEETING_ID
        assert str(error).startswith(
            "A meeting may have been created: the answer, whose meeting is in .meeting, belongs"
        )
        assert "Look in LumiNUS first" in str(error)
        assert_no_secret(texts(error))


@pytest.mark.parametrize(("version", "is_read"), [(b"HTTP/1.1", False), (b"HTTP/2", True)])
def test_over_http_2_the_connection_is_kept(version: bytes, is_read: bool) -> None:
    """There an answer belongs to its request by number, and other requests share the connection."""
    read: list[bytes] = []

    class Body(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for piece in (BODY.replace(b"lecture 3", b"lecture 4"), b""):
                read.append(piece)
                yield piece

    own = Own(lambda request: httpx.Response(201, stream=Body(), extensions={"http_version": version}))
    ended = call("sync", URL, transport=own)
    assert ended.meeting
    assert FOREIGN in map(str, ended.meeting.deviations)
    assert (len(read) == 2) is is_read


@BOTH
def test_a_meeting_has_the_answer_s_status_and_headers(client: str) -> None:
    with FaultServer(
        answering(
            answer(200, BODY, "X-A: 1", "x-a: 2", f"X-Host: {HOST_KEY}", f"Set-Cookie: {PASSWORD}", f"X-E: {KEY}")
        )
    ) as server:
        ended = call(client, server.url)
    assert ended.meeting
    assert ended.meeting.status == 200
    headers = dict(ended.meeting.headers)
    assert (headers["x-a"], headers["x-host"], headers["set-cookie"], headers["x-e"]) == ("1, 2", "***", "***", "***")
    assert_no_secret([repr(headers), repr(ended.meeting)])


def with_header(request: Any, name: str, value: str) -> Any:
    request.headers[name] = value
    return request


def awaiting(function: Callable[[Any], Any]) -> Callable[[Any], Awaitable[Any]]:
    """The function as an async one."""

    async def twin(argument: Any) -> Any:
        return function(argument)

    return twin


def through(client: str, own: Any, base_url: str, times: int = 1, **options: Any) -> list[Any]:
    """What comes of some calls through a client of the user's, which the user closes."""
    everything = {"base_url": base_url, "subscription_key": KEY, "token": TOKEN, "http_client": own, **options}
    if client == "sync":
        with own:
            with ZoomClient(**everything) as zoom:
                results = [attempt(zoom) for _ in range(times)]
            assert not own.is_closed
        return results

    async def main() -> list[Any]:
        results = []
        async with own:
            async with AsyncZoomClient(**everything) as twin:
                for _ in range(times):
                    try:
                        results.append(await twin.create_meeting(**ARGUMENTS))
                    except errors.ZoomError as error:
                        results.append(error)
            assert not own.is_closed
        return results

    return asyncio.run(main())


def attempt(zoom: ZoomClient) -> Any:
    try:
        return zoom.create_meeting(**ARGUMENTS)
    except errors.ZoomError as error:
        return error


class TestToken:
    """A token that is asked for."""

    def token_sent(self, client: str, token: Any, times: int = 1) -> list[str]:
        """What the service was sent as token in so many calls."""
        own = Own(lambda request: httpx.Response(201, content=BODY))
        zoom: Any = (ZoomClient if client == "sync" else AsyncZoomClient)(
            subscription_key=KEY, base_url=URL, http_client=http_client(client, transport=own), token=token
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
        assert "the token must be printable ASCII" in str(ended.error)
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

    def test_its_time_counts(self) -> None:
        def token() -> str:
            time.sleep(0.2)
            return TOKEN

        with FaultServer(answering(answer(201, BODY))) as server:
            ended = call("sync", server.url, token=token, deadline=0.1)
        assert isinstance(ended.error, errors.ZoomTimeoutError)
        assert ended.error.outcome is Outcome.NOT_SENT
        assert ended.error.elapsed > 0.2
        assert server.requests == []


class Disguised(httpx.BaseTransport):
    """Sends the request, and reports its loss as other libraries' httpx transports do."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("the server disconnected") from RuntimeError("the server disconnected")


def test_another_librarys_exception_does_not_prove_that_nothing_was_sent() -> None:
    with (
        ZoomClient(subscription_key="0" * 32, http_client=httpx.Client(transport=Disguised())) as zoom,
        pytest.raises(errors.ZoomTimeoutError) as caught,
    ):
        zoom.create_meeting(
            module_id="0f8fad5b-d9cb-469f-a165-70867728950e",
            name="CS1010 lecture 3",
            start=datetime(2027, 1, 18, 10, tzinfo=UTC),
            duration=90,
        )
    assert (caught.value.outcome, caught.value.attempts) == (Outcome.UNKNOWN, 1)
