"""One request and its answer, as a sandbox sees them."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import orjson
from msgspec import Struct
from starlette.types import Receive, Scope, Send

CLOSE = "sandbox.close"
"""The ASGI extension that closes the connection once what was written has left."""

STREAM_CHUNK = b" " * 65_536


class Call(Struct):
    """A request that arrived, for tests to count.

    `status` is what was answered, None while there is no answer or when there never was one;
    `body` is the decoded body of a write: JSON, a form as a dict, or the text as it came. Among
    `headers` is no credential.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int | None = None
    body: Any = None


class Request(Struct, frozen=True):
    """A request read whole; header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes

    @property
    def bearer_token(self) -> str:
        """The token of the `Authorization` header, empty without one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def body(self) -> Any:
        """The decoded body; None when there is none."""
        if not self.content:
            return None
        text = self.content.decode(errors="replace")
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(text, keep_blank_values=True))
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return text


class Answer(Struct, frozen=True):
    """What a vendor says; the headers that it sends with everything are added later."""

    status: int
    content: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


class Refused(Exception):
    """Leaves a handler early with a vendor's error answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(status: int, value: Any, *headers: tuple[str, str]) -> Answer:
    """An answer with `value` as JSON."""
    return Answer(status, orjson.dumps(value), headers)


class Exchange:
    """The wire side of one request: read it, then answer well, badly or not at all.

    `call` and `common_headers` are set once the request is known.
    """

    call: Call | None = None
    common_headers: tuple[tuple[str, str], ...] = ()

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send

    async def read(self) -> Request | None:
        """The request with its whole body; None when the client left before its end."""
        content = b""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            content += message.get("body", b"")
            if not message.get("more_body", False):
                break
        query = self._scope["query_string"].decode("latin-1")
        return Request(
            method=self._scope["method"],
            path=self._scope["path"],
            query=dict(parse_qsl(query, keep_blank_values=True)) if query else {},
            headers={k.decode("latin-1"): v.decode("latin-1") for k, v in self._scope["headers"]},
            content=content,
        )

    async def respond(self, answer: Answer) -> None:
        """Sends the answer."""
        await self._start(answer, length=len(answer.content))
        await self._send({"type": "http.response.body", "body": answer.content})

    async def respond_half(self, answer: Answer) -> None:
        """Promises the whole answer, sends the first half of its body and closes."""
        await self._start(answer, length=len(answer.content))
        half = answer.content[: len(answer.content) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})
        await self.close()

    async def respond_padded(self, answer: Answer, chunks: int) -> None:
        """Streams the answer without a length, followed by `chunks` of 64 KiB of blanks."""
        await self._start(answer, length=None)
        body = answer.content
        for _ in range(chunks):
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
            body = STREAM_CHUNK
        await self._send({"type": "http.response.body", "body": body})

    async def close(self) -> None:
        """Closes the connection as it is: without a byte when nothing was sent yet."""
        self._scope["extensions"][CLOSE]()
        await self.left()

    async def left(self) -> None:
        """Returns when the client is gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def pause(self, seconds: float) -> None:
        """Waits; a client that leaves meanwhile ends the wait, and work goes on without it."""
        try:
            async with asyncio.timeout(seconds):
                await self.left()
        except TimeoutError:
            pass

    async def _start(self, answer: Answer, length: int | None) -> None:
        if self.call is not None:
            self.call.status = answer.status
        headers = [
            (b"content-type", answer.content_type.encode()),
            *((k.encode("latin-1"), v.encode("latin-1")) for k, v in self.common_headers),
            *((k.encode("latin-1"), v.encode("latin-1")) for k, v in answer.headers),
        ]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        await self._send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )
