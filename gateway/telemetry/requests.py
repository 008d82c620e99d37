"""What is told of each GraphQL request when it is over: one line of the log, its metrics and its
trace."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.telemetry.metrics import Metrics
from gateway.telemetry.records import (
    MOST_NAME,
    Arrival,
    OperationRecord,
    Repeated,
    RequestRecord,
)
from gateway.telemetry.spans import Span

if TYPE_CHECKING:  # what it imports is an extra
    from gateway.telemetry.traces import Traces


class Requests:
    """Tells of requests that are over: in metrics, by `write`, which takes a line of the log as a
    mapping, and in traces, where there are any."""

    def __init__(
        self,
        metrics: Metrics,
        write: Callable[[dict[str, Any]], None] | None = None,
        traces: "Traces | None" = None,
    ) -> None:
        self._metrics = metrics
        self._write = write
        self._traces = traces

    def begun(self, request_id: str, arrival: Arrival, traceparent: bytes | None) -> RequestRecord:
        """A request begins, with this header maybe. To be called in the task that is the request's
        own."""
        trace = None if self._traces is None else self._traces.request(traceparent)
        return RequestRecord(request_id, arrival, trace)

    def repeated(self, request_id: str, repeated: Repeated, traceparent: bytes | None) -> None:
        """A request is over that came with this header maybe, and was answered with what was kept.
        To be called in a context of its own."""
        trace = None if self._traces is None else self._traces.request(traceparent)
        self.finished(repeated.record(request_id, trace))

    def finished(self, record: RequestRecord) -> None:
        """A request is over."""
        seconds = time.perf_counter() - record.started
        operations = record.operations or (OperationRecord(),)
        for operation in operations:
            self._metrics.operation(operation.name, operation.outcome, operation.served, seconds)
        for limit in record.limits:
            self._metrics.limited(limit)
        if self._write is not None:
            self._write(_line(record, operations, seconds))
        record.close()


class _Told(NamedTuple):
    """What a line tells of an operation, or of all those of a batch."""

    name: str
    outcome: str
    served: str
    cost: int
    calls: int


def _told(operation: OperationRecord) -> _Told:
    ledger = operation.ledger
    return _Told(
        (operation.name or "")[:MOST_NAME],
        operation.outcome,
        operation.served,
        operation.cost,
        0 if ledger is None else ledger.calls,
    )


def _told_together(operations: Sequence[OperationRecord]) -> _Told:
    names, outcomes, served, costs, calls = zip(*map(_told, operations), strict=True)
    return _Told(",".join(names), ",".join(outcomes), ",".join(served), sum(costs), sum(calls))


def _line(
    record: RequestRecord, operations: Sequence[OperationRecord], seconds: float
) -> dict[str, Any]:
    codes = record.codes
    for operation in operations:
        if operation.codes:
            codes = Counter(codes) + Counter(operation.codes)
    told = _told(operations[0]) if len(operations) == 1 else _told_together(operations)
    line = {
        "timestamp": datetime.now(UTC),
        "level": "info",
        "event": "request",
        "request_id": record.id,
        "operation": told.name,
        "caller": record.caller,
        "status": record.status,
        "outcome": told.outcome,
        "served": told.served,
        "ms": round(seconds * 1000, 3),
        "cost": told.cost,
        "upstream_calls": told.calls,
        "errors": codes,
    }
    if isinstance(record.trace, Span):
        line["trace_id"] = record.trace.trace_id.hex()
    return line
