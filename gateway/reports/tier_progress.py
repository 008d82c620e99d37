"""How far a referrer is from the next tier."""

from collections.abc import Iterable
from dataclasses import dataclass

from adapters.model import Tier, TierKind
from gateway.merge import SourceReport


@dataclass(frozen=True)
class TierProgress:
    """Where a referrer stands among the active tiers that referrals earn."""

    successful_referrals: int
    reached: Tier | None
    next: Tier | None
    remaining: int | None
    source: SourceReport


def progress(successful: int, tiers: Iterable[Tier], source: SourceReport) -> TierProgress:
    """The highest tier that so many successful referrals reach, and the next one above."""
    ladder = sorted(
        (
            (tier.referrals_required, tier.position or 0, tier)
            for tier in tiers
            if tier.kind is TierKind.REFERRAL_REWARD
            and tier.is_active
            and tier.referrals_required is not None
        ),
        key=lambda step: step[:2],
    )
    reached = [tier for required, _, tier in ladder if required <= successful]
    above = [(required, tier) for required, _, tier in ladder if required > successful]
    return TierProgress(
        successful_referrals=successful,
        reached=reached[-1] if reached else None,
        next=above[0][1] if above else None,
        remaining=above[0][0] - successful if above else None,
        source=source,
    )
