"""The last instant of calls: they end by it, and nobody's own cancellation is mistaken for it."""

import asyncio

import pytest

from adapters._http.finishing import Finish
from tests.adapters.http.scripted import soon

pytestmark = pytest.mark.anyio


async def call(finish: Finish, gate: asyncio.Event) -> str:
    """What ended a call that waits for a gate."""
    task = finish.enter()
    try:
        await gate.wait()
    except asyncio.CancelledError:
        if finish.is_the_end(task):
            return "the end"
        raise
    finally:
        finish.leave(task)
    return "the gate"


async def test_calls_under_way_end_at_the_instant_and_their_tasks_go_on() -> None:
    finish, gate = Finish(), asyncio.Event()

    async def two_calls() -> tuple[str, str]:
        first = await call(finish, gate)
        gate.set()
        return first, await call(finish, gate)

    asked = asyncio.create_task(two_calls())
    await asyncio.sleep(0)
    finish.by(soon(0.01))
    assert await asked == ("the end", "the gate")
    assert not asked.cancelling()


async def test_a_call_that_is_over_is_left_alone() -> None:
    finish, gate = Finish(), asyncio.Event()
    gate.set()
    assert await call(finish, gate) == "the gate"
    finish.by(soon(0.0))
    await asyncio.sleep(0.02)


async def test_the_instant_becomes_earlier_and_never_later() -> None:
    finish, gate = Finish(), asyncio.Event()
    asked = asyncio.create_task(call(finish, gate))
    await asyncio.sleep(0)
    finish.by(first := soon(60))
    finish.by(soon(0.01))
    finish.by(first)
    assert finish.instant < first
    assert await asked == "the end"


async def test_who_is_cancelled_meanwhile_is_cancelled() -> None:
    finish, gate = Finish(), asyncio.Event()
    asked = asyncio.create_task(call(finish, gate))
    await asyncio.sleep(0)
    asked.cancel()
    finish.by(soon(0.0))
    with pytest.raises(asyncio.CancelledError):
        await asked


async def test_who_is_cancelled_in_the_same_instant_is_cancelled() -> None:
    finish, gate = Finish(), asyncio.Event()
    asked = asyncio.create_task(call(finish, gate))
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    finish.by(loop.time() - 1)
    loop.call_at(loop.time() - 1, asked.cancel)
    with pytest.raises(asyncio.CancelledError):
        await asked
