"""From an operation to the body of its answer."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from adapters.ledger import Ledger, entering_in
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
from gateway.walks import Walks


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
        *,
        response_seconds: float,
        drops: Callable[[], int],
    ) -> None:
        self.gate = gate
        self._engine = engine
        self._programs = programs
        self._walks = walks
        self._first_answers = first_answers
        self._answers = (
            Answers(response_seconds, drops=drops, monotonic=time.monotonic)
            if response_seconds
            else None
        )

    def kept(self, request: Request, caller: Caller) -> bytes | None:
        """The body that an equal query of the caller got a moment ago."""
        return None if self._answers is None else self._answers.get(Question.of(request, caller))

    async def prepare(self, request: Request, caller: Caller) -> Operation:
        """Judge a caller's request before anything of it runs. Raises RequestFailed."""
        programs = self._programs.only(caller.program_keys)
        return await self._engine.prepare(request, caller, programs)

    def check(self, costs: Sequence[Cost]) -> None:
        """Judge what operations cost together. Raises RequestFailed."""
        self._engine.check(total(costs))

    async def read(self, operation: Operation, *, is_shared: bool, tells_cost: bool) -> bytes:
        """The body of the answer to a query, shared with equal ones if `is_shared`; with what it
        cost if `tells_cost`.

        Raises RequestFailed and BadRequest.
        """

        async def run() -> Finished:
            ledger = Ledger()
            response = await self._run(operation, self._context(operation), ledger)
            good_until = NEVER if "errors" in response.content else ledger.good_until
            return Finished(self._body(operation, response, ledger, tells_cost), good_until)

        if self._answers is None or not is_shared or tells_cost:
            return (await run()).body
        return await self._answers.join(Question.of(operation.request, operation.caller), run)

    async def _run(self, operation: Operation, context: Context, ledger: Ledger) -> Response:
        async with self.gate.place():
            with entering_in(ledger):
                return await self._engine.run(operation, context)

    def _body(
        self, operation: Operation, response: Response, ledger: Ledger, tells_cost: bool
    ) -> bytes:
        content = response.content
        if tells_cost:
            told = self._engine.cost_told(operation, content["data"], ledger.calls)
            content = {**content, "extensions": {"cost": told}}
        return encoded_json(content)

    async def parts(self, operation: Operation) -> Parts | bytes:
        """The answer to a query in parts, or its body where all is there at once.

        Raises RequestFailed.
        """
        result = await self._engine.run_in_parts(operation, self._context(operation))
        return result if isinstance(result, Parts) else encoded_json(result.content)

    async def change(self, operation: Operation, key: str | None, *, tells_cost: bool) -> bytes:
        """The body of the answer to a mutation: with an idempotency key, the first under it; with
        what it cost now if `tells_cost`.

        Raises RequestFailed and BadRequest.
        """
        context, ledger = self._context(operation), Ledger()

        async def run() -> tuple[Response, bool]:
            return await self._run(operation, context, ledger), context.has_sent_changes

        if key is None:
            return self._body(operation, (await run())[0], ledger, tells_cost)
        if not 1 <= len(key) <= LONGEST_KEY:
            raise BadRequest(
                400,
                ErrorCode.BAD_REQUEST,
                f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.",
            )
        try:
            response = await self._first_answers.answer(
                operation.caller, key, operation.request, run
            )
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
        return self._body(operation, response, ledger, tells_cost)

    def _context(self, operation: Operation) -> Context:
        walks = self._walks.for_request()
        return Context(self._programs, walks, datetime.now(UTC), operation.caller)
