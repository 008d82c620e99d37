"""The circuit: opens on failures, lets single probes through, closes on one success."""

import httpx
import pytest

from adapters._http.circuit import Circuit, CircuitWire
from adapters._http.wire import Answer
from adapters.errors import Unavailable
from adapters.limits import CircuitLimits
from tests.adapters.http.scripted import FAILING, ScriptedWire, held_back, soon
from tests.sandboxes.clock import Clock

pytestmark = pytest.mark.anyio


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
    wire = CircuitWire(inner, Circuit(CircuitLimits(), Clock()), held_back)
    for _ in range(5):
        await wire.send("GET", "/x", {}, None, soon())
    with pytest.raises(Unavailable) as refused:
        await wire.send("GET", "/x", {}, None, soon())
    assert refused.value.retry_after_seconds == 5
    assert len(inner.calls) == 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429])
async def test_an_answer_of_a_working_provider_never_opens_it(status: int) -> None:
    inner = ScriptedWire(*[Answer(status, {}, b"")] * 30)
    circuit = Circuit(CircuitLimits(), Clock())
    wire = CircuitWire(inner, circuit, held_back)
    for _ in range(30):
        await wire.send("GET", "/x", {}, None, soon())
    assert not circuit.is_open


async def test_connections_that_break_open_it_and_refusals_of_our_own_do_not() -> None:
    circuit = Circuit(CircuitLimits(), Clock())
    wire = CircuitWire(ScriptedWire(*[held_back()] * 9), circuit, held_back)
    for _ in range(9):
        with pytest.raises(Unavailable):
            await wire.send("GET", "/x", {}, None, soon())
    assert not circuit.is_open
    broken = CircuitWire(ScriptedWire(*[httpx.ReadError("x")] * 5), circuit, held_back)
    for _ in range(5):
        with pytest.raises(httpx.ReadError):
            await broken.send("GET", "/x", {}, None, soon())
    assert circuit.is_open
