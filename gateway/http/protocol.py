"""The server's side of a connection: uvicorn's, with bounds on what it reads and waits for.

uvicorn itself bounds neither the size of a request's head nor the time that a request takes to
come in.
"""

import re
from asyncio import BaseTransport, TimerHandle, Transport
from typing import Any, cast

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway.config import LimitsConfig
from gateway.errors import ErrorCode, LimitExceeded
from gateway.http.draining import DrainingProtocol
from gateway.http.media_types import JSON

LIMITS = "limits"
"""In the state of the ASGI lifespan: tells the limits that hold now."""

# Java's client offers HTTP/2 with what it asks first. A server may pass over that (RFC 9110, 7.8),
# but httptools takes whatever follows such a head for the other protocol, and so the body.
_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_PASSED_OVER = b"\r\nx-asked:"

# Bytes on the wire for one of the body at most: a chunk of a single byte has six.
CHUNKED = 6


class BoundedProtocol(DrainingProtocol):
    """One connection. Its heads and bodies must each be there in time, and are only so large."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits: LimitsConfig = self.app_state[LIMITS]()
        self._timer: TimerHandle | None = None
        self._is_in_head = True
        self._is_whole = False
        self._size = 0
        self._refusal: LimitExceeded | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(cast(Transport, transport))
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head:
            data = _without_upgrade(data)
        was_in_head = self._is_in_head
        self._is_whole = False
        self._size += len(data)
        super().data_received(data)
        if self._is_whole:
            self._wait_no_more()
            return
        if was_in_head != self._is_in_head or self._timer is None:
            self._wait()
        if self._is_in_head and self._is_over(self._size):
            # The line that it is in may never end, and is not shown before.
            self._refuse_head(self._size)
            self.send_400_response("")
        elif self._limits.body_bytes and self._size > self._most_bytes():
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._limits = self.app_state[LIMITS]()
        self._is_in_head = True
        self._is_whole = False
        self._size = 0

    def _most_bytes(self) -> int:
        return self._limits.header_bytes + CHUNKED * self._limits.body_bytes

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_in_head:  # nobody reads trailers
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if self._is_over(size):
            self._refuse_head(size)
            raise ValueError("The head is too large.")  # stops the parser
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_whole = True
        self._is_in_head = True
        super().on_message_complete()

    def _is_over(self, size: int) -> bool:
        return size > self._limits.header_bytes > 0

    def _refuse_head(self, size: int) -> None:
        most = self._limits.header_bytes
        self._refusal = LimitExceeded(
            "header_bytes", most, size, f"The head of the request has more than {most} bytes."
        )

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, or a head that is too large, and close."""
        refusal = self._refusal
        status = 400 if refusal is None else 431
        message = "That is no HTTP request." if refusal is None else refusal.message
        about = {"code": ErrorCode.BAD_REQUEST} if refusal is None else refusal.extensions
        body = orjson.dumps({"errors": [{"message": message, "extensions": about}]})
        head = {
            b"content-type": f"{JSON}; charset=utf-8".encode(),
            b"content-length": b"%d" % len(body),
            b"connection": b"close",
        }
        lines = [b"%s: %s\r\n" % header for header in head.items()]
        self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", body]))
        self.transport.close()

    def _wait(self) -> None:
        """Give the head or the body of the next request its time, from now."""
        self._wait_no_more()
        if self._limits.receive_seconds:
            self._timer = self.loop.call_later(self._limits.receive_seconds, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _without_upgrade(data: bytes) -> bytes:
    """What was received, with another name for an `Upgrade` in the head that it begins with."""
    end = data.find(b"\r\n\r\n")
    head_end = len(data) if end < 0 else end
    if _UPGRADE.search(data, 0, head_end) is None:
        return data
    return _UPGRADE.sub(_PASSED_OVER, data[:head_end]) + data[head_end:]
