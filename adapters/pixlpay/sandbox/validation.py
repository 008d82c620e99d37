"""The rules that Pixlpay documents for the bodies of writes."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Rule = Callable[[Any], str | None]
"""Says what is wrong with a value, None when nothing is."""


def text(most: int, *, nullable: bool = False) -> Rule:
    def check(value: Any) -> str | None:
        if value is None and nullable:
            return None
        if not isinstance(value, str):
            return "must be a string"
        return None if len(value) <= most else f"must not be greater than {most} characters"

    return check


def integer(least: int, most: int | None = None) -> Rule:
    def check(value: Any) -> str | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return "must be an integer"
        if value < least or (most is not None and value > most):
            return f"must be at least {least}" if most is None else _between(least, most)
        return None

    return check


def number(least: str) -> Rule:
    def check(value: Any) -> str | None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return "must be a number"
        return None if Decimal(str(value)) >= Decimal(least) else f"must be at least {least}"

    return check


def boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def one_of(*choices: str) -> Rule:
    return lambda value: None if value in choices else "is invalid"


def currency(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and len(value) == 3):
        return None
    return "must be 3 characters"


TIER_RULES: Mapping[str, Rule] = {
    "name": text(255),
    "description": text(1000, nullable=True),
    "referrals_required": integer(1),
    "reward_type": one_of("percentage_discount", "fixed_discount"),
    "reward_value": number("0.01"),
    "reward_currency": currency,
    "coupon_validity_days": integer(1, 365),
    "is_active": boolean,
    "sort_order": integer(-(2**31)),
}
TIER_REQUIRED = ("name", "referrals_required", "reward_type", "reward_value")
# The least reward is documented for new tiers alone (FACTS X26).
TIER_UPDATE_RULES: Mapping[str, Rule] = {**TIER_RULES, "reward_value": number("0")}
SETTINGS_RULES: Mapping[str, Rule] = {
    "referral_enabled": boolean,
    "referral_reward_event": one_of("signup", "first_purchase"),
    "referral_welcome_discount_enabled": boolean,
    "referral_welcome_discount_type": one_of("percentage", "fixed"),
    "referral_welcome_discount_value": number("0"),
}


def errors_in(
    body: Mapping[str, Any], rules: Mapping[str, Rule], required: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    """What is wrong with a body, by field, in the vendor's form; fields without a rule pass."""
    errors: dict[str, list[str]] = {}
    for field, rule in rules.items():
        label = field.replace("_", " ")
        if field not in body or (field in required and body[field] in (None, "")):
            if field in required:
                errors[field] = [f"The {label} field is required."]
        elif (problem := rule(body[field])) is not None:
            errors[field] = [f"The {label} field {problem}."]
    return errors


def _between(least: int, most: int) -> str:
    return f"must be between {least} and {most}"
