"""What every provider promises of its reads."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from adapters._sandbox.serving import serve_in_thread
from adapters.capability import Capability
from adapters.contract.conftest import PROGRAM, REFERRALS, Vendor, having, sandbox_of
from adapters.contract.connecting import connected
from adapters.model import Page, Person, Referral, ReferralStatus, RewardClaim
from adapters.provider import PersonField, Provider, Reading

pytestmark = pytest.mark.anyio


async def every_page(
    provider: Provider, read: Callable[[int], Awaitable[Reading[Page[Any]]]]
) -> list[Any]:
    """All items of a list, which must be full pages but for the end."""
    items: list[Any] = []
    number, has_next = 0, True
    while has_next:
        number += 1
        page = (await read(number)).value
        assert len(page.items) <= provider.page_size
        has_next = page.has_next
        assert len(page.items) == provider.page_size or not has_next
        items += page.items
    assert page.total in (None, len(items))
    return items


async def every_referral(
    provider: Provider, status: ReferralStatus | None = None
) -> list[Referral]:
    return await every_page(provider, lambda page: provider.referrals(status, page))


def program_keys(value: object) -> Iterator[object]:
    """The program keys in a value and in all that it holds."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            inner = getattr(value, name)
            if name == "program_key":
                yield inner
            else:
                yield from program_keys(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from program_keys(inner)


async def test_settings_say_what_a_program_gives(provider: Provider) -> None:
    reading = await provider.settings()
    assert reading.value is not None
    assert reading.value.completion_rule is not None
    assert reading.fetched_at is not None
    assert reading.fetched_at.tzinfo is UTC
    assert not reading.is_stale
    assert not reading.is_computed
    assert reading.is_complete


async def test_the_first_page_is_full_and_says_that_more_follows(provider: Provider) -> None:
    page = (await provider.referrals(None, 1)).value
    assert len(page.items) == provider.page_size
    assert page.has_next


async def test_pages_to_the_end_hold_every_referral_once(provider: Provider) -> None:
    rows = await every_referral(provider)
    assert len(rows) == len({row.identity for row in rows}) == REFERRALS


@pytest.mark.parametrize("pages", [0, 1, 2])
@pytest.mark.parametrize("more", [0, 1])
async def test_a_list_ends_at_its_end(vendor: Vendor, pages: int, more: int) -> None:
    referrals = pages * vendor.provider.page_size + more
    with serve_in_thread(sandbox_of(vendor.provider, referrals)) as served:
        config = replace(vendor.config, base_url=served.origin)
        async with connected(config) as provider:
            assert len(await every_referral(provider)) == referrals
            beyond = (await provider.referrals(None, 9)).value
            assert (beyond.items, beyond.has_next) == ((), False)


async def test_referrals_have_no_other_status_than_promised(provider: Provider) -> None:
    rows = await every_referral(provider)
    assert {row.status for row in rows} - {ReferralStatus.UNKNOWN} <= provider.statuses
    assert ReferralStatus.UNKNOWN not in provider.statuses
    assert provider.askable_statuses <= provider.statuses


async def test_a_status_that_can_be_asked_for_loses_none(provider: Provider) -> None:
    rows = await every_referral(provider)
    for status in provider.askable_statuses:
        narrowed = await every_referral(provider, status)
        assert narrowed
        assert narrowed == [row for row in rows if row.status is status]


async def test_referrals_are_dated_where_the_provider_says_so(provider: Provider) -> None:
    for row in await every_referral(provider):
        assert (row.referred_at is not None) == provider.dates_referrals


async def test_a_person_has_the_profile_that_the_provider_promises(provider: Provider) -> None:
    ids = [row.referred.provider_id for row in await every_referral(provider) if row.referred][:5]
    profiles = await provider.people(ids)
    assert list(profiles) == ids
    for id_, reading in profiles.items():
        assert isinstance(reading, Reading)
        person = reading.value
        assert isinstance(person, Person)
        assert (person.program_key, person.provider_id) == (PROGRAM, id_)
        for field in PersonField:
            told = getattr(person, field) is not UNSET
            assert told or field not in provider.profile


async def test_nobody_is_none_and_what_cannot_be_an_identifier_is_left_out(
    provider: Provider, vendor: Vendor
) -> None:
    assert await provider.people([]) == {}
    for id_ in ("", "..", "a/b", "1?x=1", "1#", "1\n", "1\u0661", "%2e%2e1", "find-or-create"):
        assert await provider.people([id_]) == {}, id_
    assert vendor.sandbox.calls == []
    for reading in (await provider.people(["999999"])).values():
        assert isinstance(reading, Reading)
        assert reading.value is None


async def test_everything_names_its_program(provider: Provider) -> None:
    rows = (await provider.referrals(None, 1)).value
    people = [row.referrer.provider_id for row in rows.items if row.referrer][:3]
    values: list[object] = [rows, *(await provider.people(people)).values()]
    if type(provider).tiers is not Provider.tiers:
        values += (await provider.tiers()).value
    if type(provider).leaderboard is not Provider.leaderboard:
        values += (await provider.leaderboard()).value
    if type(provider).top_referrers is not Provider.top_referrers:
        values += (await provider.top_referrers()).value
    found = list(program_keys(tuple(values)))
    assert len(found) > len(rows.items)
    assert set(found) == {PROGRAM}


@having(Capability.CLAIMS)
async def test_claims_to_the_end_come_once(provider: Provider) -> None:
    claims: list[RewardClaim] = await every_page(provider, provider.claims)
    assert len({claim.provider_id for claim in claims}) == len(claims) > 0
    assert set(program_keys(tuple(claims))) == {PROGRAM}


async def test_reads_may_run_side_by_side(provider: Provider) -> None:
    pages = await asyncio.gather(*(provider.referrals(None, 1 + n % 3) for n in range(40)))
    size = provider.page_size
    full = [min(size, max(0, REFERRALS - size * number)) for number in range(3)]
    assert [len(page.value.items) for page in pages] == [full[n % 3] for n in range(40)]


async def test_health_is_told_without_a_call(provider: Provider, vendor: Vendor) -> None:
    before = provider.health
    assert (before.status, before.last_success_at, vendor.sandbox.calls) == ("UNKNOWN", None, [])
    await provider.settings()
    after = provider.health
    assert (after.status, after.last_error, len(vendor.sandbox.calls)) == ("HEALTHY", None, 1)
    assert after.last_success_at is not None
    assert after.median_latency_ms is not None
