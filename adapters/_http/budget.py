"""Keeps a program's calls within its allowance, and its most urgent calls first.

In any minute at most the limit goes out: up to a quarter of it at once, the rest spread evenly.
A provider's 429 stops everything until its `Retry-After`.
"""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import ceil

from adapters._http.allowance import Allowance
from adapters._http.retry_after import retry_after_seconds
from adapters._http.wire import Answer, Wire
from adapters.demand import current_demand
from adapters.errors import ProviderError

FIRST_PAUSE = 1.0


class Pace:
    """A token bucket: a quarter of the limit at once, refilled so that no window of `window`
    seconds sees more than the limit."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._limit: int | None = None
        self._burst = self._rate = 0.0
        self._tokens = 0.0
        self._at = 0.0

    def set_limit(self, limit: int | None, now: float) -> None:
        """The limit as it is known now; None is none."""
        if limit == self._limit:
            return
        known = self._limit is not None
        self._refill(now)
        self._limit = limit
        self._burst = max(1.0, (limit or 0) // 4)
        self._rate = max((limit or 0) - self._burst, 0.5) / self._window
        self._at = now
        self._tokens = min(self._tokens, self._burst) if known else self._burst

    def delay(self, calls: int, now: float) -> float:
        """Seconds until so many more calls have gone out."""
        if self._limit is None:
            return 0.0
        self._refill(now)
        return max(0.0, (calls - self._tokens) / self._rate)

    def spend(self, now: float) -> None:
        """A call goes out."""
        if self._limit is not None:
            self._refill(now)
            self._tokens -= 1

    def told_remaining(self, remaining: int, now: float) -> None:
        """The provider says that it takes so many more calls."""
        self._refill(now)
        self._tokens = min(self._tokens, float(remaining))

    def _refill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now


class BudgetWire:
    """A wire that waits its turn.

    A call that would wait beyond its deadline is refused at once; so is a write while a 429
    holds. `is_safe` tells reads from writes, `refuse` makes the error from the seconds to wait.
    """

    def __init__(
        self,
        wire: Wire,
        allowance: Allowance,
        *,
        is_safe: Callable[[str, str], bool],
        refuse: Callable[[float], ProviderError],
        monotonic: Callable[[], float],
    ) -> None:
        self._wire = wire
        self._allowance = allowance
        self._pace = Pace(allowance.window)
        self._is_safe = is_safe
        self._refuse = refuse
        self._monotonic = monotonic
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._paused_until = 0.0
        self._next_pause = FIRST_PAUSE

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        await self._take_turn(deadline, is_write=not self._is_safe(method, target))
        answer = await self._wire.send(method, target, headers, body, deadline)
        self._learn(answer)
        return answer

    async def _take_turn(self, deadline: float, *, is_write: bool) -> None:
        now = self._monotonic()
        self._pace.set_limit(self._allowance.limit, now)
        pause = max(0.0, self._paused_until - now)
        is_idle = current_demand().is_idle
        ahead = sum(idle <= is_idle and not f.done() for idle, _, f in self._waiting)
        wait = max(pause, self._pace.delay(ahead + 1, now))
        if is_write and pause:
            raise self._refuse(pause)
        if wait > deadline - asyncio.get_running_loop().time():
            raise self._refuse(wait)
        if wait:
            turn = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (is_idle, next(self._numbers), turn))
            self._set_timer()
            try:
                async with asyncio.timeout_at(deadline):
                    await turn
            except TimeoutError:
                raise self._refuse(self._delay()) from None
        else:
            self._spend()

    def _spend(self) -> None:
        now = self._monotonic()
        self._pace.spend(now)
        self._allowance.spend(now)

    def _delay(self) -> float:
        now = self._monotonic()
        return max(self._paused_until - now, self._pace.delay(1, now))

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(0.0, self._delay()), self._give_turns)

    def _give_turns(self) -> None:
        self._timer = None
        while self._waiting and self._delay() <= 0:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._spend()
                turn.set_result(None)
        if self._waiting:
            self._set_timer()

    def _learn(self, answer: Answer) -> None:
        now = self._monotonic()
        remaining = self._allowance.told(answer.headers, now)
        if remaining is not None:
            self._pace.told_remaining(remaining, now)
        if answer.status != 429:
            self._next_pause = FIRST_PAUSE
            return
        told = retry_after_seconds(answer.headers.get("retry-after"), datetime.now(UTC))
        pause = float(told) if told is not None else self._next_pause
        self._next_pause = min(self._next_pause * 2, self._allowance.window)
        self._paused_until = max(self._paused_until, now + pause)

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._wire.aclose()


def whole_seconds(wait: float) -> int:
    """Seconds to tell a caller to wait: never too few."""
    return max(1, ceil(wait))
