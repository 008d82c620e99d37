"""Lists of claimed rewards: of programs, of a tier, of a person."""

from collections.abc import Sequence

from adapters.capability import Capability
from adapters.model import Page, Person, RewardClaim, Tier
from adapters.provider import Reading
from gateway import ids
from gateway.context import Context
from gateway.lists.paging import Connection, ReadPage, connect_pages
from gateway.loaders import ClaimPage
from gateway.programs import Program
from gateway.reports.finding import ClaimIndex


async def connect_claims(
    programs: Sequence[Program],
    context: Context,
    *,
    first: int,
    after: str | None,
    count_all: bool,
) -> Connection[RewardClaim]:
    """A page of programs' claims. Raises GatewayError for a cursor of another list."""

    async def read(program: Program, page: int) -> Reading[Page[RewardClaim]]:
        return await context.loaders.claims_by_page.load(ClaimPage(program.key, page))

    bound_to = ids.binding(context.caller.name, "claims", [program.key for program in programs])
    return await _connect(programs, read, first, after, bound_to, count_all)


async def connect_claims_of(
    owner: Person | Tier,
    context: Context,
    *,
    first: int,
    after: str | None,
    count_all: bool,
) -> Connection[RewardClaim]:
    """A page of the claims of a person or of a tier: no provider narrows claims, so its list is
    walked. Raises GatewayError for a cursor of another list."""
    program = context.programs[owner.program_key]
    name = ("claims of", type(owner).__name__, owner.provider_id)

    def find(index: ClaimIndex) -> tuple[RewardClaim, ...]:
        of = index.of_person if isinstance(owner, Person) else index.of_tier
        return of(owner.provider_id)

    async def read(program: Program, page: int) -> Reading[Page[RewardClaim]]:
        return await context.reports.claim_page(program, find, page)

    bound_to = ids.binding(context.caller.name, *name, program.key)
    return await _connect([program], read, first, after, bound_to, count_all)


async def _connect(
    programs: Sequence[Program],
    read: ReadPage[RewardClaim],
    first: int,
    after: str | None,
    bound_to: bytes,
    count_all: bool,
) -> Connection[RewardClaim]:
    return await connect_pages(
        programs,
        read,
        first=first,
        after=None if after is None else ids.decode_cursor(after, bound_to, len(programs)),
        bound_to=bound_to,
        count_all=count_all,
        can=lambda program: program.does(Capability.CLAIMS),
    )
