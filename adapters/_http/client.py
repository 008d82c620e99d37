"""Typed values in and out of a REST API: every HTTP failure becomes a `ProviderError`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from traceback import extract_tb
from typing import Any, NoReturn, TypeVar, cast

import httpx
import msgspec

from adapters._http.account import Account
from adapters._http.budget import Budget
from adapters._http.bulkhead import Bulkhead
from adapters._http.caching import NOT_KEPT, Fetched, Question, ReadCache
from adapters._http.clock import Clock
from adapters._http.endpoints import endpoint_of
from adapters._http.failures import ComplaintReader, Failures, Refused
from adapters._http.finishing import Finish
from adapters._http.guarded_wire import GuardedWire
from adapters._http.health import HealthMonitor
from adapters._http.retrying import RetryingWire
from adapters._http.tokens import TokenSource
from adapters._http.tracing import TracedWire
from adapters._http.wire import Answer, AnswerTooLarge, Unsent, Wire
from adapters.at_hand import AtHand
from adapters.demand import Demand, current_demand
from adapters.errors import (
    InvalidInput,
    MalformedResponse,
    NotFound,
    ProviderError,
    Rejected,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from adapters.ledger import Item, is_itemizing, note_call, note_item, note_read
from adapters.observer import CANCELLED, HELD_BACK, OK, Answered
from adapters.provider import Health, ProgramConfig, Reading
from adapters.sharing.names import ProgramNames
from adapters.store import Keep, Store
from adapters.trace import TRACE

T = TypeVar("T")

log = logging.getLogger("referral_gateway.upstream")

_encode = msgspec.json.Encoder(decimal_format="number").encode


class RestClient:
    """Speaks to one program's API.

    Targets are paths below `prefix` with their query already in place.
    """

    def __init__(
        self,
        config: ProgramConfig,
        *,
        wire: Wire,
        prefix: str,
        tokens: TokenSource,
        read_complaint: ComplaintReader,
        safe_posts: Collection[str] = (),
        store: Store | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._config = config
        self._limits = limits = config.limits
        self._prefix = prefix
        self._tokens = tokens
        self._clock = clock = clock or Clock()
        self._failures = failures = Failures(config, read_complaint, clock.now)
        self._safe_posts = frozenset(prefix + target for target in safe_posts)
        store = Store() if store is None else store
        account = Account.of(config, store, clock.monotonic)
        self._observer = store.observer
        bulkhead = Bulkhead(in_flight=limits.in_flight, queue=limits.queue, refuse=failures.crowded)
        budget = Budget(account.turnstile, is_safe=self._is_safe, refuse=failures.over_budget)
        self._health = HealthMonitor(
            account.allowance,
            account.circuit,
            waiting=lambda: bulkhead.waiting + budget.waiting,
        )
        guarded = GuardedWire(
            wire,
            account.circuit,
            bulkhead,
            budget,
            patience=limits.patience,
            hold_back=failures.held_back,
        )
        self._wire: Wire = RetryingWire(guarded, is_safe=self._is_safe, limits=limits.retry)
        self._traced = None
        if store.tracer is not None:
            self._traced = TracedWire(self._wire, store.tracer, config, prefix)
        shared = None
        if store.sharing is not None:
            names = ProgramNames(config.key, config.base_url, config.kept_as.fingerprint)
            shared = store.sharing.reads(names, stale=limits.stale)
        self._cache = ReadCache(
            store,
            config.kept_as,
            limits,
            clock,
            late=lambda: failures.of(TimedOut),
            note=self._note,
            shared=shared,
        )
        self._finish = Finish()

    @property
    def health(self) -> Health:
        """How the calls have been going."""
        return self._health.snapshot(self._clock.monotonic(), self._clock.now())

    def finish_by(self, instant: float) -> None:
        """Let no call last beyond an instant of the loop's clock, and make none after it."""
        self._finish.by(instant)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._cache.aclose()
        await self._wire.aclose()

    def get(
        self,
        target: str,
        decode: Callable[[bytes], T],
        *,
        keep: Keep = Keep.USUAL,
    ) -> Awaitable[Reading[T]]:
        """Read a resource. A target is always decoded the same way, unless it is not kept."""
        return self._read(target, decode, keep, may_lack=False)

    def get_or_none(
        self, target: str, decode: Callable[[bytes], T], *, keep: Keep = Keep.USUAL
    ) -> Awaitable[Reading[T | None]]:
        """Read a resource that may not exist: None is a good answer."""
        return self._read(target, decode, keep, may_lack=True)

    def _read(
        self, target: str, decode: Callable[[bytes], object], keep: Keep, *, may_lack: bool
    ) -> Awaitable[Reading[Any]]:
        fresh = keep.fresh_seconds(self._limits.fresh)
        at_hand = self._cache.at_hand(target, fresh)
        if at_hand is not None:
            return AtHand(at_hand)
        fetch = partial(self._exchange, "GET", target, None, decode, may_lack=may_lack)
        return self._cache.read(Question(target, fetch, decode), fresh)

    def at_hand(self, target: str, *, keep: Keep = Keep.USUAL) -> Reading[Any] | None:
        """What was read lately of a resource and is still fresh: there without waiting."""
        return self._cache.at_hand(target, keep.fresh_seconds(self._limits.fresh))

    async def ask(self, target: str, question: Any, decode: Callable[[bytes], T]) -> Reading[T]:
        """Read by POST, where the API wants the question in a body. Never kept."""
        note_read(NOT_KEPT)
        started = self._clock.monotonic()
        try:
            fetched = await self._exchange("POST", target, _encode(question), decode)
        finally:
            self._note("POST", target, Answered.CALLED, started)
        return Reading(cast(T, fetched.value), self._clock.now())

    async def write(self, method: str, target: str, body: Any, decode: Callable[[bytes], T]) -> T:
        """Change something: sent once, whatever happens. `body` None sends none.

        What is kept of the program is dropped, also when nobody knows whether it took effect.
        """
        content = None if body is None else _encode(body)
        started = self._clock.monotonic()
        try:
            fetched = await self._exchange(method, target, content, decode)
        except ProviderError as error:
            if error.is_news:
                await self._cache.drop()
            raise
        except BaseException:
            await self._cache.drop()
            raise
        finally:
            self._itemize(method, target, Answered.CALLED, started)
        await self._cache.drop()
        return cast(T, fetched.value)

    def _note(self, method: str, target: str, answered: Answered, started: float) -> None:
        """A read was answered."""
        self._observer.read(self._config.key, answered)
        self._itemize(method, target, answered, started)

    def _itemize(self, method: str, target: str, answered: Answered, started: float) -> None:
        if is_itemizing():
            seconds = self._clock.monotonic() - started
            note_item(Item(self._config.key, endpoint_of(method, target), answered, seconds))

    async def _exchange(
        self,
        method: str,
        target: str,
        body: bytes | None,
        decode: Callable[[bytes], object],
        *,
        may_lack: bool = False,
    ) -> Fetched:
        """`may_lack`: that there is no such thing is an answer, too."""
        started = self._clock.monotonic()
        demand = current_demand()
        if not demand.is_idle or demand.deadline is not None:  # somebody waits for it
            note_call()
        outcome = CANCELLED
        try:
            # The answer gets no name: this frame stays with the error.
            fetched = self._decode(await self._send(method, target, body, demand), decode)
            outcome = OK
        except ProviderError as error:
            outcome = HELD_BACK if error.was_held_back else error.code
            if not error.was_held_back:
                self._health.failed(error, self._clock.monotonic() - started, self._clock.now())
            if may_lack and isinstance(error, NotFound):
                return Fetched(None, None)
            # Its frames hold the whole answer, megabytes perhaps, and tasks hold their errors.
            error.__context__ = None
            raise error.with_traceback(None) from None
        finally:
            seconds = self._clock.monotonic() - started
            endpoint = endpoint_of(method, target)
            self._observer.called(self._config.key, endpoint, outcome, seconds)
        self._health.answered(seconds, self._clock.now())
        return fetched

    async def _send(self, method: str, target: str, body: bytes | None, demand: Demand) -> Answer:
        now = asyncio.get_running_loop().time()
        bound = self._limits.idle_exchange if demand.is_idle else self._limits.exchange
        deadline = min(now + bound, self._finish.instant)
        if demand.deadline is not None:
            deadline = min(deadline, demand.deadline)
        if deadline <= now:
            # The operation's time was up before: the provider is not to blame.
            self._fail(TimedOut, was_sent=False, was_held_back=True)
        wire = self._wire
        # Most calls are parts of no trace, and need not know that there are any.
        if self._traced is not None and (TRACE.get() is not None or demand.is_idle):
            wire = self._traced
        call = self._finish.enter()
        try:
            token = self._tokens.at_hand() or await self._token(deadline)
            answer = await self._send_as(wire, token, method, target, body, deadline)
            if answer.status == 401 and self._tokens.discard(token):
                token = await self._token(deadline)
                answer = await self._send_as(wire, token, method, target, body, deadline)
        except asyncio.CancelledError:
            if self._finish.is_the_end(call):
                self._fail(TimedOut)
            raise
        finally:
            self._finish.leave(call)
        return answer

    async def _send_as(
        self, wire: Wire, token: str, method: str, target: str, body: bytes | None, deadline: float
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return await wire.send(method, self._prefix + target, headers, body, deadline)
        except (httpx.InvalidURL, httpx.LocalProtocolError):
            # Made of what a caller sent: too long, or of what no address may hold.
            self._fail(InvalidInput, was_sent=False)
        except (Unsent, httpx.ConnectTimeout, httpx.PoolTimeout):
            self._fail(TimedOut, was_sent=False)
        except (TimeoutError, httpx.TimeoutException):
            self._fail(TimedOut)
        except httpx.ConnectError:
            self._fail(Unavailable, was_sent=False)
        except (httpx.DecodingError, AnswerTooLarge):
            self._fail(MalformedResponse)
        except httpx.TransportError:
            self._fail(Unavailable)

    async def _token(self, deadline: float) -> str:
        try:
            token = await self._tokens.token(deadline)
        except TimeoutError:
            self._fail(TimedOut, was_sent=False)
        if not token:
            self._fail(Unauthenticated, was_sent=False)
        return token

    def _is_safe(self, method: str, target: str) -> bool:
        return method == "GET" or target in self._safe_posts

    def _decode(self, answer: Answer, decode: Callable[[bytes], object]) -> Fetched:
        status = answer.status
        if not 200 <= status < 300:
            raise self._failures.told(answer)
        try:
            return Fetched(decode(answer.body), answer.body)
        except Refused:
            self._fail(Rejected, upstream_status=status)
        except (msgspec.DecodeError, ValueError, RecursionError):
            # Not chained: the cause may quote the body.
            self._fail(MalformedResponse, upstream_status=status)
        except Exception as error:
            # A mistake of a mapping is one program's bad answer, not the end of all the others'.
            # The text may quote the body, so that only the place is logged.
            place = extract_tb(error.__traceback__)[-1]
            log.error(
                "an answer of %s could not be mapped: %s in %s, line %s",
                self._config.key,
                type(error).__name__,
                place.name,
                place.lineno,
            )
            self._fail(MalformedResponse, upstream_status=status)

    def _fail(self, kind: type[ProviderError], **about: Any) -> NoReturn:
        raise self._failures.of(kind, **about) from None
