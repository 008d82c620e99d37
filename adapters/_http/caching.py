"""What was read lately, decoded: a hit costs neither a request nor a decode.

An entry is fresh for a while, then served stale while it is being renewed behind the answer, and
served stale when it cannot be renewed. Both say so, with the instant of the provider's answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import NamedTuple, TypeVar

from adapters._http.clock import Clock
from adapters.demand import Demand, current_demand, demanding
from adapters.errors import (
    MalformedResponse,
    ProviderError,
    RateLimited,
    TimedOut,
    Unavailable,
)
from adapters.flights import Flights
from adapters.ledger import note_read
from adapters.limits import UpstreamLimits
from adapters.provider import Reading
from adapters.store import MEMORY_PER_BYTE, Entry, Store

T = TypeVar("T")

# Up to when something is good that nothing may be kept of.
NOT_KEPT = float("-inf")

# Failures that an older answer is better than. The others are answers to the question asked.
_WORTH_STALE = (TimedOut, Unavailable, RateLimited, MalformedResponse)


class Fetched(NamedTuple):
    """A decoded answer and the number of bytes that it came in."""

    value: object
    size: int


class ReadCache:
    """One program's reads through the store. `program` names it there, together with the
    credential, so that one token's answers never serve another. `late` makes the error of a
    request whose time is up."""

    def __init__(
        self,
        store: Store,
        program: Hashable,
        limits: UpstreamLimits,
        clock: Clock,
        *,
        late: Callable[[], ProviderError],
    ) -> None:
        self._store = store
        self._program = program
        self._limits = limits
        self._clock = clock
        self._late = late
        self._flights = Flights()
        self._renewals: set[asyncio.Task[None]] = set()

    async def read(
        self,
        target: str,
        fetch: Callable[[], Awaitable[Fetched]],
        fresh: float,
    ) -> Reading[object]:
        """The answer to a read: kept and fresh, kept and stale, or fetched.

        `fresh` is for how long it is good; 0 neither keeps nor joins anything. Raises
        ProviderError.
        """
        if not fresh:
            note_read(NOT_KEPT)
            fetched = await fetch()
            return Reading(fetched.value, self._clock.now())
        entry = self._usable(target)
        now = self._clock.monotonic()
        if entry is not None and not self._is_forced(entry):
            age = now - entry.stored_at
            if age < fresh:
                note_read(entry.stored_at + fresh)
                return Reading(entry.value, entry.fetched_at)
            # While the provider is failing nobody is made to wait for the next failure.
            if age < self._limits.renewed or now - entry.failed_at < self._limits.failed:
                self._renew_behind(target, fetch)
                note_read(NOT_KEPT)
                return _stale(entry)
        try:
            renewed = await self._fetch_in_time(target, fetch)
        except ProviderError as error:
            note_read(NOT_KEPT)
            if entry is None or not isinstance(error, _WORTH_STALE):
                raise
            self._note(entry, error)
            return _stale(entry)
        note_read(renewed.stored_at + fresh)
        return Reading(renewed.value, renewed.fetched_at)

    def _usable(self, target: str) -> Entry | None:
        entry = self._store.get(self._program, target)
        if entry is None or self._clock.monotonic() - entry.stored_at >= self._limits.stale:
            return None
        return entry

    def _note(self, entry: Entry, failure: ProviderError) -> None:
        entry.failure = failure.report
        entry.failed_at = self._clock.monotonic()

    def drop(self) -> None:
        """Forget the program's answers: something was changed there."""
        self._store.drop(self._program)

    def _is_forced(self, entry: Entry) -> bool:
        """Whether the request at hand wants this entry renewed; not again and again."""
        now = self._clock.monotonic()
        if not current_demand().wants_fresh or now - entry.forced_at < self._limits.forced:
            return False
        entry.forced_at = now
        return True

    def _renew_behind(self, target: str, fetch: Callable[[], Awaitable[Fetched]]) -> None:
        if self._flights.is_under_way(self._flight(target)):
            return
        task = asyncio.ensure_future(self._renew(target, fetch))
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)

    async def _renew(self, target: str, fetch: Callable[[], Awaitable[Fetched]]) -> None:
        try:
            await self._fetch(target, fetch)
        except ProviderError as error:
            entry = self._store.get(self._program, target)
            if entry is not None:
                self._note(entry, error)

    async def _fetch_in_time(self, target: str, fetch: Callable[[], Awaitable[Fetched]]) -> Entry:
        # The call itself has its own bound, as others may be waiting for it too.
        try:
            async with asyncio.timeout_at(current_demand().deadline):
                return await self._fetch(target, fetch)
        except TimeoutError:
            raise self._late() from None

    async def _fetch(self, target: str, fetch: Callable[[], Awaitable[Fetched]]) -> Entry:
        generation = self._store.generation(self._program)
        return await self._flights.join(
            self._flight(target), lambda: self._fetch_and_keep(target, fetch, generation)
        )

    def _flight(self, target: str) -> Hashable:
        # Not one that took off before a change, nor, for a hurried read, an idle one.
        generation = self._store.generation(self._program)
        return target, generation, current_demand().is_idle

    async def _fetch_and_keep(
        self, target: str, fetch: Callable[[], Awaitable[Fetched]], generation: int
    ) -> Entry:
        demand = current_demand()
        # Whoever joins has a deadline of its own, so the call has none of the first one's.
        with demanding(demand if demand.is_idle else Demand()):
            fetched = await fetch()
        entry = Entry(
            value=fetched.value,
            fetched_at=self._clock.now(),
            stored_at=self._clock.monotonic(),
            size=fetched.size * MEMORY_PER_BYTE,
        )
        self._store.put(self._program, target, entry, generation)
        return entry

    async def aclose(self) -> None:
        """Give up what is being renewed."""
        for task in self._renewals:
            task.cancel()
        await asyncio.gather(*self._renewals, return_exceptions=True)


def _stale(entry: Entry) -> Reading[object]:
    return Reading(entry.value, entry.fetched_at, is_stale=True, failure=entry.failure)
