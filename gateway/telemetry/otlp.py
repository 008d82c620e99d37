"""Spans as a collector takes them, in protobuf (https://opentelemetry.io/docs/specs/otlp/).

OpenTelemetry's own encoder makes objects of every attribute of every span, which takes several
times as long as all else that is done for a span. Nearly all of it has come before: its bytes are
kept. A message is the bytes of its fields one after the other
(https://protobuf.dev/programming-guides/encoding/).
"""

from collections.abc import Mapping, Sequence
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

from gateway.telemetry.spans import Ended, Span
from gateway.telemetry.subjects import Subject, Value

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

    def encoded(self, spans: Sequence[Ended]) -> bytes:
        """An ExportTraceServiceRequest."""
        parts = [self._scope]
        for span in spans:
            parts += _span(span)
        of_resource = [self._resource, *_field(_SCOPE_SPANS, b"".join(parts))]
        return b"".join(_field(_RESOURCE_SPANS, b"".join(of_resource)))


def _span(ended: Ended) -> tuple[bytes, ...]:
    """The parts of its field."""
    span = ended.span
    described = _description(ended.subject, ended.is_failure, bool(span.parent))
    rare = _rare(ended)
    return (
        _head(_SPAN, _OWN.size + len(described) + len(rare)),
        _OWN.pack(
            b"\x0a\x10",
            span.trace_id,
            b"\x12\x08",
            span.id,
            b"\x39",
            span.started,
            b"\x41",
            ended.at,
        ),
        described,
        rare,
    )


@lru_cache(KEPT)
def _description(subject: Subject, is_failure: bool, has_parent: bool) -> bytes:
    """What many spans have in common."""
    fields = _fields(name=subject.name, kind=f"SPAN_KIND_{subject.kind}")
    fields += _attributes(subject.attributes())
    if is_failure:
        fields += _FAILURE
    return fields + (_REMOTE if has_parent and subject.kind == "SERVER" else _LOCAL)


def _rare(ended: Ended) -> bytes:
    """What not all have, and no other has."""
    parent = ended.span.parent
    rare = _PARENT + parent if parent else b""
    if ended.queued_ms is not None:
        rare += _attributes({"referral_gateway.queued_ms": ended.queued_ms})
    if ended.link is not None:
        rare += _link(ended.link)
    return rare


def _attributes(told: Mapping[str, Value]) -> bytes:
    return _fields(
        attributes=[KeyValue(key=name, value=_value(value)) for name, value in told.items()]
    )


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


def _field(tag: bytes, content: bytes) -> tuple[bytes, bytes]:
    """A field that has a length, in two parts."""
    return _head(tag, len(content)), content


@lru_cache(KEPT)
def _head(tag: bytes, length: int) -> bytes:
    head = bytearray(tag)
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head)
