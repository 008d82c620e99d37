"""Piggy's deprecated client credentials (FACTS section 2): a token made from an id and a secret."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlencode

import httpx
import msgspec
from msgspec import Struct

from adapters._http.wire import Wire
from adapters.errors import MalformedResponse, ProviderError, TimedOut, Unauthenticated, Unavailable
from adapters.provider import ProgramConfig

RENEW_SECONDS_EARLY = 60


class _TokenAnswer(Struct):
    access_token: str
    expires_in: int | str = 3600


class ClientCredentials:
    """Trades an id and a secret for a token at `POST {base}/oauth/token` and renews it in time.

    One request at a time, whoever asks. The vendor supports no refresh: a new one is asked for.
    """

    def __init__(
        self,
        config: ProgramConfig,
        wire: Wire,
        *,
        exchange_seconds: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._config = config
        self._wire = wire
        self._exchange_seconds = exchange_seconds
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._token = ""
        self._good_until = float("-inf")

    async def token(self) -> str:
        async with self._lock:
            if self._monotonic() >= self._good_until:
                await self._renew()
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
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        deadline = asyncio.get_running_loop().time() + self._exchange_seconds
        try:
            answer = await self._wire.send("POST", "/oauth/token", headers, form.encode(), deadline)
        except (TimeoutError, httpx.TimeoutException):
            raise self._failure(TimedOut) from None
        except httpx.TransportError:
            raise self._failure(Unavailable) from None
        if answer.status >= 500 or answer.status == 429:
            raise self._failure(Unavailable, answer.status)
        if answer.status != 200:
            raise self._failure(Unauthenticated, answer.status)
        try:
            token = msgspec.json.decode(answer.body, type=_TokenAnswer)
            lifetime = int(token.expires_in)
        except (msgspec.DecodeError, ValueError):
            raise self._failure(MalformedResponse) from None
        self._token = token.access_token
        self._good_until = self._monotonic() + max(lifetime - RENEW_SECONDS_EARLY, 1)

    def _failure(self, kind: type[ProviderError], status: int | None = None) -> ProviderError:
        return kind(
            program_key=self._config.key,
            provider_key=self._config.provider,
            upstream_status=status,
            was_sent=False,
        )
