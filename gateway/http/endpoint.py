"""`/graphql`: GraphQL over HTTP, GET for queries and POST for everything.

https://graphql.github.io/graphql-over-http/draft/

An ASGI application of its own, before any routing: this is the address that is asked all the
time.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from graphql import OperationType
from starlette.types import Receive, Scope, Send

from adapters.demand import Demand, demanding
from adapters.ledger import Ledger, entering_in
from gateway.context import Context
from gateway.errors import ErrorCode
from gateway.execution.engine import Engine, Operation, RequestFailed, Response
from gateway.execution.failures import masked
from gateway.http import asking
from gateway.http.answers import NEVER, Answers, Finished, Question
from gateway.http.exchange import Answer, BadRequest, Exchange
from gateway.http.hanging_up import HungUp, while_connected
from gateway.http.idempotency import LONGEST_KEY, FirstAnswers, KeyReused
from gateway.http.media_types import GRAPHQL, negotiated
from gateway.programs import Programs
from gateway.walks import Walks


class GraphQLEndpoint:
    """Answers GraphQL requests over these programs."""

    def __init__(
        self,
        programs: Programs,
        walks: Walks,
        *,
        operation_seconds: float,
        response_seconds: float,
        drops: Callable[[], int],
    ) -> None:
        self._programs = programs
        self._walks = walks
        self._operation_seconds = operation_seconds
        self._engine = Engine()
        self._first_answers = FirstAnswers(time.monotonic)
        self._answers = (
            Answers(response_seconds, drops=drops, monotonic=time.monotonic)
            if response_seconds
            else None
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        media_type = negotiated(exchange.header(b"accept"))
        try:
            answer = await self._answer(exchange, media_type)
        except BadRequest as bad:
            content = {"errors": [{"message": bad.message, "extensions": {"code": bad.code}}]}
            answer = _answer(content, bad.status, media_type, bad.headers)
        except HungUp:
            return
        except Exception as error:
            answer = _answer({"errors": [masked(error)]}, 500, media_type)
        await exchange.answer(answer)

    async def _answer(self, exchange: Exchange, media_type: str) -> Answer:
        if exchange.method == "POST":
            asked = await asking.posted(exchange)
        elif exchange.method in ("GET", "HEAD"):
            if _is_for_people(exchange):
                return Answer(307, {"location": "/graphiql"}, b"")
            asked = asking.in_url(exchange)
        else:
            raise BadRequest(
                405,
                ErrorCode.METHOD_NOT_ALLOWED,
                "Ask by POST, or by GET for a query.",
                {"allow": "GET, HEAD, POST"},
            )
        demand = self._demand(exchange)
        answers = None if demand.wants_fresh else self._answers
        question = Question.of(asked)
        body = answers.get(question) if answers is not None else None
        if body is None:
            try:
                operation = self._engine.prepare(asked)
                if exchange.method != "POST" and operation.kind is not OperationType.QUERY:
                    raise BadRequest(
                        405,
                        ErrorCode.METHOD_NOT_ALLOWED,
                        "Only a query can be asked by GET; use POST.",
                        {"allow": "POST"},
                    )
                with demanding(demand):
                    if operation.kind is OperationType.MUTATION:
                        body = await self._change(operation, exchange)
                    else:
                        body = await while_connected(
                            exchange.receive, self._read(operation, question, answers)
                        )
            except RequestFailed as failed:
                # An old client takes anything but 200 for a failed transport.
                return _answer(failed.content, 400 if media_type == GRAPHQL else 200, media_type)
        return Answer(200, {"content-type": f"{media_type}; charset=utf-8"}, body)

    def _demand(self, exchange: Exchange) -> Demand:
        return Demand(
            deadline=asyncio.get_running_loop().time() + self._operation_seconds,
            wants_fresh="no-cache" in (exchange.header(b"cache-control") or ""),
        )

    def _context(self) -> Context:
        return Context(self._programs, self._walks.for_request(), datetime.now(UTC))

    async def _read(
        self, operation: Operation, question: Question, answers: Answers | None
    ) -> bytes:
        """The body of the answer to a query, shared with those who ask the same."""

        async def run() -> Finished:
            ledger = Ledger()
            with entering_in(ledger):
                response = await self._engine.run(operation, self._context())
            good_until = NEVER if "errors" in response.content else ledger.good_until
            return Finished(_encoded(response.content), good_until)

        return (await run()).body if answers is None else await answers.join(question, run)

    async def _change(self, operation: Operation, exchange: Exchange) -> bytes:
        """The body of the answer to a mutation, which is not broken off by who hangs up."""
        context = self._context()

        async def run() -> tuple[Response, bool]:
            return await self._engine.run(operation, context), context.has_sent_changes

        key = exchange.header(b"idempotency-key")
        if key is None:
            return _encoded((await run())[0].content)
        if not 1 <= len(key) <= LONGEST_KEY:
            raise BadRequest(
                400,
                ErrorCode.BAD_REQUEST,
                f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.",
            )
        try:
            response = await self._first_answers.answer("", key, operation.request, run)
        except KeyReused:
            raise BadRequest(
                422,
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                "This Idempotency-Key came with another operation before; take a new one.",
            ) from None
        return _encoded(response.content)


def _is_for_people(exchange: Exchange) -> bool:
    """Whether somebody typed the bare address into a browser."""
    wants_page = "text/html" in (exchange.header(b"accept") or "")
    return wants_page and "query" not in asking.parameters(exchange)


def _answer(
    content: Mapping[str, Any],
    status: int,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    told = {"content-type": f"{media_type}; charset=utf-8", **(headers or {})}
    return Answer(status, told, _encoded(content))


def _encoded(content: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:
        # What a provider sent may be in it, and orjson's limits (integers of 64 bits, 254 levels)
        # are not JSON's.
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
