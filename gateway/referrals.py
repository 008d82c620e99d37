"""Lists of referrals, over one program or several, narrowed by what the providers can do."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date

from adapters.capability import Capability
from adapters.model import Page, Referral, ReferralStatus
from adapters.provider import Reading
from gateway import ids
from gateway.errors import ErrorCode, GatewayError
from gateway.loaders import Loaders, PersonKey, ReferralPage
from gateway.paging import Connection, connect_pages
from gateway.programs import Program


@dataclass(frozen=True, kw_only=True)
class ReferralFilter:
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

    def can_be_applied_by(self, program: Program) -> bool:
        """Whether the program can narrow its referrals by all of this."""
        if self.referred_from is not None or self.referred_to is not None:
            return False
        if self.search is not None and self.referrer is not None:
            return False
        if self.search is not None:
            return program.has(Capability.REFERRAL_SEARCH)
        if self.referrer is not None:
            return program.has(Capability.REFERRALS_BY_REFERRER)
        return True


async def connect_referrals(
    programs: Sequence[Program],
    loaders: Loaders,
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

    async def read(program: Program, page: int) -> Reading[Page[Referral]]:
        return await loaders.referrals_by_page.load(
            ReferralPage(
                program.key,
                page,
                narrowed.status,
                narrowed.search,
                narrowed.referrer.provider_id if narrowed.referrer else None,
            )
        )

    bound_to = ids.binding("referrals", [p.key for p in programs], astuple(narrowed))
    return await connect_pages(
        programs,
        read,
        first=first,
        after=None if after is None else ids.decode_cursor(after, bound_to, len(programs)),
        bound_to=bound_to,
        count_all=count_all,
        can=narrowed.can_be_applied_by,
    )
