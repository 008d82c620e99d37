"""An issuer's keys from its address, kept and renewed.

The one place of the gateway that asks anybody but a provider, and so the one that names an HTTP
client.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from joserfc.jwk import Key

from gateway.access.errors import IssuerUnavailable
from gateway.access.key_sets import KeySet

log = logging.getLogger("referral_gateway")


@dataclass(frozen=True)
class JwksLimits:
    """How often the issuer is asked, and how much it may answer. Durations in seconds.

    Keys older than `fresh` are renewed behind a request, and serve on while the issuer is down.
    Between two askings lie `pause`, or `first_pause` while there are no keys at all.
    """

    fresh: float = 300.0
    pause: float = 60.0
    first_pause: float = 5.0
    exchange: float = 5.0
    most_bytes: int = 256 * 1024


class Jwks:
    """The keys at an address: https, or http on this machine."""

    def __init__(self, url: str, limits: JwksLimits, monotonic: Callable[[], float]) -> None:
        self.url = url
        self._limits = limits
        self._monotonic = monotonic
        self._tls = ssl.create_default_context()
        self._keys: KeySet | None = None
        self._asked_at: float | None = None
        self._asking: asyncio.Task[None] | None = None

    async def find(self, key_id: str | None) -> Key | None:
        """The key with that identifier, None when there is none. Raises IssuerUnavailable."""
        key = await self._keys.find(key_id) if self._keys else None
        if key is None:
            # A key that nobody knows may be new, or made up by a stranger a thousand times.
            await self._renew()
            if self._keys is None:
                raise IssuerUnavailable
            return await self._keys.find(key_id)
        if self._age() >= self._limits.fresh:
            self._ask()
        return key

    async def _renew(self) -> None:
        self._ask()
        if self._asking is not None:
            # Shielded: others wait for it too.
            await asyncio.shield(self._asking)

    def _ask(self) -> None:
        """Ask the issuer, unless it is being asked or was lately."""
        pause = self._limits.first_pause if self._keys is None else self._limits.pause
        if self._asking is None and self._age() >= pause:
            self._asked_at = self._monotonic()
            self._asking = asyncio.create_task(self._read())

    def _age(self) -> float:
        """Seconds since the issuer was last asked."""
        return float("inf") if self._asked_at is None else self._monotonic() - self._asked_at

    async def _read(self) -> None:
        try:
            self._keys = KeySet.of(await self._fetch())
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError) as error:
            log.warning("the keys of the issuer cannot be read: %s", type(error).__name__)
        finally:
            self._asking = None

    async def _fetch(self) -> bytes:
        content = bytearray()
        async with (
            asyncio.timeout(self._limits.exchange),
            httpx.AsyncClient(
                verify=self._tls, trust_env=False, timeout=self._limits.exchange
            ) as client,
            client.stream("GET", self.url, headers={"accept-encoding": "identity"}) as response,
        ):
            if response.status_code != 200:
                raise ValueError("it is not answered with 200")
            # Raw, so that nothing packed is unpacked beyond the bound.
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > self._limits.most_bytes:
                    raise ValueError("it is too large")
        return bytes(content)

    async def aclose(self) -> None:
        """Stop asking."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
