"""`/graphql`: GraphQL over HTTP, GET for queries and POST for everything.

https://graphql.github.io/graphql-over-http/draft/

An ASGI application of its own, before any routing: this is the address that is asked all the
time.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from graphql import OperationType
from starlette.types import Receive, Scope, Send

from adapters.demand import Demand, demanding
from gateway.caller import ANYBODY, Caller
from gateway.caller import Scope as Right
from gateway.errors import ErrorCode
from gateway.execution.engine import Operation, Request, RequestFailed
from gateway.execution.failures import masked
from gateway.http import asking
from gateway.http.access import Access
from gateway.http.answers import Question
from gateway.http.asking import Asked
from gateway.http.batches import run_batch
from gateway.http.bodies import encoded_json
from gateway.http.exchange import Answer, BadRequest, Exchange
from gateway.http.hanging_up import HungUp, while_connected
from gateway.http.media_types import GRAPHQL, JSON, Accepted, negotiated
from gateway.http.operations import Operations
from gateway.http.origins import Origins, preflight
from gateway.http.parts import send_parts
from gateway.http.persisted import PersistedOperations
from gateway.http.rate_limit import RateLimit, requests_of
from gateway.http.repeats import Repeats
from gateway.http.under_way import UnderWay
from gateway.http.understood import Understood, Wishes
from gateway.http.validators import revalidated
from gateway.telemetry.log import REQUEST_ID
from gateway.telemetry.records import OperationRecord, RequestRecord
from gateway.telemetry.requests import Requests

GRAPHQL_PATH = "/graphql"

_Answering: TypeAlias = Callable[[Exchange, RequestRecord], Awaitable[Answer | None]]


class GraphQLEndpoint:
    """Answers GraphQL requests, `batch` of them at most in one HTTP request, which has at most
    `body_bytes`, any number if that is 0."""

    def __init__(
        self,
        access: Access,
        operations: Operations,
        persisted: PersistedOperations,
        origins: Origins,
        rate_limit: RateLimit,
        requests: Requests,
        under_way: UnderWay,
        *,
        operation_seconds: float,
        batch: int,
        body_bytes: int,
    ) -> None:
        self._access = access
        self._operations = operations
        self._persisted = persisted
        self._origins = origins
        self._rate_limit = rate_limit
        self._requests = requests
        self._operation_seconds = operation_seconds
        self._batch = batch
        self._body_bytes = body_bytes or sys.maxsize
        self.repeats = Repeats(
            access,
            rate_limit,
            operations.kept,
            requests,
            self.again,
            under_way,
            route=GRAPHQL_PATH,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        accepted = negotiated(exchange.header(b"accept"))
        await self._reply(exchange, accepted.media_type, partial(self._answer, accepted))

    async def again(
        self, understood: Understood, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a request that was `understood` before, of which nothing needs to be read."""
        exchange = Exchange(scope, receive, send)
        exchange.more_headers.extend(understood.headers)
        answering = partial(self._answer_understood, understood)
        await self._reply(exchange, understood.wishes.media_type, answering)

    async def _reply(self, exchange: Exchange, media_type: str, answering: _Answering) -> None:
        record = exchange.recorded_by(self._requests, GRAPHQL_PATH)
        REQUEST_ID.set(record.id)
        try:
            answer = await self._outcome(exchange, media_type, answering, record)
            if answer is not None:
                record.status = answer.status
                await exchange.answer(answer)
        finally:
            if exchange.has_begun and not record.status:  # in parts, of which some are missing
                record.status = 200
            self._requests.finished(record)

    async def _outcome(
        self, exchange: Exchange, media_type: str, answering: _Answering, record: RequestRecord
    ) -> Answer | None:
        """The answer, whatever happens; None where there is nothing more to send."""
        try:
            return await answering(exchange, record)
        except BadRequest as bad:
            record.refused(bad.content)
            return refusal(bad, media_type)
        except RequestFailed as failed:
            record.refused(failed.content)
            refused = refusal(failed, media_type)
            # An old client takes anything but 200 for a failed transport.
            return refused if media_type == GRAPHQL else refused._replace(status=200)
        except HungUp:
            record.ended("hung_up")
            return None
        except asyncio.CancelledError:  # the gateway ends
            record.ended("failed")
            raise
        except Exception as error:
            told = {"errors": [masked(error)]}
            record.refused(told)
            record.ended("failed")
            # If it has begun it is too late to tell but by breaking off.
            return None if exchange.has_begun else unforeseen(told, media_type)

    async def _answer(
        self, accepted: Accepted, exchange: Exchange, record: RequestRecord
    ) -> Answer | None:
        """The answer; None when it was sent in parts already. Raises BadRequest, RequestFailed and
        HungUp."""
        is_post = exchange.method == "POST"
        is_get = exchange.method in ("GET", "HEAD")
        if is_get and _is_for_people(exchange):
            return Answer(307, ((b"location", b"/graphiql"),), b"")
        self._origins.check(exchange)
        if (allowed := preflight(exchange)) is not None:
            return allowed
        caller = await self._access.identify(exchange.scope)
        record.caller = caller.alias
        if not is_post and not is_get:
            raise BadRequest(
                405,
                ErrorCode.METHOD_NOT_ALLOWED,
                "Ask by POST, or by GET for a query.",
                ((b"allow", b"GET, HEAD, POST"),),
            )
        payer = payer_of(caller, exchange)
        await self._rate_limit.take(payer, 1)
        if is_post:
            asked = await asking.posted(exchange, batch=self._batch, most_bytes=self._body_bytes)
        else:
            asked = asking.in_url(exchange)
        wishes = Wishes.of(exchange, accepted, caller)
        understood = Understood(asked, caller, payer, wishes, tuple(exchange.more_headers))
        answer = await self._answer_understood(understood, exchange, record)
        if is_post or answer is None:
            return answer
        return revalidated(answer, exchange.header(b"if-none-match"))

    async def _answer_understood(
        self, understood: Understood, exchange: Exchange, record: RequestRecord
    ) -> Answer | None:
        """As `_answer`, of a request that was read and counted."""
        record.caller = understood.caller.alias
        if isinstance(understood.asked, list):
            body: bytes | None = await self._batched(understood.asked, understood, exchange, record)
        else:
            body = await self._single(understood.asked, understood, exchange, record)
        if body is None:
            record.status = 200
            return None
        return Answer.of(body, 200, understood.wishes.media_type)

    async def _single(
        self, asked: Asked, understood: Understood, exchange: Exchange, told: RequestRecord
    ) -> bytes | None:
        """The body of the answer; None when it was sent in parts already."""
        caller, wishes = understood.caller, understood.wishes
        record = told.operation()
        request = self._request(asked, caller)
        question = None
        if wishes.are_usual:
            question = Question.of(request, caller)
            finished = self._operations.kept(question)
            if finished is not None:
                record.was_kept(finished.name, finished.outcome, "kept")
                self.repeats.offer(exchange, understood, question)
                return finished.body
        operation = await self._operations.prepare(request, caller, record)
        is_change = operation.kind is OperationType.MUTATION
        if is_change and exchange.method != "POST":
            raise BadRequest(
                405,
                ErrorCode.METHOD_NOT_ALLOWED,
                "Only a query can be asked by GET; use POST.",
                ((b"allow", b"POST"),),
            )
        await self._rate_limit.take(understood.payer, requests_of(operation.cost), counted=1)
        with demanding(self._demand(wishes)):
            if is_change:  # not broken off half-way, whoever hangs up
                key = exchange.header(b"idempotency-key")
                return await self._operations.change(operation, record, key, tells=wishes.tells)
            if wishes.parts and operation.is_incremental:
                parts = self._in_parts(operation, record, exchange)
                return await while_connected(exchange.receive, parts)
            if question is not None:
                self.repeats.offer(exchange, understood, question)
            reading = self._operations.read(
                operation, record, is_shared=not wishes.fresh, tells=wishes.tells
            )
            return await while_connected(exchange.receive, reading)

    def _demand(self, wishes: Wishes) -> Demand:
        deadline = asyncio.get_running_loop().time() + self._operation_seconds
        return Demand(deadline=deadline, wants_fresh=wishes.fresh)

    async def _in_parts(
        self, operation: Operation, record: OperationRecord, exchange: Exchange
    ) -> bytes | None:
        async with self._operations.gate:
            result = await self._operations.parts(operation, record)
            if isinstance(result, bytes):
                return result
            try:
                # All of it is there within an operation's time. Who has not taken it in twice that
                # must not keep the place.
                async with asyncio.timeout(2 * self._operation_seconds):
                    codes = await send_parts(exchange, result)
            except TimeoutError:
                raise HungUp from None
            record.ends("partial" if codes else "ok", codes)
            return None

    async def _batched(
        self,
        batch: Sequence[Asked],
        understood: Understood,
        exchange: Exchange,
        record: RequestRecord,
    ) -> bytes:
        """The body of the answer to a batch, all of which is judged before anything of it runs."""
        if exchange.header(b"idempotency-key") is not None:
            raise BadRequest(
                400, ErrorCode.BAD_REQUEST, "An Idempotency-Key goes with one operation alone."
            )
        caller, wishes = understood.caller, understood.wishes
        prepared = [await self._prepared(asked, caller, record.operation()) for asked in batch]
        costs = [one.cost for one, _ in prepared if isinstance(one, Operation)]
        self._operations.check(costs)
        await self._rate_limit.take(understood.payer, sum(map(requests_of, costs)), counted=1)
        with demanding(self._demand(wishes)):
            return await run_batch(
                self._operations,
                prepared,
                record,
                exchange.receive,
                is_shared=not wishes.fresh,
                tells=wishes.tells,
            )

    def _request(self, asked: Asked, caller: Caller) -> Request:
        # Without callers everybody is an administrator, and the list binds them all the same.
        takes_any = caller is not ANYBODY and caller.may(Right.ADMIN)
        text = self._persisted.text(asked, takes_any=takes_any)
        return Request(text, asked.operation_name or None, asked.variables)

    async def _prepared(
        self, asked: Asked, caller: Caller, record: OperationRecord
    ) -> tuple[Operation | RequestFailed, OperationRecord]:
        try:
            request = self._request(asked, caller)
            return await self._operations.prepare(request, caller, record), record
        except RequestFailed as failed:
            return failed, record


def refusal(refused: BadRequest | RequestFailed, media_type: str = JSON) -> Answer:
    """The answer to a request that is not taken, or of which nothing was executed."""
    if isinstance(refused, BadRequest):
        status, headers = refused.status, refused.headers
    else:
        status, headers = 403 if refused.code is ErrorCode.FORBIDDEN else 400, ()
    return Answer.of(encoded_json(refused.content), status, media_type, headers)


def unforeseen(content: Mapping[str, Any], media_type: str = JSON) -> Answer:
    """The answer to a request that ran into what nobody foresaw."""
    return Answer.of(encoded_json(content), 500, media_type)


def payer_of(caller: Caller, exchange: Exchange) -> str:
    """Whose requests these count as: those of an address where nobody says who they are."""
    return caller.name or exchange.client


def _is_for_people(exchange: Exchange) -> bool:
    """Whether somebody typed the bare address into a browser."""
    wants_page = "text/html" in (exchange.header(b"accept") or "")
    return wants_page and not exchange.query_string
