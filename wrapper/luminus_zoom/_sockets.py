"""One request out, one answer in, within a deadline, over blocking sockets."""

import os
import socket
import threading
import time
from collections.abc import Callable

from ._decide import Failure, Send
from ._http1 import Incoming, encoded
from ._links import MOST, Idle, failed
from ._place import Place
from ._prepare import Request
from ._read import Answer


class SocketLink:
    """A connection of blocking sockets."""

    def __init__(self, connection: socket.socket) -> None:
        self.incoming = Incoming()
        self._socket = connection

    def is_quiet(self) -> bool:
        """Whether it is open and nothing has come that nobody asked for."""
        try:
            self._socket.settimeout(0)
            # Below TLS, whose sockets do not peek.
            socket.socket.recv(self._socket, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def exchange(self, data: bytes, left: Callable[[], float]) -> None:
        """Send a request and take in its answer; `left` tells the seconds for each step."""
        self.incoming.begin()
        try:
            view = memoryview(data)
            while view:
                self._socket.settimeout(left())
                view = view[self._socket.send(view) :]
        except (BrokenPipeError, ConnectionResetError):
            pass  # It may have answered before it had read everything.
        while not self.incoming.is_complete:
            self._socket.settimeout(left())
            self.incoming.feed(self._socket.recv(65536))


class Connections:
    """The connections of one `ZoomClient`. Safe from many threads, and in a forked process."""

    def __init__(self, base_url: str) -> None:
        self._place = Place(base_url)
        self._start()

    def _start(self) -> None:
        self._idle: Idle[SocketLink] = Idle()
        self._free = threading.BoundedSemaphore(MOST)
        self._process = os.getpid()

    def send(self, request: Request, step: Send) -> Answer | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions."""
        if self._process != os.getpid():
            # Connections can't be shared with the process that this one was forked from.
            self._start()
        data = encoded(request)
        end = time.monotonic() + step.seconds
        if not self._free.acquire(timeout=min(step.timeout, step.seconds)):
            return Failure("no connection became free in time", sent=False, timeout=True)
        link: SocketLink | None = None

        def left() -> float:
            seconds = min(step.timeout, end - time.monotonic())
            if seconds <= 0:
                raise TimeoutError
            return seconds

        try:
            link = self._idle.take() or SocketLink(self._connected(left))
            step.sent = True
            link.exchange(data, left)
            self._idle.keep(link)
            return link.incoming.answer()
        except BaseException as error:
            if link:
                link.close()
            if not isinstance(error, Exception):
                raise
            return failed(error, step, link.incoming if link else None)
        finally:
            self._free.release()

    def _connected(self, left: Callable[[], float]) -> socket.socket:
        """A new connection to any of the host's addresses, in one phase for all of them."""
        end = time.monotonic() + left()
        failure = OSError()
        for address in addresses(self._place.host, self._place.port):
            connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
            try:
                connection.settimeout(max(end - time.monotonic(), 0.001))
                connection.connect((address, self._place.port))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
                return self._secured(connection, left)
            except BaseException as error:
                connection.close()
                if not isinstance(error, OSError):
                    raise
                failure = error
        raise failure

    def _secured(self, connection: socket.socket, left: Callable[[], float]) -> socket.socket:
        """The same connection with TLS, where that is asked for."""
        if self._place.tls is None:
            return connection
        connection.settimeout(left())
        return self._place.tls.wrap_socket(connection, server_hostname=self._place.host)

    def close(self) -> None:
        """Close all connections."""
        self._idle.close()


def addresses(host: str, port: int) -> list[str]:
    """The IP addresses of a host.

    Raises:
        OSError: it has none, or they cannot be looked up.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OSError(f"{host}: {error}") from error
    if not found:
        raise OSError(f"{host} has no address")
    return [str(each[4][0]) for each in found]
