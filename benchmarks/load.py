"""Asks a server over connections that stay open, each asking again as soon as it has an answer."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import cast

import httptools

ANSWER_SECONDS = 60.0


class WrongAnswer(Exception):
    """An answer is not the one that was expected."""


@dataclass(frozen=True)
class Load:
    """What came of asking: how long in all, each answer's time, in seconds, and the last answer."""

    seconds: float
    latencies: list[float]
    last: bytes

    @property
    def count(self) -> int:
        """How many answers came."""
        return len(self.latencies)


class _Asker:
    """What the connections have in common."""

    def __init__(
        self, requests: Iterator[bytes], expected: bytes | None, until: float, most: int
    ) -> None:
        self._requests = requests
        self._expected = expected
        self._until = until
        self._left = most
        self.latencies: list[float] = []
        self.last = b""

    def request(self) -> bytes | None:
        """The next request, or None when enough were asked."""
        if self._left <= 0 or time.perf_counter() >= self._until:
            return None
        self._left -= 1
        return next(self._requests, None)

    def is_good(self, status: int, body: bytes) -> bool:
        """Whether that is how it should be answered."""
        self.last = body
        if self._expected is not None:
            return status == 200 and body == self._expected
        return status == 200 and b'"errors"' not in body


class _Connection(asyncio.Protocol):
    """`done` tells that it has nothing more to ask, or what went wrong."""

    def __init__(self, asker: _Asker, done: asyncio.Future[None]) -> None:
        self._asker = asker
        self._done = done
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none by its class.
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        request = self._asker.request()
        if request is None:
            self._done.set_result(None)
            return
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"no HTTP: {error}")

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self._asker.latencies.append(time.perf_counter() - self._began)
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts = []
        status = self._parser.get_status_code()
        if self._asker.is_good(status, body):
            self._ask()
        else:
            self._fail(f"{status}: {body[:500].decode(errors='replace')}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"connection lost: {exc}")

    def _fail(self, what: str) -> None:
        if not self._done.done():
            self._done.set_exception(WrongAnswer(what))


async def ask(
    port: int,
    requests: bytes | Iterable[bytes],
    *,
    connections: int = 1,
    seconds: float = ANSWER_SECONDS,
    most: int = 10**9,
    expected: bytes | None = None,
) -> Load:
    """Ask for `seconds` or `most` times, whichever ends first, over so many connections.

    Every answer must have status 200 and be `expected`, or, where nothing is expected, have no
    errors; else raises WrongAnswer. Raises TimeoutError when no answer comes for a minute.
    """
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    asked = repeat(requests) if isinstance(requests, bytes) else iter(requests)
    asker = _Asker(asked, expected, began + seconds, most)
    transports: list[asyncio.Transport] = []
    finished: list[asyncio.Future[None]] = []
    try:
        async with asyncio.timeout(seconds + ANSWER_SECONDS):
            for _ in range(connections):
                done = loop.create_future()
                finished.append(done)
                transport, _ = await loop.create_connection(
                    partial(_Connection, asker, done), "127.0.0.1", port
                )
                transports.append(transport)
            await asyncio.gather(*finished)
    finally:
        for transport in transports:
            transport.abort()
    return Load(time.perf_counter() - began, asker.latencies, asker.last)
