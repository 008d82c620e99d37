"""Customers, whom a token may or may not read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from adapters._http.clock import Clock
from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served
from adapters.contract.connecting import STEADY
from adapters.errors import Forbidden
from adapters.pixlpay.customers import REFUSED_SECONDS
from adapters.pixlpay.provider import PixlpayProvider
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import Reading
from tests.running import program

pytestmark = pytest.mark.anyio

ALL = frozenset({"referrals:read", "customers:read"})
IDS = ["1", "2", "3"]


@dataclass
class Store:
    """A store over which time passes when it is told to."""

    provider: PixlpayProvider
    sandbox: PixlpaySandbox
    seconds: float = 0.0

    async def told(self) -> list[bool]:
        """Who of three customers was told; the others were refused."""
        profiles = await self.provider.people(IDS)
        assert list(profiles) == IDS
        for profile in profiles.values():
            assert isinstance(profile, Reading | Forbidden)
        return [isinstance(profile, Reading) for profile in profiles.values()]


@pytest.fixture
async def store(pixlpay: PixlpaySandbox, served_pixlpay: Served) -> AsyncIterator[Store]:
    config = program("block-haven", "pixlpay", served_pixlpay.origin, pixlpay.token)
    clock = Clock(monotonic=lambda: opened.seconds)
    provider = PixlpayProvider(replace(config, limits=STEADY), clock=clock)
    opened = Store(provider, pixlpay)
    try:
        yield opened
    finally:
        await provider.aclose()


async def test_a_token_that_was_refused_is_not_tried_again_for_a_while(store: Store) -> None:
    store.sandbox.tokens[store.sandbox.token] = frozenset({"referrals:read"})
    for _ in range(2):
        assert await store.told() == [False] * 3
    (refusal,) = (await store.provider.people(["9"])).values()
    assert isinstance(refusal, Forbidden)
    assert "customers:read" in refusal.message
    # One customer was asked for, to find out about all.
    assert store.sandbox.count() == 1
    store.seconds = REFUSED_SECONDS - 1
    assert await store.told() == [False] * 3
    assert store.sandbox.count() == 1
    store.sandbox.tokens[store.sandbox.token] = ALL
    store.seconds = REFUSED_SECONDS
    assert await store.told() == [True] * 3


async def test_a_search_by_address_finds_out_for_the_others_too(store: Store) -> None:
    store.sandbox.tokens[store.sandbox.token] = frozenset({"referrals:read"})
    for _ in range(2):
        found = await store.provider.people_by_email("referrer@example.com")
        assert [person.name for person in found.value] == ["TopReferrer"]
        assert not found.is_complete
    assert await store.told() == [False] * 3
    paths = [call.path.rpartition("/")[2] for call in store.sandbox.calls]
    assert paths == ["customers", "referrals", "referrals"]


async def test_another_failure_is_not_remembered(store: Store) -> None:
    store.sandbox.faults.add(Fault("status", status=500, times=1))
    first = (await store.provider.people(["1"]))["1"]
    assert isinstance(first, Exception)
    assert await store.told() == [True] * 3


async def test_a_number_without_end_is_no_identifier(store: Store) -> None:
    assert await store.provider.people(["1" * 20]) == {}
    assert store.sandbox.calls == []
