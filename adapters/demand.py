"""What the request at hand asks of every read that is made for it.

Carried in a context variable, so that neither resolvers nor adapters have to pass it on.
"""

from contextvars import ContextVar

from msgspec import Struct


class Demand(Struct, frozen=True, gc=False):
    """`deadline` is an instant of the running loop's clock in seconds, None when nobody waits for
    long; `is_idle` lets every other read go first; `wants_fresh` takes nothing from a cache."""

    deadline: float | None = None
    is_idle: bool = False
    wants_fresh: bool = False

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for it."""
        return not self.is_idle or self.deadline is not None


_current: ContextVar[Demand] = ContextVar("demand", default=Demand())  # noqa: B039 (frozen)


def current_demand() -> Demand:
    """What the request at hand asks."""
    return _current.get()


class demanding:  # noqa: N801 - a context manager; a generator would take twice the time
    """Ask it of everything in the block, and of the tasks that are begun there."""

    __slots__ = ("_demand", "_token")

    def __init__(self, demand: Demand) -> None:
        self._demand = demand

    def __enter__(self) -> None:
        self._token = _current.set(self._demand)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)
