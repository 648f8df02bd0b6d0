"""The guard of a real endpoint: at the transport, so that whoever made a request cannot get around it.

It lets through what `Permission` has nothing against, no faster than the given rate, until as many meetings exist, or
may exist, as the run is allowed. What was created is in a file before the next request goes out.
"""

import contextlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from luminus_zoom_contract.run.limits import LIMIT_REACHED, retry_after
from luminus_zoom_contract.run.permission import Permission
from luminus_zoom_contract.run.transport import EndedError, HttpAnswer, HttpRequest, NoAnswerError, WithheldError
from luminus_zoom_contract.spec.document import decode

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows, where two runs at a time cannot share a file
    fcntl = None

LONGEST_WAIT: Final = 60.0
"""Seconds that a Retry-After may ask for; for longer ones nobody stays."""
_STARTED: Final = "run started"
_ID: Final = re.compile(r"[0-9A-Za-z {}-]{1,64}")


class CreatedLog:
    """The file of what was created: a line of JSON for each meeting that exists or may exist, never a password.

    Runs that have one file share its lines, so that together they create no more than each may.
    """

    def __init__(self, path: Path, run_id: str, ids: Iterable[str] = (), marked: str = "") -> None:
        """Open the file, which is made if need be; OSError if that cannot be done.

        `ids` are the answer's properties by which something is found again, `marked` is the one with the run's mark.
        """
        self._ids: Final = tuple(ids)
        self._marked: Final = marked
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path: Final = path
        self._run_id: Final = run_id
        self._file: Final = path.open("ab+")
        self._known = 0
        """How many bytes of the file were read or written."""
        self.elsewhere = 0
        """Meetings that other runs have created, or may have, by the same file."""
        with self.locked():
            self._write({"event": _STARTED})

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs from sending meanwhile, knowing what they have created so far."""
        with _lock_of(self._file.fileno()):
            self._read_others()
            yield

    def _read_others(self) -> None:
        self._file.seek(self._known)
        line = b"\n"
        for line in self._file:
            # What cannot be read may be what a run was writing when it was ended.
            self.elsewhere += _object(line).get("event") != _STARTED
        if not line.endswith(b"\n"):
            self._file.write(b"\n")
        self._known = self._file.tell()

    def shows_something(self, answer: HttpAnswer) -> bool:
        """Whether an answer, whatever its status, has what one to a creation has."""
        return bool(_object(answer.body).keys() & {*self._ids}) or answer.header("location") is not None

    def note(self, event: str, request: HttpRequest, answer: HttpAnswer | None) -> None:
        """Write one line; it is on the disk when this returns."""
        sent, got = _object(request.body), _object(answer.body) if answer else {}
        ids = {name: value for name in self._ids if isinstance(value := got.get(name), str) and _ID.fullmatch(value)}
        self._write(
            {"event": event, **ids, "name": sent.get(self._marked), "status": answer.status if answer else None}
        )

    def _write(self, line: Mapping[str, Any]) -> None:
        stamped = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "run": self._run_id, **line}
        self._file.write(json.dumps(stamped).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._known = self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@contextlib.contextmanager
def _lock_of(descriptor: int) -> Iterator[None]:
    if fcntl is None:
        yield
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class Guard:
    """The gate of a run's exchanges; several may share it, and one request is under way at a time."""

    def __init__(
        self,
        permission: Permission,
        log: CreatedLog,
        *,
        max_creates: int,
        rate: float,
        is_legal: Callable[[HttpRequest], bool] = lambda request: False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Allow `max_creates` meetings, and `rate` requests a second. `is_legal` knows what ought to create one."""
        self.permission: Final = permission
        self.log: Final = log
        self.max_creates: Final = max_creates
        self.created = 0
        self.unknown = 0
        """Requests of which nobody knows whether they created a meeting; they count like those that did."""
        self.withheld = 0
        self.ended = ""
        """Why nothing more is sent; empty as long as something is."""
        self._pause: Final = 1 / rate
        self._next = 0.0
        self._is_legal: Final = is_legal
        self._tells_creations = False
        """Whether the latest legal request was answered with a success: only then is a refusal of others believed."""
        self._sleep: Final = sleep
        self._lock: Final = threading.Lock()

    @property
    def left(self) -> int:
        """How many more meetings may come into being."""
        return self.max_creates - self.created - self.unknown - self.log.elsewhere

    def send(self, request: HttpRequest, transmit: Callable[[HttpRequest], HttpAnswer]) -> HttpAnswer:
        """Transmit a request that is allowed, when its time has come; WithheldError for any other."""
        with self._lock, self._ledger():
            self._check(request)
            self._sleep(max(0.0, self._next - time.monotonic()))
            try:
                answer = transmit(request)
            except BaseException as error:
                self.unknown += 1
                self._note("unknown", request, None)
                if not isinstance(error, NoAnswerError):
                    self.ended = f"a request was cut off: {type(error).__name__}"
                raise
            finally:
                self._next = time.monotonic() + self._pause
            self._account(request, answer)
            return answer

    @contextlib.contextmanager
    def _ledger(self) -> Iterator[None]:
        try:
            stack = contextlib.ExitStack()
            stack.enter_context(self.log.locked())
        except (OSError, ValueError) as error:
            self.ended = self.ended or f"what other runs created can no longer be read: {error}"
        with stack:
            yield

    def _check(self, request: HttpRequest) -> None:
        if not self.ended and self.left <= 0:
            others = f"; {self.log.path} lists {self.log.elsewhere} of other runs" if self.log.elsewhere else ""
            self.ended = f"{self.created} meetings were created and {self.unknown} may have been, which is all it may"
            self.ended += others
        if self.ended:
            raise EndedError(self.ended)
        if reason := self.permission.refusal(request):
            self.withheld += 1
            raise WithheldError(reason)

    def _account(self, request: HttpRequest, answer: HttpAnswer) -> None:
        created = answer.status == 201 or (request.method == "POST" and 200 <= answer.status < 300)
        if not _is_gateways(answer) and self._is_legal(request):
            self._tells_creations = created
        if created:
            self.created += 1
            self._note("created", request, answer)
        elif answer.status >= 500 or (request.method == "POST" and self._may_have_created(answer)):
            self.unknown += 1
            self._note("unknown", request, answer)
        wait = retry_after(answer)
        if LIMIT_REACHED.search(answer.body) or (answer.status == 403 and wait is not None):
            self.ended = f"a limit is reached: {answer.status}"
        elif answer.status in {429, 503} and (wait is None or wait > LONGEST_WAIT):
            self.ended = f"{answer.status} asks to wait {'for an unknown time' if wait is None else f'{wait:.0f} s'}"
        self._next += wait or 0.0

    def _may_have_created(self, answer: HttpAnswer) -> bool:
        """Whether a refusal, or what looks like one, does not exclude that something was created."""
        if not 400 <= answer.status < 500 or self.log.shows_something(answer):
            return True
        return not (self._tells_creations or _is_gateways(answer))

    def _note(self, event: str, request: HttpRequest, answer: HttpAnswer | None) -> None:
        try:
            self.log.note(event, request, answer)
        except (OSError, ValueError) as error:
            self.ended = f"what is created can no longer be written down: {error}"


class DryRun:
    """A gate that lets nothing through and lists what it would have."""

    def __init__(self, permission: Permission | None) -> None:
        """List what a permission allows; everything, where there is none."""
        self.permission: Final = permission
        self.listed: Final[list[HttpRequest]] = []

    def send(self, request: HttpRequest, transmit: Callable[[HttpRequest], HttpAnswer]) -> HttpAnswer:
        """List the request, unless it is not allowed, and raise WithheldError."""
        reason = self.permission.refusal(request) if self.permission else None
        if reason is None:
            self.listed.append(request)
        raise WithheldError(reason or "nothing is sent in a dry run")


def _is_gateways(answer: HttpAnswer) -> bool:
    """Whether a refusal has the gateway's shape, which lets nothing through to the service."""
    said = _object(answer.body)
    return said.keys() == {"statusCode", "message"} and said["statusCode"] == answer.status


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = decode(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
