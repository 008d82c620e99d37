"""Spans of a trace: how long something took, and what it was.

They are the gateway's own, since the SDK's cost several times as much.
"""

import random
import time
from typing import Protocol

from msgspec import Struct, field

from adapters.trace import Server
from gateway.telemetry.subjects import CallSubject, Subject


class Recorder(Protocol):
    """Has all spans that are over. `passes_on` tells whether providers are told of them."""

    passes_on: bool

    def record(self, ended: "Ended") -> None:
        """One is over."""
        ...


def _new_id() -> bytes:
    return random.getrandbits(64).to_bytes(8)


class Span(Struct, eq=False, gc=False):
    """Something that is being done, from when it is made until it ends.

    `parent` is the id of the span that it is a part of, empty for the first one of a trace.
    `started` is in nanoseconds since 1970.
    """

    recorder: Recorder
    trace_id: bytes
    parent: bytes
    id: bytes = field(default_factory=_new_id)
    started: int = field(default_factory=time.time_ns)

    def call(self, server: Server, method: str, path: str) -> "Call":
        """An upstream call, which is a part of it."""
        return Call.begun(Span(self.recorder, self.trace_id, self.id), server, method, path)

    def end(self, subject: Subject, *, is_failure: bool) -> None:
        """It is over, and was this."""
        self.recorder.record(Ended(self, subject, is_failure))


class Ended(Struct, eq=False, gc=False):
    """A span that is over.

    `link` is what it came of, in another trace. `queued_ms` is how long it waited until it went out
    first, where it did. `at` is in nanoseconds since 1970.
    """

    span: Span
    subject: Subject
    is_failure: bool
    link: Span | None = None
    queued_ms: float | None = None
    at: int = field(default_factory=time.time_ns)


class Call(Struct, eq=False, gc=False):
    """An upstream call and its span. `link` is what it came of, if that is in another trace."""

    span: Span
    server: Server
    method: str
    path: str
    link: Span | None
    traceparent: str
    queued_ms: float | None = None
    sendings: int = 0

    @classmethod
    def begun(
        cls, span: Span, server: Server, method: str, path: str, link: Span | None = None
    ) -> "Call":
        """A new one, of which its provider is told where it is to be."""
        told = span.recorder.passes_on
        traceparent = f"00-{span.trace_id.hex()}-{span.id.hex()}-01" if told else ""
        return cls(span, server, method, path, link, traceparent)

    def sent(self) -> None:
        """It goes out, for the first time or again."""
        self.sendings += 1
        if self.sendings == 1:
            self.queued_ms = (time.time_ns() - self.span.started) / 1e6

    def answered(self, status: int) -> None:
        self._end(status, "")

    def failed(self, reason: str) -> None:
        self._end(0, reason)

    def _end(self, status: int, reason: str) -> None:
        subject = CallSubject(self.server, self.method, self.path, status, reason, self.sendings)
        is_failure = status >= 400 or bool(reason)
        self.span.recorder.record(Ended(self.span, subject, is_failure, self.link, self.queued_ms))
