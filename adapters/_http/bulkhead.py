"""Bounds what a program has in flight, so that one hanging provider takes only its own share."""

from collections.abc import Callable

from adapters.errors import ProviderError
from adapters.places import Places


class Bulkhead:
    """At most `in_flight` calls at once, and `queue` more that wait for a place.

    `refuse` makes the error of a call that finds the queue full.
    """

    def __init__(self, *, in_flight: int, queue: int, refuse: Callable[[], ProviderError]) -> None:
        self._places = Places(in_flight)
        self._queue = queue
        self._refuse = refuse
        self.waiting = 0
        """How many calls wait for a place."""
        self.enter = self._places.take
        """Whether there was a place to be taken at once."""
        self.leave = self._places.free
        """Give the place back."""

    async def wait(self, deadline: float) -> None:
        """Enter as soon as there is a place. Raises what `refuse` makes."""
        if self.waiting >= self._queue:
            raise self._refuse()
        self.waiting += 1
        try:
            await self._places.wait(deadline)
        except TimeoutError:
            # Not a time-out of the provider: the call never left.
            raise self._refuse() from None
        finally:
            self.waiting -= 1
