"""Loads that belong to nobody: whoever asks for the same gets the same, whoever is broken off."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Generator
from types import CoroutineType
from typing import Any, Generic, TypeAlias, TypeVar

from aiodataloader import DataLoader
from msgspec import Struct

from adapters.at_hand import AtHand
from adapters.provider import Provider, Reading
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


class Derived(Struct, Generic[V]):
    """What follows from a shared load: awaited like the load, without a coroutine of its own."""

    future: "asyncio.Future[Any]"
    derive: Callable[[Any], V]

    def __await__(self) -> Generator[Any, None, V]:
        return self.derive((yield from _shielded(self.future).__await__()))


def derived(shared: Load[K], derive: Callable[[K], V]) -> V | Derived[V]:
    """What follows from a shared load, or what to await for it."""
    return derive(shared.value) if isinstance(shared, AtHand) else Derived(shared, derive)


class Loader(Generic[K, V]):
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
        if type(reading) is CoroutineType:  # `ensure_future` takes a while to find out
            load: asyncio.Future[Reading[V]] = asyncio.get_running_loop().create_task(reading)
        else:
            load = asyncio.ensure_future(reading)
        load.add_done_callback(_take_note)
        return load

    def prime(self, key: K, reading: Reading[V]) -> None:
        """Take note of what was read in another way."""
        self._loads[key] = AtHand(reading)

    @abstractmethod
    def read(self, key: K) -> Awaitable[Reading[V]]:
        """Read one of them from its provider."""
