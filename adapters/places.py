"""So many places, for whoever asked first."""

import asyncio
from collections import deque


class Places:
    """`take` one, at once where there are any, or `wait` for one, and `free` it again."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Whether a place was there to be taken."""
        if not self._free:  # who waits is given a place before one counts as free
            return False
        self._free -= 1
        return True

    async def wait(self, latest: float | None) -> None:
        """Take one, for which nobody who came before still waits. Raises TimeoutError at `latest`,
        an instant of the running loop's clock; None is never."""
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
