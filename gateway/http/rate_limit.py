"""How much one caller may ask for in a minute, weighted by what it may cost."""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING

from gateway.errors import LimitExceeded
from gateway.execution.cost import Cost
from gateway.http.exchange import BadRequest

if TYPE_CHECKING:
    from adapters.sharing.rates import SharedRates

MINUTE = 60.0
MOST_KEYS = 10_000

# What an operation may cost for each request that it counts as.
CALLS_A_REQUEST = 10
VALUES_A_REQUEST = 1000


class MemoryRates:
    """The counts of this process: what was taken comes back evenly over the window (GCRA)."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        # By key the instant at which all that was taken will have come back.
        self._whole_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, cost: int, limit: int, window: float) -> float:
        """Take `cost` of the `limit` that a key has in `window` seconds: 0 when it was taken,
        else the seconds after which it can be."""
        now = self._monotonic()
        whole_at = max(now, self._whole_at.get(key, now)) + min(cost, limit) * window / limit
        wait = whole_at - now - window
        if wait > 0:
            return wait
        self._whole_at[key] = whole_at
        self._whole_at.move_to_end(key)
        while len(self._whole_at) > MOST_KEYS:
            self._whole_at.popitem(last=False)
        return 0.0


class RateLimit:
    """Requests a minute for each caller; 0 is no limit. They are counted by all processes together
    while what is `shared` is there, else by each alone."""

    def __init__(
        self, requests_per_minute: int, alone: MemoryRates, shared: "SharedRates | None" = None
    ) -> None:
        self._limit = requests_per_minute
        self._alone = alone
        self._shared = shared

    @property
    def is_own(self) -> bool:
        """Whether this process counts alone, and so needs to ask nobody."""
        return not self._limit or self._shared is None

    def take_own(self, caller: str) -> bool:
        """Count one request of a caller, where this process counts alone: False when it was not,
        since there were too many."""
        return not self._limit or not self._alone.take(caller, 1, self._limit, MINUTE)

    async def try_take(self, caller: str, requests: int) -> float:
        """Count requests of a caller: 0 when they were counted, else the seconds after which they
        can be."""
        if not self._limit or requests < 1:
            return 0.0
        taking = (caller, requests, self._limit, MINUTE)
        wait = None if self._shared is None else await self._shared.take(*taking)
        return self._alone.take(*taking) if wait is None else wait

    async def take(self, caller: str, requests: int, *, counted: int = 0) -> None:
        """Count requests of a caller, but for those of them that were counted before.

        What weighs more than the limit takes all of it. Raises BadRequest, 429 with Retry-After.
        """
        if not self._limit:
            return
        wait = await self.try_take(caller, min(requests, self._limit) - counted)
        if wait:
            error = LimitExceeded(
                "requests_per_minute",
                self._limit,
                self._limit + ceil(wait * self._limit / MINUTE),
                f"More than {self._limit} requests in a minute, those that may cost more than "
                f"{CALLS_A_REQUEST} upstream calls or have more than {VALUES_A_REQUEST} values "
                "counted several times.",
            )
            raise BadRequest.over(error, 429, ((b"retry-after", b"%d" % ceil(wait)),))


def requests_of(cost: Cost) -> int:
    """How many requests an operation counts as."""
    return max(
        1, ceil(cost.calls / CALLS_A_REQUEST), ceil((cost.objects + cost.values) / VALUES_A_REQUEST)
    )
