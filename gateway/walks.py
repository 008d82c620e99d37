"""Walks through a program's whole list, page by page, for reports that no single call gives.

A walk is shared by everybody who asks while it runs, keeps what it has found, and is resumed
rather than restarted. A request waits and pays for `pages` of it at most; what is left is walked
behind the answer, as long as more than half of the program's allowance is unused.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from adapters.demand import Demand, demanding
from adapters.errors import ProviderError, RateLimited, TimedOut
from adapters.model import Page
from adapters.provider import Provider, Reading

T = TypeVar("T")
V = TypeVar("V")

ReadPage = Callable[[int], Awaitable[Reading[Page[T]]]]


@dataclass(frozen=True)
class WalkLimits:
    """What walks may cost. Durations in seconds.

    `pages` is what one request waits and pays for, `pages_total` where a walk ends at the
    latest, `wait` how long a request waits for it. A finished walk is good for `fresh`; 0 keeps
    nothing and walks nothing behind an answer. `idle` is how often a walk behind an answer looks
    whether it may go on.
    """

    pages: int = 50
    pages_total: int = 1000
    wait: float = 8.0
    fresh: float = 600.0
    idle: float = 1.0


class Walk(Generic[T]):
    """One pass over one list. Items are told apart by `identity`: a list that changes under the
    walk shows an item twice, or moves its total, and then the walk is never called complete."""

    def __init__(
        self,
        read_page: ReadPage[T],
        identity: Callable[[T], object],
        provider: Provider,
        limits: WalkLimits,
    ) -> None:
        self.items: list[T] = []
        self.pages = 0
        self.fetched_at: datetime | None = None
        self.has_ended = False
        self.error: ProviderError | None = None
        self._has_moved = False
        self._total: int | None = None
        self._seen: set[object] = set()
        self._read_page = read_page
        self._identity = identity
        self._provider = provider
        self._limits = limits
        self._paid = 0
        self._progress = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._worked_out: dict[object, tuple[int, Any]] = {}

    @property
    def is_over(self) -> bool:
        """Whether no further page will be read."""
        return self.has_ended or self.pages >= self._limits.pages_total

    @property
    def is_complete(self) -> bool:
        """Whether everything was looked at, in a list that stood still."""
        return self.has_ended and not self._has_moved

    async def reach(self) -> None:
        """Wait until the walk is over, or as many more pages are read as a request pays for."""
        if self.is_over:
            return
        goal = self.pages + self._limits.pages
        self._paid = max(self._paid, goal)
        if self._task is None or self._task.done():
            self.error = None
            self._task = asyncio.create_task(self._run())
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.wait):
                while not (self._is_enough(goal) or self._task.done()):
                    await self._progress.wait()
        if self._task.done() and not self._task.cancelled():
            self._task.result()  # what went wrong that nobody foresaw

    def _is_enough(self, goal: int) -> bool:
        # `_paid` falls back below the goal when the allowance allows no more.
        return self.is_over or self.pages >= min(goal, self._paid) or self.error is not None

    async def _run(self) -> None:
        try:
            await self._go_on()
        finally:
            self._tell()

    async def _go_on(self) -> None:
        while not self.is_over:
            if self.pages >= self._paid and not self._limits.fresh:
                return
            if not self._may_spend():
                self._paid = self.pages
                if self.pages == 0:
                    self.error = self._failure(RateLimited)
                self._tell()
                if not self._limits.fresh:
                    return
                await asyncio.sleep(self._limits.idle)
                continue
            try:
                with demanding(self._demand()):
                    reading = await self._read_page(self.pages + 1)
            except ProviderError as error:
                self.error = error
                return
            self._take(reading)
            self._tell()

    def _demand(self) -> Demand:
        """Every plain read goes first. A page that somebody waits for fails as soon as one."""
        exchange = self._provider.config.limits.exchange
        is_awaited = self.pages < self._paid
        deadline = asyncio.get_running_loop().time() + exchange if is_awaited else None
        return Demand(deadline=deadline, is_idle=True)

    def _may_spend(self) -> bool:
        """Whether more than half of the allowance is left: the other half is for plain reads."""
        health = self._provider.health
        if health.calls_limit is None or health.calls_remaining is None:
            return True
        return health.calls_remaining > health.calls_limit // 2

    def _take(self, reading: Reading[Page[T]]) -> None:
        page = reading.value
        self.pages += 1
        if self.fetched_at is None:
            self.fetched_at = reading.fetched_at
        for item in page.items:
            key = self._identity(item)
            if key in self._seen:
                self._has_moved = True
            else:
                self._seen.add(key)
                self.items.append(item)
        if self._total is not None and page.total != self._total:
            self._has_moved = True
        self._total = page.total
        self.has_ended = not page.has_next

    def _tell(self) -> None:
        self._progress.set()
        self._progress = asyncio.Event()

    def reading(self, name: object, work_out: Callable[[Sequence[T]], V]) -> Reading[V]:
        """What follows from the items found so far, worked out once for each state of the walk.

        Raises ProviderError when nothing could be read at all.
        """
        if self.pages == 0:
            raise self.error or self._failure(TimedOut)
        known = self._worked_out.get(name)
        if known is None or known[0] != self.pages:
            known = (self.pages, work_out(self.items))
            self._worked_out[name] = known
        return Reading(known[1], self.fetched_at, is_computed=True, is_complete=self.is_complete)

    def _failure(self, kind: type[ProviderError]) -> ProviderError:
        config = self._provider.config
        return kind(program_key=config.key, provider_key=config.provider, was_sent=False)

    async def aclose(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


@dataclass
class _Kept:
    """A walk with when it was over, and the one that will follow it."""

    walk: Walk[Any]
    over_at: float | None = None
    successor: Walk[Any] | None = None


class Walks:
    """The walks of all programs, the least recently used forgotten beyond `most` pages in all."""

    def __init__(
        self, limits: WalkLimits, monotonic: Callable[[], float], *, most_pages: int = 3000
    ) -> None:
        self.limits = limits
        self._monotonic = monotonic
        self._most_pages = most_pages
        self._kept: dict[tuple[str, object], _Kept] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def reach(
        self, program_key: str, name: object, begin: Callable[[], Walk[T]]
    ) -> tuple[Walk[T], bool]:
        """The walk of that name through a program, gone on with as far as one request pays for.

        The second value tells whether it is older than it should be: it is then served until
        its successor is over.
        """
        key = (program_key, name)
        kept = self._kept.pop(key, None) or _Kept(begin())
        self._kept[key] = kept
        if not self._is_old(kept):
            await kept.walk.reach()
            if kept.walk.is_over and kept.over_at is None:
                kept.over_at = self._monotonic()
        else:
            kept.successor = kept.successor or begin()
            await kept.successor.reach()
            if kept.successor.is_over:
                kept.walk, kept.successor = kept.successor, None
                kept.over_at = self._monotonic()
        self._make_room()
        return kept.walk, self._is_old(kept)

    def _is_old(self, kept: _Kept) -> bool:
        if kept.over_at is None or not self.limits.fresh:
            return False
        return self._monotonic() - kept.over_at >= self.limits.fresh

    def for_request(self) -> "Walks":
        """The walks that a request takes part in: its own, where nothing is kept."""
        return self if self.limits.fresh else Walks(self.limits, self._monotonic)

    def drop(self, program_key: str) -> None:
        """Forget what was walked of a program: something was changed there."""
        for key in [key for key in self._kept if key[0] == program_key]:
            self._close(self._kept.pop(key))

    def _make_room(self) -> None:
        pages = sum(kept.walk.pages for kept in self._kept.values())
        for key in list(self._kept)[:-1]:
            if pages <= self._most_pages:
                return
            kept = self._kept.pop(key)
            pages -= kept.walk.pages
            self._close(kept)

    def _close(self, kept: _Kept) -> None:
        for walk in filter(None, (kept.walk, kept.successor)):
            task = asyncio.create_task(walk.aclose())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        """Stop all walks."""
        for key in list(self._kept):
            self._close(self._kept.pop(key))
        await asyncio.gather(*self._closing)
