"""The ways to make the same call that are measured against each other, each as a user of it would write it.

`python peers.py PEER CONCURRENCY` is one of them in a process of its own. It reads the task from a line of its input,
and then measures a batch of calls for each line that follows: CPU (user and system, all threads) and wall time in
microseconds a call. `CONCURRENCY` 0 is the sync client, else so many tasks make one call after the other.

Imports are inside the functions, so that a process pays for one peer alone.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any, NamedTuple
from uuid import UUID

KEY = {"Ocp-Apim-Subscription-Key": "0123456789abcdef0123456789abcdef"}
LIMITS = (4, 8, 10, 16, 20, 32, 64)
"""The numbers of connections that are compared."""


class Facts(NamedTuple):
    """What every peer's answer must say; the duration is in minutes."""

    id: UUID
    start: datetime
    duration: int
    join_url: str


Task = dict[str, Any]
Made = tuple[Callable[[], Any], Callable[[Any], Facts]]
Make = Callable[[Task], Made]


def facts_of_json(meeting: dict[str, Any]) -> Facts:
    """The facts of an answer that was left as JSON."""
    start = datetime.fromisoformat(meeting["startDate"])
    return Facts(UUID(meeting["id"]), start, meeting["meetingDuration"], meeting["joinUrl"])


def facts_of_model(meeting: Any) -> Facts:
    """The facts of a generated model."""
    return Facts(meeting.id, meeting.start_date, meeting.meeting_duration, meeting.join_url)


def facts_of_meeting(meeting: Any) -> Facts:
    """The facts of this library's meeting, which must not deviate from the contract."""
    if meeting.deviations:
        raise ValueError(f"deviations: {'; '.join(map(str, meeting.deviations))}")
    return Facts(meeting.id, meeting.start, meeting.duration.total_seconds() // 60, meeting.join_url)


def raw(library: str) -> Make:
    """`post(json=…)` and `.json()` of httpx, or of what has its interface."""

    def make(task: Task) -> Made:
        module = import_module(library)
        client = module.Client(timeout=60) if hasattr(module, "Client") else module.Session()
        client.headers.update(KEY)
        url = task["base_url"] + "/Meeting"
        return lambda: client.post(url, json=task["request"]).json(), facts_of_json

    return make


def raw_async(library: str, connections: int | None = None) -> Make:
    """The same, async; with a limit of connections."""

    def make(task: Task) -> Made:
        client = limited(library, connections, headers=KEY, timeout=60)
        url = task["base_url"] + "/Meeting"

        async def call() -> Any:
            return (await client.post(url, json=task["request"])).json()

        return call, facts_of_json

    return make


def limited(library: str, connections: int | None, **options: Any) -> Any:
    """An async client with a limit of connections, or with its own defaults."""
    module = import_module(library)
    if connections:
        options["limits"] = module.Limits(max_connections=connections, max_keepalive_connections=connections)
    return module.AsyncClient(**options)


def generated(call: str) -> Make:
    """The client that openapi-python-client wrote, called with typed values."""

    def make(task: Task) -> Made:
        import attrs

        from luminus_zoom_api import Client
        from luminus_zoom_api.api.meeting import add_meeting
        from luminus_zoom_api.models import NewMeeting

        model = NewMeeting.from_dict(task["request"])
        fields = {field.name: getattr(model, field.name) for field in attrs.fields(NewMeeting) if field.init}
        client, function = Client(base_url=task["base_url"], headers=KEY), getattr(add_meeting, call)
        return lambda: function(client=client, body=NewMeeting(**fields)), facts_of_model

    return make


def ours(cls: str, http_client: Callable[[], Any] = lambda: None) -> Make:
    """`create_meeting` of one of this library's clients, over its own HTTP client or a given one."""

    def make(task: Task) -> Made:
        import luminus_zoom

        key = next(iter(KEY.values()))
        client = getattr(luminus_zoom, cls)(
            base_url=task["base_url"], subscription_key=key, http_client=http_client(), timeout=60, deadline=60
        )
        given = arguments(task["request"])
        return lambda: client.create_meeting(**given), facts_of_meeting

    return make


def behind_semaphore(make: Make, permits: int) -> Make:
    """A peer whose calls wait for one of so many permits."""

    def make_waiting(task: Task) -> Made:
        call, facts = make(task)
        permit = asyncio.Semaphore(permits)

        async def wait_and_call() -> Any:
            async with permit:
                return await call()

        return wait_and_call, facts

    return make_waiting


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


SYNC: dict[str, Make] = {
    "httpx": raw("httpx"),
    "httpx2": raw("httpx2"),
    "requests": raw("requests"),
    "generated client": generated("sync"),
    "luminus-zoom": ours("ZoomClient"),
    "luminus-zoom over httpx2": ours("ZoomClient", lambda: import_module("httpx2").Client()),
}
ASYNC: dict[str, Make] = {
    "httpx": raw_async("httpx"),
    "httpx, 8 connections": raw_async("httpx", 8),
    "httpx2": raw_async("httpx2"),
    "generated client": generated("asyncio"),
    "luminus-zoom": ours("AsyncZoomClient"),
    "luminus-zoom over httpx2": ours("AsyncZoomClient", lambda: limited("httpx2", None)),
}
LIMITED = {str(limit): ours("AsyncZoomClient", lambda limit=limit: limited("httpx", limit)) for limit in LIMITS}
LIMITED |= {f"{limit}, semaphore": behind_semaphore(LIMITED[str(limit)], limit) for limit in LIMITS}


@contextmanager
def measured(expected: Facts, facts: Callable[[Any], Facts]) -> Iterator[list[Any]]:
    """Measure what is done inside, and print what it cost for each of the results that were put into the list."""
    results: list[Any] = []
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    yield results
    figures = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    if any(facts(result) != expected for result in results):
        sys.exit("an answer says something else than was expected")
    print(json.dumps({name: value / len(results) * 1e6 for name, value in figures.items()}), flush=True)


def serve_sync(made: Made, expected: Facts) -> None:
    """Measure 100 calls, one after the other, for each line of input. The ten calls before bring connections back."""
    call, facts = made
    for _ in sys.stdin:
        for _ in range(10):
            call()
        with measured(expected, facts) as results:
            results += [call() for _ in range(100)]


async def serve_async(make: Make, task: Task, expected: Facts, concurrency: int) -> None:
    """The same for so many tasks at a time."""
    call, facts = make(task)

    async def work(results: list[Any], each: int) -> None:
        for _ in range(each):
            results.append(await call())

    async def batch(results: list[Any], each: int) -> None:
        if concurrency == 1:
            await work(results, each)
        else:
            await asyncio.gather(*(work(results, each) for _ in range(concurrency)))

    for _ in sys.stdin:
        await batch([], max(10 // concurrency, 1))
        with measured(expected, facts) as results:
            await batch(results, max(100 // concurrency, 4))


def main(name: str, concurrency: int) -> None:
    """Be one peer."""
    task = json.loads(sys.stdin.readline())
    expected = facts_of_json(task["answer"])
    if concurrency:
        asyncio.run(serve_async((ASYNC | LIMITED)[name], task, expected, concurrency))
    else:
        serve_sync(SYNC[name](task), expected)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
