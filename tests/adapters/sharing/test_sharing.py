"""Taking part in sharing: joining, being counted, and what happens when the server is away."""

import asyncio
import time

import pytest

from adapters.limits import SharingLimits
from adapters.sharing.sharing import Sharing
from tests.adapters.sharing.conftest import Join, until
from tests.redis_server import RedisServer, needs_redis

pytestmark = [pytest.mark.anyio, needs_redis]


async def test_those_of_the_same_machine_are_known_without_a_server(redis: RedisServer) -> None:
    redis.kill()
    sharing = Sharing(redis.url, processes=4)
    await sharing.start()
    assert (sharing.is_up, sharing.processes) == (False, 4)
    await sharing.aclose()


async def test_it_goes_down_with_the_server_and_comes_back_with_it(
    join: Join, redis: RedisServer
) -> None:
    first, second = await join(), await join()
    await until(lambda: first.processes == 2)
    redis.kill()
    await until(lambda: not first.is_up and not second.is_up)
    assert first.processes == 2  # as last seen
    redis.start()
    await until(lambda: first.is_up and second.is_up)
    assert first.processes == 2


async def test_a_server_that_hangs_is_waited_for_once(redis: RedisServer) -> None:
    sharing = Sharing(redis.url, limits=SharingLimits(call=0.2, beat=60, rejoin=60))
    await sharing.start()
    redis.hang()
    started = time.monotonic()
    for _ in range(100):
        await sharing.answers.first("", "key", b"?", seconds=60, deadline=None).__aenter__()
    assert 0.2 <= time.monotonic() - started < 10
    assert not sharing.is_up
    redis.wake()
    await sharing.aclose()


async def test_being_busy_oneself_is_not_the_servers_fault(redis: RedisServer) -> None:
    sharing = Sharing(redis.url, limits=SharingLimits(call=0.2, beat=60, rejoin=60))
    await sharing.start()
    answer = asyncio.create_task(
        sharing.answers.first("", "key", b"?", seconds=60, deadline=None).__aenter__()
    )
    await asyncio.sleep(0)
    time.sleep(0.5)  # noqa: ASYNC251 (nothing else runs meanwhile)
    await answer
    assert sharing.is_up
    await sharing.aclose()
