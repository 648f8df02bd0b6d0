"""How the library is used, for type checkers: this file must pass them, strictly. It is never run.

What must not pass stands under a comment that ignores the error; a checker that finds no error there complains too.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, assert_type
from uuid import UUID

import httpx
import httpx2

from luminus_zoom import (
    Access,
    AsyncZoomClient,
    AuthenticationOption,
    BadRequestError,
    DeviationError,
    Event,
    InvalidMeetingError,
    Meeting,
    MeetingArguments,
    Outcome,
    Preview,
    RateLimitError,
    RecordType,
    UnreadableMeetingError,
    ZoomClient,
    ZoomError,
)

START = datetime(2027, 1, 18, 10, tzinfo=UTC)


def creates() -> None:
    """A meeting with everything, and what it gives."""
    with ZoomClient(subscription_key="k", token="t", timeout=5, deadline=9.5, retries=0, strict=True) as zoom:  # noqa: S106
        assert_type(zoom, ZoomClient)
        meeting = zoom.create_meeting(
            module_id="0f8fad5b-d9cb-469f-a165-70867728950e",
            name="CS1010 lecture 3",
            start=START,
            duration=timedelta(minutes=90),
            lesson_id=None,
            access=Access(groups={UUID(int=1): 3, "a": 4}, public=None),
            record_type=RecordType.CLOUD,
            authentication_option=AuthenticationOption.NUS_ACCOUNT,
            meeting_type=1,
            alternative_hosts=(host for host in ["ann@u.nus.edu", "ben@u.nus.edu"]),
            waiting_room=True,
            timeout=3,
            deadline=4,
            strict=False,
            validate=False,
            extra={"newThing": [1]},
        )
        assert_type(meeting, Meeting)
        assert_type(meeting.id, UUID | None)
        assert_type(meeting.start, datetime | None)
        assert_type(meeting.duration, timedelta | None)
        assert_type(meeting.join_url, str | None)
        assert_type(meeting.to_dict(), dict[str, Any])
        preview = zoom.preview_meeting(module_id=UUID(int=1), name="x", start=START, duration=90)
        assert_type(preview, Preview)
        assert_type(preview.body, bytes)


async def creates_async() -> None:
    """The same, async, with an async token and an HTTP client of one's own."""

    async def token() -> str:
        return "t"

    async with AsyncZoomClient(
        subscription_key="k", token=token, http_client=httpx.AsyncClient(), hooks=[hears]
    ) as zoom:
        arguments: MeetingArguments = {"module_id": "x", "name": "x", "start": START, "duration": 90}
        assert_type(await zoom.create_meeting(**arguments), Meeting)


def clients_of_their_own() -> None:
    """HTTP clients of both libraries."""
    ZoomClient(http_client=httpx.Client(verify=False))  # noqa: S501
    ZoomClient(http_client=httpx2.Client())
    AsyncZoomClient(http_client=httpx2.AsyncClient())


def hears(event: Event) -> None:
    """A hook."""
    assert_type(event.outcome, Outcome | None)
    assert_type(event.elapsed, float)


def handles(zoom: ZoomClient, arguments: MeetingArguments) -> object:
    """What errors carry."""
    try:
        return zoom.create_meeting(**arguments)
    except InvalidMeetingError as error:
        return [problem.parameter for problem in error.problems]
    except BadRequestError as error:
        return error.fields.get("duration")
    except RateLimitError as error:
        return assert_type(error.retry_after, timedelta | None)
    except (UnreadableMeetingError, DeviationError) as error:
        return error.meeting and error.meeting.raw
    except ZoomError as error:
        assert_type(error.outcome, Outcome)
        return error.retryable or error.status or error.body or error.attempts


def hosts(zoom: ZoomClient, many: dict[str, int]) -> None:
    """Hosts in any collection."""
    zoom.preview_meeting(module_id="x", name="x", start=START, duration=90, alternative_hosts=["a@b.sg"])
    zoom.preview_meeting(module_id="x", name="x", start=START, duration=90, alternative_hosts=("a@b.sg", "c@d.sg"))
    zoom.preview_meeting(module_id="x", name="x", start=START, duration=90, alternative_hosts={"a@b.sg"})
    zoom.preview_meeting(module_id="x", name="x", start=START, duration=90, alternative_hosts=frozenset(many))
    zoom.preview_meeting(module_id="x", name="x", start=START, duration=90, alternative_hosts=many.keys())
    zoom.preview_meeting(module_id="x", name="x", start=START, duration=90, alternative_hosts=map(str.strip, many))


def mistakes(zoom: ZoomClient) -> None:
    """What a type checker finds before the service does."""
    zoom.create_meeting(name="x", start=START, duration=90)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    zoom.create_meeting(module_id=1, name="x", start=START, duration=90)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    zoom.create_meeting(module_id="x", name="x", start="now", duration=90)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    zoom.create_meeting(module_id="x", name="x", start=START, duration=90, alternative_hosts="a@b.sg")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    zoom.create_meeting(module_id="x", name="x", start=START, duration=90, alternative_hosts=b"a@b.sg")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    zoom.create_meeting(module_id="x", name="x", start=START, duration=90, alternative_hosts=[1])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    ZoomClient(token=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ZoomClient(http_client=httpx.AsyncClient())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AsyncZoomClient(http_client=httpx2.Client())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ZoomClient(http_client=httpx.HTTPTransport())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ZoomClient(colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Meeting().name = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
