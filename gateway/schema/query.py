"""The root of every read."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from adapters import model
from adapters.errors import Unsupported
from gateway import ids
from gateway.caller import Scope
from gateway.errors import ErrorCode, GatewayError
from gateway.lists.paging import Connection
from gateway.loaders import PersonKey
from gateway.merge import Board, Listing
from gateway.people.lookup import people_with_address
from gateway.programs import Program as ProgramObject
from gateway.reports.boards import RankedRecord, RankedReferrer
from gateway.reports.statistics import StatisticsTotal
from gateway.reports.timeline import Timeline as TimelineObject
from gateway.schema import costs, prices
from gateway.schema.arguments import (
    After,
    First,
    FromDay,
    Info,
    Limit,
    ProgramKeys,
    ReferralCode,
    TimeZone,
    ToDay,
    email_address,
    given,
)
from gateway.schema.claims import RewardClaimConnection, claim_connection
from gateway.schema.describing import described, field
from gateway.schema.enums import Capability, TimelineInterval
from gateway.schema.node import Node
from gateway.schema.people import PersonList
from gateway.schema.program import Program, tier_list
from gateway.schema.referrals import FilterArgument, ReferralConnection, referral_connection
from gateway.schema.reports import (
    CodeValidationList,
    Interval,
    Leaderboard,
    Statistics,
    Timeline,
    TopReferrerList,
    code_validations,
    ranked_board,
    ranked_records,
    timeline_of,
    total_statistics,
)
from gateway.schema.tiers import TierList
from gateway.schema.viewer import Viewer, viewer

MOST_NODES = 100


def _argument(text: str, scope: Scope | None = None) -> object:
    return strawberry.argument(**described(text, scope=scope))


Refetchable = ProgramObject | model.Tier | model.Person


async def _node(
    info: Info, id: Annotated[strawberry.ID, _argument("The `id` of any object.")]
) -> Refetchable | None:
    return await _fetch(id, info)


def _nodes(
    info: Info, ids: Annotated[list[strawberry.ID], _argument("At most 100.")]
) -> list[Awaitable[Refetchable | None]]:
    if len(ids) > MOST_NODES:
        raise GatewayError(
            ErrorCode.BAD_USER_INPUT, f"`ids` takes at most {MOST_NODES}, not {len(ids)}."
        )
    # Awaited one by one by the executor, so that each fails in its own place.
    return [_fetch(id_, info) for id_ in ids]


async def _fetch(text: str, info: Info) -> Refetchable | None:
    kind, program_key, local = ids.decode(text)
    program = info.context.programs.get(program_key)
    if program is None:
        return None
    loaders = info.context.loaders
    match kind:
        case ids.Kind.PROGRAM:
            return program if not local else None
        case ids.Kind.PERSON:
            return (await loaders.profile_by_person.load(PersonKey(program_key, local))).value
        case ids.Kind.TIER:
            try:
                tiers = (await loaders.tiers_by_program.load(program_key)).value
            except Unsupported:
                return None
            return next((tier for tier in tiers if tier.provider_id == local), None)
    return None


def _programs(
    info: Info,
    provider: Annotated[
        str | None, _argument("Only those of one provider, by its key.")
    ] = strawberry.UNSET,
) -> list[ProgramObject]:
    wanted = given(provider)
    return [p for p in info.context.programs if wanted is None or p.provider.key == wanted]


def _program(
    info: Info, key: Annotated[str, _argument("Such as `pixlpay-eu`.")]
) -> ProgramObject | None:
    return info.context.programs.get(key)


async def _referrals(
    info: Info,
    first: First = 20,
    after: After = strawberry.UNSET,
    filter: FilterArgument = strawberry.UNSET,
    programs: ProgramKeys = strawberry.UNSET,
) -> Connection[model.Referral]:
    return await referral_connection(_selected(info, programs), info, first, after, filter)


async def _claims(
    info: Info,
    first: First = 20,
    after: After = strawberry.UNSET,
    programs: ProgramKeys = strawberry.UNSET,
) -> Connection[model.RewardClaim]:
    return await claim_connection(_selected(info, programs), info, first, after)


async def _tiers(info: Info, programs: ProgramKeys = strawberry.UNSET) -> Listing[model.Tier]:
    return await tier_list(_selected(info, programs), info)


async def _statistics(info: Info, programs: ProgramKeys = strawberry.UNSET) -> StatisticsTotal:
    return await total_statistics(_selected(info, programs), info)


async def _timeline(
    info: Info,
    from_: FromDay = strawberry.UNSET,
    to: ToDay = strawberry.UNSET,
    interval: Interval = TimelineInterval.DAY,
    time_zone: TimeZone = "UTC",
    programs: ProgramKeys = strawberry.UNSET,
) -> TimelineObject:
    return await timeline_of(_selected(info, programs), info, from_, to, interval, time_zone)


async def _people(
    info: Info,
    email: Annotated[str, _argument("The whole address.")],
    programs: ProgramKeys = strawberry.UNSET,
) -> Listing[model.Person]:
    info.context.require(Scope.PEOPLE_READ, "`people`")
    return await people_with_address(
        email_address(email), _selected(info, programs), info.context.loaders
    )


async def _leaderboard(
    info: Info, limit: Limit = 10, programs: ProgramKeys = strawberry.UNSET
) -> Board[RankedReferrer]:
    return await ranked_board(_selected(info, programs), info, limit)


async def _top_referrers(
    info: Info,
    limit: Limit = 10,
    combine_by_email: Annotated[
        bool,
        _argument(
            "Count people of several programs who share an e-mail address as one.",
            scope=Scope.PEOPLE_READ,
        ),
    ] = False,
    programs: ProgramKeys = strawberry.UNSET,
) -> Board[RankedRecord]:
    if combine_by_email:
        info.context.require(Scope.PEOPLE_READ, "`combineByEmail`")
    return await ranked_records(
        _selected(info, programs), info, limit, combine_by_email=combine_by_email
    )


async def _code_validations(
    info: Info, code: ReferralCode, programs: ProgramKeys = strawberry.UNSET
) -> Listing[model.CodeValidation]:
    return await code_validations(_selected(info, programs), info, code)


def _selected(info: Info, keys: list[str] | None) -> list[ProgramObject]:
    return info.context.programs.select(given(keys))


@strawberry.type(
    description=(
        "The referral programs of several providers, read and steered through one "
        "schema.\n\nNullability: a field is non-null only when the gateway can always "
        "answer it. Anything a provider may leave out is nullable. A list or "
        "connection that is filled from upstream is itself non-null and reports on "
        "each program in `sources`, so one failing provider never blanks another's "
        "data. A single object that needs its own upstream call (`Program.settings`, "
        "`Person.tier`) is nullable: null with an entry in `errors` means the call "
        "failed, null without one means that the program has no such thing.\n\n"
        "Evolution: fields are added, never repurposed. A field goes away only after "
        'it has carried `@deprecated(reason: "Use `x`. Removal on YYYY-MM-DD UTC.")` '
        "for at least 90 days."
    )
)
class Query:
    viewer: Viewer = field(
        "Whoever asks, and what they may do.", resolver=viewer, cost=costs.single
    )
    node: Node | None = field(
        "Any object by its identifier; null when it is not known (any more).",
        resolver=_node,
        cost=prices.refetched,
    )
    nodes: list[Node | None] = field(
        (
            "Several objects by their identifiers, in the order asked for, null where one "
            "is not known."
        ),
        resolver=_nodes,
        cost=prices.refetched,
    )
    programs: list[Program] = field(
        "Every configured program, in the order of the configuration.",
        resolver=_programs,
        cost=prices.programs,
    )
    program: Program | None = field(
        "One program by the key that the configuration gives it.",
        resolver=_program,
        cost=costs.single,
    )
    referrals: ReferralConnection = field(
        (
            "Referrals of several programs in one list. Programs take turns, each in its "
            "provider's own order: not every provider dates its referrals, so no order by "
            "time is promised."
        ),
        resolver=_referrals,
        cost=prices.referrals,
    )
    claims: RewardClaimConnection = field(
        (
            "Rewards claimed in several programs. Programs take turns, each in its "
            "provider's own order."
        ),
        resolver=_claims,
        cost=prices.claims,
    )
    tiers: TierList = field(
        "The tiers of several programs, by program and then by position.",
        resolver=_tiers,
        cost=prices.tiers,
    )
    statistics: Statistics = field(
        "Figures added up over several programs.", resolver=_statistics, cost=prices.statistics
    )
    timeline: Timeline = field(
        "Referrals of several programs by day, week or month.",
        resolver=_timeline,
        cost=prices.timeline,
    )
    people: PersonList = field(
        ("Everyone known by an e-mail address, letter case ignored, one person a program."),
        resolver=_people,
        cost=prices.people,
        needs=Capability.PERSON_LOOKUP,
        scope=Scope.PEOPLE_READ,
    )
    leaderboard: Leaderboard = field(
        "Who referred the most people, ranked over several programs.",
        resolver=_leaderboard,
        cost=prices.leaderboard,
    )
    top_referrers: TopReferrerList = field(
        "The most successful referrers in detail, ranked over several programs.",
        resolver=_top_referrers,
        cost=prices.top_referrers,
    )
    code_validations: CodeValidationList = field(
        "What each program says of a referral code. Checking a code changes nothing.",
        resolver=_code_validations,
        cost=prices.code_validations,
    )
