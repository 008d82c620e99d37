"""graphql-core's executors, made to let other requests have their turn.

Hundreds of lists may wait for one read. When it is there graphql-core completes all of them before
anything else happens, which at the limits takes it a second.
"""

import asyncio
from collections.abc import Awaitable
from time import monotonic
from typing import Any, TypeVar

from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import StreamUsage
from graphql.execution.incremental import IncrementalExecutor
from graphql.pyutils import Path

from gateway.errors import ErrorCode, GatewayError

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

    def get_stream_usage(
        self, field_details_list: FieldDetailsList, path: Path
    ) -> StreamUsage | None:
        """How a field is streamed, if it is."""
        try:
            return super().get_stream_usage(field_details_list, path)
        except ValueError:  # which would pass for a mistake of ours
            raise GatewayError(
                ErrorCode.BAD_USER_INPUT, "`initialCount` must be a number from 0."
            ) from None

    def _begin(self) -> None:
        self._is_ending = False
        self._over_at = monotonic() + TURN_SECONDS


class TurnExecutor(_TakingTurns):
    """Executes an operation as a whole."""


class IncrementalTurnExecutor(_TakingTurns, IncrementalExecutor):
    """Executes an operation in parts."""
