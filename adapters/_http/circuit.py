"""Holds calls back from a provider that is failing anyway."""

from collections import deque
from collections.abc import Callable

import httpx

from adapters._http.wire import Answer
from adapters.limits import CircuitLimits


class Circuit:
    """Whether calls go through, from what came of those before. Time is that of a monotonic clock,
    in seconds."""

    def __init__(self, limits: CircuitLimits, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._failures_in_a_row = 0
        self._probe_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls are held back."""
        return self._probe_at is not None

    def admit(self) -> float | None:
        """None lets a call through, the only one for a while when the circuit is open; else the
        seconds until the next probe."""
        if self._probe_at is None:
            return None
        wait = self._probe_at - self._monotonic()
        if wait > 0:
            return wait
        self._probe_at = self._monotonic() + self._limits.probe
        return None

    def answered(self, answer: Answer) -> None:
        """A call was answered. 4xx and 429 are answers of a provider that works."""
        if answer.status >= 500:
            self.failed()
        else:
            self.succeeded()

    def broke(self, failure: Exception, *, had_its_time: bool) -> None:
        """A call that went out came to nothing.

        A deadline tells against the provider only when the call `had_its_time` until then: one
        that waited long for its turn, or that a hurried request made, says nothing of it.
        """
        if isinstance(failure, httpx.LocalProtocolError | httpx.PoolTimeout):
            return  # the provider was not asked
        if isinstance(failure, httpx.TransportError) or (
            isinstance(failure, TimeoutError) and had_its_time
        ):
            self.failed()

    def succeeded(self) -> None:
        """The provider works; one such call is enough to close the circuit."""
        if self._probe_at is not None:
            self._probe_at = None
            self._outcomes.clear()
        self._failures_in_a_row = 0
        self._note(has_failed=False)

    def failed(self) -> None:
        """A call came to nothing on the provider's side."""
        self._failures_in_a_row += 1
        self._note(has_failed=True)
        failures = sum(has_failed for _, has_failed in self._outcomes)
        enough = len(self._outcomes) >= self._limits.calls
        if self._failures_in_a_row >= self._limits.in_a_row or (
            enough and failures >= self._limits.share * len(self._outcomes)
        ):
            self._probe_at = self._monotonic() + self._limits.probe

    def _note(self, *, has_failed: bool) -> None:
        now = self._monotonic()
        self._outcomes.append((now, has_failed))
        while self._outcomes[0][0] <= now - self._limits.window:
            self._outcomes.popleft()
