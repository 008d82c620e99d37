"""Tries safe reads again: at most twice, within the deadline, and seldom in all."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import httpx
import stamina

from adapters._http.retry_after import retry_after_seconds
from adapters._http.wire import Answer, AnswerTooLarge, Wire
from adapters.errors import ProviderError
from adapters.limits import RetryLimits

# Further tries are counted, not logged: one bad minute would drown everything else.
stamina.instrumentation.set_on_retry_hooks([])

AGAIN = frozenset({429, 502, 503, 504})


class _Unanswered(Exception):
    """An answer that is worth another try."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


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
        try:
            return await self._once(method, target, headers, body, deadline)
        except (_Unanswered, httpx.TransportError) as failure:
            first = failure
        try:
            async for attempt in self._attempts(deadline):
                with attempt:
                    if attempt.num == 1:  # already made, so that the good way costs nothing more
                        raise first
                    self._extra -= 1
                    return await self._once(method, target, headers, body, deadline)
        except _Unanswered as failure:
            return failure.answer
        except ProviderError:
            # The further try was held back here: what the provider did the first time is truer.
            if isinstance(first, _Unanswered):
                return first.answer
            raise first from None
        raise AssertionError  # the last attempt returns or raises

    async def _once(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        answer = await self._wire.send(method, target, headers, body, deadline)
        if answer.status in AGAIN:
            raise _Unanswered(answer)
        return answer

    def _attempts(self, deadline: float) -> stamina._core._RetryContextIterator:
        def worth_it(failure: Exception) -> bool | float:
            left = deadline - asyncio.get_running_loop().time()
            if self._extra < 1 or left <= self._limits.wait:
                return False
            if isinstance(failure, AnswerTooLarge | httpx.DecodingError):
                return False
            if not isinstance(failure, _Unanswered):
                return isinstance(failure, httpx.TransportError)
            told = failure.answer.headers.get("retry-after")
            wait = retry_after_seconds(told, datetime.now(UTC))
            return True if wait is None else (float(wait) if wait < left else False)

        return stamina.retry_context(
            on=worth_it,
            attempts=self._limits.attempts,
            timeout=None,
            wait_initial=self._limits.wait,
            wait_max=self._limits.wait_most,
            wait_jitter=self._limits.wait,
        )

    async def aclose(self) -> None:
        await self._wire.aclose()
