"""What Pixlpay is sent to change things, and what it says about the values.

Field names on the wire are the vendor's (Create Referral Tier, Update Referral Settings); paths of
errors are those of the gateway's inputs, so that a form can show a message at its field.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET, Struct

from adapters._http.decoding import text
from adapters.errors import FieldErrors
from adapters.model import (
    AmountOff,
    CompletionTrigger,
    Discount,
    PercentOff,
    SettingsChanges,
    TierChanges,
)
from adapters.pixlpay.discounts import TierReward, WelcomeType
from adapters.pixlpay.envelope import Envelope, envelope_decoder
from adapters.pixlpay.mapping.settings import WireSettings
from adapters.pixlpay.mapping.tiers import WireTier

Path = tuple[str, ...]

TRIGGER_WORDS = {
    CompletionTrigger.SIGNUP: "signup",
    CompletionTrigger.FIRST_PURCHASE: "first_purchase",
}

_TIER_PATHS: dict[str, Path] = {
    "name": ("name",),
    "description": ("description",),
    "referrals_required": ("referralsRequired",),
    "reward_type": ("reward",),
    "reward_currency": ("reward", "fixed", "currency"),
    "coupon_validity_days": ("couponValidityDays",),
    "is_active": ("isActive",),
    "sort_order": ("position",),
}

_SETTINGS_PATHS: dict[str, Path] = {
    "referral_enabled": ("isEnabled",),
    "referral_reward_event": ("completionTrigger",),
    "referral_welcome_discount_enabled": ("welcomeDiscount", "isEnabled"),
    "referral_welcome_discount_type": ("welcomeDiscount", "discount"),
}


class TierAnswer(Envelope, kw_only=True):
    """Create and update: a tier without what only the list tells (X3)."""

    data: WireTier


class _ToggledTier(Struct, gc=False):
    id: int | str


class ToggleAnswer(Envelope, kw_only=True):
    """Toggle: little more than the identifier (X5)."""

    data: _ToggledTier


class SettingsAnswer(Envelope, kw_only=True):
    """Settings, read or written."""

    data: WireSettings


decode_tier = envelope_decoder(TierAnswer)
decode_toggle = envelope_decoder(ToggleAnswer)
decode_settings = envelope_decoder(SettingsAnswer)
decode_message = envelope_decoder(Envelope)


def tier_body(changes: TierChanges, currency: str | None) -> dict[str, Any]:
    """A tier's fields, those that are given. `currency` is the program's own."""
    body: dict[str, Any] = {
        "name": changes.name,
        "description": changes.description,
        "referrals_required": changes.referrals_required,
        "coupon_validity_days": changes.coupon_validity_days,
        "is_active": changes.is_active,
        "sort_order": changes.position,
    }
    match changes.reward:
        case PercentOff(percent=percent):
            body |= {"reward_type": TierReward.PERCENTAGE, "reward_value": percent}
        case AmountOff(value=money):
            body |= {"reward_type": TierReward.FIXED, "reward_value": money.amount}
            body["reward_currency"] = money.currency or currency or UNSET
    return {name: value for name, value in body.items() if value is not UNSET}


def settings_body(changes: SettingsChanges, present: WireSettings) -> dict[str, Any]:
    """All five settings, the given ones over the present ones: what a PUT of fewer does to the
    others is not stated (X22)."""
    body: dict[str, Any] = {
        "referral_enabled": _or_present(changes.is_enabled, present.referral_enabled),
        "referral_reward_event": present.referral_reward_event,
        "referral_welcome_discount_enabled": _or_present(
            changes.welcome_discount_is_enabled, present.referral_welcome_discount_enabled
        ),
        "referral_welcome_discount_type": present.referral_welcome_discount_type,
        "referral_welcome_discount_value": present.referral_welcome_discount_value,
    }
    if changes.completion_trigger is not UNSET:
        body["referral_reward_event"] = TRIGGER_WORDS[changes.completion_trigger]
    match changes.welcome_discount:
        case PercentOff(percent=percent):
            body["referral_welcome_discount_type"] = WelcomeType.PERCENTAGE
            body["referral_welcome_discount_value"] = percent
        case AmountOff(value=money):
            body["referral_welcome_discount_type"] = WelcomeType.FIXED
            body["referral_welcome_discount_value"] = money.amount
    return {name: value for name, value in body.items() if value is not None}


def unsayable(changes: SettingsChanges) -> FieldErrors:
    """What the vendor has no word for, so that it cannot judge it itself."""
    faults: dict[Path, Sequence[str]] = {}
    trigger = changes.completion_trigger
    if trigger is not UNSET and trigger not in TRIGGER_WORDS:
        faults["completionTrigger",] = ["At Pixlpay it is SIGNUP or FIRST_PURCHASE."]
    discount = changes.welcome_discount
    if isinstance(discount, AmountOff) and discount.value.currency is not None:
        path = ("welcomeDiscount", "discount", "fixed", "currency")
        faults[path] = ["Pixlpay takes no currency here."]
    return faults


def tier_faults(told: FieldErrors, changes: TierChanges) -> FieldErrors:
    """The vendor's messages on a tier, at the fields of our input."""
    value = ("reward", *_value_path(changes.reward))
    return _translated(told, {**_TIER_PATHS, "reward_value": value})


def settings_faults(told: FieldErrors, changes: SettingsChanges) -> FieldErrors:
    """The vendor's messages on the settings, at the fields of our input."""
    value = ("welcomeDiscount", "discount", *_value_path(changes.welcome_discount))
    return _translated(told, {**_SETTINGS_PATHS, "referral_welcome_discount_value": value})


def _value_path(discount: Discount | Any) -> Path:
    return ("fixed", "amount") if isinstance(discount, AmountOff) else ("percent",)


def _translated(told: FieldErrors, paths: Mapping[str, Path]) -> FieldErrors:
    faults: dict[Path, list[str]] = {}
    for (name, *_), messages in told.items():
        faults.setdefault(paths.get(name, ()), []).extend(messages)
    return faults


def _or_present(change: Any, present: Any) -> Any:
    return present if change is UNSET else change


def message_of(answer: Envelope) -> str | None:
    """What the vendor said, in its words; never parsed (X7)."""
    return text(answer.message)
