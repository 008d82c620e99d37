"""Places: to whoever asked first, and never lost."""

import asyncio

import pytest

from adapters.places import Places
from tests.adapters.http.scripted import soon

pytestmark = pytest.mark.anyio


async def take(places: Places, seconds: float = 5.0) -> None:
    """A place, waited for where there is none."""
    if not places.take():
        await places.wait(soon(seconds))


async def test_a_place_goes_to_whoever_asked_first() -> None:
    places, order = Places(1), []

    async def visit(number: int) -> None:
        await take(places)
        order.append(number)
        await asyncio.sleep(0)
        places.free()

    await asyncio.gather(*(visit(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
    assert places.take()


async def test_a_freed_place_is_not_taken_from_who_waits_for_it() -> None:
    places = Places(1)
    await take(places)
    waiting = asyncio.ensure_future(take(places))
    await asyncio.sleep(0)
    places.free()
    assert not places.take()
    await waiting


async def test_who_waits_too_long_leaves_the_place_to_the_next() -> None:
    places = Places(1)
    await take(places)
    next_one = asyncio.ensure_future(take(places))
    with pytest.raises(TimeoutError):
        await take(places, 0.01)
    places.free()
    await next_one
    places.free()
    assert places.take()


async def test_a_place_that_comes_in_the_instant_in_which_somebody_leaves_is_not_lost() -> None:
    places = Places(1)
    await take(places)
    leaving, staying = (asyncio.ensure_future(take(places)) for _ in range(2))
    await asyncio.sleep(0)
    places.free()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await staying
    places.free()
    assert places.take()
