"""So many places, for whoever asked first."""

import asyncio
from collections import deque


class Places:
    """`take` one, and `free` it again. Taking one costs next to nothing while there are any."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def are_taken(self) -> bool:
        """Whether the next one has to wait."""
        return not self._free  # who waits is given a place before one counts as free

    async def take(self, latest: float) -> None:
        """Raises TimeoutError at `latest`, an instant of the running loop's clock."""
        if not self.are_taken:
            self._free -= 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout_at(latest):
                await place
        except BaseException:
            if place.done() and not place.cancelled():  # it came in the same instant
                self.free()
            raise

    def free(self) -> None:
        """Give a place back."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():  # else whoever waited has left
                place.set_result(None)
                return
        self._free += 1
