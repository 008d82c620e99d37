"""Reports on one person: who brought them in, and how far they are from the next tier."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from math import ceil
from typing import Any

from adapters.capability import Capability
from adapters.errors import ProviderError
from adapters.model import Person, Referral, ReferrerRecord
from gateway.loaders import Loaders, ReferralPage, SharedLoader
from gateway.merge import SourceReport
from gateway.programs import Program, Programs
from gateway.reports.computed import EVERYTHING, Reports, together
from gateway.reports.counting import count_records
from gateway.reports.finding import ReferralIndex
from gateway.reports.tier_progress import TierProgress, progress


class ReferralByReferredLoader(SharedLoader[Person, Referral | None]):
    """The referral that brought a person in; None when nobody did, or when it cannot be told.

    Each is searched for where the provider can search and all addresses are known, a call a person;
    unless the whole list was walked already, or has fewer pages than there are people.
    """

    def __init__(self, programs: Programs, loaders: Loaders, reports: Reports) -> None:
        super().__init__(get_cache_key=lambda person: (person.program_key, person.provider_id))
        self._programs = programs
        self._loaders = loaders
        self._reports = reports

    async def batch_load_fn(self, keys: list[Person]) -> list[Any]:
        wanted: defaultdict[str, list[Person]] = defaultdict(list)
        for person in keys:
            wanted[person.program_key].append(person)
        is_cheaper = await asyncio.gather(
            *(self._is_search_cheaper(self._programs[key], wanted[key]) for key in wanted)
        )
        is_searched = dict(zip(wanted, is_cheaper, strict=True))
        return await asyncio.gather(
            *(self._find(person, is_searched[person.program_key]) for person in keys),
            return_exceptions=True,
        )

    async def _is_search_cheaper(self, program: Program, people: Sequence[Person]) -> bool:
        """Whether to search for each of these people, rather than to walk."""
        if not program.does(Capability.REFERRAL_SEARCH):
            return False
        if not all(isinstance(person.email, str) and person.email for person in people):
            return False
        if len(people) == 1:
            return True
        if self._reports.has_walked(program):
            return False
        try:
            # How long the list is, it tells itself; this page is the walk's first.
            page = await self._loaders.referrals_by_page.load(ReferralPage(program.key, 1))
        except ProviderError:
            return False
        total = page.value.total
        return total is not None and len(people) < ceil(total / program.provider.page_size)

    async def _find(self, person: Person, is_searched: bool) -> Referral | None:
        program = self._programs[person.program_key]
        email = person.email
        if is_searched and isinstance(email, str):
            page = ReferralPage(program.key, 1, search=email)
            found = (await self._loaders.referrals_by_page.load(page)).value
            referral = ReferralIndex(found.items).bringing(person.provider_id)
            if referral is not None or not found.has_next:
                return referral
        known = await self._reports.of_referrals(program, EVERYTHING, "index", ReferralIndex)
        return known.value.bringing(person.provider_id)


async def tier_progress(
    person: Person, program: Program, loaders: Loaders, reports: Reports
) -> TierProgress | None:
    """Where a person stands among the tiers; None where tiers are not reached by referring.

    Asks the provider's own list of top referrers first: a walk is for those beyond it.
    """
    if not program.has(Capability.TIER_PROGRESS):
        return None
    tiers = await loaders.tiers_by_program.load(program.key)
    best = await reports.top_referrers(program)
    successful = _successes(best.value).get(person.provider_id)
    if successful is None and len(best.value) >= program.provider.board_size:
        best = await reports.of_referrals(program, EVERYTHING, "top referrers", count_records)
        successful = _successes(best.value).get(person.provider_id)
    source = SourceReport.of_reading(program, together(tiers, best))
    return progress(successful or 0, tiers.value, source)


def _successes(records: Sequence[ReferrerRecord]) -> dict[str, int]:
    return {record.person.provider_id: record.successful_referrals for record in records}
