"""Claimed rewards and lists of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Parent

from adapters import model
from gateway import ids
from gateway.caller import Scope
from gateway.lists.claims import connect_claims
from gateway.lists.paging import Connection
from gateway.programs import Program as ProgramObject
from gateway.schema import costs, prices
from gateway.schema.arguments import Info, given, page_length
from gateway.schema.describing import field
from gateway.schema.enums import TierKind
from gateway.schema.node import program_of
from gateway.schema.paging import PageInfo
from gateway.schema.people import Person
from gateway.schema.selection import selected_fields
from gateway.schema.sources import SourceReport
from gateway.schema.tiers import Tier

if TYPE_CHECKING:
    from gateway.schema.program import Program

# What a claim tells of its tier; any other field costs the program's tiers.
_TOLD = frozenset(
    {"__typename", "id", "providerId", "program", "kind", "name", "referralsRequired"}
)


def _id(root: Parent[model.RewardClaim]) -> str:
    return ids.encode(ids.Kind.CLAIM, root.program_key, root.provider_id)


async def _tier(root: Parent[model.RewardClaim], info: Info) -> model.Tier | None:
    claimed = root.tier
    if claimed is None:
        return None
    if not claimed.name or not selected_fields(info) <= _TOLD:
        tiers = await info.context.loaders.tiers_by_program.load(root.program_key)
        for tier in tiers.value:
            if tier.provider_id == claimed.provider_id:
                return tier
    return model.Tier(
        program_key=root.program_key,
        provider_id=claimed.provider_id,
        kind=TierKind.REFERRAL_REWARD,
        name=claimed.name or "",
        referrals_required=claimed.referrals_required,
    )


def _coupon_code(root: Parent[model.Coupon], info: Info) -> str | None:
    if not info.context.caller.sees_people:
        info.context.withhold("Coupon.code")
        return None
    return root.code


@strawberry.type(description="A code that takes something off a price.")
class Coupon:
    provider_id: str = field("The provider's own identifier.")
    code: str | None = field(
        "The code that a person enters.",
        resolver=_coupon_code,
        cost=costs.single,
        scope=Scope.PEOPLE_READ,
    )
    times_used: int | None = field("How often it has been used.")


@strawberry.type(description="A person claimed the reward of a tier.")
class RewardClaim:
    id: strawberry.ID = field(
        (
            "Opaque and stable, for caches. Not fetched again through `node`: the provider "
            "does not read one by id."
        ),
        resolver=_id,
        cost=costs.single,
    )
    provider_id: str = field("The program's own identifier of the claim.")
    program: Annotated["Program", strawberry.lazy("gateway.schema.program")] = field(
        "The program that the claim belongs to.", resolver=program_of, cost=costs.single
    )
    claimant: Person | None = field("Who claimed; null where the provider leaves it out.")
    tier: Tier | None = field(
        "The tier whose reward was claimed; null where the provider leaves it out.",
        resolver=_tier,
        cost=prices.claimed_tier,
    )
    coupon: Coupon | None = field("The coupon that was given out.")
    claimed_at: datetime | None = field("When it was claimed.")


@strawberry.type(description="A claimed reward in its place in a list.")
class RewardClaimEdge:
    cursor: str = field("Where in the list the claim stands.")
    node: RewardClaim = field("The claim.")


@strawberry.type(description="A page of claimed rewards.")
class RewardClaimConnection:
    edges: list[RewardClaimEdge] = field("The claims with their cursors.", cost=costs.items)
    nodes: list[RewardClaim] = field(
        "The claims without their cursors.", cost=costs.items, rows_of="span"
    )
    page_info: PageInfo = field("Where this page stands.")
    total_count: int | None = field(
        "How many there are in all; null unless every program asked says so."
    )
    sources: list[SourceReport] = field("How each program contributed.", cost=costs.sources)


async def claim_connection(
    programs: Sequence[ProgramObject], info: Info, first: int | None, after: str | None
) -> Connection[model.RewardClaim]:
    """A page of the claims of those programs, from the arguments as they came."""
    return await connect_claims(
        programs,
        info.context,
        first=page_length(first),
        after=given(after),
        count_all="totalCount" in selected_fields(info),
    )
