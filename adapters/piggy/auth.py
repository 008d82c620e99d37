"""Piggy's deprecated client credentials (FACTS section 2): a token made from an id and a secret."""

import asyncio
from typing import Annotated
from urllib.parse import urlencode

import httpx
import msgspec
from msgspec import Meta, Struct

from adapters._http.clock import Clock
from adapters._http.retry_after import retry_after_seconds
from adapters._http.wire import Answer, AnswerTooLarge, Wire
from adapters.errors import (
    MalformedResponse,
    ProviderError,
    RateLimited,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from adapters.provider import ProgramConfig

RENEW_SECONDS_EARLY = 60


class _TokenAnswer(Struct):
    access_token: Annotated[str, Meta(pattern=r"\A[!-~]+\Z")]  # nothing else fits into a header
    expires_in: int | str = 3600


class ClientCredentials:
    """Trades an id and a secret for a token at `POST {base}/oauth/token` and renews it in time.

    One request at a time, whoever asks, and what came of it is everybody's: callers who would
    try in turn would wait for each other's deadlines. The vendor supports no refresh.
    """

    def __init__(self, config: ProgramConfig, wire: Wire, *, clock: Clock) -> None:
        self._config = config
        self._wire = wire
        self._clock = clock
        self._renewal: asyncio.Task[None] | None = None
        self._token = ""
        self._good_until = float("-inf")

    def at_hand(self) -> str:
        return self._token if self._clock.monotonic() < self._good_until else ""

    async def token(self, deadline: float) -> str:
        if not self.at_hand():
            if self._renewal is None or self._renewal.done():
                self._renewal = asyncio.create_task(self._renew())
            # Shielded: a caller who leaves must not take the others' token along.
            async with asyncio.timeout_at(deadline):
                await asyncio.shield(self._renewal)
        return self._token

    def discard(self, token: str) -> bool:
        if token == self._token:
            self._good_until = float("-inf")
        return True

    async def _renew(self) -> None:
        form = urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": self._config.client_id,
                "client_secret": self._config.client_secret,
            }
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        deadline = asyncio.get_running_loop().time() + self._config.limits.exchange
        try:
            answer = await self._wire.send("POST", "/oauth/token", headers, form.encode(), deadline)
        except (TimeoutError, httpx.TimeoutException):
            raise self._failure(TimedOut) from None
        except (httpx.DecodingError, AnswerTooLarge):
            raise self._failure(MalformedResponse) from None
        except httpx.TransportError:
            raise self._failure(Unavailable) from None
        if answer.status >= 500:
            raise self._failure(Unavailable, answer)
        if answer.status == 429:
            raise self._failure(RateLimited, answer)
        if answer.status != 200:
            raise self._failure(Unauthenticated, answer)
        try:
            token = msgspec.json.decode(answer.body, type=_TokenAnswer)
            lifetime = int(token.expires_in)
        except (msgspec.DecodeError, ValueError):
            raise self._failure(MalformedResponse, answer) from None
        self._token = token.access_token
        self._good_until = self._clock.monotonic() + max(lifetime - RENEW_SECONDS_EARLY, 1)

    def _failure(self, kind: type[ProviderError], answer: Answer | None = None) -> ProviderError:
        return kind(
            program_key=self._config.key,
            provider_key=self._config.provider,
            upstream_status=answer.status if answer else None,
            retry_after_seconds=retry_after_seconds(
                answer.headers.get("retry-after"), self._clock.now()
            )
            if answer
            else None,
            was_sent=False,
        )
