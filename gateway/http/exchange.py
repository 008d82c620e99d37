"""One HTTP request and its answer, straight over ASGI.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

import random
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from starlette.types import Receive, Scope, Send

from gateway.errors import ErrorCode, LimitExceeded
from gateway.http.encodings import SMALLEST_ENCODED, encoded, preferred_encoding
from gateway.http.headers import Header, lines
from gateway.http.marks import REQUEST_ID, Marks
from gateway.http.media_types import GRAPHQL, JSON
from gateway.http.whole_answers import ANSWER, Answering
from gateway.telemetry.records import Arrival, RequestRecord
from gateway.telemetry.requests import Requests

# What an answer says unless it says otherwise.
_DEFAULTS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"accept, accept-encoding, origin"),
    (b"x-content-type-options", b"nosniff"),
)

_CONTENT_TYPES: dict[str, Header] = {
    media_type: (b"content-type", f"{media_type}; charset=utf-8".encode())
    for media_type in (GRAPHQL, JSON)
}

_REQUEST_ID = re.compile(REQUEST_ID)


class BadRequest(Exception):
    """The HTTP request is no GraphQL request, or none that is taken."""

    def __init__(
        self, status: int, code: ErrorCode, message: str, headers: Sequence[Header] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers
        self.extensions: dict[str, Any] = {"code": code}

    @property
    def content(self) -> dict[str, Any]:
        """What to answer: every refusal is a GraphQL error."""
        return {"errors": [{"message": self.message, "extensions": self.extensions}]}

    @classmethod
    def over(
        cls, limit: LimitExceeded, status: int, headers: Sequence[Header] = ()
    ) -> "BadRequest":
        """More than one of the limits allows."""
        bad = cls(status, limit.code, limit.message, headers)
        bad.extensions = limit.extensions
        return bad


class Answer(NamedTuple):
    """A whole answer. Header names are in lower case."""

    status: int
    headers: Sequence[Header]
    body: bytes

    @classmethod
    def of(
        cls, body: bytes, status: int, media_type: str, headers: Sequence[Header] = ()
    ) -> "Answer":
        """A body of one of the media types of GraphQL's answers."""
        return cls(status, (_CONTENT_TYPES[media_type], *headers), body)


class Exchange:
    """A request, and the way back for its answer.

    `request_id` is the client's `X-Request-Id` when it sent a plain one, or a new one; the answer
    carries it. What is put into `more_headers` goes with the answer, whatever it will be.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.query_string: bytes = scope["query_string"]
        # A server on a socket file tells no address.
        self.client: str = (scope.get("client") or ("",))[0]
        self.receive = receive
        self.more_headers: list[Header] = []
        self.has_begun = False
        self.scope = scope
        self._send = send
        self._headers = _combined(scope["headers"])
        sent = self._headers.get(b"x-request-id")
        self.request_id = sent.decode() if sent and _REQUEST_ID.fullmatch(sent) else new_id()

    def header(self, name: bytes) -> str | None:
        """A header of the request by its name in lower case; None when it was not sent."""
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    def recorded_by(self, requests: Requests, route: str) -> RequestRecord:
        """Have it told of. To be called in the task that is the request's own."""
        arrival = Arrival(self.method, self.scope["scheme"], route)
        return requests.begun(self.request_id, arrival, self._headers.get(b"traceparent"))

    @property
    def marks(self) -> Marks:
        """By what the client told this request from all others, in whatever form."""
        return Marks.of(self._headers)

    @property
    def own_origin(self) -> str:
        """The origin that the client asked, by what it said itself (`Host`)."""
        return f"{self.scope['scheme']}://{self.header(b'host') or ''}"

    async def body(self, most: int) -> bytes:
        """The body. Raises BadRequest when it is over `most` bytes or breaks off."""
        announced = self.header(b"content-length")
        if announced is not None and announced.isdecimal() and int(announced) > most:
            raise _too_large(int(announced), most)
        message = await self.receive()
        body: bytes = message.get("body", b"")
        rest = bytearray()
        while message.get("more_body") and len(body) + len(rest) <= most:
            message = await self.receive()
            rest += message.get("body", b"")
        if message["type"] == "http.disconnect":
            raise BadRequest(400, ErrorCode.BAD_REQUEST, "The body is not complete.")
        if len(body) + len(rest) > most:
            raise _too_large(len(body) + len(rest), most)
        return body + rest if rest else body

    async def answer(self, answer: Answer) -> None:
        """Send a whole answer."""
        headers, body = whole(answer, self.header(b"accept-encoding"), self.more_headers)
        if self.method == "HEAD":
            body = b""
        at_once: Answering | None = self.scope.get("state", {}).get(ANSWER)
        if at_once is None:  # another server than ours
            await self._begin(answer.status, headers)
            await self.send(body, is_last=True)
        else:
            self.has_begun = True
            own = b"x-request-id: %b\r\n" % self.request_id.encode()
            await at_once(answer.status, lines(headers) + own, body)

    async def begin(self, status: int, headers: Sequence[Header]) -> None:
        """Send the head of an answer: `headers` with what goes with each answer but is not among
        them."""
        await self._begin(status, [*_completed(tuple(headers)), *self.more_headers])

    async def _begin(self, status: int, headers: list[Header]) -> None:
        self.has_begun = True
        headers.append((b"x-request-id", self.request_id.encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def send(self, body: bytes, *, is_last: bool) -> None:
        """Send a part of the body, at once."""
        await self._send({"type": "http.response.body", "body": body, "more_body": not is_last})


def whole(
    answer: Answer, accept_encoding: str | None, more_headers: Iterable[Header]
) -> tuple[list[Header], bytes]:
    """All headers of a whole answer but the request's id, and its body, in the content coding that
    the client likes best."""
    body = answer.body
    own: list[Header] = []
    if len(body) >= SMALLEST_ENCODED:
        encoding = preferred_encoding(accept_encoding)
        if encoding is not None:
            own.append((b"content-encoding", encoding.encode()))
            body = encoded(body, encoding)
    if answer.status not in (204, 304):
        own.append((b"content-length", b"%d" % len(body)))
    return [*_completed(tuple(answer.headers)), *own, *more_headers], body


def _combined(fields: list[Header]) -> dict[bytes, bytes]:
    headers = dict(fields)
    if len(headers) < len(fields):  # several lines of one name are one list (RFC 9110, 5.3)
        for name in headers:
            headers[name] = b", ".join(value for other, value in fields if other == name)
    return headers


@lru_cache(maxsize=64)
def _completed(headers: tuple[Header, ...]) -> tuple[Header, ...]:
    names = {name for name, _ in headers}
    return (*headers, *(default for default in _DEFAULTS if default[0] not in names))


def new_id() -> str:
    """An id for a request that came without one."""
    return f"{random.getrandbits(64):016x}"


def _too_large(size: int, most: int) -> BadRequest:
    error = LimitExceeded("body_bytes", most, size, f"The body has more than {most} bytes.")
    return BadRequest.over(error, 413)
