"""`/graphql`: GraphQL over HTTP, GET for queries and POST for everything.

https://graphql.github.io/graphql-over-http/draft/

An ASGI application of its own, before any routing: this is the address that is asked all the
time.
"""

import asyncio
from collections.abc import Sequence

from graphql import OperationType
from starlette.types import Receive, Scope, Send

from adapters.demand import Demand, demanding
from gateway.errors import ErrorCode
from gateway.execution.engine import Operation, Request, RequestFailed
from gateway.execution.failures import masked
from gateway.http import asking
from gateway.http.asking import Asked
from gateway.http.batches import run_batch
from gateway.http.bodies import encoded_json
from gateway.http.exchange import Answer, BadRequest, Exchange, Header
from gateway.http.hanging_up import HungUp, while_connected
from gateway.http.media_types import GRAPHQL, JSON, Accepted, negotiated
from gateway.http.operations import Operations
from gateway.http.origins import Origins, preflight
from gateway.http.parts import send_parts
from gateway.http.persisted import PersistedOperations
from gateway.http.validators import revalidated

_CONTENT_TYPES: dict[str, Header] = {
    media_type: (b"content-type", f"{media_type}; charset=utf-8".encode())
    for media_type in (GRAPHQL, JSON)
}


class GraphQLEndpoint:
    """Answers GraphQL requests, `batch` of them at most in one HTTP request."""

    def __init__(
        self,
        operations: Operations,
        persisted: PersistedOperations,
        origins: Origins,
        *,
        operation_seconds: float,
        batch: int,
    ) -> None:
        self._operations = operations
        self._persisted = persisted
        self._origins = origins
        self._operation_seconds = operation_seconds
        self._batch = batch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        accepted = negotiated(exchange.header(b"accept"))
        try:
            answer = await self._answer(exchange, accepted)
        except BadRequest as bad:
            content = {"errors": [{"message": bad.message, "extensions": {"code": bad.code}}]}
            answer = _answer(encoded_json(content), bad.status, accepted.media_type, bad.headers)
        except HungUp:
            return
        except Exception as error:
            told = masked(error)
            if exchange.has_begun:  # too late to tell but by breaking off
                return
            answer = _answer(encoded_json({"errors": [told]}), 500, accepted.media_type)
        if answer is not None:
            await exchange.answer(answer)

    async def _answer(self, exchange: Exchange, accepted: Accepted) -> Answer | None:
        """The answer; None when it was sent in parts already. Raises BadRequest and HungUp."""
        is_post = exchange.method == "POST"
        is_get = exchange.method in ("GET", "HEAD")
        if is_get and _is_for_people(exchange):
            return Answer(307, ((b"location", b"/graphiql"),), b"")
        self._origins.check(exchange)
        if (allowed := preflight(exchange)) is not None:
            return allowed
        if not is_post and not is_get:
            raise BadRequest(
                405,
                ErrorCode.METHOD_NOT_ALLOWED,
                "Ask by POST, or by GET for a query.",
                ((b"allow", b"GET, HEAD, POST"),),
            )
        if is_post:
            asked = await asking.posted(exchange, batch=self._batch)
        else:
            asked = asking.in_url(exchange)
        demand = self._demand(exchange)
        try:
            with demanding(demand):
                if isinstance(asked, list):
                    body: bytes | None = await self._batched(asked, exchange, demand)
                else:
                    body = await self._single(asked, exchange, demand, accepted.takes_parts)
        except RequestFailed as failed:
            # An old client takes anything but 200 for a failed transport.
            status = 400 if accepted.media_type == GRAPHQL else 200
            return _answer(encoded_json(failed.content), status, accepted.media_type)
        if body is None:
            return None
        answer = _answer(body, 200, accepted.media_type)
        return answer if is_post else revalidated(answer, exchange.header(b"if-none-match"))

    def _demand(self, exchange: Exchange) -> Demand:
        return Demand(
            deadline=asyncio.get_running_loop().time() + self._operation_seconds,
            wants_fresh="no-cache" in (exchange.header(b"cache-control") or ""),
        )

    async def _single(
        self, asked: Asked, exchange: Exchange, demand: Demand, takes_parts: bool
    ) -> bytes | None:
        """The body of the answer; None when it was sent in parts already."""
        request = self._request(asked)
        body = None if demand.wants_fresh else self._operations.kept(request)
        if body is not None:
            return body
        operation = self._operations.prepare(request)
        if operation.kind is OperationType.MUTATION:
            if exchange.method != "POST":
                raise BadRequest(
                    405,
                    ErrorCode.METHOD_NOT_ALLOWED,
                    "Only a query can be asked by GET; use POST.",
                    ((b"allow", b"POST"),),
                )
            # Not broken off half-way, whoever hangs up.
            return await self._operations.change(operation, exchange.header(b"idempotency-key"))
        if takes_parts and operation.is_incremental and exchange.method != "HEAD":
            return await while_connected(exchange.receive, self._in_parts(operation, exchange))
        reading = self._operations.read(operation, is_shared=not demand.wants_fresh)
        return await while_connected(exchange.receive, reading)

    async def _in_parts(self, operation: Operation, exchange: Exchange) -> bytes | None:
        result = await self._operations.parts(operation)
        if isinstance(result, bytes):
            return result
        await send_parts(exchange, result)
        return None

    async def _batched(self, batch: Sequence[Asked], exchange: Exchange, demand: Demand) -> bytes:
        """The body of the answer to a batch, all of which is judged before anything of it runs."""
        if exchange.header(b"idempotency-key") is not None:
            raise BadRequest(
                400, ErrorCode.BAD_REQUEST, "An Idempotency-Key goes with one operation alone."
            )
        prepared = [self._prepared(asked) for asked in batch]
        return await run_batch(
            self._operations, prepared, exchange.receive, is_shared=not demand.wants_fresh
        )

    def _request(self, asked: Asked) -> Request:
        text = self._persisted.text(asked)
        return Request(text, asked.operation_name or None, asked.variables)

    def _prepared(self, asked: Asked) -> Operation | RequestFailed:
        try:
            return self._operations.prepare(self._request(asked))
        except RequestFailed as failed:
            return failed


def _is_for_people(exchange: Exchange) -> bool:
    """Whether somebody typed the bare address into a browser."""
    wants_page = "text/html" in (exchange.header(b"accept") or "")
    return wants_page and not exchange.query_string


def _answer(body: bytes, status: int, media_type: str, headers: Sequence[Header] = ()) -> Answer:
    return Answer(status, (_CONTENT_TYPES[media_type], *headers), body)
