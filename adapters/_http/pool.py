"""The connections to one origin: so many at once, used again while they are good."""

import asyncio
from collections import deque

import httpx

from adapters._http.connecting import Connector
from adapters._http.connection import Connection
from adapters._http.wire import KEEP_ALIVE_SECONDS, MAX_CONNECTIONS, Unsent
from adapters.places import Places


class ConnectionPool:
    """At most `MAX_CONNECTIONS`, to whoever asked first. `patience` is how long to wait for one,
    `keep_alive` how long one may be idle, in seconds."""

    def __init__(
        self, connector: Connector, *, patience: float, keep_alive: float = KEEP_ALIVE_SECONDS
    ) -> None:
        self._connector = connector
        self._patience = patience
        self._keep_alive = keep_alive
        self._places = Places(MAX_CONNECTIONS)
        self._connections: set[Connection] = set()
        self._idle: deque[Connection] = deque()  # the longest idle first
        self._sweep: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def take(self, deadline: float) -> Connection:
        """A connection for one exchange, to be given back whatever comes of it.

        Raises httpx.PoolTimeout, ConnectTimeout, ConnectError and Unsent: nothing was sent.
        """
        now = asyncio.get_running_loop().time()
        if deadline <= now:
            raise Unsent
        if not self._places.take():
            try:
                await self._places.wait(min(deadline, now + self._patience))
            except TimeoutError:
                if deadline < now + self._patience:
                    raise Unsent from None
                raise httpx.PoolTimeout("every connection is busy") from None
        try:
            return self._reusable() or await self._new(deadline)
        except BaseException:
            self._places.free()
            raise

    def give_back(self, connection: Connection) -> None:
        """An exchange is over."""
        if self._is_closed:
            connection.close()
        elif connection.is_open:
            loop = asyncio.get_running_loop()
            connection.idle_since = loop.time()
            self._idle.append(connection)
            if self._sweep is None:
                self._sweep = loop.call_later(self._keep_alive, self._close_expired)
        self._places.free()

    async def aclose(self) -> None:
        """Close all of them, and wait until they are."""
        self._is_closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in self._connections:
            connection.close()
        if self._connections:
            await asyncio.wait([connection.lost for connection in self._connections])

    def _reusable(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and not connection.has_unread():
                return connection
            connection.close()
        return None

    async def _new(self, deadline: float) -> Connection:
        connection = await self._connector.connect(deadline)
        self._connections.add(connection)
        connection.lost.add_done_callback(lambda _: self._connections.discard(connection))
        return connection

    def _close_expired(self) -> None:
        self._sweep = None
        loop = asyncio.get_running_loop()
        while self._idle:
            good_for = self._idle[0].idle_since + self._keep_alive - loop.time()
            if good_for > 0 and self._idle[0].is_open:
                self._sweep = loop.call_later(good_for, self._close_expired)
                return
            self._idle.popleft().close()
