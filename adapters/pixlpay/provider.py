"""Pixlpay's endpoints (FACTS section 1b)."""

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar
from urllib.parse import quote

from msgspec.structs import replace

from adapters._http.client import RestClient
from adapters._http.clock import Clock
from adapters._http.tokens import FixedToken
from adapters._http.wires import open_wire
from adapters.errors import Forbidden, NotFound
from adapters.model import (
    BoardEntry,
    CodeValidation,
    Page,
    Person,
    ProgramSettings,
    Referral,
    ReferralStatus,
    ReferrerRecord,
    RewardClaim,
    Statistics,
    Tier,
)
from adapters.pixlpay.customers import Customers
from adapters.pixlpay.envelope import complaint
from adapters.pixlpay.mapping import claims, people, referrals, reports, settings, tiers
from adapters.pixlpay.mapping.referrals import STATUSES
from adapters.pixlpay.writer import PixlpayWriter
from adapters.provider import (
    CallBounds,
    PersonField,
    Profiles,
    ProgramConfig,
    Reading,
    SandboxApp,
)
from adapters.store import Keep, Store

PREFIX = "/api/external/v1"

# A read, though by POST (FACTS 1b).
VALIDATE = "/referrals/validate"


class PixlpayProvider(PixlpayWriter):
    """One Pixlpay store."""

    key: ClassVar[str] = "pixlpay"
    name: ClassVar[str] = "Pixlpay"
    calls_per_minute: ClassVar[int] = 60
    dates_referrals: ClassVar[bool] = True
    rewards_by_tier: ClassVar[bool] = True
    profile: ClassVar[frozenset[PersonField]] = frozenset({PersonField.NAME, PersonField.EMAIL})
    statuses: ClassVar[frozenset[ReferralStatus]] = STATUSES.known
    askable_statuses: ClassVar[frozenset[ReferralStatus]] = STATUSES.askable
    # A token that may not read customers looks for an address among the referrals; what a change
    # did is read back.
    most_calls: ClassVar[CallBounds] = CallBounds(address=2, change=2)
    board_tells_profiles: ClassVar[bool] = True

    def __init__(
        self, config: ProgramConfig, *, store: Store | None = None, clock: Clock | None = None
    ) -> None:
        clock = clock or Clock()
        super().__init__(
            config,
            RestClient(
                config,
                wire=open_wire(config.base_url, config.limits),
                prefix=PREFIX,
                tokens=FixedToken(config.token),
                read_complaint=complaint,
                safe_posts={VALIDATE},
                store=store,
                clock=clock,
            ),
        )
        self._customers = Customers(self._client, config.key, clock)

    @classmethod
    def sandbox(cls, *, referrals: int, latency_seconds: float) -> SandboxApp:
        from adapters.pixlpay.sandbox import (
            PixlpaySandbox,  # only who serves one needs a web framework
        )

        return PixlpaySandbox(
            referrals=referrals, latency_seconds=latency_seconds, now=datetime.now(UTC)
        )

    def settings(self) -> Awaitable[Reading[ProgramSettings | None]]:
        return self._client.get(
            "/referrals/settings",
            partial(settings.settings, currency=self.config.currency),
            keep=Keep.RULES,
        )

    def referrals(
        self, status: ReferralStatus | None, page: int
    ) -> Awaitable[Reading[Page[Referral]]]:
        return self._referrals("", status, page)

    def search_referrals(
        self, text: str, status: ReferralStatus | None, page: int
    ) -> Awaitable[Reading[Page[Referral]]]:
        return self._referrals(f"&search={quote(text, safe='')}", status, page)

    def _referrals(
        self, narrowed: str, status: ReferralStatus | None, page: int
    ) -> Awaitable[Reading[Page[Referral]]]:
        if status is not None:
            narrowed += f"&status={STATUSES.word(status)}"
        return self._client.get(
            f"/referrals?page={page}&per_page={self.page_size}{narrowed}",
            partial(
                referrals.referral_page,
                program_key=self.config.key,
                page=page,
                per_page=self.page_size,
            ),
        )

    def tiers(self) -> Awaitable[Reading[tuple[Tier, ...]]]:
        return self._client.get(
            "/referrals/tiers",
            partial(tiers.tiers, program_key=self.config.key, currency=self.config.currency),
            keep=Keep.RULES,
        )

    def claims(self, page: int) -> Awaitable[Reading[Page[RewardClaim]]]:
        return self._client.get(
            f"/referrals/claims?page={page}&per_page={self.page_size}",
            partial(
                claims.claim_page,
                program_key=self.config.key,
                page=page,
                per_page=self.page_size,
            ),
        )

    def statistics(self) -> Awaitable[Reading[Statistics]]:
        return self._client.get(
            "/referrals/statistics", partial(reports.statistics, currency=self.config.currency)
        )

    def leaderboard(self) -> Awaitable[Reading[tuple[BoardEntry, ...]]]:
        return self._client.get(
            f"/referrals/leaderboard?limit={self.board_size}",
            partial(reports.leaderboard, program_key=self.config.key),
        )

    def top_referrers(self) -> Awaitable[Reading[tuple[ReferrerRecord, ...]]]:
        return self._client.get(
            f"/referrals/top-referrers?limit={self.board_size}",
            partial(reports.top_referrers, program_key=self.config.key),
        )

    async def validate_code(self, code: str) -> Reading[CodeValidation]:
        return await self._client.ask(
            VALIDATE,
            {"code": code},
            partial(people.code_validation, program_key=self.config.key, code=code),
        )

    async def people(self, ids: Sequence[str]) -> Profiles:
        return await self._customers.by_ids(ids)

    async def people_by_email(self, email: str) -> Reading[tuple[Person, ...]]:
        """Customers where the token may read them, else whoever the referrals name."""
        try:
            found = await self._customers.with_address(email.strip())
        except (Forbidden, NotFound):
            page = await self.search_referrals(email.strip(), None, 1)
            found = replace(page.map(_everybody), is_complete=False)
        wanted = email.strip().casefold()
        return found.map(lambda people: _with_address(people, wanted))


def _everybody(page: Page[Referral]) -> tuple[Person, ...]:
    return tuple(
        person
        for referral in page.items
        for person in (referral.referred, referral.referrer)
        if person
    )


def _with_address(people: Sequence[Person], wanted: str) -> tuple[Person, ...]:
    matching = {
        p.provider_id: p
        for p in people
        if isinstance(p.email, str) and p.email.strip().casefold() == wanted
    }
    return tuple(matching.values())
