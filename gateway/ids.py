"""Global object identifiers and page cursors: opaque to clients, versioned, small, not trusted."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

from gateway.errors import ErrorCode, GatewayError

_VERSION = "1"
_CURSOR_VERSION = 1
_BINDING_BYTES = 8
_LONGEST = 4096
_LARGEST_OFFSET = 2**40


class Kind(StrEnum):
    """Types that have global identifiers; the value is what stands in them."""

    PROGRAM = "P"
    TIER = "T"
    PERSON = "H"
    REFERRAL = "R"
    CLAIM = "C"


class GlobalId(NamedTuple):
    """What an identifier says: a kind of thing, the key of its program, and which one it is."""

    kind: Kind
    program_key: str
    local: str


def encode(kind: Kind, program_key: str, local: str = "") -> str:
    """The global identifier of a thing."""
    raw = f"{_VERSION}{kind}{program_key}:{local}".encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> GlobalId:
    """What an identifier says. Raises GatewayError INVALID_ID for what never was one."""
    try:
        raw = _unarmour(text).decode()
        if raw[:1] != _VERSION:
            raise ValueError
        program_key, separator, local = raw[2:].partition(":")
        if not separator:
            raise ValueError
        return GlobalId(Kind(raw[1:2]), program_key, local)
    except ValueError:
        raise GatewayError(ErrorCode.INVALID_ID, "This is not an id of this API.") from None


class Position(NamedTuple):
    """Where a merged list stands: an offset for each program, None for one that is through,
    and which program's turn is next."""

    offsets: tuple[int | None, ...]
    turn: int


def binding(*parts: object) -> bytes:
    """A hash of what a cursor belongs to: it is of no use for another list."""
    return blake2b(repr(parts).encode(), digest_size=_BINDING_BYTES).digest()


def encode_cursor(position: Position, bound_to: bytes) -> str:
    """A cursor: version, binding, turn, then an offset a program (0 for one that is through)."""
    raw = bytearray([_CURSOR_VERSION]) + bound_to
    _put(raw, position.turn)
    for offset in position.offsets:
        _put(raw, 0 if offset is None else offset + 1)
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(text: str, bound_to: bytes, programs: int) -> Position:
    """The position of a list over so many programs. Raises GatewayError INVALID_CURSOR."""
    try:
        raw = _unarmour(text)
        if raw[:1] != bytes([_CURSOR_VERSION]):
            raise ValueError
        if raw[1 : 1 + _BINDING_BYTES] != bound_to:
            raise GatewayError(
                ErrorCode.INVALID_CURSOR,
                "This cursor belongs to a list of other programs or with another filter, or to"
                " another caller."
                " Start over without `after`.",
            )
        turn, *offsets = _numbers(raw[1 + _BINDING_BYTES :])
        if len(offsets) != programs or turn >= max(programs, 1):
            raise ValueError
    except ValueError:
        raise GatewayError(
            ErrorCode.INVALID_CURSOR,
            "This is not a cursor of this list. Start over without `after`.",
        ) from None
    return Position(tuple(offset - 1 if offset else None for offset in offsets), turn)


def _unarmour(text: str) -> bytes:
    if len(text) > _LONGEST or not text.isascii():
        raise ValueError
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError from None
    # One thing has one identifier: the decoder alone would pass over foreign characters.
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError
    return raw


def _put(raw: bytearray, number: int) -> None:
    """LEB128: seven bits a byte, the lowest first."""
    while number > 0x7F:
        raw.append(number & 0x7F | 0x80)
        number >>= 7
    raw.append(number)


def _numbers(raw: Sequence[int]) -> list[int]:
    numbers: list[int] = []
    number = shift = 0
    for byte in raw:
        number |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
            if shift > 42:
                raise ValueError
            continue
        if number > _LARGEST_OFFSET:
            raise ValueError
        numbers.append(number)
        number = shift = 0
    if shift or not numbers:
        raise ValueError
    return numbers
