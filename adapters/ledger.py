"""What one request drew from the providers.

Carried in a context variable, so that neither resolvers nor adapters have to pass it on.
"""

from contextvars import ContextVar
from typing import NamedTuple

from msgspec import Struct

from adapters.observer import Answered


class Item(NamedTuple):
    """A read or a change of one program. `endpoint` is a method and the template of a path,
    `seconds` how long the request waited for it."""

    program: str
    endpoint: str
    answered: Answered
    seconds: float


class Ledger(Struct, eq=False):
    """`calls` is how many upstream calls were sent for the request, further tries of the same call
    not counted; `good_until` the instant, by the monotonic clock, up to which all that was read is
    fresh; `items` everything that was read or changed, if that `is_itemized`."""

    calls: int = 0
    good_until: float = float("inf")
    is_itemized: bool = False
    items: list[Item] = []


_current: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


class entering_in:  # noqa: N801 - a context manager; a generator would take twice the time
    """Enter what is done in the block, and by the tasks that are begun there."""

    __slots__ = ("_ledger", "_token")

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __enter__(self) -> None:
        self._token = _current.set(self._ledger)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


def note_call() -> None:
    """A call is sent."""
    ledger = _current.get()
    if ledger is not None:
        ledger.calls += 1


def note_read(good_until: float) -> None:
    """Something was read, and is fresh up to that instant."""
    ledger = _current.get()
    if ledger is not None and good_until < ledger.good_until:
        ledger.good_until = good_until


def is_itemizing() -> bool:
    """Whether the request wants to know what was read and changed for it."""
    ledger = _current.get()
    return ledger is not None and ledger.is_itemized


def note_item(item: Item) -> None:
    """A program answered, or what was kept of it; for a request that wants to know."""
    ledger = _current.get()
    if ledger is not None:
        ledger.items.append(item)
