"""A vendor's allowance of calls a minute, one for each token."""

import math
from collections import defaultdict, deque
from collections.abc import Callable

from msgspec import Struct

WINDOW_SECONDS = 60.0


class Allowance(Struct, frozen=True):
    """What is left for a token after a call; `limit` None means that nothing is counted.

    `reset_seconds` is the time until the next call is granted when refused, else until the
    whole allowance is back.
    """

    is_granted: bool
    limit: int | None = None
    remaining: int = 0
    reset_seconds: int = 0


class Throttle:
    """Counts calls in a sliding window of 60 seconds by `clock`; refused calls do not count."""

    def __init__(self, calls_per_minute: int | None, clock: Callable[[], float]) -> None:
        self.calls_per_minute = calls_per_minute
        self._clock = clock
        self._granted: defaultdict[str, deque[float]] = defaultdict(deque)

    def admit(self, token: str) -> Allowance:
        """Takes one call out of the token's allowance, or refuses it."""
        limit = self.calls_per_minute
        if limit is None:
            return Allowance(is_granted=True)
        now = self._clock()
        granted = self._granted[token]
        while granted and granted[0] <= now - WINDOW_SECONDS:
            granted.popleft()
        if len(granted) >= limit:
            return Allowance(False, limit, 0, self._seconds_until(granted[0], now))
        granted.append(now)
        return Allowance(True, limit, limit - len(granted), self._seconds_until(granted[-1], now))

    @staticmethod
    def _seconds_until(granted_at: float, now: float) -> int:
        return max(1, math.ceil(granted_at + WINDOW_SECONDS - now))
