"""Content codings of answers (RFC 9110, sections 8.4 and 12.5.3).

At their lowest levels, which on JSON are nearly as small as the middle ones and cost a fraction.
Compression lets whoever sees the length of an answer learn of secrets that stand beside text of
their own choice (BREACH): no answer holds a credential, and none is given to other sites' pages.
"""

import zlib
from functools import lru_cache
from typing import Literal, Protocol, TypeAlias

import brotli  # type: ignore[import-untyped]
import zstandard

from gateway.http.quality import weighted

Encoding: TypeAlias = Literal["zstd", "br", "gzip"]

# Below this an answer fits into a packet anyway (bytes).
SMALLEST_ENCODED = 1000

# Together not more than a few megabytes.
MOST_KEPT = 64
LARGEST_KEPT = 64 * 1024

# The cheapest first, which are also the best.
_ENCODINGS: tuple[Encoding, ...] = ("zstd", "br", "gzip")


@lru_cache(maxsize=256)
def preferred_encoding(accept_encoding: str | None) -> Encoding | None:
    """The coding to answer in; None for none."""
    qualities = {name: quality for name, _, quality in weighted(accept_encoding)}
    best: Encoding | None = None
    best_quality = qualities.get("identity", 0.0)
    for encoding in _ENCODINGS:
        quality = qualities.get(encoding, qualities.get("*", 0.0))
        if quality > best_quality or (quality == best_quality > 0 and best is None):
            best, best_quality = encoding, quality
    return best


class Encoder(Protocol):
    """Encodes a body that comes piece by piece; `flush` gives what is left at its end."""

    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class _Brotli:
    def __init__(self) -> None:
        self._compressor = brotli.Compressor(quality=1)

    def compress(self, data: bytes) -> bytes:
        return bytes(self._compressor.process(data))

    def flush(self) -> bytes:
        return bytes(self._compressor.finish())


def encoder(encoding: Encoding) -> Encoder:
    """What encodes one body."""
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=1).compressobj()
    if encoding == "br":
        return _Brotli()
    return zlib.compressobj(level=1, wbits=16 + zlib.MAX_WBITS)  # 16: with gzip's header


def encoded(body: bytes, encoding: Encoding) -> bytes:
    """A whole body in that coding. An answer that is given several times is encoded once."""
    return _encoded_once(body, encoding) if len(body) <= LARGEST_KEPT else _encoded(body, encoding)


def _encoded(body: bytes, encoding: Encoding) -> bytes:
    coder = encoder(encoding)
    return coder.compress(body) + coder.flush()


_encoded_once = lru_cache(maxsize=MOST_KEPT)(_encoded)
