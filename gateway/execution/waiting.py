"""What a run waits for."""

import asyncio
from asyncio import Future
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any

from msgspec import Struct

from gateway.execution.places import Holder
from gateway.execution.plan import Step
from gateway.loaders import Derived


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


class Waiting(Struct, gc=False):
    """A field whose value is awaited, for one object or several. `is_complete`: what comes is what
    goes into the answer. `is_over`: it has come, or nobody waits for it any more."""

    value: Awaitable[Any]
    step: Step
    holders: list[Holder]
    is_complete: bool = False
    is_over: bool = False


class Lacking(Struct, eq=False):
    """A thing of an answer of which something is yet to come: empty until then. `make` makes it of
    what `found` gives."""

    found: Derived[Any]
    make: Callable[[Any, Any], dict[str, Any]]
    made: dict[str, Any] = {}
    has_failed: bool = False

    @property
    def future(self) -> Future[Any]:
        """What is waited for."""
        return self.found.future

    def fill(self, run: Any) -> bool:
        """Make it, now that all has come; False where that is a matter for graphql-core."""
        if not self.made and not self.has_failed:
            if self.future.cancelled() or self.future.exception() is not None:
                self.has_failed = True
                return False
            try:
                self.made.update(self.make(self.found.derive(self.future.result()), run))
            except Exception:  # graphql-core meets it again, in its place
                self.has_failed = True
        return not self.has_failed
