"""Figures, timelines, boards and what programs say of codes."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Parent

from adapters import model
from gateway.caller import Scope
from gateway.loaders import CodeKey
from gateway.merge import Board, Listing, ask, sources, values
from gateway.programs import Program as ProgramObject
from gateway.reports.boards import RankedRecord, RankedReferrer, rank_board, rank_records
from gateway.reports.statistics import StatisticsTotal, add_up
from gateway.reports.timeline import Timeline as TimelineObject
from gateway.reports.timeline import lay_out, span_of
from gateway.schema import costs
from gateway.schema.arguments import Info, board_length, given, referral_code
from gateway.schema.describing import field
from gateway.schema.enums import TimelineInterval
from gateway.schema.incentives import Money
from gateway.schema.node import program_of
from gateway.schema.people import Person
from gateway.schema.sources import SourceReport

if TYPE_CHECKING:
    from gateway.schema.program import Program


@strawberry.type(
    description=(
        "Figures over one or more programs, each added up over the programs that give "
        "it; null when none does. `sources` tells which were asked."
    )
)
class Statistics:
    total_referrals: int | None = field("How many people were referred.")
    successful_referrals: int | None = field("How many of them completed.")
    pending_referrals: int | None = field("How many still have to meet the completion rule.")
    failed_referrals: int | None = field("How many will not complete. Piggy only.")
    conversion_percent: float | None = field(
        "The completed ones in percent of all, 0 to 100; over several programs worked out anew."
    )
    rewards_claimed: int | None = field("How many rewards were claimed.")
    used_coupons_value: list[Money] = field(
        "What used referral coupons were worth, one amount a currency; an amount of "
        "unknown currency stands alone.",
        cost=costs.items,
    )
    sources: list[SourceReport] = field("How each program contributed.", cost=costs.sources)


@strawberry.type(description="One interval of a timeline.")
class TimelinePoint:
    date: dt.date = field("The first day of the interval.")
    referred: int = field("How many people were referred in it.")
    completed: int = field("How many referrals completed in it.")


@strawberry.type(
    description=(
        "Referrals over time. Programs whose provider does not date referrals are left "
        "out and say so."
    )
)
class Timeline:
    points: list[TimelinePoint] = field(
        "One point an interval, earliest first, without gaps.", cost=costs.items
    )
    sources: list[SourceReport] = field("How each program contributed.", cost=costs.sources)


@strawberry.type(description="A referrer in a place.")
class LeaderboardEntry:
    rank: int = field("The place, from 1; equal counts share one.")
    person: Person = field("Who referred.")
    referral_count: int = field(
        "How many referrals the program counts for the board: the completed ones where "
        "the gateway counts; Pixlpay does not say which it counts."
    )


@strawberry.type(description="Referrers, ranked.")
class Leaderboard:
    entries: list[LeaderboardEntry] = field("The entries, best first.", cost=costs.items)
    sources: list[SourceReport] = field("How each program contributed.", cost=costs.sources)


@strawberry.type(description="A referrer in a place, in detail.")
class TopReferrer:
    rank: int = field("The place by successful referrals, from 1; equal counts share one.")
    people: list[Person] = field(
        "Who referred: one person, or with `combineByEmail` one a program.",
        cost=costs.items,
    )
    total_referrals: int = field("How many people they referred.")
    successful_referrals: int = field("How many of those completed.")
    rewards_claimed: int | None = field(
        "How many rewards they claimed; null where no program says."
    )


@strawberry.type(description="Referrers in detail, ranked.")
class TopReferrerList:
    entries: list[TopReferrer] = field("The entries, best first.", cost=costs.items)
    sources: list[SourceReport] = field("How each program contributed.", cost=costs.sources)


def _code_owner(root: Parent[model.CodeValidation], info: Info) -> model.Person | None:
    if not info.context.caller.sees_people:
        info.context.withhold("CodeValidation.referrer")
        return None
    return root.referrer


@strawberry.type(description="What a program says of a referral code.")
class CodeValidation:
    program: Annotated["Program", strawberry.lazy("gateway.schema.program")] = field(
        "The program that was asked.", resolver=program_of, cost=costs.single
    )
    code: str = field("The code that was asked about.")
    is_valid: bool = field("Whether the code can be used.")
    referrer: Person | None = field(
        "Whose code it is.", resolver=_code_owner, cost=costs.single, scope=Scope.PEOPLE_READ
    )
    reason: str | None = field("Why it cannot be used, in the provider's words.")


@strawberry.type(description="What several programs say of a referral code.")
class CodeValidationList:
    nodes: list[CodeValidation] = field(
        "One answer for each program that could give one.", cost=costs.items
    )
    sources: list[SourceReport] = field("How each program contributed.", cost=costs.sources)


Interval = Annotated[
    TimelineInterval,
    strawberry.argument(
        description=(
            "How long each point is. At most 1,000 points; the first may begin before `from`."
        )
    ),
]


async def timeline_of(
    programs: Sequence[ProgramObject],
    info: Info,
    from_: dt.date | None,
    to: dt.date | None,
    interval: TimelineInterval,
    time_zone: str,
) -> TimelineObject:
    """The referrals of those programs by day, week or month, from the arguments as they came."""
    context = info.context
    span = span_of(given(from_), given(to), interval, time_zone, context.now)
    told = await ask(programs, lambda program: context.reports.days(program, span.zone))
    return TimelineObject(lay_out(span, values(told)), sources(told))


async def total_statistics(programs: Sequence[ProgramObject], info: Info) -> StatisticsTotal:
    """The figures of those programs, added up."""
    told = await ask(programs, info.context.reports.statistics)
    return add_up(values(told), sources(told))


async def ranked_board(
    programs: Sequence[ProgramObject], info: Info, limit: int
) -> Board[RankedReferrer]:
    """The leaderboard of those programs, from the argument as it came."""
    limit = board_length(limit)
    told = await ask(programs, info.context.reports.leaderboard)
    return Board(rank_board(values(told), limit), sources(told))


async def ranked_records(
    programs: Sequence[ProgramObject], info: Info, limit: int, *, combine_by_email: bool = False
) -> Board[RankedRecord]:
    """The top referrers of those programs, from the arguments as they came."""
    limit = board_length(limit)
    reports = info.context.reports
    read = reports.combinable_referrers if combine_by_email else reports.top_referrers
    told = await ask(programs, read)
    ranked = rank_records(values(told), limit, combine_by_email=combine_by_email)
    return Board(ranked, sources(told))


async def code_validations(
    programs: Sequence[ProgramObject], info: Info, code: str
) -> Listing[model.CodeValidation]:
    """What each of those programs says of a code, from the argument as it came."""
    code = referral_code(code)
    loader = info.context.loaders.validation_by_code
    told = await ask(programs, lambda program: loader.load(CodeKey(program.key, code)))
    return Listing(values(told), sources(told))
