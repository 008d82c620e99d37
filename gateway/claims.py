"""Lists of claimed rewards, over one program or several."""

from collections.abc import Sequence

from adapters.capability import Capability
from adapters.model import Page, RewardClaim
from adapters.provider import Reading
from gateway import ids
from gateway.loaders import ClaimPage, Loaders
from gateway.paging import Connection, connect_pages
from gateway.programs import Program


async def connect_claims(
    programs: Sequence[Program],
    loaders: Loaders,
    *,
    first: int,
    after: str | None,
    count_all: bool,
) -> Connection[RewardClaim]:
    """A page of claims. Raises GatewayError for a cursor of another list."""

    async def read(program: Program, page: int) -> Reading[Page[RewardClaim]]:
        return await loaders.claims_by_page.load(ClaimPage(program.key, page))

    bound_to = ids.binding("claims", [program.key for program in programs])
    return await connect_pages(
        programs,
        read,
        first=first,
        after=None if after is None else ids.decode_cursor(after, bound_to, len(programs)),
        bound_to=bound_to,
        count_all=count_all,
        can=lambda program: program.has(Capability.CLAIMS),
    )
