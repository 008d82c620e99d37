"""Tries safe reads again: at most twice, within the deadline, and seldom in all."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import httpx
import stamina

from adapters._http.retry_after import retry_after_seconds
from adapters._http.wire import Answer, AnswerTooLarge, Wire
from adapters.errors import ProviderError
from adapters.limits import RetryLimits

# Further tries are counted, not logged: one bad minute would drown everything else.
stamina.instrumentation.set_on_retry_hooks([])

AGAIN = frozenset({429, 502, 503, 504})


class _Again(Exception):
    """Another try is worth it, after `wait` seconds where the provider says so."""

    def __init__(self, wait: float | None) -> None:
        super().__init__(wait)
        self.wait = wait


class RetryingWire:
    """A wire that tries safe calls again. `is_safe` tells them by method and target: a write is
    sent once, whatever happens, since neither vendor can tell a repeated one (FACTS 0.8)."""

    def __init__(
        self, wire: Wire, *, is_safe: Callable[[str, str], bool], limits: RetryLimits
    ) -> None:
        self._wire = wire
        self._is_safe = is_safe
        self._limits = limits
        self._extra = limits.saved

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        if not self._is_safe(method, target):
            return await self._wire.send(method, target, headers, body, deadline)
        self._extra = min(self._limits.saved, self._extra + self._limits.share)
        # The outcome as a value: an error that is raised holds frames, and they hold answers.
        outcome: Answer | httpx.TransportError
        try:
            outcome = await self._wire.send(method, target, headers, body, deadline)
        except httpx.TransportError as failure:
            outcome = failure.with_traceback(None)
        if _is_passing(outcome):
            again = partial(self._wire.send, method, target, headers, body, deadline)
            outcome = await self._try_again(outcome, again, deadline)
        if isinstance(outcome, Answer):
            return outcome
        raise outcome

    async def _try_again(
        self,
        outcome: Answer | httpx.TransportError,
        send: Callable[[], Awaitable[Answer]],
        deadline: float,
    ) -> Answer | httpx.TransportError:
        """What came of the last try that was worth it, from what came of the first."""
        try:
            async for attempt in self._attempts():
                with attempt:
                    if attempt.num > 1:  # the first is made
                        self._extra -= 1
                        try:
                            outcome = await send()
                        except httpx.TransportError as failure:
                            outcome = failure.with_traceback(None)
                    self._ask_for_another(outcome, deadline)
        except _Again as again:
            # It holds this frame, by way of the attempts too, and this frame an answer.
            again.__traceback__ = None
        except ProviderError:
            pass  # held back here: what the provider did is truer
        return outcome

    def _ask_for_another(self, outcome: Answer | httpx.TransportError, deadline: float) -> None:
        """Raises _Again when another try is worth it and may be made."""
        left = deadline - asyncio.get_running_loop().time()
        if not _is_passing(outcome) or self._extra < 1 or left <= self._limits.wait:
            return
        wait = None
        if isinstance(outcome, Answer):
            wait = retry_after_seconds(outcome.headers.get("retry-after"), datetime.now(UTC))
        if wait is None or wait < left:
            raise _Again(wait)

    def _attempts(self) -> AsyncIterable[stamina.Attempt]:
        return stamina.retry_context(
            on=_wait_told,
            attempts=self._limits.attempts,
            timeout=None,
            wait_initial=self._limits.wait,
            wait_max=self._limits.wait_most,
            wait_jitter=self._limits.wait,
        )

    async def aclose(self) -> None:
        await self._wire.aclose()


def _is_passing(outcome: Answer | httpx.TransportError) -> bool:
    """Whether it may go well another time."""
    if isinstance(outcome, Answer):
        return outcome.status in AGAIN
    return not isinstance(outcome, AnswerTooLarge | httpx.DecodingError | httpx.LocalProtocolError)


def _wait_told(failure: Exception) -> bool | float:
    """What stamina asks: whether to go on, and after how long where that is not its own affair."""
    if not isinstance(failure, _Again):
        return False
    return True if failure.wait is None else failure.wait
