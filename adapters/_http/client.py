"""Typed values in and out of a REST API: every HTTP failure becomes a `ProviderError`."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol, TypeVar

import httpx
import msgspec

from adapters._http.allowance import Allowance
from adapters._http.health import HealthMonitor
from adapters._http.retry_after import retry_after_seconds
from adapters._http.tokens import TokenSource
from adapters._http.wire import Answer, AnswerTooLarge, Wire
from adapters.errors import (
    FieldErrors,
    Forbidden,
    InvalidInput,
    MalformedResponse,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from adapters.provider import Health, ProgramConfig, Reading

T = TypeVar("T")

_encode = msgspec.json.Encoder(decimal_format="number").encode

_BY_STATUS: dict[int, type[ProviderError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    422: InvalidInput,
    429: RateLimited,
}


class Refused(Exception):
    """Raised by a decoder: the answer is well-formed, has status 2xx, and says that it failed."""


@dataclass(frozen=True)
class Complaint:
    """What a provider's error body says, as far as it is fit to pass on.

    `kind` overrides what the status would mean; `detail` is a phrase of ours, or a scope name.
    """

    kind: type[ProviderError] | None = None
    provider_code: str | None = None
    detail: str = ""
    field_errors: FieldErrors = field(default_factory=dict)


class ComplaintReader(Protocol):
    """Reads a vendor's error body; never raises, whatever the bytes are."""

    def __call__(self, status: int, body: bytes) -> Complaint: ...


@dataclass(frozen=True)
class Clock:
    """The clocks of a client: monotonic seconds, and the wall clock."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


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
        clock: Clock | None = None,
    ) -> None:
        self._config = config
        self._wire = wire
        self._prefix = prefix
        self._tokens = tokens
        self._read_complaint = read_complaint
        self._clock = clock or Clock()
        self._allowance = Allowance(config.calls_per_minute)
        self._health = HealthMonitor(self._allowance)

    @property
    def health(self) -> Health:
        """How the calls have been going."""
        return self._health.snapshot(self._clock.monotonic(), self._clock.now())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    async def get(self, target: str, decode: Callable[[bytes], T]) -> Reading[T]:
        """Read a resource."""
        value = await self._exchange("GET", target, None, decode)
        return Reading(value, self._clock.now())

    async def get_or_none(self, target: str, decode: Callable[[bytes], T]) -> Reading[T | None]:
        """Read a resource that may not exist: None is a good answer."""
        try:
            value = await self._exchange("GET", target, None, decode)
        except NotFound:
            return Reading(None, self._clock.now())
        return Reading(value, self._clock.now())

    async def ask(self, target: str, question: Any, decode: Callable[[bytes], T]) -> Reading[T]:
        """Read by POST, where the API wants the question in a body."""
        value = await self._exchange("POST", target, _encode(question), decode)
        return Reading(value, self._clock.now())

    async def write(self, method: str, target: str, body: Any, decode: Callable[[bytes], T]) -> T:
        """Change something: sent once, whatever happens. `body` None sends none."""
        return await self._exchange(method, target, None if body is None else _encode(body), decode)

    async def _exchange(
        self, method: str, target: str, body: bytes | None, decode: Callable[[bytes], T]
    ) -> T:
        started = self._clock.monotonic()
        try:
            deadline = asyncio.get_running_loop().time() + self._config.exchange_seconds
            answer = await self._send(method, target, body, deadline)
            value = self._decode(answer, decode)
        except ProviderError as error:
            self._health.failed(error, self._clock.monotonic() - started, self._clock.now())
            raise
        self._health.answered(self._clock.monotonic() - started, self._clock.now())
        return value

    async def _send(self, method: str, target: str, body: bytes | None, deadline: float) -> Answer:
        token = await self._token(deadline)
        answer = await self._send_once(method, target, body, token, deadline)
        if answer.status == 401 and self._tokens.discard(token):
            token = await self._token(deadline)
            answer = await self._send_once(method, target, body, token, deadline)
        return answer

    async def _token(self, deadline: float) -> str:
        try:
            async with asyncio.timeout_at(deadline):
                token = await self._tokens.token()
        except TimeoutError:
            self._fail(TimedOut, was_sent=False)
        if not token:
            self._fail(Unauthenticated, was_sent=False)
        return token

    async def _send_once(
        self, method: str, target: str, body: bytes | None, token: str, deadline: float
    ) -> Answer:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "User-Agent": "referral-gateway",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        self._allowance.spend(self._clock.monotonic())
        try:
            answer = await self._wire.send(method, self._prefix + target, headers, body, deadline)
        except (httpx.ConnectTimeout, httpx.PoolTimeout):
            self._fail(TimedOut, was_sent=False)
        except (TimeoutError, httpx.TimeoutException):
            self._fail(TimedOut)
        except httpx.ConnectError:
            self._fail(Unavailable, was_sent=False)
        except (httpx.DecodingError, AnswerTooLarge):
            self._fail(MalformedResponse)
        except httpx.TransportError:
            self._fail(Unavailable)
        self._allowance.told(answer.headers, self._clock.monotonic())
        return answer

    def _decode(self, answer: Answer, decode: Callable[[bytes], T]) -> T:
        status = answer.status
        if not 200 <= status < 300:
            self._fail_by_answer(answer)
        try:
            return decode(answer.body)
        except Refused:
            self._fail(Rejected, upstream_status=status)
        except (msgspec.DecodeError, ValueError, RecursionError):
            # Not chained: the cause may quote the body.
            self._fail(MalformedResponse, upstream_status=status)

    def _fail_by_answer(self, answer: Answer) -> NoReturn:
        status = answer.status
        complaint = self._read_complaint(status, answer.body)
        kind = complaint.kind or _BY_STATUS.get(status)
        if kind is None:
            if status >= 500:
                kind = Unavailable
            else:
                kind = Rejected if status >= 400 else MalformedResponse
        self._fail(
            kind,
            detail=complaint.detail,
            provider_code=complaint.provider_code,
            upstream_status=status,
            retry_after_seconds=retry_after_seconds(
                answer.headers.get("retry-after"), self._clock.now()
            ),
            field_errors=complaint.field_errors,
        )

    def _fail(self, kind: type[ProviderError], **about: Any) -> NoReturn:
        raise kind(
            program_key=self._config.key, provider_key=self._config.provider, **about
        ) from None
