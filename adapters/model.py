"""The data of a referral program in the words of `schema.graphql`, the same for every provider.

Everything here is frozen and made by an adapter's mapping. A field is `None` when the provider
says that there is nothing, and `UNSET` (people only) when the answer at hand did not tell and
the person's profile may.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

from msgspec import UNSET, Struct, UnsetType

T = TypeVar("T")


class ReferralStatus(StrEnum):
    """How far a referral has come, over both vocabularies (FACTS section 7, unified status)."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class TierKind(StrEnum):
    """How people come into a tier: the two providers mean different things by the word."""

    REFERRAL_REWARD = "REFERRAL_REWARD"
    STATUS = "STATUS"


class CompletionTrigger(StrEnum):
    """The event that makes a referral count."""

    SIGNUP = "SIGNUP"
    FIRST_PURCHASE = "FIRST_PURCHASE"
    LOYALTY_TRANSACTIONS = "LOYALTY_TRANSACTIONS"
    UNKNOWN = "UNKNOWN"


class Money(Struct, frozen=True, gc=False):
    """An exact amount; `currency` is ISO 4217, None where neither provider nor program says."""

    amount: Decimal
    currency: str | None


class BusinessProfile(Struct, frozen=True, gc=False):
    """The part of a business that gives loyalty points (Piggy)."""

    provider_id: str
    name: str


class Promotion(Struct, frozen=True, gc=False):
    """What vouchers are given out for (Piggy)."""

    provider_id: str
    name: str


class Incentive(Struct, frozen=True, gc=False, kw_only=True):
    """What a person gets; `provider_type` is the kind in the provider's own word."""

    summary: str
    provider_type: str


class LoyaltyPointsIncentive(Incentive, frozen=True, gc=False, kw_only=True):
    """Points on a loyalty account (Piggy)."""

    points: int
    business_profile: BusinessProfile | None


class VoucherIncentive(Incentive, frozen=True, gc=False, kw_only=True):
    """A voucher of a promotion (Piggy)."""

    promotion: Promotion


class PercentageDiscountIncentive(Incentive, frozen=True, gc=False, kw_only=True):
    """A share off the price; `percent` 10 is ten percent (Pixlpay)."""

    percent: Decimal


class FixedDiscountIncentive(Incentive, frozen=True, gc=False, kw_only=True):
    """An amount off the price (Pixlpay)."""

    value: Money


class UnknownIncentive(Incentive, frozen=True, gc=False, kw_only=True):
    """A kind not known here, or one whose data lacks what its kind promises; data as it came."""

    data: Any


class Tier(Struct, frozen=True, gc=False, kw_only=True):
    """A rank that people reach. What one provider alone tells is None at the other."""

    program_key: str
    provider_id: str
    kind: TierKind
    name: str
    description: str | None = None
    position: int | None = None
    referrals_required: int | None = None
    reward: Incentive | None = None
    coupon_validity_days: int | None = None
    is_active: bool | None = None
    claims_count: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Person(Struct, frozen=True, gc=False):
    """A Piggy contact or a Pixlpay customer.

    Identity is `(program_key, provider_id)`; an e-mail address is mutable and shared, so it
    never is (FACTS P6). `UNSET` means that the answer this person came in did not tell.
    """

    program_key: str
    provider_id: str
    name: str | None | UnsetType = UNSET
    email: str | None | UnsetType = UNSET
    referral_code: str | None | UnsetType = UNSET
    loyalty_points: int | None | UnsetType = UNSET
    tier: Tier | None | UnsetType = UNSET


class Referral(Struct, frozen=True, gc=False):
    """One person brought another into a program.

    `identity` tells referrals of a program apart; it is more than `provider_id` where the
    provider's own identifier repeats (FACTS P5).
    """

    program_key: str
    identity: str
    provider_id: str
    referrer: Person | None
    referred: Person | None
    status: ReferralStatus
    provider_status: str
    referred_at: datetime | None = None
    first_order_at: datetime | None = None


class Coupon(Struct, frozen=True, gc=False):
    """The coupon given out for a claim."""

    provider_id: str
    code: str | None
    times_used: int | None


class ClaimedTier(Struct, frozen=True, gc=False):
    """As much of a tier as a claim tells; the rest is in the program's tiers."""

    provider_id: str
    name: str | None
    referrals_required: int | None


class RewardClaim(Struct, frozen=True, gc=False, kw_only=True):
    """A person claimed the reward of a tier."""

    program_key: str
    provider_id: str
    claimant: Person | None
    tier: ClaimedTier | None
    coupon: Coupon | None
    claimed_at: datetime | None


class CompletionRule(Struct, frozen=True, gc=False):
    """What makes a referral count; `provider_type` in the provider's own word."""

    trigger: CompletionTrigger
    transactions_required: int | None
    provider_type: str


class WelcomeDiscount(Struct, frozen=True, gc=False):
    """The discount for newcomers, also while it is off (Pixlpay)."""

    is_enabled: bool
    incentive: Incentive


class ProgramSettings(Struct, frozen=True, gc=False, kw_only=True):
    """The rules of a program."""

    is_enabled: bool | None = None
    completion_rule: CompletionRule | None = None
    referral_limit_per_person: int | None = None
    referrer_incentive: Incentive | None = None
    referred_incentive: Incentive | None = None
    welcome_discount: WelcomeDiscount | None = None


class Statistics(Struct, frozen=True, gc=False, kw_only=True):
    """Figures of one program; None where it does not tell. `conversion_percent` is 0 to 100."""

    total_referrals: int | None = None
    successful_referrals: int | None = None
    pending_referrals: int | None = None
    failed_referrals: int | None = None
    conversion_percent: float | None = None
    rewards_claimed: int | None = None
    used_coupons_value: Money | None = None


class BoardEntry(Struct, frozen=True, gc=False):
    """A referrer on a program's leaderboard with the count that the program shows."""

    person: Person
    referral_count: int


class ReferrerRecord(Struct, frozen=True, gc=False, kw_only=True):
    """A top referrer in detail."""

    person: Person
    total_referrals: int
    successful_referrals: int
    rewards_claimed: int | None


class CodeValidation(Struct, frozen=True, gc=False, kw_only=True):
    """What a program says of a referral code; `reason` in the provider's words."""

    program_key: str
    code: str
    is_valid: bool
    referrer: Person | None = None
    reason: str | None = None


class Page(Struct, Generic[T], frozen=True, weakref=True):
    """One page of a list. `total` counts all pages, None where the provider does not say.

    `is_open` is for a list that is still being found: this very page may get more items.
    """

    items: tuple[T, ...]
    has_next: bool
    total: int | None = None
    is_open: bool = False


class PercentOff(Struct, frozen=True, gc=False):
    """A discount to set: a share in percent."""

    percent: Decimal


class AmountOff(Struct, frozen=True, gc=False):
    """A discount to set: an amount, in the program's own currency when none is named."""

    value: Money


Discount = PercentOff | AmountOff


class TierChanges(Struct, frozen=True, kw_only=True):
    """What to set on a tier; `UNSET` leaves a field as it is, or to the provider's default."""

    name: str | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    referrals_required: int | UnsetType = UNSET
    reward: Discount | UnsetType = UNSET
    coupon_validity_days: int | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    position: int | UnsetType = UNSET


class SettingsChanges(Struct, frozen=True, kw_only=True):
    """What to set on a program; `UNSET` leaves a field as it is."""

    is_enabled: bool | UnsetType = UNSET
    completion_trigger: CompletionTrigger | UnsetType = UNSET
    welcome_discount_is_enabled: bool | UnsetType = UNSET
    welcome_discount: Discount | UnsetType = UNSET
