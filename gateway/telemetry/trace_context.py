"""The trace that a request comes in, and that calls go on in (https://www.w3.org/TR/trace-context/).

Read here and not by OpenTelemetry, which takes many times as long, and each request pays for it.
What clients carry along besides, `tracestate` and `baggage`, is text of their own, such as an
address: neither the collector nor a provider is told of it.
"""

import re
from collections.abc import Iterable
from typing import TypeAlias

Header: TypeAlias = tuple[bytes, bytes]

_VALID = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_LENGTH = 55

TRACE_ID, SPAN_ID = slice(3, 35), slice(36, 52)
"""Where the ids are in a traceparent, in hexadecimal."""


def carried_in(headers: Iterable[Header]) -> str:
    """The `traceparent` of a request, as version 00 has it; empty where there is none, or none that
    makes sense."""
    sent = None
    for name, value in headers:
        if name == b"traceparent":
            if sent is not None:
                return ""
            sent = value
    if sent is None or _VALID.match(sent) is None:
        return ""
    # Versions to come may have more behind it.
    if len(sent) > _LENGTH and (sent.startswith(b"00") or sent[_LENGTH : _LENGTH + 1] != b"-"):
        return ""
    return f"00{sent[2:_LENGTH].decode()}"


def is_sampled(traceparent: str) -> bool:
    """Whether the client records it: the lowest bit of the flags."""
    return traceparent[-1] in "13579bdf"
