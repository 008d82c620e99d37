"""What was read lately, decoded: a hit costs neither a request nor a decode.

An entry is fresh for a while, then served stale while it is being renewed behind the answer, and
served stale when it cannot be renewed. Both say so, with the instant of the provider's answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from adapters._http.clock import Clock
from adapters.demand import Demand, current_demand, demanding
from adapters.errors import (
    MalformedResponse,
    ProviderError,
    RateLimited,
    TimedOut,
    Unavailable,
)
from adapters.flights import Flights
from adapters.ledger import note_read
from adapters.limits import UpstreamLimits
from adapters.observer import Answered
from adapters.provider import Reading
from adapters.sharing.kept import Had, SharedAnswer
from adapters.store import MEMORY_PER_BYTE, Entry, KeptAs, Store

if TYPE_CHECKING:  # the client behind it is an extra
    from adapters.sharing.reads import SharedReads, Turn

T = TypeVar("T")

# Up to when something is good that nothing may be kept of.
NOT_KEPT = float("-inf")

# Failures that an older answer is better than. The others are answers to the question asked.
_WORTH_STALE = (TimedOut, Unavailable, RateLimited, MalformedResponse)


class Fetched(Struct, frozen=True):
    """A decoded answer and the bytes that it came in, None where no body is the answer."""

    value: object
    body: bytes | None


class Question(Struct, frozen=True):
    """A read: what it is for, how to ask the provider, and how to decode what it answered to
    another process."""

    target: str
    fetch: Callable[[], Awaitable[Fetched]]
    decode: Callable[[bytes], object]


class Note(Protocol):
    """Told of a read that was answered."""

    def __call__(self, method: str, target: str, answered: Answered, started: float) -> None: ...


class ReadCache:
    """One program's reads through the store, where they are `kept_as` those of one credential.
    `late` makes the error of a request whose time is up. `note` is told what answered each read,
    with the instant at which it began. `shared` is a second level that other processes read and
    write."""

    def __init__(
        self,
        store: Store,
        kept_as: KeptAs,
        limits: UpstreamLimits,
        clock: Clock,
        *,
        late: Callable[[], ProviderError],
        note: Note,
        shared: "SharedReads | None" = None,
    ) -> None:
        self._store = store
        self._kept_as = kept_as
        self._limits = limits
        self._clock = clock
        self._late = late
        self._note = note
        self._shared = shared
        self._flights = Flights()
        self._renewals: set[asyncio.Task[None]] = set()

    @property
    def _generation(self) -> int:
        return self._store.generation(self._kept_as.program)

    async def read(self, question: Question, fresh: float) -> Reading[object]:
        """The answer to a read that is not `at_hand`: kept and fresh, kept and stale, or fetched.

        `fresh` is for how long it is good; 0 neither keeps nor joins anything. Raises
        ProviderError.
        """
        started, answered = self._clock.monotonic(), Answered.CALLED
        try:
            if not fresh:
                note_read(NOT_KEPT)
                fetched = await question.fetch()
                return Reading(fetched.value, self._clock.now())
            answered, reading = await self._read(question, fresh)
            return reading
        finally:
            self._note("GET", question.target, answered, started)

    async def _read(self, question: Question, fresh: float) -> tuple[Answered, Reading[object]]:
        entry = self._usable(question.target)
        if self._shared is not None and (entry is None or self._age(entry) >= fresh):
            entry = await self._look(question, self._shared)
        is_forced = entry is not None and self._is_forced(entry)
        if entry is not None and not is_forced:
            age = self._age(entry)
            if age < fresh:
                note_read(entry.stored_at + fresh)
                return Answered.KEPT, Reading(entry.value, entry.fetched_at)
            # While the provider is failing nobody is made to wait for the next failure. What is
            # kept for long of an idle read has to be as good as new.
            failed_for = self._clock.monotonic() - entry.failed_at
            is_served = age < self._limits.renewed and not current_demand().is_idle
            if is_served or failed_for < self._limits.failed:
                self._renew_behind(question)
                note_read(NOT_KEPT)
                return Answered.STALE, _stale(entry)
        is_joined = self._flights.is_under_way(self._flight(question))
        try:
            renewed = await self._fetch_in_time(question)
        except ProviderError as error:
            note_read(NOT_KEPT)
            if entry is None or not isinstance(error, _WORTH_STALE):
                raise
            self._note_failure(entry, error)
            return Answered.STALE, _stale(entry)
        note_read(renewed.stored_at + fresh)
        answered = Answered.JOINED if is_joined else Answered.CALLED
        return answered, Reading(renewed.value, renewed.fetched_at)

    def at_hand(self, target: str, fresh: float) -> Reading[object] | None:
        """The kept answer, if it is fresh and the request at hand wants no newer one."""
        entry = self._store.get(self._kept_as, target) if fresh else None
        if entry is None or current_demand().wants_fresh:
            return None
        now = self._clock.monotonic()
        if now - entry.stored_at >= min(fresh, self._limits.stale):
            return None
        note_read(entry.stored_at + fresh)
        self._note("GET", target, Answered.KEPT, now)
        return Reading(entry.value, entry.fetched_at)

    def _age(self, entry: Entry) -> float:
        return self._clock.monotonic() - entry.stored_at

    async def _look(self, question: Question, shared: "SharedReads") -> Entry | None:
        """The usable entry, after taking over a younger one from another process."""
        generation = self._generation

        async def look() -> None:
            answer = await shared.look(question.target, self._had(question.target))
            if answer is not None:
                self._take_over(question, answer, generation)

        await self._flights.join(("look", question.target, generation), look)
        return self._usable(question.target)

    def _had(self, target: str) -> Had:
        """What there is already, to tell the others that none but a younger one is wanted."""
        entry = self._usable(target)
        return Had() if entry is None else Had(entry.shared_at, self._age(entry))

    def _take_over(self, question: Question, answer: SharedAnswer, generation: int) -> Entry | None:
        """The entry of what another process was answered; None when it makes no sense here."""
        try:
            value = None if answer.body is None else question.decode(answer.body)
        except Exception:
            # Another release of the gateway understood it. The provider is asked anew, and blamed
            # where this one still does not.
            return None
        entry = Entry(
            value=value,
            fetched_at=answer.fetched_at,
            stored_at=self._clock.monotonic() - answer.age,
            size=len(answer.body or b"") * MEMORY_PER_BYTE,
            shared_at=answer.at,
        )
        self._store.put(self._kept_as, question.target, entry, generation)
        return entry

    def _usable(self, target: str) -> Entry | None:
        entry = self._store.get(self._kept_as, target)
        return entry if entry is not None and self._age(entry) < self._limits.stale else None

    def _note_failure(self, entry: Entry, failure: ProviderError) -> None:
        entry.failure = failure.report
        entry.failed_at = self._clock.monotonic()

    async def drop(self) -> None:
        """Forget the program's answers, here and everywhere: something was changed there."""
        self.forget()
        if self._shared is not None:
            await self._shared.changed()

    def forget(self) -> None:
        """Forget the program's answers in this process."""
        self._store.drop(self._kept_as.program)

    def _is_forced(self, entry: Entry) -> bool:
        """Whether the request at hand wants this entry renewed; not again and again."""
        now = self._clock.monotonic()
        if not current_demand().wants_fresh or now - entry.forced_at < self._limits.forced:
            return False
        entry.forced_at = now
        return True

    def _renew_behind(self, question: Question) -> None:
        if self._flights.is_under_way(self._flight(question)):
            return
        task = asyncio.ensure_future(self._renew(question))
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)

    async def _renew(self, question: Question) -> None:
        try:
            await self._fetch(question)
        except ProviderError as error:
            entry = self._store.get(self._kept_as, question.target)
            if entry is not None:
                self._note_failure(entry, error)

    async def _fetch_in_time(self, question: Question) -> Entry:
        # The call itself has its own bound, as others may be waiting for it too.
        try:
            async with asyncio.timeout_at(current_demand().deadline):
                return await self._fetch(question)
        except TimeoutError:
            raise self._late() from None

    async def _fetch(self, question: Question) -> Entry:
        generation = self._generation
        fetch = partial(self._fetch_and_keep, question, generation)
        if self._shared is not None:
            fetch = partial(self._fetch_in_turn, question, generation, self._shared)
        return await self._flights.join(self._flight(question), fetch)

    def _flight(self, question: Question) -> Hashable:
        # Not one that took off before a change, nor, for a hurried read, an idle one.
        generation = self._generation
        hurried = question.target, generation, False
        if not current_demand().is_idle or self._flights.is_under_way(hurried):
            return hurried
        return question.target, generation, True

    async def _fetch_in_turn(
        self, question: Question, generation: int, shared: "SharedReads"
    ) -> Entry:
        """As `_fetch_and_keep`, but no two processes at once."""
        async with shared.turn(
            question.target,
            self._had(question.target),
            patience=self._limits.exchange,
            is_idle=current_demand().is_idle,
        ) as turn:
            if turn.answer is not None:
                entry = self._take_over(question, turn.answer, generation)
                if entry is not None:
                    return entry
            return await self._fetch_and_keep(question, generation, turn)

    async def _fetch_and_keep(
        self, question: Question, generation: int, turn: "Turn | None" = None
    ) -> Entry:
        demand = current_demand()
        # Whoever joins has a deadline of its own, so the call has none of the first one's.
        with demanding(demand if demand.is_idle else Demand()):
            fetched = await question.fetch()
        entry = Entry(
            value=fetched.value,
            fetched_at=self._clock.now(),
            stored_at=self._clock.monotonic(),
            size=len(fetched.body or b"") * MEMORY_PER_BYTE,
        )
        if turn is not None:
            entry.shared_at = await turn.keep(fetched.body, entry.fetched_at)
        self._store.put(self._kept_as, question.target, entry, generation)
        return entry

    async def aclose(self) -> None:
        """Give up what is being renewed."""
        for task in self._renewals:
            task.cancel()
        await asyncio.gather(*self._renewals, return_exceptions=True)


def _stale(entry: Entry) -> Reading[object]:
    return Reading(entry.value, entry.fetched_at, is_stale=True, failure=entry.failure)
