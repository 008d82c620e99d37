"""What is told of each GraphQL request when it is over: one line of the log, its metrics and its
trace."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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


def _line(
    record: RequestRecord, operations: Sequence[OperationRecord], seconds: float
) -> dict[str, Any]:
    codes = record.codes
    for operation in operations:
        if operation.codes:
            codes = Counter(codes) + Counter(operation.codes)
    ledgers = [operation.ledger for operation in operations if operation.ledger is not None]
    line = {
        "timestamp": datetime.now(UTC),
        "level": "info",
        "event": "request",
        "request_id": record.id,
        "operation": ",".join([(operation.name or "")[:MOST_NAME] for operation in operations]),
        "caller": record.caller,
        "status": record.status,
        "outcome": ",".join([operation.outcome for operation in operations]),
        "served": ",".join([operation.served for operation in operations]),
        "ms": round(seconds * 1000, 3),
        "cost": sum([operation.cost for operation in operations]),
        "upstream_calls": sum([ledger.calls for ledger in ledgers]),
        "errors": codes,
    }
    if isinstance(record.trace, Span):
        line["trace_id"] = record.trace.trace_id.hex()
    return line
