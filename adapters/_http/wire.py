"""The one seam to the network: a request goes out, a whole answer comes back.

`Wire.send(method, target, headers, body, deadline) -> Answer` is the protocol that everything
between an adapter and the network speaks. Failures are httpx's exception classes, whatever
client is underneath.
"""

import ssl
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Protocol

import httpx
from msgspec import Struct

MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_CONNECTIONS = 32
KEEP_ALIVE_SECONDS = 5.0

# What every request says beside its own headers.
REQUEST_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "referral-gateway",
}

# The headers that somebody asks for: of an answer's others nothing is kept.
HEEDED = frozenset(
    {
        "content-encoding",
        "content-length",
        "retry-after",
        "transfer-encoding",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
    }
)


class Answer(Struct, frozen=True):
    """A whole answer: its headers are those that are `HEEDED`, and its body is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AnswerTooLarge(httpx.TransportError):
    """The answer is over `MAX_ANSWER_BYTES`."""


class Unsent(TimeoutError):
    """The deadline came before anything was sent, as far as the wire can tell."""


class Wire(Protocol):
    """Sends one request, once. `deadline` is an instant of the running loop's clock, in seconds."""

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        """Raises TimeoutError at the deadline, httpx.InvalidURL for a target that cannot be sent,
        httpx.DecodingError for a body that cannot be unpacked, and httpx.TransportError for all
        else. Nothing was sent when it is an `Unsent`, InvalidURL, LocalProtocolError,
        ConnectError, ConnectTimeout or PoolTimeout.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


@cache
def tls() -> ssl.SSLContext:
    """One for all programs: reading the certificates takes longer than anything else here."""
    context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    return context


class Body:
    """A body as it comes in, unpacked no further than `MAX_ANSWER_BYTES`: httpx itself unpacks a
    bomb whole, layer by layer, and nothing else runs meanwhile."""

    def __init__(self, encoding: str) -> None:
        encoding = encoding.lower()
        if encoding not in ("identity", "gzip"):
            raise httpx.DecodingError("an encoding that nobody asked for")
        self._content = bytearray()
        self._gzip = None if encoding == "identity" else zlib.decompressobj(wbits=31)

    def add(self, chunk: bytes | bytearray) -> None:
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
