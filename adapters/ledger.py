"""What one request drew from the providers.

Carried in a context variable, so that neither resolvers nor adapters have to pass it on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Ledger:
    """`calls` is how many upstream calls were sent for the request, further tries of the same call
    not counted; `good_until` the instant, by the monotonic clock, up to which all that was read is
    fresh."""

    calls: int = 0
    good_until: float = float("inf")


_current: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


@contextmanager
def entering_in(ledger: Ledger) -> Iterator[None]:
    """Enter what is done in the block, and by the tasks that are begun there."""
    token = _current.set(ledger)
    try:
        yield
    finally:
        _current.reset(token)


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
