"""Pixlpay's settings to the model."""

from decimal import Decimal

from msgspec import Struct

from adapters._http.decoding import amount
from adapters.model import CompletionRule, CompletionTrigger, ProgramSettings, WelcomeDiscount
from adapters.pixlpay.discounts import as_told, welcome_incentive
from adapters.pixlpay.envelope import Envelope, envelope_decoder

_TRIGGERS = {
    "signup": CompletionTrigger.SIGNUP,
    "first_purchase": CompletionTrigger.FIRST_PURCHASE,
}


class WireSettings(Struct, gc=False):
    """The five settings."""

    referral_enabled: bool | None = None
    referral_reward_event: str | None = None
    referral_welcome_discount_enabled: bool | None = None
    referral_welcome_discount_type: str | None = None
    referral_welcome_discount_value: Decimal | None = None


class _SettingsAnswer(Envelope, kw_only=True):
    data: WireSettings


_decode_settings = envelope_decoder(_SettingsAnswer)


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
            "referral_welcome_discount_value": as_told(value),
        },
    )
    return WelcomeDiscount(bool(data.referral_welcome_discount_enabled), incentive)
