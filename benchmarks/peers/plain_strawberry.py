"""Strawberry as its guide has it: annotated types, resolvers, a dataloader, its ASGI application.

uvicorn benchmarks.peers.plain_strawberry:application
"""

import asyncio
from enum import Enum
from typing import Any

import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from benchmarks.peers import plain_upstream as upstream
from benchmarks.peers.plain_upstream import PIXLPAY, SHOPS, Shop


@strawberry.enum
class ReferralStatus(Enum):
    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class CompletionTrigger(Enum):
    SIGNUP = "SIGNUP"
    FIRST_PURCHASE = "FIRST_PURCHASE"
    LOYALTY_TRANSACTIONS = "LOYALTY_TRANSACTIONS"


@strawberry.enum
class SourceStatus(Enum):
    FRESH = "FRESH"
    FAILED = "FAILED"


Profiles = DataLoader[tuple[str, str], upstream.Person]
Info = strawberry.Info[dict[str, Any], None]


@strawberry.type
class Person:
    provider_id: str
    email: str | None
    known: strawberry.Private[upstream.Person]
    shop: strawberry.Private[Shop]

    @strawberry.field
    async def name(self, info: Info) -> str | None:
        return (await self._profile(info)).name

    @strawberry.field
    async def referral_code(self, info: Info) -> str | None:
        return (await self._profile(info)).referral_code

    @strawberry.field
    async def loyalty_points(self, info: Info) -> int | None:
        return (await self._profile(info)).loyalty_points

    async def _profile(self, info: Info) -> upstream.Person:
        if self.known.name is not None:
            return self.known
        profiles: Profiles = info.context["profiles"]
        return await profiles.load((self.shop.key, self.provider_id))


@strawberry.type
class Referral:
    provider_id: str
    status: ReferralStatus
    referred_at: str | None  # as it came
    referrer: Person | None
    referred: Person | None


@strawberry.type
class SourceReport:
    status: SourceStatus
    is_complete: bool


@strawberry.type
class ReferralConnection:
    nodes: list[Referral]
    sources: list[SourceReport]


@strawberry.type
class Incentive:
    summary: str


@strawberry.type
class CompletionRule:
    trigger: CompletionTrigger
    transactions_required: int | None


@strawberry.type
class ProgramSettings:
    is_enabled: bool | None
    completion_rule: CompletionRule | None
    referrer_incentive: Incentive | None
    referred_incentive: Incentive | None


@strawberry.type
class Tier:
    provider_id: str
    name: str
    position: int | None
    referrals_required: int | None
    reward: Incentive | None


@strawberry.type
class TierList:
    nodes: list[Tier]


@strawberry.type
class Provider:
    key: str
    name: str


@strawberry.input
class ReferralFilter:
    status: ReferralStatus | None = None


def _incentive(summary: str | None) -> Incentive | None:
    return Incentive(summary=summary) if summary else None


def _person(known: upstream.Person | None, shop: Shop) -> Person | None:
    if known is None:
        return None
    return Person(provider_id=known.provider_id, email=known.email, known=known, shop=shop)


@strawberry.type
class Program:
    key: str
    name: str
    provider: Provider
    shop: strawberry.Private[Shop]

    @strawberry.field
    async def settings(self) -> ProgramSettings | None:
        told = await self.shop.settings()
        return ProgramSettings(
            is_enabled=told.is_enabled,
            completion_rule=CompletionRule(
                trigger=CompletionTrigger(told.trigger),
                transactions_required=told.transactions_required,
            ),
            referrer_incentive=_incentive(told.referrer_incentive),
            referred_incentive=_incentive(told.referred_incentive),
        )

    @strawberry.field
    async def tiers(self) -> TierList:
        return TierList(
            nodes=[
                Tier(
                    provider_id=tier.provider_id,
                    name=tier.name,
                    position=tier.position,
                    referrals_required=tier.referrals_required,
                    reward=_incentive(tier.reward),
                )
                for tier in await self.shop.tiers()
            ]
        )

    @strawberry.field
    async def referrals(
        self,
        first: int = 20,
        filter: ReferralFilter | None = None,  # noqa: A002 - the schema's name
    ) -> ReferralConnection:
        status = filter.status.value if filter and filter.status else None
        rows = (await self.shop.referrals(status))[:first]
        return ReferralConnection(
            nodes=[
                Referral(
                    provider_id=row.provider_id,
                    status=ReferralStatus(row.status),
                    referred_at=row.referred_at,
                    referrer=_person(row.referrer, self.shop),
                    referred=_person(row.referred, self.shop),
                )
                for row in rows
            ],
            sources=[SourceReport(status=SourceStatus.FRESH, is_complete=True)],
        )


@strawberry.type
class Statistics:
    total_referrals: int | None
    successful_referrals: int | None
    conversion_percent: float | None
    rewards_claimed: int | None


def _program(shop: Shop) -> Program:
    key, name = shop.vendor
    return Program(key=shop.key, name=shop.name, provider=Provider(key=key, name=name), shop=shop)


@strawberry.type
class Query:
    @strawberry.field
    def programs(self) -> list[Program]:
        return [_program(shop) for shop in SHOPS.values()]

    @strawberry.field
    def program(self, key: str) -> Program | None:
        shop = SHOPS.get(key)
        return _program(shop) if shop else None

    @strawberry.field
    async def statistics(self, programs: list[str] | None = None) -> Statistics:
        told = await PIXLPAY.statistics()
        return Statistics(
            total_referrals=told["total_referrals"],
            successful_referrals=told["successful_referrals"],
            conversion_percent=told["conversion_rate"],
            rewards_claimed=told["rewards_claimed"],
        )


async def _profiles(keys: list[tuple[str, str]]) -> list[upstream.Person]:
    return await asyncio.gather(*(SHOPS[key].profile(id_) for key, id_ in keys))


class Endpoint(GraphQL[dict[str, Any], None]):
    """Strawberry's own, with a dataloader a request."""

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> dict[str, Any]:
        return {"request": request, "profiles": DataLoader(load_fn=_profiles)}


application = Endpoint(strawberry.Schema(Query))
