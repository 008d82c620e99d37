"""Each inconsistency of Pixlpay's page that a running gateway meets when it reads."""

# ruff: noqa: N802 - named after the oddities, as FACTS section 7 names them

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec import UNSET

from adapters._sandbox.serving import Served
from adapters.contract.connecting import connected
from adapters.errors import Forbidden
from adapters.model import (
    CodeValidation,
    CompletionTrigger,
    FixedDiscountIncentive,
    Money,
    PercentageDiscountIncentive,
    Person,
    ReferralStatus,
)
from adapters.pixlpay.sandbox import PixlpaySandbox
from adapters.provider import Provider
from tests.adapters.replaying import recorded, replay
from tests.running import program

pytestmark = pytest.mark.anyio


async def test_X1_decimals_are_exact_as_numbers_and_as_text(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    settings, statistics = (await haven.settings()).value, (await haven.statistics()).value
    pixlpay.quirks.add("numbers_as_strings")
    assert (await haven.settings()).value == settings
    assert (await haven.statistics()).value == statistics

    replay(pixlpay, recorded("pixlpay/statistics"))
    value = (await haven.statistics()).value.used_coupons_value
    assert value is not None
    assert str(value.amount) == "450.00"


@pytest.mark.parametrize("value", ['"NaN"', '"Infinity"', "1e400", '"1E+999999999"'])
async def test_X1_a_number_that_cannot_be_written_out_is_none(
    haven: Provider, pixlpay: PixlpaySandbox, value: str
) -> None:
    numbers = f'"conversion_rate": {value}, "total_coupons_value": {value}'
    replay(pixlpay, f'{{"success": true, "data": {{{numbers}}}}}')
    statistics = (await haven.statistics()).value
    assert (statistics.conversion_percent, statistics.used_coupons_value) == (None, None)


async def test_X2_tiers_and_settings_name_discounts_each_in_their_words(haven: Provider) -> None:
    words = {tier.reward.provider_type for tier in (await haven.tiers()).value if tier.reward}
    assert words == {"percentage_discount", "fixed_discount"}
    settings = (await haven.settings()).value
    assert settings is not None
    assert settings.welcome_discount is not None
    discount = settings.welcome_discount.incentive
    assert isinstance(discount, PercentageDiscountIncentive)
    assert discount.provider_type == "percentage"


async def test_X8_an_invalid_code_is_an_answer(haven: Provider) -> None:
    assert (await haven.validate_code("NOPE")).value == CodeValidation(
        program_key="block-haven",
        code="NOPE",
        is_valid=False,
        referrer=None,
        reason="Invalid referral code",
    )
    valid = (await haven.validate_code("ABC12345")).value
    assert valid.is_valid
    assert valid.referrer is not None
    assert (valid.referrer.provider_id, valid.referrer.name) == ("1", "TopReferrer")


async def test_X9_a_referral_is_known_by_the_referred_customer_within_its_program(
    haven: Provider, pixlpay: PixlpaySandbox, served_pixlpay: Served
) -> None:
    rows = (await haven.referrals(None, 1)).value.items
    for row in rows:
        assert row.referred is not None
        assert row.provider_id == row.identity == row.referred.provider_id
    # The same customer number at another store is somebody else.
    other = program("other-store", "pixlpay", served_pixlpay.origin, pixlpay.token)
    async with connected(other) as elsewhere:
        theirs = (await elsewhere.referrals(None, 1)).value.items[0]
    assert theirs.provider_id == rows[0].provider_id
    assert theirs != rows[0]
    assert theirs.referred != rows[0].referred


async def test_X11_what_the_leaderboard_counts_is_not_taken_for_a_total(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    replay(pixlpay, recorded("pixlpay/leaderboard"), "/leaderboard")
    replay(pixlpay, recorded("pixlpay/top_referrers"), "/top-referrers")
    assert (await haven.leaderboard()).value[0].referral_count == 25
    top = (await haven.top_referrers()).value[0]
    assert (top.total_referrals, top.successful_referrals) == (30, 25)


async def test_X12_the_meta_is_trusted_not_the_number_of_rows(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    replay(pixlpay, recorded("pixlpay/referrals"), "/referrals")
    page = (await haven.referrals(None, 1)).value
    assert (len(page.items), page.total, page.has_next) == (1, 42, True)
    assert not (await haven.referrals(None, 3)).value.has_next

    pixlpay.faults.clear()
    replay(pixlpay, recorded("pixlpay/claims"), "/claims")
    claims = (await haven.claims(1)).value
    assert (len(claims.items), claims.total, claims.has_next) == (1, 25, True)


async def test_X13_the_conversion_is_in_percent(haven: Provider, pixlpay: PixlpaySandbox) -> None:
    replay(pixlpay, recorded("pixlpay/statistics"))
    assert (await haven.statistics()).value.conversion_percent == 59.33


async def test_X14_the_coupons_value_has_no_currency_but_the_programs(
    haven: Provider, pixlpay: PixlpaySandbox, served_pixlpay: Served
) -> None:
    replay(pixlpay, recorded("pixlpay/statistics"))
    statistics = (await haven.statistics()).value
    assert statistics.used_coupons_value == Money(Decimal("450.00"), None)
    config = program("p", "pixlpay", served_pixlpay.origin, pixlpay.token, currency="EUR")
    async with connected(config) as provider:
        statistics = (await provider.statistics()).value
    assert statistics.used_coupons_value == Money(Decimal("450.00"), "EUR")


async def test_X15_three_counts_of_claims_stay_three(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    for name in ("statistics", "top_referrers", "tiers"):
        replay(pixlpay, recorded(f"pixlpay/{name}"), f"/referrals/{name.replace('_', '-')}")
    assert (await haven.statistics()).value.rewards_claimed == 45
    assert (await haven.top_referrers()).value[0].rewards_claimed == 3
    assert [tier.claims_count for tier in (await haven.tiers()).value] == [12, 5]


async def test_X16_a_pending_referral_has_no_first_order_absent_or_null(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    told = (await haven.referrals(ReferralStatus.PENDING, 1)).value.items
    pixlpay.quirks.add("missing_first_order_at")
    assert (await haven.referrals(ReferralStatus.PENDING, 1)).value.items == told
    assert {row.first_order_at for row in told} == {None}


async def test_X17_a_status_is_what_is_told_whatever_makes_referrals_count(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    assert haven.statuses == {ReferralStatus.PENDING, ReferralStatus.COMPLETED}
    replay(
        pixlpay,
        '{"success": true, "data": {"referral_reward_event": "signup"}}',
        "/referrals/settings",
    )
    settings = (await haven.settings()).value
    assert settings is not None
    assert settings.completion_rule is not None
    assert settings.completion_rule.trigger is CompletionTrigger.SIGNUP
    rows = (await haven.referrals(None, 1)).value.items
    assert {(row.provider_status, row.status) for row in rows} == {
        ("pending", ReferralStatus.PENDING),
        ("successful", ReferralStatus.COMPLETED),
    }


async def test_X18_a_fixed_discount_may_lack_a_currency(
    haven: Provider, pixlpay: PixlpaySandbox, served_pixlpay: Served
) -> None:
    replay(pixlpay, recorded("pixlpay/tiers_fixed_without_currency"))
    config = program("p", "pixlpay", served_pixlpay.origin, pixlpay.token, currency="USD")
    async with connected(config) as provider:
        for asked, currency in ((haven, None), (provider, "USD")):
            reward = (await asked.tiers()).value[0].reward
            assert isinstance(reward, FixedDiscountIncentive)
            assert reward.value == Money(Decimal("25.00"), currency)


async def test_X19_the_formatted_reward_is_shown_and_never_read(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    shown = recorded("pixlpay/tiers").replace(b"10.00% off", b"a third off")
    replay(pixlpay, shown)
    reward = (await haven.tiers()).value[0].reward
    assert isinstance(reward, PercentageDiscountIncentive)
    assert (reward.summary, reward.percent) == ("a third off", Decimal("10.00"))


async def test_X20_what_an_answer_does_not_tell_of_a_person_is_unset(haven: Provider) -> None:
    def told(person: Person | None) -> set[str]:
        assert person is not None
        fields = ("name", "email", "referral_code")
        return {field for field in fields if getattr(person, field) is not UNSET}

    referral = (await haven.referrals(None, 1)).value.items[0]
    assert told(referral.referrer) == {"name", "email", "referral_code"}
    assert told(referral.referred) == {"name", "email"}
    assert told((await haven.claims(1)).value.items[0].claimant) == {"name", "email"}
    assert told((await haven.leaderboard()).value[0].person) == {"name"}
    assert told((await haven.validate_code("ABC12345")).value.referrer) == {"name"}


async def test_X23_timestamps_come_with_and_without_fractions(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    plain = (await haven.referrals(None, 1)).value
    pixlpay.quirks.add("micro_timestamps")
    assert (await haven.referrals(None, 1)).value == plain
    replay(pixlpay, recorded("pixlpay/referrals_microseconds"))
    row = (await haven.referrals(None, 1)).value.items[0]
    assert row.referred_at == datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


async def test_X24_a_missing_scope_is_named(haven: Provider, pixlpay: PixlpaySandbox) -> None:
    pixlpay.tokens[pixlpay.token] = frozenset({"customers:read"})
    with pytest.raises(Forbidden, match=r"lacks the scope referrals:read\.$"):
        await haven.settings()


@pytest.mark.parametrize("shape", ["guide", "api"])
async def test_both_shapes_of_a_customer_name_the_same_person(
    haven: Provider, pixlpay: PixlpaySandbox, shape: str
) -> None:
    replay(pixlpay, recorded(f"pixlpay/customer_{shape}"), "/customers/1")
    reading = (await haven.people(["1"]))["1"]
    assert not isinstance(reading, Exception)
    assert reading.value is not None
    assert (reading.value.name, reading.value.email) == ("Player123", "player@example.com")


async def test_a_customers_null_name_gives_way_to_the_user_name(
    haven: Provider, pixlpay: PixlpaySandbox
) -> None:
    replay(
        pixlpay,
        '{"success": true, "data": [{"id": 1, "name": null, "username": "Otter", "email": "A@x.y"},'
        ' {"id": 2, "name": null, "email": "a@x.y"}]}',
    )
    found = (await haven.people_by_email("a@x.y")).value
    assert [person.name for person in found] == ["Otter", None]
