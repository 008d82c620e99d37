"""The `Idempotency-Key` header: a mutation sent again is answered, not made, again.

Neither vendor knows such a key (FACTS 0.8), so the gateway keeps the answers itself.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from adapters.demand import current_demand
from adapters.sharing.firsts import OtherQuestion
from gateway.caller import Caller
from gateway.execution.engine import Request, RequestFailed, Response
from gateway.http.exchange import BadRequest

if TYPE_CHECKING:  # the client behind it is an extra
    from adapters.sharing.answers import SharedAnswers

Run = Callable[[], Awaitable[tuple[Response, bool]]]

KEPT_SECONDS = 24 * 60 * 60.0
MOST_KEPT = 10_000
MOST_BYTES = 16 * 1024 * 1024
LONGEST_KEY = 255


class KeyReused(Exception):
    """The key came with another operation before."""


@dataclass
class _Kept:
    """`task` works the answer out, and is None when it is there."""

    fingerprint: bytes
    task: asyncio.Task[tuple[Response, bool]] | None
    since: float
    answer: bytes = b""


class FirstAnswers:
    """The first answers to mutations by caller and key, for 24 hours, the oldest forgotten first
    beyond 10,000 or 16 MiB. With `shared`, those that other processes gave too."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        shared: "SharedAnswers | None" = None,
        *,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._monotonic = monotonic
        self._shared = shared
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes of memory that the answers take, about."""
        return self._size

    async def answer(self, caller: Caller, key: str, request: Request, run: Run) -> Response:
        """The first answer under this key, waited for while it is being worked out.

        `run` answers for the first time and tells whether anything was sent to a provider; if
        nothing was, the answer is not kept. Raises KeyReused, and where another process was first
        StillRunning and BrokenOff.
        """
        self._forget_old()
        fingerprint = _fingerprint(request, caller)
        place = (caller.name, key)
        kept = self._kept.get(place)
        if kept is None:
            task = asyncio.ensure_future(self._run(place, fingerprint, run))
            kept = self._kept[place] = _Kept(fingerprint, task, self._monotonic())
            task.add_done_callback(lambda done: self._finished(place, done))
        elif kept.fingerprint != fingerprint:
            raise KeyReused
        if kept.task is None:
            return Response(msgspec.json.decode(kept.answer))
        # Shielded: whoever sent it first may hang up, the others still wait.
        answer, _ = await asyncio.shield(kept.task)
        return answer

    async def _run(
        self, place: tuple[str, str], fingerprint: bytes, run: Run
    ) -> tuple[Response, bool]:
        if self._shared is None:
            return await run()
        deadline = current_demand().deadline
        try:
            async with self._shared.first(
                *place, fingerprint, seconds=KEPT_SECONDS, deadline=deadline
            ) as first:
                if first.answer is not None:
                    return Response(msgspec.json.decode(first.answer)), True
                try:
                    response, was_sent = await run()
                except (RequestFailed, BadRequest):  # nothing was executed
                    await first.forget()
                    raise
                if was_sent:
                    await first.keep(msgspec.json.encode(response.content))
                else:
                    await first.forget()
                return response, was_sent
        except OtherQuestion:
            raise KeyReused from None

    def _finished(self, place: tuple[str, str], done: asyncio.Task[tuple[Response, bool]]) -> None:
        is_lost = done.cancelled() or done.exception() is not None
        kept = self._kept.get(place)
        if kept is None or kept.task is not done:
            return
        if is_lost or not done.result()[1]:
            del self._kept[place]
            return
        kept.task, kept.answer = None, msgspec.json.encode(done.result()[0].content)
        self._size += len(kept.answer)
        self._forget_old()

    def _forget_old(self) -> None:
        before = self._monotonic() - KEPT_SECONDS
        while self._kept:
            key, oldest = next(iter(self._kept.items()))
            is_small = len(self._kept) < MOST_KEPT and self._size <= self._most_bytes
            if oldest.since > before and is_small:
                return
            del self._kept[key]
            self._size -= len(oldest.answer)


def _fingerprint(request: Request, caller: Caller) -> bytes:
    # A caller may come back with a token that shows less than the first answer does.
    content = [request.query, request.operation_name, request.variables, caller.cache_scope]
    return blake2b(msgspec.json.encode(content, order="sorted"), digest_size=16).digest()
