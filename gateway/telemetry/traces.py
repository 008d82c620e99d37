"""Traces by OpenTelemetry, an extra: a span a request, one an operation, one an upstream call.

What is sampled and where it is sent say the variables that the specification names
(https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/); spans are named
after its conventions (https://opentelemetry.io/docs/specs/semconv/http/http-spans/).
"""

import os
import threading
from collections.abc import Iterable
from functools import cached_property
from importlib.metadata import version

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    TraceIdRatioBased,
)
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    set_span_in_context,
)

from adapters.observer import FollowedCall
from gateway.telemetry.spans import CURRENT, IDS, SAMPLED, Call, PassedOn, Span
from gateway.telemetry.trace_context import Carried, Header, carried_in

CLOSE_SECONDS = 1.0
"""How long the end of a process waits for what is still to be sent."""

_NAME = "referral-gateway"
_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
)
_NOTHING = Context()
_RANDOM = TraceIdRatioBased.TRACE_ID_LIMIT
_GOOD, _FAILED = Status(), Status(StatusCode.ERROR)


class Traces:
    """The traces of this process; a tracer of its programs' calls."""

    def __init__(self) -> None:
        provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        self._resource = _Resource(provider.resource.attributes, provider.resource.schema_url)
        self._sampler = provider.sampler
        self._most_id = _most_id(provider.sampler)
        # Those that the environment can name leave out what the client leaves out.
        self._follows_clients = isinstance(provider.sampler, ParentBased)
        self._processor = BatchSpanProcessor(OTLPSpanExporter())
        self._scope = InstrumentationScope(_NAME, version(_NAME))
        self._has_context = "tracecontext" in _listed("OTEL_PROPAGATORS", "tracecontext,baggage")

    def request(
        self, method: str, scheme: str, route: str, headers: Iterable[Header]
    ) -> Span | None:
        """A request begins; `route` is the template of its address. None when it is not recorded.

        To be called in the task that is the request's own.
        """
        carried = carried_in(headers) if self._has_context else None
        # Whatever else a client sends for a method is its own words.
        method = method if method in _METHODS else "_OTHER"
        span = self._of_request(f"{method} {route}", carried)
        if span is None:
            CURRENT.set(None if carried is None else PassedOn(carried.traceparent))
            return None
        span.attributes = {
            "http.request.method": method,
            "http.route": route,
            "url.scheme": scheme,
        }
        CURRENT.set(span)
        return span

    def _of_request(self, name: str, carried: Carried | None) -> Span | None:
        if carried is None:
            context, above = self._sampled(name, SpanKind.SERVER), None
        elif self._follows_clients and not carried.is_sampled:
            return None
        else:
            above = carried.context()
            context = self._sampled(name, SpanKind.SERVER, above)
        if context is None:
            return None
        return Span(self._send, name, SpanKind.SERVER, context, above)

    def call(self, *, is_awaited: bool) -> FollowedCall | None:
        """An upstream call begins: a part of what is at hand; where nobody waits for it, a trace of
        its own."""
        above = CURRENT.get()
        if is_awaited:
            if not isinstance(above, Span):
                return above
            return Call(self._send, above.below(), above.context, has_headers=self._has_context)
        context = self._sampled("upstream call", SpanKind.CLIENT)
        if context is None:
            return None
        call = Call(self._send, context, None, has_headers=self._has_context)
        if isinstance(above, Span):
            call.links = (Link(above.context),)
        return call

    def sent(self) -> None:
        """The call at hand goes out."""
        call = CURRENT.get()
        if isinstance(call, Call):
            call.sent()

    def close(self) -> None:
        """Send what is left, as far as that goes quickly."""
        # The SDK waits half a minute for a collector that is silent. A thread that is still at it
        # does not keep the process.
        closing = threading.Thread(target=self._processor.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)

    def _sampled(
        self, name: str, kind: SpanKind, above: SpanContext | None = None
    ) -> SpanContext | None:
        """The context of a span that is the first one here; None when it is not recorded."""
        if above is None:
            around, trace_id = _NOTHING, IDS.generate_trace_id()
            if self._most_id is not None and trace_id & _RANDOM >= self._most_id:
                return None
        else:
            around = set_span_in_context(NonRecordingSpan(above), _NOTHING)
            trace_id = above.trace_id
        found = self._sampler.should_sample(around, trace_id, name, kind)
        if found.decision is not Decision.RECORD_AND_SAMPLE:
            return None
        return SpanContext(trace_id, IDS.generate_span_id(), False, SAMPLED, found.trace_state)

    def _send(self, span: Span) -> None:
        self._processor.on_end(
            ReadableSpan(
                span.name,
                span.context,
                span.parent,
                self._resource,
                span.attributes,
                links=span.links,
                kind=span.kind,
                status=_FAILED if span.is_failure else _GOOD,
                start_time=span.started,
                end_time=span.ended,
                instrumentation_scope=self._scope,
            )
        )


class _Resource(Resource):
    """The SDK hashes it for each span, and writes JSON for that: a third of what sending costs."""

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    def __hash__(self) -> int:
        return self._hash


def _most_id(sampler: Sampler) -> int | None:
    """Below it are the random parts of the ids of traces that begin here and are recorded; None
    where only the sampler can tell. To ask it costs each request more than all the rest."""
    root = getattr(sampler, "_root", sampler) if isinstance(sampler, ParentBased) else sampler
    return root.bound if isinstance(root, TraceIdRatioBased) else None


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
