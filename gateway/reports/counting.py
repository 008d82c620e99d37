"""What follows from a list of referrals: figures and boards that a provider does not give."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adapters.model import (
    BoardEntry,
    Person,
    Referral,
    ReferralStatus,
    ReferrerRecord,
    Statistics,
)


def count_statistics(referrals: Sequence[Referral]) -> Statistics:
    """Figures by status. What the list does not tell (rewards, coupons) stays None."""
    by_status = Counter(referral.status for referral in referrals)
    total, successful = len(referrals), by_status[ReferralStatus.COMPLETED]
    return Statistics(
        total_referrals=total,
        successful_referrals=successful,
        pending_referrals=by_status[ReferralStatus.PENDING],
        failed_referrals=by_status[ReferralStatus.FAILED],
        conversion_percent=round(100 * successful / total, 2) if total else None,
    )


def count_records(referrals: Sequence[Referral]) -> tuple[ReferrerRecord, ...]:
    """Everybody who referred, best first: by successful referrals, then by all."""
    people: dict[str, Person] = {}
    total: Counter[str] = Counter()
    successful: Counter[str] = Counter()
    for referral in referrals:
        if referral.referrer is None:
            continue
        id_ = referral.referrer.provider_id
        people.setdefault(id_, referral.referrer)
        total[id_] += 1
        successful[id_] += referral.status is ReferralStatus.COMPLETED
    best = sorted(people, key=lambda id_: (successful[id_], total[id_]), reverse=True)
    return tuple(
        ReferrerRecord(
            person=people[id_],
            total_referrals=total[id_],
            successful_referrals=successful[id_],
            rewards_claimed=None,
        )
        for id_ in best
    )


def count_board(referrals: Sequence[Referral]) -> tuple[BoardEntry, ...]:
    """Everybody with a completed referral, best first."""
    return tuple(
        BoardEntry(record.person, record.successful_referrals)
        for record in count_records(referrals)
        if record.successful_referrals
    )


class DayCounts(NamedTuple):
    """How many were referred, and how many completed, on each day; `undated` is how often no day
    was told."""

    referred: Counter[dt.date]
    completed: Counter[dt.date]
    undated: int = 0


def count_days(referrals: Sequence[Referral], zone: ZoneInfo) -> DayCounts:
    """Referrals by the days of a time zone; a completion counts on the day of the first order."""
    referred: Counter[dt.date] = Counter()
    completed: Counter[dt.date] = Counter()
    undated = 0
    for referral in referrals:
        events = [(referred, referral.referred_at)]
        if referral.status is ReferralStatus.COMPLETED:
            events.append((completed, referral.first_order_at))
        for days, instant in events:
            if instant is None:
                undated += 1
            else:
                days[instant.astimezone(zone).date()] += 1
    return DayCounts(referred, completed, undated)
