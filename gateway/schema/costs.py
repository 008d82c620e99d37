"""How fields say what they cost: upstream calls and objects in the answer, at most.

A rule is worked out once for a field of a document, for all the objects at once that the field
is asked of. What one request reads once, however often it is asked for, is told as such, so that
it is counted once (`gateway.loaders`, `gateway.reports.computed`).
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from adapters.capability import Capability
from adapters.provider import CallBounds
from gateway.programs import Program, Programs


class Many(NamedTuple):
    """Objects that a selection is made on, over the whole answer. In all of their lists together
    there are `items`, in all of the lists of these `items_within`, and `sources`."""

    objects: int
    items: int = 0
    items_within: int = 0
    sources: int = 0

    def plus(self, other: "Many") -> "Many":
        """These and the others."""
        return Many(*map(sum, zip(self, other, strict=True)))


class Scope:
    """The programs that the caller sees, as the rules look at them."""

    def __init__(self, programs: Programs, walk_pages: int) -> None:
        self.programs: Sequence[Program] = tuple(programs)
        self.keys = frozenset(program.key for program in programs)
        self.walk_pages = walk_pages
        self._does: dict[Capability, frozenset[str]] = {}
        self._has: dict[Capability, frozenset[str]] = {}

    def doing(self, capability: Capability) -> frozenset[str]:
        """The programs whose provider itself can do something."""
        if capability not in self._does:
            self._does[capability] = self.those(lambda program: program.does(capability))
        return self._does[capability]

    def having(self, capability: Capability) -> frozenset[str]:
        """The programs that can do something, themselves or through the gateway."""
        if capability not in self._has:
            self._has[capability] = self.those(lambda program: program.has(capability))
        return self._has[capability]

    def those(self, are: Callable[[Program], bool]) -> frozenset[str]:
        """The programs of which something is true."""
        return frozenset(program.key for program in self.programs if are(program))

    @cached_property
    def bounds(self) -> CallBounds:
        """Of each kind of read or change, the most that a provider takes."""
        every = [program.provider.most_calls for program in self.programs]
        return CallBounds(*(max(kind, default=0) for kind in zip(*every, strict=True)))


class Calls:
    """The upstream calls of one operation, at most.

    Where changes are made nothing is shared: after each, everything is read anew.
    """

    def __init__(self, *, is_shared: bool) -> None:
        self._is_shared = is_shared
        self._own = 0
        self._shared: dict[Hashable, tuple[int, int, frozenset[str]]] = {}

    def each(self, number: int) -> None:
        """Calls that nothing else in the operation can share."""
        self._own += number

    def once(self, read: Hashable, times: int, programs: frozenset[str], calls: int = 1) -> None:
        """A read that each of these programs is asked for once, whoever wants it; `times` is how
        many of them are at most."""
        if not programs:
            return
        if not self._is_shared:
            self._own += times * calls
            return
        _, before, others = self._shared.get(read, (calls, 0, frozenset[str]()))
        self._shared[read] = (calls, before + min(times, len(programs)), others | programs)

    @property
    def total(self) -> int:
        """All of them."""
        return self._own + sum(
            calls * min(times, len(programs)) for calls, times, programs in self._shared.values()
        )


@dataclass(frozen=True)
class Asked:
    """A field as a document asks for it.

    `place` tells it from the other fields. `is_merged` if it is over several programs at once,
    which its argument `programs` names.
    """

    place: Hashable
    parents: Many
    arguments: Mapping[str, Any]
    is_merged: bool
    scope: Scope
    calls: Calls

    @cached_property
    def programs(self) -> frozenset[str]:
        """The programs that may be asked."""
        named = self.arguments.get("programs") if self.is_merged else None
        return self.scope.keys if named is None else self.scope.keys.intersection(named)

    @property
    def programs_each(self) -> int:
        """How many programs are asked for each of the objects."""
        return len(self.programs) if self.is_merged else 1

    @property
    def times(self) -> int:
        """How often a program is asked, if nothing is shared."""
        return self.parents.objects * self.programs_each

    def listing(self, length: int, within: int = 0) -> Many:
        """One list each of so many items, which have lists of so many themselves."""
        objects = self.parents.objects
        return Many(
            objects,
            items=objects * length,
            items_within=objects * length * within,
            sources=objects * self.programs_each,
        )


Rule: TypeAlias = Callable[[Asked], Many]
"""Adds what a field costs to the calls of what was asked, and tells what it returns."""


def single(asked: Asked) -> Many:
    """One object each, without a call: what a field costs that says nothing else."""
    return Many(asked.parents.objects)


def items(asked: Asked) -> Many:
    """The list that the objects are about."""
    return Many(asked.parents.items, asked.parents.items_within)


def sources(asked: Asked) -> Many:
    """A report a program."""
    return Many(asked.parents.sources)
