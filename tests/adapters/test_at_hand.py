"""Work that is begun at once: what it gives, and how the rest of it goes on."""

import asyncio
from collections.abc import Awaitable

import pytest

from adapters.at_hand import AtHand, Begun, all_of, begun

pytestmark = pytest.mark.anyio


class Work:
    """Waits for `gate` so many times, and notes what becomes of it."""

    def __init__(self, waits: int) -> None:
        self.gate = asyncio.Event()
        self.told: list[str] = []
        self._waits = waits

    async def run(self) -> str:
        try:
            for _ in range(self._waits):
                self.told.append("waits")
                await self.gate.wait()
            return "done"
        except asyncio.CancelledError:
            self.told.append("cancelled")
            raise
        finally:
            self.told.append("ended")


async def fail() -> None:
    raise LookupError("gone")


async def test_what_is_at_hand_is_given_as_often_as_it_is_awaited() -> None:
    at_hand = AtHand("a")
    assert [await at_hand, await at_hand, at_hand.result()] == ["a", "a", "a"]
    assert begun(at_hand) is at_hand


async def test_work_that_need_not_wait_is_over_at_once() -> None:
    work = Work(waits=0)
    done = begun(work.run())
    assert isinstance(done, AtHand)
    assert done.value == "done"


async def test_two_may_wait_for_the_same() -> None:
    come = asyncio.get_running_loop().create_future()

    async def wait() -> str:
        return str(await come)

    rest = [begun(wait()), begun(wait())]
    asyncio.get_running_loop().call_soon(come.set_result, "a")
    assert await asyncio.gather(*rest) == ["a", "a"]


@pytest.mark.parametrize("waits", [1, 3])
@pytest.mark.parametrize("is_task", [True, False])
async def test_work_that_waits_goes_on_where_it_stopped(waits: int, is_task: bool) -> None:
    work = Work(waits)
    rest = begun(work.run())
    assert isinstance(rest, Begun)
    assert work.told == ["waits"]
    asyncio.get_running_loop().call_soon(work.gate.set)
    assert await (asyncio.ensure_future(rest) if is_task else rest) == "done"
    assert work.told == ["waits"] * waits + ["ended"]


async def test_turns_that_work_gives_to_others_are_theirs() -> None:
    async def give_way() -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        return "done"

    rest = begun(give_way())
    assert isinstance(rest, Begun)
    assert await rest == "done"


@pytest.mark.parametrize("has_run", [True, False], ids=["in its task", "before its task has run"])
async def test_work_is_cancelled_where_it_waits(has_run: bool) -> None:
    work = Work(waits=1)
    task = asyncio.ensure_future(begun(work.run()))
    if has_run:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.told == ["waits", "cancelled", "ended"]


async def test_work_that_nobody_goes_on_with_is_closed() -> None:
    work = Work(waits=1)
    rest = begun(work.run())
    assert isinstance(rest, Begun)
    rest.close()
    assert work.told == ["waits", "ended"]


async def test_a_failure_is_raised_where_it_is_awaited() -> None:
    failed = begun(fail())
    for _ in range(2):
        with pytest.raises(LookupError, match="gone"):
            await failed


async def test_several_wait_side_by_side_and_stand_in_their_order() -> None:
    waiting = [Work(waits=1), Work(waits=2)]
    works: list[Awaitable[str]] = [waiting[0].run(), AtHand("at hand"), waiting[1].run()]
    together = asyncio.ensure_future(all_of([*works, Work(waits=0).run()]))
    await asyncio.sleep(0)
    assert [work.told for work in waiting] == [["waits"], ["waits"]]
    for work in waiting:
        work.gate.set()
    assert await together == ["done", "at hand", "done", "done"]


async def test_a_failure_of_one_of_several_is_raised() -> None:
    works: list[Awaitable[None]] = [AtHand(None), fail()]
    with pytest.raises(LookupError, match="gone"):
        await all_of(works)
