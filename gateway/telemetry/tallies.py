"""What is counted at each call and given to the metrics later, much of it at once: a single step of
theirs costs as much as a good part of a call.
"""

from typing import Protocol

MOST_WAITING = 512
"""Durations that wait at most."""


class _Counter(Protocol):
    def inc(self, amount: float = 1) -> None: ...


class _Histogram(Protocol):
    def observe(self, amount: float) -> None: ...


class Tally:
    """Counts for one series: add to `waiting`."""

    __slots__ = ("_counter", "waiting")

    def __init__(self, counter: _Counter) -> None:
        self._counter = counter
        self.waiting = 0

    def settle(self) -> None:
        """Give them on."""
        count, self.waiting = self.waiting, 0
        if count:
            self._counter.inc(count)


class Durations:
    """Durations in seconds for one series."""

    __slots__ = ("_histogram", "_waiting")

    def __init__(self, histogram: _Histogram) -> None:
        self._histogram = histogram
        self._waiting: list[float] = []

    def add(self, seconds: float) -> None:
        """One more."""
        self._waiting.append(seconds)
        if len(self._waiting) >= MOST_WAITING:
            self.settle()

    def settle(self) -> None:
        """Give them on."""
        observe = self._histogram.observe
        for seconds in self._waiting:
            observe(seconds)
        self._waiting.clear()
