"""Equal reads in flight share one call."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Flights:
    """The reads under way by their keys.

    A read belongs to nobody: who asked first may hang up or run out of time, and the others
    still get their answer. When the last of them is gone, the call is given up.
    """

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}
        self._passengers: dict[Hashable, int] = {}

    async def join(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` gives, or what the same read that is already under way gives."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.ensure_future(read())
            self._tasks[key] = task
            self._passengers[key] = 0
            task.add_done_callback(lambda done: self._land(key, done))
        self._passengers[key] += 1
        try:
            return await asyncio.shield(task)
        finally:
            if self._tasks.get(key) is task:
                self._passengers[key] -= 1
                if not self._passengers[key] and not task.done():
                    # At once: it ends a while later, and who comes until then needs another.
                    self._leave(key)
                    task.cancel()

    def is_under_way(self, key: Hashable) -> bool:
        """Whether such a read is under way."""
        return key in self._tasks

    def _land(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        if self._tasks.get(key) is done:
            self._leave(key)
        if not done.cancelled():
            done.exception()  # everybody who wanted to know has been told

    def _leave(self, key: Hashable) -> None:
        del self._tasks[key], self._passengers[key]
