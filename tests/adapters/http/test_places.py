"""Places: to whoever asked first, and never lost."""

import asyncio

import pytest

from adapters._http.places import Places
from tests.adapters.http.scripted import soon

pytestmark = pytest.mark.anyio


async def test_a_place_goes_to_whoever_asked_first() -> None:
    places, order = Places(1), []

    async def visit(number: int) -> None:
        await places.take(soon())
        order.append(number)
        await asyncio.sleep(0)
        places.free()

    await asyncio.gather(*(visit(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
    assert not places.are_taken


async def test_who_waits_too_long_leaves_the_place_to_the_next() -> None:
    places = Places(1)
    await places.take(soon())
    next_one = asyncio.ensure_future(places.take(soon()))
    with pytest.raises(TimeoutError):
        await places.take(soon(0.01))
    places.free()
    await next_one
    places.free()
    assert not places.are_taken


async def test_a_place_that_comes_in_the_instant_in_which_somebody_leaves_is_not_lost() -> None:
    places = Places(1)
    await places.take(soon())
    leaving, staying = (asyncio.ensure_future(places.take(soon())) for _ in range(2))
    await asyncio.sleep(0)
    places.free()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await staying
    places.free()
    assert not places.are_taken
