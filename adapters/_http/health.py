"""How a program's provider has been answering lately, from the calls that were made anyway."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median

from adapters._http.allowance import Allowance
from adapters._http.circuit import Circuit
from adapters.errors import Failure, InvalidInput, NotFound, ProviderError, Rejected
from adapters.provider import Health, HealthStatus

RECENT_CALLS = 50

# The provider answered, and answered well: it is the question that was wrong.
_CLEAR_ANSWERS = (NotFound, InvalidInput, Rejected)


class HealthMonitor:
    """Watches the outcomes of one program's calls. `waiting` tells how many have not gone out
    yet."""

    def __init__(
        self, allowance: Allowance, circuit: Circuit, *, waiting: Callable[[], int]
    ) -> None:
        self._allowance = allowance
        self._circuit = circuit
        self._waiting = waiting
        self._latencies: deque[float] = deque(maxlen=RECENT_CALLS)
        self._outcomes: deque[bool] = deque(maxlen=RECENT_CALLS)
        self._last_success_at: datetime | None = None
        self._last_error: Failure | None = None

    def answered(self, seconds: float, at: datetime) -> None:
        """A call was answered well."""
        self._latencies.append(seconds)
        self._outcomes.append(True)
        self._last_success_at = at
        self._last_error = None

    def failed(self, error: ProviderError, seconds: float, at: datetime) -> None:
        """A call came to nothing."""
        if isinstance(error, _CLEAR_ANSWERS):
            self.answered(seconds, at)
            return
        if error.upstream_status is not None:
            self._latencies.append(seconds)
        self._outcomes.append(False)
        self._last_error = error.report

    def snapshot(self, now: float, at: datetime) -> Health:
        """What is known at an instant, given by the monotonic and by the wall clock."""
        remaining = self._allowance.remaining(now)
        full_after = self._allowance.full_after(now)
        return Health(
            status=self._status(remaining),
            last_success_at=self._last_success_at,
            last_error=self._last_error,
            median_latency_ms=median(self._latencies) * 1000 if self._latencies else None,
            calls_limit=self._allowance.limit,
            calls_remaining=remaining,
            allowance_resets_at=at + timedelta(seconds=full_after) if full_after else None,
            is_circuit_open=self._circuit.is_open,
            calls_waiting=self._waiting(),
        )

    def _status(self, remaining: int | None) -> HealthStatus:
        if not self._outcomes:
            return HealthStatus.UNKNOWN
        if self._circuit.is_open:
            return HealthStatus.DOWN
        if not all(self._outcomes) or remaining == 0:
            return HealthStatus.DEGRADED
        return HealthStatus.HEALTHY
