"""A list that comes by cursor, read by the number of a page."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from adapters.model import Page
from adapters.provider import Reading

T = TypeVar("T")


class CursorPage(Page[T], frozen=True, kw_only=True):
    """A page that tells where the next one begins; None at the end."""

    next_cursor: str | None


class Trail(Generic[T]):
    """The cursors of a list as far as it was read.

    Only a page tells the cursor of the next one, so a page whose cursor is not known costs those
    before it. Read in order, as the gateway does, each costs one call. A page that is read again
    tells the next one's cursor anew, which keeps the two together when the list has moved.
    """

    def __init__(self, read: Callable[[str], Awaitable[Reading[CursorPage[T]]]]) -> None:
        """`read` is given the cursor of a page, empty for the first one."""
        self._read = read
        self._cursors = [""]

    async def page(self, number: int) -> Reading[Page[T]]:
        """The page with a number from 1 up; beyond the end it is empty."""
        while True:
            reached = min(number, len(self._cursors))
            cursor = self._cursors[reached - 1]
            reading = await self._read(cursor)
            next_cursor = reading.value.next_cursor
            # Others may have found the list changed meanwhile.
            if self._cursors[reached - 1 : reached] == [cursor]:
                if next_cursor is None:
                    del self._cursors[reached:]
                else:
                    self._cursors[reached : reached + 1] = [next_cursor]
            if reached == number:
                return reading
            if next_cursor is None:
                return reading.map(lambda _: Page((), has_next=False))
