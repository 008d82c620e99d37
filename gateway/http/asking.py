"""The GraphQL request in an HTTP request (GraphQL over HTTP, section 5)."""

from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from gateway.errors import ErrorCode
from gateway.http.exchange import BadRequest, Exchange
from gateway.http.media_types import JSON


class Asked(Struct, rename="camel", frozen=True):
    """A request as it was sent: `query`, or something that stands for it (`persisted.py`). Nobody
    changes it: an equal one may be the same."""

    query: str | None = None
    document_id: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


_UTF_8 = ("utf-8", "utf8")

_decode = msgspec.json.Decoder(Asked).decode
# Most bodies come again and again, and those that do are small: a few megabytes at most.
MOST_KEPT = 1000
LARGEST_KEPT = 4096
_decode_once = lru_cache(MOST_KEPT)(_decode)
_decode_batch = msgspec.json.Decoder(list[Asked]).decode
_decode_object = msgspec.json.Decoder(dict[str, Any] | None).decode


async def posted(exchange: Exchange, *, batch: int, most_bytes: int) -> Asked | list[Asked]:
    """The request in a body of so many bytes at most, or up to `batch` of them. Raises
    BadRequest."""
    content_type = exchange.header(b"content-type") or ""
    if content_type != JSON and not _is_json(content_type):
        raise BadRequest(
            415, ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"The body must be {JSON}, in UTF-8."
        )
    if (exchange.header(b"content-encoding") or "identity").lower() != "identity":
        # What is packed unpacks to anything, and no client packs a query unless it is told to.
        raise BadRequest(
            415,
            ErrorCode.UNSUPPORTED_MEDIA_TYPE,
            "The body must not be compressed.",
            ((b"accept-encoding", b"identity"),),
        )
    content = await exchange.body(most_bytes)
    is_batch = batch > 0 and content.lstrip()[:1] == b"["
    decode = _decode_once if len(content) <= LARGEST_KEPT else _decode
    try:
        asked = _decode_batch(content) if is_batch else decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        _refuse(
            "The body must be a JSON object with a string `query` and, if given, an object"
            " `variables`, a string `operationName` and an object `extensions`."
        )
    if isinstance(asked, list) and not 1 <= len(asked) <= batch:
        _refuse(f"A batch has 1 to {batch} operations.")
    return asked


def _is_json(content_type: str) -> bool:
    """Whether that is JSON, and in no other charset than its own."""
    name, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = (text.partition("=")[2] for text in parameters if text.startswith("charset="))
    return name == JSON and all(charset.strip('"') in _UTF_8 for charset in charsets)


def in_url(exchange: Exchange) -> Asked:
    """The request in the parameters of the URL. Raises BadRequest."""
    params = parameters(exchange)
    objects = {}
    for name in ("variables", "extensions"):
        try:
            objects[name] = _decode_object(params.get(name) or "null")
        except (msgspec.DecodeError, RecursionError):
            _refuse(f"`{name}` must be a JSON object.")
    return Asked(
        query=params.get("query"),
        document_id=params.get("documentId"),
        operation_name=params.get("operationName"),
        variables=objects["variables"],
        extensions=objects["extensions"],
    )


def parameters(exchange: Exchange) -> dict[str, str]:
    """The parameters of the URL; of several of one name the last counts."""
    text = exchange.query_string.decode("latin-1")
    return dict(parse_qsl(text, keep_blank_values=True))


def _refuse(message: str) -> NoReturn:
    raise BadRequest(400, ErrorCode.BAD_REQUEST, message) from None
