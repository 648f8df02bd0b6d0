"""The ways to make the same call that are measured against each other, each as a user of it would write it.

A peer is a function that is given the task and returns the call, and what the call's result says as `Facts`. Reading
the facts is not timed: what a peer leaves to its user, its `leaves_out` says. Imports are inside the functions, so that
a process pays for one peer alone.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

KEY = {"Ocp-Apim-Subscription-Key": "0123456789abcdef0123456789abcdef"}
UNTYPED = "no check of the arguments, no types, no outcome"
GENERATED = "no check of the arguments, no outcome"


class Facts(NamedTuple):
    """What every peer's answer must say; the duration is in minutes."""

    id: UUID
    start: datetime
    duration: int
    join_url: str


class Task(NamedTuple):
    """What is to be done: the address of the API, and the JSON of a request."""

    base_url: str
    request: dict[str, Any]


Made = tuple[Callable[[], Any], Callable[[Any], Facts]]
Make = Callable[[Task], Made]


@dataclass(frozen=True)
class Peer:
    """A way to make the call. `environment` is the folder of the virtual environment that it runs in."""

    name: str
    is_async: bool
    make: Make
    leaves_out: str
    environment: str


PEERS: list[Peer] = []


def peer(name: str, leaves_out: str, *, is_async: bool = False, environment: str = ".venv") -> Callable[[Make], Make]:
    """Enter a function as a peer."""

    def enter(make: Make) -> Make:
        PEERS.append(Peer(name, is_async, make, leaves_out, environment))
        return make

    return enter


def facts_of_json(meeting: dict[str, Any]) -> Facts:
    """The facts of an answer that was left as JSON."""
    start = datetime.fromisoformat(meeting["startDate"])
    return Facts(UUID(meeting["id"]), start, meeting["meetingDuration"], meeting["joinUrl"])


# The reference, and what is used instead of it.


@peer("httpx", UNTYPED)
def _httpx_sync(task: Task) -> Made:
    import httpx

    client = httpx.Client(headers=KEY)
    return lambda: client.post(f"{task.base_url}/Meeting", json=task.request).json(), facts_of_json


def httpx_over(task: Task, transport: Any) -> Made:
    """httpx's async client over a transport; None for its own."""
    import httpx

    client = httpx.AsyncClient(headers=KEY, transport=transport)

    async def call() -> Any:
        return (await client.post(f"{task.base_url}/Meeting", json=task.request)).json()

    return call, facts_of_json


@peer("httpx", UNTYPED, is_async=True)
def _httpx_async(task: Task) -> Made:
    return httpx_over(task, None)


@peer("httpx over httpx-aiohttp", UNTYPED, is_async=True)
def _httpx_aiohttp(task: Task) -> Made:
    from httpx_aiohttp import AiohttpTransport

    return httpx_over(task, AiohttpTransport())


@peer("httpx over pyreqwest", UNTYPED, is_async=True)
def _httpx_pyreqwest_async(task: Task) -> Made:
    from pyreqwest.compatibility.httpx import HttpxTransport

    return httpx_over(task, HttpxTransport())


@peer("httpx over pyreqwest", UNTYPED)
def _httpx_pyreqwest(task: Task) -> Made:
    import httpx
    from pyreqwest.compatibility.httpx import SyncHttpxTransport

    client = httpx.Client(headers=KEY, transport=SyncHttpxTransport())
    return lambda: client.post(f"{task.base_url}/Meeting", json=task.request).json(), facts_of_json


@peer("httpx2", UNTYPED)
def _httpx2_sync(task: Task) -> Made:
    import httpx2

    client = httpx2.Client(headers=KEY)
    return lambda: client.post(f"{task.base_url}/Meeting", json=task.request).json(), facts_of_json


@peer("httpx2", UNTYPED, is_async=True)
def _httpx2_async(task: Task) -> Made:
    import httpx2

    client = httpx2.AsyncClient(headers=KEY)

    async def call() -> Any:
        return (await client.post(f"{task.base_url}/Meeting", json=task.request)).json()

    return call, facts_of_json


@peer("requests", UNTYPED)
def _requests_session(task: Task) -> Made:
    import requests

    session = requests.Session()
    session.headers.update(KEY)
    return lambda: session.post(f"{task.base_url}/Meeting", json=task.request, timeout=60).json(), facts_of_json


@peer("http.client", UNTYPED)
def _http_client(task: Task) -> Made:
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    url = urlsplit(task.base_url)
    connection = HTTPConnection(url.netloc, timeout=60)
    headers = {**KEY, "Content-Type": "application/json"}

    def call() -> Any:
        connection.request("POST", f"{url.path}/Meeting", json.dumps(task.request), headers)
        return json.loads(connection.getresponse().read())

    return call, facts_of_json


@peer("aiohttp", UNTYPED, is_async=True)
def _aiohttp_session(task: Task) -> Made:
    import aiohttp

    session = aiohttp.ClientSession(headers=KEY)

    async def call() -> Any:
        async with session.post(f"{task.base_url}/Meeting", json=task.request) as response:
            return await response.json()

    return call, facts_of_json


@peer("pyreqwest", UNTYPED)
def _pyreqwest_sync(task: Task) -> Made:
    from pyreqwest.client import SyncClientBuilder

    client = SyncClientBuilder().default_headers(KEY).build()
    return lambda: client.post(f"{task.base_url}/Meeting").body_json(task.request).build().send().json(), facts_of_json


@peer("pyreqwest", UNTYPED, is_async=True)
def _pyreqwest_async(task: Task) -> Made:
    from pyreqwest.client import ClientBuilder

    client = ClientBuilder().default_headers(KEY).build()

    async def call() -> Any:
        response = await client.post(f"{task.base_url}/Meeting").body_json(task.request).build().send()
        return await response.json()

    return call, facts_of_json


# Clients written by generators.


def facts_of_generated(meeting: Any) -> Facts:
    """The facts of a generated model."""
    return Facts(meeting.id, meeting.start_date, meeting.meeting_duration, meeting.join_url)


def generated_client(task: Task) -> tuple[Any, Callable[[], Any]]:
    """The client that openapi-python-client wrote, and what makes the body of a call from typed values."""
    import attrs

    from luminus_zoom_api import Client
    from luminus_zoom_api.models import NewMeeting

    model = NewMeeting.from_dict(task.request)
    fields = {field.name: getattr(model, field.name) for field in attrs.fields(NewMeeting) if field.init}
    return Client(base_url=task.base_url, headers=KEY), lambda: NewMeeting(**fields)


@peer("generated client", GENERATED)
def _generated_sync(task: Task) -> Made:
    from luminus_zoom_api.api.meeting import add_meeting

    client, body = generated_client(task)
    return lambda: add_meeting.sync(client=client, body=body()), facts_of_generated


@peer("generated client", GENERATED, is_async=True)
def _generated_async(task: Task) -> Made:
    from luminus_zoom_api.api.meeting import add_meeting

    client, body = generated_client(task)
    return lambda: add_meeting.asyncio(client=client, body=body()), facts_of_generated


@peer("generated client over httpx-aiohttp", GENERATED, is_async=True)
def _generated_aiohttp(task: Task) -> Made:
    import httpx
    from httpx_aiohttp import AiohttpTransport

    from luminus_zoom_api.api.meeting import add_meeting

    client, body = generated_client(task)
    http = httpx.AsyncClient(base_url=task.base_url, headers=KEY, transport=AiohttpTransport())
    client.set_async_httpx_client(http)
    return lambda: add_meeting.asyncio(client=client, body=body()), facts_of_generated


@peer("openapi-generator's client", "no outcome")
def _openapi_generator(task: Task) -> Made:
    sys.path.insert(0, str(Path(__file__).parent / "generated"))
    from openapi_generator_zoom import ApiClient, Configuration, MeetingApi, NewMeeting

    api = MeetingApi(
        ApiClient(Configuration(host=task.base_url, api_key={"subscriptionKey": next(iter(KEY.values()))}))
    )
    model = NewMeeting.from_dict(task.request)
    fields = {name: getattr(model, name) for name in NewMeeting.model_fields}
    return lambda: api.add_meeting(NewMeeting(**fields)), facts_of_generated


@peer("kiota's runtime", "no check of the arguments, no outcome; its models are written by hand here", is_async=True)
def _kiota(task: Task) -> Made:
    from kiota_peer import caller

    def facts(meeting: Any) -> Facts:
        values = meeting.values
        return Facts(values["id"], values["startDate"], values["meetingDuration"], values["joinUrl"])

    return caller(task.base_url, *next(iter(KEY.items())), task.request), facts


# This library.


def arguments(request: dict[str, Any]) -> dict[str, Any]:
    """The request as the arguments of `create_meeting`."""
    from luminus_zoom import Access

    rights = request["access"]
    return {
        "module_id": UUID(request["moduleID"]),
        "lesson_id": UUID(request["lessonID"]),
        "access": Access(
            groups={UUID(row["groupID"]): row["accessRole"] for row in rights["groupAccess"]},
            users={UUID(row["userID"]): row["accessRole"] for row in rights["userAccess"]},
        ),
        "name": request["name"],
        "start": datetime.fromisoformat(request["startDate"]),
        "duration": request["duration"],
        "send_email": request["isSendEmail"],
        "publish_record_url": request["isPublishRecordURL"],
        "waiting_room": request["isWaitingRoom"],
        "meeting_authentication": request["meetingAuthentication"],
        "mute_upon_entry": request["muteUponEntry"],
        "record_type": request["recordType"],
        "authentication_option": request["authenticationOpt"],
        "alternative_hosts": request["alternativeHosts"].split(","),
        "meeting_type": request["meetingType"],
        "export_multimedia_web": request["exportMultimediaWeb"],
        "channel_id": UUID(request["channelID"]),
        "channel_name": request["channelName"],
        "publish_multimedia_channel": request["publishMutimediaChannel"],
    }


def facts_of_meeting(meeting: Any) -> Facts:
    """The facts of this library's meeting, which must not deviate from the contract."""
    if meeting.deviations:
        raise ValueError(f"deviations: {'; '.join(map(str, meeting.deviations))}")
    return Facts(meeting.id, meeting.start, meeting.duration.total_seconds() // 60, meeting.join_url)


def ours(task: Task, client: Any) -> Made:
    """A call of `create_meeting` by one of the two clients."""
    given = arguments(task.request)
    return lambda: client.create_meeting(**given), facts_of_meeting


def options(task: Task) -> dict[str, Any]:
    """The options of both clients."""
    return {"base_url": task.base_url, "subscription_key": next(iter(KEY.values()))}


@peer("luminus-zoom", "nothing", environment=".venv-plain")
def _ours_sync(task: Task) -> Made:
    from luminus_zoom import ZoomClient

    return ours(task, ZoomClient(**options(task)))


@peer("luminus-zoom", "nothing", is_async=True, environment=".venv-plain")
def _ours_async(task: Task) -> Made:
    from luminus_zoom import AsyncZoomClient

    return ours(task, AsyncZoomClient(**options(task)))


# With httptools, which is what the extra `fast` brings.
peer("luminus-zoom[fast]", "nothing")(_ours_sync)
peer("luminus-zoom[fast]", "nothing", is_async=True)(_ours_async)


@peer("luminus-zoom over pyreqwest", "nothing")
def _ours_pyreqwest(task: Task) -> Made:
    from pyreqwest.compatibility.httpx import SyncHttpxTransport

    from luminus_zoom import ZoomClient

    return ours(task, ZoomClient(**options(task), transport=SyncHttpxTransport()))


@peer("luminus-zoom over pyreqwest", "nothing", is_async=True)
def _ours_pyreqwest_async(task: Task) -> Made:
    from pyreqwest.compatibility.httpx import HttpxTransport

    from luminus_zoom import AsyncZoomClient

    return ours(task, AsyncZoomClient(**options(task), transport=HttpxTransport()))


@peer("luminus-zoom over httpx-aiohttp", "nothing", is_async=True)
def _ours_aiohttp(task: Task) -> Made:
    from httpx_aiohttp import AiohttpTransport

    from luminus_zoom import AsyncZoomClient

    return ours(task, AsyncZoomClient(**options(task), transport=AiohttpTransport()))
