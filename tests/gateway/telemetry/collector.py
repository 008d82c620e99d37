"""A collector of traces for tests: OTLP over HTTP, kept in memory.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters._sandbox.serving import serve_in_thread

PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Span:
    """A span as it was sent: ids in hexadecimal, `parent` is empty for the first of a trace."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    attributes: dict[str, Any]
    is_failure: bool
    began: int
    ended: int

    @classmethod
    def of(cls, sent: Sent) -> "Span":
        return cls(
            sent.name,
            Sent.SpanKind.Name(sent.kind).removeprefix("SPAN_KIND_"),
            sent.trace_id.hex(),
            sent.span_id.hex(),
            sent.parent_span_id.hex(),
            tuple(link.span_id.hex() for link in sent.links),
            {one.key: _value(one.value) for one in sent.attributes},
            sent.status.code == sent.status.STATUS_CODE_ERROR,
            sent.start_time_unix_nano,
            sent.end_time_unix_nano,
        )


@dataclass
class Collector:
    """What has come in. `bodies` are whole requests, `headers` what stood above each."""

    origin: str = ""
    spans: list[Span] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        """An export came in."""
        self.bodies.append(body)
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {one.key: _value(one.value) for one in of_resource.resource.attributes}
            self.resources.append(about)
            for of_scope in of_resource.scope_spans:
                self.spans += map(Span.of, of_scope.spans)

    def wait(self, is_enough: Callable[[list[Span]], bool]) -> list[Span]:
        """The spans, once there are enough: they are sent behind the answer."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_enough(self.spans):
            assert time.monotonic() < end, [(span.name, span.attributes) for span in self.spans]
            time.sleep(0.01)
        return list(self.spans)

    def requests(self, count: int) -> list[Span]:
        """All spans, once those of so many requests are over."""
        return self.wait(lambda spans: sum(s.kind == "SERVER" for s in spans) >= count)

    @property
    def environment(self) -> dict[str, str]:
        """What has a gateway send its spans here, without much ado."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.origin, "OTEL_BSP_SCHEDULE_DELAY": "50"}


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector until the block ends."""
    collector = Collector()

    async def export(request: Request) -> Response:
        collector.headers.append(request.headers)
        collector.take(await request.body())
        content = ExportTraceServiceResponse().SerializeToString()
        return Response(content, media_type="application/x-protobuf")

    app = Starlette(routes=[Route("/v1/traces", export, methods=["POST"])])
    with serve_in_thread(app) as served:
        collector.origin = served.origin
        yield collector


def kinds(spans: list[Span]) -> tuple[list[Span], list[Span], list[Span]]:
    """Requests, operations and upstream calls, each as they began."""
    spans = sorted(spans, key=lambda span: span.began)
    requests, operations, calls = (
        [span for span in spans if span.kind == kind] for kind in ("SERVER", "INTERNAL", "CLIENT")
    )
    return requests, operations, calls


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind or "string_value")
