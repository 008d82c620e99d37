"""A server, and processes that share through it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from adapters.limits import SharingLimits
from adapters.sharing.sharing import Sharing
from tests.redis_server import RedisServer

# Of those who are gone, or only stood still for so long, nobody waits for more.
QUICK = SharingLimits(call=5.0, rejoin=0.05, beat=0.1, gone=4.0, hold=4.0, look=0.01)

Join = Callable[[], Awaitable[Sharing]]


@asynccontextmanager
async def joining(redis: RedisServer) -> AsyncIterator[Join]:
    """Joins as a further process would."""
    async with AsyncExitStack() as stack:

        async def joined() -> Sharing:
            sharing = Sharing(redis.url, limits=QUICK)
            await sharing.start()
            stack.push_async_callback(sharing.aclose)
            return sharing

        yield joined


@pytest.fixture
async def join(redis: RedisServer) -> AsyncIterator[Join]:
    async with joining(redis) as joined:
        yield joined


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that comes by itself."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 (what it is, the test says)
            await asyncio.sleep(0.01)
