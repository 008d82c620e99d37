"""Walks: bounded, shared, resumed, honest about what they did not see."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from adapters.errors import OverAllowance, RateLimited, Unavailable
from adapters.model import Page
from adapters.provider import Health, HealthStatus, ProgramConfig, Provider, Reading
from gateway.walks import Reached, Walk, WalkLimits, Walks

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 10


class Shop(Provider):
    """A provider of which only the allowance matters."""

    key = "shop"

    def __init__(self, limit: int | None = None) -> None:
        super().__init__(ProgramConfig(key="p", name="P", provider="shop", base_url=""))
        self.limit = limit
        self.remaining = limit

    @property
    def health(self) -> Health:
        return Health(
            status=HealthStatus.HEALTHY,
            last_success_at=None,
            last_error=None,
            median_latency_ms=None,
            calls_limit=self.limit,
            calls_remaining=self.remaining,
            allowance_resets_at=None,
        )


class Numbers:
    """A list of numbers in pages, which counts how often it is read and can fail."""

    def __init__(self, items: Iterable[int], shop: Shop, *, tells_total: bool = False) -> None:
        self.items = list(items)
        self.shop = shop
        self.tells_total = tells_total
        self.calls: list[int] = []
        self.fails_on: set[int] = set()
        self.asked = asyncio.Event()
        self.gate: asyncio.Event | None = None

    async def read(self, page: int) -> Reading[Page[int]]:
        await asyncio.sleep(0)
        self.calls.append(page)
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.shop.remaining is not None:
            self.shop.remaining -= 1
        if page in self.fails_on:
            raise Unavailable(program_key="p", provider_key="shop")
        found = tuple(self.items[(page - 1) * PAGE : page * PAGE])
        total = len(self.items) if self.tells_total else None
        return Reading(Page(found, has_next=len(self.items) > page * PAGE, total=total), NOW)

    def walk(self, limits: WalkLimits, monotonic: Callable[[], float] = lambda: 0.0) -> Walk[int]:
        return Walk(self.read, lambda item: item, self.shop, limits, monotonic)


def counted(walk: Walk[int]) -> tuple[int, bool]:
    reading = walk.reading("count", len)
    assert reading.is_computed
    return reading.value, reading.is_complete


async def test_a_request_pays_for_its_pages_and_the_walk_goes_on_behind_it() -> None:
    numbers = Numbers(range(100), Shop())
    walk = numbers.walk(WalkLimits(pages=3))
    await walk.reach()
    assert counted(walk) == (30, False)
    await walk._task  # type: ignore[misc]
    assert counted(walk) == (100, True)
    assert numbers.calls == list(range(1, 11))


async def test_where_nothing_is_kept_nothing_is_walked_behind_the_answer() -> None:
    numbers = Numbers(range(100), Shop())
    walk = numbers.walk(WalkLimits(pages=3, fresh=0))
    await walk.reach()
    await walk._task  # type: ignore[misc]
    assert numbers.calls == [1, 2, 3]
    await walk.reach()
    assert counted(walk) == (60, False)


async def test_everybody_who_asks_at_once_shares_the_pages() -> None:
    numbers = Numbers(range(50), Shop())
    walk = numbers.walk(WalkLimits(pages=50))
    await asyncio.gather(*(walk.reach() for _ in range(20)))
    assert counted(walk) == (50, True)
    assert numbers.calls == [1, 2, 3, 4, 5]


async def test_it_ends_at_the_total_of_pages_incomplete() -> None:
    numbers = Numbers(range(100), Shop())
    walk = numbers.walk(WalkLimits(pages=50, pages_total=4))
    await walk.reach()
    await walk.reach()
    assert walk.is_over
    assert counted(walk) == (40, False)
    assert numbers.calls == [1, 2, 3, 4]


async def test_half_of_the_allowance_is_left_for_plain_reads() -> None:
    shop = Shop(limit=10)
    numbers = Numbers(range(100), shop)
    walk = numbers.walk(WalkLimits(pages=50, fresh=0))
    await walk.reach()
    assert numbers.calls == [1, 2, 3, 4, 5]
    assert counted(walk) == (50, False)
    shop.remaining = 10
    await walk.reach()
    assert counted(walk) == (100, True)


async def test_behind_an_answer_it_waits_for_the_allowance() -> None:
    shop = Shop(limit=10)
    numbers = Numbers(range(100), shop)
    walk = numbers.walk(WalkLimits(pages=50, idle=0.001))
    await walk.reach()
    assert counted(walk) == (50, False)
    shop.remaining = 10
    async with asyncio.timeout(10):
        await walk._task  # type: ignore[misc]
    assert counted(walk) == (100, True)


async def test_without_any_allowance_there_is_no_answer() -> None:
    shop = Shop(limit=10)
    shop.remaining = 5
    walk = Numbers(range(100), shop).walk(WalkLimits(fresh=0))
    await walk.reach()
    with pytest.raises(RateLimited):
        counted(walk)


async def test_a_failure_half_way_keeps_what_was_found_and_is_resumed() -> None:
    numbers = Numbers(range(50), Shop())
    numbers.fails_on = {3}
    walk = numbers.walk(WalkLimits())
    await walk.reach()
    assert counted(walk) == (20, False)
    numbers.fails_on = set()
    await walk.reach()
    assert counted(walk) == (50, True)
    assert numbers.calls == [1, 2, 3, 3, 4, 5]


async def test_a_failure_at_once_is_the_answer() -> None:
    numbers = Numbers(range(50), Shop())
    numbers.fails_on = {1}
    walk = numbers.walk(WalkLimits())
    await walk.reach()
    with pytest.raises(Unavailable):
        counted(walk)


async def test_a_list_that_shifts_is_de_duplicated_and_never_called_complete() -> None:
    numbers = Numbers(range(50), Shop())
    walk = numbers.walk(WalkLimits(pages=2, fresh=0))
    await walk.reach()
    numbers.items.insert(0, 999)
    await walk.reach()
    await walk.reach()
    assert walk.is_over
    assert walk.items == list(range(50))
    assert counted(walk) == (50, False)


async def test_a_total_that_moves_is_told() -> None:
    numbers = Numbers(range(50), Shop(), tells_total=True)
    walk = numbers.walk(WalkLimits(pages=2, fresh=0))
    await walk.reach()
    del numbers.items[0]
    await walk.reach()
    await walk.reach()
    assert walk.is_over
    assert counted(walk)[1] is False


async def test_what_follows_is_worked_out_once_for_each_state() -> None:
    walk = Numbers(range(30), Shop()).walk(WalkLimits())
    await walk.reach()
    worked_out = [walk.reading("sum", lambda items: [sum(items)]) for _ in range(3)]
    assert worked_out[0].value is worked_out[2].value


async def test_a_slow_provider_is_waited_for_no_longer_than_the_limit() -> None:
    shop = Shop()

    async def never(page: int) -> Reading[Page[int]]:
        await asyncio.Event().wait()
        raise AssertionError

    walk: Walk[int] = Walk(never, lambda item: item, shop, WalkLimits(wait=0.01), lambda: 0.0)
    async with asyncio.timeout(10):
        await walk.reach()
    assert walk.pages == 0
    await walk.aclose()


async def test_a_failure_half_way_is_told() -> None:
    numbers = Numbers(range(50), Shop())
    numbers.fails_on = {3}
    walk = numbers.walk(WalkLimits())
    await walk.reach()
    failure = Unavailable(program_key="shop", provider_key="shop")
    assert walk.reading("count", len).failure == failure.report
    numbers.fails_on = set()
    await walk.reach()
    assert walk.reading("count", len).failure is None


async def test_what_was_worked_out_is_bounded() -> None:
    walk = Numbers(range(30), Shop()).walk(WalkLimits())
    await walk.reach()
    for name in range(500):
        walk.reading(name, len)
    assert len(walk._worked_out) <= 16


class Shelf:
    """Walks over one list, under a clock that the test moves."""

    def __init__(self, **limits: float) -> None:
        self.now = 0.0
        self.numbers = Numbers(range(50), Shop())
        self.walks = Walks(
            WalkLimits(pages=3, fresh=100, stale=1000, **limits),  # type: ignore[arg-type]
            lambda: self.now,
        )

    async def reach(self) -> Reached:
        limits, clock = self.walks.limits, self.walks.monotonic
        return await self.walks.reach(
            self.numbers.shop, "numbers", lambda: self.numbers.walk(limits, clock)
        )

    async def seen(self) -> tuple[int, bool, bool]:
        """How many numbers are told, whether that is all, and whether it is old."""
        reached = await self.reach()
        return *counted(reached.walk), reached.is_stale


async def finished(walk: Walk[int]) -> None:
    """What goes on behind answers is done."""
    assert walk._task is not None
    await asyncio.wait([walk._task])


async def test_an_old_walk_is_served_until_its_successor_is_over() -> None:
    shelf = Shelf()
    await finished((await shelf.reach()).walk)
    assert await shelf.seen() == (50, True, False)
    assert shelf.numbers.calls == [1, 2, 3, 4, 5]
    shelf.now = 101.0
    shelf.numbers.items = list(range(60))
    assert await shelf.seen() == (50, True, True)
    assert await shelf.seen() == (60, True, False)
    await shelf.walks.stop([shelf.numbers.shop])


async def test_a_walk_ages_from_its_end_whether_or_not_anybody_looks() -> None:
    shelf = Shelf()
    await finished((await shelf.reach()).walk)
    shelf.now = 36_000.0
    shelf.numbers.items = list(range(7))
    assert await shelf.seen() == (7, True, False)  # too old even to be served
    await shelf.walks.stop([shelf.numbers.shop])


async def test_a_walk_that_broke_off_is_not_patched_a_day_later() -> None:
    shelf = Shelf()
    shelf.numbers.fails_on = {2}
    await shelf.reach()
    shelf.now = 101.0
    shelf.numbers.fails_on = set()
    shelf.numbers.items = list(range(1000, 1050))
    reached = await shelf.reach()
    await finished(reached.successor or reached.walk)
    reached = await shelf.reach()
    assert reached.walk.items == list(range(1000, 1050))
    await shelf.walks.stop([shelf.numbers.shop])


async def test_why_a_stale_walk_is_not_renewed_is_told() -> None:
    shelf = Shelf()
    await finished((await shelf.reach()).walk)
    shelf.now = 101.0
    shelf.numbers.fails_on = {1}
    reached = await shelf.reach()
    assert reached.is_stale
    assert reached.successor is not None
    assert isinstance(reached.successor.failure, Unavailable)
    await shelf.walks.stop([shelf.numbers.shop])


async def test_whoever_waits_for_a_dropped_walk_goes_on_to_the_next() -> None:
    shelf = Shelf()
    shelf.numbers.gate = asyncio.Event()
    waiting = asyncio.create_task(shelf.seen())
    await shelf.numbers.asked.wait()
    shelf.walks.drop("p")
    shelf.numbers.items = list(range(20))
    shelf.numbers.gate.set()
    assert await waiting == (20, True, False)
    await shelf.walks.stop([shelf.numbers.shop])


async def test_the_allowance_that_is_kept_for_others_is_no_word_of_the_provider() -> None:
    shop = Shop(limit=10)
    shop.remaining = 5
    walk = Numbers(range(100), shop).walk(WalkLimits(fresh=0))
    await walk.reach()
    with pytest.raises(OverAllowance) as refused:
        counted(walk)
    assert refused.value.retry_after_seconds is not None
    assert "asks" not in refused.value.message


async def test_memory_is_bounded_over_all_programs() -> None:
    walks = Walks(WalkLimits(), lambda: 0.0, most_pages=10)
    lists = {f"p{n}": Numbers(range(40), Shop()) for n in range(4)}

    async def reach(key: str) -> None:
        numbers = lists[key]
        await walks.reach(numbers.shop, "numbers", lambda: numbers.walk(walks.limits))

    for key in lists:
        await reach(key)
    for key in ("p3", "p2"):
        await reach(key)
        assert len(lists[key].calls) == 4
    await reach("p0")
    assert len(lists["p0"].calls) == 8
    await walks.stop([numbers.shop for numbers in lists.values()])


async def test_walks_that_found_nothing_are_forgotten_too() -> None:
    walks = Walks(WalkLimits(), lambda: 0.0, most_pages=10)
    numbers = Numbers(range(40), Shop())
    numbers.fails_on = {1}
    for name in range(100):
        await walks.reach(numbers.shop, name, lambda: numbers.walk(walks.limits))
    assert len(walks._kept) <= 10
    await walks.stop([numbers.shop])


async def test_a_program_that_is_connected_anew_is_walked_anew_and_changed_for_both() -> None:
    walks = Walks(WalkLimits(), lambda: 0.0)
    before, after = (Numbers(range(40), Shop()) for _ in range(2))

    async def reach(numbers: Numbers) -> Walk[int]:
        reached = await walks.reach(numbers.shop, "numbers", lambda: numbers.walk(walks.limits))
        return reached.walk

    first, second = await reach(before), await reach(after)
    assert first is not second
    assert (len(before.calls), len(after.calls)) == (4, 4)
    await walks.stop([before.shop])
    assert first.is_dropped
    assert await reach(after) is second
    walks.drop("p")
    assert second.is_dropped


async def test_without_a_cache_no_walk_is_kept_from_then_on() -> None:
    shelf = Shelf()
    kept = (await shelf.reach()).walk
    shelf.walks.change(WalkLimits(fresh=0))
    assert kept.is_dropped
    assert shelf.walks.for_request() is not shelf.walks


async def test_a_walk_that_breaks_off_again_and_again_grows_old() -> None:
    shelf = Shelf()
    shelf.numbers.fails_on = {3}
    await shelf.seen()
    shelf.numbers.items = list(range(1000, 1050))
    for instant in (60.0, 120.0, 180.0):
        shelf.now = instant
        reached = await shelf.reach()
    assert reached.walk.items == list(range(1000, 1020))
    await shelf.walks.stop([shelf.numbers.shop])


async def test_a_walk_that_could_not_begin_is_not_old_when_it_does() -> None:
    shelf = Shelf()
    shelf.numbers.fails_on = {1}
    await shelf.reach()
    shelf.now = 90.0
    shelf.numbers.fails_on = set()
    await finished((await shelf.reach()).walk)
    shelf.now = 150.0
    assert await shelf.seen() == (50, True, False)
    assert shelf.numbers.calls == [1, 1, 2, 3, 4, 5]
    await shelf.walks.stop([shelf.numbers.shop])


async def test_pages_that_bring_nothing_new_end_a_walk_incomplete() -> None:
    shop = Shop()
    calls: list[int] = []

    async def same(page: int) -> Reading[Page[int]]:
        calls.append(page)
        return Reading(Page(tuple(range(PAGE)), has_next=True), NOW)

    walk: Walk[int] = Walk(same, lambda item: item, shop, WalkLimits(), lambda: 0.0)
    await walk.reach()
    assert walk.is_over
    assert counted(walk) == (PAGE, False)
    assert calls == [1, 2]
