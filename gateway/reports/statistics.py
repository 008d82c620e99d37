"""Figures added up over several programs."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from adapters.model import Money, Statistics
from gateway.merge import SourceReport


class StatisticsTotal(Struct, frozen=True):
    """Each figure over the programs that give it; None when none does."""

    total_referrals: int | None
    successful_referrals: int | None
    pending_referrals: int | None
    failed_referrals: int | None
    conversion_percent: float | None
    rewards_claimed: int | None
    used_coupons_value: list[Money]
    sources: list[SourceReport]


def add_up(figures: Iterable[Statistics], sources: list[SourceReport]) -> StatisticsTotal:
    """Sums; a percentage is worked out anew from its numerators and denominators, never averaged.

    One program's own percentage stands as it was given.
    """
    figures = list(figures)
    return StatisticsTotal(
        total_referrals=_sum(f.total_referrals for f in figures),
        successful_referrals=_sum(f.successful_referrals for f in figures),
        pending_referrals=_sum(f.pending_referrals for f in figures),
        failed_referrals=_sum(f.failed_referrals for f in figures),
        conversion_percent=_conversion(figures),
        rewards_claimed=_sum(f.rewards_claimed for f in figures),
        used_coupons_value=_per_currency(
            f.used_coupons_value for f in figures if f.used_coupons_value is not None
        ),
        sources=sources,
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _conversion(figures: list[Statistics]) -> float | None:
    if len(figures) == 1 and figures[0].conversion_percent is not None:
        return figures[0].conversion_percent
    both = [
        (f.successful_referrals, f.total_referrals)
        for f in figures
        if f.successful_referrals is not None and f.total_referrals is not None
    ]
    total = sum(whole for _, whole in both)
    if not total:
        return None
    return round(100 * sum(part for part, _ in both) / total, 2)


def _per_currency(amounts: Iterable[Money]) -> list[Money]:
    """One amount a currency. What may be different currencies is never added (FACTS X14)."""
    known: dict[str, Decimal] = {}
    alone: list[Money] = []
    for money in amounts:
        if money.currency is None:
            alone.append(money)
        else:
            known[money.currency] = known.get(money.currency, Decimal(0)) + money.amount
    return [Money(amount, currency) for currency, amount in known.items()] + alone
