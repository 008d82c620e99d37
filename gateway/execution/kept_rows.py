"""What the rows of an upstream page became, kept as long as the page itself is."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NoReturn
from weakref import ref

import orjson
from msgspec import Struct

from adapters.model import Page
from gateway.execution.leaves import Surprise
from gateway.lists.paging import Span

KEPT_BYTES = 16 * 1024 * 1024

# What an entry takes beside its JSON, about.
ENTRY_BYTES = 300

MakeRows = Callable[[Sequence[Any]], bytes]
"""Makes a list of an answer, as JSON. Raises Surprise."""


class _Nothing:
    def made(self, *_: object) -> NoReturn:
        """Raises Surprise."""
        raise Surprise


class Alone:
    """Stands for a run where rows are made for all runs to come: nothing is looked up."""

    things = _Nothing()


ALONE = Alone()


class Encoded(Struct, frozen=True, gc=False):
    """A part of an answer that is JSON already."""

    body: bytes


def dumped(make: Callable[[Sequence[Any]], list[Any]]) -> MakeRows:
    """Makes rows by way of a list of dicts."""

    def rows(items: Sequence[Any]) -> bytes:
        try:
            return orjson.dumps(make(items), option=orjson.OPT_UTC_Z)
        except orjson.JSONEncodeError:
            raise Surprise from None

    return rows


class _OfPage:
    """`page` is only watched, not kept."""

    def __init__(self, page: "ref[Page[Any]]") -> None:
        self.page = page
        self.rows: dict[MakeRows, dict[tuple[int, int], Encoded]] = {}

    @property
    def size(self) -> int:
        return sum(map(_size, self.rows.values()))


def _size(rows: dict[tuple[int, int], Encoded]) -> int:
    return sum(ENTRY_BYTES + len(one.body) for one in rows.values())


class KeptRows:
    """Finished rows of pages that a cache still holds: they follow from the page alone, which
    never changes. Those of the page that was least recently used are forgotten first.

    Each is kept by the function that makes it, a part of a plan: when the plan goes, `drop` what
    it made.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        # By identity: to compare pages takes longer than to make the rows.
        self._pages: OrderedDict[int, _OfPage] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes of memory that the rows take, about."""
        return self._size

    def get(self, span: Span | None, make: MakeRows) -> Encoded | None:
        """The rows of a span, made if need be; None where these are no span of a page, or where
        `make` has a Surprise with one."""
        if span is None:
            return None
        kept = self._pages.get(id(span.page))
        if kept is not None:
            rows = kept.rows.get(make, {}).get((span.start, span.stop))
            if rows is not None:
                self._pages.move_to_end(id(span.page))
                return rows
        try:
            rows = Encoded(make(span.page.items[span.start : span.stop]))
        except Surprise:
            return None
        self._keep(span, make, rows)
        return rows

    def _keep(self, span: Span, make: MakeRows, rows: Encoded) -> None:
        number = id(span.page)
        kept = self._pages.get(number)
        if kept is None:
            watched = ref(span.page, lambda _: self._forget(number))
            kept = self._pages[number] = _OfPage(watched)
        kept.rows.setdefault(make, {})[span.start, span.stop] = rows
        self._size += ENTRY_BYTES + len(rows.body)
        while self._size > self._kept_bytes:
            self._forget(next(iter(self._pages)))

    def drop(self, make: MakeRows) -> None:
        """Forget what a function made."""
        for kept in list(self._pages.values()):
            self._size -= _size(kept.rows.pop(make, {}))

    def _forget(self, number: int) -> None:
        kept = self._pages.pop(number, None)
        if kept is not None:
            self._size -= kept.size
