"""Pages by number over a vendor that pages by cursor, and what they cost."""

from collections.abc import Iterator

import pytest
from bramble.sandbox import BrambleSandbox

from adapters._sandbox.serving import serve_in_thread
from adapters.contract.connecting import connected
from adapters.model import ReferralStatus
from adapters.provider import ProgramConfig

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def sandbox() -> BrambleSandbox:
    return BrambleSandbox(referrals=230, calls_per_minute=None)


@pytest.fixture
def config(sandbox: BrambleSandbox) -> Iterator[ProgramConfig]:
    with serve_in_thread(sandbox) as served:
        yield ProgramConfig(
            key="p", name="P", provider="bramble", base_url=served.origin, token=sandbox.token
        )


async def test_read_in_order_each_page_is_one_call(
    config: ProgramConfig, sandbox: BrambleSandbox
) -> None:
    async with connected(config) as provider:
        for page in (1, 2, 3, 4, 5, 3):
            await provider.referrals(None, page)
            assert sandbox.count() == 1
            sandbox.forget_calls()


async def test_a_page_far_in_costs_the_way_there_once(
    config: ProgramConfig, sandbox: BrambleSandbox
) -> None:
    async with connected(config) as provider:
        last = (await provider.referrals(None, 5)).value
        assert (len(last.items), last.has_next, sandbox.count()) == (30, False, 5)
        sandbox.forget_calls()
        beyond = (await provider.referrals(None, 9)).value
        assert (beyond.items, beyond.has_next, sandbox.count()) == ((), False, 1)


async def test_each_status_has_a_trail_of_its_own(
    config: ProgramConfig, sandbox: BrambleSandbox
) -> None:
    async with connected(config) as provider:
        await provider.referrals(None, 2)
        await provider.referrals(ReferralStatus.COMPLETED, 2)
    cursors = [call.query.get("cursor") for call in sandbox.calls]
    assert cursors[0] is None
    assert cursors[2] is None
    assert len(set(cursors)) == 3


async def test_people_come_fifty_a_call(config: ProgramConfig, sandbox: BrambleSandbox) -> None:
    async with connected(config) as provider:
        ids = [f"mem_{number:x}" for number in range(101)]
        profiles = await provider.people(ids)
    assert list(profiles) == ids
    assert sandbox.count("/members") == 3
