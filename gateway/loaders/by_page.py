"""Pages of programs' lists."""

from collections.abc import Awaitable
from typing import NamedTuple

from adapters.model import Page, Referral, ReferralStatus, RewardClaim
from adapters.provider import Reading
from gateway.loaders.sharing import Loader


class ReferralPage(NamedTuple):
    """A page of a program's referrals, narrowed by what the provider can narrow by."""

    program_key: str
    page: int
    status: ReferralStatus | None = None
    search: str | None = None
    referrer_id: str | None = None


class ReferralsByPageLoader(Loader[ReferralPage, Page[Referral]]):
    """Pages of referrals."""

    def read(self, key: ReferralPage) -> Awaitable[Reading[Page[Referral]]]:
        provider = self.provider(key.program_key)
        if key.search is not None:
            return provider.search_referrals(key.search, key.status, key.page)
        if key.referrer_id is not None:
            return provider.referrals_of(key.referrer_id, key.status, key.page)
        return provider.referrals(key.status, key.page)


class ClaimPage(NamedTuple):
    """A page of a program's claims."""

    program_key: str
    page: int


class ClaimsByPageLoader(Loader[ClaimPage, Page[RewardClaim]]):
    """Pages of claims."""

    def read(self, key: ClaimPage) -> Awaitable[Reading[Page[RewardClaim]]]:
        return self.provider(key.program_key).claims(key.page)
