"""How many operations run at once, and how many wait for their turn."""

import sys

from adapters.demand import current_demand
from adapters.places import Places
from gateway.errors import LimitExceeded
from gateway.http.exchange import BadRequest

RETRY_SECONDS = 1


class Gate:
    """Lets `concurrency` operations run at once and `queue` more wait; 0 lets everybody in.

    A context of what runs, whose place is waited for as long as the operation has. Entering it
    raises BadRequest, 503 with Retry-After.
    """

    def __init__(self, concurrency: int, queue: int) -> None:
        self._concurrency = concurrency
        self._queue = queue
        self._places = Places(concurrency or sys.maxsize)
        self._waiting = 0

    async def __aenter__(self) -> None:
        if not self._places.take():
            await self._wait()

    async def __aexit__(self, *_: object) -> None:
        self._places.free()

    async def _wait(self) -> None:
        if self._waiting >= self._queue:
            raise self._full()
        self._waiting += 1
        try:
            await self._places.wait(current_demand().deadline)
        except TimeoutError:
            raise self._full() from None
        finally:
            self._waiting -= 1

    def _full(self) -> BadRequest:
        limit, most = ("queue", self._queue) if self._queue else ("concurrency", self._concurrency)
        error = LimitExceeded(limit, most, most + 1, "Too many operations are under way.")
        return BadRequest.over(error, 503, ((b"retry-after", b"%d" % RETRY_SECONDS),))
