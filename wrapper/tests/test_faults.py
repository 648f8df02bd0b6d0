"""Whatever the other side does: the right error with the right outcome, in time, nothing lost, nothing sent twice."""

import logging
import time

import pytest

from luminus_zoom import Meeting, Outcome, errors
from wrapper.tests import answers, faults
from wrapper.tests.calls import BODY, CLIENTS, MEETING_ID, Ended, assert_no_secret, call, calls, logged, texts
from wrapper.tests.fault_server import FaultServer, answer, answering, ending
from wrapper.tests.faults import Row

CONNECTIONS = faults.CONNECTIONS + faults.BODIES
ANSWERS = answers.SUCCESSES + answers.REFUSALS + answers.FAILURES
LIBRARIES = ("", "httpx2")
"""The client that is made for the user, which is httpx's, and one of httpx2 that the user passes."""
TABLE = [
    (row, client, library)
    for row in CONNECTIONS
    for client in CLIENTS
    for library in LIBRARIES
    # No timeout of the library's reaches a header of which every byte comes in time; docs/outcomes.md says so.
    if (row.name, client) != ("a byte of header a second", "sync")
] + [(row, client, "") for row in ANSWERS for client in ("sync", "asyncio")]
# trio complains where httpcore leaves the iterator of a request's body unfinished, as after a failing write.
pytestmark = pytest.mark.filterwarnings("ignore:.*ByteStream.__aiter__:pytest.PytestUnraisableExceptionWarning")
SLACK = 2.0
"""Seconds that a busy machine may add to a deadline."""


@pytest.mark.parametrize(
    ("row", "client", "library"),
    TABLE,
    ids=[f"{row.name}-{client}-{library or 'httpx'}" for row, client, library in TABLE],
)
def test_fault(
    row: Row, client: str, library: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "luminus_zoom")
    # The shortest back-off, so that the number of attempts within the deadline is certain.
    monkeypatch.setattr("random.uniform", lambda low, high: low)
    with row.place() as place:
        for name, value in place.environment.items():
            monkeypatch.setenv(name, value)
        timeout, deadline = row.patience
        ended = call(client, place.url, library=library, timeout=timeout, deadline=deadline, retries=1)
        requests = place.server.requests if place.server else []
        # The client may have given up before a busy machine let the server read.
        end = time.monotonic() + SLACK
        while len(requests) < row.requests and time.monotonic() < end:
            time.sleep(0.005)
    assert ended.seconds < deadline + SLACK
    assert len(requests) == row.requests
    assert len(logged(caplog.records)) >= 2
    assert_no_secret(logged(caplog.records))
    if row.error is None:
        check_meeting(ended)
    else:
        check_error(row, ended)
        if row.outcome is Outcome.NOT_SENT:
            assert not [request for request in requests if request.startswith(b"POST")]


def check_meeting(ended: Ended) -> None:
    assert ended.error is None, repr(ended.error)
    assert isinstance(ended.meeting, Meeting)
    assert str(ended.meeting.id) == ended.meeting.raw["id"] == MEETING_ID
    assert_no_secret([repr(ended.meeting), str(ended.meeting), str(ended.meeting.deviations)])


def check_error(row: Row, ended: Ended) -> None:
    error = ended.error
    assert type(error) is row.error, f"{ended.meeting!r} {error!r}"
    assert isinstance(error, errors.ZoomError)
    assert error.outcome is row.outcome
    assert error.retryable is row.retryable
    assert error.attempts == row.attempts
    assert 0 < error.elapsed <= ended.seconds
    assert error.request is not None
    assert error.request.properties == ("moduleID", "name", "startDate", "duration")
    assert error.status == (row.status or error.status)
    assert bool(error.status) == bool(error.headers)
    assert bool(error.body) == bool(row.kept)
    if row.kept == "meeting":
        assert isinstance(error, errors.UnreadableMeetingError)
        assert error.meeting is not None
        assert str(error.meeting.id) == MEETING_ID
    assert_no_secret(texts(error))


@pytest.mark.parametrize("client", ["sync", "asyncio"])
def test_every_status(client: str) -> None:
    for status in range(100, 600):
        bodiless = status < 200 or status in (204, 304)
        reply = answer(status, b"" if bodiless else BODY, length=-1 if bodiless else None)
        with FaultServer(ending([reply])) as server:
            ended = call(client, server.url, retries=1)
        assert len(server.requests) == 1, status
        if ended.error is None:
            assert 200 <= status < 300
            check_meeting(ended)
            continue
        assert isinstance(ended.error, errors.ZoomError)
        assert ended.error.outcome is (Outcome.REJECTED if 400 <= status < 500 else Outcome.UNKNOWN), status
        assert not ended.error.retryable
        assert ended.error.status == (None if status < 200 else status)
        assert isinstance(ended.error, expected_class(status)), status
        assert_no_secret(texts(ended.error))


def expected_class(status: int) -> type[errors.ZoomError]:
    named = {
        204: errors.UnreadableMeetingError,
        400: errors.BadRequestError,
        401: errors.InvalidTokenError,
        403: errors.ForbiddenError,
        404: errors.NotFoundError,
        415: errors.UnsupportedMediaTypeError,
        429: errors.RateLimitError,
    }
    by_hundreds = (errors.ZoomConnectionError, errors.ZoomError, errors.UnexpectedStatusError)
    return named.get(status) or (*by_hundreds, errors.RejectedError, errors.ServerError)[status // 100 - 1]


@pytest.mark.parametrize("client", ["sync", "asyncio", "trio"])
def test_a_connection_is_used_again(client: str) -> None:
    with FaultServer(answering(answer(201, BODY), answer(400, b"no"), answer(201, BODY))) as server:
        meetings = calls(client, server.url, 3)
    assert [isinstance(meeting, Meeting) for meeting in meetings] == [True, False, True]
    assert server.connections == 1
