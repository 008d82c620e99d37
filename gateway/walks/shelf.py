"""The walks of all programs, kept between requests."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from adapters.provider import Provider
from gateway.walks.walk import Walk, WalkLimits

T = TypeVar("T")

Begin = Callable[[], Walk[T]]


class Reached(NamedTuple):
    """A walk as far as a request waited for it. One with a successor is older than it should be,
    and served while that one is under way."""

    walk: Walk[Any]
    successor: Walk[Any] | None

    @property
    def is_stale(self) -> bool:
        return self.successor is not None or self.walk.is_stale


@dataclass
class _Kept:
    walk: Walk[Any]
    successor: Walk[Any] | None = None

    @property
    def weight(self) -> int:
        """Pages that it holds; one that holds none takes its place all the same."""
        return max(1, self.walk.pages) + (max(1, self.successor.pages) if self.successor else 0)


class Walks:
    """Walks by connected program and name, the least recently used forgotten beyond `most_pages` in
    all."""

    def __init__(
        self, limits: WalkLimits, monotonic: Callable[[], float], *, most_pages: int = 3000
    ) -> None:
        self.limits = limits
        self.monotonic = monotonic
        self._most_pages = most_pages
        self._kept: dict[tuple[Provider, object], _Kept] = {}

    def change(self, limits: WalkLimits) -> None:
        """Walks that begin from now on keep to these limits."""
        self.limits = limits
        if not limits.fresh:
            self._drop(lambda _: True)

    async def reach(self, provider: Provider, name: object, begin: Begin[T]) -> Reached:
        """The walk of that name through a program, gone on with as far as one request pays for."""
        while True:
            kept = self._take(provider, name, begin)
            going_on = kept.successor or kept.walk
            await going_on.reach()
            if not going_on.is_dropped:
                break
        if kept.successor is not None and _can_replace(kept.successor, kept.walk):
            kept.walk, kept.successor = kept.successor, None
        self._make_room()
        return Reached(kept.walk, kept.successor)

    def _take(self, provider: Provider, name: object, begin: Begin[T]) -> _Kept:
        """The kept walk, with a successor if it is old; moved to the end of the line."""
        key = (provider, name)
        kept = self._kept.pop(key, None)
        if kept is None or self._age(kept.walk) >= self.limits.stale:
            kept = _Kept(begin())
        elif kept.successor is None and self._is_old(kept.walk):
            kept.successor = begin()
        self._kept[key] = kept
        return kept

    def is_at_hand(self, provider: Provider, name: object) -> bool:
        """Whether a walk of that name is over and good: reaching it costs nothing."""
        kept = self._kept.get((provider, name))
        return kept is not None and kept.walk.is_over and not self._is_old(kept.walk)

    def _is_old(self, walk: Walk[Any]) -> bool:
        """Whether another walk should follow; not while it goes on itself."""
        if walk.stopped_at is None or not self.limits.fresh:
            return False
        return walk.is_stale or self._age(walk) >= self.limits.fresh

    def _age(self, walk: Walk[Any]) -> float:
        """Seconds since a walk stopped; 0 while it goes on, however long that takes."""
        return 0.0 if walk.stopped_at is None else self.monotonic() - walk.stopped_at

    def good_until(self, reached: Reached) -> float:
        """Up to which instant nothing newer is to be had; long ago for a walk that goes on, or
        should."""
        walk = reached.walk
        if reached.is_stale or walk.failure is not None or walk.stopped_at is None:
            return float("-inf")
        return walk.stopped_at + self.limits.fresh

    def for_request(self) -> "Walks":
        """The walks that a request takes part in: its own, where nothing is kept."""
        return self if self.limits.fresh else Walks(self.limits, self.monotonic)

    def drop(self, program_key: str) -> None:
        """Forget what was walked of a program: something was changed there."""
        self._drop(lambda provider: provider.config.key == program_key)

    def _drop(self, is_meant: Callable[[Provider], bool]) -> None:
        for key in [key for key in self._kept if is_meant(key[0])]:
            _drop(self._kept.pop(key))

    def _make_room(self) -> None:
        pages = sum(kept.weight for kept in self._kept.values())
        for key in list(self._kept)[:-1]:
            if pages <= self._most_pages:
                return
            kept = self._kept.pop(key)
            pages -= kept.weight
            _drop(kept)

    async def stop(self, providers: Collection[Provider]) -> None:
        """Stop all walks of these, and forget them."""
        kept = [self._kept.pop(key) for key in list(self._kept) if key[0] in providers]
        walks = [walk for k in kept for walk in (k.walk, k.successor) if walk is not None]
        await asyncio.gather(*(walk.aclose() for walk in walks))


def _can_replace(successor: Walk[Any], walk: Walk[Any]) -> bool:
    """Whether a walk tells at least as much as the one before it."""
    return successor.is_over or (not walk.is_over and successor.pages >= walk.pages > 0)


def _drop(kept: _Kept) -> None:
    kept.walk.drop()
    if kept.successor is not None:
        kept.successor.drop()
