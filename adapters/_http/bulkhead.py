"""Bounds what a program has in flight, so that one hanging provider takes only its own share."""

from collections.abc import Callable, Mapping

from adapters._http.places import Places
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
        self._places = Places(in_flight)
        self._queue = queue
        self._waiting = 0
        self._refuse = refuse

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        return self._waiting

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        if self._places.are_taken and self._waiting >= self._queue:
            raise self._refuse()
        self._waiting += 1
        try:
            await self._places.take(deadline)
        except TimeoutError:
            # Not a time-out of the provider: the call never left.
            raise self._refuse() from None
        finally:
            self._waiting -= 1
        try:
            return await self._wire.send(method, target, headers, body, deadline)
        finally:
            self._places.free()

    async def aclose(self) -> None:
        await self._wire.aclose()
