"""The trace that a request comes in, and that calls go on in (https://www.w3.org/TR/trace-context/).

Read here and not by OpenTelemetry, which takes many times as long, and each request pays for it.
What clients carry along besides, `tracestate` and `baggage`, is text of their own, such as an
address: neither the collector nor a provider is told of it.
"""

import re

_VALID = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_LENGTH = 55

TRACE_ID, SPAN_ID = slice(3, 35), slice(36, 52)
"""Where the ids are in a traceparent, in hexadecimal."""


def parsed(sent: str) -> str:
    """The `traceparent` of a request, as version 00 has it; empty where it makes no sense, as two
    of them do not."""
    if _VALID.match(sent) is None:
        return ""
    rest = sent[_LENGTH:]
    # Versions to come may have more behind it.
    if rest and (sent.startswith("00") or not rest.startswith("-")):
        return ""
    return f"00{sent[2:_LENGTH]}"


def is_sampled(traceparent: str) -> bool:
    """Whether the client records it: the lowest bit of the flags."""
    return traceparent[-1] in "13579bdf"
