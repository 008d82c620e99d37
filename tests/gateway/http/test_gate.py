"""How many operations run at once, and how many wait."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.demand import Demand, demanding
from adapters.piggy.sandbox import PiggySandbox
from adapters.provider import ProgramConfig
from gateway.config import LimitsConfig
from gateway.http.exchange import BadRequest
from gateway.http.gate import Gate
from tests.running import running_gateway

pytestmark = pytest.mark.anyio


async def pass_through(gate: Gate, until: asyncio.Event) -> str:
    async with gate:
        await until.wait()
        return "ran"


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_so_many_run_so_many_wait_and_the_rest_is_refused() -> None:
    gate, until = Gate(2, 3), asyncio.Event()
    tasks = [asyncio.create_task(pass_through(gate, until)) for _ in range(6)]
    await settle()
    refused = [task for task in tasks if task.done()]
    assert refused == tasks[5:]
    error = refused[0].exception()
    assert isinstance(error, BadRequest)
    assert (error.status, error.headers) == (503, ((b"retry-after", b"1"),))
    assert error.extensions == {
        "code": "LIMIT_EXCEEDED",
        "limit": "queue",
        "maximum": 3,
        "actual": 4,
    }
    until.set()
    assert await asyncio.gather(*tasks[:5]) == ["ran"] * 5
    assert await pass_through(gate, until) == "ran"


async def test_nobody_waits_longer_than_the_operation_may_take() -> None:
    gate, until = Gate(1, 1), asyncio.Event()
    running = asyncio.create_task(pass_through(gate, until))
    await settle()
    soon = Demand(deadline=asyncio.get_running_loop().time() + 0.01)
    with demanding(soon), pytest.raises(BadRequest):
        await pass_through(gate, until)
    until.set()
    assert await running == "ran"
    assert await pass_through(gate, until) == "ran"


async def test_who_gives_up_waiting_leaves_its_place_in_the_queue() -> None:
    gate, until = Gate(1, 1), asyncio.Event()
    running = asyncio.create_task(pass_through(gate, until))
    await settle()
    for _ in range(3):
        waiting = asyncio.create_task(pass_through(gate, until))
        await settle()
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
    until.set()
    assert await running == "ran"


async def test_without_a_queue_nobody_waits() -> None:
    gate, until = Gate(1, 0), asyncio.Event()
    running = asyncio.create_task(pass_through(gate, until))
    await settle()
    with pytest.raises(BadRequest) as refusal:
        await pass_through(gate, until)
    assert refusal.value.extensions["limit"] == "concurrency"
    until.set()
    await running


async def test_without_a_limit_everybody_runs() -> None:
    gate, until = Gate(0, 0), asyncio.Event()
    tasks = [asyncio.create_task(pass_through(gate, until)) for _ in range(50)]
    await settle()
    until.set()
    assert await asyncio.gather(*tasks) == ["ran"] * 50


def test_over_http_what_is_too_much_gets_a_503(
    programs: tuple[ProgramConfig, ProgramConfig], piggy: PiggySandbox
) -> None:
    piggy.latency_seconds = 0.5
    query = '{ program(key: "coral-avenue") { settings { isEnabled } } a%d: __typename }'
    with running_gateway(*programs, demand=LimitsConfig(concurrency=2, queue=2)) as gateway:

        def ask(number: int) -> int:
            response = gateway.http.post("/graphql", json={"query": query % number})
            if response.status_code == 503:
                assert response.headers["retry-after"] == "1"
                (error,) = response.json()["errors"]
                assert error["extensions"]["limit"] == "queue"
            return response.status_code

        with ThreadPoolExecutor(12) as threads:
            statuses = list(threads.map(ask, range(12)))
    assert set(statuses) == {200, 503}
    assert statuses.count(200) >= 4
