"""Providers in memory that can answer everything, fail, be slow, and break their promises."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from adapters.errors import NotFound, RateLimited, Unavailable
from adapters.model import (
    BoardEntry,
    BusinessProfile,
    ClaimedTier,
    CodeValidation,
    CompletionRule,
    CompletionTrigger,
    Coupon,
    FixedDiscountIncentive,
    LoyaltyPointsIncentive,
    Money,
    Page,
    PercentageDiscountIncentive,
    Person,
    ProgramSettings,
    Promotion,
    Referral,
    ReferralStatus,
    ReferrerRecord,
    RewardClaim,
    Statistics,
    Tier,
    TierKind,
    UnknownIncentive,
    VoucherIncentive,
    WelcomeDiscount,
)
from adapters.provider import (
    Health,
    HealthStatus,
    PersonField,
    Profiles,
    Provider,
    Reading,
)
from gateway.caller import ANYBODY, Caller
from gateway.config import GraphQLConfig, LimitsConfig
from gateway.context import Context
from gateway.execution.engine import Engine, Request, RequestFailed
from gateway.http.bodies import encoded_json
from gateway.programs import Program, Programs
from gateway.walks import WalkLimits, Walks
from tests.running import program as program_config

NOW = datetime(2025, 1, 20, 12, tzinfo=UTC)
DAY = date(2025, 1, 20)

V = TypeVar("V")


class Shop(Provider):
    """Knows what `size` and `people` say. `told_people`: lists tell of people all there is.

    `failing` names reads that fail, `ticks` is how many turns of the loop every read takes, and
    `broken` is put in the place of values that the model promises to be something else. `calls`
    counts the reads.
    """

    key: ClassVar[str] = "shop"
    name: ClassVar[str] = "Shop"
    calls_per_minute: ClassVar[int] = 0
    dates_referrals: ClassVar[bool] = True
    rewards_by_tier: ClassVar[bool] = True
    statuses: ClassVar[frozenset[ReferralStatus]] = frozenset(ReferralStatus)
    profile: ClassVar[frozenset[PersonField]] = frozenset(PersonField)

    def __init__(
        self,
        key: str,
        *,
        size: int = 5,
        people: int = 3,
        told_people: bool = False,
        failing: frozenset[str] = frozenset(),
        ticks: int = 0,
        broken: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(program_config(key, "shop", "http://127.0.0.1:9", ""))
        self.calls: Counter[str] = Counter()
        self._size = size
        self._people = people
        self._told_people = told_people
        self._failing = failing
        self._ticks = ticks
        self._broken = broken or {}
        self._referrals = tuple(map(self._referral, range(size)))
        self._pages: dict[int, Page[Referral]] = {}

    async def _read(self, what: str, value: V) -> Reading[V]:
        self.calls[what] += 1
        await self._wait()
        if what in self._failing:
            raise self._failure(what)
        return Reading(value, NOW)

    async def _wait(self) -> None:
        task = asyncio.current_task()
        for _ in range(self._ticks):
            await asyncio.sleep(0)
        # A provider may bind itself to its task, as with a time-out.
        assert asyncio.current_task() is task

    def _failure(self, what: str) -> Unavailable | RateLimited:
        key = self.config.key
        if len(what) % 2:
            return Unavailable(program_key=key, provider_key="shop")
        return RateLimited(program_key=key, provider_key="shop", retry_after_seconds=3)

    def _or_broken(self, what: str, value: V) -> V:
        broken: V = self._broken.get(what, value)
        return broken

    def _tier(self, number: int) -> Tier:
        rewards = [
            PercentageDiscountIncentive(summary="10% off", provider_type="p", percent=Decimal(10)),
            FixedDiscountIncentive(
                summary="2 off", provider_type="f", value=Money(Decimal("2.50"), "EUR")
            ),
            UnknownIncentive(summary="A hug", provider_type="hug", data={"hugs": [1, None, 2.5]}),
            None,
        ]
        return Tier(
            program_key=self.config.key,
            provider_id=str(number),
            kind=self._or_broken("tier.kind", TierKind.REFERRAL_REWARD),
            name=self._or_broken("tier.name", f"Tier {number}"),
            position=number,
            referrals_required=number * 5,
            reward=self._or_broken("tier.reward", rewards[number % len(rewards)]),
            is_active=True,
            created_at=NOW if number % 2 else None,
        )

    def person(self, number: int, *, is_told: bool = True) -> Person:
        """One of the people, with all there is to tell or only who it is and the address."""
        email = f"person{number}@example.com" if number % 3 else None
        if not is_told:
            return Person(program_key=self.config.key, provider_id=str(number), email=email)
        return Person(
            program_key=self.config.key,
            provider_id=str(number),
            name=self._or_broken("person.name", f"Person {number}"),
            email=email,
            referral_code=f"CODE{number}",
            loyalty_points=self._or_broken("person.loyalty_points", number * 100),
            tier=self._tier(number) if number % 2 else None,
        )

    def _referral(self, number: int) -> Referral:
        by = number % self._people
        return Referral(
            program_key=self.config.key,
            identity=str(number),
            provider_id=self._or_broken("referral.provider_id", str(number)),
            referrer=self._or_broken(
                "referral.referrer", self.person(by, is_told=self._told_people)
            ),
            referred=None if number % 4 == 3 else self.person(number + self._people),
            status=self._or_broken(
                "referral.status",
                ReferralStatus.COMPLETED if number % 2 else ReferralStatus.PENDING,
            )
            if number % 3 == 0
            else ReferralStatus.COMPLETED,
            provider_status="successful",
            referred_at=NOW,
            first_order_at=NOW if number % 2 else None,
        )

    async def aclose(self) -> None:
        return None

    @property
    def health(self) -> Health:
        return Health(
            status=HealthStatus.HEALTHY,
            last_success_at=NOW,
            last_error=self._failure("health").report,
            median_latency_ms=1.5,
            calls_limit=None,
            calls_remaining=None,
            allowance_resets_at=None,
        )

    async def settings(self) -> Reading[ProgramSettings | None]:
        points = LoyaltyPointsIncentive(
            summary="100 points",
            provider_type="points",
            points=100,
            business_profile=BusinessProfile("b", "Business"),
        )
        voucher = VoucherIncentive(
            summary="A voucher", provider_type="voucher", promotion=Promotion("p", "Promotion")
        )
        return await self._read(
            "settings",
            ProgramSettings(
                is_enabled=True,
                completion_rule=CompletionRule(CompletionTrigger.SIGNUP, None, "signup"),
                referrer_incentive=self._or_broken("settings.incentive", points),
                referred_incentive=voucher,
                welcome_discount=WelcomeDiscount(is_enabled=False, incentive=voucher),
            ),
        )

    async def referrals(self, status: ReferralStatus | None, page: int) -> Reading[Page[Referral]]:
        # The same page again, as from a cache.
        kept = self._pages.get(page)
        if kept is None:
            rows = self._referrals[(page - 1) * self.page_size : page * self.page_size]
            kept = Page(rows, page * self.page_size < self._size, self._size)
            self._pages[page] = kept
        return await self._read("referrals", kept)

    async def people(self, ids: Sequence[str]) -> Profiles:
        self.calls["people"] += len(ids)
        self.calls["people at once"] += 1
        await self._wait()
        return {id_: self._profile(id_) for id_ in ids}

    def _profile(self, id_: str) -> Any:
        if "people" in self._failing and int(id_) % 2 == 0:
            return NotFound(program_key=self.config.key, provider_key="shop")
        return Reading(self.person(int(id_)), NOW)

    async def tiers(self) -> Reading[tuple[Tier, ...]]:
        return await self._read("tiers", tuple(map(self._tier, range(5))))

    async def people_by_email(self, email: str) -> Reading[tuple[Person, ...]]:
        return await self._read("people_by_email", (self.person(1),))

    async def claims(self, page: int) -> Reading[Page[RewardClaim]]:
        claims = tuple(
            RewardClaim(
                program_key=self.config.key,
                provider_id=str(number),
                claimant=self.person(number, is_told=bool(number % 2)),
                tier=ClaimedTier(str(number), "Tier" if number % 2 else None, 5),
                coupon=Coupon("c", "CODE", self._or_broken("coupon.times_used", 2)),
                claimed_at=NOW,
            )
            for number in range(4)
        )
        return await self._read("claims", Page(claims, False, len(claims)))

    async def statistics(self) -> Reading[Statistics]:
        return await self._read(
            "statistics",
            Statistics(
                total_referrals=self._or_broken("statistics.total", 7),
                successful_referrals=3,
                conversion_percent=self._or_broken("statistics.percent", 42.5),
                used_coupons_value=Money(Decimal("12.50"), None),
            ),
        )

    async def leaderboard(self) -> Reading[tuple[BoardEntry, ...]]:
        board = tuple(BoardEntry(self.person(number), 9 - number) for number in range(4))
        return await self._read("leaderboard", board)

    async def top_referrers(self) -> Reading[tuple[ReferrerRecord, ...]]:
        records = tuple(
            ReferrerRecord(
                person=self.person(number, is_told=bool(number % 2)),
                total_referrals=9 - number,
                successful_referrals=5 - number,
                rewards_claimed=None,
            )
            for number in range(4)
        )
        return await self._read("top_referrers", records)

    async def validate_code(self, code: str) -> Reading[CodeValidation]:
        told = CodeValidation(
            program_key=self.config.key,
            code=code,
            is_valid=code.startswith("CODE"),
            referrer=self.person(2),
            reason=None,
        )
        return await self._read("validate_code", told)


UNLIMITED = LimitsConfig(
    tokens=0,
    depth=0,
    introspection_depth=0,
    aliases=0,
    root_fields=0,
    directives=0,
    field_pairs=0,
    calls=0,
    objects=0,
    values=0,
)


def engine(*, compiled: bool) -> Engine:
    """An engine that takes whatever it is asked."""
    return Engine(UNLIMITED, GraphQLConfig(compiled=compiled), walk_pages=5)


def context_of(programs: Programs, caller: Caller = ANYBODY) -> Context:
    """A request's context. Needs a running event loop."""
    walks = Walks(WalkLimits(pages=5, pages_total=10, fresh=0), lambda: 0.0)
    return Context(programs, walks.for_request(), NOW, caller)


async def ask(
    engine: Engine,
    shops: Iterable[Shop],
    query: str,
    variables: dict[str, Any] | None = None,
    caller: Caller = ANYBODY,
) -> dict[str, Any]:
    """The answer to an operation over those shops."""
    programs = Programs(map(Program.of, shops))
    try:
        operation = await engine.prepare(Request(query, None, variables), caller, programs)
        # As a client reads it: some of it may be JSON already.
        content = (await engine.run(operation, context_of(programs, caller))).content
        answer: dict[str, Any] = json.loads(encoded_json(content))
        return answer
    except RequestFailed as failed:
        return failed.content
