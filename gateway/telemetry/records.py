"""What is noted of a request and its operations while they run: for the log, for metrics, and where
it is recorded, for its trace.

Nothing of it comes from variables, arguments, documents or answers, but for names of operations
and codes of errors.
"""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from adapters.ledger import Ledger
from adapters.trace import TRACE
from gateway.errors import ErrorCode
from gateway.telemetry.spans import Span, Value

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
    cost; `codes` counts the errors of its answer. `whole` is the request's span, if it is recorded.

    Its own span lasts while it runs, or waits for an equal one; where the answer was kept there is
    none.
    """

    __slots__ = ("_span", "_whole", "codes", "cost", "ledger", "name", "outcome", "served")

    def __init__(self, whole: Span | None = None) -> None:
        self._whole = whole
        self._span: Span | None = None
        self.name: str | None = None
        self.cost = 0
        self.outcome: Outcome = "refused"
        self.served: Served = "nothing"
        self.ledger: Ledger | None = None
        self.codes = _NO_CODES

    def begins(self, kind: str) -> None:
        """A query or a mutation runs from here on, or waits for an equal one that does."""
        whole = self._whole
        if whole is not None:
            about: dict[str, Value] = {"graphql.operation.type": kind}
            self._span = Span(whole.recorder, kind, "INTERNAL", whole.trace_id, whole.id, about)
            TRACE.set(self._span)

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

    def close(self, whole: Span) -> None:
        """The request is over, which is recorded, and so is what has not ended before."""
        if self._span is not None:
            self._end_span()
        elif self.served in ("kept", "repeated"):
            self._describe(whole)

    def _end_span(self) -> None:
        span = self._span
        if span is not None and not span.ended:
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


class RequestRecord:
    """A request under way: `id` is told to the client, `caller` is the alias of who asks. `codes`
    counts the errors of what did not run, `limits` names those that it broke. `span` is its own, if
    it is recorded."""

    __slots__ = ("caller", "codes", "id", "limits", "operations", "span", "started", "status")

    def __init__(self, request_id: str, span: Span | None = None) -> None:
        self.id = request_id
        self.span = span
        self.caller = ""
        self.status = 0
        self.operations: list[OperationRecord] = []
        self.codes = _NO_CODES
        self.limits: tuple[str, ...] = ()
        self.started = time.perf_counter()

    def operation(self) -> OperationRecord:
        """A further operation of the request."""
        record = OperationRecord(self.span)
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
        span = self.span
        if span is None:
            return
        for operation in self.operations:
            operation.close(span)
        told = span.attributes
        if self.status:
            told["http.response.status_code"] = self.status
        if self.codes:
            told["referral_gateway.errors"] = tuple(sorted(self.codes))
        span.end(is_failure=self.status >= 500)

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
