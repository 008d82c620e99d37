"""Every recorded payload of Pixlpay maps to exactly these values, and every body is sent so."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest
from msgspec import UNSET, UnsetType

from adapters._http.failures import Complaint, Refused
from adapters.model import (
    BoardEntry,
    ClaimedTier,
    CodeValidation,
    CompletionRule,
    CompletionTrigger,
    Coupon,
    FixedDiscountIncentive,
    Incentive,
    Money,
    Page,
    PercentageDiscountIncentive,
    PercentOff,
    Person,
    ProgramSettings,
    Referral,
    ReferralStatus,
    ReferrerRecord,
    RewardClaim,
    SettingsChanges,
    Statistics,
    Tier,
    TierChanges,
    TierKind,
    WelcomeDiscount,
)
from adapters.pixlpay import writes
from adapters.pixlpay.envelope import complaint
from adapters.pixlpay.mapping import claims, people, referrals, reports, settings, tiers
from tests.adapters.replaying import RECORDED, recorded

KEY = "block-haven"


def person(
    id_: str,
    name: str,
    email: str | UnsetType = UNSET,
    code: str | UnsetType = UNSET,
) -> Person:
    return Person(
        program_key=KEY,
        provider_id=id_,
        name=name,
        email=email,
        referral_code=code,
        loyalty_points=None,
        tier=None,
    )


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 1, day, hour, minute, tzinfo=UTC)


def referral(
    referred: Person, referred_at: datetime, word: str, first_order_at: datetime | None = None
) -> Referral:
    return Referral(
        program_key=KEY,
        identity=referred.provider_id,
        provider_id=referred.provider_id,
        referrer=REFERRER,
        referred=referred,
        status=ReferralStatus.COMPLETED if word == "successful" else ReferralStatus.PENDING,
        provider_status=word,
        referred_at=referred_at,
        first_order_at=first_order_at,
    )


def percent(value: str, summary: str, kind: str = "percentage_discount") -> Incentive:
    return PercentageDiscountIncentive(summary=summary, provider_type=kind, percent=Decimal(value))


def fixed(summary: str, currency: str | None) -> Incentive:
    return FixedDiscountIncentive(
        summary=summary, provider_type="fixed_discount", value=Money(Decimal("25.00"), currency)
    )


def tier(
    id_: str,
    name: str,
    required: int,
    reward: Incentive,
    days: int,
    claims: int | None = None,
    made_at: datetime | None = None,
) -> Tier:
    return Tier(
        program_key=KEY,
        provider_id=id_,
        kind=TierKind.REFERRAL_REWARD,
        name=name,
        description=f"Reward for {required} successful referrals",
        position=int(id_),
        referrals_required=required,
        reward=reward,
        coupon_validity_days=days,
        is_active=True,
        claims_count=claims,
        created_at=made_at,
        updated_at=made_at,
    )


def told_settings(discount: str) -> ProgramSettings:
    incentive = percent(discount, f"{discount}% off", "percentage")
    return ProgramSettings(
        is_enabled=True,
        completion_rule=CompletionRule(CompletionTrigger.FIRST_PURCHASE, None, "first_purchase"),
        referred_incentive=incentive,
        welcome_discount=WelcomeDiscount(True, incentive),
    )


REFERRER = person("2", "TopReferrer", "referrer@example.com", "ABC12345")
PLAYER = person("1", "Player123", "player@example.com")
DONE = referral(PLAYER, at(15, 10, 30), "successful", at(16, 14))
CUSTOMERS = Page((PLAYER, person("2", "TopReferrer", "referrer@example.com")), has_next=True)

READERS: dict[str, Callable[[bytes], object]] = {
    "referrals": lambda body: referrals.referral_page(body, KEY, 1, 100),
    "statistics": lambda body: reports.statistics(body, None),
    "leaderboard": lambda body: reports.leaderboard(body, KEY),
    "top_referrers": lambda body: reports.top_referrers(body, KEY),
    "validate": lambda body: people.code_validation(body, KEY, "ABC12345"),
    "tiers": lambda body: tiers.tiers(body, KEY, None),
    "create_tier": lambda body: tiers.tier(writes.decode_tier(body).data, KEY, None),
    "update_tier": lambda body: tiers.tier(writes.decode_tier(body).data, KEY, None),
    "delete_tier": lambda body: writes.message_of(writes.decode_message(body)),
    "toggle_tier": lambda body: writes.message_of(writes.decode_toggle(body)),
    "settings": lambda body: settings.settings(body, None),
    "update_settings": lambda body: settings.settings(body, None),
    "claims": lambda body: claims.claim_page(body, KEY, 1, 100),
    "customers": lambda body: people.customer_page(body, KEY, 1, 100),
    "customer": lambda body: people.customer(body, KEY),
    **{f"error_{status}": partial(complaint, status) for status in (401, 403, 404, 422, 429)},
}
EXPECTED: dict[str, object] = {
    "referrals": Page((DONE,), has_next=True, total=42),
    "referrals_empty": Page((), has_next=False, total=0),
    "referrals_microseconds": Page((DONE,), has_next=False, total=1),
    "referrals_pending": Page(
        (
            referral(PLAYER, at(15, 10, 30), "pending"),
            referral(person("3", "Player456", "player456@example.com"), at(17, 9), "pending"),
        ),
        has_next=False,
        total=2,
    ),
    "statistics": Statistics(
        total_referrals=150,
        successful_referrals=89,
        pending_referrals=61,
        conversion_percent=59.33,
        rewards_claimed=45,
        used_coupons_value=Money(Decimal("450.00"), None),
    ),
    "leaderboard": (
        BoardEntry(person("1", "TopReferrer"), 25),
        BoardEntry(person("2", "Player456"), 18),
    ),
    "top_referrers": (
        ReferrerRecord(
            person=person("1", "TopReferrer", "top@example.com", "ABC12345"),
            total_referrals=30,
            successful_referrals=25,
            rewards_claimed=3,
        ),
    ),
    "validate": CodeValidation(
        program_key=KEY, code="ABC12345", is_valid=True, referrer=person("1", "TopReferrer")
    ),
    "validate_invalid": CodeValidation(
        program_key=KEY, code="ABC12345", is_valid=False, reason="Invalid referral code"
    ),
    "tiers": (
        tier("1", "Bronze Referrer", 5, percent("10.00", "10.00% off"), 30, 12),
        tier("2", "Silver Referrer", 15, fixed("$25.00 off", "USD"), 60, 5),
    ),
    "tiers_fixed_without_currency": (
        tier("2", "Silver Referrer", 15, fixed("25.00 off", None), 60, 5),
    ),
    "create_tier": tier(
        "3", "Gold Referrer", 25, percent("20.00", "20.00% off"), 90, made_at=at(20, 10)
    ),
    "update_tier": tier("3", "Gold Referrer", 25, percent("25.00", "25.00% off"), 120),
    "delete_tier": "Referral tier deleted successfully",
    "delete_tier_claimed": "Referral tier has been deactivated (has existing claims)",
    "toggle_tier": "Tier deactivated",
    "settings": told_settings("10"),
    "update_settings": told_settings("15"),
    "claims": Page(
        (
            RewardClaim(
                program_key=KEY,
                provider_id="1",
                claimant=person("1", "TopReferrer", "referrer@example.com"),
                tier=ClaimedTier("1", "Bronze Referrer", 5),
                coupon=Coupon("10", "REF-A1B2C3D4", 1),
                claimed_at=at(18, 12),
            ),
        ),
        has_next=True,
        total=25,
    ),
    "customers_api": Page(CUSTOMERS.items, has_next=True, total=72),
    "customers_guide": Page(CUSTOMERS.items, has_next=True, total=68),
    "customer_api": PLAYER,
    "customer_guide": PLAYER,
    "error_401": Complaint(),
    "error_403": Complaint(detail="It lacks the scope referrals:write."),
    "error_404": Complaint(),
    "error_422": Complaint(
        field_errors={
            ("reward_type",): ["The selected reward type is invalid."],
            ("referrals_required",): ["The referrals required field is required."],
        }
    ),
    "error_429": Complaint(),
}
BODIES: dict[str, object] = {
    "create_tier_request": writes.tier_body(
        TierChanges(
            name="Gold Referrer",
            description="Reward for 25 successful referrals",
            referrals_required=25,
            reward=PercentOff(Decimal(20)),
            coupon_validity_days=90,
            is_active=True,
            position=3,
        ),
        "EUR",
    ),
    "update_tier_request": writes.tier_body(
        TierChanges(reward=PercentOff(Decimal(25)), coupon_validity_days=120), "EUR"
    ),
    "update_settings_request": writes.settings_body(
        SettingsChanges(welcome_discount=PercentOff(Decimal(15))),
        writes.decode_settings(recorded("pixlpay/settings")).data,
    ),
    "validate_request": {"code": "ABC12345"},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_payload_maps_to_these_values(name: str) -> None:
    read = next(read for prefix, read in READERS.items() if name.startswith(prefix))
    assert read(recorded(f"pixlpay/{name}")) == EXPECTED[name]


@pytest.mark.parametrize("name", BODIES)
def test_a_change_is_sent_as_the_page_shows_it(name: str) -> None:
    shown = json.loads(recorded(f"pixlpay/{name}"))
    if name == "update_tier_request":
        # The page sends a value alone; a reward here is whole, so that its kind goes with it.
        shown["reward_type"] = "percentage_discount"
    assert BODIES[name] == shown


def test_every_recorded_payload_is_here() -> None:
    names = {path.stem for path in (RECORDED / "pixlpay").glob("*.json")}
    assert names == EXPECTED.keys() | BODIES.keys() | {"soft_failure"}


@pytest.mark.parametrize("name", ["referrals", "statistics", "tiers", "settings", "delete_tier"])
def test_a_success_that_says_it_failed_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        READERS[name](recorded("pixlpay/soft_failure"))
