"""Serves an ASGI application over real HTTP from a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters._sandbox.exchange import CLOSE

STOP_SECONDS = 5.0


class Served:
    """A running server: `origin` such as `http://127.0.0.1:49152`, and its `port`."""

    def __init__(self, host: str, port: int, server: "_Server", thread: threading.Thread) -> None:
        self.origin = f"http://{host}:{port}"
        self.port = port
        self._server = server
        self._thread = thread

    def stop(self) -> None:
        """Closes the listening socket and every connection; from then on clients are refused.

        A second call does nothing. The port can be served again at once.
        """
        self._server.leave()
        self._thread.join(STOP_SECONDS)


@contextmanager
def serve_in_thread(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Served]:
    """Serves `app` until the block ends or `Served.stop` is called; port 0 takes a free one.

    Accepts connections when the block begins. Raises OSError when the port is taken.
    """
    # asyncio turns Nagle's algorithm off only where the protocol is named.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    server = _Server(
        uvicorn.Config(
            app,
            http=_ClosableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
        )
    )
    bound_port = listener.getsockname()[1]
    thread = threading.Thread(
        target=server.run_reporting, args=(listener,), name=f"sandbox-{bound_port}", daemon=True
    )
    thread.start()
    served = Served(host, bound_port, server, thread)
    try:
        server.loop.result()
        yield served
    finally:
        served.stop()


class _ClosableProtocol(HttpToolsProtocol):
    """Gives the application a way to close its connection, which ASGI has none for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def closable(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {CLOSE: transport.close}
            await app(scope, receive, send)

        self.app = closable


class _Server(uvicorn.Server):
    """uvicorn, told to stop by an event, at once: its own way polls and waits for clients."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.loop: Future[asyncio.AbstractEventLoop] = Future()
        self._leaving = asyncio.Event()

    def run_reporting(self, listener: socket.socket) -> None:
        """Runs until told to leave; `loop` is done once connections are accepted."""
        try:
            self.run(sockets=[listener])
        except BaseException as error:
            listener.close()
            if self.loop.done():
                raise
            self.loop.set_exception(error)

    def leave(self) -> None:
        self.should_exit = True
        # A loop that is closed has left already.
        with suppress(RuntimeError):
            self.loop.result().call_soon_threadsafe(self._leaving.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop.set_result(asyncio.get_running_loop())

    async def main_loop(self) -> None:
        # A tick renews the Date header.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=STOP_SECONDS)
