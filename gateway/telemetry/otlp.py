"""Spans as a collector takes them, in protobuf (https://opentelemetry.io/docs/specs/otlp/).

OpenTelemetry's own encoder makes objects of every attribute of every span, which takes several
times as long as all else that is done for a span. Nearly all of it has come before: its bytes are
kept. A message is the bytes of its fields one after the other
(https://protobuf.dev/programming-guides/encoding/).
"""

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import Any, cast

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext

from gateway.telemetry.spans import Kind, Span, Value

KEPT = 1024
"""How many descriptions of spans are kept as bytes; names of operations are the clients' own."""

# The tags of fields that have a length: in a request, in what is of a resource, of a scope.
_RESOURCE_SPANS, _SCOPE_SPANS, _SPAN = b"\x0a", b"\x12", b"\x12"

# Tags and values: trace_id, span_id, start_time_unix_nano and end_time_unix_nano.
_OWN = Struct("<2s16s2s8scQcQ")
_PARENT = b"\x22\x08"


def _fields(**fields: Any) -> bytes:
    """Some fields of a span."""
    return cast(bytes, trace_pb2.Span(**fields).SerializeToString())


_KNOWN = trace_pb2.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK
_LOCAL = _fields(flags=_KNOWN)
_REMOTE = _fields(flags=_KNOWN | trace_pb2.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
_FAILURE = _fields(status=trace_pb2.Status(code=trace_pb2.Status.STATUS_CODE_ERROR))


class Encoder:
    """Turns spans of one resource and one scope into requests to a collector."""

    def __init__(self, resource: Resource, scope: InstrumentationScope) -> None:
        anything = SpanContext(1, 1, is_remote=False)
        empty = ReadableSpan("", anything, resource=resource, instrumentation_scope=scope)
        message = encode_spans([empty])
        (of_resource,) = message.resource_spans
        (of_scope,) = of_resource.scope_spans
        del of_scope.spans[:]
        self._scope = of_scope.SerializeToString()
        del of_resource.scope_spans[:]
        self._resource = of_resource.SerializeToString()

    def encoded(self, spans: Sequence[Span]) -> bytes:
        """An ExportTraceServiceRequest."""
        of_scope = b"".join([self._scope, *[_field(_SPAN, _span(span)) for span in spans]])
        of_resource = self._resource + _field(_SCOPE_SPANS, of_scope)
        return _field(_RESOURCE_SPANS, of_resource)


def _span(span: Span) -> bytes:
    parts = [
        _OWN.pack(
            b"\x0a\x10",
            span.trace_id,
            b"\x12\x08",
            span.id,
            b"\x39",
            span.started,
            b"\x41",
            span.ended,
        ),
        _description(span.name, span.kind, span.is_failure, tuple(span.attributes.items())),
        _REMOTE if span.parent and span.kind == "SERVER" else _LOCAL,
    ]
    if span.parent:
        parts.append(_PARENT + span.parent)
    if span.queued_ms is not None:
        # Not among the others, as it never comes again.
        parts.append(_attributes((("referral_gateway.queued_ms", span.queued_ms),)))
    if span.link is not None:
        parts.append(_link(span.link))
    return b"".join(parts)


@lru_cache(KEPT)
def _description(
    name: str, kind: Kind, is_failure: bool, attributes: tuple[tuple[str, Value], ...]
) -> bytes:
    fields = _fields(name=name, kind=f"SPAN_KIND_{kind}") + _attributes(attributes)
    return fields + _FAILURE if is_failure else fields


def _attributes(attributes: tuple[tuple[str, Value], ...]) -> bytes:
    return _fields(attributes=[KeyValue(key=key, value=_value(told)) for key, told in attributes])


def _value(value: Value) -> AnyValue:
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(array_value=ArrayValue(values=map(_value, value)))


def _link(span: Span) -> bytes:
    link = trace_pb2.Span.Link(trace_id=span.trace_id, span_id=span.id, flags=_KNOWN)
    return _fields(links=[link])


def _field(tag: bytes, content: bytes) -> bytes:
    """A field that has a length."""
    length = len(content)
    head = bytearray(tag)
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head) + content
