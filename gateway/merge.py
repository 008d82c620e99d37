"""Asking several programs at once and saying how each contributed. No GraphQL in here."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from msgspec import Struct

from adapters.at_hand import all_of
from adapters.errors import Failure, ProviderError, Unsupported
from adapters.provider import Reading
from gateway.programs import Program

T = TypeVar("T")

MOST_AT_ONCE = 50


class SourceStatus(StrEnum):
    """How a program's answer came about."""

    FRESH = "FRESH"
    STALE = "STALE"
    FAILED = "FAILED"
    UNSUPPORTED = "UNSUPPORTED"
    NOT_ASKED = "NOT_ASKED"


class SourceReport(Struct, frozen=True):
    """How one program contributed to a result."""

    program: Program
    status: SourceStatus
    fetched_at: datetime | None = None
    is_computed: bool = False
    is_complete: bool = True
    total_count: int | None = None
    error: Failure | None = None

    @classmethod
    def of_reading(
        cls, program: Program, reading: Reading[object], total_count: int | None = None
    ) -> "SourceReport":
        """The report of a read that went well, or well enough."""
        return cls(
            program=program,
            status=SourceStatus.STALE if reading.is_stale else SourceStatus.FRESH,
            fetched_at=reading.fetched_at,
            is_computed=reading.is_computed,
            is_complete=reading.is_complete,
            total_count=total_count,
            error=reading.failure,
        )

    @classmethod
    def of_failure(cls, program: Program, error: ProviderError | Unsupported) -> "SourceReport":
        """The report of a read that came to nothing."""
        if isinstance(error, Unsupported):
            return cls(program, SourceStatus.UNSUPPORTED)
        return cls(program, SourceStatus.FAILED, is_complete=False, error=error.report)


class Contribution(Struct, Generic[T], frozen=True):
    """What one program gave: a reading, or why there is none."""

    program: Program
    outcome: Reading[T] | ProviderError | Unsupported

    @property
    def reading(self) -> Reading[T] | None:
        """The reading, None when the program gave none."""
        return self.outcome if isinstance(self.outcome, Reading) else None

    def source(self, total_count: int | None = None) -> SourceReport:
        """The report on this contribution."""
        if isinstance(self.outcome, Reading):
            return SourceReport.of_reading(self.program, self.outcome, total_count)
        return SourceReport.of_failure(self.program, self.outcome)


class Listing(Struct, Generic[T], frozen=True):
    """Things of several programs, few enough to need no pages."""

    nodes: list[T]
    sources: list[SourceReport]

    @classmethod
    def of(cls, contributions: Sequence[Contribution[Sequence[T]]]) -> "Listing[T]":
        """Everything that was contributed, program by program."""
        nodes = [node for c in contributions if c.reading for node in c.reading.value]
        return cls(nodes, sources(contributions))


class Board(Struct, Generic[T], frozen=True):
    """A ranking over several programs."""

    entries: list[T]
    sources: list[SourceReport]


Read = Callable[[Program], Awaitable[Reading[T]]]


async def ask(programs: Sequence[Program], read: Read[T]) -> list[Contribution[T]]:
    """Ask all the programs at once; the contributions stand in the programs' order.

    "At once" is `MOST_AT_ONCE` at a time, so that a hundred slow stores leave room for others.
    """
    if len(programs) == 1:
        # One alone needs no task of its own.
        return [await _ask_one(programs[0], read)]
    if len(programs) <= MOST_AT_ONCE:
        return await all_of(_ask_one(program, read) for program in programs)
    places = asyncio.Semaphore(MOST_AT_ONCE)

    async def ask_in_turn(program: Program) -> Contribution[T]:
        async with places:
            return await _ask_one(program, read)

    return await all_of(map(ask_in_turn, programs))


async def _ask_one(program: Program, read: Read[T]) -> Contribution[T]:
    try:
        return Contribution(program, await read(program))
    except (ProviderError, Unsupported) as error:
        return Contribution(program, error)


def sources(contributions: Iterable[Contribution[Any]]) -> list[SourceReport]:
    """The reports on several contributions."""
    return [contribution.source() for contribution in contributions]


def values(contributions: Iterable[Contribution[T]]) -> list[T]:
    """What was read, without the programs that gave nothing."""
    return [c.reading.value for c in contributions if c.reading is not None]
