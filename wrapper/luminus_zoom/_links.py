"""What the library's own connections have in common, be they sockets or asyncio's.

A connection carries one request at a time and is then kept for the next, the latest one first, so that those that are
not needed run out. It is given up as soon as anything is wrong with it.
"""

import contextlib
import select
import time
from collections import deque
from typing import Generic, Protocol, TypeVar

from ._call import Failure, Send
from ._http1 import Incoming, MalformedError
from ._response import Response

MOST = 100
"""Connections of one client; further calls wait until one is free."""
KEPT = 3.0
"""Seconds for which an idle connection is trusted to be still there. Many servers close it after five."""


class Link(Protocol):
    """A connection."""

    incoming: Incoming

    def is_quiet(self) -> bool:
        """Whether it is open and nothing has come that nobody asked for."""
        ...

    def close(self) -> None:
        """Close it at once."""
        ...


AnyLink = TypeVar("AnyLink", bound=Link)


class Idle(Generic[AnyLink]):
    """Connections that wait for their next request."""

    def __init__(self) -> None:
        self._links: deque[tuple[float, AnyLink]] = deque()
        self._is_closed = False

    def take(self) -> AnyLink | None:
        """The one that was used last, if it is still good."""
        with contextlib.suppress(IndexError):
            while True:
                since, link = self._links.pop()
                if time.monotonic() - since < KEPT and link.is_quiet():
                    return link
                link.close()
        return None

    def keep(self, link: AnyLink) -> None:
        """Keep one for later, and drop the one that has waited longest if that is too long."""
        if not link.incoming.is_reusable:
            link.close()
            return
        now = time.monotonic()
        self._links.append((now, link))
        if self._is_closed:
            self.close()
        with contextlib.suppress(IndexError):
            if now - self._links[0][0] > KEPT:
                self._links.popleft()[1].close()

    def close(self) -> None:
        """Close them, and whatever is given back later."""
        self._is_closed = True
        with contextlib.suppress(IndexError):
            while True:
                self._links.pop()[1].close()


def left(timeout: float, end: float) -> float:
    """Seconds for the next step.

    Raises:
        TimeoutError: there are none left.
    """
    seconds = min(timeout, end - time.monotonic())
    if seconds <= 0:
        raise TimeoutError
    return seconds


def has_news(descriptor: int) -> bool:
    """Whether anything has come on a socket that nobody has read, be it only its end."""
    if descriptor < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def failed(error: Exception, step: Send, incoming: Incoming | None) -> Response | Failure:
    """What an attempt amounts to that ended with an error."""
    is_late = isinstance(error, TimeoutError)
    text = f"{type(error).__name__}: {error}" if not isinstance(error, MalformedError) else str(error)
    if incoming and incoming.has_head:
        return incoming.answer("its body did not end in time" if is_late else f"its body broke off ({text})")
    if is_late:
        text = "there was no answer in time" if step.sent else "there was no connection in time"
    return Failure(text, step.sent, is_late, None if isinstance(error, MalformedError) else error)
