"""Finding referrals and claims among many, each by one look at an index."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date
from functools import cached_property

from adapters.model import Person, Referral, ReferralStatus, RewardClaim


class ReferralIndex:
    """The referrals of a list, by what they are looked for; each index is made when first used."""

    def __init__(self, referrals: Sequence[Referral]) -> None:
        self._referrals = tuple(referrals)

    @cached_property
    def _by_referrer(self) -> dict[str, list[int]]:
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, referral in enumerate(self._referrals):
            if referral.referrer is not None:
                places[referral.referrer.provider_id].append(place)
        return dict(places)

    @cached_property
    def _by_referred(self) -> dict[str, Referral]:
        return {r.referred.provider_id: r for r in self._referrals if r.referred is not None}

    @cached_property
    def _texts(self) -> list[str]:
        """What can be searched of each referral, in one text."""
        return ["\n".join(_told(r.referrer, r.referred)).casefold() for r in self._referrals]

    @cached_property
    def _days(self) -> list[date | None]:
        """The day in UTC on which each was made."""
        return [
            r.referred_at.astimezone(UTC).date() if r.referred_at else None for r in self._referrals
        ]

    @cached_property
    def is_dated(self) -> bool:
        """Whether each has a day."""
        return None not in self._days

    def bringing(self, person_id: str) -> Referral | None:
        """The referral that brought a person in."""
        return self._by_referred.get(person_id)

    def find(
        self,
        *,
        status: ReferralStatus | None,
        text: str | None,
        referrer_id: str | None,
        first: date | None,
        last: date | None,
    ) -> tuple[Referral, ...]:
        """The referrals that meet all conditions, in the list's order; None is no condition."""
        places: Iterable[int] = range(len(self._referrals))
        if referrer_id is not None:
            places = self._by_referrer.get(referrer_id, [])
        if first is not None or last is not None:
            after, before = first or date.min, last or date.max
            days = self._days
            places = [n for n in places if (day := days[n]) and after <= day <= before]
        if text is not None:
            wanted, texts = text.casefold(), self._texts
            places = [n for n in places if wanted in texts[n]]
        found = (self._referrals[n] for n in places)
        return tuple(r for r in found if status is None or r.status is status)


class ClaimIndex:
    """The claims of a list by whose they are and of which tier."""

    def __init__(self, claims: Sequence[RewardClaim]) -> None:
        self._by_person: defaultdict[str, list[RewardClaim]] = defaultdict(list)
        self._by_tier: defaultdict[str, list[RewardClaim]] = defaultdict(list)
        for claim in claims:
            if claim.claimant is not None:
                self._by_person[claim.claimant.provider_id].append(claim)
            if claim.tier is not None:
                self._by_tier[claim.tier.provider_id].append(claim)

    def of_person(self, id_: str) -> tuple[RewardClaim, ...]:
        """The claims of a person."""
        return tuple(self._by_person.get(id_, ()))

    def of_tier(self, id_: str) -> tuple[RewardClaim, ...]:
        """The claims of a tier."""
        return tuple(self._by_tier.get(id_, ()))


def _told(*people: Person | None) -> Iterable[str]:
    for person in people:
        if person is not None:
            yield from (t for t in (person.email, person.name) if isinstance(t, str))
