"""Spans of a trace: what is being done, and what is told of it when it is over.

They are the gateway's own, since the SDK's cost several times as much, and a good part of that also
where nothing is recorded. Which one is at hand is in a context variable: upstream calls are begun
far below the operation that they are a part of.
"""

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import Any, TypeAlias

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags

from adapters.observer import Server
from gateway.telemetry.trace_context import traceparent_of

SAMPLED = TraceFlags(TraceFlags.SAMPLED)
IDS = RandomIdGenerator()


class Span:
    """Something that is being done, from when it is made until it ends; then `send` has it."""

    def __init__(
        self,
        send: "Send",
        name: str,
        kind: SpanKind,
        context: SpanContext,
        parent: SpanContext | None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.links: tuple[Link, ...] = ()
        self.attributes: dict[str, Any] = {}
        self.started = time.time_ns()
        self.ended = 0
        self.is_failure = False
        self.send = send

    def below(self) -> SpanContext:
        """The context of a new span that is a part of it."""
        above = self.context
        span_id = IDS.generate_span_id()
        return SpanContext(above.trace_id, span_id, False, SAMPLED, above.trace_state)

    def end(self, *, is_failure: bool = False) -> None:
        """It is over."""
        self.ended = time.time_ns()
        self.is_failure = is_failure
        self.send(self)


class Call(Span):
    """An upstream call, at hand until it ends."""

    def __init__(
        self, send: "Send", context: SpanContext, parent: SpanContext | None, *, has_headers: bool
    ) -> None:
        super().__init__(send, "", SpanKind.CLIENT, context, parent)
        self._has_headers = has_headers
        self._sendings = 0
        self._before: Token[Current] = CURRENT.set(self)

    def to(self, server: Server, method: str, path: str) -> Mapping[str, str]:
        self.name = f"{method} {path}"
        self.attributes = {
            "http.request.method": method,
            "url.template": path,
            "server.address": server.host,
            "server.port": server.port,
            "referral_gateway.program": server.program,
        }
        return {"traceparent": traceparent_of(self.context)} if self._has_headers else {}

    def sent(self) -> None:
        """It goes out, for the first time or again."""
        self._sendings += 1
        if self._sendings == 1:
            queued = (time.time_ns() - self.started) / 1e6
            self.attributes["referral_gateway.queued_ms"] = round(queued, 3)
        else:
            self.attributes["http.request.resend_count"] = self._sendings - 1

    def answered(self, status: int) -> None:
        self.attributes["http.response.status_code"] = status
        if status >= 400:
            self.attributes["error.type"] = str(status)
        self.end(is_failure=status >= 400)

    def failed(self, reason: str) -> None:
        self.attributes["error.type"] = reason
        self.end(is_failure=True)

    def end(self, *, is_failure: bool = False) -> None:
        CURRENT.reset(self._before)
        super().end(is_failure=is_failure)


class PassedOn:
    """A trace of a client's of which nothing is recorded here: calls go on in it."""

    def __init__(self, traceparent: str) -> None:
        self._traceparent = traceparent

    def to(self, server: Server, method: str, path: str) -> Mapping[str, str]:
        return {"traceparent": self._traceparent}

    def answered(self, status: int) -> None:
        pass

    def failed(self, reason: str) -> None:
        pass


Send: TypeAlias = Callable[[Span], None]
Current: TypeAlias = Span | PassedOn | None

CURRENT: ContextVar[Current] = ContextVar("span", default=None)
