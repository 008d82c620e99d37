"""Answers that are there whole, straight to the connection.

By way of ASGI each goes in two messages, whose headers uvicorn checks and puts together anew each
time, though nearly all of them have come before.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias, cast

from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from gateway.http.headers import lines

ANSWER = "answer"
"""In the state of a request: the `Answering` of the server that it came to."""

Answering: TypeAlias = Callable[[int, bytes, bytes], Awaitable[None]]
"""Answers with a status, the `lines` of all headers, one of them the length where there is one,
and a body."""

SMALL = 8 * 1024
"""Bytes of a body that takes less to copy than to send beside its head."""

_CLOSE = b"connection: close\r\n"


class AnsweringProtocol(HttpToolsProtocol):
    """One connection, whose requests can be answered whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answered: RequestResponseCycle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        # uvicorn tells the request that came last, which may still wait behind the one at hand.
        cycle = self._answered
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        # The task that answers it has not begun yet.
        self.scope["state"][ANSWER] = partial(self._answer, self.cycle)

    def answer_by(self, app: ASGIApp, scope: Scope) -> None:
        """Have a request answered that was not parsed, and has no body to be received."""
        self._unset_keepalive_if_required()
        scope["state"] = state = {}
        self.cycle = cycle = RequestResponseCycle(
            scope=cast(Any, scope),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )
        cycle.more_body = False
        state[ANSWER] = partial(self._answer, cycle)
        self._start_asgi_task(cycle, cast(Any, app))

    async def _answer(
        self, cycle: RequestResponseCycle, status: int, headers: bytes, body: bytes
    ) -> None:
        """As the cycle does by its `send`."""
        if self.flow.write_paused and not cycle.disconnected:
            await self.flow.drain()
        if cycle.disconnected:
            return
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        self.write_answer(status, headers if cycle.keep_alive else headers + _CLOSE, body)
        cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def write_answer(self, status: int, headers: bytes, body: bytes) -> None:
        """Write a whole answer, with the headers that this server always sends."""
        usual = lines(self.server_state.default_headers)
        head = (STATUS_LINE[status], usual, headers, b"\r\n")
        if len(body) <= SMALL:
            self.transport.write(b"".join((*head, body)))
        else:
            self.transport.writelines((b"".join(head), body))
