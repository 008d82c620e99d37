"""Values that may be there already, so that nobody waits for them nor makes a task to.

What may have to wait gives an awaitable, whichever it is: `AtHand` for what need not.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Generator, Iterable
from types import CoroutineType
from typing import Any, Generic, TypeVar

from msgspec import Struct

T = TypeVar("T", covariant=True)


class AtHand(Struct, Generic[T], frozen=True, eq=False):
    """An awaitable that gives its value at once, as often as it is awaited."""

    value: T

    def __await__(self) -> Generator[Any, None, T]:
        return self.value
        yield

    def result(self) -> T:
        """The value, as a future that is done gives it."""
        return self.value


class Failed(Struct, frozen=True, eq=False):
    """An awaitable that raises at once."""

    error: Exception

    def __await__(self) -> Generator[Any, None, Any]:
        raise self.error
        yield


class Begun(Coroutine[Any, Any, T]):
    """A coroutine after its first step, which ended in waiting for `waits_for`."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], waits_for: object) -> None:
        self._coroutine = coroutine
        self._told: list[object] = [waits_for]
        _awaits(waits_for, is_told=False)  # nobody has heeded it yet

    def send(self, value: Any, /) -> Any:
        if not self._told:
            return self._coroutine.send(value)
        waits_for = self._told.pop()
        _awaits(waits_for, is_told=True)
        return waits_for

    def throw(self, *error: Any) -> Any:
        self._told.clear()
        return self._coroutine.throw(*error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> "Begun[T]":
        return self

    def __iter__(self) -> "Begun[T]":
        return self

    def __next__(self) -> Any:
        return self.send(None)


def _awaits(waits_for: object, *, is_told: bool) -> None:
    """A future says that it is awaited, to the task that is to heed it: to one at a time."""
    if isinstance(waits_for, asyncio.Future):
        waits_for._asyncio_future_blocking = is_told


def begun(work: Awaitable[T]) -> Awaitable[T]:
    """Begin some work at once and not in a task of its own: AtHand if that was all of it.

    The rest of it may go on in another task. So what binds itself to its task, as `asyncio.timeout`
    does, must not come before it waits for the first time.
    """
    if type(work) is not CoroutineType:
        return work
    try:
        waits_for = work.send(None)
    except StopIteration as over:
        return AtHand(over.value)
    except Exception as error:
        return Failed(error)
    return Begun(work, waits_for)


async def all_of(works: Iterable[Awaitable[T]]) -> list[T]:
    """What all of them give, in their order; those that have to wait do so side by side.

    They are begun as by `begun`: none may bind itself to its task before it waits, as a provider's
    read may. Loads wait for tasks of their own.
    """
    all_begun = [begun(work) for work in works]
    waiting = [work for work in all_begun if not isinstance(work, AtHand)]
    if len(waiting) == 1:
        come = iter([await waiting[0]])  # one alone needs no task of its own
    else:
        come = iter(await asyncio.gather(*waiting) if waiting else ())
    return [work.value if isinstance(work, AtHand) else next(come) for work in all_begun]
