"""Pixlpay's discounts, which it names in a different vocabulary at each place (X2)."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from adapters.model import (
    FixedDiscountIncentive,
    Incentive,
    Money,
    PercentageDiscountIncentive,
    UnknownIncentive,
)


class TierReward(StrEnum):
    """The vocabulary of tiers (vendor page, Referral Tier Object)."""

    PERCENTAGE = "percentage_discount"
    FIXED = "fixed_discount"


class WelcomeType(StrEnum):
    """The vocabulary of the settings (vendor page, Update Referral Settings)."""

    PERCENTAGE = "percentage"
    FIXED = "fixed"


def tier_reward(
    kind: str | None, value: Decimal | None, currency: str | None, summary: str | None, raw: Any
) -> Incentive:
    """What a tier gives; `summary` as the provider formats it (X19)."""
    if value is not None and kind == TierReward.PERCENTAGE:
        return PercentageDiscountIncentive(
            summary=summary or _percent_off(value), provider_type=kind, percent=value
        )
    if value is not None and kind == TierReward.FIXED:
        return FixedDiscountIncentive(
            summary=summary or _amount_off(value, currency),
            provider_type=kind,
            value=Money(value, currency),
        )
    return _unknown(kind, summary, raw)


def welcome_incentive(
    kind: str | None, value: Decimal | None, currency: str | None, raw: Any
) -> Incentive:
    """What newcomers get."""
    if value is not None and kind == WelcomeType.PERCENTAGE:
        return PercentageDiscountIncentive(
            summary=_percent_off(value), provider_type=kind, percent=value
        )
    if value is not None and kind == WelcomeType.FIXED:
        return FixedDiscountIncentive(
            summary=_amount_off(value, currency), provider_type=kind, value=Money(value, currency)
        )
    return _unknown(kind, None, raw)


def as_told(value: Decimal | None) -> str | None:
    """A number for the data of an unknown discount."""
    return None if value is None else str(value)


def _unknown(kind: str | None, summary: str | None, raw: Any) -> UnknownIncentive:
    kind = kind or ""
    return UnknownIncentive(
        summary=summary or kind.replace("_", " ").capitalize() or "Unknown",
        provider_type=kind,
        data=raw,
    )


def _percent_off(percent: Decimal) -> str:
    return f"{percent:f}% off"


def _amount_off(amount: Decimal, currency: str | None) -> str:
    return f"{currency} {amount:f} off" if currency else f"{amount:f} off"
