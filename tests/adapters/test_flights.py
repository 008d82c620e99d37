"""Equal reads in flight share one call, and nobody's leaving is anybody else's loss."""

import asyncio
from dataclasses import dataclass, field

import pytest

from adapters.flights import Flights

pytestmark = pytest.mark.anyio


@dataclass
class Upstream:
    """Answers each read with its number once told to; takes a while to give one up."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)
    given_up: asyncio.Event = field(default_factory=asyncio.Event)
    reads: int = 0

    async def read(self) -> int:
        self.reads += 1
        number = self.reads
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            await self.given_up.wait()
            raise
        return number


async def turn() -> None:
    """Let everything that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_equal_reads_are_one_call() -> None:
    flights, upstream = Flights(), Upstream()
    asking = [asyncio.ensure_future(flights.join("tiers", upstream.read)) for _ in range(3)]
    await turn()
    upstream.answers.set()
    assert await asyncio.gather(*asking) == [1, 1, 1]
    assert not flights.is_under_way("tiers")


async def test_whoever_asked_first_may_leave() -> None:
    flights, upstream = Flights(), Upstream()
    first, second = (asyncio.ensure_future(flights.join("a", upstream.read)) for _ in range(2))
    await turn()
    first.cancel()
    await turn()
    upstream.answers.set()
    assert await second == 1


async def test_who_comes_while_a_read_is_being_given_up_gets_one_of_their_own() -> None:
    flights, upstream = Flights(), Upstream()
    first = asyncio.ensure_future(flights.join("tiers", upstream.read))
    await turn()
    first.cancel()
    await turn()
    second = asyncio.ensure_future(flights.join("tiers", upstream.read))
    await turn()
    upstream.given_up.set()
    await turn()
    upstream.answers.set()
    assert await second == 2
    assert first.cancelled()
    assert not flights.is_under_way("tiers")


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    flights = Flights()

    async def fail() -> int:
        raise ConnectionError

    for _ in range(2):
        told = await asyncio.gather(
            flights.join("a", fail), flights.join("a", fail), return_exceptions=True
        )
        assert [type(error) for error in told] == [ConnectionError, ConnectionError]
