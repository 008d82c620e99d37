"""graphql-core's executors, made to let other requests have their turn.

Hundreds of lists may wait for one read. When it is there graphql-core completes all of them before
anything else happens, which at the limits takes it a second.
"""

import asyncio
from collections.abc import Awaitable
from time import monotonic
from typing import Any, TypeVar

from graphql.execution import Executor
from graphql.execution.incremental import IncrementalExecutor

T = TypeVar("T")

TURN_SECONDS = 0.02
"""For how long one request may be worked on before the others have their turn."""


class _TakingTurns(Executor[Any]):
    _over_at = 0.0
    _is_ending = False

    async def with_abort_signal(self, awaitable: Awaitable[T]) -> T:
        """Everything that is awaited goes through here before it is completed."""
        value = await super().with_abort_signal(awaitable)
        while monotonic() >= self._over_at:
            if not self._is_ending:
                self._is_ending = True
                asyncio.get_running_loop().call_soon(self._begin)
            await asyncio.sleep(0)
        return value

    def _begin(self) -> None:
        self._is_ending = False
        self._over_at = monotonic() + TURN_SECONDS


class TurnExecutor(_TakingTurns):
    """Executes an operation as a whole."""


class IncrementalTurnExecutor(_TakingTurns, IncrementalExecutor):
    """Executes an operation in parts."""
