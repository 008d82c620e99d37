"""Pixlpay's JSON to the model, beyond what is recorded."""

from decimal import Decimal

import pytest

from adapters.model import (
    CompletionRule,
    CompletionTrigger,
    FixedDiscountIncentive,
    PercentageDiscountIncentive,
    ProgramSettings,
    ReferralStatus,
    UnknownIncentive,
    WelcomeDiscount,
)
from adapters.pixlpay.discounts import tier_reward, welcome_incentive
from adapters.pixlpay.envelope import complaint
from adapters.pixlpay.mapping import referrals, reports, settings, tiers
from tests.adapters.replaying import recorded

KEY = "block-haven"


def test_decimals_keep_their_digits() -> None:
    value = reports.statistics(recorded("pixlpay/statistics"), "USD").used_coupons_value
    assert value is not None
    assert (str(value.amount), value.currency) == ("450.00", "USD")
    body = recorded("pixlpay/tiers").replace(b'"25.00"', b"0.1000000000000000000001")
    reward = tiers.tiers(body, KEY, None)[1].reward
    assert isinstance(reward, FixedDiscountIncentive)
    assert str(reward.value.amount) == "0.1000000000000000000001"


def test_a_welcome_discount_that_is_off_is_shown_and_not_given() -> None:
    on, off = b'discount_enabled": true', b'discount_enabled": false'
    told = settings.settings(recorded("pixlpay/settings").replace(on, off), None)
    assert told.referred_incentive is None
    assert told.welcome_discount == WelcomeDiscount(
        False,
        PercentageDiscountIncentive(
            summary="10% off", provider_type="percentage", percent=Decimal(10)
        ),
    )


def test_without_a_welcome_discount_there_is_none() -> None:
    told = settings.settings(b'{"success": true, "data": {"referral_enabled": false}}', None)
    assert told == ProgramSettings(is_enabled=False)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("buy_one_get_one", Decimal(1)), ("percentage_discount", None), (None, None), ("fixed", None)],
)
def test_an_unknown_discount_keeps_its_word_and_data(
    kind: str | None, value: Decimal | None
) -> None:
    raw = {"what": "came"}
    for incentive in (
        tier_reward(kind, value, None, None, raw),
        welcome_incentive(kind, value, None, raw),
    ):
        assert isinstance(incentive, UnknownIncentive)
        assert (incentive.provider_type, incentive.data) == (kind or "", raw)
        assert incentive.summary


@pytest.mark.parametrize("word", ["refunded", ""])
def test_unknown_words_for_status_and_event_are_kept(word: str) -> None:
    body = recorded("pixlpay/referrals").replace(b'"successful"', f'"{word}"'.encode())
    (row,) = referrals.referral_page(body, KEY, 1, 100).items
    assert (row.status, row.provider_status) == (ReferralStatus.UNKNOWN, word)
    told = settings.settings(
        b'{"success": true, "data": {"referral_reward_event": "first_visit"}}', None
    )
    assert told.completion_rule == CompletionRule(CompletionTrigger.UNKNOWN, None, "first_visit")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"\xff", b"[", b'{"errors": []}', b'{"errors": {"a": 7}}']
)
@pytest.mark.parametrize("status", [403, 422, 500])
def test_no_error_body_is_too_odd(status: int, body: bytes) -> None:
    assert complaint(status, body).kind is None
    assert complaint(status, body).detail == ""
