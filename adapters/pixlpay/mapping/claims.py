"""Pixlpay's list of claimed rewards to the model."""

from msgspec import Struct

from adapters._http.decoding import EmptyMap, instant, text, whole_number
from adapters.model import ClaimedTier, Coupon, Page, Person, RewardClaim
from adapters.pixlpay.envelope import Envelope, Meta, envelope_decoder, page_of
from adapters.pixlpay.mapping.people import WireCustomer, people


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


_decode_claims = envelope_decoder(_ClaimsAnswer)


def claim_page(body: bytes, program_key: str, page: int, per_page: int) -> Page[RewardClaim]:
    """`GET /referrals/claims`."""
    answer = _decode_claims(body)
    claimants = people([row.customer for row in answer.data], program_key)
    items = tuple(
        [
            _claim(row, claimant, program_key)
            for row, claimant in zip(answer.data, claimants, strict=True)
        ]
    )
    return page_of(items, answer.meta, page, per_page)


def _claim(row: _Claim, claimant: Person | None, program_key: str) -> RewardClaim:
    tier, coupon = row.tier, row.coupon
    return RewardClaim(
        program_key=program_key,
        provider_id=str(row.id),
        claimant=claimant,
        tier=ClaimedTier(str(tier.id), text(tier.name), whole_number(tier.referrals_required))
        if isinstance(tier, _ClaimTier)
        else None,
        coupon=Coupon(str(coupon.id), text(coupon.code), whole_number(coupon.times_used))
        if isinstance(coupon, _Coupon)
        else None,
        claimed_at=instant(row.claimed_at),
    )
