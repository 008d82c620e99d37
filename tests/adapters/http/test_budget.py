"""The budget: never more than the allowance, the most urgent first, refused rather than late."""

import asyncio
import time

import pytest

from adapters._http.wire import Answer
from adapters.demand import Demand, demanding
from adapters.errors import RateLimited
from tests.adapters.http.scripted import OK, ScriptedWire, guarded, soon

pytestmark = pytest.mark.anyio


async def test_without_a_limit_nothing_waits() -> None:
    inner = ScriptedWire()
    wire = guarded(inner, calls=0)
    await asyncio.gather(*(wire.send("GET", "/x", {}, None, soon()) for _ in range(500)))
    assert len(inner.calls) == 500


async def test_a_read_that_would_be_late_is_refused_at_once() -> None:
    inner = ScriptedWire()
    wire = guarded(inner, calls=4)
    await wire.send("GET", "/x", {}, None, soon())
    with pytest.raises(RateLimited) as refused:
        await wire.send("GET", "/x", {}, None, soon(5))
    assert refused.value.retry_after_seconds == 20
    assert len(inner.calls) == 1


async def test_whoever_can_wait_waits_and_walks_go_last() -> None:
    inner = ScriptedWire()
    wire = guarded(inner, calls=8, window=0.4)
    order: list[str] = []

    async def call(name: str, *, is_idle: bool = False) -> None:
        with demanding(Demand(is_idle=is_idle)):
            await wire.send("GET", f"/{name}", {}, None, soon())
        order.append(name)

    calls = [call(f"walk {n}", is_idle=True) for n in range(4)]
    calls += [call(f"read {n}") for n in range(4)]
    await asyncio.gather(*calls)
    # Two go at once, whoever comes first; of those that wait the reads go before the walks.
    assert sorted(order[:2]) == ["walk 0", "walk 1"]
    assert order[2:] == ["read 0", "read 1", "read 2", "read 3", "walk 2", "walk 3"]


async def test_a_429_stops_everything_until_its_retry_after() -> None:
    inner = ScriptedWire(Answer(429, {"retry-after": "7"}, b""))
    wire = guarded(inner, calls=0)
    await wire.send("GET", "/x", {}, None, soon())
    for method in ("GET", "POST", "DELETE"):
        with pytest.raises(RateLimited) as refused:
            await wire.send(method, "/x", {}, None, soon(5))
        assert refused.value.retry_after_seconds == 7
    assert len(inner.calls) == 1


async def test_a_429_never_stops_everything_for_good() -> None:
    wire = guarded(ScriptedWire(Answer(429, {"retry-after": "60000"}, b"")), calls=0)
    await wire.send("GET", "/x", {}, None, soon())
    with pytest.raises(RateLimited) as refused:
        await wire.send("GET", "/x", {}, None, soon(5))
    assert refused.value.retry_after_seconds == 600


async def test_in_a_short_429_a_read_waits_and_a_write_is_refused_unsent() -> None:
    inner = ScriptedWire(Answer(429, {}, b""))
    wire = guarded(inner, calls=0)
    await wire.send("GET", "/x", {}, None, soon())
    with pytest.raises(RateLimited):
        await wire.send("PUT", "/x", {}, None, soon(5))
    started = time.monotonic()
    assert await wire.send("GET", "/x", {}, None, soon(5)) == OK
    assert time.monotonic() - started > 0.5
    assert [method for method, _ in inner.calls] == ["GET", "GET"]


async def test_a_write_waits_for_allowance_within_its_deadline() -> None:
    inner = ScriptedWire()
    wire = guarded(inner, calls=4, window=0.2)
    await wire.send("POST", "/x", {}, None, soon())
    assert await wire.send("POST", "/x", {}, None, soon()) == OK


async def test_the_smaller_limit_holds_ours_or_the_vendors() -> None:
    told = Answer(200, {"x-ratelimit-limit": "8", "x-ratelimit-remaining": "0"}, b"")
    inner = ScriptedWire(told)
    wire = guarded(inner, calls=300)
    await wire.send("GET", "/x", {}, None, soon())
    with pytest.raises(RateLimited):
        await wire.send("GET", "/x", {}, None, soon(5))
    assert len(inner.calls) == 1


async def test_whoever_gives_up_takes_no_turn() -> None:
    inner = ScriptedWire()
    wire = guarded(inner, calls=4, window=0.2)
    await wire.send("GET", "/0", {}, None, soon())
    waiting = asyncio.create_task(wire.send("GET", "/1", {}, None, soon()))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    await wire.send("GET", "/2", {}, None, soon())
    assert [target for _, target in inner.calls] == ["/0", "/2"]
