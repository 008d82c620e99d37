"""Loads that several wait for, and of whom each may be broken off."""

import asyncio
import gc
from typing import Any

import pytest

from gateway.loaders import SharedLoader

pytestmark = pytest.mark.anyio


class Failing(SharedLoader[str, str]):
    """Fails when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()
        self.fails = asyncio.Event()

    async def batch_load_fn(self, keys: list[str]) -> list[Any]:
        self.begun.set()
        await self.fails.wait()
        return [ValueError(key) for key in keys]


async def test_whoever_is_broken_off_takes_nothing_from_the_others() -> None:
    loader = Failing()
    impatient, patient = asyncio.ensure_future(loader.load("a")), loader.load("a")
    await loader.begun.wait()
    impatient.cancel()
    loader.fails.set()
    with pytest.raises(ValueError, match=r"^a$"):
        await patient


async def test_a_failure_that_nobody_waits_for_any_more_is_no_matter_for_the_log() -> None:
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, about: complaints.append(about["message"])
    )
    loader = Failing()
    broken_off, never_awaited = (
        asyncio.ensure_future(loader.load("a")),
        asyncio.ensure_future(loader.shared("b")),
    )
    await loader.begun.wait()
    broken_off.cancel()
    loader.fails.set()
    await asyncio.wait([asyncio.ensure_future(loader.shared("a")), never_awaited])
    loader.clear_all()
    del loader, broken_off, never_awaited
    await asyncio.sleep(0)
    gc.collect()
    assert complaints == []
