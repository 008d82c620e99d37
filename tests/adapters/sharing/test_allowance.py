"""The allowance of all processes together: the pace of one alone, whatever the server does."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from adapters._http.allowance import Allowance
from adapters._http.turnstile import Turnstile
from adapters._http.wire import Answer
from adapters.sharing.names import ProgramNames
from adapters.sharing.sharing import Sharing
from tests.adapters.sharing.conftest import Join, until
from tests.redis_server import RedisServer, needs_redis

pytestmark = [pytest.mark.anyio, needs_redis]

WINDOW = 60.0


class Process:
    """One program's turnstile in one process."""

    def __init__(
        self, sharing: Sharing, calls: int, window: float, secret: bytes = b"secret"
    ) -> None:
        self.sharing = sharing
        names = ProgramNames("p", "https://shop.example", secret)
        shared = sharing.account(names, window=window, forget=lambda: None)
        self.allowance = Allowance(calls, window=window, processes=shared.parts)
        self.turnstile = Turnstile(self.allowance, time.monotonic, shared.allowance)

    async def takes(self) -> int:
        """How many calls go out at once."""
        count = 0
        while await self.turnstile.take():
            count += 1
        return count

    async def learns(self, answer: Answer) -> None:
        """What an answer says is news to the other processes."""
        telling = self.turnstile.learn(answer)
        assert telling is not None
        await telling


Begin = Callable[..., Awaitable[Process]]


@pytest.fixture
def begin(join: Join) -> Begin:
    async def begun(calls: int = 60, window: float = WINDOW, secret: bytes = b"secret") -> Process:
        return Process(await join(), calls, window, secret)

    return begun


async def test_a_quarter_goes_at_once_whoever_takes_it(begin: Begin) -> None:
    one, other = await begin(), await begin()
    for _ in range(7):
        assert await one.turnstile.take()
    assert await other.takes() == 8
    assert not await one.turnstile.take()
    # At 45 a minute, the next in 1.33 seconds.
    assert 0 < one.turnstile.delay() <= 60 / 45
    assert 60 / 45 < one.turnstile.delay(1) <= 2 * 60 / 45
    assert one.allowance.remaining(time.monotonic()) == 45


async def test_a_new_credential_gets_no_second_allowance(begin: Begin) -> None:
    one, other = await begin(), await begin(secret=b"new secret")
    assert await one.takes() == 15
    assert await other.takes() == 0


@pytest.mark.parametrize("limit", [1, 2, 5, 8])
async def test_no_window_sees_more_than_the_limit(begin: Begin, limit: int) -> None:
    window = 0.2
    processes = [await begin(limit, window) for _ in range(3)]
    sent: list[tuple[float, float]] = []
    ends = time.monotonic() + 3 * window

    async def go_on(turnstile: Turnstile) -> None:
        while (asked := time.monotonic()) < ends or len(sent) <= limit:
            if await turnstile.take():
                sent.append((asked, time.monotonic()))
            else:
                await asyncio.sleep(0.002)

    await asyncio.gather(*(go_on(process.turnstile) for process in processes))
    # Nobody here knows when the server let it go: somewhere between these two.
    for first, _ in sent:
        assert sum(first <= asked and let < first + window for asked, let in sent) <= limit


async def test_what_was_saved_while_idle_is_a_quarter_at_most(begin: Begin) -> None:
    one, other = await begin(8, 0.2), await begin(8, 0.2)
    await one.takes()
    await asyncio.sleep(0.4)
    assert await other.takes() in (2, 3)  # one more comes in while they go


async def test_a_429_anywhere_stops_all_until_its_retry_after(begin: Begin) -> None:
    one, other = await begin(0), await begin(0)
    assert await other.turnstile.take()
    await one.learns(Answer(429, {"retry-after": "7"}, b""))
    await one.learns(Answer(429, {"retry-after": "1"}, b""))
    assert not await other.turnstile.take()
    assert 6 < other.turnstile.pause <= 7


async def test_what_the_provider_tells_one_holds_for_all(begin: Begin) -> None:
    one, other = await begin(300), await begin(300)
    assert await other.turnstile.take()
    told = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "3"}
    await one.learns(Answer(200, told, b""))
    assert await other.takes() == 3
    assert other.allowance.limit == 60


async def test_without_the_server_each_keeps_to_its_part(begin: Begin, redis: RedisServer) -> None:
    one, other = await begin(8, 4.0), await begin(8, 4.0)
    await until(lambda: one.sharing.processes == other.sharing.processes == 2)
    assert await one.turnstile.take()
    assert await other.turnstile.take()
    redis.kill()
    # Nobody knows what the other has sent: each begins with none, and has half.
    assert (await one.takes(), await other.takes()) == (0, 0)
    assert one.allowance.limit == other.allowance.limit == 4
    assert 0 < one.turnstile.delay() <= 4 / 3
    await asyncio.sleep(one.turnstile.delay() + 0.01)
    assert await one.takes() == 1
    redis.start()
    await until(lambda: one.sharing.is_up and other.sharing.is_up)
    # What was sent alone counts: the common bucket is empty too.
    assert await one.takes() == 0
    assert one.allowance.limit == 8


@pytest.mark.parametrize("loss", ["flushed", "evicted", "started again", "gone back"])
async def test_a_server_that_forgot_the_calls_gives_no_second_burst(
    begin: Begin, redis: RedisServer, loss: str
) -> None:
    one, other = await begin(), await begin()
    assert await other.turnstile.take()
    before = {name: redis.client.dump(name) for name in redis.names()}
    assert await one.takes() == 14
    if loss == "flushed":
        redis.client.flushall()
    elif loss == "evicted":
        redis.client.delete(*(name for name in redis.names() if b":allowance:" in name))
    else:
        redis.kill()
        await until(lambda: not (one.sharing.is_up or other.sharing.is_up))
        redis.start()
        for name, value in before.items() if loss == "gone back" else ():
            redis.client.restore(name, 60_000, value, replace=True)
        await until(lambda: one.sharing.is_up and other.sharing.is_up)
    assert (await other.takes(), await one.takes()) == (0, 0)
    # Nor does whoever begins now, and knows of nothing.
    assert await (await begin()).takes() == 0
    await asyncio.sleep(one.turnstile.delay() + 0.01)
    assert await one.takes() == 1


async def test_a_process_that_never_saw_the_server_has_its_part(redis: RedisServer) -> None:
    redis.kill()
    sharing = Sharing(redis.url, processes=3)
    await sharing.start()
    process = Process(sharing, 60, WINDOW)
    # The others may be sharing all the same: it begins with none.
    assert await process.takes() == 0
    assert process.allowance.limit == 20
    assert process.turnstile.delay() > 0
    await sharing.aclose()
