"""The interface that every adapter implements, and what goes in and out of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, ClassVar, Generic, NamedTuple, NoReturn, Protocol, TypeVar

from msgspec import Struct

from adapters.capability import Capability
from adapters.errors import Failure, ProviderError, Unsupported
from adapters.limits import UpstreamLimits
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
    SettingsChanges,
    Statistics,
    Tier,
    TierChanges,
)
from adapters.store import KeptAs, Store

T = TypeVar("T", covariant=True)
U = TypeVar("U")


@dataclass(frozen=True, kw_only=True)
class ProgramConfig:
    """One configured account at one provider.

    `base_url` is an origin such as `https://api.piggy.eu`; adapters add the API's path.
    `calls_per_minute` 0 means no limit. `currency` is the store's own (ISO 4217), used where the
    provider names none. Secrets stay out of `repr`.
    """

    key: str
    name: str
    provider: str
    base_url: str
    token: str = field(default="", repr=False)
    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    calls_per_minute: int = 0
    currency: str | None = None
    limits: UpstreamLimits = field(default_factory=UpstreamLimits)

    @property
    def kept_as(self) -> KeptAs:
        """What its answers are kept as: the fingerprint tells what they depend on apart, without
        telling it."""
        secrets = (self.token, self.client_id, self.client_secret)
        rest = (self.provider, self.base_url, self.currency)
        told_apart = repr((*rest, *secrets)).encode()
        return KeptAs(self.key, blake2b(told_apart, digest_size=16).digest())


class Reading(Struct, Generic[T], frozen=True):
    """A value as read from a provider, with its age and its limits.

    `fetched_at` is when the provider gave it, None when it did not have to be asked. A stale
    value is older than it should be; `failure` is what kept it from being renewed or
    completed, None while it is merely being renewed. `is_computed` and `is_complete` speak of
    values worked out from several answers.
    """

    value: T
    fetched_at: datetime | None
    is_stale: bool = False
    failure: Failure | None = None
    is_computed: bool = False
    is_complete: bool = True

    def map(self, change: Callable[[T], U]) -> "Reading[U]":
        """The same reading of a value derived from this one."""
        return Reading(
            change(self.value),
            self.fetched_at,
            self.is_stale,
            self.failure,
            self.is_computed,
            self.is_complete,
        )


class Outcome(Struct, Generic[T], frozen=True):
    """What came of a write: the value as it is now and the provider's words, if any."""

    value: T
    message: str | None


class CallBounds(NamedTuple):
    """The most calls that some methods of a provider make, further tries and tokens left out; all
    others make one. `person` is for each of `people`, `address` is `people_by_email`, `change` each
    method that changes something."""

    person: int = 1
    address: int = 1
    change: int = 1


class HealthStatus(StrEnum):
    """How well a provider answers."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"


class Health(Struct, frozen=True, kw_only=True):
    """How a program's provider has been answering lately; costs no call.

    Latency in milliseconds; the allowance in calls a minute, None when unlimited. Calls are held
    back while the circuit is open; `calls_waiting` wait for allowance or for a place.
    """

    status: HealthStatus
    last_success_at: datetime | None
    last_error: Failure | None
    median_latency_ms: float | None
    calls_limit: int | None
    calls_remaining: int | None
    allowance_resets_at: datetime | None
    is_circuit_open: bool = False
    calls_waiting: int = 0


class PersonField(StrEnum):
    """What a person's profile may tell beyond who it is."""

    NAME = "name"
    EMAIL = "email"
    REFERRAL_CODE = "referral_code"
    LOYALTY_POINTS = "loyalty_points"
    TIER = "tier"


class SandboxApp(Protocol):
    """An ASGI application that behaves as a vendor's API; `token` is one that it accepts."""

    token: str

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


Profiles = Mapping[str, Reading[Person | None] | ProviderError]

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _optional(capability: Capability) -> Callable[[_Method], _Method]:
    """Mark a method of the base class as one that a provider has by overriding it."""

    def mark(method: _Method) -> _Method:
        method.__capability__ = capability  # type: ignore[attr-defined]
        return method

    return mark


class Provider:
    """One program at one provider, connected.

    Reads raise `ProviderError` when the provider does not answer well and `Unsupported` when it
    has no such thing, once they are awaited; what need not be waited for may be `AtHand`. Pages
    are numbered from 1 and hold `page_size` items but the last.
    **Overriding an optional method is what declares its capability.**
    """

    key: ClassVar[str]
    """Short and stable, such as `piggy`; the key of the entry point."""
    name: ClassVar[str]
    """To show to people."""
    calls_per_minute: ClassVar[int]
    """The allowance of a token, unless the configuration says otherwise."""
    base_url: ClassVar[str] = ""
    """Where its API is, if that is the same for everybody."""
    has_client_credentials: ClassVar[bool] = False
    """Whether `client_id` and `client_secret` can stand in for a token."""
    page_size: ClassVar[int] = 100
    """Items on a full upstream page: always the largest the provider gives."""
    board_size: ClassVar[int] = 100
    """Entries of a full board: one with fewer holds everybody."""
    most_calls: ClassVar[CallBounds] = CallBounds()
    """What those methods cost at most that make more than one call."""
    board_tells_profiles: ClassVar[bool] = False
    """Whether `top_referrers` tells all that `people` does: one call for many people."""
    dates_referrals: ClassVar[bool] = False
    """Whether referrals carry the time at which they were made."""
    rewards_by_tier: ClassVar[bool] = False
    """Whether tiers are reached by referring, so that progress towards them can be told."""
    profile: ClassVar[frozenset[PersonField]] = frozenset()
    """What `people` tells."""
    statuses: ClassVar[frozenset[ReferralStatus]]
    """Every known status that its referrals can have."""
    askable_statuses: ClassVar[frozenset[ReferralStatus]] = frozenset()
    """Those that `referrals` can be narrowed to without losing any. For the others the list is
    looked through."""

    def __init__(self, config: ProgramConfig, *, store: Store | None = None) -> None:
        self.config = config

    @classmethod
    def sandbox(cls, *, referrals: int, latency_seconds: float) -> "SandboxApp":
        """An emulation of the vendor's API, for trying things out and for tests."""
        raise NotImplementedError

    def finish_by(self, instant: float) -> None:
        """Give up at an instant of the loop's clock whatever is not answered then, and ask nothing
        more from then on: such reads and writes end as `TimedOut`."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Let go of the connections."""
        raise NotImplementedError

    @property
    def health(self) -> Health:
        """How the provider has been answering, without asking it."""
        raise NotImplementedError

    def settings(self) -> Awaitable[Reading[ProgramSettings | None]]:
        """The rules of the program; None when it has none."""
        raise NotImplementedError

    def referrals(
        self, status: ReferralStatus | None, page: int
    ) -> Awaitable[Reading[Page[Referral]]]:
        """A page of referrals in the provider's own order, narrowed to an askable status."""
        raise NotImplementedError

    async def people(self, ids: Sequence[str]) -> Profiles:
        """The profiles of people by their identifiers, with the failure in place of the reading
        where one could not be read. Nobody is None; an identifier that cannot exist is left out."""
        raise NotImplementedError

    def person_at_hand(self, id_: str) -> Reading[Person | None] | None:
        """What `people` would tell of one of them, where it is there without waiting."""
        return None

    @_optional(Capability.REFERRAL_SEARCH)
    def search_referrals(
        self, text: str, status: ReferralStatus | None, page: int
    ) -> Awaitable[Reading[Page[Referral]]]:
        """A page of the referrals whose names or e-mail addresses hold `text`."""
        return self._lacks(Capability.REFERRAL_SEARCH)

    @_optional(Capability.REFERRALS_BY_REFERRER)
    def referrals_of(
        self, referrer_id: str, status: ReferralStatus | None, page: int
    ) -> Awaitable[Reading[Page[Referral]]]:
        """A page of the referrals that one person made."""
        return self._lacks(Capability.REFERRALS_BY_REFERRER)

    @_optional(Capability.TIERS)
    def tiers(self) -> Awaitable[Reading[tuple[Tier, ...]]]:
        """The tiers by position."""
        return self._lacks(Capability.TIERS)

    @_optional(Capability.PERSON_LOOKUP)
    def people_by_email(self, email: str) -> Awaitable[Reading[tuple[Person, ...]]]:
        """Everyone with that address, letter case ignored."""
        return self._lacks(Capability.PERSON_LOOKUP)

    @_optional(Capability.CLAIMS)
    def claims(self, page: int) -> Awaitable[Reading[Page[RewardClaim]]]:
        """A page of claimed rewards in the provider's own order."""
        return self._lacks(Capability.CLAIMS)

    @_optional(Capability.STATISTICS)
    def statistics(self) -> Awaitable[Reading[Statistics]]:
        """The provider's own figures."""
        return self._lacks(Capability.STATISTICS)

    @_optional(Capability.LEADERBOARD)
    def leaderboard(self) -> Awaitable[Reading[tuple[BoardEntry, ...]]]:
        """The provider's own board, best first, at most `board_size` entries."""
        return self._lacks(Capability.LEADERBOARD)

    @_optional(Capability.TOP_REFERRERS)
    def top_referrers(self) -> Awaitable[Reading[tuple[ReferrerRecord, ...]]]:
        """The best referrers in detail, best first, at most `board_size` entries."""
        return self._lacks(Capability.TOP_REFERRERS)

    @_optional(Capability.CODE_VALIDATION)
    def validate_code(self, code: str) -> Awaitable[Reading[CodeValidation]]:
        """What the program says of a referral code; changes nothing."""
        return self._lacks(Capability.CODE_VALIDATION)

    @_optional(Capability.TIERS_WRITE)
    async def create_tier(self, changes: TierChanges) -> Outcome[Tier | None]:
        """Add a tier. The value is None when it was made but could not be read back."""
        await self._lacks(Capability.TIERS_WRITE)

    @_optional(Capability.TIERS_WRITE)
    async def update_tier(self, tier_id: str, changes: TierChanges) -> Outcome[Tier | None]:
        """Change a tier. The value is None when it was changed but could not be read back."""
        await self._lacks(Capability.TIERS_WRITE)

    @_optional(Capability.TIERS_WRITE)
    async def toggle_tier(self, tier_id: str) -> Outcome[Tier | None]:
        """Turn a tier on or off. Never repeated: a second time undoes it (FACTS 0.8)."""
        await self._lacks(Capability.TIERS_WRITE)

    @_optional(Capability.TIERS_WRITE)
    async def delete_tier(self, tier_id: str) -> Outcome["TierRemoval"]:
        """Remove a tier, or switch it off when somebody has claimed it (FACTS X6)."""
        await self._lacks(Capability.TIERS_WRITE)

    @_optional(Capability.SETTINGS_WRITE)
    async def update_settings(self, changes: SettingsChanges) -> Outcome[ProgramSettings | None]:
        """Change the rules. The value is None when they could not be read back."""
        await self._lacks(Capability.SETTINGS_WRITE)

    async def _lacks(self, capability: Capability) -> NoReturn:
        raise Unsupported(capability)


class TierRemoval(Struct, frozen=True):
    """What became of a tier: gone, or still there and switched off; both unset: not known."""

    is_gone: bool
    deactivated: Tier | None


_WHOLE_PROFILE = {PersonField.NAME, PersonField.REFERRAL_CODE, PersonField.LOYALTY_POINTS}


def capabilities_of(provider: type[Provider]) -> frozenset[Capability]:
    """What a provider does itself, worked out from the methods that its class overrides."""
    own = {
        method.__capability__
        for name, method in vars(Provider).items()
        if hasattr(method, "__capability__") and getattr(provider, name) is not method
    }
    if provider.dates_referrals:
        own.add(Capability.REFERRAL_DATES)
    if PersonField.TIER in provider.profile:
        own.add(Capability.PERSON_TIERS)
    if provider.profile >= _WHOLE_PROFILE:
        own.add(Capability.PERSON_PROFILES)
    return frozenset(own)
