"""Bramble's answers as they are, and as they should not be."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from bramble import mapping

from adapters.errors import InvalidInput
from adapters.model import (
    CompletionRule,
    CompletionTrigger,
    FixedDiscountIncentive,
    Money,
    PercentageDiscountIncentive,
    ReferralStatus,
    UnknownIncentive,
)


def test_times_are_seconds_and_words_stay_open() -> None:
    body = b"""{"items": [{"id": "ref_1", "state": "frozen", "made_at": 1735689600,
        "advocate": {"id": "mem_1", "email": ""}, "friend": null}], "next_cursor": "x"}"""
    page = mapping.referrals(body, "p")
    (row,) = page.items
    assert page.next_cursor == "x"
    assert row.referred_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert (row.status, row.provider_status) == (ReferralStatus.UNKNOWN, "frozen")
    assert row.referrer is not None
    assert (row.referrer.email, row.referrer.name) == (None, msgspec.UNSET)
    assert row.referred is None


@pytest.mark.parametrize("made_at", [b"-1", b"1e30", b"99999999999999999999", b'"1"'])
def test_what_is_no_time_is_no_answer(made_at: bytes) -> None:
    body = b'{"items": [{"id": "1", "state": "open", "made_at": %b}], "next_cursor": null}'
    with pytest.raises(msgspec.ValidationError):
        mapping.referrals(body % made_at, "p")


def test_amounts_are_cents_and_shares_basis_points() -> None:
    body = b"""{"program": {"active": true, "completes_on": "third_order",
        "advocate_reward": {"kind": "amount_off", "cents": 5, "currency": "EUR"},
        "friend_reward": {"kind": "percent_off", "basis_points": 1250}}}"""
    settings = mapping.settings(body)
    assert settings is not None
    unknown = CompletionRule(CompletionTrigger.UNKNOWN, None, "third_order")
    assert settings.completion_rule == unknown
    assert settings.referrer_incentive == FixedDiscountIncentive(
        summary="0.05 EUR off", provider_type="amount_off", value=Money(Decimal("0.05"), "EUR")
    )
    assert settings.referred_incentive == PercentageDiscountIncentive(
        summary="12.5 % off", provider_type="percent_off", percent=Decimal("12.50")
    )


@pytest.mark.parametrize("reward", [b'{"kind": "kudos"}', b'{"kind": "amount_off"}', b"{}"])
def test_a_reward_that_is_not_understood_is_kept_as_it_came(reward: bytes) -> None:
    settings = mapping.settings(b'{"program": {"friend_reward": %b}}' % reward)
    assert settings is not None
    assert isinstance(settings.referred_incentive, UnknownIncentive)
    assert settings.referred_incentive.data == msgspec.json.decode(reward)


def test_no_program_has_no_settings() -> None:
    assert mapping.settings(b'{"program": null}') is None


def test_states_that_are_not_known_count_among_all() -> None:
    body = b'{"summary": {"states": {"open": 1, "rewarded": 2, "void": 3, "frozen": 4}}}'
    figures = mapping.statistics(body)
    assert (figures.total_referrals, figures.successful_referrals) == (10, 2)
    assert figures.used_coupons_value is None


def test_only_known_complaints_are_passed_on() -> None:
    known = mapping.complaint(400, b'{"error": {"type": "invalid_parameter", "message": "a@b"}}')
    assert (known.kind, known.provider_code, known.detail) == (
        InvalidInput,
        "invalid_parameter",
        "",
    )
    for body in (b'{"error": {"type": "a@b"}}', b"\xff", b"[]", b"[" * 100_000):
        assert mapping.complaint(400, body).provider_code is None
