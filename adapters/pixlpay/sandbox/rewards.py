"""The reward tiers of the emulated store and who claimed them."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from msgspec import Struct

from adapters._sandbox.people import spread
from adapters.pixlpay.sandbox.data import PixlpayData, timestamp

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
FIRST_COUPON_ID = 10
FIRST_COUPON_CODE = "REF-A1B2C3D4"
# What a coupon in percent is assumed to have been used on.
ORDER_VALUE = Decimal(50)


class Tier(Struct):
    """A reward for a number of successful referrals."""

    id: int
    name: str
    description: str | None
    referrals_required: int
    reward_type: str
    reward_value: Decimal
    reward_currency: str | None = None
    coupon_validity_days: int = 30
    is_active: bool = True
    sort_order: int = 0

    @property
    def formatted_reward(self) -> str:
        if self.reward_type == "percentage_discount":
            return f"{self.reward_value:.2f}% off"
        return f"{SYMBOLS.get(self.reward_currency or '', '')}{self.reward_value:.2f} off"

    def row(self) -> dict[str, Any]:
        """The fields that every full answer has, in the vendor's order."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "referrals_required": self.referrals_required,
            "reward_type": self.reward_type,
            "reward_value": f"{self.reward_value:.2f}",
            "reward_currency": self.reward_currency,
            "coupon_validity_days": self.coupon_validity_days,
            "is_active": self.is_active,
            "sort_order": self.sort_order,
            "formatted_reward": self.formatted_reward,
        }


class Claim(Struct, frozen=True, gc=False):
    """A referrer claimed a tier; `row` is the referral that made it possible."""

    rank: int
    tier_id: int
    row: int


class Rewards:
    """Tiers, which writes change, and the claims made before, which they do not.

    Two tiers are the vendor page's. The third is a fixed amount without a currency (FACTS X18);
    the fourth is inactive and nobody has claimed it.
    """

    def __init__(self, data: PixlpayData) -> None:
        self._data = data
        self.tiers = {tier.id: tier for tier in _first_tiers()}
        self._thresholds = sorted(
            (tier.referrals_required, tier.id) for tier in self.tiers.values() if tier.is_active
        )
        self._last_id = len(self.tiers)

    def next_id(self) -> int:
        """An id that no tier had before."""
        self._last_id += 1
        return self._last_id

    @cached_property
    def claims(self) -> Sequence[Claim]:
        """All claims. The first use looks at every referral."""
        claims = []
        for rank in range(self._data.tree.referrers):
            rows = self._data.tree.rows_by(rank)
            paid = [row for row in reversed(rows) if self._data.status(row) == "successful"]
            for required, tier_id in self._thresholds:
                if len(paid) >= required and (rank == 0 or spread(rank, 20 + tier_id) % 5):
                    claims.append(Claim(rank, tier_id, paid[required - 1]))
        return claims

    @cached_property
    def claims_by_tier(self) -> Counter[int]:
        """How often each tier was claimed."""
        return Counter(claim.tier_id for claim in self.claims)

    @cached_property
    def claims_by_rank(self) -> Counter[int]:
        """How many rewards each referrer claimed."""
        return Counter(claim.rank for claim in self.claims)

    def claim(self, index: int) -> dict[str, Any]:
        """A claim as the vendor shows it."""
        claim = self.claims[index]
        number = self._data.tree.person_at(claim.rank)
        name, email = self._data.who(number)
        tier = self.tiers[claim.tier_id]
        code = FIRST_COUPON_CODE if index == 0 else f"REF-{spread(index, 15) >> 32:08X}"
        return {
            "id": index + 1,
            "customer": {"id": number + 1, "name": name, "email": email},
            "tier": {
                "id": tier.id,
                "name": tier.name,
                "referrals_required": tier.referrals_required,
            },
            "coupon": {
                "id": FIRST_COUPON_ID + index,
                "code": code,
                "times_used": self._times_used(index),
            },
            "claimed_at": self._claimed_at(claim),
        }

    def used_value(self) -> Decimal:
        """What used coupons were worth."""
        values = {tier.id: _coupon_value(tier) for tier in _first_tiers()}
        used = (claim for index, claim in enumerate(self.claims) if self._times_used(index))
        return sum((values[claim.tier_id] for claim in used), Decimal(0))

    def _claimed_at(self, claim: Claim) -> str | None:
        paid_at = self._data.first_order_at(claim.row)
        return None if paid_at is None else timestamp(paid_at + timedelta(minutes=5))

    @staticmethod
    def _times_used(index: int) -> int:
        return int(index == 0 or spread(index, 14) % 3 > 0)


def _coupon_value(tier: Tier) -> Decimal:
    if tier.reward_type == "percentage_discount":
        return ORDER_VALUE * tier.reward_value / 100
    return tier.reward_value


def _first_tiers() -> tuple[Tier, ...]:
    return (
        Tier(
            id=1,
            name="Bronze Referrer",
            description="Reward for 5 successful referrals",
            referrals_required=5,
            reward_type="percentage_discount",
            reward_value=Decimal(10),
            sort_order=1,
        ),
        Tier(
            id=2,
            name="Silver Referrer",
            description="Reward for 15 successful referrals",
            referrals_required=15,
            reward_type="fixed_discount",
            reward_value=Decimal(25),
            reward_currency="USD",
            coupon_validity_days=60,
            sort_order=2,
        ),
        Tier(
            id=3,
            name="First Friend",
            description=None,
            referrals_required=1,
            reward_type="fixed_discount",
            reward_value=Decimal(5),
            coupon_validity_days=14,
        ),
        Tier(
            id=4,
            name="Legend Referrer",
            description="Not open yet",
            referrals_required=100,
            reward_type="percentage_discount",
            reward_value=Decimal(50),
            coupon_validity_days=365,
            is_active=False,
            sort_order=4,
        ),
    )
