"""The circuit: opens on failures, lets single probes through, closes on one success."""

import asyncio

import httpx
import pytest

from adapters._http.circuit import Circuit
from adapters._http.wire import Answer
from adapters.errors import Unavailable
from adapters.limits import CircuitLimits
from tests.adapters.http.scripted import FAILING, OK, ScriptedWire, guarded, held_back, soon
from tests.sandboxes.clock import Clock

pytestmark = pytest.mark.anyio

PATIENCE = 3.0


def test_five_failures_in_a_row_open_it() -> None:
    circuit = Circuit(CircuitLimits(), Clock())
    for _ in range(4):
        circuit.failed()
    assert circuit.admit() is None
    circuit.failed()
    assert circuit.is_open
    assert circuit.admit() == 5.0


def test_half_of_twenty_calls_in_ten_seconds_open_it() -> None:
    clock = Clock()
    circuit = Circuit(CircuitLimits(), clock)
    for number in range(18):
        circuit.failed() if number % 2 else circuit.succeeded()
    circuit.succeeded()
    assert not circuit.is_open
    circuit.failed()
    assert circuit.is_open


def test_what_is_long_ago_does_not_count() -> None:
    clock = Clock()
    circuit = Circuit(CircuitLimits(), clock)
    for number in range(19):
        circuit.failed() if number % 2 else circuit.succeeded()
    clock.seconds += 11
    circuit.failed()
    assert not circuit.is_open


def test_one_probe_goes_through_every_five_seconds_and_its_success_closes_it() -> None:
    clock = Clock()
    circuit = Circuit(CircuitLimits(in_a_row=1), clock)
    circuit.failed()
    clock.seconds += 4.9
    assert circuit.admit() == pytest.approx(0.1)
    clock.seconds += 0.2
    assert circuit.admit() is None  # the probe
    assert circuit.admit() == pytest.approx(5.0)  # nobody else
    circuit.failed()
    clock.seconds += 5.1
    assert circuit.admit() is None
    circuit.succeeded()
    assert not circuit.is_open
    assert circuit.admit() is None


async def test_an_open_circuit_costs_no_call() -> None:
    inner = ScriptedWire(*[FAILING] * 5)
    circuit = Circuit(CircuitLimits(), Clock())
    wire = guarded(inner, circuit=circuit)
    for _ in range(5):
        await wire.send("GET", "/x", {}, None, soon())
    with pytest.raises(Unavailable) as refused:
        await wire.send("GET", "/x", {}, None, soon())
    assert refused.value.retry_after_seconds == 5
    assert len(inner.calls) == 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429])
async def test_an_answer_of_a_working_provider_never_opens_it(status: int) -> None:
    inner = ScriptedWire(*[Answer(status, {"retry-after": "0"}, b"")] * 30)
    circuit = Circuit(CircuitLimits(), Clock())
    wire = guarded(inner, circuit=circuit)
    for _ in range(30):
        await wire.send("GET", "/x", {}, None, soon())
    assert not circuit.is_open


async def count(failure: Exception, seconds: float = PATIENCE + 1) -> Circuit:
    """The circuit after five calls that ended so, each with so long until its deadline."""
    circuit = Circuit(CircuitLimits(), Clock())
    wire = guarded(ScriptedWire(*[failure] * 5), circuit=circuit, patience=PATIENCE)
    for _ in range(5):
        with pytest.raises(type(failure)):
            await wire.send("GET", "/x", {}, None, soon(seconds))
    return circuit


@pytest.mark.parametrize(
    "failure", [httpx.ReadError, httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout]
)
async def test_connections_that_break_open_it(failure: type[httpx.TransportError]) -> None:
    assert (await count(failure("x"))).is_open


@pytest.mark.parametrize(
    "failure", [held_back(), httpx.PoolTimeout("x"), httpx.LocalProtocolError("x")]
)
async def test_calls_that_never_left_tell_nothing_of_the_provider(failure: Exception) -> None:
    assert not (await count(failure)).is_open


async def test_a_missed_deadline_tells_against_a_provider_that_had_its_time() -> None:
    assert (await count(TimeoutError())).is_open
    assert not (await count(TimeoutError(), seconds=PATIENCE - 1)).is_open


async def test_a_call_that_got_its_turn_late_tells_nothing_of_the_provider() -> None:
    """The only place is taken until shortly before the others' deadline."""
    inner = ScriptedWire(OK, *[TimeoutError() for _ in range(5)])
    inner.gate = asyncio.Event()
    circuit = Circuit(CircuitLimits(), Clock())
    wire = guarded(inner, circuit=circuit, in_flight=1, queue=5, patience=PATIENCE)
    deadline = soon(PATIENCE + 0.05)
    calls = [wire.send("GET", "/x", {}, None, deadline) for _ in range(6)]
    asyncio.get_running_loop().call_at(deadline - PATIENCE + 0.05, inner.gate.set)
    first, *late = await asyncio.gather(*calls, return_exceptions=True)
    assert first == OK
    assert [type(outcome) for outcome in late] == [TimeoutError] * 5
    assert not circuit.is_open
