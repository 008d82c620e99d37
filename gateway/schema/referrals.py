"""Referrals and lists of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Parent

from adapters import model
from gateway import ids
from gateway.caller import Scope
from gateway.errors import ErrorCode, GatewayError
from gateway.lists.paging import Connection
from gateway.lists.referrals import ReferralFilter as Filter
from gateway.lists.referrals import connect_referrals
from gateway.loaders import PersonKey
from gateway.programs import Program as ProgramObject
from gateway.schema import costs
from gateway.schema.arguments import Info, given, page_length, search_text
from gateway.schema.describing import field, input_field
from gateway.schema.enums import Capability, ReferralStatus
from gateway.schema.node import program_of
from gateway.schema.paging import PageInfo
from gateway.schema.people import Person
from gateway.schema.selection import selected_fields
from gateway.schema.sources import SourceReport

if TYPE_CHECKING:
    from gateway.schema.program import Program


def _id(root: Parent[model.Referral]) -> str:
    return ids.encode(ids.Kind.REFERRAL, root.program_key, root.identity)


@strawberry.type(description="One person brought another into a program.")
class Referral:
    id: strawberry.ID = field(
        (
            "Opaque and stable, for caches. Not fetched again through `node`: neither "
            "provider reads one by id."
        ),
        resolver=_id,
        cost=costs.single,
    )
    provider_id: str = field("The program's own identifier of the referral.")
    program: Annotated["Program", strawberry.lazy("gateway.schema.program")] = field(
        "The program that the referral belongs to.", resolver=program_of, cost=costs.single
    )
    referrer: Person | None = field("Who shared the code; null where the provider leaves it out.")
    referred: Person | None = field("Who used the code; null where the provider leaves it out.")
    status: ReferralStatus = field("How far the referral has come.")
    provider_status: str = field("The status in the provider's own word, such as `successful`.")
    referred_at: datetime | None = field("When the referred person used the code. Pixlpay only.")
    first_order_at: datetime | None = field(
        "When the referred person first paid an order. Pixlpay only."
    )


@strawberry.type(description="A referral in its place in a list.")
class ReferralEdge:
    cursor: str = field("Where in the list the referral stands.")
    node: Referral = field("The referral.")


@strawberry.type(description="A page of referrals.")
class ReferralConnection:
    edges: list[ReferralEdge] = field("The referrals with their cursors.", cost=costs.items)
    nodes: list[Referral] = field(
        "The referrals without their cursors.", cost=costs.items, rows_of="span"
    )
    page_info: PageInfo = field("Where this page stands.")
    total_count: int | None = field(
        "How many there are in all; null unless every program says so. Piggy does not. "
        "Selecting it asks every program."
    )
    sources: list[SourceReport] = field("How each program contributed.", cost=costs.sources)


@strawberry.input(description="Conditions that a referral must meet, all of them.")
class ReferralFilter:
    status: ReferralStatus | None = input_field(
        "Only this status. `UNKNOWN` cannot be asked for.", optional=True
    )
    search: str | None = input_field(
        "Part of a name or an e-mail address; at Piggy of the e-mail address alone.",
        optional=True,
        needs=Capability.REFERRAL_SEARCH,
        scope=Scope.PEOPLE_READ,
    )
    referred_from: date | None = input_field(
        "Only referrals made on this day or later, in UTC.",
        optional=True,
        needs=Capability.REFERRAL_DATES,
    )
    referred_to: date | None = input_field(
        "Only referrals made on this day or earlier, in UTC.",
        optional=True,
        needs=Capability.REFERRAL_DATES,
    )
    referrer_id: strawberry.ID | None = input_field(
        (
            "Only referrals made by this person. Where the provider cannot list them "
            "itself, the gateway looks through the program's referrals."
        ),
        optional=True,
    )

    def meaning(self) -> Filter:
        """The conditions, with what was left out as no condition."""
        referrer = given(self.referrer_id)
        search = given(self.search)
        return Filter(
            status=given(self.status),
            search=search_text(search) if search else None,
            referred_from=given(self.referred_from),
            referred_to=given(self.referred_to),
            referrer=None if referrer is None else _person_key(referrer),
        )


FilterArgument = Annotated[
    ReferralFilter | None, strawberry.argument(description="Narrows the referrals.")
]


def _person_key(text: str) -> PersonKey:
    kind, program_key, local = ids.decode(text)
    if kind is not ids.Kind.PERSON:
        raise GatewayError(ErrorCode.INVALID_ID, "`referrerId` is not the id of a person.")
    return PersonKey(program_key, local)


async def referral_connection(
    programs: Sequence[ProgramObject],
    info: Info,
    first: int | None,
    after: str | None,
    narrowed: ReferralFilter | None,
) -> Connection[model.Referral]:
    """A page of the referrals of those programs, from the arguments as they came."""
    meaning = narrowed.meaning() if narrowed else Filter()
    if meaning.search is not None:
        info.context.require(Scope.PEOPLE_READ, "`search`")
    return await connect_referrals(
        programs,
        info.context,
        first=page_length(first),
        after=given(after),
        narrowed=meaning,
        count_all="totalCount" in selected_fields(info),
    )
