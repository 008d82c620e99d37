"""Keeping others off while this process does something for all of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from adapters.sharing.connection import NotShared


@asynccontextmanager
async def holding(renew: Callable[[], Awaitable[object]], seconds: float) -> AsyncIterator[None]:
    """Renews a hold of so many seconds for as long as the block lasts. If this process dies, the
    hold ends by itself."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(seconds / 3)
            with suppress(NotShared):  # the server may be back before the hold ends
                await renew()

    task = asyncio.create_task(keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
