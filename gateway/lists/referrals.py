"""Lists of referrals, over one program or several, narrowed by the provider where it can."""

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from adapters.capability import Capability
from adapters.model import Page, Referral, ReferralStatus
from adapters.provider import Reading
from gateway import ids
from gateway.context import Context
from gateway.errors import ErrorCode, GatewayError
from gateway.lists.paging import Connection, connect_pages
from gateway.loaders import PersonKey, ReferralPage
from gateway.programs import Program
from gateway.reports.computed import ReferralList
from gateway.reports.finding import ReferralIndex


class ReferralFilter(Struct, frozen=True, kw_only=True):
    """Conditions that a referral must meet, all of them; None is no condition."""

    status: ReferralStatus | None = None
    search: str | None = None
    referred_from: date | None = None
    referred_to: date | None = None
    referrer: PersonKey | None = None

    def __post_init__(self) -> None:
        if self.status is ReferralStatus.UNKNOWN:
            raise GatewayError(
                ErrorCode.BAD_USER_INPUT, "Referrals cannot be filtered by the status UNKNOWN."
            )

    @property
    def conditions(self) -> tuple[object, ...]:
        """All of them, in their order."""
        return self.status, self.search, self.referred_from, self.referred_to, self.referrer

    def can_be_applied_to(self, program: Program) -> bool:
        """Whether a program's referrals can be narrowed by all of this."""
        return all(program.has(capability) for capability in self._needs())

    def is_the_providers(self, program: Program) -> bool:
        """Whether the provider itself can narrow by it, in one call a page and without losing
        any."""
        if self.status is not None and self.status not in program.provider.askable_statuses:
            return False
        needs = list(self._needs())
        return not self.has_days and len(needs) <= 1 and all(map(program.does, needs))

    def _needs(self) -> Iterator[Capability]:
        if self.has_days:
            yield Capability.REFERRAL_DATES
        if self.search is not None:
            yield Capability.REFERRAL_SEARCH
        if self.referrer is not None:
            yield Capability.REFERRALS_BY_REFERRER

    @property
    def has_days(self) -> bool:
        """Whether they are looked for by day."""
        return self.referred_from is not None or self.referred_to is not None

    def list_to_walk(self, program: Program) -> ReferralList:
        """A list of the provider that holds everything wanted, narrowed as far as it can."""
        if self.referrer is not None and program.does(Capability.REFERRALS_BY_REFERRER):
            return ReferralList(referrer_id=self.referrer.provider_id)
        if self.search is not None and program.does(Capability.REFERRAL_SEARCH):
            return ReferralList(search=self.search)
        return ReferralList()

    def found_in(self, index: ReferralIndex, walked: ReferralList) -> tuple[Referral, ...]:
        """The referrals of a walked list that meet the conditions."""
        return index.find(
            status=self.status,
            # A list that the provider searched holds what it found, by whatever fields.
            text=None if walked.search is not None else self.search,
            referrer_id=self.referrer.provider_id if self.referrer else None,
            first=self.referred_from,
            last=self.referred_to,
        )


async def connect_referrals(
    programs: Sequence[Program],
    context: Context,
    *,
    first: int,
    after: str | None,
    narrowed: ReferralFilter,
    count_all: bool,
) -> Connection[Referral]:
    """A page of referrals. Raises GatewayError for a cursor of another list."""
    if narrowed.referrer is not None:
        # A person is somebody in one program, so nobody was referred by them in another.
        programs = [p for p in programs if p.key == narrowed.referrer.program_key]

    async def read(program: Program, page: int) -> "Reading[Page[Referral]]":
        if narrowed.status is not None and narrowed.status not in program.provider.statuses:
            # The provider knows no such status: an empty list that costs no call.
            return Reading(Page((), has_next=False, total=0), None)
        if not narrowed.is_the_providers(program):
            walked = narrowed.list_to_walk(program)
            return await context.reports.referral_page(
                program,
                walked,
                lambda index: narrowed.found_in(index, walked),
                page,
                by_day=narrowed.has_days,
            )
        return await context.loaders.referrals_by_page.load(
            ReferralPage(
                program.key,
                page,
                narrowed.status,
                narrowed.search,
                narrowed.referrer.provider_id if narrowed.referrer else None,
            )
        )

    keys = [program.key for program in programs]
    bound_to = ids.binding(context.caller.name, "referrals", keys, narrowed.conditions)
    return await connect_pages(
        programs,
        read,
        first=first,
        after=None if after is None else ids.decode_cursor(after, bound_to, len(programs)),
        bound_to=bound_to,
        count_all=count_all,
        can=narrowed.can_be_applied_to,
    )
