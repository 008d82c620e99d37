"""People's profiles, which are read many at a time."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import UNSET

from adapters.at_hand import AtHand
from adapters.errors import AdapterError, Forbidden
from adapters.model import Person
from adapters.provider import Profiles, Reading
from gateway.loaders.by_program import TopReferrersByProgramLoader
from gateway.loaders.sharing import Load, SharedLoader
from gateway.programs import Programs


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
        reads = [self._told(key, ids) for key, ids in ids_by_program.items()]
        # A provider may bind itself to the task that it begins in; one alone is in this one.
        profiles = await asyncio.gather(*reads) if len(reads) > 1 else [await reads[0]]
        found = dict(zip(ids_by_program, profiles, strict=True))
        nobody: Reading[Person | None] = Reading(None, None)
        return [
            told.get(key.provider_id, nobody) if isinstance(told, Mapping) else told
            for key in keys
            for told in [found[key.program_key]]
        ]

    async def _told(self, program_key: str, ids: list[str]) -> Profiles | Exception:
        try:
            return await self._profiles(program_key, ids)
        except Exception as error:  # raised by each load
            return error

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
