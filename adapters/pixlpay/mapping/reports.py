"""Pixlpay's own reports to the model: figures and referrers in order."""

from decimal import Decimal

from msgspec import Struct

from adapters._http.decoding import amount, whole_number
from adapters.model import BoardEntry, Money, ReferrerRecord, Statistics
from adapters.pixlpay.envelope import Envelope, envelope_decoder
from adapters.pixlpay.mapping.people import WireCustomer, everybody


class _Statistics(Struct, gc=False):
    total_referrals: int | str | None = None
    successful_referrals: int | str | None = None
    conversion_rate: Decimal | None = None
    rewards_claimed: int | str | None = None
    total_coupons_value: Decimal | None = None


class _StatisticsAnswer(Envelope, kw_only=True):
    data: _Statistics


class _BoardRow(WireCustomer, gc=False, kw_only=True):
    referral_count: int | str


class _BoardAnswer(Envelope, kw_only=True):
    data: list[_BoardRow]


class _TopRow(WireCustomer, gc=False, kw_only=True):
    total_referrals: int | str
    successful_referrals: int | str
    rewards_claimed: int | str | None = None


class _TopAnswer(Envelope, kw_only=True):
    data: list[_TopRow]


_decode_statistics = envelope_decoder(_StatisticsAnswer)
_decode_board = envelope_decoder(_BoardAnswer)
_decode_top = envelope_decoder(_TopAnswer)


def statistics(body: bytes, currency: str | None) -> Statistics:
    """`GET /referrals/statistics`. The coupons' value names no currency (X14)."""
    data = _decode_statistics(body).data
    rate, value = amount(data.conversion_rate), amount(data.total_coupons_value)
    total, successful = whole_number(data.total_referrals), whole_number(data.successful_referrals)
    return Statistics(
        total_referrals=total,
        successful_referrals=successful,
        # There are but two statuses (X17).
        pending_referrals=max(0, total - successful)
        if total is not None and successful is not None
        else None,
        conversion_percent=None if rate is None else float(rate),
        rewards_claimed=whole_number(data.rewards_claimed),
        used_coupons_value=None if value is None else Money(value, currency),
    )


def leaderboard(body: bytes, program_key: str) -> tuple[BoardEntry, ...]:
    """`GET /referrals/leaderboard`."""
    rows = _decode_board(body).data
    return tuple(
        BoardEntry(person, _count(row.referral_count))
        for row, person in zip(rows, everybody(rows, program_key), strict=True)
    )


def top_referrers(body: bytes, program_key: str) -> tuple[ReferrerRecord, ...]:
    """`GET /referrals/top-referrers`."""
    rows = _decode_top(body).data
    return tuple(
        ReferrerRecord(
            person=person,
            total_referrals=_count(row.total_referrals),
            successful_referrals=_count(row.successful_referrals),
            rewards_claimed=whole_number(row.rewards_claimed),
        )
        for row, person in zip(rows, everybody(rows, program_key), strict=True)
    )


def _count(told: int | str) -> int:
    """What people are ranked by: one that cannot be read is not nought."""
    count = whole_number(told)
    if count is None:
        raise ValueError
    return count
