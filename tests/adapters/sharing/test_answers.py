"""First answers: whichever process was first, all give the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.sharing.firsts import First, OtherQuestion, StillRunning
from adapters.sharing.sharing import Sharing
from tests.adapters.sharing.conftest import Join, until
from tests.redis_server import RedisServer, needs_redis

pytestmark = [pytest.mark.anyio, needs_redis]

EMAIL = "emma@example.com"


@asynccontextmanager
async def first(
    sharing: Sharing, *, caller: str = EMAIL, question: bytes = b"?", patience: float = 30.0
) -> AsyncIterator[First]:
    deadline = asyncio.get_running_loop().time() + patience
    async with sharing.answers.first(
        caller, "key", question, seconds=3600, deadline=deadline
    ) as came:
        yield came


async def answer(sharing: Sharing) -> bytes | None:
    async with first(sharing) as came:
        return came.answer


async def test_whoever_comes_later_gets_the_first_answer(join: Join) -> None:
    one, other = await join(), await join()
    async with first(one) as came:
        assert came.answer is None
        await came.keep(b"!")
    assert await answer(other) == b"!"
    async with first(other, caller="another") as came:
        assert came.answer is None


async def test_no_longer_than_there_is_time(join: Join) -> None:
    one, other = await join(), await join()
    async with first(one):
        with pytest.raises(StillRunning):
            async with first(other, patience=0.05):
                pass


async def test_what_is_forgotten_may_be_done_again(join: Join) -> None:
    one, other = await join(), await join()
    async with first(one) as came:
        await came.forget()
    assert await answer(other) is None


async def test_another_question_is_told(join: Join) -> None:
    one, other = await join(), await join()
    async with first(one):
        with pytest.raises(OtherQuestion):
            async with first(other, question=b"??"):
                pass


async def test_nobody_waits_for_a_server_that_is_away(join: Join, redis: RedisServer) -> None:
    one, other = await join(), await join()
    redis.kill()
    for sharing in (one, other):
        async with first(sharing) as came:
            assert came.answer is None
            await came.keep(b"!")
    redis.start()
    await until(lambda: one.is_up and other.is_up)
    assert await answer(other) is None


async def test_no_name_tells_who_came_with_which_key(join: Join, redis: RedisServer) -> None:
    async with first(await join()) as came:
        await came.keep(b"!")
    names = b"\n".join(redis.names())
    assert b"answer:" in names
    assert EMAIL.encode() not in names
