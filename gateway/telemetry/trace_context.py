"""The trace that a request comes in, and that calls go on in (https://www.w3.org/TR/trace-context/).

Read here and not by OpenTelemetry, which takes many times as long, and each request pays for it.
What clients carry along besides, `tracestate` and `baggage`, is text of their own, such as an
address: neither the collector nor a provider is told of it.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from opentelemetry.trace import SpanContext, TraceFlags

Header: TypeAlias = tuple[bytes, bytes]

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})"
)


class Carried(NamedTuple):
    """The trace that a request came in: ids and flags in hexadecimal."""

    trace_id: str
    span_id: str
    flags: str

    @property
    def is_sampled(self) -> bool:
        """Whether the client records it."""
        return bool(int(self.flags, 16) & TraceFlags.SAMPLED)

    @property
    def traceparent(self) -> str:
        """The header for those who go on in it."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    def context(self) -> SpanContext:
        """The same in OpenTelemetry's words."""
        return SpanContext(
            int(self.trace_id, 16),
            int(self.span_id, 16),
            is_remote=True,
            trace_flags=TraceFlags(int(self.flags, 16)),
        )


def carried_in(headers: Iterable[Header]) -> Carried | None:
    """The trace that a request came in; None where there is none, or none that makes sense."""
    parent = None
    for name, value in headers:
        if name == b"traceparent":
            if parent is not None:
                return None
            parent = value.decode("latin-1")
    if parent is None:
        return None
    found = _TRACEPARENT.match(parent)
    # Versions to come may have more behind it.
    if found is None or not (found.end() == len(parent) or _has_more(parent, found.end())):
        return None
    return Carried(*found.groups())


def traceparent_of(context: SpanContext) -> str:
    """The header that tells a provider of a span."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _has_more(parent: str, end: int) -> bool:
    return not parent.startswith("00") and parent[end] == "-"
