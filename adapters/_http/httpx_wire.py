"""The reference wire: httpx itself."""

import asyncio
import http.cookiejar
import logging
from collections.abc import Mapping

import httpx

from adapters._http.wire import (
    HEEDED,
    KEEP_ALIVE_SECONDS,
    MAX_CONNECTIONS,
    REQUEST_HEADERS,
    Answer,
    Body,
    tls,
)
from adapters.limits import UpstreamLimits

# httpx tells every whole URL at INFO, and a search's holds an e-mail address; httpcore tells the
# headers of every answer at DEBUG.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class _NoCookies(http.cookiejar.CookieJar):
    """Does not even read them: parsing a thousand takes longer than an exchange may."""

    def extract_cookies(self, response: object, request: object) -> None: ...


class HttpxWire:
    """httpx itself, the reference.

    It follows no redirect (the token would go to another host), keeps no cookie (one answer must
    not colour the next), takes nothing from the environment, and refuses answers over 8 MiB.
    """

    def __init__(self, origin: str, *, limits: UpstreamLimits):
        self._client = httpx.AsyncClient(
            base_url=origin,
            verify=tls(),
            timeout=httpx.Timeout(limits.read, connect=limits.connect),
            limits=httpx.Limits(
                max_connections=MAX_CONNECTIONS,
                max_keepalive_connections=MAX_CONNECTIONS,
                keepalive_expiry=KEEP_ALIVE_SECONDS,
            ),
            cookies=_NoCookies(),
            follow_redirects=False,
            trust_env=False,
            headers=REQUEST_HEADERS,
        )

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        # httpx bounds each read, not the exchange: only this ends a server that drips.
        async with (
            asyncio.timeout_at(deadline),
            self._client.stream(method, target, headers=dict(headers), content=body) as response,
        ):
            content = Body(response.headers.get("content-encoding", "identity"))
            async for chunk in response.aiter_raw():
                content.add(chunk)
        headers = {name: response.headers[name] for name in HEEDED & response.headers.keys()}
        return Answer(response.status_code, headers, content.whole())

    async def aclose(self) -> None:
        await self._client.aclose()
