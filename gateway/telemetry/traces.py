"""Traces by OpenTelemetry, an extra: a span a request, one an operation, one an upstream call.

What is sampled and where it is sent say the variables that the specification names
(https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/); spans are named
after its conventions (https://opentelemetry.io/docs/specs/semconv/http/http-spans/).
"""

import os
import random
from collections.abc import Sequence
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    TraceIdRatioBased,
)
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from adapters.trace import TRACE, FollowedCall, Server
from gateway.telemetry.batches import Batches, Batching
from gateway.telemetry.otlp import Encoder
from gateway.telemetry.spans import Call, Span, Value
from gateway.telemetry.trace_context import SPAN_ID, TRACE_ID, is_sampled, parsed

CLOSE_SECONDS = 1.0
"""How long the end of a process waits for what is still to be sent."""

_NAME = "referral-gateway"
_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
)


class _Exporter(OTLPSpanExporter):
    """Sends spans as OpenTelemetry does, but for how they are encoded."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self._encoder = encoder

    def send(self, spans: Sequence[Span]) -> None:
        """Send these. What fails is tried again and logged as OpenTelemetry does."""
        self._client.export(self._encoder.encoded(spans))

    def close(self) -> None:
        """Try nothing again."""
        self._client.shutdown()


class Traces:
    """The traces of this process; a tracer of its programs' calls."""

    def __init__(self) -> None:
        provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        self._follows_clients, self._end = _sampled(provider.sampler)
        scope = InstrumentationScope(_NAME, version(_NAME))
        self._exporter = _Exporter(Encoder(provider.resource, scope))
        self._batches = Batches(self._exporter.send, Batching.from_environment())
        self.record = self._batches.add
        self.passes_on = "tracecontext" in _listed("OTEL_PROPAGATORS", "tracecontext,baggage")

    def request(self, method: str, scheme: str, route: str, traceparent: str | None) -> Span | None:
        """A request begins, to an address with this template, with this header maybe. None when it
        is not recorded.

        To be called in the task that is the request's own.
        """
        carried = parsed(traceparent) if traceparent and self.passes_on else ""
        if carried:
            if not self._takes(carried):
                TRACE.set(carried)
                return None
            trace_id = bytes.fromhex(carried[TRACE_ID])
            parent = bytes.fromhex(carried[SPAN_ID])
        else:
            low = random.getrandbits(64)
            if low >= self._end:
                if TRACE.get() is not None:  # of a request before it, which it came in a row with
                    TRACE.set(None)
                return None
            trace_id, parent = _trace_id(low), b""
        # Whatever else a client sends for a method is its own words.
        if method not in _METHODS:
            method = "_OTHER"
        about: dict[str, Value] = {
            "http.request.method": method,
            "http.route": route,
            "url.scheme": scheme,
        }
        span = Span(self, f"{method} {route}", "SERVER", trace_id, parent, about)
        TRACE.set(span)
        return span

    def call(self, server: Server, method: str, path: str) -> FollowedCall | None:
        """An upstream call begins that nobody waits for: a trace of its own."""
        low = random.getrandbits(64)
        if low >= self._end:
            return None
        cause = TRACE.get()
        link = cause if isinstance(cause, Span) else None
        return Call.begun(self, _trace_id(low), b"", server, method, path, link)

    def close(self) -> None:
        """Send what is left, as far as that goes quickly."""
        # A thread that is still at it does not keep the process.
        self._batches.close(CLOSE_SECONDS)
        self._exporter.close()

    def _takes(self, carried: str) -> bool:
        """Whether what comes in a client's trace is recorded."""
        if self._follows_clients:
            return is_sampled(carried)
        return int(carried[TRACE_ID][16:], 16) < self._end


def _trace_id(low: int) -> bytes:
    """A new one, with a lower half that was drawn to tell whether it is recorded."""
    return (random.getrandbits(64) << 64 | low).to_bytes(16)


def _sampled(sampler: Sampler) -> tuple[bool, int]:
    """Whether clients say for their own traces what is recorded, and where the ids of all others
    that are, in their lower half, end.

    Those are all samplers that the environment can name; to ask one each time takes longer than
    everything else that a request costs that is not recorded.
    """
    follows_clients = isinstance(sampler, ParentBased)
    root = sampler._root if isinstance(sampler, ParentBased) else sampler
    if isinstance(root, TraceIdRatioBased):
        return follows_clients, root.bound
    takes_all = root.should_sample(None, 0, "").decision is Decision.RECORD_AND_SAMPLE
    return follows_clients, 2**64 if takes_all else 0


def is_switched_off() -> bool:
    """Whether the environment says that nothing is to be recorded."""
    is_disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return is_disabled or "none" in _listed("OTEL_TRACES_EXPORTER", "otlp")


def _listed(variable: str, default: str) -> list[str]:
    return [name.strip() for name in (os.environ.get(variable) or default).split(",")]


def _resource() -> Resource:
    resource = Resource.create({SERVICE_VERSION: version(_NAME)})
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return resource.merge(Resource({SERVICE_NAME: _NAME}))
    return resource
