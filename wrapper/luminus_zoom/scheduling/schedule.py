"""Send the rows of a ledger: some at a time, each once, in the order of the timetable."""

import json
import queue
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any, cast

from attrs import field, frozen

from .. import errors
from .._error_body import shows_meeting
from .._response import FOREIGN, Response
from ..client import AsyncZoomClient, ZoomClient
from ..errors import Outcome
from ..meeting import Meeting
from .errors import StoppedError
from .ledger import Attempt, Ledger
from .matching import LookAlike
from .pace import Pace
from .planned import PlannedMeeting
from .rows import OPEN, Pause, Row, State

MARGIN = timedelta(seconds=30)
"""How much longer than a call's deadline a row is taken for in flight."""
STATES = {
    Outcome.NOT_SENT: State.NOT_SENT,
    Outcome.REJECTED: State.REJECTED,
    Outcome.UNKNOWN: State.UNKNOWN,
}


@frozen
class Result:
    """What became of a row that this run sent.

    `meeting` is the meeting, or what is known of it; `error` what `create_meeting` raised.
    """

    row: Row
    state: State
    meeting: Meeting | None = None
    error: Exception | None = field(default=None)


def schedule(
    meetings: Iterable[PlannedMeeting] | None,
    ledger: Ledger,
    client: ZoomClient,
    *,
    rows: Iterable[int] | None = None,
    concurrency: int = 4,
    per_day: int | None = 100,
    first: int | None = None,
    further: bool = False,
    look_alike: LookAlike = "refuse",
    failures: int = 5,
    patience: timedelta = timedelta(minutes=15),
    lease: timedelta | None = None,
    stop: threading.Event | None = None,
) -> Generator[Result, None, None]:
    """Create the meetings that the ledger does not have yet; what became of each comes in the order of completion.

    The meetings are checked and recorded by this call; they are sent while the results are taken. A row is sent once:
    rows that are ``created``, ``unknown`` or in flight in another process are passed over. Rows that came out as
    ``rejected`` or ``not sent`` in an earlier run are sent again.

    Closing the generator, and Ctrl-C, begin no further row, wait for those in flight, and store their answers. A second
    Ctrl-C does not wait; what was in flight is ``unknown`` after its lease.

    Args:
        meetings: the whole timetable; None for the rows that the ledger has already.
        ledger: where the rows are recorded.
        client: what sends them. Its hooks, deadline and strictness apply; its `retries` do not.
        rows: send only these of the ledger's rows.
        concurrency: how many rows are in flight at a time.
        per_day: how many meetings of the ledger may be created a day (UTC), as Zoom limits a host; None for no limit.
        first: send only so many rows, to try it out.
        further: the meetings are no timetable, but come in addition to what the ledger has.
        look_alike: what to do with a meeting whose module, name and start another row of the ledger has.
        failures: stop after so many rows in a row that were not sent or are unknown.
        patience: the longest pause of a rate limit that is waited for. At a longer one the run stops.
        lease: how long a row is taken for in flight after its process died; by default a little longer than a call.
        stop: an event that ends the run as closing does, but lets the results of what is in flight come.

    Raises:
        InvalidRowsError: meetings break the contract. Nothing was sent.
        ConflictError: meetings differ from what was sent earlier. Nothing was sent.
        OtherTimetableError: the ledger is another timetable's. Nothing was sent.
        LedgerError: the ledger cannot be used.
        StoppedError: after the last result, if the run stopped before the last row: a limit a day, a pause that is
            longer than `patience`, a credential that is refused, too many failures.
    """

    def create(values: Mapping[str, Any]) -> Meeting:
        # The body was checked when it was recorded, and is sent as it was then.
        return client.create_meeting(**_call(values))

    todo = _todo(ledger, meetings, rows, first, further=further, look_alike=look_alike)
    pace = Pace(failures)
    limits = _Limits(concurrency, per_day, patience, lease or _lease(client))
    return _results(_Run(ledger, create, todo, pace, limits, stop or threading.Event()))


async def schedule_async(
    meetings: Iterable[PlannedMeeting] | None,
    ledger: Ledger,
    client: AsyncZoomClient,
    *,
    rows: Iterable[int] | None = None,
    concurrency: int = 4,
    per_day: int | None = 100,
    first: int | None = None,
    further: bool = False,
    look_alike: LookAlike = "refuse",
    failures: int = 5,
    patience: timedelta = timedelta(minutes=15),
    lease: timedelta | None = None,
    stop: threading.Event | None = None,
) -> AsyncGenerator[Result, None]:
    """`schedule` for asyncio and trio: the same arguments, results and errors.

    Everything begins when the first result is asked for. The ledger is used in threads, so that the event loop is not
    blocked. Cancelling waits for what is in flight. Close it with ``contextlib.aclosing`` if you leave it early.
    """
    from anyio import CancelScope, to_thread

    in_loop = _loop_caller()

    def create(values: Mapping[str, Any]) -> Meeting:
        return cast(Meeting, in_loop(partial(client.create_meeting, **_call(values))))

    plan = partial(_todo, ledger, meetings, rows, first, further=further, look_alike=look_alike)
    todo = await to_thread.run_sync(plan)
    limits = _Limits(concurrency, per_day, patience, lease or _lease(client))
    run = _Run(ledger, create, todo, Pace(failures), limits, stop or threading.Event())
    run.start()
    try:
        while (result := await to_thread.run_sync(run.take, abandon_on_cancel=True)) is not None:
            yield result
    finally:
        run.end()
        with CancelScope(shield=True):
            await to_thread.run_sync(run.wait)
    run.check()


def _loop_caller() -> Callable[[Callable[[], Awaitable[Any]]], Any]:
    """What runs an async function in this event loop, from any thread, and returns its result."""
    import asyncio

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        import trio

        token = trio.lowlevel.current_trio_token()
        return lambda function: trio.from_thread.run(function, trio_token=token)
    return lambda function: asyncio.run_coroutine_threadsafe(cast(Any, function()), loop).result()


def _call(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call that sends this body once."""
    return {"extra": values, "validate": False, "retries": 0}


def _lease(client: ZoomClient | AsyncZoomClient) -> timedelta:
    return timedelta(seconds=client._configuration.policy.deadline) + MARGIN


def _todo(
    ledger: Ledger,
    meetings: Iterable[PlannedMeeting] | None,
    rows: Iterable[int] | None,
    first: int | None,
    *,
    further: bool,
    look_alike: LookAlike,
) -> dict[int, int]:
    """The rows to send with their versions, in the order of the timetable; it is recorded before."""
    wanted = None if rows is None else set(rows)
    numbers: Sequence[int | None] | None = None
    if meetings is not None:
        numbers = ledger.record(list(meetings), further=further, look_alike=look_alike).numbers
    versions = {row.number: row.version for row in ledger.rows(*OPEN) if wanted is None or row.number in wanted}
    chosen = (number for number in (versions if numbers is None else numbers) if number in versions)
    return {number: versions[number] for number in islice(chosen, first)}


@frozen
class _Limits:
    """How fast a run may go."""

    concurrency: int
    per_day: int | None
    patience: timedelta
    lease: timedelta


def _results(run: "_Run") -> Generator[Result, None, None]:
    """The results of a run, which begins with the first."""
    run.start()
    try:
        while (result := run.take()) is not None:
            yield result
    finally:
        run.end()
        run.wait()
    run.check()


class _Run:
    """Threads that each take a row from the ledger, send it, store what became of it, and take the next."""

    def __init__(
        self,
        ledger: Ledger,
        create: Callable[[Mapping[str, Any]], Meeting],
        todo: dict[int, int],
        pace: Pace,
        limits: _Limits,
        stop: threading.Event,
    ) -> None:
        self._ledger = ledger
        self._create = create
        self._todo = todo
        self._pace = pace
        self._limits = limits
        self._stop = stop
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._taking = threading.Lock()
        # Bounded, so that a slow reader slows the run down.
        self._results: queue.Queue[Result | BaseException | None] = queue.Queue(limits.concurrency)
        self._alive = 0
        self._fault: BaseException | None = None

    def start(self) -> None:
        """Begin to send."""
        self._alive = min(self._limits.concurrency, len(self._todo))
        for _ in range(self._alive):
            # A daemon, so that a second Ctrl-C ends the process at once.
            threading.Thread(target=self._work, name="luminus-zoom-schedule", daemon=True).start()

    def take(self) -> Result | None:
        """The next result; None after the last."""
        with self._taking:
            while self._alive:
                item = self._results.get()
                if isinstance(item, Result):
                    return item
                if item is None:
                    self._alive -= 1
                else:
                    self._fault = self._fault or item
            return None

    def end(self) -> None:
        """Begin no further row."""
        self._ended.set()

    def wait(self) -> None:
        """Wait for what is in flight."""
        while self.take() is not None:
            pass

    def check(self) -> None:
        """Raise what ended the run early, if anything did."""
        if self._fault:
            raise self._fault

    def _work(self) -> None:
        """Send rows until there is none left."""
        try:
            while (attempt := self._next()) is not None:
                self._send(attempt)
        except BaseException as fault:
            self._halt(fault)
        finally:
            self._results.put(None)

    def _halt(self, fault: BaseException) -> None:
        self._ended.set()
        self._results.put(fault)

    def _next(self) -> Attempt | None:
        """The next row, committed as ``sending``, after all pauses; None if no further row is to be begun."""
        while not (self._ended.is_set() or self._stop.is_set()):
            with self._lock:
                claimed = self._ledger.claim(self._todo, self._limits.lease, self._limits.per_day)
            if not isinstance(claimed, Pause):
                return claimed
            wait = claimed.until - self._ledger.now()
            if wait > self._limits.patience:
                raise StoppedError(claimed.reason, claimed.until, len(self._todo))
            # In short steps, since `stop` is another event.
            self._ended.wait(min(max(wait.total_seconds(), 0), 1))
        return None

    def _send(self, attempt: Attempt) -> None:
        """Send a row, store what became of it, and tell it."""
        meeting, error = None, None
        try:
            meeting = self._create(attempt.row.request)
        except Exception as failure:
            error = failure
        meeting = meeting or getattr(error, "meeting", None)
        state = state_of(meeting, error)
        try:
            step = self._pace.after(attempt.row.number, state, error, self._ledger.now)
            row = self._ledger.finish(attempt, state, pause=step.pause, **_told(meeting, error))
        except Exception:
            self._results.put(Result(attempt.row, state, meeting, error))
            raise
        if step.again:
            with self._lock:
                again = {row.number: row.version, **self._todo}
                self._todo.clear()
                self._todo.update(again)
        else:
            self._results.put(Result(row, state, meeting, error))
        if step.stop:
            raise StoppedError(step.stop, left=len(self._todo))
        self._ended.wait(step.wait)


def state_of(meeting: Meeting | None, error: Exception | None) -> State:
    """What became of a row, from what `create_meeting` returned or raised."""
    if meeting and FOREIGN in meeting.deviations:
        return State.UNKNOWN  # The answer is another request's.
    if error is None or isinstance(error, errors.DeviationError):
        return State.CREATED
    if isinstance(error, errors.UnreadableMeetingError) and error.request:
        answer = Response(error.status or 0, error.headers, error.body)
        return State.CREATED if shows_meeting(answer, error.request.properties) else State.UNKNOWN
    return STATES[getattr(error, "outcome", Outcome.UNKNOWN)]


def _told(meeting: Meeting | None, error: Exception | None) -> dict[str, Any]:
    """What the ledger keeps of an answer."""
    if isinstance(error, errors.ZoomError):
        answer = json.dumps(dict(meeting.raw)) if meeting else error.body.decode(errors="replace") or None
        return {"status": error.status, "answer": answer, "error": type(error).__name__, "message": str(error)}
    if meeting is None:
        return {"error": type(error).__name__}
    foreign = "The answer belongs to another request." if FOREIGN in meeting.deviations else None
    return {"status": meeting.status, "answer": json.dumps(dict(meeting.raw)), "message": foreign}
