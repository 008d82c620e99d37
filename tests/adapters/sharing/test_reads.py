"""Answers that several processes share: asked for once, and forgotten everywhere."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from adapters._http.caching import Fetched, Question, ReadCache
from adapters._http.clock import Clock
from adapters.demand import Demand, demanding
from adapters.errors import ProviderError, TimedOut, Unavailable
from adapters.limits import UpstreamLimits
from adapters.provider import Reading
from adapters.sharing.names import ProgramNames
from adapters.store import KeptAs, Store
from tests.adapters.sharing.conftest import QUICK, Join, until
from tests.redis_server import RedisServer, needs_redis

pytestmark = [pytest.mark.anyio, needs_redis]

EMAIL = "emma@example.com"
TARGET = f"/people?email={EMAIL}"
SECRET = b"s3cr3t"


class Upstream:
    """The provider of all processes: answers with how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0
        self.body: Callable[[int], bytes | None] = lambda number: str(number).encode()
        self.failure: type[ProviderError] | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self) -> Fetched:
        self.calls += 1
        body = self.body(self.calls)
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure(program_key="p", provider_key="shop")
        return Fetched(None if body is None else body.decode(), body)


class Process:
    """What a process reads of one program, `ahead` of the others by so many seconds."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self.ahead = 0.0
        self.clock = Clock(monotonic=lambda: time.monotonic() + self.ahead)
        self.cache: ReadCache
        self.store: Store
        self.decode: Callable[[bytes], object] = bytes.decode

    async def read(self, *, fresh: float = 600.0) -> Reading[object]:
        return await self.cache.read(Question(TARGET, self._upstream.fetch, self.decode), fresh)

    async def value(self) -> object:
        return (await self.read()).value


Begin = Callable[..., Awaitable[Process]]


def late() -> ProviderError:
    return TimedOut(program_key="p", provider_key="shop")


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


def beginning(join: Join, upstream: Upstream) -> Begin:
    """Begins a further process, with a credential."""

    async def begun(secret: bytes = SECRET) -> Process:
        sharing = await join()
        process = Process(upstream)
        process.store = store = Store(sharing)
        limits = UpstreamLimits(fresh=600, exchange=60)
        names = ProgramNames("p", "https://shop.example", secret)
        sharing.account(names, window=limits.minute, forget=lambda: store.drop("p"))
        process.cache = ReadCache(
            store,
            KeptAs("p", secret),
            limits,
            process.clock,
            late=late,
            note=lambda *_: None,
            shared=sharing.reads(names, stale=limits.stale),
        )
        return process

    return begun


@pytest.fixture
def begin(join: Join, upstream: Upstream) -> Begin:
    return beginning(join, upstream)


async def test_what_one_has_read_no_other_asks_for(begin: Begin, upstream: Upstream) -> None:
    one, other = await begin(), await begin()
    first = await one.read()
    second = await other.read()
    assert second == first
    assert upstream.calls == 1


async def test_that_there_is_no_such_thing_is_an_answer_too(
    begin: Begin, upstream: Upstream
) -> None:
    upstream.body = lambda number: None
    one, other = await begin(), await begin()
    assert (await one.value(), await other.value()) == (None, None)
    assert upstream.calls == 1


async def test_a_stale_one_is_renewed_by_one_for_all(begin: Begin, upstream: Upstream) -> None:
    one, other = await begin(), await begin()
    await one.read()
    assert not (await other.read()).is_stale
    upstream.gate.clear()
    readings = [await process.read(fresh=1e-9) for process in (one, other, one, other)]
    assert [(r.value, r.is_stale) for r in readings] == [("1", True)] * 4
    upstream.gate.set()
    await asyncio.gather(*one.cache._renewals, *other.cache._renewals)
    assert [await process.value() for process in (one, other)] == ["2", "2"]
    assert upstream.calls == 2


async def test_whoever_waits_takes_over_from_one_that_failed(
    begin: Begin, upstream: Upstream
) -> None:
    one, other = await begin(), await begin()
    upstream.gate.clear()
    upstream.failure = Unavailable
    failing = asyncio.create_task(one.read())
    await until(lambda: upstream.calls == 1)
    waiting = asyncio.create_task(other.read())
    upstream.gate.set()
    with pytest.raises(Unavailable):
        await failing
    upstream.failure = None
    # It may have come to the same failure, or after it.
    outcome = (await asyncio.gather(waiting, return_exceptions=True))[0]
    assert isinstance(outcome, Unavailable) or outcome == await one.read()
    assert upstream.calls == 2


async def test_fresh_data_is_fetched_for_whoever_demands_it_and_serves_all(
    begin: Begin, upstream: Upstream
) -> None:
    one, other = await begin(), await begin()
    await one.read()
    with demanding(Demand(wants_fresh=True)):
        assert await other.value() == "2"
    one.ahead = 500.0  # so that its own answer is old
    assert (await one.read(fresh=100.0)).value == "2"
    assert upstream.calls == 2


async def test_a_change_is_forgotten_by_all(begin: Begin, upstream: Upstream) -> None:
    one, other = await begin(), await begin()
    await one.read()
    await other.read()
    await one.cache.drop()
    await until(lambda: len(other.store) == 0)
    assert [await process.value() for process in (other, one)] == ["2", "2"]


async def test_what_was_asked_before_a_change_is_not_kept_after_it(
    begin: Begin, upstream: Upstream
) -> None:
    one, other = await begin(), await begin()
    upstream.gate.clear()
    before = asyncio.create_task(one.value())
    await until(lambda: upstream.calls == 1)
    await other.cache.drop()
    after = asyncio.create_task(other.value())
    await until(lambda: upstream.calls == 2)  # it does not wait for what was asked before
    upstream.gate.set()
    assert (await before, await after) == ("1", "2")
    assert await (await begin()).value() == "2"
    assert upstream.calls == 2


async def test_a_change_that_went_unheard_is_found_out(
    begin: Begin, upstream: Upstream, redis: RedisServer
) -> None:
    one, other = await begin(), await begin()
    await one.read()
    await other.read()
    redis.client.client_kill_filter(_type="pubsub")
    await one.cache.drop()
    await until(lambda: len(other.store) == 0)
    assert await other.value() == "2"


async def test_a_change_while_the_server_is_away_is_told_when_it_is_back(
    begin: Begin, upstream: Upstream, redis: RedisServer
) -> None:
    one, other = await begin(), await begin()
    await one.read()
    await other.read()
    redis.kill()
    await one.cache.drop()
    assert await other.value() == "1"  # nobody could tell
    redis.start()
    await until(lambda: len(other.store) == 0)
    assert await other.value() == "2"


async def test_a_server_that_went_back_to_an_older_state_serves_nothing_of_it(
    begin: Begin, upstream: Upstream, redis: RedisServer
) -> None:
    one = await begin()
    await one.read()
    redis.client.save()
    await one.cache.drop()
    redis.kill()
    redis.start()
    assert await (await begin()).value() == "2"


async def test_without_the_server_each_asks_for_itself(
    begin: Begin, upstream: Upstream, redis: RedisServer
) -> None:
    one, other = await begin(), await begin()
    redis.kill()
    assert [await process.value() for process in (one, other, one, other)] == ["1", "2", "1", "2"]


async def test_two_credentials_never_share(begin: Begin, upstream: Upstream) -> None:
    one, other = await begin(b"one"), await begin(b"other")
    assert [await process.value() for process in (one, other)] == ["1", "2"]
    # But a change concerns both: it is the same account.
    await one.cache.drop()
    await until(lambda: len(other.store) == 0)


async def test_no_name_tells_what_was_asked_or_with_which_secret(
    begin: Begin, redis: RedisServer
) -> None:
    await (await begin()).read()
    names = b"\n".join(redis.names())
    assert b"entry:" in names
    for told in (EMAIL, "emma", "people", "s3cr3t", SECRET.hex()):
        assert told.encode() not in names


async def test_what_makes_no_sense_here_is_asked_anew(begin: Begin, upstream: Upstream) -> None:
    one, other = await begin(), await begin()
    await one.read()
    other.decode = int
    assert await other.value() == 1
    upstream.body = lambda number: b"{}"
    await one.cache.drop()
    await one.read()
    await until(lambda: len(other.store) == 0)
    assert await other.value() == "{}"  # as fetched, not as decoded
    assert upstream.calls == 3


async def test_a_very_large_answer_stays_where_it_is(begin: Begin, upstream: Upstream) -> None:
    upstream.body = lambda number: b"x" * (QUICK.most_bytes + number)
    one, other = await begin(), await begin()
    await one.read()
    await other.read()
    assert upstream.calls == 2
    await one.read()
    assert upstream.calls == 2
