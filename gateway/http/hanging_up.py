"""A client that hangs up takes the work for its answer with it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from starlette.types import Receive

from adapters.at_hand import Begun, begun

T = TypeVar("T")

# Most answers are there before: watching costs a task, and waits for nothing so short.
PATIENCE_SECONDS = 0.1


class HungUp(Exception):
    """The client is gone: nobody is left to answer."""


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives, unless the client hangs up before: then it is cancelled.

    To be called once the body is read, when all that can still be received is the
    disconnection. Raises HungUp.
    """
    going = begun(work)
    if type(going) is not Begun:  # nothing had to be waited for
        return await going
    loop = asyncio.get_running_loop()
    working = cast(asyncio.Task[Any], asyncio.current_task())
    watching: asyncio.Task[None] | None = None
    is_gone = False

    async def watch() -> None:
        nonlocal is_gone
        while (await receive())["type"] != "http.disconnect":
            pass
        is_gone = True
        working.cancel()

    def begin() -> None:
        nonlocal watching
        watching = loop.create_task(watch())

    timer = loop.call_later(PATIENCE_SECONDS, begin)
    try:
        return cast(T, await going)
    except asyncio.CancelledError:
        if is_gone and not working.uncancel():
            raise HungUp from None
        raise
    finally:
        timer.cancel()
        if watching is not None:
            watching.cancel()
