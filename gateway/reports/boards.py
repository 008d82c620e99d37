"""Referrers of several programs in one ranking."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from adapters.model import BoardEntry, Person, ReferrerRecord

T = TypeVar("T")


@dataclass(frozen=True)
class RankedReferrer:
    """A referrer in a place of a leaderboard."""

    rank: int
    person: Person
    referral_count: int


@dataclass(frozen=True)
class RankedRecord:
    """A referrer, or everybody who shares an address, in a place of the detailed board."""

    rank: int
    people: list[Person]
    total_referrals: int
    successful_referrals: int
    rewards_claimed: int | None


def rank_board(boards: Iterable[tuple[BoardEntry, ...]], limit: int) -> list[RankedReferrer]:
    """The best of several boards, ranked anew by the counts."""
    entries = [entry for board in boards for entry in board]
    return [
        RankedReferrer(rank, entry.person, entry.referral_count)
        for rank, entry in _ranked(entries, lambda entry: entry.referral_count, limit)
    ]


def rank_records(
    lists: Iterable[tuple[ReferrerRecord, ...]], limit: int, *, combine_by_email: bool
) -> list[RankedRecord]:
    """The best of several lists, ranked anew by successful referrals.

    Combined, people with the same address, letter case ignored, count as one.
    """
    groups: dict[object, list[ReferrerRecord]] = {}
    for records in lists:
        for record in records:
            person = record.person
            own = (person.program_key, person.provider_id)
            email = person.email if combine_by_email else None
            address = email.strip().casefold() if isinstance(email, str) else ""
            groups.setdefault(address or own, []).append(record)
    ranked = _ranked(
        list(groups.values()),
        lambda group: sum(record.successful_referrals for record in group),
        limit,
    )
    return [_combined(rank, group) for rank, group in ranked]


def _combined(rank: int, group: list[ReferrerRecord]) -> RankedRecord:
    claimed = [r.rewards_claimed for r in group if r.rewards_claimed is not None]
    return RankedRecord(
        rank=rank,
        people=[record.person for record in group],
        total_referrals=sum(record.total_referrals for record in group),
        successful_referrals=sum(record.successful_referrals for record in group),
        rewards_claimed=sum(claimed) if claimed else None,
    )


def _ranked(entries: list[T], score: Callable[[T], int], limit: int) -> list[tuple[int, T]]:
    """Best first, equal scores sharing a place; the order given decides among equals."""
    ranked: list[tuple[int, T]] = []
    for place, entry in enumerate(sorted(entries, key=score, reverse=True)[:limit], start=1):
        tied = bool(ranked) and score(ranked[-1][1]) == score(entry)
        ranked.append((ranked[-1][0] if tied else place, entry))
    return ranked
