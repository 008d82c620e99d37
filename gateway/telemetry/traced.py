"""Requests and operations that leave spans of what is told of them."""

from collections.abc import Callable, Mapping
from typing import Any

from adapters.trace import TRACE
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.requests import (
    MOST_NAME,
    OperationRecord,
    Outcome,
    RequestRecord,
    Requests,
)
from gateway.telemetry.spans import Span, Value
from gateway.telemetry.traces import Traces


class TracedOperation(OperationRecord):
    """An operation of a request that is recorded. Its span lasts while it runs, or waits for an
    equal one; where the answer was kept there is none."""

    __slots__ = ("_has_begun", "_span", "_whole")

    def __init__(self, whole: Span) -> None:
        super().__init__()
        self._whole = whole
        self._span: Span | None = None
        self._has_begun = False

    def begins(self, kind: str) -> None:
        whole = self._whole
        self._has_begun = True
        about: dict[str, Value] = {"graphql.operation.type": kind}
        self._span = Span(whole.recorder, kind, "INTERNAL", whole.trace_id, whole.id, about)
        TRACE.set(self._span)

    def ends(self, outcome: Outcome, codes: Mapping[str, int]) -> None:
        super().ends(outcome, codes)
        self._end_span()

    def close(self) -> None:
        """The request is over, and so is what has not ended before."""
        if self._has_begun:
            self._end_span()
        elif self.served in ("kept", "repeated"):
            self._describe(self._whole)

    def _end_span(self) -> None:
        span, self._span = self._span, None
        if span is not None:
            self._describe(span)
            span.end(is_failure=self.outcome == "failed")

    def _describe(self, span: Span) -> None:
        told = span.attributes
        if self.name is not None:
            told["graphql.operation.name"] = self.name[:MOST_NAME]
        told["referral_gateway.served"] = self.served
        told["referral_gateway.outcome"] = self.outcome
        if self.ledger is not None:
            told["referral_gateway.cost"] = self.cost
            told["referral_gateway.upstream_calls"] = self.ledger.calls
        if self.codes:
            told["referral_gateway.errors"] = tuple(sorted(self.codes))


class TracedRequest(RequestRecord):
    """A request that is recorded."""

    __slots__ = ("_span", "_traced")

    def __init__(self, request_id: str, span: Span) -> None:
        super().__init__(request_id)
        self.trace_id = span.trace_id.hex()
        self._span = span
        self._traced: list[TracedOperation] = []

    def operation(self) -> OperationRecord:
        record = TracedOperation(self._span)
        self.operations.append(record)
        self._traced.append(record)
        return record

    def close(self) -> None:
        """It is over."""
        for operation in self._traced:
            operation.close()
        told = self._span.attributes
        if self.status:
            told["http.response.status_code"] = self.status
        if self.codes:
            told["referral_gateway.errors"] = tuple(sorted(self.codes))
        self._span.end(is_failure=self.status >= 500)


class TracedRequests(Requests):
    """Tells of requests in traces, too."""

    def __init__(
        self,
        metrics: Metrics,
        write: Callable[[dict[str, Any]], None] | None,
        traces: Traces,
    ) -> None:
        super().__init__(metrics, write)
        self._traces = traces

    def begun(self, request_id: str, scope: Mapping[str, Any], route: str) -> RequestRecord:
        span = self._traces.request(scope, route)
        return RequestRecord(request_id) if span is None else TracedRequest(request_id, span)
