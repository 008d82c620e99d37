"""The one seam to the network: a request goes out, a whole answer comes back.

`Wire.send(method, target, headers, body, deadline) -> Answer` is the protocol that everything
between an adapter and the network speaks. Failures are httpx's exception classes, whatever
client is underneath.
"""

import asyncio
import http.cookiejar
import logging
import ssl
import zlib
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple, Protocol

import httpx

from adapters.limits import UpstreamLimits

MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_CONNECTIONS = 32

# httpx tells every whole URL at INFO, and a search's holds an e-mail address; httpcore tells the
# headers of every answer at DEBUG.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Answer(NamedTuple):
    """A whole answer: header names are in lower case, the body is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AnswerTooLarge(httpx.TransportError):
    """The answer is over `MAX_ANSWER_BYTES`."""


class Wire(Protocol):
    """Sends one request. `deadline` is an instant of the running loop's clock, in seconds."""

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        """Raises TimeoutError at the deadline and httpx.TransportError for all else."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


@cache
def _tls() -> ssl.SSLContext:
    """One for all programs: reading the certificates takes longer than anything else here."""
    return httpx.create_ssl_context(trust_env=False)


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
            verify=_tls(),
            timeout=httpx.Timeout(limits.read, connect=limits.connect),
            limits=httpx.Limits(
                max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS
            ),
            cookies=_NoCookies(),
            follow_redirects=False,
            trust_env=False,
            headers={"Accept-Encoding": "gzip"},
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
        return Answer(response.status_code, response.headers, content.whole())

    async def aclose(self) -> None:
        await self._client.aclose()


class Body:
    """A body as it comes in, unpacked no further than `MAX_ANSWER_BYTES`: httpx itself unpacks a
    bomb whole, layer by layer, and nothing else runs meanwhile."""

    def __init__(self, encoding: str) -> None:
        self._content = bytearray()
        self._gzip = None if encoding == "identity" else zlib.decompressobj(wbits=31)
        if encoding not in ("identity", "gzip"):
            raise httpx.DecodingError("an encoding that nobody asked for")

    def add(self, chunk: bytes) -> None:
        if self._gzip is not None:
            try:
                chunk = self._gzip.decompress(chunk, MAX_ANSWER_BYTES + 1 - len(self._content))
            except zlib.error:
                raise httpx.DecodingError("not gzip") from None
        self._content += chunk
        if len(self._content) > MAX_ANSWER_BYTES:
            raise AnswerTooLarge(f"more than {MAX_ANSWER_BYTES} bytes")

    def whole(self) -> bytes:
        if self._gzip is not None and self._content and not self._gzip.eof:
            raise httpx.DecodingError("not the whole of it")
        return bytes(self._content)
