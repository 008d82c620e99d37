"""Spans of a trace: what is being done, and what is told of it when it is over.

They are the gateway's own, since the SDK's cost several times as much.
"""

import random
import time
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct, field

from adapters.trace import Server

# A plain string, as hashing an Enum's member takes longer than looking it up.
Kind: TypeAlias = Literal["INTERNAL", "SERVER", "CLIENT"]
"""What a span is of: something done here, for a client, or by a provider."""

Value: TypeAlias = str | int | float | tuple[str, ...]
"""What an attribute says; those of one name are all of one type."""


class Recorder(Protocol):
    """Has all spans that are over. `passes_on` tells whether providers are told of them."""

    passes_on: bool

    def record(self, span: "Span") -> None:
        """One is over."""
        ...


def _new_id() -> bytes:
    return random.getrandbits(64).to_bytes(8)


class Span(Struct, eq=False, gc=False):
    """Something that is being done, from when it is made until it ends.

    `parent` is the id of the span that it is a part of, empty for the first one of a trace. `link`
    is what it came of, in another trace. `queued_ms` is how long it waited until it went out first,
    where it did. `started` and `ended` are nanoseconds since 1970; `ended` is 0 until it is over.
    """

    recorder: Recorder
    name: str
    kind: Kind
    trace_id: bytes
    parent: bytes
    attributes: dict[str, Value]
    link: "Span | None" = None
    queued_ms: float | None = None
    is_failure: bool = False
    ended: int = 0
    id: bytes = field(default_factory=_new_id)
    started: int = field(default_factory=time.time_ns)

    def call(self, server: Server, method: str, path: str) -> "Call":
        """An upstream call, which is a part of it."""
        return Call.begun(self.recorder, self.trace_id, self.id, server, method, path)

    def end(self, *, is_failure: bool = False) -> None:
        """It is over."""
        self.ended = time.time_ns()
        self.is_failure = is_failure
        self.recorder.record(self)


class Call(Span, eq=False, gc=False):
    """An upstream call."""

    traceparent: str = ""
    sendings: int = 0

    @classmethod
    def begun(
        cls,
        recorder: Recorder,
        trace_id: bytes,
        parent: bytes,
        server: Server,
        method: str,
        path: str,
        link: Span | None = None,
    ) -> "Call":
        """A new one, of which its provider is told where it is to be."""
        attributes: dict[str, Value] = {
            "http.request.method": method,
            "url.template": path,
            "server.address": server.host,
            "server.port": server.port,
            "referral_gateway.program": server.program,
        }
        call = cls(recorder, f"{method} {path}", "CLIENT", trace_id, parent, attributes, link)
        if recorder.passes_on:
            call.traceparent = f"00-{trace_id.hex()}-{call.id.hex()}-01"
        return call

    def sent(self) -> None:
        """It goes out, for the first time or again."""
        self.sendings += 1
        if self.sendings == 1:
            self.queued_ms = (time.time_ns() - self.started) / 1e6
        else:
            self.attributes["http.request.resend_count"] = self.sendings - 1

    def answered(self, status: int) -> None:
        self.attributes["http.response.status_code"] = status
        if status >= 400:
            self.attributes["error.type"] = str(status)
        self.end(is_failure=status >= 400)

    def failed(self, reason: str) -> None:
        self.attributes["error.type"] = reason
        self.end(is_failure=True)
