"""How long the upstream itself takes: calls side by side, and one such row after the other."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import cast

import httptools


class _Connection(asyncio.Protocol):
    """Makes one call at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answered: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none by its class.
        self.transport = cast(asyncio.Transport, transport)

    def call(self, target: str) -> asyncio.Future[None]:
        """Done when the whole answer is there."""
        self._answered = asyncio.get_running_loop().create_future()
        self.transport.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        return self._answered

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._answered is not None:
            self._answered.set_result(None)


async def calls_alone(
    port: int, targets: Sequence[str], chain: Sequence[int], *, times: int
) -> list[float]:
    """The seconds that a chain of calls took each time: so many side by side, then the next."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(_Connection, "127.0.0.1", port) for _ in range(max(chain))]
    connections = [connection for _, connection in made]
    upcoming = cycle(targets)
    try:
        return [await _once(connections, upcoming, chain) for _ in range(times)]
    finally:
        for connection in connections:
            connection.transport.abort()


async def _once(
    connections: Sequence[_Connection], targets: Iterator[str], chain: Sequence[int]
) -> float:
    began = time.perf_counter()
    for count in chain:
        calls = zip(connections[:count], targets, strict=False)
        await asyncio.gather(*(connection.call(target) for connection, target in calls))
    return time.perf_counter() - began
