"""One connection to a provider, and the one exchange at a time that it carries."""

import asyncio
import select
import sys
from collections.abc import Callable
from functools import partial
from typing import cast

import httpx

from adapters._http.answer_parser import AnswerParser
from adapters._http.wire import Answer


class Connection(asyncio.Protocol):
    """Sends a request and takes the answer; whatever else comes in closes it.

    `read_seconds` is the longest silence of the other side. While it `is_open` it can carry another
    exchange. `lost` is done when nothing is left of it, `idle_since` is its owner's to set.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, read_seconds: float) -> None:
        self.lost: asyncio.Future[None] = loop.create_future()
        self.idle_since = 0.0
        self._loop = loop
        self._read_seconds = read_seconds
        self._parser = AnswerParser()
        self.is_open = False
        self._waiter: asyncio.Future[None] | None = None
        self._failure: Exception | None = None
        self._deadline = self._heard_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def exchange(self, request: bytes, deadline: float) -> Answer:
        """Send a request, once, and take its answer.

        Raises TimeoutError at the deadline, else httpx.ReadTimeout, ReadError,
        RemoteProtocolError, AnswerTooLarge or DecodingError. Whatever ends it early, and be it
        that nobody waits any more, closes the connection.
        """
        if not self.is_open:  # it ended, or spoke up, as soon as it was there
            raise httpx.RemoteProtocolError("closed too early")
        loop = self._loop
        self._waiter = waiter = loop.create_future()
        self._deadline, self._heard_at = deadline, loop.time()
        self._set_timer()
        self._transport.write(request)
        try:
            await waiter
            if self._failure is not None:
                raise self._failure
            return self._parser.take()
        finally:
            if self._waiter is not None:  # cancelled
                self._waiter = None
                self.close()
            self._failure = None  # its traceback leads back here
            self._parser.begin()  # megabytes may have come in, and the collector takes its time

    def close(self) -> None:
        """Close it at once, whatever is under way."""
        self.is_open = False
        self._transport.abort()

    def _set_timer(self) -> None:
        # One for many calls: neither what arrives nor a call that ends takes it back, since to
        # look once too often every few seconds costs less than to set it for every call.
        due = min(self._deadline, self._heard_at + self._read_seconds)
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        now = self._loop.time()
        if now >= self._deadline:
            self._fail(TimeoutError())
        elif now >= self._heard_at + self._read_seconds:
            self._fail(httpx.ReadTimeout("nothing came in time"))
        else:
            self._set_timer()

    def _fail(self, failure: Exception) -> None:
        self._failure = failure
        self._end_exchange()
        self.close()

    def _end_exchange(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.has_unread = readable_test(transport.get_extra_info("socket").fileno())
        """Whether something has arrived that the loop has not come to yet. On an idle connection
        that is its end, or what nobody asked for."""
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:
            self.close()
            return
        try:
            self._parser.feed(data)
        except httpx.TransportError as failure:
            self._fail(failure)
            return
        if not self._parser.is_complete:
            self._heard_at = self._loop.time()
            return
        self._end_exchange()
        if not self._parser.can_continue:
            self.close()

    def eof_received(self) -> None:
        self.is_open = False
        if self._waiter is not None:
            try:
                self._parser.end()
            except httpx.RemoteProtocolError as failure:
                self._fail(failure)
            else:
                self._end_exchange()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._timer is not None:
            self._timer.cancel()
        if self._waiter is not None:
            self._failure = (
                httpx.ReadError("broken")
                if exc is not None
                else httpx.RemoteProtocolError("closed too early")
            )
            self._end_exchange()
        self.lost.set_result(None)


def readable_test(fileno: int) -> Callable[[], object]:
    """Tells truly whether reading from a socket would give something, if only its end."""
    if sys.platform == "win32":
        return lambda: select.select([fileno], [], [], 0)[0]
    poll = select.poll()
    poll.register(fileno, select.POLLIN)
    return partial(poll.poll, 0)
