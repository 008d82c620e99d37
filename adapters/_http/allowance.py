"""How many calls a program has left in the current minute, as far as anybody knows."""

from collections import deque
from collections.abc import Callable, Mapping

WINDOW_SECONDS = 60.0


class Allowance:
    """Counts a program's calls and remembers what the provider said of its limit.

    `configured` are the calls a minute that it may make, 0 where only the provider limits. Instants
    are those of a monotonic clock, in seconds. Header names are Laravel's convention (FACTS section
    4): a provider that sends none is judged by our own count alone. `processes` is among how many
    the limit is divided just now.
    """

    def __init__(
        self,
        configured: int = 0,
        *,
        window: float = WINDOW_SECONDS,
        processes: Callable[[], int] = lambda: 1,
    ) -> None:
        self.window = window
        self._processes = processes
        self.configured = configured
        self._sent: deque[float] = deque()
        self.told_limit: int | None = None
        """Calls a minute as the provider says."""
        self._told_remaining: int | None = None
        self._told_at = float("-inf")

    def spend(self, now: float) -> None:
        """A call goes out."""
        self._forget(now)
        self._sent.append(now)

    def knows(self, calls: int, told_limit: int | None, now: float) -> None:
        """So many calls were made in the last minute, by this process and by others: those that
        it did not know of count as made now."""
        self._forget(now)
        while len(self._sent) > calls:
            self._sent.popleft()
        self._sent.extend([now] * (calls - len(self._sent)))
        self.told_limit = told_limit

    def told(self, headers: Mapping[str, str], now: float) -> int | None:
        """Read the rate-limit headers of an answer: the calls that the provider still takes."""
        limit = _count(headers.get("x-ratelimit-limit"))
        remaining = _count(headers.get("x-ratelimit-remaining"))
        if limit is not None:
            self.told_limit = limit
        if remaining is not None:
            self._told_remaining, self._told_at = remaining, now
        return remaining

    @property
    def limit(self) -> int | None:
        """Calls a minute: the smaller of our own limit and the provider's, or this process's part
        of it, which is never none; None when neither is known."""
        configured, told = self.configured, self.told_limit
        if not configured and told is None:
            return None
        known = configured if told is None else min(configured or told, told)
        return max(1, known // self._processes())

    def remaining(self, now: float) -> int | None:
        """Calls left now: the smaller of our own count and what the provider last said."""
        limit = self.limit
        if limit is None:
            return None
        self._forget(now)
        left = limit - len(self._sent)
        if self._told_remaining is not None and now - self._told_at < self.window:
            since = sum(1 for instant in self._sent if instant > self._told_at)
            left = min(left, self._told_remaining - since)
        return max(0, left)

    def full_after(self, now: float) -> float | None:
        """Seconds until nothing of the last minute counts any more; None when nothing is spent."""
        self._forget(now)
        return self._sent[-1] + self.window - now if self._sent else None

    def _forget(self, now: float) -> None:
        while self._sent and self._sent[0] <= now - self.window:
            self._sent.popleft()


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else None
