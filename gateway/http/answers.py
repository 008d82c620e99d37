"""Equal queries are answered once: while one runs the others wait for it, and for a few seconds
its answer is given again."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import msgspec

from adapters.flights import Flights
from gateway.caller import Caller
from gateway.execution.engine import Request
from gateway.telemetry.records import Outcome

MOST_BYTES = 16 * 1024 * 1024
NEVER = float("-inf")
"""Good until then: not to be given again."""

# What an entry takes beside its body and what was asked, about.
ENTRY_BYTES = 500


class Question(NamedTuple):
    """What makes queries equal: `caller` is the cache scope of whose they are, `variables` JSON
    with sorted keys."""

    caller: str
    query: str
    operation_name: str | None
    variables: bytes

    @classmethod
    def of(cls, request: Request, caller: Caller) -> "Question":
        """What a caller's request asks."""
        variables = request.variables
        encoded = msgspec.json.encode(variables, order="sorted") if variables else b""
        return cls(caller.cache_scope, request.query, request.operation_name, encoded)

    @property
    def size(self) -> int:
        """Bytes of memory that it takes, about."""
        return len(self.query) + len(self.variables)


class Finished(NamedTuple):
    """An answer's body. `good_until` is the instant of the monotonic clock up to which all that
    it tells is fresh; `name` is the operation's, `codes` counts the errors in it."""

    body: bytes
    good_until: float
    name: str | None
    outcome: Outcome
    codes: Mapping[str, int]


class _Kept(NamedTuple):
    finished: Finished
    until: float
    drops: int
    size: int


class Answers:
    """Finished answers by what was asked, for `seconds` at most, the least recently
    used forgotten first beyond 16 MiB.

    `drops` counts the changes of all programs: no answer outlives one, and none that was begun
    before is waited for after it.
    """

    def __init__(
        self,
        seconds: float,
        *,
        drops: Callable[[], int],
        monotonic: Callable[[], float],
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._seconds = seconds
        self._drops = drops
        self._monotonic = monotonic
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        self._flights = Flights()

    @property
    def size(self) -> int:
        """Bytes of memory that the answers take, about."""
        return self._bytes

    def get(self, question: Question) -> Finished | None:
        """What is kept."""
        kept = self._kept.get(question)
        if kept is None:
            return None
        if not self._holds(kept):
            self._forget(question)
            return None
        self._kept.move_to_end(question)
        return kept.finished

    async def join(self, question: Question, run: Callable[[], Awaitable[Finished]]) -> Finished:
        """What `run` gives, or the same query that is running already."""
        drops = self._drops()

        async def finish() -> Finished:
            finished = await run()
            self._keep(question, finished, drops)
            return finished

        return await self._flights.join((question, drops), finish)

    def _keep(self, question: Question, finished: Finished, drops: int) -> None:
        until = min(finished.good_until, self._monotonic() + self._seconds)
        if until <= self._monotonic() or drops != self._drops():
            return
        size = len(finished.body) + question.size + ENTRY_BYTES
        self._forget(question)
        if size > self._most_bytes:
            return
        self._kept[question] = _Kept(finished, until, drops, size)
        self._bytes += size
        while self._bytes > self._most_bytes or not self._oldest_holds():
            self._forget(next(iter(self._kept)))

    def _oldest_holds(self) -> bool:
        """Whether what was given least recently may be given again."""
        return self._holds(next(iter(self._kept.values())))

    def _holds(self, kept: _Kept) -> bool:
        return kept.until > self._monotonic() and kept.drops == self._drops()

    def _forget(self, question: Question) -> None:
        kept = self._kept.pop(question, None)
        if kept is not None:
            self._bytes -= kept.size
