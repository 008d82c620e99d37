"""Requests that need not wait are answered at once: without a task, and in one piece.

Every request is begun as soon as it is there. One that gets through to the end has cost neither a
task nor a turn of the loop; another goes on in a task of its own from where it first had to wait.
Python 3.12 has tasks that do so (`asyncio.eager_task_factory`), but while they begin, all that is
bound to a task is bound to the right one. Here it must wait for `adapters.at_hand.in_a_task`.
"""

import asyncio
from collections.abc import Iterable
from contextvars import copy_context
from functools import partial
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from adapters.at_hand import Begun, begun
from gateway.http.draining import DrainingProtocol
from gateway.http.whole import WHOLE_ANSWER


class PromptProtocol(DrainingProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_receiving = False
        self._arrived: tuple[RequestResponseCycle, ASGI3Application] | None = None

    def data_received(self, data: bytes) -> None:
        self._is_receiving = True
        super().data_received(data)
        self._is_receiving = False
        arrived, self._arrived = self._arrived, None
        if arrived is not None:
            self._begin(*arrived)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # One of several that came together is begun when the one before is answered: in a task,
        # or a thousand of them would be answered within each other.
        if self._is_receiving:
            self._arrived = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if cycle.more_body or self.transport.is_closing():
            super()._start_asgi_task(cycle, app)
            return
        cycle.scope["extensions"] = {WHOLE_ANSWER: {"send": partial(self._send_whole, cycle)}}
        context = copy_context()
        work = context.run(begun, cycle.run_asgi(app))
        if isinstance(work, Begun):
            task: asyncio.Task[None] = self.loop.create_task(work, context=context)
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)

    def _send_whole(
        self,
        cycle: RequestResponseCycle,
        status: int,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
    ) -> bool:
        if (
            cycle.disconnected
            or not cycle.keep_alive
            or cycle.flow.write_paused
            or cycle.response_started
        ):
            return False
        lines = [b"%b: %b\r\n" % header for header in (*cycle.default_headers, *headers)]
        self.transport.writelines([b"".join([STATUS_LINE[status], *lines, b"\r\n"]), body])
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return True
