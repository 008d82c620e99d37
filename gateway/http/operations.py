"""From an operation to the body of its answer."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from adapters.ledger import Item, Ledger, entering_in
from adapters.sharing.firsts import BrokenOff, StillRunning
from gateway.caller import Caller
from gateway.context import Context
from gateway.errors import ErrorCode
from gateway.execution.cost import Cost, total
from gateway.execution.engine import Engine, Operation, Request, Response
from gateway.execution.increments import Parts
from gateway.http.answers import NEVER, Answers, Finished, Question
from gateway.http.bodies import encoded_json
from gateway.http.exchange import BadRequest
from gateway.http.gate import Gate
from gateway.http.idempotency import LONGEST_KEY, FirstAnswers, KeyReused
from gateway.programs import Programs
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.records import OperationRecord, Outcome, codes_of
from gateway.walks import Walks


class Tells(NamedTuple):
    """What an answer tells beside its data: what it cost, and what was read for it."""

    cost: bool = False
    reads: bool = False


class Operations:
    """Operations over these programs. Equal queries are answered once, and changes with an
    `Idempotency-Key` are made once. Those that go through the `gate` run."""

    def __init__(
        self,
        engine: Engine,
        gate: Gate,
        programs: Programs,
        walks: Walks,
        first_answers: FirstAnswers,
        metrics: Metrics,
        *,
        response_seconds: float,
        drops: Callable[[], int],
    ) -> None:
        self.gate = gate
        self._engine = engine
        self._programs = programs
        self._walks = walks
        self._first_answers = first_answers
        self._metrics = metrics
        self._answers = (
            Answers(response_seconds, drops=drops, monotonic=time.monotonic)
            if response_seconds
            else None
        )

    def kept(self, question: Question) -> Finished | None:
        """The answer that an equal query of the caller got a moment ago."""
        return None if self._answers is None else self._answers.get(question)

    async def prepare(self, request: Request, caller: Caller, record: OperationRecord) -> Operation:
        """Judge a caller's request before anything of it runs. Raises RequestFailed."""
        programs = self._programs.only(caller.program_keys)
        operation = await self._engine.prepare(request, caller, programs)
        name = operation.definition.name
        record.name = None if name is None else name.value
        record.cost = operation.cost.calls
        return operation

    def check(self, costs: Sequence[Cost]) -> None:
        """Judge what operations cost together. Raises RequestFailed."""
        self._engine.check(total(costs))

    async def read(
        self, operation: Operation, record: OperationRecord, *, is_shared: bool, tells: Tells
    ) -> bytes:
        """The body of the answer to a query, shared with equal ones if `is_shared` and if it tells
        nothing more.

        Raises RequestFailed and BadRequest.
        """
        record.served = "joined"
        record.begins(operation.kind.value)

        async def run() -> Finished:
            record.served = "executed"
            record.ledger = ledger = Ledger(is_itemized=tells.reads)
            response = await self._run(operation, self._context(operation), ledger)
            good_until = NEVER if "errors" in response.content else ledger.good_until
            body = self._body(operation, response, ledger, tells)
            codes = codes_of(response.content)
            return Finished(body, good_until, record.name, _outcome(response), codes)

        if self._answers is None or not is_shared or any(tells):
            finished = await run()
        else:
            question = Question.of(operation.request, operation.caller)
            finished = await self._answers.join(question, run)
        record.ends(finished.outcome, finished.codes)
        return finished.body

    async def _run(self, operation: Operation, context: Context, ledger: Ledger) -> Response:
        async with self.gate:
            with entering_in(ledger):
                response = await self._engine.run(operation, context)
        if saved := context.loaders.saved:
            self._metrics.loads_saved(saved)
        return response

    def _body(
        self, operation: Operation, response: Response, ledger: Ledger, tells: Tells
    ) -> bytes:
        content = response.content
        if any(tells):
            told: dict[str, Any] = {}
            if tells.cost:
                told["cost"] = self._engine.cost_told(operation, content["data"], ledger.calls)
            if tells.reads:
                told["gateway"] = {"reads": list(map(_told, ledger.items))}
            content = {**content, "extensions": told}
        return encoded_json(content)

    async def parts(self, operation: Operation, record: OperationRecord) -> Parts | bytes:
        """The answer to a query in parts, or its body where all is there at once.

        Raises RequestFailed.
        """
        record.served = "executed"
        record.ledger = Ledger()
        record.begins(operation.kind.value)
        with entering_in(record.ledger):
            result = await self._engine.run_in_parts(operation, self._context(operation))
        if isinstance(result, Parts):
            return result
        record.ends(_outcome(result), codes_of(result.content))
        return encoded_json(result.content)

    async def change(
        self, operation: Operation, record: OperationRecord, key: str | None, *, tells: Tells
    ) -> bytes:
        """The body of the answer to a mutation: with an idempotency key, the first under it; with
        what it tells of this time.

        Raises RequestFailed and BadRequest.
        """
        context = self._context(operation)
        record.served = "kept"
        record.begins(operation.kind.value)
        record.ledger = ledger = Ledger(is_itemized=tells.reads)

        async def run() -> tuple[Response, bool]:
            record.served = "executed"
            return await self._run(operation, context, ledger), context.has_sent_changes

        if key is None:
            response, _ = await run()
        else:
            response = await self._first(operation, key, run)
        record.ends(_outcome(response), codes_of(response.content))
        return self._body(operation, response, ledger, tells)

    async def _first(
        self, operation: Operation, key: str, run: Callable[[], Awaitable[tuple[Response, bool]]]
    ) -> Response:
        """The first response under an idempotency key. Raises RequestFailed and BadRequest."""
        if not 1 <= len(key) <= LONGEST_KEY:
            raise BadRequest(
                400,
                ErrorCode.BAD_REQUEST,
                f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.",
            )
        try:
            return await self._first_answers.answer(operation.caller, key, operation.request, run)
        except KeyReused:
            raise BadRequest(
                422,
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                "This Idempotency-Key came with another operation before; take a new one.",
            ) from None
        except StillRunning:
            raise BadRequest(
                409,
                ErrorCode.IDEMPOTENCY_KEY_IN_USE,
                "The first request with this Idempotency-Key is still running; ask again later.",
            ) from None
        except BrokenOff:
            raise BadRequest(
                409,
                ErrorCode.IDEMPOTENCY_OUTCOME_UNKNOWN,
                "The first request with this Idempotency-Key broke off, and nobody knows whether it"
                " took effect: look, and take a new key.",
            ) from None

    def _context(self, operation: Operation) -> Context:
        walks = self._walks.for_request()
        return Context(self._programs, walks, datetime.now(UTC), operation.caller)


def _outcome(response: Response) -> Outcome:
    if "errors" not in response.content:
        return "ok"
    return "failed" if response.content["data"] is None else "partial"


def _told(item: Item) -> dict[str, Any]:
    """An entry of `extensions.gateway.reads`."""
    return {
        "program": item.program,
        "endpoint": item.endpoint,
        "answered": item.answered,
        "ms": round(item.seconds * 1000, 3),
    }
