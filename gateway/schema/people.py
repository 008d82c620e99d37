"""People, with what an answer did not tell looked up when it is asked for."""

from collections.abc import Awaitable, Collection
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from msgspec import UNSET
from strawberry import Parent

from adapters import model
from adapters.errors import Failure, ProviderError, ProviderErrorCode
from adapters.provider import PersonField
from gateway.caller import Scope
from gateway.context import Context
from gateway.lists.claims import connect_claims_of
from gateway.lists.paging import Connection
from gateway.lists.referrals import ReferralFilter, connect_referrals
from gateway.loaders import PersonKey
from gateway.merge import Listing, SourceStatus
from gateway.merge import SourceReport as Source
from gateway.people.lookup import people_with_address
from gateway.people.profiles import completed, look_up, profile_of
from gateway.programs import Program as ProgramObject
from gateway.reports.people import tier_progress
from gateway.reports.tier_progress import TierProgress as Progress
from gateway.schema import costs, prices
from gateway.schema.arguments import After, First, Info, given, page_length
from gateway.schema.describing import field
from gateway.schema.enums import Capability, ReferralStatus
from gateway.schema.node import Node, program_of
from gateway.schema.selection import selected_fields
from gateway.schema.sources import SourceReport
from gateway.schema.tiers import Tier

if TYPE_CHECKING:
    from gateway.schema.claims import RewardClaimConnection
    from gateway.schema.program import Program
    from gateway.schema.referrals import Referral, ReferralConnection


def _value(person: model.Person, field: PersonField, info: Info) -> Any:
    """A field's value, or an awaitable of it where it has to be looked up."""
    value = getattr(person, field)
    if value is not UNSET:
        return value
    program = info.context.programs[person.program_key]
    return look_up(person, field, program, info.context.loaders)


def _completed(person: model.Person, fields: Collection[PersonField], context: Context) -> Any:
    """The person with these told (`ToldAs.by`)."""
    program = context.programs[person.program_key]
    return completed(person, fields, program, context.loaders)


def _name(root: Parent[model.Person], info: Info) -> Any:
    if not info.context.caller.sees_people:
        return info.context.withhold("Person.name")
    return _value(root, PersonField.NAME, info)


def _email(root: Parent[model.Person], info: Info) -> Any:
    if not info.context.caller.sees_people:
        return info.context.withhold("Person.email")
    return _value(root, PersonField.EMAIL, info)


def _referral_code(root: Parent[model.Person], info: Info) -> Any:
    if not info.context.caller.sees_people:
        return info.context.withhold("Person.referralCode")
    return _value(root, PersonField.REFERRAL_CODE, info)


def _loyalty_points(root: Parent[model.Person], info: Info) -> Any:
    return _value(root, PersonField.LOYALTY_POINTS, info)


def _tier(root: Parent[model.Person], info: Info) -> Any:
    return _value(root, PersonField.TIER, info)


async def _source(root: Parent[model.Person], info: Info) -> Source | None:
    program = info.context.programs[root.program_key]
    try:
        reading = await profile_of(root, info.context.loaders)
    except ProviderError as error:
        return Source.of_failure(program, error)
    return Source.of_reading(program, reading) if reading.value else None


async def _counterparts(root: Parent[model.Person], info: Info) -> Listing[model.Person]:
    others = [p for p in info.context.programs if p.key != root.program_key]
    if not info.context.caller.sees_people:
        # The list may not be null, and an error of its own would take the person with it.
        info.context.withhold("Person.counterparts")
        return Listing([], [_not_looked_at(program) for program in others])
    try:
        email = await _awaited(_email(root, info))
    except ProviderError as error:
        own = info.context.programs[root.program_key]
        return Listing([], [Source.of_failure(own, error)])
    if not email or not email.strip():
        return Listing([], [])
    return await people_with_address(email, others, info.context.loaders)


def _not_looked_at(program: ProgramObject) -> Source:
    why = Failure(
        code=ProviderErrorCode.FORBIDDEN,
        message=f"The caller lacks the scope {Scope.PEOPLE_READ}.",
        is_retryable=False,
        retry_after_seconds=None,
        provider_code=None,
    )
    return Source(program, SourceStatus.FAILED, is_complete=False, error=why)


async def _awaited(value: Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


async def _tier_progress(root: Parent[model.Person], info: Info) -> Progress | None:
    context = info.context
    program = context.programs[root.program_key]
    return await tier_progress(root, program, context.loaders, context.reports)


async def _referred_by(root: Parent[model.Person], info: Info) -> model.Referral | None:
    return await info.context.referral_by_referred.load(root)


Status = Annotated[ReferralStatus | None, strawberry.argument(description="Only this status.")]


async def _referrals(
    root: Parent[model.Person],
    info: Info,
    first: First = 20,
    after: After = strawberry.UNSET,
    status: Status = strawberry.UNSET,
) -> Connection[model.Referral]:
    return await connect_referrals(
        [info.context.programs[root.program_key]],
        info.context,
        first=page_length(first),
        after=given(after),
        narrowed=ReferralFilter(
            status=given(status), referrer=PersonKey(root.program_key, root.provider_id)
        ),
        count_all="totalCount" in selected_fields(info),
    )


async def _claims(
    root: Parent[model.Person], info: Info, first: First = 20, after: After = strawberry.UNSET
) -> Connection[model.RewardClaim]:
    return await connect_claims_of(
        root,
        info.context,
        first=page_length(first),
        after=given(after),
        count_all="totalCount" in selected_fields(info),
    )


@strawberry.type(description="Where a referrer stands among the tiers that referrals earn.")
class TierProgress:
    successful_referrals: int = field("How many successful referrals the person has made.")
    reached: Tier | None = field("The highest active tier reached; null before the first.")
    next: Tier | None = field("The next active tier; null when there is none above.")
    remaining: int | None = field(
        "How many more successful referrals the next tier takes; null when there is none above."
    )
    source: SourceReport = field("Where this comes from, how old it is and whether it is complete.")


@strawberry.type(
    description=(
        "A person in one program: a contact at Piggy, a customer at Pixlpay. The same "
        "human being in two programs is two people here."
    )
)
class Person(Node):
    provider_id: str = field("The program's own identifier of the person.")
    program: Annotated["Program", strawberry.lazy("gateway.schema.program")] = field(
        "The program that knows the person.", resolver=program_of, cost=costs.single
    )
    name: str | None = field(
        (
            "The name to show. Piggy knows it on the contact alone, which costs one "
            "upstream call a person."
        ),
        resolver=_name,
        cost=costs.single,
        looks_up={PersonField.NAME},
        told_as=PersonField.NAME,
        told_by=_completed,
        scope=Scope.PEOPLE_READ,
    )
    email: str | None = field(
        "The e-mail address, where the provider gives it.",
        resolver=_email,
        cost=costs.single,
        looks_up={PersonField.EMAIL},
        told_as=PersonField.EMAIL,
        told_by=_completed,
        scope=Scope.PEOPLE_READ,
    )
    referral_code: str | None = field(
        ("The code that the person shares with others. Piggy knows it on the contact alone."),
        resolver=_referral_code,
        cost=costs.single,
        looks_up={PersonField.REFERRAL_CODE},
        told_as=PersonField.REFERRAL_CODE,
        told_by=_completed,
        scope=Scope.PEOPLE_READ,
    )
    loyalty_points: int | None = field(
        "Points on the person's loyalty account. Piggy only.",
        resolver=_loyalty_points,
        cost=costs.single,
        looks_up={PersonField.LOYALTY_POINTS},
        told_as=PersonField.LOYALTY_POINTS,
        told_by=_completed,
        needs=Capability.PERSON_PROFILES,
    )
    tier_progress: TierProgress | None = field(
        "How far the person is from the next referral tier. Pixlpay only.",
        resolver=_tier_progress,
        cost=prices.tier_progress,
        needs=Capability.TIER_PROGRESS,
    )
    counterparts: "PersonList" = field(
        (
            "The people with the same e-mail address in the other programs, letter case "
            "ignored. A hint, not proof: addresses change and are shared."
        ),
        resolver=_counterparts,
        cost=prices.counterparts,
        looks_up={PersonField.EMAIL},
        needs=Capability.PERSON_LOOKUP,
        scope=Scope.PEOPLE_READ,
    )
    referred_by: Annotated["Referral", strawberry.lazy("gateway.schema.referrals")] | None = field(
        (
            "The referral that brought this person in; null when nobody did, or when it "
            "cannot be told."
        ),
        resolver=_referred_by,
        cost=prices.referred_by,
    )
    source: SourceReport | None = field(
        (
            "Where the profile (name, code, points) comes from and how old it is; costs "
            "the profile's call."
        ),
        resolver=_source,
        cost=costs.single,
        looks_up=PersonField,
    )
    tier: Tier | None = field(
        ("The tier that the person is in; null without an error when in none. Piggy only."),
        resolver=_tier,
        cost=costs.single,
        looks_up={PersonField.TIER},
        needs=Capability.PERSON_TIERS,
    )
    referrals: Annotated["ReferralConnection", strawberry.lazy("gateway.schema.referrals")] = field(
        "The referrals that the person has made.",
        resolver=_referrals,
        cost=prices.referrals_of_people,
    )
    claims: Annotated["RewardClaimConnection", strawberry.lazy("gateway.schema.claims")] = field(
        "The rewards that the person has claimed.",
        resolver=_claims,
        cost=prices.claims_of,
        needs=Capability.CLAIMS,
    )


@strawberry.type(description="People of one or more programs; few, so without pages.")
class PersonList:
    nodes: list[Person] = field("The people.", cost=costs.items)
    sources: list[SourceReport] = field("How each program contributed.", cost=costs.sources)
