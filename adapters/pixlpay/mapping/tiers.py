"""Pixlpay's tiers to the model."""

from decimal import Decimal

from msgspec import Struct

from adapters._http.decoding import amount, instant, text, whole_number
from adapters.model import Tier, TierKind
from adapters.pixlpay.discounts import as_told, tier_reward
from adapters.pixlpay.envelope import Envelope, envelope_decoder


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


_decode_tiers = envelope_decoder(_TiersAnswer)


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
            {"reward_type": row.reward_type, "reward_value": as_told(row.reward_value)},
        ),
        coupon_validity_days=whole_number(row.coupon_validity_days),
        is_active=row.is_active,
        # Absent from every answer but the list's (X3): not known is not zero.
        claims_count=whole_number(row.claims_count),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )
