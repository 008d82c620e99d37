"""The rate of one caller, whichever process they ask."""

import asyncio

import pytest

from tests.adapters.sharing.conftest import Join, until
from tests.redis_server import RedisServer, needs_redis

pytestmark = [pytest.mark.anyio, needs_redis]

EMAIL = "emma@example.com"
HOUR = 3600.0


async def test_what_one_takes_the_other_has_not(join: Join) -> None:
    one, other = await join(), await join()
    assert [await one.rates.take(EMAIL, 1, 7, HOUR) for _ in range(4)] == [0.0] * 4
    assert [await other.rates.take(EMAIL, 1, 7, HOUR) for _ in range(3)] == [0.0] * 3
    for sharing in (one, other):
        assert await sharing.rates.take(EMAIL, 1, 7, HOUR) == pytest.approx(HOUR / 7, abs=60)
        assert await sharing.rates.take(EMAIL, 3, 7, HOUR) == pytest.approx(3 * HOUR / 7, abs=60)
        assert await sharing.rates.take("another", 2, 7, HOUR) == 0.0


async def test_all_of_it_can_be_taken_at_once_and_more_takes_it_all(join: Join) -> None:
    sharing = await join()
    for cost in (7, 1000):
        name = str(cost)
        assert await sharing.rates.take(name, cost, 7, HOUR) == 0.0
        assert await sharing.rates.take(name, cost, 7, HOUR) == pytest.approx(HOUR, abs=60)


async def test_however_many_ask_at_once_no_more_are_let_through(join: Join) -> None:
    processes = [await join() for _ in range(3)]
    takes = [processes[n % 3].rates.take(EMAIL, 1, 20, HOUR) for n in range(60)]
    assert (await asyncio.gather(*takes)).count(0.0) == 20


async def test_it_comes_back_and_nothing_is_left_behind(join: Join, redis: RedisServer) -> None:
    sharing = await join()
    assert await sharing.rates.take(EMAIL, 5, 5, 0.2) == 0.0
    wait = await sharing.rates.take(EMAIL, 5, 5, 0.2)
    assert wait is not None
    assert 0 < wait <= 0.2
    assert any(b"rate:" in name for name in redis.names())
    await until(lambda: not any(b"rate:" in name for name in redis.names()))
    assert await sharing.rates.take(EMAIL, 5, 5, 0.2) == 0.0


async def test_no_name_tells_whose_it_is(join: Join, redis: RedisServer) -> None:
    await (await join()).rates.take(EMAIL, 1, 5, HOUR)
    names = b"\n".join(redis.names())
    assert b"rate:" in names
    assert EMAIL.encode() not in names


async def test_while_the_server_is_away_nobody_knows(join: Join, redis: RedisServer) -> None:
    sharing = await join()
    redis.kill()
    assert await sharing.rates.take(EMAIL, 1, 5, HOUR) is None
    redis.start()
    await until(lambda: sharing.is_up)
    assert await sharing.rates.take(EMAIL, 1, 5, HOUR) == 0.0
