"""Bramble's endpoints."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

from adapters._http.client import RestClient
from adapters._http.provider import RestProvider
from adapters._http.tokens import FixedToken
from adapters._http.wires import open_wire
from adapters.errors import ProviderError
from adapters.model import Page, Person, ProgramSettings, Referral, ReferralStatus, Statistics
from adapters.provider import PersonField, Profiles, ProgramConfig, Reading, SandboxApp
from adapters.store import Keep, Store
from bramble import mapping
from bramble.trail import CursorPage, Trail

MEMBER = re.compile(r"mem_[0-9a-z]{1,12}", re.ASCII)
MEMBERS_A_CALL = 50


class BrambleProvider(RestProvider):
    """One Bramble account."""

    key: ClassVar[str] = "bramble"
    name: ClassVar[str] = "Bramble"
    calls_per_minute: ClassVar[int] = 120
    base_url: ClassVar[str] = "https://api.bramble.example"
    page_size: ClassVar[int] = 50
    dates_referrals: ClassVar[bool] = True
    profile: ClassVar[frozenset[PersonField]] = frozenset(
        {PersonField.NAME, PersonField.EMAIL, PersonField.REFERRAL_CODE}
    )
    statuses: ClassVar[frozenset[ReferralStatus]] = mapping.STATUSES.known
    askable_statuses: ClassVar[frozenset[ReferralStatus]] = mapping.STATUSES.askable

    def __init__(self, config: ProgramConfig, *, store: Store | None = None) -> None:
        super().__init__(
            config,
            RestClient(
                config,
                wire=open_wire(config.base_url, config.limits),
                prefix="/v1",
                tokens=FixedToken(config.token),
                read_complaint=mapping.complaint,
                store=store,
            ),
        )
        self._trails: dict[ReferralStatus | None, Trail[Referral]] = {}

    @classmethod
    def sandbox(cls, *, referrals: int, latency_seconds: float) -> SandboxApp:
        from bramble.sandbox import BrambleSandbox  # only who serves one needs a web framework

        return BrambleSandbox(referrals=referrals, latency_seconds=latency_seconds)

    async def settings(self) -> Reading[ProgramSettings | None]:
        return await self._client.get_or_none("/program", mapping.settings, keep=Keep.RULES)

    async def referrals(self, status: ReferralStatus | None, page: int) -> Reading[Page[Referral]]:
        if status not in self._trails:
            self._trails[status] = Trail(partial(self._referrals_from, status))
        return await self._trails[status].page(page)

    async def _referrals_from(
        self, status: ReferralStatus | None, cursor: str
    ) -> Reading[CursorPage[Referral]]:
        state = "" if status is None else f"&state={mapping.STATUSES.word(status)}"
        after = f"&cursor={cursor}" if cursor else ""
        return await self._client.get(
            f"/referrals?limit={self.page_size}{state}{after}",
            partial(mapping.referrals, program_key=self.config.key),
        )

    async def people(self, ids: Sequence[str]) -> Profiles:
        asked = [id_ for id_ in dict.fromkeys(ids) if MEMBER.fullmatch(id_)]
        starts = range(0, len(asked), MEMBERS_A_CALL)
        calls = (self._members(asked[start : start + MEMBERS_A_CALL]) for start in starts)
        profiles: dict[str, Reading[Person | None] | ProviderError] = {}
        for found in await asyncio.gather(*calls):
            profiles |= found
        return profiles

    async def _members(self, ids: Sequence[str]) -> Profiles:
        try:
            reading = await self._client.get_or_none(
                f"/members?ids={','.join(ids)}",
                partial(mapping.members, program_key=self.config.key),
            )
        except ProviderError as failure:
            return dict.fromkeys(ids, failure)
        return {id_: reading.map(partial(_one, id_)) for id_ in ids}

    async def statistics(self) -> Reading[Statistics]:
        return await self._client.get("/summary", mapping.statistics)


def _one(id_: str, members: Mapping[str, Person] | None) -> Person | None:
    return None if members is None else members.get(id_)
