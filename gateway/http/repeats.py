"""Requests whose very bytes came before, but for their marks: they are not read anew, and where an
answer to what they ask is kept they are answered with it at once.

Who watches a dashboard sends the same bytes every few seconds, with another mark each time maybe.
What is to be made of a request follows from its bytes and from where it came; what may have changed
since is asked again each time: whether its sender is still known, has requests left, and whether
an answer is kept.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from functools import partial
from typing import NamedTuple, TypeAlias

from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.http.access import Access
from gateway.http.answers import Finished, Question
from gateway.http.asking import Asked
from gateway.http.encodings import LARGEST_KEPT
from gateway.http.exchange import Answer, Exchange, new_id, whole
from gateway.http.headers import lines
from gateway.http.marks import Marks, Places
from gateway.http.rate_limit import RateLimit
from gateway.http.under_way import UnderWay
from gateway.http.understood import Understood
from gateway.telemetry.log import REQUEST_ID
from gateway.telemetry.records import Arrival, Repeated
from gateway.telemetry.requests import Requests

REPEATS = "repeats"
"""In the state of the ASGI lifespan: tells the repeats of the configuration that holds now."""
BYTES = "bytes"
"""In the state of a request whose bytes may come again as a whole: what they are known by, and the
marks that were cut out of them."""

LARGEST = 8 * 1024
"""Bytes of a request that is known again."""
MOST_BYTES = 8 * 1024 * 1024

# What an entry takes beside the request's and the answer's bytes, about, and what a byte of
# variables does at most once it is read.
ENTRY_BYTES = 2000
VARIABLES = 35

Bytes: TypeAlias = tuple[object, Places, bytes]
"""A request as it came in: its connection's two ends, where its marks are, and a digest of all its
other bytes."""


class _Given(NamedTuple):
    """An answer that is kept, as it is sent but for the request's id, and what is `told` of it."""

    finished: Finished
    headers: bytes
    body: bytes
    told: Repeated

    @property
    def size(self) -> int:
        """Bytes of memory that it takes, about."""
        plain = 0 if self.body is self.finished.body else len(self.finished.body)
        return len(self.headers) + len(self.body) + plain


class _Known(Struct, eq=False):
    """A request that was understood, by whose credential and what it asks; what is left of it to be
    answered again, which is nothing secret; and what it was given, if that is kept."""

    understood: Understood
    credential: bytes | None
    question: Question
    accept_encoding: str | None
    scope: Scope
    given: _Given | None = None

    @property
    def size(self) -> int:
        """Bytes of memory that it takes beside the request's, about."""
        asked = self.question.size + VARIABLES * len(self.question.variables)
        return ENTRY_BYTES + asked + (0 if self.given is None else self.given.size)


class Repeat(NamedTuple):
    """The lines of headers and the body that answer a request; what is to `tell` of it, then."""

    headers: bytes
    body: bytes
    tell: Callable[[], None]


class Again(NamedTuple):
    """What is left of a request, and the application that answers it, which is to be called."""

    scope: Scope
    app: ASGIApp


class Repeats:
    """The requests that are known, the least recently asked forgotten first beyond 8 MiB.

    `kept` tells the answer that is kept to a question, `answer_again` answers what was understood,
    which is `under_way` then; `route` is the template of the address that they are sent to.
    """

    def __init__(
        self,
        access: Access,
        rate_limit: RateLimit,
        kept: Callable[[Question], Finished | None],
        requests: Requests,
        answer_again: Callable[[Understood, Scope, Receive, Send], Awaitable[None]],
        under_way: UnderWay,
        *,
        route: str,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._access = access
        self._rate_limit = rate_limit
        self._kept = kept
        self._requests = requests
        self._answer_again = answer_again
        self._under_way = under_way
        self._route = route
        self._most_bytes = most_bytes
        self._known: OrderedDict[Bytes, _Known] = OrderedDict()
        self._bytes = 0

    @property
    def size(self) -> int:
        """Bytes of memory that they take, about."""
        return self._bytes

    def offer(self, exchange: Exchange, understood: Understood, question: Question) -> None:
        """Know a request again that asks for a query, and for nothing but a usual answer to it."""
        came: tuple[Bytes, Marks] | None = exchange.scope.get("state", {}).get(BYTES)
        if came is None or exchange.method != "POST" or not self._rate_limit.is_own:
            return
        asked = understood.asked
        # A text that a hash stands for may be forgotten before an answer to it is, and who sends
        # both again has it remembered.
        if isinstance(asked, list) or "persistedQuery" in (asked.extensions or ()):
            return
        request, marks = came
        if marks != exchange.marks:
            return
        # All else of it was heeded, and may be anything.
        asked = Asked(asked.query, asked.document_id, asked.operation_name, asked.variables)
        known = _Known(
            understood._replace(asked=asked),
            self._access.digest(exchange.scope),
            question,
            exchange.header(b"accept-encoding"),
            _rest_of(exchange),
        )
        self._forget(request)
        self._known[request] = known
        self._add(known.size)

    def answer(self, request: Bytes, marks: Marks) -> Repeat | Again | None:
        """What answers a known request under these marks, which is counted; None where it is to be
        read."""
        known = self._known.get(request)
        if known is None:
            return None
        if not self._access.still_knows(known.credential, known.understood.caller):
            return None
        if not self._rate_limit.take_own(known.understood.payer):
            return None
        self._known.move_to_end(request)
        given = self._given(known)
        if given is None:
            return self._again(known, marks)
        request_id = new_id() if marks.request_id is None else marks.request_id.decode()
        headers = given.headers + b"x-request-id: %b\r\n" % request_id.encode()
        # What telling of it leaves in the context would otherwise stay for the whole connection.
        tell = partial(copy_context().run, self._tell, given.told, request_id, marks.traceparent)
        return Repeat(headers, given.body, tell)

    def _given(self, known: _Known) -> _Given | None:
        """What a known request is given, if an answer to it is kept. Larger answers would have to
        be encoded once more for it, and there is less to win."""
        finished = self._kept(known.question)
        given = known.given
        if finished is (None if given is None else given.finished):
            return given
        before = known.size
        known.given = None
        if finished is not None and len(finished.body) <= LARGEST_KEPT:
            known.given = self._give(known, finished)
        self._add(known.size - before)
        return known.given

    def _give(self, known: _Known, finished: Finished) -> _Given:
        understood = known.understood
        answer = Answer.of(finished.body, 200, understood.wishes.media_type)
        headers, body = whole(answer, known.accept_encoding, understood.headers)
        arrival = Arrival("POST", known.scope["scheme"], self._route)
        told = Repeated(arrival, understood.caller.alias, finished.name, finished.outcome)
        return _Given(finished, lines(headers), body, told)

    def _again(self, known: _Known, marks: Marks) -> Again:
        scope = {**known.scope, "headers": [*known.scope["headers"], *marks.headers]}
        # From here on, not from when its task comes to it.
        self._under_way.enter()
        return Again(scope, partial(self._answered, known.understood))

    async def _answered(
        self, understood: Understood, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            await self._answer_again(understood, scope, receive, send)
        finally:
            self._under_way.leave()

    def _tell(self, told: Repeated, request_id: str, traceparent: bytes | None) -> None:
        REQUEST_ID.set(request_id)
        self._requests.repeated(request_id, told, traceparent)

    def _forget(self, request: Bytes) -> None:
        known = self._known.pop(request, None)
        if known is not None:
            self._bytes -= known.size

    def _add(self, size: int) -> None:
        self._bytes += size
        while self._bytes > self._most_bytes:
            self._forget(next(iter(self._known)))


def _rest_of(exchange: Exchange) -> Scope:
    """What an answer still takes from a request that was understood."""
    accepted = exchange.header(b"accept-encoding")
    return {
        "type": "http",
        "method": exchange.method,
        "scheme": exchange.scope["scheme"],
        "client": (exchange.client, 0),
        "query_string": b"",
        "headers": [] if accepted is None else [(b"accept-encoding", accepted.encode("latin-1"))],
    }
