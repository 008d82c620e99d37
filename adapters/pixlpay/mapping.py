"""Pixlpay's JSON to the model: pure functions from the bytes of an answer.

Shapes: the vendor page and FACTS section 1b; the X numbers are oddities of FACTS section 7.
"""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from adapters._http.decoding import EmptyMap, Statuses, amount, instant, text, whole_number
from adapters.model import (
    BoardEntry,
    ClaimedTier,
    CodeValidation,
    CompletionRule,
    CompletionTrigger,
    Coupon,
    Money,
    Page,
    Person,
    ProgramSettings,
    Referral,
    ReferralStatus,
    ReferrerRecord,
    RewardClaim,
    Statistics,
    Tier,
    TierKind,
    WelcomeDiscount,
)
from adapters.pixlpay.discounts import tier_reward, welcome_incentive
from adapters.pixlpay.envelope import Envelope, Meta, WireCustomer, envelope_decoder, person

STATUSES = Statuses({"pending": ReferralStatus.PENDING, "successful": ReferralStatus.COMPLETED})

_TRIGGERS = {
    "signup": CompletionTrigger.SIGNUP,
    "first_purchase": CompletionTrigger.FIRST_PURCHASE,
}


class _Referral(WireCustomer, gc=False, kw_only=True):
    referred_at: str | None = None
    referrer: WireCustomer | EmptyMap | None = None
    status: str | None = None
    first_order_at: str | None = None


class _ReferralsAnswer(Envelope, kw_only=True):
    data: list[_Referral]
    meta: Meta | EmptyMap | None = None


class WireTier(Struct, gc=False):
    """A tier as the list, a creation or an update gives it (X3, X4)."""

    id: int | str
    name: str | None = None
    description: str | None = None
    referrals_required: int | str | None = None
    reward_type: str | None = None
    reward_value: Decimal | None = None
    reward_currency: str | None = None
    coupon_validity_days: int | str | None = None
    is_active: bool | None = None
    sort_order: int | str | None = None
    formatted_reward: str | None = None
    claims_count: int | str | None = None
    created_at: str | None = None
    updated_at: str | None = None


class _TiersAnswer(Envelope, kw_only=True):
    data: list[WireTier]


class WireSettings(Struct, gc=False):
    """The five settings."""

    referral_enabled: bool | None = None
    referral_reward_event: str | None = None
    referral_welcome_discount_enabled: bool | None = None
    referral_welcome_discount_type: str | None = None
    referral_welcome_discount_value: Decimal | None = None


class _SettingsAnswer(Envelope, kw_only=True):
    data: WireSettings


class _Statistics(Struct, gc=False):
    total_referrals: int | str | None = None
    successful_referrals: int | str | None = None
    conversion_rate: Decimal | None = None
    rewards_claimed: int | str | None = None
    total_coupons_value: Decimal | None = None


class _StatisticsAnswer(Envelope, kw_only=True):
    data: _Statistics


class _BoardRow(WireCustomer, gc=False, kw_only=True):
    referral_count: int | str


class _BoardAnswer(Envelope, kw_only=True):
    data: list[_BoardRow]


class _TopRow(WireCustomer, gc=False, kw_only=True):
    total_referrals: int | str
    successful_referrals: int | str
    rewards_claimed: int | str | None = None


class _TopAnswer(Envelope, kw_only=True):
    data: list[_TopRow]


class _Validation(Struct, gc=False):
    valid: bool
    referrer: WireCustomer | EmptyMap | None = None
    error: str | None = None


class _ValidationAnswer(Envelope, kw_only=True):
    data: _Validation


class _ClaimTier(Struct, gc=False):
    id: int | str
    name: str | None = None
    referrals_required: int | str | None = None


class _Coupon(Struct, gc=False):
    id: int | str
    code: str | None = None
    times_used: int | str | None = None


class _Claim(Struct, gc=False):
    id: int | str
    customer: WireCustomer | EmptyMap | None = None
    tier: _ClaimTier | EmptyMap | None = None
    coupon: _Coupon | EmptyMap | None = None
    claimed_at: str | None = None


class _ClaimsAnswer(Envelope, kw_only=True):
    data: list[_Claim]
    meta: Meta | EmptyMap | None = None


class _CustomerAnswer(Envelope, kw_only=True):
    data: WireCustomer


class _CustomersAnswer(Envelope, kw_only=True):
    data: list[WireCustomer]
    meta: Meta | EmptyMap | None = None


_decode_referrals = envelope_decoder(_ReferralsAnswer)
_decode_tiers = envelope_decoder(_TiersAnswer)
_decode_settings = envelope_decoder(_SettingsAnswer)
_decode_statistics = envelope_decoder(_StatisticsAnswer)
_decode_board = envelope_decoder(_BoardAnswer)
_decode_top = envelope_decoder(_TopAnswer)
_decode_validation = envelope_decoder(_ValidationAnswer)
_decode_claims = envelope_decoder(_ClaimsAnswer)
_decode_customer = envelope_decoder(_CustomerAnswer)
_decode_customers = envelope_decoder(_CustomersAnswer)


def referral_page(body: bytes, program_key: str, page: int, per_page: int) -> Page[Referral]:
    """`GET /referrals`. A referral's id is the referred customer's (X6)."""
    answer = _decode_referrals(body)
    items = tuple([_referral(row, program_key) for row in answer.data])
    return _page(items, answer.meta, page, per_page)


def _referral(row: _Referral, program_key: str) -> Referral:
    word = row.status or ""
    id_ = str(row.id)
    return Referral(
        program_key=program_key,
        identity=id_,
        provider_id=id_,
        referrer=person(row.referrer, program_key),
        referred=person(row, program_key),
        status=STATUSES.read(word),
        provider_status=word,
        referred_at=instant(row.referred_at),
        first_order_at=instant(row.first_order_at),
    )


def _page(
    items: tuple[Any, ...], meta: Meta | EmptyMap | None, page: int, per_page: int
) -> Page[Any]:
    if not isinstance(meta, Meta):
        meta = Meta()
    return Page(items, meta.has_next(page, len(items), per_page), whole_number(meta.total))


def tiers(body: bytes, program_key: str, currency: str | None) -> tuple[Tier, ...]:
    """`GET /referrals/tiers`, by position."""
    mapped = [tier(row, program_key, currency) for row in _decode_tiers(body).data]
    return tuple(sorted(mapped, key=lambda tier: tier.position or 0))


def tier(row: WireTier, program_key: str, currency: str | None) -> Tier:
    """One tier, as far as the answer at hand tells it."""
    return Tier(
        program_key=program_key,
        provider_id=str(row.id),
        kind=TierKind.REFERRAL_REWARD,
        name=row.name or "",
        description=text(row.description),
        position=whole_number(row.sort_order),
        referrals_required=whole_number(row.referrals_required),
        reward=tier_reward(
            row.reward_type,
            amount(row.reward_value),
            row.reward_currency or currency,
            text(row.formatted_reward),
            {"reward_type": row.reward_type, "reward_value": _as_told(row.reward_value)},
        ),
        coupon_validity_days=whole_number(row.coupon_validity_days),
        is_active=row.is_active,
        # Absent from every answer but the list's (X3): not known is not zero.
        claims_count=whole_number(row.claims_count),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )


def settings(body: bytes, currency: str | None) -> ProgramSettings:
    """`GET /referrals/settings`."""
    return settings_of(_decode_settings(body).data, currency)


def settings_of(data: WireSettings, currency: str | None) -> ProgramSettings:
    """The settings, read or as a write left them."""
    welcome = _welcome_discount(data, currency)
    event = data.referral_reward_event
    return ProgramSettings(
        is_enabled=data.referral_enabled,
        completion_rule=CompletionRule(_TRIGGERS.get(event, CompletionTrigger.UNKNOWN), None, event)
        if event
        else None,
        referred_incentive=welcome.incentive if welcome and welcome.is_enabled else None,
        welcome_discount=welcome,
    )


def _welcome_discount(data: WireSettings, currency: str | None) -> WelcomeDiscount | None:
    kind, value = data.referral_welcome_discount_type, data.referral_welcome_discount_value
    if kind is None and value is None:
        return None
    incentive = welcome_incentive(
        kind,
        amount(value),
        currency,
        {
            "referral_welcome_discount_type": kind,
            "referral_welcome_discount_value": _as_told(value),
        },
    )
    return WelcomeDiscount(bool(data.referral_welcome_discount_enabled), incentive)


def statistics(body: bytes, currency: str | None) -> Statistics:
    """`GET /referrals/statistics`. The coupons' value names no currency (X14)."""
    data = _decode_statistics(body).data
    rate, value = amount(data.conversion_rate), amount(data.total_coupons_value)
    total, successful = whole_number(data.total_referrals), whole_number(data.successful_referrals)
    return Statistics(
        total_referrals=total,
        successful_referrals=successful,
        # There are but two statuses (X17).
        pending_referrals=max(0, total - successful)
        if total is not None and successful is not None
        else None,
        conversion_percent=None if rate is None else float(rate),
        rewards_claimed=whole_number(data.rewards_claimed),
        used_coupons_value=None if value is None else Money(value, currency),
    )


def leaderboard(body: bytes, program_key: str) -> tuple[BoardEntry, ...]:
    """`GET /referrals/leaderboard`."""
    return tuple(
        BoardEntry(_someone(row, program_key), whole_number(row.referral_count) or 0)
        for row in _decode_board(body).data
    )


def top_referrers(body: bytes, program_key: str) -> tuple[ReferrerRecord, ...]:
    """`GET /referrals/top-referrers`."""
    return tuple(
        ReferrerRecord(
            person=_someone(row, program_key),
            total_referrals=whole_number(row.total_referrals) or 0,
            successful_referrals=whole_number(row.successful_referrals) or 0,
            rewards_claimed=whole_number(row.rewards_claimed),
        )
        for row in _decode_top(body).data
    )


def code_validation(body: bytes, program_key: str, code: str) -> CodeValidation:
    """`POST /referrals/validate`: an invalid code is a good answer (X8)."""
    data = _decode_validation(body).data
    return CodeValidation(
        program_key=program_key,
        code=code,
        is_valid=data.valid,
        referrer=person(data.referrer, program_key),
        reason=text(data.error),
    )


def claim_page(body: bytes, program_key: str, page: int, per_page: int) -> Page[RewardClaim]:
    """`GET /referrals/claims`."""
    answer = _decode_claims(body)
    items = tuple([_claim(row, program_key) for row in answer.data])
    return _page(items, answer.meta, page, per_page)


def _claim(row: _Claim, program_key: str) -> RewardClaim:
    tier, coupon = row.tier, row.coupon
    return RewardClaim(
        program_key=program_key,
        provider_id=str(row.id),
        claimant=person(row.customer, program_key),
        tier=ClaimedTier(str(tier.id), text(tier.name), whole_number(tier.referrals_required))
        if isinstance(tier, _ClaimTier)
        else None,
        coupon=Coupon(str(coupon.id), text(coupon.code), whole_number(coupon.times_used))
        if isinstance(coupon, _Coupon)
        else None,
        claimed_at=instant(row.claimed_at),
    )


def customer(body: bytes, program_key: str) -> Person:
    """`GET /customers/{id}`, in either documented shape."""
    return _someone(_decode_customer(body).data, program_key)


def customer_page(body: bytes, program_key: str, page: int, per_page: int) -> Page[Person]:
    """`GET /customers`, in either documented shape."""
    answer = _decode_customers(body)
    items = tuple([_someone(row, program_key) for row in answer.data])
    return _page(items, answer.meta, page, per_page)


def _someone(row: WireCustomer, program_key: str) -> Person:
    found = person(row, program_key)
    if found is None:
        raise ValueError("not a customer")
    return found


def _as_told(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
