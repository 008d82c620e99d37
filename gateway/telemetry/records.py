"""What is noted of a request and its operations while they run: for the log, for metrics, and where
it is recorded, for its trace.

Nothing of it comes from variables, arguments, documents or answers, but for names of operations
and codes of errors.
"""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from adapters.ledger import Ledger
from adapters.trace import TRACE
from gateway.errors import ErrorCode
from gateway.telemetry.spans import Span
from gateway.telemetry.subjects import OperationSubject, RequestSubject

MOST_NAME = 100
"""Characters of an operation's name that are told."""


# Plain strings, since hashing an Enum's member costs as much as the rest of a look-up.

Outcome: TypeAlias = Literal["ok", "partial", "failed", "refused", "hung_up"]
"""What became of an operation: data alone; errors beside data, or in its place; it did not run; the
client did not wait for the answer."""

Served: TypeAlias = Literal["executed", "joined", "kept", "repeated", "nothing"]
"""Where the answer to an operation came from: an equal one was running, or got it a moment ago, in
answer to the very same bytes but for their marks maybe; nothing for what did not run."""

_NO_CODES: Mapping[str, int] = {}

_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
)


class Arrival(NamedTuple):
    """How a request came in: by what method and scheme, to an address with what template."""

    method: str
    scheme: str
    route: str


class OperationRecord:
    """One operation of a request. `cost` is the most upstream calls that it was reckoned to
    cost; `codes` counts the errors of its answer. `trace` is what the request is in, if any.

    Its own span lasts while it runs, or waits for an equal one; where the answer was kept there is
    none.
    """

    __slots__ = ("_kind", "_span", "_trace", "codes", "cost", "ledger", "name", "outcome", "served")

    def __init__(self, trace: Span | bytes | None = None) -> None:
        self._trace = trace
        self._span: Span | None = None
        self._kind = ""
        self.name: str | None = None
        self.cost = 0
        self.outcome: Outcome = "refused"
        self.served: Served = "nothing"
        self.ledger: Ledger | None = None
        self.codes = _NO_CODES

    def begins(self, kind: str) -> None:
        """A query or a mutation runs from here on, or waits for an equal one that does."""
        trace = self._trace
        if isinstance(trace, Span):
            self._kind = kind
            self._span = trace = Span(trace.recorder, trace.trace_id, trace.id)
        if trace is not None:
            TRACE.set(trace)

    def ends(self, outcome: Outcome, codes: Mapping[str, int]) -> None:
        """It came to this."""
        self.outcome = outcome
        self.codes = codes
        self._end_span()

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

    def close(self) -> OperationSubject | None:
        """The request is over, which is recorded, and so is what has not ended before; what it was
        where its answer was kept, and it has no span."""
        self._end_span()
        return None if self._kind or self.served not in ("kept", "repeated") else self._subject()

    def _end_span(self) -> None:
        if self._span is not None:
            self._span.end(self._subject(), is_failure=self.outcome == "failed")
            self._span = None

    def _subject(self) -> OperationSubject:
        ledger = self.ledger
        return OperationSubject(
            self._kind,
            self.name[:MOST_NAME] if self.name else "",
            self.served,
            self.outcome,
            None if ledger is None else self.cost,
            None if ledger is None else ledger.calls,
            tuple(sorted(self.codes)),
        )


class RequestRecord:
    """A request under way: `id` is told to the client, `caller` is the alias of who asks. `codes`
    counts the errors of what did not run, `limits` names those that it broke. `trace` is its own
    span, if it is recorded; the `traceparent` that it came with, if that is not; or nothing."""

    __slots__ = (
        "_arrival",
        "_subject",
        "caller",
        "codes",
        "id",
        "limits",
        "operations",
        "started",
        "status",
        "trace",
    )

    def __init__(
        self,
        request_id: str,
        arrival: Arrival,
        trace: Span | bytes | None,
        subject: RequestSubject | None = None,
    ) -> None:
        self._arrival = arrival
        self._subject = subject
        self.id = request_id
        self.trace = trace
        self.caller = ""
        self.status = 0
        self.operations: list[OperationRecord] = []
        self.codes = _NO_CODES
        self.limits: tuple[str, ...] = ()
        self.started = time.perf_counter()

    def operation(self) -> OperationRecord:
        """A further operation of the request."""
        record = OperationRecord(self.trace)
        self.operations.append(record)
        return record

    def refused(self, content: Mapping[str, Any]) -> None:
        """What was answered in the place of a result, of one operation or of all."""
        self.codes = Counter(self.codes) + Counter(codes_of(content))
        about = [error.get("extensions", {}) for error in content["errors"]]
        broken = (one["limit"] for one in about if one.get("code") == ErrorCode.LIMIT_EXCEEDED)
        self.limits = (*self.limits, *broken)

    def close(self) -> None:
        """It is over, and so is its part of a trace, where it has one."""
        span = self.trace
        if not isinstance(span, Span):
            return
        subject = self._subject or self._ended_subject()
        span.end(subject, is_failure=self.status >= 500)

    def _ended_subject(self) -> RequestSubject:
        kept = None
        for operation in self.operations:
            kept = operation.close() or kept
        return _subject(self._arrival, self.status, tuple(sorted(self.codes)), kept)

    def ended(self, outcome: Outcome) -> None:
        """What was under way came to this."""
        for operation in self.operations:
            if operation.outcome == "refused":
                operation.outcome = outcome


class Repeated:
    """What there is to tell of each request that is answered with the same: who asked, and that an
    equal operation of that name got the answer a moment ago, which came to that."""

    __slots__ = ("_arrival", "_caller", "_operation", "_subject")

    def __init__(self, arrival: Arrival, caller: str, name: str | None, outcome: Outcome) -> None:
        self._arrival = arrival
        self._caller = caller
        self._operation = OperationRecord()
        self._operation.was_kept(name, outcome, "repeated")
        self._subject = _subject(arrival, 200, (), self._operation.close())

    def record(self, request_id: str, trace: Span | bytes | None) -> RequestRecord:
        """One more, in that trace if any."""
        record = RequestRecord(request_id, self._arrival, trace, self._subject)
        record.caller, record.status = self._caller, 200
        record.operations.append(self._operation)
        return record


def _subject(
    arrival: Arrival, status: int, errors: tuple[str, ...], kept: OperationSubject | None
) -> RequestSubject:
    method = arrival.method
    # Whatever else a client sends for a method is its own words.
    if method not in _METHODS:
        method = "_OTHER"
    return RequestSubject(method, arrival.scheme, arrival.route, status, errors, kept)


def codes_of(content: Mapping[str, Any]) -> Mapping[str, int]:
    """How many errors of each code a result has."""
    errors = content.get("errors")
    if not errors:
        return _NO_CODES
    return Counter(str(error.get("extensions", {}).get("code", "")) for error in errors)
