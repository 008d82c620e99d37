"""The GraphQL request in an HTTP request (GraphQL over HTTP, section 5)."""

from typing import Any, NoReturn
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from gateway.errors import ErrorCode
from gateway.execution.engine import Request
from gateway.http.exchange import BadRequest, Exchange
from gateway.http.media_types import JSON

LARGEST_BODY = 256 * 1024


class _Body(Struct, rename="camel"):
    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


_decode = msgspec.json.Decoder(_Body).decode
_decode_variables = msgspec.json.Decoder(dict[str, Any] | None).decode


async def posted(exchange: Exchange) -> Request:
    """The request in a body. Raises BadRequest."""
    content_type = exchange.header(b"content-type") or ""
    if content_type != JSON and content_type.partition(";")[0].strip().lower() != JSON:
        raise BadRequest(415, ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"The body must be {JSON}.")
    content = await exchange.body(LARGEST_BODY)
    try:
        body = _decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        _refuse(
            "The body must be a JSON object with a string `query` and, if given, an object"
            " `variables`, a string `operationName` and an object `extensions`."
        )
    return Request(body.query, body.operation_name or None, body.variables)


def in_url(exchange: Exchange) -> Request:
    """The request in the parameters of the URL. Raises BadRequest."""
    params = parameters(exchange)
    if "query" not in params:
        _refuse("The parameter `query` is missing.")
    try:
        variables = _decode_variables(params.get("variables") or "null")
    except (msgspec.DecodeError, RecursionError):
        _refuse("`variables` must be a JSON object.")
    return Request(params["query"], params.get("operationName") or None, variables)


def parameters(exchange: Exchange) -> dict[str, str]:
    """The parameters of the URL; of several of one name the last counts."""
    text = exchange.query_string.decode("latin-1")
    return dict(parse_qsl(text, keep_blank_values=True))


def _refuse(message: str) -> NoReturn:
    raise BadRequest(400, ErrorCode.BAD_REQUEST, message) from None
