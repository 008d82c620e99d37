"""Piggy's endpoints (FACTS section 1a)."""

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar
from urllib.parse import quote

from adapters._http.client import RestClient
from adapters._http.clock import Clock
from adapters._http.provider import RestProvider
from adapters._http.tokens import FixedToken, TokenSource
from adapters._http.wires import open_wire
from adapters.model import Page, Person, ProgramSettings, Referral, ReferralStatus, Tier
from adapters.piggy import mapping
from adapters.piggy.auth import ClientCredentials
from adapters.piggy.contacts import Contacts
from adapters.piggy.referrals import STATUSES, referral_page
from adapters.provider import (
    CallBounds,
    PersonField,
    Profiles,
    ProgramConfig,
    Reading,
    SandboxApp,
)
from adapters.store import Keep, Store

PREFIX = "/api/v3/oauth/clients"


class PiggyProvider(RestProvider):
    """One Piggy account."""

    key: ClassVar[str] = "piggy"
    name: ClassVar[str] = "Piggy"
    calls_per_minute: ClassVar[int] = 300
    has_client_credentials: ClassVar[bool] = True
    base_url: ClassVar[str] = "https://api.piggy.eu"
    # The list of contacts may tell nobody of those that it is read for (`Contacts`).
    most_calls: ClassVar[CallBounds] = CallBounds(person=2)
    profile: ClassVar[frozenset[PersonField]] = frozenset(PersonField)
    statuses: ClassVar[frozenset[ReferralStatus]] = STATUSES.known
    askable_statuses: ClassVar[frozenset[ReferralStatus]] = STATUSES.askable

    def __init__(
        self, config: ProgramConfig, *, store: Store | None = None, clock: Clock | None = None
    ) -> None:
        clock = clock or Clock()
        wire = open_wire(config.base_url, config.limits)
        tokens: TokenSource = FixedToken(config.token)
        if config.client_id and not config.token:
            tokens = ClientCredentials(config, wire, clock=clock)
        super().__init__(
            config,
            RestClient(
                config,
                wire=wire,
                prefix=PREFIX,
                tokens=tokens,
                read_complaint=mapping.complaint,
                store=store,
                clock=clock,
            ),
        )
        self._contacts = Contacts(self._client, config.key)

    @classmethod
    def sandbox(cls, *, referrals: int, latency_seconds: float) -> SandboxApp:
        from adapters.piggy.sandbox import PiggySandbox  # only who serves one needs a web framework

        return PiggySandbox(
            referrals=referrals, latency_seconds=latency_seconds, now=datetime.now(UTC)
        )

    def settings(self) -> Awaitable[Reading[ProgramSettings | None]]:
        return self._client.get_or_none("/referrals/settings", mapping.settings, keep=Keep.RULES)

    def referrals(
        self, status: ReferralStatus | None, page: int
    ) -> Awaitable[Reading[Page[Referral]]]:
        return self._referrals("", status, page)

    def referrals_of(
        self, referrer_id: str, status: ReferralStatus | None, page: int
    ) -> Awaitable[Reading[Page[Referral]]]:
        return self._referrals(
            f"&referring_contact_uuid={quote(referrer_id, safe='')}", status, page
        )

    def _referrals(
        self, narrowed: str, status: ReferralStatus | None, page: int
    ) -> Awaitable[Reading[Page[Referral]]]:
        if status is not None:
            narrowed += f"&status={STATUSES.word(status)}"
        return self._client.get(
            f"/referrals?limit={self.page_size}&page={page}{narrowed}",
            partial(referral_page, program_key=self.config.key, page=page, limit=self.page_size),
        )

    def tiers(self) -> Awaitable[Reading[tuple[Tier, ...]]]:
        return self._client.get(
            "/tiers", partial(mapping.tiers, program_key=self.config.key), keep=Keep.RULES
        )

    async def people(self, ids: Sequence[str]) -> Profiles:
        return await self._contacts.by_ids(ids)

    def person_at_hand(self, id_: str) -> Reading[Person | None] | None:
        return self._contacts.at_hand(id_)

    async def people_by_email(self, email: str) -> Reading[tuple[Person, ...]]:
        found = await self._contacts.one(f"/contacts/find-one-by?email={quote(email, safe='')}")
        return found.map(lambda person: (person,) if person else ())
