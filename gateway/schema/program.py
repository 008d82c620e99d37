"""A program: its rules, its health, and everything that it has."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import Parent

from adapters import model
from adapters.errors import Unsupported
from adapters.provider import Health, Reading
from adapters.provider import Provider as ProviderObject
from gateway.lists.paging import Connection
from gateway.loaders import CodeKey, derived
from gateway.merge import Board, Listing, ask
from gateway.merge import SourceReport as Source
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
    ReferralCode,
    TimeZone,
    ToDay,
    referral_code,
)
from gateway.schema.claims import RewardClaimConnection, claim_connection
from gateway.schema.describing import field
from gateway.schema.enums import Capability, CompletionTrigger, HealthStatus, TimelineInterval
from gateway.schema.incentives import Incentive
from gateway.schema.node import Node
from gateway.schema.referrals import FilterArgument, ReferralConnection, referral_connection
from gateway.schema.reports import (
    CodeValidation,
    Interval,
    Leaderboard,
    Statistics,
    Timeline,
    TopReferrerList,
    ranked_board,
    ranked_records,
    timeline_of,
    total_statistics,
)
from gateway.schema.sources import ProviderError, SourceReport
from gateway.schema.tiers import TierList


@strawberry.type(
    description=(
        "A service that runs referral programs. A plain key and not an enum, so that a "
        "new provider is no change of the schema."
    )
)
class Provider:
    key: str = field("Short and stable, such as `piggy` or `pixlpay`.")
    name: str = field("The name to show to people.")


@strawberry.type(
    description=(
        "How a provider has been answering lately, as this gateway saw it. Asking "
        "costs no upstream call."
    )
)
class ProgramHealth:
    status: HealthStatus = field("Whether calls go through.")
    last_success_at: datetime | None = field(
        "When the provider last answered well; null when it never did."
    )
    last_error: ProviderError | None = field(
        "What went wrong last, while that is the latest outcome."
    )
    median_latency_ms: float | None = field(
        "The median time of recent calls, in milliseconds; null before the first."
    )
    calls_limit: int | None = field(
        "How many upstream calls a minute the program has; null when unlimited."
    )
    calls_remaining: int | None = field("How many of them are left now; null when unlimited.")
    allowance_resets_at: datetime | None = field(
        "When the allowance is full again; null when nobody says."
    )


@strawberry.type(description="What makes a referral count.")
class CompletionRule:
    trigger: CompletionTrigger = field("The event that is waited for.")
    transactions_required: int | None = field(
        "How many loyalty transactions it takes; set when the trigger is LOYALTY_TRANSACTIONS."
    )
    provider_type: str = field(
        "The event in the provider's own word, such as `loyalty_transaction`."
    )


@strawberry.type(description="A discount for people who come in through a referral.")
class WelcomeDiscount:
    is_enabled: bool = field("Whether newcomers get it now.")
    incentive: Incentive = field("What they get.")


@strawberry.type(description="The rules of a program.")
class ProgramSettings:
    is_enabled: bool | None = field("Whether the program runs. Pixlpay only.")
    completion_rule: CompletionRule | None = field("When a referral counts.")
    referral_limit_per_person: int | None = field(
        "How many referrals one person may make. Piggy only."
    )
    referrer_incentive: Incentive | None = field(
        "What the referrer gets for a completed referral. Null at Pixlpay, where tiers "
        "reward referrers."
    )
    referred_incentive: Incentive | None = field(
        "What the referred person gets: at Pixlpay the welcome discount while it is on."
    )
    welcome_discount: WelcomeDiscount | None = field(
        "The discount for newcomers, also while it is off. Pixlpay only."
    )
    source: SourceReport = field("Where this comes from and how old it is.")


class SourcedSettings(model.ProgramSettings, frozen=True, gc=False, kw_only=True):
    """A program's settings together with where they come from."""

    source: Source

    @classmethod
    def of(cls, settings: model.ProgramSettings, source: Source) -> "SourcedSettings":
        """Settings that come from there."""
        # By name: `asdict` takes four times as long.
        return cls(
            source=source,
            is_enabled=settings.is_enabled,
            completion_rule=settings.completion_rule,
            referral_limit_per_person=settings.referral_limit_per_person,
            referrer_incentive=settings.referrer_incentive,
            referred_incentive=settings.referred_incentive,
            welcome_discount=settings.welcome_discount,
        )


def _provider(root: Parent[ProgramObject]) -> type[ProviderObject]:
    return type(root.provider)


def _health(root: Parent[ProgramObject]) -> Health:
    return root.provider.health


def _settings(root: Parent[ProgramObject], info: Info) -> Any:
    def sourced(reading: "Reading[model.ProgramSettings | None]") -> "SourcedSettings | None":
        if reading.value is None:
            return None
        return SourcedSettings.of(reading.value, Source.of_reading(root, reading))

    return derived(info.context.loaders.settings_by_program.shared(root.key), sourced)


async def _referrals(
    root: Parent[ProgramObject],
    info: Info,
    first: First = 20,
    after: After = strawberry.UNSET,
    filter: FilterArgument = strawberry.UNSET,
) -> Connection[model.Referral]:
    return await referral_connection([root], info, first, after, filter)


async def tier_list(programs: list[ProgramObject], info: Info) -> Listing[model.Tier]:
    """The tiers of those programs, by program and then by position."""
    loader = info.context.loaders.tiers_by_program
    return Listing.of(await ask(programs, lambda program: loader.load(program.key)))


async def _tiers(root: Parent[ProgramObject], info: Info) -> Listing[model.Tier]:
    return await tier_list([root], info)


async def _claims(
    root: Parent[ProgramObject],
    info: Info,
    first: First = 20,
    after: After = strawberry.UNSET,
) -> Connection[model.RewardClaim]:
    return await claim_connection([root], info, first, after)


async def _statistics(root: Parent[ProgramObject], info: Info) -> StatisticsTotal:
    return await total_statistics([root], info)


async def _timeline(
    root: Parent[ProgramObject],
    info: Info,
    from_: FromDay = strawberry.UNSET,
    to: ToDay = strawberry.UNSET,
    interval: Interval = TimelineInterval.DAY,
    time_zone: TimeZone = "UTC",
) -> TimelineObject:
    return await timeline_of([root], info, from_, to, interval, time_zone)


async def _leaderboard(
    root: Parent[ProgramObject], info: Info, limit: Limit = 10
) -> Board[RankedReferrer]:
    return await ranked_board([root], info, limit)


async def _top_referrers(
    root: Parent[ProgramObject], info: Info, limit: Limit = 10
) -> Board[RankedRecord]:
    return await ranked_records([root], info, limit)


async def _code_validation(
    root: Parent[ProgramObject], info: Info, code: ReferralCode
) -> model.CodeValidation | None:
    key = CodeKey(root.key, referral_code(code))
    try:
        reading = await info.context.loaders.validation_by_code.load(key)
    except Unsupported:
        return None
    return reading.value


@strawberry.type(
    description=(
        "A referral program: one configured account at one provider. A provider may run several."
    )
)
class Program(Node):
    key: str = field("The key that the configuration gives the program, such as `pixlpay-eu`.")
    name: str = field("The name to show to people.")
    provider: Provider = field("Who runs the program.", resolver=_provider, cost=costs.single)
    capabilities: list[Capability] = field(
        "What this program can do through this gateway, whether its provider or the "
        "gateway does the work."
    )
    computed_capabilities: list[Capability] = field(
        "Those of `capabilities` that the gateway works out itself by reading through "
        "the program's lists. They cost more upstream calls, are cached longer and say "
        "`isComputed`."
    )
    health: ProgramHealth = field(
        "How the provider has been answering lately.", resolver=_health, cost=costs.single
    )
    settings: ProgramSettings | None = field(
        "The rules of the program; null with an error when they could not be read.",
        resolver=_settings,
        cost=prices.settings,
    )
    referrals: ReferralConnection = field(
        "The referrals of this program, in the provider's own order.",
        resolver=_referrals,
        cost=prices.referrals,
    )
    tiers: TierList = field(
        "The tiers of this program, by position.",
        resolver=_tiers,
        cost=prices.tiers,
        needs=Capability.TIERS,
    )
    claims: RewardClaimConnection = field(
        "The rewards claimed in this program, in the provider's own order.",
        resolver=_claims,
        cost=prices.claims,
        needs=Capability.CLAIMS,
    )
    statistics: Statistics = field(
        "The figures of this program.",
        resolver=_statistics,
        cost=prices.statistics,
        needs=Capability.STATISTICS,
    )
    timeline: Timeline = field(
        "Referrals by day, week or month.",
        resolver=_timeline,
        cost=prices.timeline,
        needs=Capability.TIMELINE,
    )
    leaderboard: Leaderboard = field(
        "Who referred the most people.",
        resolver=_leaderboard,
        cost=prices.leaderboard,
        needs=Capability.LEADERBOARD,
    )
    top_referrers: TopReferrerList = field(
        "The most successful referrers in detail.",
        resolver=_top_referrers,
        cost=prices.top_referrers,
        needs=Capability.TOP_REFERRERS,
    )
    code_validation: CodeValidation | None = field(
        "What this program says of a referral code.",
        resolver=_code_validation,
        cost=prices.code_validations,
        needs=Capability.CODE_VALIDATION,
    )
