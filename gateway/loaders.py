"""Dataloaders: within one request every upstream read is made once, however often it is asked for.

Failures are kept as values, so that one program, or one person, fails alone.
"""

import asyncio
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator, Mapping
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from aiodataloader import DataLoader
from msgspec import UNSET, Struct

from adapters.at_hand import AtHand
from adapters.errors import AdapterError, Forbidden
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
from adapters.provider import Profiles, Provider, Reading
from gateway.programs import Programs

K = TypeVar("K")
V = TypeVar("V")


Load: TypeAlias = AtHand[V] | asyncio.Future[V]
"""What a loader gives: something to be awaited, or what is there already."""


class SharedLoader(DataLoader[K, V], Generic[K, V]):
    """A dataloader, for what is read together. Its loads belong to nobody: when an error breaks
    off what stands beside one, whoever else waits for the same still gets it. `saved` is how often
    something was asked for again."""

    saved = 0

    def load(self, key: K) -> Load[V]:  # type: ignore[override]
        """What belongs to a key."""
        return _shielded(self.shared(key))

    def shared(self, key: K) -> Load[V]:
        """The same, but one future for all who ask: nobody may cancel it."""
        self.saved += 1
        return super().load(key)

    def do_resolve_reject(self, key: K, future: asyncio.Future[V]) -> None:
        """Have a new load made. All who asked may be broken off before it fails."""
        self.saved -= 1
        future.add_done_callback(_take_note)
        super().do_resolve_reject(key, future)


def _shielded(shared: Load[V]) -> Load[V]:
    if isinstance(shared, AtHand):
        return shared
    future = asyncio.shield(shared)
    if not future.done():
        future.add_done_callback(_take_note)
    return future


def _take_note(done: asyncio.Future[Any]) -> None:
    """Whoever waited for a failure may have been broken off in the moment that it came."""
    if not done.cancelled():
        done.exception()


class Derived(Struct, Generic[V], gc=False):
    """What follows from a shared load: awaited like the load, without a coroutine of its own."""

    future: "asyncio.Future[Any]"
    derive: Callable[[Any], V]

    def __await__(self) -> Generator[Any, None, V]:
        return self.derive((yield from _shielded(self.future).__await__()))


def derived(shared: Load[K], derive: Callable[[K], V]) -> V | Derived[V]:
    """What follows from a shared load, or what to await for it."""
    return derive(shared.value) if isinstance(shared, AtHand) else Derived(shared, derive)


class _Loader(Generic[K, V]):
    """Loads readings that no call gives several of, so that nothing has to wait for others.

    A load raises `AdapterError` when the read failed. As with a SharedLoader, it belongs to
    nobody, and `saved` is how often something was asked for again.
    """

    saved = 0

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._loads: dict[K, Load[Reading[V]]] = {}

    def provider(self, program_key: str) -> Provider:
        """The provider of a program."""
        return self._programs[program_key].provider

    def load(self, key: K) -> Load[Reading[V]]:
        """What belongs to a key."""
        return _shielded(self.shared(key))

    def shared(self, key: K) -> Load[Reading[V]]:
        """The same, but one future for all who ask: nobody may cancel it."""
        load = self._loads.get(key)
        if load is None:
            load = self._loads[key] = self._begin(key)
        else:
            self.saved += 1
        return load

    def _begin(self, key: K) -> Load[Reading[V]]:
        reading = self.read(key)
        if isinstance(reading, AtHand):
            return reading
        load = asyncio.ensure_future(reading)
        load.add_done_callback(_take_note)
        return load

    def prime(self, key: K, reading: Reading[V]) -> None:
        """Take note of what was read in another way."""
        self._loads[key] = AtHand(reading)

    @abstractmethod
    def read(self, key: K) -> Awaitable[Reading[V]]:
        """Read one of them from its provider."""


class SettingsByProgramLoader(_Loader[str, ProgramSettings | None]):
    """A program's settings by its key."""

    def read(self, key: str) -> Awaitable[Reading[ProgramSettings | None]]:
        return self.provider(key).settings()


class TiersByProgramLoader(_Loader[str, tuple[Tier, ...]]):
    """A program's tiers by its key."""

    def read(self, key: str) -> Awaitable[Reading[tuple[Tier, ...]]]:
        return self.provider(key).tiers()


class StatisticsByProgramLoader(_Loader[str, Statistics]):
    """A provider's own figures by the program's key."""

    def read(self, key: str) -> Awaitable[Reading[Statistics]]:
        return self.provider(key).statistics()


class LeaderboardByProgramLoader(_Loader[str, tuple[BoardEntry, ...]]):
    """A provider's own leaderboard, always its longest, by the program's key."""

    def read(self, key: str) -> Awaitable[Reading[tuple[BoardEntry, ...]]]:
        return self.provider(key).leaderboard()


class TopReferrersByProgramLoader(_Loader[str, tuple[ReferrerRecord, ...]]):
    """A provider's own top referrers, always its longest list, by the program's key."""

    def read(self, key: str) -> Awaitable[Reading[tuple[ReferrerRecord, ...]]]:
        return self.provider(key).top_referrers()


class ReferralPage(NamedTuple):
    """A page of a program's referrals, narrowed by what the provider can narrow by."""

    program_key: str
    page: int
    status: ReferralStatus | None = None
    search: str | None = None
    referrer_id: str | None = None


class ReferralsByPageLoader(_Loader[ReferralPage, Page[Referral]]):
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


class ClaimsByPageLoader(_Loader[ClaimPage, Page[RewardClaim]]):
    """Pages of claims."""

    def read(self, key: ClaimPage) -> Awaitable[Reading[Page[RewardClaim]]]:
        return self.provider(key.program_key).claims(key.page)


class PersonKey(NamedTuple):
    """A person of a program."""

    program_key: str
    provider_id: str


class ProfileByPersonLoader(SharedLoader[PersonKey, Reading[Person | None]]):
    """Profiles; each provider is told at once of everybody who is wanted from it.

    A board that tells as much as profiles is one call for many: several people are looked for
    there first, and so is whoever's profile the program's token may not read.
    """

    def __init__(self, programs: Programs, boards: TopReferrersByProgramLoader) -> None:
        super().__init__()
        self._programs = programs
        self._boards = boards
        self._at_hand: dict[PersonKey, AtHand[Reading[Person | None]]] = {}

    def shared(self, key: PersonKey) -> Load[Reading[Person | None]]:
        at_hand = self._at_hand.get(key)
        if at_hand is not None:
            self.saved += 1
            return at_hand
        if key not in self._cache:
            reading = self._programs[key.program_key].provider.person_at_hand(key.provider_id)
            if reading is not None:
                at_hand = self._at_hand[key] = AtHand(reading)
                return at_hand
        return super().shared(key)

    async def batch_load_fn(self, keys: list[PersonKey]) -> list[Any]:
        ids_by_program: defaultdict[str, list[str]] = defaultdict(list)
        for key in keys:
            ids_by_program[key.program_key].append(key.provider_id)
        profiles = await asyncio.gather(
            *(self._profiles(key, ids) for key, ids in ids_by_program.items()),
            return_exceptions=True,
        )
        found = dict(zip(ids_by_program, profiles, strict=True))
        nobody: Reading[Person | None] = Reading(None, None)
        return [
            told.get(key.provider_id, nobody) if isinstance(told, Mapping) else told
            for key in keys
            for told in [found[key.program_key]]
        ]

    async def _profiles(self, program_key: str, ids: list[str]) -> Profiles:
        provider = self._programs[program_key].provider
        if not provider.board_tells_profiles:
            return await provider.people(ids)
        board = await self._on_board(program_key) if len(ids) > 1 else {}
        rest = await provider.people([id_ for id_ in ids if id_ not in board])
        if any(isinstance(profile, Forbidden) for profile in rest.values()):
            board = await self._on_board(program_key)
        return {**rest, **{id_: board[id_] for id_ in ids if id_ in board}}

    async def _on_board(self, program_key: str) -> Profiles:
        """Those whom the board tells whole. A board that cannot be read tells nobody."""
        try:
            reading = await self._boards.load(program_key)
        except AdapterError:
            return {}
        fields = self._programs[program_key].provider.profile
        return {
            person.provider_id: _of(reading, person)
            for record in reading.value
            for person in [record.person]
            if all(getattr(person, field) is not UNSET for field in fields)
        }


def _of(board: Reading[Any], person: Person) -> Reading[Person | None]:
    return board.map(lambda _: person)


class EmailKey(NamedTuple):
    """An e-mail address in a program."""

    program_key: str
    email: str


class PeopleByEmailLoader(_Loader[EmailKey, tuple[Person, ...]]):
    """People of a program by their address."""

    def read(self, key: EmailKey) -> Awaitable[Reading[tuple[Person, ...]]]:
        return self.provider(key.program_key).people_by_email(key.email)


class CodeKey(NamedTuple):
    """A referral code in a program."""

    program_key: str
    code: str


class ValidationByCodeLoader(_Loader[CodeKey, CodeValidation]):
    """What programs say of codes."""

    def read(self, key: CodeKey) -> Awaitable[Reading[CodeValidation]]:
        return self.provider(key.program_key).validate_code(key.code)


class Loaders:
    """One request's set, each made when it is first used."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    def forget(self) -> None:
        """Forget everything read so far: something was changed."""
        for name, value in list(vars(self).items()):
            if isinstance(value, _Loader | SharedLoader):
                delattr(self, name)

    @property
    def saved(self) -> int:
        """How many reads were asked for again since they were last forgotten."""
        loaders = vars(self).values()
        return sum(one.saved for one in loaders if isinstance(one, _Loader | SharedLoader))

    @cached_property
    def settings_by_program(self) -> SettingsByProgramLoader:
        return SettingsByProgramLoader(self._programs)

    @cached_property
    def tiers_by_program(self) -> TiersByProgramLoader:
        return TiersByProgramLoader(self._programs)

    @cached_property
    def statistics_by_program(self) -> StatisticsByProgramLoader:
        return StatisticsByProgramLoader(self._programs)

    @cached_property
    def leaderboard_by_program(self) -> LeaderboardByProgramLoader:
        return LeaderboardByProgramLoader(self._programs)

    @cached_property
    def top_referrers_by_program(self) -> TopReferrersByProgramLoader:
        return TopReferrersByProgramLoader(self._programs)

    @cached_property
    def referrals_by_page(self) -> ReferralsByPageLoader:
        return ReferralsByPageLoader(self._programs)

    @cached_property
    def claims_by_page(self) -> ClaimsByPageLoader:
        return ClaimsByPageLoader(self._programs)

    @cached_property
    def profile_by_person(self) -> ProfileByPersonLoader:
        return ProfileByPersonLoader(self._programs, self.top_referrers_by_program)

    @cached_property
    def people_by_email(self) -> PeopleByEmailLoader:
        return PeopleByEmailLoader(self._programs)

    @cached_property
    def validation_by_code(self) -> ValidationByCodeLoader:
        return ValidationByCodeLoader(self._programs)
