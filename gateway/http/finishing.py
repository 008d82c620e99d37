"""What every answer of the gateway gets, given to those of an application that knows none of it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.encodings import SMALLEST_ENCODED, Encoder, encoder, preferred_encoding
from gateway.http.exchange import Exchange

_COMPRESSIBLE = ("text/", "application/json", "application/javascript", "image/svg+xml")


class Finishing:
    """An ASGI application whose answers go out with a request id and the headers that browsers are
    to heed, and compressed where that helps."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        coder: Encoder | None = None

        async def finish(message: Message) -> None:
            nonlocal coder
            if message["type"] == "http.response.start":
                coder = _encode(message, exchange)
                await exchange.begin(message["status"], message["headers"])
                return
            body, is_last = message.get("body", b""), not message.get("more_body")
            if coder is not None:
                body = coder.compress(body) + (coder.flush() if is_last else b"")
            await exchange.send(body, is_last=is_last)

        await self._app(scope, receive, finish)


def _encode(start: Message, exchange: Exchange) -> Encoder | None:
    """What encodes the body, when it is to be; the head says so then."""
    headers = MutableHeaders(raw=start["headers"])
    if (
        start["status"] != 200  # a part of a file, for one, goes as it is
        or exchange.method == "HEAD"
        or "content-encoding" in headers
        or not headers.get("content-type", "").startswith(_COMPRESSIBLE)
        or int(headers.get("content-length", SMALLEST_ENCODED)) < SMALLEST_ENCODED
    ):
        return None
    encoding = preferred_encoding(exchange.header(b"accept-encoding"))
    if encoding is None:
        return None
    headers["content-encoding"] = encoding
    del headers["content-length"]
    if "etag" in headers:  # it is that of every coding now
        headers["etag"] = "W/" + headers["etag"].removeprefix("W/")
    return encoder(encoding)
