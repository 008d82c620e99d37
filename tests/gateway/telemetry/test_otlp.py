"""Spans in protobuf: as OpenTelemetry's own encoder has them."""

from collections.abc import Sequence

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode

from adapters.trace import Server
from gateway.telemetry.otlp import Encoder
from gateway.telemetry.spans import Span, Value

RESOURCE = Resource({"service.name": "our-gateway", "process.pid": 7}, "https://example.org/1.0")
SCOPE = InstrumentationScope("referral-gateway", "1.2.3")
TRACE = bytes.fromhex("4bf92f3577b34da6a3ce929d0e0e4736")
ELSEWHERE = bytes.fromhex("00f067aa0ba902b7")
SHOP = Server("coral-avenue", "api.example", 443)


class Recorder:
    """Keeps what is recorded."""

    passes_on = True

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def record(self, span: Span) -> None:
        self.spans.append(span)


def requests(count: int) -> Sequence[Span]:
    """The spans of requests with an operation and two calls, of which one fails."""
    recorder = Recorder()
    for number in range(count):
        about: dict[str, Value] = {
            "http.route": "/graphql",
            "referral_gateway.errors": ("NOT_FOUND", "Ärger"),
        }
        request = Span(recorder, "POST /graphql", "SERVER", TRACE, b"", about)
        told: dict[str, Value] = {
            "graphql.operation.name": f"Q{number}",
            "referral_gateway.cost": number * 1000,
        }
        operation = Span(recorder, "query", "INTERNAL", TRACE, request.id, told)
        good = operation.call(SHOP, "GET", "/tiers")
        good.sent()
        good.answered(200)
        operation.call(SHOP, "POST", "/tiers/{id}").failed("ConnectError")
        operation.end()
        request.end(is_failure=True)
    return recorder.spans


def apart() -> Sequence[Span]:
    """A request in a client's trace, and a call that came of it in a trace of its own."""
    recorder = Recorder()
    request = Span(recorder, "GET /graphql", "SERVER", TRACE, ELSEWHERE, {})
    call = Span(recorder, "GET /tiers", "CLIENT", bytes(15) + b"\1", b"", {}, request)
    request.end()
    call.end()
    return recorder.spans


def context(trace_id: bytes, span_id: bytes, *, is_remote: bool = False) -> SpanContext:
    return SpanContext(int.from_bytes(trace_id), int.from_bytes(span_id), is_remote)


def theirs(span: Span) -> ReadableSpan:
    """The same, as the SDK has it."""
    is_remote = span.kind == "SERVER"
    link = span.link
    queued = {} if span.queued_ms is None else {"referral_gateway.queued_ms": span.queued_ms}
    return ReadableSpan(
        span.name,
        context(span.trace_id, span.id),
        context(span.trace_id, span.parent, is_remote=is_remote) if span.parent else None,
        RESOURCE,
        {**span.attributes, **queued},
        links=() if link is None else (Link(context(link.trace_id, link.id)),),
        kind=SpanKind[span.kind],
        status=Status(StatusCode.ERROR if span.is_failure else StatusCode.UNSET),
        start_time=span.started,
        end_time=span.ended,
        instrumentation_scope=SCOPE,
    )


@pytest.mark.parametrize("spans", [requests(1), requests(200), apart()])
def test_they_are_what_opentelemetry_makes_of_them(spans: Sequence[Span]) -> None:
    sent = ExportTraceServiceRequest.FromString(Encoder(RESOURCE, SCOPE).encoded(spans))
    expected = encode_spans([theirs(span) for span in spans])
    for span in expected.resource_spans[0].scope_spans[0].spans:
        if not span.status.code:  # it says so where there is nothing to say, too
            span.ClearField("status")
    assert sent == expected
