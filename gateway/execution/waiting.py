"""What a run waits for."""

import asyncio
from asyncio import Future
from collections.abc import Awaitable, Collection, Coroutine
from typing import Any

from msgspec import Struct

from gateway.execution.places import Holder
from gateway.execution.plan import Step


def close(value: Awaitable[Any]) -> None:
    """A coroutine that never began ends without a warning."""
    if isinstance(value, Coroutine):
        value.close()


def all_come(futures: Collection[Future[Any]], value: Any) -> Future[Any]:
    """Gives the value when all of them are done, however they ended."""
    come = asyncio.get_running_loop().create_future()
    left = len(futures)

    def one_more(_: Future[Any]) -> None:
        nonlocal left
        left -= 1
        if not left and not come.done():
            come.set_result(value)

    for future in futures:
        future.add_done_callback(one_more)
    return come


class Waiting(Struct):
    """A field whose value is awaited, for one object or several. `is_complete`: what comes is what
    goes into the answer. `is_over`: it has come, or nobody waits for it any more."""

    value: Awaitable[Any]
    step: Step
    holders: list[Holder]
    is_complete: bool = False
    is_over: bool = False
