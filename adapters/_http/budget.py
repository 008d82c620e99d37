"""Keeps a program's calls within its allowance, and its most urgent calls first.

In any minute at most the limit goes out: up to a quarter of it at once, the rest spread evenly.
A provider's 429 stops everything until its `Retry-After`.
"""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from math import ceil

from adapters._http.turnstile import Turnstile
from adapters.demand import current_demand
from adapters.errors import ProviderError

# Other processes may have been quicker: how long to wait at least before asking again (seconds).
LEAST_WAIT = 0.01


class Budget:
    """A program's calls, each in its turn at the turnstile.

    A call that would wait beyond its deadline is refused at once; so is a write while a 429
    holds. `is_safe` tells reads from writes, `refuse` makes the error from the seconds to wait.
    """

    def __init__(
        self,
        turnstile: Turnstile,
        *,
        is_safe: Callable[[str, str], bool],
        refuse: Callable[[float], ProviderError],
    ) -> None:
        self._turnstile = turnstile
        self._is_safe = is_safe
        self._refuse = refuse
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._usher: asyncio.Task[None] | None = None
        self.learn = turnstile.learn
        """Heed what an answer says of the limit."""

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return sum(not turn.done() for _, _, turn in self._waiting)

    def spend(self) -> bool:
        """Whether a call goes out at once, without asking other processes."""
        return not self._waiting and self._turnstile.take_at_once()

    async def wait(self, method: str, target: str, deadline: float) -> None:
        """Wait for the turn of a call, and take it. Raises what `refuse` makes."""
        is_idle = current_demand().is_idle
        ahead = 0
        if self._waiting:
            ahead = sum(idle <= is_idle and not f.done() for idle, _, f in self._waiting)
        has_to_wait = ahead or (self._turnstile.is_shared and self._turnstile.delay())
        if not has_to_wait and await self._turnstile.take():
            return
        if self._turnstile.pause and not self._is_safe(method, target):
            raise self._refuse(self._turnstile.pause)
        wait = self._turnstile.delay(ahead)
        if wait > deadline - asyncio.get_running_loop().time():
            raise self._refuse(wait)
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (is_idle, next(self._numbers), turn))
        if self._usher is None or self._usher.done():
            self._usher = asyncio.create_task(self._give_turns())
        try:
            async with asyncio.timeout_at(deadline):
                await turn
        except TimeoutError:
            raise self._refuse(self._turnstile.delay()) from None

    async def _give_turns(self) -> None:
        while self._waiting:
            if self._waiting[0][2].done():  # gave up
                heapq.heappop(self._waiting)
            elif (wait := self._turnstile.delay()) > 0:
                await asyncio.sleep(wait)
            elif await self._turnstile.take():
                self._let_go()
            else:
                await asyncio.sleep(max(LEAST_WAIT, self._turnstile.delay()))

    def _let_go(self) -> None:
        """The most urgent of those who still wait may go."""
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return

    def close(self) -> None:
        """Give no more turns."""
        if self._usher is not None:
            self._usher.cancel()


def whole_seconds(wait: float) -> int:
    """Seconds to tell a caller to wait: never too few."""
    return max(1, ceil(wait))
