"""Programs made of nothing but lists of items, to be paged through."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from adapters.errors import Unavailable
from adapters.model import Page
from adapters.provider import Provider, Reading
from gateway.ids import Position, binding, decode_cursor
from gateway.lists.paging import Connection, connect_pages
from gateway.programs import Program
from tests.running import program as program_config

NOW = datetime(2025, 1, 20, tzinfo=UTC)
PAGE_SIZE = 100
BOUND_TO = binding("tests")


class Listed(Provider):
    """A provider that is never asked: the tests read for it."""

    key: ClassVar[str] = "listed"
    name: ClassVar[str] = "Listed"
    page_size: ClassVar[int] = PAGE_SIZE


@dataclass
class Shelf:
    """What a program holds.

    `pages` is how many items each upstream page has. One that does not tell its end says that
    another page may follow every full one, as Piggy does.
    """

    pages: tuple[int, ...]
    tells_end: bool = True
    total: int | None = None
    is_able: bool = True

    @classmethod
    def of(cls, size: int, *, tells_end: bool = True, is_able: bool = True) -> "Shelf":
        """A program of so many items, on pages that are full but for the last."""
        full, rest = divmod(size, PAGE_SIZE)
        pages = (PAGE_SIZE,) * full + ((rest,) if rest else ())
        return cls(pages, tells_end, size if tells_end else None, is_able)

    def page(self, program: str, number: int) -> Page[str]:
        """An upstream page; items are named after their program and their place in it."""
        if number > len(self.pages):
            return Page((), has_next=False, total=self.total)
        before, here = sum(self.pages[: number - 1]), self.pages[number - 1]
        items = tuple(f"{program}:{before + place}" for place in range(here))
        is_last = number == len(self.pages)
        return Page(items, not is_last or (not self.tells_end and here == PAGE_SIZE), self.total)

    def items(self, program: str) -> list[str]:
        """Everything, in order."""
        return [f"{program}:{place}" for place in range(sum(self.pages))]


@dataclass
class Library:
    """Programs, the reads that were made of them, and which of these fail, counted from 0."""

    shelves: list[Shelf]
    failing: Collection[int] = ()
    reads: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        keys = [f"p{index}" for index in range(len(self.shelves))]
        self.programs = [Program.of(Listed(program_config(k, "listed", "", ""))) for k in keys]
        self.by_key = dict(zip(keys, self.shelves, strict=True))

    async def read(self, program: Program, page: int) -> Reading[Page[str]]:
        """One upstream page, or its failure."""
        self.reads.append((program.key, page))
        if len(self.reads) - 1 in self.failing:
            raise Unavailable(program_key=program.key, provider_key="listed")
        return Reading(self.by_key[program.key].page(program.key, page), NOW)

    async def page(
        self, first: int, after: str | None = None, *, count_all: bool = False
    ) -> Connection[str]:
        """A page of the merged list."""
        position: Position | None = None
        if after is not None:
            position = decode_cursor(after, BOUND_TO, len(self.programs))
        return await connect_pages(
            self.programs,
            self.read,
            first=first,
            after=position,
            bound_to=BOUND_TO,
            count_all=count_all,
            can=lambda program: self.by_key[program.key].is_able,
        )

    def everything(self) -> dict[str, list[str]]:
        """The items of each program that can list them."""
        return {key: shelf.items(key) for key, shelf in self.by_key.items() if shelf.is_able}
