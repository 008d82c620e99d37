"""A provider answers to what it declares, and to nothing else."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from adapters.capability import Capability
from adapters.contract.conftest import Vendor, having
from adapters.errors import Unsupported
from adapters.model import PercentOff, SettingsChanges, TierChanges
from adapters.provider import PersonField, Provider, capabilities_of

pytestmark = pytest.mark.anyio

TIER = TierChanges(name="New", referrals_required=7, reward=PercentOff(Decimal("12.5")))
EMAIL = "nobody@example.com"

CALLS: dict[str, Callable[[Provider], Awaitable[Any]]] = {
    "search_referrals": lambda p: p.search_referrals("a", None, 1),
    "referrals_of": lambda p: p.referrals_of("1", None, 1),
    "tiers": lambda p: p.tiers(),
    "people_by_email": lambda p: p.people_by_email(EMAIL),
    "claims": lambda p: p.claims(1),
    "statistics": lambda p: p.statistics(),
    "leaderboard": lambda p: p.leaderboard(),
    "top_referrers": lambda p: p.top_referrers(),
    "validate_code": lambda p: p.validate_code("NOT-A-CODE"),
    "create_tier": lambda p: p.create_tier(TIER),
    "update_tier": lambda p: p.update_tier("1", TIER),
    "toggle_tier": lambda p: p.toggle_tier("1"),
    "delete_tier": lambda p: p.delete_tier("1"),
    "update_settings": lambda p: p.update_settings(SettingsChanges(is_enabled=True)),
}
NEEDS: dict[str, Capability] = {
    name: method.__capability__
    for name, method in vars(Provider).items()
    if hasattr(method, "__capability__")
}


def test_every_optional_method_is_called_here() -> None:
    assert CALLS.keys() == NEEDS.keys()


@pytest.mark.parametrize("method", CALLS)
async def test_what_is_declared_answers_and_what_is_not_costs_no_call(
    provider: Provider, vendor: Vendor, method: str
) -> None:
    if NEEDS[method] in capabilities_of(vendor.provider):
        assert await CALLS[method](provider) is not None
        assert vendor.sandbox.calls
        return
    with pytest.raises(Unsupported) as lacking:
        await CALLS[method](provider)
    assert lacking.value.capability is NEEDS[method]
    assert vendor.sandbox.calls == []


CHANGES = ("create_tier", "update_tier", "toggle_tier", "delete_tier", "update_settings")


@pytest.mark.parametrize("method", CALLS)
async def test_no_method_makes_more_calls_than_is_declared(
    provider: Provider, vendor: Vendor, method: str
) -> None:
    bounds = vendor.provider.most_calls
    if NEEDS[method] not in capabilities_of(vendor.provider):
        return
    await CALLS[method](provider)
    most = {"people_by_email": bounds.address} | dict.fromkeys(CHANGES, bounds.change)
    assert 1 <= vendor.sandbox.count() <= most.get(method, 1)


@pytest.mark.parametrize("unknown", ["nobody-{}0", "{}99999"])
async def test_nobody_costs_more_calls_than_is_declared(
    provider: Provider, vendor: Vendor, unknown: str
) -> None:
    for number in (1, 2, 19, 20, 21, 60):
        vendor.sandbox.forget_calls()
        await provider.people([unknown.format(n) for n in range(number)])
        assert vendor.sandbox.count() <= number * vendor.provider.most_calls.person


def test_a_capability_of_several_methods_is_had_whole(vendor: Vendor) -> None:
    declared = capabilities_of(vendor.provider)
    for name, capability in NEEDS.items():
        is_own = getattr(vendor.provider, name) is not getattr(Provider, name)
        assert is_own == (capability in declared), name


def test_capabilities_without_a_method_follow_from_what_is_told(vendor: Vendor) -> None:
    declared = capabilities_of(vendor.provider)
    assert (Capability.REFERRAL_DATES in declared) == vendor.provider.dates_referrals
    assert (Capability.PERSON_TIERS in declared) == (PersonField.TIER in vendor.provider.profile)


@having(Capability.REFERRAL_SEARCH)
async def test_a_search_finds_people_by_parts_of_their_addresses(provider: Provider) -> None:
    wanted = (await provider.referrals(None, 1)).value.items[7].referred
    assert wanted is not None
    assert isinstance(wanted.email, str)
    found = (await provider.search_referrals(wanted.email, None, 1)).value.items
    assert wanted in [row.referred for row in found]


@having(Capability.REFERRALS_BY_REFERRER)
async def test_the_referrals_of_somebody_are_theirs(provider: Provider) -> None:
    rows = (await provider.referrals(None, 1)).value.items
    referrer = rows[0].referrer
    assert referrer is not None
    theirs = (await provider.referrals_of(referrer.provider_id, None, 1)).value.items
    assert rows[0] in theirs
    assert {row.referrer for row in theirs} == {referrer}


@having(Capability.PERSON_LOOKUP)
async def test_an_address_finds_its_person_whatever_its_letter_case(provider: Provider) -> None:
    somebody = (await provider.referrals(None, 1)).value.items[3].referred
    assert somebody is not None
    assert isinstance(somebody.email, str)
    found = (await provider.people_by_email(somebody.email.swapcase())).value
    assert [person.provider_id for person in found] == [somebody.provider_id]
    assert (await provider.people_by_email(EMAIL)).value == ()


async def test_boards_are_ranked_and_bounded(provider: Provider, vendor: Vendor) -> None:
    declared = capabilities_of(vendor.provider)
    if Capability.LEADERBOARD in declared:
        counts = [entry.referral_count for entry in (await provider.leaderboard()).value]
        assert counts == sorted(counts, reverse=True)
        assert 0 < len(counts) <= provider.board_size
    if Capability.TOP_REFERRERS in declared:
        records = (await provider.top_referrers()).value
        assert 0 < len(records) <= provider.board_size
        assert all(record.successful_referrals <= record.total_referrals for record in records)


@having(Capability.STATISTICS)
async def test_statistics_add_up(provider: Provider) -> None:
    figures = (await provider.statistics()).value
    parts = (figures.successful_referrals, figures.pending_referrals, figures.failed_referrals)
    assert sum(part for part in parts if part is not None) == figures.total_referrals
    assert figures.conversion_percent is None or 0 <= figures.conversion_percent <= 100
