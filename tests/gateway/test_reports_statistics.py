"""Figures of several programs in one: added up where they can be, apart where they cannot."""

from decimal import Decimal

import pytest

from adapters.model import Money, Statistics
from gateway.reports.statistics import add_up


def counted(successful: int | None, total: int | None, percent: float | None = None) -> Statistics:
    return Statistics(
        total_referrals=total, successful_referrals=successful, conversion_percent=percent
    )


def used(*amounts: tuple[str, str | None]) -> list[Statistics]:
    return [
        Statistics(used_coupons_value=Money(Decimal(amount), currency))
        for amount, currency in amounts
    ]


def test_each_figure_is_the_sum_over_the_programs_that_give_it() -> None:
    total = add_up(
        [
            Statistics(total_referrals=10, successful_referrals=4, failed_referrals=0),
            Statistics(total_referrals=5, rewards_claimed=0),
        ],
        [],
    )
    assert (total.total_referrals, total.successful_referrals) == (15, 4)
    # Nought is a figure; what nobody gives is none.
    assert (total.failed_referrals, total.rewards_claimed) == (0, 0)
    assert total.pending_referrals is None


@pytest.mark.parametrize("figures", [[], [Statistics()], [Statistics(), Statistics()]])
def test_nothing_is_made_of_nothing(figures: list[Statistics]) -> None:
    total = add_up(figures, [])
    assert (total.total_referrals, total.conversion_percent) == (None, None)
    assert total.used_coupons_value == []


@pytest.mark.parametrize(
    ("figures", "percent"),
    [
        # An average of the percentages would be 51, of the rounded ones too.
        ([counted(1, 100, 1.0), counted(1, 1, 100.0)], 1.98),
        ([counted(0, 3, 0.0), counted(0, 5, 0.0)], 0.0),
        ([counted(3, 3, 100.0), counted(5, 5, 100.0)], 100.0),
        ([counted(1, 3), counted(1, 3)], 33.33),
        # Nobody was referred: there is nothing to take a percentage of.
        ([counted(0, 0), counted(0, 0)], None),
        ([counted(0, 0, 0.0), counted(1, 4, 25.0)], 25.0),
    ],
)
def test_the_percentage_is_worked_out_from_the_sums(
    figures: list[Statistics], percent: float | None
) -> None:
    assert add_up(figures, []).conversion_percent == percent
    assert add_up(figures[::-1], []).conversion_percent == percent


def test_half_a_fraction_is_left_out_of_the_percentage_whole() -> None:
    half_told = [counted(None, 1000), counted(90, None, 90.0)]
    assert add_up([counted(1, 4), *half_told], []).conversion_percent == 25.0
    assert add_up(half_told, []).conversion_percent is None


def test_one_programs_own_percentage_stands_as_given() -> None:
    assert add_up([counted(1, 3, 33.0)], []).conversion_percent == 33.0
    assert add_up([counted(1, 3)], []).conversion_percent == 33.33


def test_money_is_added_within_a_currency_exactly() -> None:
    total = add_up(used(("0.10", "USD"), ("5", "EUR"), ("0.20", "USD")), [])
    assert total.used_coupons_value == [
        Money(Decimal("0.30"), "USD"),
        Money(Decimal(5), "EUR"),
    ]


def test_money_of_unknown_currency_is_added_to_nothing() -> None:
    total = add_up([*used(("7", None), ("1", "USD"), ("7", None)), Statistics()], [])
    assert total.used_coupons_value == [
        Money(Decimal(1), "USD"),
        Money(Decimal(7), None),
        Money(Decimal(7), None),
    ]
