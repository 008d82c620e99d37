"""One list out of the lists of several programs, in pages that a cursor resumes.

Programs take turns, each in its provider's own order. A page asks as few of them as will fill
it, each for one upstream page at most; what it does not consume is taken up again by the next
page at the same offset, so every item comes exactly once. A program that fails keeps its place.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from itertools import islice, repeat, zip_longest
from math import ceil
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from adapters.model import Page
from adapters.provider import Reading
from gateway.ids import Position, encode_cursor
from gateway.merge import Contribution, SourceReport, SourceStatus, ask
from gateway.programs import Program

T = TypeVar("T")

SMALLEST_SHARE = 5
"""Items a program is asked for at least: a call for a single item is badly spent."""

ReadPage = Callable[[Program, int], Awaitable[Reading[Page[T]]]]
"""Reads an upstream page, numbered from 1, of one program."""


class Edge(Struct, Generic[T], frozen=True):
    """An item in its place in a list."""

    cursor: str
    node: T


class PageInfo(Struct, frozen=True, gc=False):
    """Where a page of a connection stands (Relay cursor connections, section PageInfo)."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Span(NamedTuple):
    """Items of one upstream page: those from `start` on, up to but without `stop`."""

    page: Page[Any]
    start: int
    stop: int


class Portion(Generic[T]):
    """What one program has to offer to a page: the rest of one upstream page from its offset."""

    def __init__(self, contribution: Contribution[Page[T]], offset: int) -> None:
        page_size = contribution.program.provider.page_size
        reading = contribution.reading
        self.items: tuple[T, ...] = ()
        self._page: Page[T] | None = None
        self._has_next = False
        self._is_open = False
        if reading is not None:
            self._page = reading.value
            self._start = offset % page_size
            # Rows beyond the page's end have the offsets of the next page's.
            self.items = reading.value.items[self._start : page_size]
            self._has_next = reading.value.has_next
            self._is_open = reading.value.is_open
        self._offset = offset
        self._page_end = (offset // page_size + 1) * page_size
        self._failed = reading is None

    def span(self, count: int) -> Span | None:
        """Where so many items of it stand in the page; None where there is no page."""
        if self._page is None:
            return None
        return Span(self._page, self._start, self._start + count)

    def offset_after(self, consumed: int) -> int | None:
        """Where the program stands once so many items were taken; None when it is through."""
        if self._failed:
            return self._offset
        if consumed < len(self.items) or self._is_open:
            return self._offset + consumed
        # A page may hold fewer rows than its meta promises: go by pages, or never get on (X12).
        return self._page_end if self._has_next else None


class Connection(Generic[T]):
    """A page of the merged list. Cursors are made when they are asked for."""

    def __init__(
        self,
        *,
        start: Position,
        portions: dict[int, Portion[T]],
        turns: list[int],
        sources: list[SourceReport],
        total_count: int | None,
        bound_to: bytes,
        has_previous_page: bool,
    ) -> None:
        self._start = start
        self._portions = portions
        self._turns = turns
        self._bound_to = bound_to
        self._has_previous_page = has_previous_page
        self.sources = sources
        self.total_count = total_count

    @classmethod
    def empty(cls, sources: list[SourceReport]) -> "Connection[T]":
        """A list of nothing."""
        return cls(
            start=Position((), 0),
            portions={},
            turns=[],
            sources=sources,
            total_count=None,
            bound_to=b"",
            has_previous_page=False,
        )

    @cached_property
    def nodes(self) -> list[T]:
        """The items: the n-th is the next one of the program whose turn it was."""
        upcoming = {index: iter(portion.items) for index, portion in self._portions.items()}
        return [next(upcoming[index]) for index in self._turns]

    @property
    def span(self) -> Span | None:
        """Where the items stand, when they are all of one program's page."""
        if len(self._portions) != 1:
            return None
        [portion] = self._portions.values()
        return portion.span(len(self._turns))

    @cached_property
    def edges(self) -> list[Edge[T]]:
        """The items with their cursors."""
        taken = dict.fromkeys(self._portions, 0)
        edges = []
        for index, node in zip(self._turns, self.nodes, strict=True):
            taken[index] += 1
            edges.append(Edge(self._cursor(taken, index), node))
        return edges

    @cached_property
    def page_info(self) -> PageInfo:
        """Where the page stands."""
        taken = Counter(self._turns)
        last = self._turns[-1] if self._turns else None
        has_next = any(offset is not None for offset in self._position(taken, last).offsets)
        return PageInfo(
            has_next_page=has_next,
            has_previous_page=self._has_previous_page,
            start_cursor=self.edges[0].cursor if self._turns else None,
            end_cursor=self._cursor(taken, last) if self._turns or has_next else None,
        )

    def _cursor(self, taken: Mapping[int, int], last: int | None) -> str:
        return encode_cursor(self._position(taken, last), self._bound_to)

    def _position(self, taken: Mapping[int, int], last: int | None) -> Position:
        """Where the list stands with so many items taken of each portion, `last` being the
        program that gave the latest."""
        offsets = list(self._start.offsets)
        for index, portion in self._portions.items():
            offsets[index] = portion.offset_after(taken[index])
        turn = self._start.turn if last is None else (last + 1) % len(offsets)
        return Position(tuple(offsets), turn)


async def connect_pages(
    programs: Sequence[Program],
    read: ReadPage[T],
    *,
    first: int,
    after: Position | None,
    bound_to: bytes,
    count_all: bool,
    can: Callable[[Program], bool] = lambda program: True,
) -> Connection[T]:
    """The next page of the merged list: at most `first` items, after a position or from the
    start. `count_all` also asks the programs that do not contribute, for their totals. Programs
    that cannot have such a list are left out and say so on every page."""
    able = [can(program) for program in programs]
    start = after or Position(tuple(0 if a else None for a in able), 0)
    portions, asked = await _collect(programs, read, start, first)
    counted = dict(asked)
    if count_all:
        others = [n for n in range(len(programs)) if able[n] and n not in asked]
        counted |= await _read(programs, read, start, others)
    return Connection(
        start=start,
        portions=portions,
        turns=_take_turns(portions, first),
        sources=_sources(programs, able, start, counted),
        total_count=_total(counted) if count_all else None,
        bound_to=bound_to,
        has_previous_page=after is not None,
    )


async def _collect(
    programs: Sequence[Program], read: ReadPage[T], start: Position, first: int
) -> tuple[dict[int, Portion[T]], dict[int, Contribution[Page[T]]]]:
    """Ask programs, from the one whose turn it is, until there is enough for a page.

    In waves: as many at once as must be asked, more only where those had too little.
    """
    count = len(programs)
    waiting = [
        index
        for index in ((start.turn + step) % count for step in range(count))
        if start.offsets[index] is not None
    ]
    portions: dict[int, Portion[T]] = {}
    asked: dict[int, Contribution[Page[T]]] = {}
    missing = first
    while waiting and missing > 0:
        share = max(SMALLEST_SHARE, ceil(missing / len(waiting)))
        wave_size = ceil(missing / share)
        wave, waiting = waiting[:wave_size], waiting[wave_size:]
        answers = await _read(programs, read, start, wave)
        asked |= answers
        for index, contribution in answers.items():
            portions[index] = Portion(contribution, start.offsets[index] or 0)
        missing = first - sum(len(portion.items) for portion in portions.values())
    return portions, asked


async def _read(
    programs: Sequence[Program], read: ReadPage[T], start: Position, indexes: list[int]
) -> dict[int, Contribution[Page[T]]]:
    page_by_key = {
        programs[index].key: (start.offsets[index] or 0) // programs[index].provider.page_size + 1
        for index in indexes
    }
    contributions = await ask(
        [programs[index] for index in indexes],
        lambda program: read(program, page_by_key[program.key]),
    )
    return dict(zip(indexes, contributions, strict=True))


def _take_turns(portions: dict[int, Portion[T]], first: int) -> list[int]:
    """Whose item comes when: one each in turn, passing over those that have no more."""
    if len(portions) == 1:
        [(index, portion)] = portions.items()
        return [index] * min(first, len(portion.items))
    rounds = zip_longest(*(repeat(index, len(p.items)) for index, p in portions.items()))
    return list(islice((index for one in rounds for index in one if index is not None), first))


def _sources(
    programs: Sequence[Program],
    able: Sequence[bool],
    start: Position,
    asked: dict[int, Contribution[Page[T]]],
) -> list[SourceReport]:
    """A report for every program but those that an earlier page has finished with."""
    reports = []
    for index, program in enumerate(programs):
        if not able[index]:
            reports.append(SourceReport(program, SourceStatus.UNSUPPORTED))
        elif index in asked:
            reading = asked[index].reading
            report = asked[index].source(reading.value.total if reading else None)
            offset = start.offsets[index] or 0
            if reading is not None and not _is_whole(reading.value, offset, program):
                report = replace(report, is_complete=False)
            reports.append(report)
        elif start.offsets[index] is not None:
            reports.append(SourceReport(program, SourceStatus.NOT_ASKED, is_complete=False))
    return reports


def _is_whole(page: Page[Any], offset: int, program: Program) -> bool:
    """Whether the page of an offset has no more rows than were asked for, nor, where it is the
    last, fewer than the list's own total promises."""
    size, rows = program.provider.page_size, len(page.items)
    if rows > size:
        return False
    is_last = not page.has_next and not page.is_open
    return not is_last or page.total is None or offset // size * size + rows >= page.total


def _total(asked: dict[int, Contribution[Page[T]]]) -> int | None:
    """All items of all the programs; None unless each says."""
    total = 0
    for contribution in asked.values():
        if contribution.reading is None or contribution.reading.value.total is None:
            return None
        total += contribution.reading.value.total
    return total
