"""Bounds what a program has in flight, so that one hanging provider takes only its own share."""

import asyncio
from collections.abc import Callable, Mapping

from adapters._http.wire import Answer, Wire
from adapters.errors import ProviderError


class BulkheadWire:
    """A wire for at most `in_flight` calls at once and `queue` more that wait for a place.

    `refuse` makes the error of a call that finds the queue full.
    """

    def __init__(
        self, wire: Wire, *, in_flight: int, queue: int, refuse: Callable[[], ProviderError]
    ) -> None:
        self._wire = wire
        self._places = asyncio.Semaphore(in_flight)
        self._queue = queue
        self._waiting = 0
        self._refuse = refuse

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        await self._enter(deadline)
        try:
            return await self._wire.send(method, target, headers, body, deadline)
        finally:
            self._places.release()

    async def _enter(self, deadline: float) -> None:
        if self._places.locked():
            if self._waiting >= self._queue:
                raise self._refuse()
            self._waiting += 1
            try:
                async with asyncio.timeout_at(deadline):
                    await self._places.acquire()
            except TimeoutError:
                # Not a time-out of the provider: the call never left.
                raise self._refuse() from None
            finally:
                self._waiting -= 1
        else:
            await self._places.acquire()

    async def aclose(self) -> None:
        await self._wire.aclose()
