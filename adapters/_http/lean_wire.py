"""A wire of our own over asyncio and llhttp: a small part of what httpx costs a call."""

from collections.abc import Mapping

import httpx

from adapters._http.connecting import Connector
from adapters._http.pool import ConnectionPool
from adapters._http.wire import REQUEST_HEADERS, Answer
from adapters.limits import UpstreamLimits

MAX_TARGET = 65_000  # httpx takes no address over 64 KiB


class LeanWire:
    """HTTP/1.1 and nothing else: no redirect is followed (the token would go to another host), no
    cookie kept (one answer must not colour the next), nothing taken from the environment, and
    nothing ever sent twice.

    A call that is given up closes its connection at once.
    """

    def __init__(self, origin: str, *, limits: UpstreamLimits) -> None:
        connector = Connector(origin, limits)
        self._pool = ConnectionPool(connector, patience=limits.read)
        fixed = {"Host": connector.host, **REQUEST_HEADERS}
        self._fixed_lines = _lines(fixed)
        self._headers: Mapping[str, str] = {}
        self._own_lines = ""

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
    ) -> Answer:
        request = self._request(method, target, headers, body)
        connection = await self._pool.take(deadline)
        try:
            return await connection.exchange(request, deadline)
        finally:
            self._pool.give_back(connection)

    def _request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> bytes:
        if len(target) > MAX_TARGET or not _is_printable(target) or " " in target or "#" in target:
            raise httpx.InvalidURL("not fit to send")
        if headers != self._headers:  # most calls have those of the call before
            self._own_lines = _lines(headers)
            self._headers = dict(headers)
        head = f"{method} {target} HTTP/1.1\r\n{self._fixed_lines}{self._own_lines}"
        if body is not None or method in ("POST", "PUT"):  # RFC 9110 section 8.6
            head += f"Content-Length: {len(body or b'')}\r\n"
        return f"{head}\r\n".encode("ascii") + (body or b"")

    async def aclose(self) -> None:
        await self._pool.aclose()


def _lines(headers: Mapping[str, str]) -> str:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if not all(map(_is_printable, lines)):
        raise httpx.LocalProtocolError("not fit to send")
    return "".join(f"{line}\r\n" for line in lines)


def _is_printable(text: str) -> bool:
    """Whether it is of printable ASCII, of which nothing ends a line (RFC 9112 section 11.1)."""
    return text.isascii() and text.isprintable()
