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
from gateway.telemetry.spans import Call, Ended, Span
from gateway.telemetry.subjects import OperationSubject, RequestSubject

RESOURCE = Resource({"service.name": "our-gateway", "process.pid": 7}, "https://example.org/1.0")
SCOPE = InstrumentationScope("referral-gateway", "1.2.3")
TRACE = bytes.fromhex("4bf92f3577b34da6a3ce929d0e0e4736")
ELSEWHERE = bytes.fromhex("00f067aa0ba902b7")
SHOP = Server("coral-avenue", "api.example", 443)


class Recorder:
    """Keeps what is recorded."""

    passes_on = True

    def __init__(self) -> None:
        self.ended: list[Ended] = []

    def record(self, ended: Ended) -> None:
        self.ended.append(ended)


def requests(count: int) -> Sequence[Ended]:
    """The spans of requests with an operation and two calls, of which one fails."""
    recorder = Recorder()
    for number in range(count):
        request = Span(recorder, TRACE, b"")
        operation = Span(recorder, TRACE, request.id)
        good = operation.call(SHOP, "GET", "/tiers")
        good.sent()
        good.answered(200)
        operation.call(SHOP, "POST", "/tiers/{id}").failed("ConnectError")
        ran = OperationSubject("query", f"Q{number}", "executed", "ok", number * 1000, 2, ())
        operation.end(ran, is_failure=False)
        codes = ("NOT_FOUND", "Ärger")
        request.end(RequestSubject("POST", "http", "/graphql", 500, codes, None), is_failure=True)
    return recorder.ended


def apart() -> Sequence[Ended]:
    """A request in a client's trace, whose answer was kept, and a call that came of it in a trace
    of its own."""
    recorder = Recorder()
    request = Span(recorder, TRACE, ELSEWHERE)
    apart = Span(recorder, bytes(15) + b"\1", b"")
    call = Call.begun(apart, SHOP, "GET", "/tiers", request)
    kept = OperationSubject("", "", "kept", "partial", None, None, ("NOT_FOUND",))
    request.end(RequestSubject("GET", "http", "/graphql", 200, (), kept), is_failure=False)
    call.answered(404)
    return recorder.ended


def context(trace_id: bytes, span_id: bytes, *, is_remote: bool = False) -> SpanContext:
    return SpanContext(int.from_bytes(trace_id), int.from_bytes(span_id), is_remote)


def theirs(ended: Ended) -> ReadableSpan:
    """The same, as the SDK has it."""
    span, subject, link = ended.span, ended.subject, ended.link
    is_remote = subject.kind == "SERVER"
    queued = {} if ended.queued_ms is None else {"referral_gateway.queued_ms": ended.queued_ms}
    return ReadableSpan(
        subject.name,
        context(span.trace_id, span.id),
        context(span.trace_id, span.parent, is_remote=is_remote) if span.parent else None,
        RESOURCE,
        {**subject.attributes(), **queued},
        links=() if link is None else (Link(context(link.trace_id, link.id)),),
        kind=SpanKind[subject.kind],
        status=Status(StatusCode.ERROR if ended.is_failure else StatusCode.UNSET),
        start_time=span.started,
        end_time=ended.at,
        instrumentation_scope=SCOPE,
    )


@pytest.mark.parametrize("ended", [requests(1), requests(200), apart()])
def test_they_are_what_opentelemetry_makes_of_them(ended: Sequence[Ended]) -> None:
    sent = ExportTraceServiceRequest.FromString(Encoder(RESOURCE, SCOPE).encoded(ended))
    expected = encode_spans([theirs(one) for one in ended])
    for span in expected.resource_spans[0].scope_spans[0].spans:
        if not span.status.code:  # it says so where there is nothing to say, too
            span.ClearField("status")
    assert sent == expected
