"""How fast a program's calls may follow each other: the one reckoning, in this process."""


class Pace:
    """A token bucket: a quarter of the limit at once, refilled so that no window of `window`
    seconds sees more than the limit. Instants are those of a monotonic clock, in seconds."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._limit: int | None = None
        self._burst = self._rate = 0.0
        self._tokens = 0.0
        self._at = 0.0
        self._paused_until = 0.0

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
        pause = self.pause(now)
        if self._limit is None:
            return pause
        self._refill(now)
        return max(pause, (calls - self._tokens) / self._rate)

    def pause(self, now: float) -> float:
        """Seconds for which nothing may go out at all."""
        return max(0.0, self._paused_until - now)

    def take(self, now: float) -> bool:
        """Whether a call goes out without delay."""
        if now < self._paused_until:
            return False
        if self._limit is None:
            return True
        self._refill(now)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def has_at_most(self, calls: float, now: float) -> None:
        """No more than so many calls may go out at once now."""
        self._refill(now)
        self._tokens = min(self._tokens, calls)

    def has(self, calls: float, pause: float, now: float) -> None:
        """So many calls may go out at once, after a pause of so many seconds: somebody knows."""
        self._tokens, self._at, self._paused_until = calls, now, now + pause

    def stop(self, seconds: float, now: float) -> None:
        """Nothing may go out for so long."""
        self._paused_until = max(self._paused_until, now + seconds)

    def _refill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
