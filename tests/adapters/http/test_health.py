"""How a provider has been answering, from the outcomes of calls."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters._http.allowance import Allowance
from adapters._http.circuit import Circuit
from adapters._http.health import RECENT_CALLS, HealthMonitor
from adapters.errors import (
    InvalidInput,
    NotFound,
    ProviderError,
    Rejected,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from adapters.limits import CircuitLimits
from adapters.provider import HealthStatus

NOON = datetime(2025, 1, 20, 12, tzinfo=UTC)


def failure(kind: type[ProviderError], status: int | None = None) -> ProviderError:
    return kind(program_key="p", provider_key="piggy", upstream_status=status)


def monitor(allowance: Allowance | None = None, circuit: Circuit | None = None) -> HealthMonitor:
    circuit = circuit or Circuit(CircuitLimits(), lambda: 0.0)
    return HealthMonitor(allowance or Allowance(60), circuit, waiting=lambda: 0)


def status(of: HealthMonitor) -> HealthStatus:
    return of.snapshot(0, NOON).status


def test_nothing_is_known_before_the_first_call() -> None:
    health = monitor().snapshot(0, NOON)
    assert health.status is HealthStatus.UNKNOWN
    assert (health.last_success_at, health.last_error, health.median_latency_ms) == (None,) * 3
    assert (health.calls_limit, health.calls_remaining) == (60, 60)
    assert health.allowance_resets_at is None


def test_good_answers_are_healthy_and_timed() -> None:
    watched = monitor()
    for milliseconds in (10, 30, 500):
        watched.answered(milliseconds / 1000, NOON)
    health = watched.snapshot(0, NOON)
    assert (health.status, health.last_success_at) == (HealthStatus.HEALTHY, NOON)
    assert health.median_latency_ms == pytest.approx(30)


def test_one_failure_degrades_until_it_is_long_ago() -> None:
    watched = monitor()
    watched.failed(failure(Unavailable, 503), 0.1, NOON)
    assert status(watched) is HealthStatus.DEGRADED
    for _ in range(RECENT_CALLS - 1):
        watched.answered(0.1, NOON)
    assert status(watched) is HealthStatus.DEGRADED
    watched.answered(0.1, NOON)
    assert status(watched) is HealthStatus.HEALTHY


def test_an_open_circuit_is_down() -> None:
    circuit = Circuit(CircuitLimits(in_a_row=1), lambda: 0.0)
    watched = monitor(circuit=circuit)
    watched.failed(failure(TimedOut), 3, NOON)
    assert status(watched) is HealthStatus.DEGRADED
    circuit.failed()
    assert status(watched) is HealthStatus.DOWN
    circuit.succeeded()
    watched.answered(0.1, NOON)
    assert status(watched) is HealthStatus.DEGRADED


def test_the_last_error_is_told_while_it_is_the_latest_outcome() -> None:
    watched = monitor()
    watched.answered(0.1, NOON)
    watched.failed(failure(Unauthenticated, 401), 0.1, NOON + timedelta(seconds=1))
    health = watched.snapshot(0, NOON)
    assert health.last_error is not None
    assert health.last_error.code == "UNAUTHENTICATED"
    assert health.last_success_at == NOON
    watched.answered(0.1, NOON)
    assert watched.snapshot(0, NOON).last_error is None


@pytest.mark.parametrize("kind", [NotFound, InvalidInput, Rejected])
def test_a_clear_no_is_a_good_answer(kind: type[ProviderError]) -> None:
    watched = monitor()
    for _ in range(RECENT_CALLS):
        watched.failed(failure(kind, 404), 0.1, NOON)
    assert status(watched) is HealthStatus.HEALTHY


def test_silence_says_nothing_of_latency() -> None:
    watched = monitor()
    watched.failed(failure(TimedOut), 5, NOON)
    assert watched.snapshot(0, NOON).median_latency_ms is None


def test_a_spent_allowance_degrades_and_says_when_it_is_back() -> None:
    allowance = Allowance(2)
    watched = monitor(allowance)
    for instant in (100.0, 110.0):
        allowance.spend(instant)
        watched.answered(0.1, NOON)
    health = watched.snapshot(120, NOON)
    assert (health.status, health.calls_remaining) == (HealthStatus.DEGRADED, 0)
    assert health.allowance_resets_at == NOON + timedelta(seconds=50)
    assert watched.snapshot(161, NOON).status is HealthStatus.HEALTHY
