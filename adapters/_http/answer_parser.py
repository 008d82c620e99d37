"""Puts answers together from the bytes of a connection, over llhttp, a strict parser in C."""

from functools import lru_cache

import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from adapters._http.wire import HEEDED, MAX_ANSWER_BYTES, Answer, AnswerTooLarge, Body

# For whatever is not body: heads, interim answers, the extensions of chunks, trailers.
MAX_OVERHEAD_BYTES = 64 * 1024


class AnswerParser:
    """One connection's answers (RFC 9112), one after another.

    `feed` takes bytes until one `is_complete`, `take` gives it, and `begin` makes ready for the
    next. `can_continue` says whether the connection may carry another one after it.
    """

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self.begin()

    def begin(self) -> None:
        """Forget the answer before, whatever came of it."""
        self._headers: dict[str, str] = {}
        self._content: bytes | bytearray = b""
        self._status = 0
        self._has_head = False
        self._overhead = 0
        self.is_complete = False
        self.can_continue = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes. Raises httpx.RemoteProtocolError and AnswerTooLarge, after which
        the connection is of no more use."""
        self._overhead += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            # What follows a whole answer takes nothing from it, but nothing more can follow.
            self.can_continue = False
            if not self.is_complete:
                raise httpx.RemoteProtocolError("malformed") from None
        if self.is_complete:
            return
        if self._overhead > MAX_OVERHEAD_BYTES:
            raise httpx.RemoteProtocolError("an endless head")
        if len(self._content) > MAX_ANSWER_BYTES:
            raise AnswerTooLarge(f"more than {MAX_ANSWER_BYTES} bytes")

    def end(self) -> None:
        """The connection has ended, which completes a body that tells no length. Raises
        httpx.RemoteProtocolError."""
        tells_length = "content-length" in self._headers or "transfer-encoding" in self._headers
        if not self._has_head or tells_length:
            raise httpx.RemoteProtocolError("closed too early")
        self.is_complete = True

    def take(self) -> Answer:
        """The complete answer. Raises httpx.DecodingError and AnswerTooLarge."""
        content = bytes(self._content)
        encoding = self._headers.get("content-encoding")
        if encoding is not None:
            body = Body(encoding)
            body.add(content)
            content = body.whole()
        return Answer(self._status, self._headers, content)

    # What the parser calls. An exception stops it, and comes out of it as an HttpParserError.

    def on_message_begin(self) -> None:
        if self.is_complete:
            raise httpx.RemoteProtocolError("more than was asked for")

    def on_header(self, raw_name: bytes, raw_value: bytes) -> None:
        name = _heeded(raw_name)
        if name is None or self._has_head:  # a trailer
            return
        value = raw_value.decode("latin-1").rstrip(" \t")
        # Those of one name are one (RFC 9110 section 5.3).
        self._headers[name] = f"{self._headers[name]}, {value}" if name in self._headers else value

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        if self._status < 100 or self._status == 101:
            raise httpx.RemoteProtocolError("a status that makes no sense here")
        if self._headers.get("transfer-encoding", "chunked").lower() != "chunked":
            raise httpx.RemoteProtocolError("a transfer coding that nobody asked for")
        self._has_head = True

    def on_body(self, chunk: bytes) -> None:
        self._overhead = 0
        if not self._content:  # most answers come in one piece
            self._content = chunk
        else:
            if isinstance(self._content, bytes):
                self._content = bytearray(self._content)
            self._content += chunk

    def on_message_complete(self) -> None:
        if self._status < 200:  # interim: the answer itself is still to come
            self._headers = {}
            self._has_head = False
        else:
            self.is_complete = True
            self.can_continue = self._parser.should_keep_alive()


@lru_cache(64)
def _heeded(raw_name: bytes) -> str | None:
    name = raw_name.decode("latin-1").lower()
    return name if name in HEEDED else None
