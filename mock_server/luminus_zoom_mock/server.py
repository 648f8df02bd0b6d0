"""The mock as a real HTTP server: in a thread of the calling process, or as the main job of a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn

from luminus_zoom_mock.app import MockApp, create_app
from luminus_zoom_mock.controls import Controls
from luminus_zoom_mock.protocol import MockProtocol
from luminus_zoom_mock.settings import Settings


class MockServer(Controls):
    """The mock on a free loopback port, served by a thread from the moment it is made until `close`.

    A context manager: leaving it closes the server. Open connections are dropped then, without waiting for answers.
    """

    def __init__(self, settings: Settings | MockApp | None = None) -> None:
        """Start serving; None stands for the default settings. An app is served as it is.

        Raises what `create_app` raises.
        """
        self.app = settings if isinstance(settings, MockApp) else create_app(settings)
        # Bound and listening before the thread starts: no port to race for, no readiness to wait for.
        listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = base_url(self.app, listener)
        """The address of the API, as ``http://127.0.0.1:PORT/zoom``."""
        config = server_config(self.app)
        self._loop = (config.get_loop_factory() or asyncio.new_event_loop)()
        self._server = _PromptServer(config)
        self._thread = threading.Thread(target=self._serve, args=(listener,), name="luminus-zoom-mock", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving and close the store; more than once does no harm."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._server.stop.set)
            self._thread.join()
        self.app.store.close()

    def __enter__(self) -> Self:
        """Return the server, which is serving already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the server."""
        self.close()

    def _serve(self, listener: socket.socket) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._server.serve([listener]))


class _PromptServer(uvicorn.Server):
    """uvicorn's server, less the polling and the graces of its end, which would cost every test a sixth of a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    async def main_loop(self) -> None:
        while not self.stop.is_set():
            await self.on_tick(0)  # renews the Date header
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # The app only ever waits for its client, so each task ends by itself now.
        await asyncio.gather(*self.server_state.tasks)


def server_config(app: MockApp) -> uvicorn.Config:
    """Return uvicorn's configuration for the mock, without what would show in an answer or cost time."""
    return uvicorn.Config(
        app,
        http=MockProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        # As long as Azure keeps an idle connection: no client of the mock meets one that was closed under its feet.
        timeout_keep_alive=240,
    )


def base_url(app: MockApp, listener: socket.socket) -> str:
    """Return the address of the API at a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{app.contract.base}"
