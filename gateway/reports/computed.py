"""Reports of one program: the provider's own where it has one, else worked out by a walk.

Nothing is walked that a cheaper call tells. One request pays for each walk once, however many
reports it asks for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from adapters.capability import Capability
from adapters.errors import Unsupported
from adapters.ledger import note_read
from adapters.model import (
    BoardEntry,
    Page,
    Referral,
    ReferrerRecord,
    RewardClaim,
    Statistics,
)
from adapters.provider import Reading
from gateway.loaders import Loaders
from gateway.programs import Program
from gateway.reports.counting import (
    DayCounts,
    count_board,
    count_days,
    count_records,
    count_statistics,
)
from gateway.reports.finding import ClaimIndex, ReferralIndex
from gateway.walks import Reached, Walk, Walks

T = TypeVar("T")
V = TypeVar("V")


class ReferralList(NamedTuple):
    """A list of referrals to walk, as far as the provider itself can narrow it."""

    search: str | None = None
    referrer_id: str | None = None


EVERYTHING = ReferralList()


class Reports:
    """The reports that one request asks for."""

    def __init__(self, loaders: Loaders, walks: Walks) -> None:
        self._loaders = loaders
        self._walks = walks
        self._reached: dict[tuple[str, object], asyncio.Task[Reached]] = {}

    async def statistics(self, program: Program) -> Reading[Statistics]:
        """Figures."""
        if program.does(Capability.STATISTICS):
            return await self._loaders.statistics_by_program.load(program.key)
        return await self.of_referrals(program, EVERYTHING, "statistics", count_statistics)

    async def leaderboard(self, program: Program) -> Reading[tuple[BoardEntry, ...]]:
        """The board."""
        if program.does(Capability.LEADERBOARD):
            return await self._loaders.leaderboard_by_program.load(program.key)
        return await self.of_referrals(program, EVERYTHING, "leaderboard", count_board)

    async def top_referrers(self, program: Program) -> Reading[tuple[ReferrerRecord, ...]]:
        """The board in detail."""
        if program.does(Capability.TOP_REFERRERS):
            return await self._loaders.top_referrers_by_program.load(program.key)
        return await self.of_referrals(program, EVERYTHING, "top referrers", count_records)

    async def combinable_referrers(self, program: Program) -> Reading[tuple[ReferrerRecord, ...]]:
        """The board in detail, to be combined with others: not complete when the provider's list
        was cut, since whoever stands below the cut here may stand high elsewhere."""
        reading = await self.top_referrers(program)
        is_cut = program.does(Capability.TOP_REFERRERS) and (
            len(reading.value) >= program.provider.board_size
        )
        return replace(reading, is_complete=False) if is_cut else reading

    async def days(self, program: Program, zone: ZoneInfo) -> Reading[DayCounts]:
        """Referrals by day; not complete when some have none. Raises Unsupported where they carry
        no dates."""
        if not program.has(Capability.TIMELINE):
            raise Unsupported(Capability.TIMELINE)
        reading = await self.of_referrals(
            program, EVERYTHING, ("days", zone.key), lambda found: count_days(found, zone)
        )
        return replace(reading, is_complete=False) if reading.value.undated else reading

    async def of_referrals(
        self,
        program: Program,
        narrowed: ReferralList,
        name: object,
        work_out: Callable[[Sequence[Referral]], V],
    ) -> Reading[V]:
        """What follows from a program's referrals, by a name that tells it from other reports.

        Raises ProviderError when none could be read.
        """
        return _reading(await self._reach_referrals(program, narrowed), name, work_out)

    def has_walked(self, program: Program) -> bool:
        """Whether all of a program's referrals were looked through lately, or are in this
        request."""
        key = (program.key, EVERYTHING)
        return key in self._reached or self._walks.is_at_hand(program.provider, EVERYTHING)

    async def referral_page(
        self,
        program: Program,
        narrowed: ReferralList,
        find: Callable[[ReferralIndex], tuple[Referral, ...]],
        page: int,
        *,
        by_day: bool,
    ) -> Reading[Page[Referral]]:
        """A page of what is found among the referrals; not complete when they are looked for by
        day and some have none."""
        reached = await self._reach_referrals(program, narrowed)
        index = _reading(reached, "index", ReferralIndex)
        if by_day and not index.value.is_dated:
            index = replace(index, is_complete=False)
        return _page(index.map(find), reached.walk.is_spent, page, program.provider.page_size)

    async def claim_page(
        self,
        program: Program,
        find: Callable[[ClaimIndex], tuple[RewardClaim, ...]],
        page: int,
    ) -> Reading[Page[RewardClaim]]:
        """A page of what is found among the claims. Raises Unsupported where there are none."""
        provider = program.provider
        if not program.does(Capability.CLAIMS):
            raise Unsupported(Capability.CLAIMS)

        def begin() -> Walk[RewardClaim]:
            return self._begin(program, provider.claims, lambda claim: claim.provider_id)

        reached = await self._reach(program, "claims", begin)
        found = _reading(reached, "index", ClaimIndex).map(find)
        return _page(found, reached.walk.is_spent, page, provider.page_size)

    async def _reach_referrals(self, program: Program, narrowed: ReferralList) -> Reached:
        provider = program.provider

        async def read(page: int) -> Reading[Page[Referral]]:
            if narrowed.search is not None:
                return await provider.search_referrals(narrowed.search, None, page)
            if narrowed.referrer_id is not None:
                return await provider.referrals_of(narrowed.referrer_id, None, page)
            return await provider.referrals(None, page)

        def begin() -> Walk[Referral]:
            return self._begin(program, read, lambda referral: referral.identity)

        return await self._reach(program, narrowed, begin)

    def _begin(
        self,
        program: Program,
        read: Callable[[int], Awaitable[Reading[Page[T]]]],
        identity: Callable[[T], object],
    ) -> Walk[T]:
        walks = self._walks
        return Walk(read, identity, program.provider, walks.limits, walks.monotonic)

    async def _reach(self, program: Program, name: object, begin: Callable[[], Walk[T]]) -> Reached:
        key = (program.key, name)
        if key not in self._reached:
            reaching = self._walks.reach(program.provider, name, begin)
            self._reached[key] = asyncio.create_task(reaching)
        # Shielded: others in this request wait for it too.
        reached = await asyncio.shield(self._reached[key])
        note_read(self._walks.good_until(reached))
        return reached

    def forget(self, program: Program) -> None:
        """Forget what was walked of a program: something was changed there."""
        for key in [key for key in self._reached if key[0] == program.key]:
            del self._reached[key]
        self._walks.drop(program.key)


def _reading(reached: Reached, name: object, work_out: Callable[[Sequence[Any]], V]) -> Reading[V]:
    """What follows from a walk; a stale one with why its successor does not get on, if so."""
    reading = reached.walk.reading(name, work_out)
    if reached.successor is None:
        return reading
    failure = reached.successor.failure
    return replace(reading, is_stale=True, failure=failure.report if failure else None)


def _page(
    found: Reading[tuple[T, ...]], is_spent: bool, page: int, page_size: int
) -> Reading[Page[T]]:
    """A page of what a walk has found; the last one stays open while the walk goes on."""
    items = found.value
    has_more = len(items) > page * page_size
    is_open = not has_more and not is_spent
    return found.map(
        lambda _: Page(
            items[(page - 1) * page_size : page * page_size],
            has_next=has_more or is_open,
            total=len(items) if found.is_complete else None,
            is_open=is_open,
        )
    )


def together(*readings: Reading[Any]) -> Reading[None]:
    """What can be said of a value that was worked out from several readings."""
    instants = [reading.fetched_at for reading in readings if reading.fetched_at is not None]
    return Reading(
        None,
        min(instants, default=None),
        is_stale=any(reading.is_stale for reading in readings),
        failure=next((r.failure for r in readings if r.failure), None),
        is_computed=True,
        is_complete=all(reading.is_complete for reading in readings),
    )
