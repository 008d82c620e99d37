"""Whether one more call of a program may go out now, for this process or for all of them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters._http.allowance import Allowance
from adapters._http.pace import Pace
from adapters._http.retry_after import retry_after_seconds
from adapters._http.wire import Answer

if TYPE_CHECKING:  # the client behind it is an extra
    from adapters.sharing.allowance import SharedAllowance

FIRST_PAUSE = 1.0

# A provider that means milliseconds, or has made a mistake, must not silence a program for good.
LONGEST_PAUSE = 600.0


class Turnstile:
    """One program's turnstile. Where the allowance is `shared` with other processes, each call is
    taken out of the common one; while that cannot be, this process keeps to its part of it.

    Changing over begins with an empty bucket on either side, and so does a process that never got
    to share: nobody knows what the others have sent meanwhile, and no window sees more than the
    limit.
    """

    def __init__(
        self,
        allowance: Allowance,
        monotonic: Callable[[], float],
        shared: "SharedAllowance | None" = None,
    ) -> None:
        self._allowance = allowance
        self._pace = Pace(allowance.window)
        self._monotonic = monotonic
        self._shared = shared
        self._was_shared = True
        self._sent_alone_at = float("-inf")
        self._next_pause = FIRST_PAUSE

    def delay(self, ahead: int = 0) -> float:
        """Seconds until a call may go out when so many others go first, as far as is known."""
        now = self._monotonic()
        self._pace.set_limit(self._allowance.limit, now)
        return self._pace.delay(ahead + 1, now)

    @property
    def is_shared(self) -> bool:
        """Whether taking a turn asks a server first, which is worth it only without a delay."""
        return self._shared is not None

    @property
    def pause(self) -> float:
        """Seconds for which a provider's 429 holds everything."""
        return self._pace.pause(self._monotonic())

    async def take(self) -> bool:
        """Whether a call goes out now; it counts from here on."""
        if self._shared is not None:
            goes = await self._take_together(self._shared)
            if goes is not None:
                return goes
        return self._take_alone()

    def take_at_once(self) -> bool:
        """The same where nobody else has to be asked; else a call does not go out at once."""
        return self._shared is None and self._take_alone()

    def _take_alone(self) -> bool:
        now = self._monotonic()
        self._pace.set_limit(self._allowance.limit, now)
        if not self._pace.take(now):
            return False
        self._sent_alone_at = now
        self._allowance.spend(now)
        return True

    async def _take_together(self, shared: "SharedAllowance") -> bool | None:
        now = self._monotonic()
        if not self._was_shared and now - self._sent_alone_at < self._allowance.window:
            await shared.tell(remaining=0, pause=self._pace.pause(now))
        taken = await shared.take(self._allowance.limit)
        now = self._monotonic()
        if taken is None:
            if self._was_shared:
                self._was_shared = False
                self._pace.set_limit(self._allowance.limit, now)
                self._pace.has_at_most(0, now)
            return None
        self._was_shared = True
        self._allowance.knows(taken.calls, taken.told_limit, now)
        self._pace.set_limit(self._allowance.limit, now)
        self._pace.has(taken.tokens, taken.pause, now)
        return taken.goes

    def learn(self, answer: Answer) -> Awaitable[None] | None:
        """Heed what an answer says of the provider's own limit. Where other processes should know
        of it, that they are told is still to be awaited."""
        now = self._monotonic()
        limit = self._allowance.told_limit
        remaining = self._allowance.told(answer.headers, now)
        is_fewer = (
            self._shared is not None  # nobody else asks
            and remaining is not None
            and self._pace.delay(remaining + 1, now) <= 0
        )
        if remaining is not None:
            self._pace.has_at_most(remaining, now)
        pause = self._pause_of(answer)
        if pause is not None:
            self._pace.stop(pause, now)
        if self._shared is None or not (
            is_fewer or pause is not None or limit != self._allowance.told_limit
        ):
            return None
        return self._shared.tell(
            remaining=remaining if is_fewer else None,
            limit=self._allowance.told_limit,
            pause=pause,
        )

    def _pause_of(self, answer: Answer) -> float | None:
        if answer.status != 429:
            self._next_pause = FIRST_PAUSE
            return None
        told = retry_after_seconds(answer.headers.get("retry-after"), datetime.now(UTC))
        pause = min(told, LONGEST_PAUSE) if told is not None else self._next_pause
        self._next_pause = min(self._next_pause * 2, self._allowance.window)
        return pause
