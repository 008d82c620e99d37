"""One pass over one list of a program, page by page.

It keeps what it has found, is shared by everybody who asks while it runs, and is resumed rather
than restarted. A request waits and pays for `pages` of it at most; what is left is walked behind
the answer, as long as more than half of the program's allowance is unused.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any, Generic, TypeVar

from adapters.demand import Demand, demanding
from adapters.errors import Failure, OverAllowance, ProviderError, TimedOut
from adapters.model import Page
from adapters.provider import Provider, Reading

T = TypeVar("T")
V = TypeVar("V")

ReadPage = Callable[[int], Awaitable[Reading[Page[T]]]]

MOST_WORKED_OUT = 16


@dataclass(frozen=True)
class WalkLimits:
    """What walks may cost. Durations in seconds.

    `pages` is what one request waits and pays for, `pages_total` where a walk ends at the
    latest, `wait` how long a request waits for it. A walk that has stopped is good for `fresh`
    and served for `stale` while its successor is under way; `fresh` 0 keeps nothing and walks
    nothing behind an answer. `idle` is how often a walk behind an answer looks whether it may go
    on.
    """

    pages: int = 50
    pages_total: int = 1000
    wait: float = 8.0
    fresh: float = 600.0
    stale: float = 86400.0
    idle: float = 1.0


class Walk(Generic[T]):
    """A walk. Items are told apart by `identity`: a list that changes under the walk shows an item
    twice, or moves its total, and then the walk is never called complete; neither is one that ends
    short of its total.

    `failure` is why it stopped before its end; `stopped_at` when it first stopped with something
    found, by the monotonic clock, None while it goes on. `is_stale` once a page is older than it
    should be.
    """

    def __init__(
        self,
        read_page: ReadPage[T],
        identity: Callable[[T], object],
        provider: Provider,
        limits: WalkLimits,
        monotonic: Callable[[], float],
    ) -> None:
        self.items: list[T] = []
        self.pages = 0
        self.has_ended = False
        self.failure: ProviderError | None = None
        self.stopped_at: float | None = None
        self.is_dropped = False
        self.is_stale = False
        self._not_renewed: Failure | None = None
        self._ages_from: float | None = None
        self._fetched_at: datetime | None = None
        self._has_moved = False
        self._total: int | None = None
        self._seen: set[object] = set()
        self._read_page = read_page
        self._identity = identity
        self._provider = provider
        self._limits = limits
        self._monotonic = monotonic
        self._paid = 0
        self._progress = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._worked_out: OrderedDict[object, tuple[int, Any]] = OrderedDict()

    @property
    def is_over(self) -> bool:
        """Whether no further page will be read."""
        return self.has_ended or self.is_dropped or self.pages >= self._limits.pages_total

    @property
    def is_spent(self) -> bool:
        """Whether asking again finds nothing more: also where nothing is kept, as each request
        begins anew and pays for as many pages."""
        return self.is_over or (not self._limits.fresh and self.pages >= self._limits.pages)

    @property
    def is_complete(self) -> bool:
        """Whether everything was looked at, in a list that stood still."""
        is_short = self._total is not None and len(self.items) < self._total
        return self.has_ended and not self._has_moved and not is_short

    async def reach(self) -> None:
        """Wait until the walk is over, or as many more pages are read as a request pays for."""
        if self.is_over:
            return
        goal = self.pages + self._limits.pages
        self._paid = max(self._paid, goal)
        if self._task is None or self._task.done():
            self.failure = None
            self.stopped_at = None
            self._task = asyncio.create_task(self._run())
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.wait):
                while not (self._is_enough(goal) or self._task.done()):
                    await self._progress.wait()
        if self._task.done() and not self._task.cancelled():
            self._task.result()  # what went wrong that nobody foresaw

    def _is_enough(self, goal: int) -> bool:
        # `_paid` falls back below the goal when the allowance allows no more.
        return self.is_over or self.pages >= min(goal, self._paid) or self.failure is not None

    async def _run(self) -> None:
        try:
            await self._go_on()
        finally:
            now = self._monotonic()
            if self._ages_from is None and self.pages:
                self._ages_from = now
            # Resumed, it gets no younger: what breaks off again and again would stay for good.
            self.stopped_at = now if self._ages_from is None else self._ages_from
            self._tell()

    async def _go_on(self) -> None:
        while not self.is_over:
            if self.pages >= self._paid and not self._limits.fresh:
                return
            if not self._may_spend():
                self._paid = self.pages
                if self.pages == 0:
                    self.failure = self._over_allowance()
                self._tell()
                if not self._limits.fresh:
                    return
                await asyncio.sleep(self._limits.idle)
                continue
            try:
                with demanding(self._demand()):
                    reading = await self._read_page(self.pages + 1)
            except ProviderError as failure:
                # Without the frames that it came through: one of them is this walk's own.
                self.failure = failure.with_traceback(None)
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

    def _over_allowance(self) -> ProviderError:
        resets_at = self._provider.health.allowance_resets_at
        left = (resets_at - datetime.now(UTC)).total_seconds() if resets_at else 0.0
        config = self._provider.config
        return OverAllowance(
            program_key=config.key,
            provider_key=config.provider,
            was_sent=False,
            was_held_back=True,
            retry_after_seconds=max(1, ceil(left)),
        )

    def _take(self, reading: Reading[Page[T]]) -> None:
        page, before = reading.value, len(self.items)
        self.pages += 1
        if reading.is_stale:
            self.is_stale = True
            self._not_renewed = reading.failure or self._not_renewed
        instants = [at for at in (self._fetched_at, reading.fetched_at) if at is not None]
        self._fetched_at = min(instants, default=None)
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
        # A list that gives the same page for the next one never ends.
        is_repeated = bool(page.items) and len(self.items) == before
        self.has_ended = is_repeated or not page.has_next

    def _tell(self) -> None:
        self._progress.set()
        self._progress = asyncio.Event()

    def reading(self, name: object, work_out: Callable[[Sequence[T]], V]) -> Reading[V]:
        """What follows from the items found so far, worked out once for each state of the walk;
        the least recently used names are forgotten first.

        Raises ProviderError when nothing could be read at all.
        """
        if self.pages == 0:
            raise self.failure or TimedOut(
                program_key=self._provider.config.key,
                provider_key=self._provider.config.provider,
                was_sent=False,
            )
        known = self._worked_out.pop(name, None)
        if known is None or known[0] != self.pages:
            known = (self.pages, work_out(self.items))
        self._worked_out[name] = known
        if len(self._worked_out) > MOST_WORKED_OUT:
            self._worked_out.popitem(last=False)
        broken_off = self.failure if not self.has_ended else None
        return Reading(
            known[1],
            self._fetched_at,
            is_stale=self.is_stale,
            failure=broken_off.report if broken_off else self._not_renewed,
            is_computed=True,
            is_complete=self.is_complete,
        )

    def drop(self) -> None:
        """What it has found no longer holds. Whoever waits for it goes on to the next one."""
        self.is_dropped = True
        if self._task is not None:
            self._task.cancel()
        self._tell()

    async def aclose(self) -> None:
        """Stop reading."""
        self.drop()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
