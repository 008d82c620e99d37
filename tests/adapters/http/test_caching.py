"""The cache: fresh, stale while renewed, stale when it cannot be; equal reads share one call."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters._http.caching import Fetched, Question, ReadCache
from adapters._http.clock import Clock
from adapters.demand import Demand, demanding
from adapters.errors import Failure, NotFound, ProviderError, TimedOut, Unavailable
from adapters.limits import UpstreamLimits
from adapters.observer import Answered
from adapters.provider import Reading
from adapters.store import Entry, KeptAs, Store
from tests.sandboxes.clock import Clock as Seconds

pytestmark = pytest.mark.anyio

NOON = datetime(2025, 1, 20, 12, tzinfo=UTC)
FRESH = 30.0
LIMITS = UpstreamLimits(fresh=FRESH, renewed=600, stale=86400)


def late() -> ProviderError:
    return TimedOut(program_key="p", provider_key="shop")


def told(kind: type[ProviderError]) -> Failure:
    return kind(program_key="p", provider_key="shop").report


class Upstream:
    """Answers with how often it was asked, or fails; `gate` holds answers back."""

    def __init__(self) -> None:
        self.calls = 0
        self.failure: type[ProviderError] | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self) -> Fetched:
        self.calls += 1
        number = self.calls
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure(program_key="p", provider_key="shop")
        return Fetched(number, b"100 bytes".ljust(100))


P = KeptAs("p", b"")


class Kit:
    def __init__(self, store: Store | None = None, kept_as: KeptAs = P) -> None:
        self.seconds = Seconds()
        self.began = self.seconds.seconds
        self.upstream = Upstream()
        self.noted: list[Answered] = []
        clock = Clock(
            self.seconds, lambda: NOON + timedelta(seconds=self.seconds.seconds - self.began)
        )
        self.cache = ReadCache(
            Store() if store is None else store,
            kept_as,
            LIMITS,
            clock,
            late=late,
            note=lambda *about: self.noted.append(about[2]),
        )

    async def read(self, *, fresh: float = FRESH) -> Reading[object]:
        return await self.cache.read(Question("/x", self.upstream.fetch, bytes.decode), fresh)

    async def settled(self) -> None:
        """What goes on behind answers is done."""
        await asyncio.gather(*self.cache._renewals)


async def test_a_fresh_answer_costs_nothing() -> None:
    kit = Kit()
    first = await kit.read()
    kit.seconds.seconds += FRESH - 1
    assert await kit.read() == first
    assert kit.upstream.calls == 1
    assert (first.value, first.fetched_at, first.is_stale) == (1, NOON, False)


async def test_a_stale_one_is_served_at_once_and_renewed_behind_the_answer() -> None:
    kit = Kit()
    await kit.read()
    kit.seconds.seconds += FRESH
    stale = await kit.read()
    assert (stale.value, stale.fetched_at, stale.is_stale) == (1, NOON, True)
    assert stale.failure is None
    await kit.read()
    await kit.settled()
    renewed = await kit.read()
    assert (renewed.value, renewed.is_stale) == (2, False)
    assert kit.upstream.calls == 2


async def test_a_very_old_one_is_waited_for() -> None:
    kit = Kit()
    await kit.read()
    kit.seconds.seconds += 601
    assert (await kit.read()).value == 2


async def test_a_provider_that_fails_is_covered_for_a_day_and_the_reason_told() -> None:
    kit = Kit()
    await kit.read()
    kit.upstream.failure = Unavailable
    kit.seconds.seconds += 3600
    stale = await kit.read()
    assert (stale.value, stale.fetched_at, stale.is_stale) == (1, NOON, True)
    assert stale.failure == told(Unavailable)
    kit.seconds.seconds += 86400
    with pytest.raises(Unavailable):
        await kit.read()


async def test_nobody_waits_for_the_next_failure_right_after_one() -> None:
    kit = Kit()
    await kit.read()
    kit.upstream.failure = Unavailable
    kit.seconds.seconds += 3600
    await kit.read()
    kit.upstream.gate.clear()
    async with asyncio.timeout(5):
        assert (await kit.read()).failure == told(Unavailable)
    kit.upstream.gate.set()
    await kit.settled()


async def test_a_failure_behind_the_answer_is_told_by_the_next() -> None:
    kit = Kit()
    await kit.read()
    kit.upstream.failure = TimedOut
    kit.seconds.seconds += FRESH
    assert (await kit.read()).failure is None
    await kit.settled()
    assert (await kit.read()).failure == told(TimedOut)
    kit.upstream.failure = None
    await kit.settled()
    await kit.read()
    await kit.settled()
    assert (await kit.read()).is_stale is False


async def test_a_clear_no_is_not_covered_by_an_old_answer() -> None:
    kit = Kit()
    await kit.read()
    kit.upstream.failure = NotFound
    kit.seconds.seconds += 3600
    with pytest.raises(NotFound):
        await kit.read()


async def test_equal_reads_in_flight_share_one_call() -> None:
    kit = Kit()
    kit.upstream.gate.clear()
    reads = [asyncio.create_task(kit.read()) for _ in range(50)]
    await asyncio.sleep(0)
    kit.upstream.gate.set()
    assert {reading.value for reading in await asyncio.gather(*reads)} == {1}
    assert kit.upstream.calls == 1


async def test_whoever_asked_first_may_leave_and_the_last_gives_the_call_up() -> None:
    kit = Kit()
    kit.upstream.gate.clear()
    first, second = (asyncio.create_task(kit.read()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    kit.upstream.gate.set()
    assert (await second).value == 1
    kit.seconds.seconds += 3600
    kit.upstream.gate.clear()
    third = asyncio.create_task(kit.read())
    await asyncio.sleep(0)
    third.cancel()
    await asyncio.wait([third])
    kit.upstream.gate.set()
    assert (await kit.read()).value == 3


async def test_where_nothing_is_kept_nothing_is_joined() -> None:
    kit = Kit()
    values = {r.value for r in await asyncio.gather(*(kit.read(fresh=0) for _ in range(5)))}
    assert values == {1, 2, 3, 4, 5}


async def test_a_change_drops_what_is_kept_and_what_is_under_way() -> None:
    kit = Kit()
    kit.upstream.gate.clear()
    before = asyncio.create_task(kit.read())
    await asyncio.sleep(0)
    await kit.cache.drop()
    after = asyncio.create_task(kit.read())
    await asyncio.sleep(0)
    kit.upstream.gate.set()
    assert ((await before).value, (await after).value) == (1, 2)
    assert (await kit.read()).value == 2


async def test_fresh_data_can_be_demanded_once_a_second() -> None:
    kit = Kit()
    await kit.read()
    with demanding(Demand(wants_fresh=True)):
        assert (await kit.read()).value == 2
        assert (await kit.read()).value == 3  # a new entry, not forced before
        kit.upstream.failure = Unavailable
        assert (await kit.read()).is_stale
        assert (await kit.read()).value == 3
        assert kit.upstream.calls == 4


async def test_programs_that_share_a_store_share_no_answer() -> None:
    store = Store()
    one, other = Kit(store, KeptAs("one", b"")), Kit(store, KeptAs("other", b""))
    other.upstream.calls = 10
    assert [(await kit.read()).value for kit in (one, other, one, other)] == [1, 11, 1, 11]
    await one.cache.drop()
    assert [(await kit.read()).value for kit in (one, other)] == [2, 11]


async def test_credentials_of_a_program_share_no_answer_and_are_dropped_together() -> None:
    store = Store()
    dropped: list[str] = []
    store.watch(dropped.append)
    one, other = Kit(store, KeptAs("p", b"one")), Kit(store, KeptAs("p", b"other"))
    other.upstream.calls = 10
    assert [(await kit.read()).value for kit in (one, other, one, other)] == [1, 11, 1, 11]
    await one.cache.drop()
    assert dropped == ["p"]
    assert [(await kit.read()).value for kit in (one, other)] == [2, 12]
    store.keep_only([KeptAs("p", b"other")])
    assert [(await kit.read()).value for kit in (one, other)] == [3, 12]


def entry(size: int) -> Entry:
    return Entry(value=None, fetched_at=NOON, stored_at=0.0, size=size)


def test_the_store_is_bounded_in_entries_and_bytes() -> None:
    store = Store(most_entries=3, most_bytes=1000)
    for target in "abcd":
        store.put(P, target, entry(10), 0)
    assert (len(store), store.size) == (3, 30)
    assert store.get(P, "a") is None
    store.get(P, "b")
    store.put(P, "e", entry(985), 0)
    assert store.size <= 1000
    assert store.get(P, "b") is not None
    store.put(P, "f", entry(1001), 0)
    assert store.get(P, "f") is None
    store.put(P, "b", entry(1), 0)
    store.drop("p")
    assert (len(store), store.size) == (0, 0)
    store.put(P, "late", entry(1), 0)
    assert len(store) == 0


async def test_what_answered_each_read_is_told() -> None:
    kit = Kit()
    kit.upstream.gate.clear()
    reads = [asyncio.ensure_future(kit.read()) for _ in range(3)]
    await asyncio.sleep(0)
    kit.upstream.gate.set()
    await asyncio.gather(*reads)
    assert kit.noted == [Answered.CALLED, Answered.JOINED, Answered.JOINED]
    kit.noted.clear()
    await kit.read()
    kit.seconds.seconds += FRESH + 1
    await kit.read()
    await kit.settled()
    await kit.read(fresh=0)
    kit.upstream.failure = NotFound
    kit.seconds.seconds += FRESH + 10**6
    with pytest.raises(NotFound):
        await kit.read()
    assert kit.noted == [Answered.KEPT, Answered.STALE, Answered.CALLED, Answered.CALLED]
