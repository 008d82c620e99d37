"""What is told of each GraphQL request when it is over: one line of the log, and its metrics.

Nothing of it comes from variables, arguments, documents or answers, but for names of operations
and codes of errors.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from adapters.ledger import Ledger
from gateway.errors import ErrorCode
from gateway.telemetry.metrics import Metrics

MOST_NAME = 100
"""Characters of an operation's name that are told."""


# Plain strings, since hashing an Enum's member costs as much as the rest of a look-up.

Outcome: TypeAlias = Literal["ok", "partial", "failed", "refused", "hung_up"]
"""What became of an operation: data alone; errors beside data, or in its place; it did not run; the
client did not wait for the answer."""

Served: TypeAlias = Literal["executed", "joined", "kept", "repeated", "nothing"]
"""Where the answer to an operation came from: an equal one was running, or got it a moment ago, in
answer to the very same bytes maybe; nothing for what did not run."""

_NO_CODES: Mapping[str, int] = {}


class OperationRecord:
    """One operation of a request. `cost` is the most upstream calls that it was reckoned to
    cost; `codes` counts the errors of its answer."""

    __slots__ = ("codes", "cost", "ledger", "name", "outcome", "served")

    def __init__(self) -> None:
        self.name: str | None = None
        self.cost = 0
        self.outcome: Outcome = "refused"
        self.served: Served = "nothing"
        self.ledger: Ledger | None = None
        self.codes = _NO_CODES

    def begins(self, kind: str) -> None:
        """A query or a mutation runs from here on, or waits for an equal one that does."""

    def ends(self, outcome: Outcome, codes: Mapping[str, int]) -> None:
        """It came to this."""
        self.outcome = outcome
        self.codes = codes

    def was_kept(
        self, name: str | None, outcome: Outcome, served: Literal["kept", "repeated"]
    ) -> None:
        """An equal one of that name got the answer a moment ago, and it came to that."""
        self.name, self.outcome, self.served = name, outcome, served

    def add(self, part: "OperationRecord") -> None:
        """Reckon in what a part of the operation cost."""
        self.served = part.served
        self.cost += part.cost
        if self.ledger is not None and part.ledger is not None:
            self.ledger.calls += part.ledger.calls


class RequestRecord:
    """A request under way: `id` is told to the client, `caller` is the alias of who asks. `codes`
    counts the errors of what did not run, `limits` names those that it broke. `trace_id` is empty
    where no trace is recorded."""

    __slots__ = ("caller", "codes", "id", "limits", "operations", "started", "status", "trace_id")

    def __init__(self, request_id: str) -> None:
        self.id = request_id
        self.trace_id = ""
        self.caller = ""
        self.status = 0
        self.operations: list[OperationRecord] = []
        self.codes = _NO_CODES
        self.limits: tuple[str, ...] = ()
        self.started = time.perf_counter()

    def operation(self) -> OperationRecord:
        """A further operation of the request."""
        record = OperationRecord()
        self.operations.append(record)
        return record

    def refused(self, content: Mapping[str, Any]) -> None:
        """What was answered in the place of a result, of one operation or of all."""
        self.codes = Counter(self.codes) + Counter(codes_of(content))
        about = [error.get("extensions", {}) for error in content["errors"]]
        broken = (one["limit"] for one in about if one.get("code") == ErrorCode.LIMIT_EXCEEDED)
        self.limits = (*self.limits, *broken)

    def close(self) -> None:
        """It is over, and so is its part of a trace; for one that is recorded."""

    def ended(self, outcome: Outcome) -> None:
        """What was under way came to this."""
        for operation in self.operations:
            if operation.outcome == "refused":
                operation.outcome = outcome


def codes_of(content: Mapping[str, Any]) -> Mapping[str, int]:
    """How many errors of each code a result has."""
    errors = content.get("errors")
    if not errors:
        return _NO_CODES
    return Counter(str(error.get("extensions", {}).get("code", "")) for error in errors)


class Requests:
    """Tells of requests that are over. `write` takes a line of the log as a mapping; without it
    there are only metrics."""

    def __init__(
        self, metrics: Metrics, write: Callable[[dict[str, Any]], None] | None = None
    ) -> None:
        self._metrics = metrics
        self._write = write

    def begun(self, request_id: str, scope: Mapping[str, Any], route: str) -> RequestRecord:
        """A request begins: its connection as ASGI tells it, and the template of its address. To
        be called in the task that is the request's own."""
        return RequestRecord(request_id)

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
        if record.trace_id:
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
    if record.trace_id:
        line["trace_id"] = record.trace_id
    return line
