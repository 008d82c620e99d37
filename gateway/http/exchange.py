"""One HTTP request and its answer, straight over ASGI.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from functools import cached_property
from typing import NamedTuple

from starlette.types import Receive, Scope, Send

from gateway.errors import ErrorCode


class BadRequest(Exception):
    """The HTTP request is no GraphQL request, or none that is taken."""

    def __init__(
        self, status: int, code: ErrorCode, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


class Answer(NamedTuple):
    """A whole answer. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Exchange:
    """A request, and the way back for its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.query_string: bytes = scope["query_string"]
        self.receive = receive
        self._scope = scope
        self._send = send

    @cached_property
    def _headers(self) -> dict[bytes, bytes]:
        fields: list[tuple[bytes, bytes]] = self._scope["headers"]
        headers = dict(fields)
        if len(headers) < len(fields):  # several lines of one name are one list (RFC 9110, 5.3)
            for name in headers:
                headers[name] = b", ".join(value for other, value in fields if other == name)
        return headers

    def header(self, name: bytes) -> str | None:
        """A header of the request by its name in lower case; None when it was not sent."""
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    async def body(self, most: int) -> bytes:
        """The body. Raises BadRequest when it is over `most` bytes or breaks off."""
        message = await self.receive()
        body: bytes = message.get("body", b"")
        rest = bytearray()
        while message.get("more_body") and len(body) + len(rest) <= most:
            message = await self.receive()
            rest += message.get("body", b"")
        if message["type"] == "http.disconnect":
            raise BadRequest(400, ErrorCode.BAD_REQUEST, "The body is not complete.")
        if len(body) + len(rest) > most:
            raise BadRequest(413, ErrorCode.BAD_REQUEST, f"The body is over {most} bytes.")
        return body + rest if rest else body

    async def answer(self, answer: Answer) -> None:
        """Send the answer; a HEAD request gets all but the body."""
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in answer.headers.items()
        ]
        headers.append((b"content-length", b"%d" % len(answer.body)))
        await self._send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )
        body = b"" if self.method == "HEAD" else answer.body
        await self._send({"type": "http.response.body", "body": body})
