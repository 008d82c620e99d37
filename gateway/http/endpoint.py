"""`/graphql`: GraphQL over HTTP, GET for queries and POST for everything.

https://graphql.github.io/graphql-over-http/draft/
"""

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson
from graphql import OperationType
from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from adapters.demand import Demand, demanding
from gateway.context import Context
from gateway.errors import ErrorCode
from gateway.execution import engine
from gateway.http.idempotency import LONGEST_KEY, FirstAnswers, KeyReused
from gateway.programs import Programs
from gateway.walks import Walks

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
LARGEST_BODY = 256 * 1024


class _Body(Struct, rename="camel"):
    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class BadRequest(Exception):
    """The HTTP request is no GraphQL request."""

    def __init__(self, status: int, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = {"allow": "POST"} if status == 405 else {}


class GraphQLEndpoint:
    """Answers GraphQL requests."""

    def __init__(self, operation_seconds: float) -> None:
        self._operation_seconds = operation_seconds
        self._engine = engine.Engine()
        self._first_answers = FirstAnswers(time.monotonic)
        self._decode = msgspec.json.Decoder(_Body).decode

    async def respond(self, request: Request) -> Response:
        """The answer to one HTTP request. The programs are in the application's state."""
        media_type = _negotiated(request.headers.get("accept", ""))
        is_posted = request.method == "POST"  # what is left is GET, and HEAD: the same but shorter
        if not is_posted and "query" not in request.query_params and _is_browser(request):
            return RedirectResponse("/graphiql")
        try:
            asked = await self._posted(request) if is_posted else self._from_url(request)
            with demanding(self._demand(request)):
                answer = await self._answer(asked, request)
        except BadRequest as bad:
            content = {"errors": [{"message": bad.message, "extensions": {"code": bad.code}}]}
            return _response(content, bad.status, media_type, bad.headers)
        # An old client takes anything but 200 for a failed transport.
        status = 400 if answer.is_request_error and media_type == GRAPHQL else 200
        return _response(answer.content, status, media_type)

    def _demand(self, request: Request) -> Demand:
        return Demand(
            deadline=asyncio.get_running_loop().time() + self._operation_seconds,
            wants_fresh="no-cache" in request.headers.get("cache-control", ""),
        )

    async def _answer(self, asked: engine.Request, request: Request) -> engine.Response:
        programs: Programs = request.app.state.programs
        walks: Walks = request.app.state.walks
        context = Context(programs, walks.for_request(), datetime.now(UTC))
        key = request.headers.get("idempotency-key")
        if key is None or self._engine.operation(asked) is not OperationType.MUTATION:
            return await self._engine.run(asked, context)
        if not 1 <= len(key) <= LONGEST_KEY:
            raise BadRequest(
                400,
                ErrorCode.BAD_REQUEST,
                f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.",
            )

        async def run() -> tuple[engine.Response, bool]:
            return await self._engine.run(asked, context), context.has_sent_changes

        try:
            return await self._first_answers.answer("", key, asked, run)
        except KeyReused:
            raise BadRequest(
                422,
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                "This Idempotency-Key came with another operation before; take a new one.",
            ) from None

    def _from_url(self, request: Request) -> engine.Request:
        params = request.query_params
        if "query" not in params:
            raise BadRequest(400, ErrorCode.BAD_REQUEST, "The parameter `query` is missing.")
        try:
            variables = msgspec.json.decode(
                params.get("variables") or "null", type=dict[str, Any] | None
            )
        except (msgspec.DecodeError, RecursionError):
            raise BadRequest(
                400, ErrorCode.BAD_REQUEST, "`variables` must be a JSON object."
            ) from None
        asked = engine.Request(params["query"], params.get("operationName") or None, variables)
        if self._engine.operation(asked) not in (OperationType.QUERY, None):
            raise BadRequest(
                405, ErrorCode.METHOD_NOT_ALLOWED, "Only a query can be asked by GET; use POST."
            )
        return asked

    async def _posted(self, request: Request) -> engine.Request:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != JSON:
            raise BadRequest(415, ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"The body must be {JSON}.")
        try:
            body = self._decode(await _read(request))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadRequest(
                400,
                ErrorCode.BAD_REQUEST,
                "The body must be a JSON object with a string `query` and, if given, an object"
                " `variables`, a string `operationName` and an object `extensions`.",
            ) from None
        return engine.Request(body.query, body.operation_name or None, body.variables)


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise BadRequest(
                    413, ErrorCode.BAD_REQUEST, f"The body is over {LARGEST_BODY} bytes."
                )
    except ClientDisconnect:
        raise BadRequest(400, ErrorCode.BAD_REQUEST, "The body is not complete.") from None
    return bytes(body)


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _negotiated(accept: str) -> str:
    """The media type to answer in: the newer one for whoever names it."""
    return GRAPHQL if GRAPHQL in accept else JSON


def _response(
    content: dict[str, Any], status: int, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    return Response(_encoded(content), status, headers, media_type=f"{media_type}; charset=utf-8")


def _encoded(content: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:
        # What a provider sent may be in it, and orjson's limits (integers of 64 bits, 254 levels)
        # are not JSON's.
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
