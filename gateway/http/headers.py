"""Headers of answers."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

Header: TypeAlias = tuple[bytes, bytes]
"""A name in lower case, and a value."""

# RFC 9110, sections 5.6.2 and 5.5.
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_UNFIT = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def lines(headers: Iterable[Header]) -> bytes:
    """Headers as they are sent. Raises ValueError for what is none."""
    return b"".join([_line(name, value) for name, value in headers])


@lru_cache(1024)
def _line(name: bytes, value: bytes) -> bytes:
    if not _NAME.fullmatch(name) or _UNFIT.search(value):
        raise ValueError("not fit for a header")
    return b"%b: %b\r\n" % (name, value)
