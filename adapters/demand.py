"""What the request at hand asks of every read that is made for it.

Carried in a context variable, so that neither resolvers nor adapters have to pass it on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Demand:
    """`deadline` is an instant of the running loop's clock in seconds, None when nobody waits for
    long; `is_idle` lets every other read go first; `wants_fresh` takes nothing from a cache."""

    deadline: float | None = None
    is_idle: bool = False
    wants_fresh: bool = False


_current: ContextVar[Demand] = ContextVar("demand", default=Demand())  # noqa: B039 (frozen)


def current_demand() -> Demand:
    """What the request at hand asks."""
    return _current.get()


@contextmanager
def demanding(demand: Demand) -> Iterator[None]:
    """Ask it of everything in the block, and of the tasks that are begun there."""
    token = _current.set(demand)
    try:
        yield
    finally:
        _current.reset(token)
