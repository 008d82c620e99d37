"""Longer than a process may be silent: who is heard of is waited for, and nobody else is.

All of it at the same time, as that takes seconds, each at a server of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from adapters.sharing.firsts import BrokenOff
from tests.adapters.sharing.conftest import QUICK, Join, joining, until
from tests.adapters.sharing.test_answers import answer, first
from tests.adapters.sharing.test_reads import Upstream, beginning
from tests.redis_server import RedisServer, needs_redis, running_redis

pytestmark = [pytest.mark.anyio, needs_redis]


async def a_first_answer_is_waited_for_however_long_it_takes(join: Join) -> None:
    one, other = await join(), await join()
    async with first(one) as came:
        waiting = asyncio.create_task(answer(other))
        await asyncio.sleep(QUICK.gone + 0.5)
        assert not waiting.done()
        await came.keep(b"!")
    assert await waiting == b"!"


async def that_one_broke_off_is_told_and_never_done_again(join: Join) -> None:
    one, other = await join(), await join()
    with pytest.raises(RuntimeError):
        async with first(one):
            raise RuntimeError
    for _ in range(2):
        with pytest.raises(BrokenOff):
            await answer(other)


async def equal_cold_reads_of_all_share_one_call(join: Join) -> None:
    upstream = Upstream()
    begin = beginning(join, upstream)
    processes = [await begin() for _ in range(3)]
    upstream.gate.clear()
    reads = [asyncio.create_task(process.value()) for process in processes for _ in range(10)]
    # Longer than a hold lasts that nobody renews.
    await asyncio.sleep(QUICK.hold + 0.5)
    upstream.gate.set()
    assert set(await asyncio.gather(*reads)) == {"1"}
    assert upstream.calls == 1


async def who_takes_part_is_counted(join: Join) -> None:
    one = await join()
    assert (one.is_up, one.processes) == (True, 1)
    second = await join()
    third = await join()
    await until(lambda: one.processes == 3)
    await third.aclose()
    await until(lambda: one.processes == second.processes == 2)


PROMISES: list[Callable[[Join], Awaitable[None]]] = [
    a_first_answer_is_waited_for_however_long_it_takes,
    that_one_broke_off_is_told_and_never_done_again,
    equal_cold_reads_of_all_share_one_call,
    who_takes_part_is_counted,
]


async def test_who_is_silent(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async def kept(promise: Callable[[Join], Awaitable[None]], redis: RedisServer) -> None:
        async with joining(redis) as join:
            await promise(join)

    with ExitStack() as stack:
        servers = []
        for number in range(len(PROMISES)):
            folder = tmp_path / str(number)  # the path of a socket must be short
            folder.mkdir()
            servers.append(stack.enter_context(contextmanager(running_redis)(folder)))
        outcomes = await asyncio.gather(*map(kept, PROMISES, servers), return_exceptions=True)
    for promise, outcome in zip(PROMISES, outcomes, strict=True):
        with subtests.test(promise.__name__):
            if outcome is not None:
                raise outcome
