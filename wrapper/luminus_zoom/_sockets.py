"""One request out, one answer in, within a deadline, over blocking sockets."""

import functools
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable

from ._call import Failure, Send
from ._http1 import Incoming, encoded
from ._links import MOST, Idle, failed, has_news, left
from ._base_url import Place
from ._request import Request
from ._response import Response


class SocketLink:
    """A connection of blocking sockets."""

    def __init__(self, connection: socket.socket) -> None:
        self.incoming = Incoming()
        self._socket = connection

    def is_quiet(self) -> bool:
        """Whether it is open and nothing has come that nobody asked for."""
        return not has_news(self._socket.fileno())

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def exchange(self, data: bytes, seconds: Callable[[], float]) -> None:
        """Send a request and take in its answer; `seconds` tells how many each step may take."""
        try:
            view = memoryview(data)
            while view:
                self._socket.settimeout(seconds())
                view = view[self._socket.send(view) :]
        except (ConnectionError, ssl.SSLError):
            pass  # It may have answered before it had read everything.
        while not self.incoming.is_complete:
            self._socket.settimeout(seconds())
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

    def send(self, request: Request, step: Send) -> Response | Failure:
        """Make one attempt. Everything that goes wrong comes back as a value, but for interruptions."""
        if self._process != os.getpid():
            # Connections can't be shared with the process that this one was forked from.
            self._idle.close()
            self._start()
        data = encoded(request)
        end = time.monotonic() + step.seconds
        idle, free = self._idle, self._free  # Another thread may start anew, too.
        if not free.acquire(timeout=min(step.timeout, step.seconds)):
            return Failure("no connection became free in time", sent=False, timeout=True)
        seconds = functools.partial(left, step.timeout, end)
        link: SocketLink | None = None
        incoming: Incoming | None = None
        try:
            link = idle.take() or SocketLink(self._connected(seconds))
            seconds()
            incoming = link.incoming
            incoming.begin()
            step.sent = True
            link.exchange(data, seconds)
            idle.keep(link)
            return incoming.answer()
        except BaseException as error:
            if link:
                link.close()
            if not isinstance(error, Exception):
                raise
            return failed(error, step, incoming)
        finally:
            free.release()

    def _connected(self, seconds: Callable[[], float]) -> socket.socket:
        """A new connection to any of the host's addresses, in one phase for all of them."""
        found = addresses(self._place.host, self._place.port)
        end = time.monotonic() + seconds()
        failure = OSError()
        for number, address in enumerate(found):
            try:
                return self._connected_to(address, (end - time.monotonic()) / (len(found) - number), seconds)
            except OSError as error:
                failure = error
        raise failure

    def _connected_to(self, address: str, share: float, seconds: Callable[[], float]) -> socket.socket:
        """A new connection to an address, with TLS where that is asked for."""
        connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            connection.settimeout(max(share, 0.001))
            connection.connect((address, self._place.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            if self._place.tls:
                # The handshake apart, so that the socket is closed whatever interrupts it.
                connection = secured = self._place.tls.wrap_socket(
                    connection, server_hostname=self._place.host, do_handshake_on_connect=False
                )
                connection.settimeout(seconds())
                secured.do_handshake()
        except BaseException:
            connection.close()
            raise
        return connection

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
