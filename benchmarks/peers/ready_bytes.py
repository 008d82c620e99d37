"""The least that uvicorn can do: it sends bytes that are ready, whatever they are.

    uvicorn benchmarks.peers.ready_bytes:application

Each answer is the gateway's own, the first time that it is asked for.
"""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.app import Application
from gateway.config import load


class ReadyBytes:
    """Answers by the bodies of requests, those that an application gave before."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._ready: dict[bytes, list[Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        message = await receive()
        ready = self._ready.get(message["body"])
        if ready is None:
            ready = self._ready[message["body"]] = await self._asked(scope, message)
        for part in ready:
            await send(part)

    async def _asked(self, scope: Scope, message: Message) -> list[Message]:
        asked: Iterable[Message] = iter([message])
        told: list[Message] = []

        async def receive() -> Message:
            return next(iter(asked))

        async def send(part: Message) -> None:
            told.append(part)

        await self._app(scope, receive, send)
        return told


application = ReadyBytes(Application(load()))
