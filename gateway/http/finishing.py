"""What every answer of the gateway gets, given to those of an application that knows none of it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.exchange import Answer, Exchange


class Finishing:
    """An ASGI application whose answers go out as an `Exchange` sends them: with a request id and
    the headers that browsers are to heed, and compressed when they come in one piece."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        begun: Message = {}

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.update(message)
                return
            body, is_last = message.get("body", b""), not message.get("more_body")
            status, headers = begun["status"], begun["headers"]
            is_plain = b"content-encoding" not in dict(headers)
            if is_last and is_plain and not exchange.has_begun:
                others = [header for header in headers if header[0] != b"content-length"]
                await exchange.answer(Answer(status, others, body))
                return
            if not exchange.has_begun:
                await exchange.begin(status, headers)
            await exchange.send(body, is_last=is_last)

        await self._app(scope, receive, finish)
