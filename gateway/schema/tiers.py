"""Tiers of both kinds."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Parent

from adapters import model
from gateway.lists.claims import connect_claims_of
from gateway.lists.paging import Connection
from gateway.schema import costs, prices
from gateway.schema.arguments import After, First, Info, given, page_length
from gateway.schema.describing import field
from gateway.schema.enums import Capability, TierKind
from gateway.schema.incentives import Incentive
from gateway.schema.node import Node, program_of
from gateway.schema.selection import selected_fields
from gateway.schema.sources import SourceReport

if TYPE_CHECKING:
    from gateway.schema.claims import RewardClaimConnection
    from gateway.schema.program import Program


async def _claims(
    root: Parent[model.Tier], info: Info, first: First = 20, after: After = strawberry.UNSET
) -> Connection[model.RewardClaim]:
    return await connect_claims_of(
        root,
        info.context,
        first=page_length(first),
        after=given(after),
        count_all="totalCount" in selected_fields(info),
    )


@strawberry.type(
    description=(
        "A rank that people reach: at Pixlpay by referring others, at Piggy by what "
        "the contact does."
    )
)
class Tier(Node):
    provider_id: str = field("The program's own identifier of the tier.")
    program: Annotated["Program", strawberry.lazy("gateway.schema.program")] = field(
        "The program that the tier belongs to.", resolver=program_of, cost=costs.single
    )
    kind: TierKind = field("How people come into the tier.")
    name: str = field("The name to show to people.")
    description: str | None = field("What the tier is about.")
    position: int | None = field("Where the tier stands among the others, lowest first.")
    referrals_required: int | None = field("How many successful referrals it takes. Pixlpay only.")
    reward: Incentive | None = field("What a person gets for reaching the tier. Pixlpay only.")
    coupon_validity_days: int | None = field(
        "For how many days the coupon can be used once claimed. Pixlpay only."
    )
    is_active: bool | None = field("Whether people can reach the tier now. Pixlpay only.")
    claims_count: int | None = field("How often the tier has been claimed. Pixlpay only.")
    claims: Annotated["RewardClaimConnection", strawberry.lazy("gateway.schema.claims")] = field(
        "The claims of this tier.", resolver=_claims, cost=prices.claims_of, needs=Capability.CLAIMS
    )
    created_at: datetime | None = field(
        "When the tier was made; known right after making it. Pixlpay only."
    )
    updated_at: datetime | None = field(
        "When the tier was last changed; known right after making it. Pixlpay only."
    )


@strawberry.type(description="Tiers of one or more programs; few, so without pages.")
class TierList:
    nodes: list[Tier] = field("The tiers.", cost=costs.items)
    sources: list[SourceReport] = field("How each program contributed.", cost=costs.sources)
