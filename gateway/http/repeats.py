"""Requests whose very bytes came before, but for their marks: what answered them then answers them
again, without being read anew.

Who watches a dashboard sends the same bytes every few seconds, with another mark each time maybe.
What is to be made of a request follows from its bytes and from where it came; what may have changed
since is asked again each time: whether its sender is still known, has requests left, and whether
that answer is still kept.
"""

from collections import OrderedDict
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import NamedTuple, TypeAlias

from gateway.caller import Caller
from gateway.http.access import Access
from gateway.http.answers import Finished, Question
from gateway.http.encodings import LARGEST_KEPT
from gateway.http.exchange import Answer, Exchange, new_id
from gateway.http.headers import lines
from gateway.http.marks import Marks, Places
from gateway.http.rate_limit import RateLimit
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

# What an entry takes beside the request's and the answer's bytes, about.
ENTRY_BYTES = 2000

Bytes: TypeAlias = tuple[object, Places, bytes]
"""A request as it came in: its connection's two ends, where its marks are, and a digest of all its
other bytes."""


class _Known(NamedTuple):
    """A request that was answered with what was kept: by whom and what was asked, what is `told` of
    it, and the answer as it was sent, but for the request's id."""

    caller: Caller
    credential: bytes | None
    payer: str
    question: Question
    finished: Finished
    told: Repeated
    headers: bytes
    body: bytes

    @property
    def size(self) -> int:
        """Bytes of memory that it takes beside the request's, about."""
        plain = 0 if self.body is self.finished.body else len(self.finished.body)
        return len(self.headers) + len(self.body) + plain + self.question.size + ENTRY_BYTES


class Repeat(NamedTuple):
    """The lines of headers and the body that answer a request; what is to `tell` of it, then."""

    headers: bytes
    body: bytes
    tell: Callable[[], None]


class Repeats:
    """The requests that are known, the least recently asked forgotten first beyond 8 MiB.

    `kept` tells the answer that is kept to a question; `route` is the template of the address that
    they are sent to.
    """

    def __init__(
        self,
        access: Access,
        rate_limit: RateLimit,
        kept: Callable[[Question], Finished | None],
        requests: Requests,
        *,
        route: str,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._access = access
        self._rate_limit = rate_limit
        self._kept = kept
        self._requests = requests
        self._route = route
        self._most_bytes = most_bytes
        self._known: OrderedDict[Bytes, _Known] = OrderedDict()
        self._bytes = 0

    @property
    def size(self) -> int:
        """Bytes of memory that they take, about."""
        return self._bytes

    def offer(
        self,
        exchange: Exchange,
        caller: Caller,
        payer: str,
        question: Question,
        finished: Finished,
        answer: Answer,
    ) -> None:
        """Know a request again that is answered with what was kept. Larger answers would have to be
        encoded once more for it, and there is less to win."""
        came: tuple[Bytes, Marks] | None = exchange.scope.get("state", {}).get(BYTES)
        if came is None or not self._rate_limit.is_own or len(answer.body) > LARGEST_KEPT:
            return
        request, marks = came
        if marks != exchange.marks:
            return
        headers, body = exchange.finished(answer)
        arrival = Arrival("POST", exchange.scope["scheme"], self._route)
        known = _Known(
            caller,
            self._access.digest(exchange.scope),
            payer,
            question,
            finished,
            Repeated(arrival, caller.alias, finished.name, finished.outcome),
            lines(headers),
            body,
        )
        self._forget(request)
        self._known[request] = known
        self._bytes += known.size
        while self._known:
            oldest, known = next(iter(self._known.items()))
            if self._bytes <= self._most_bytes and self._holds(known):
                break
            self._forget(oldest)

    def _holds(self, known: _Known) -> bool:
        """Whether the answer to it is still the one that is kept."""
        return self._kept(known.question) is known.finished

    def answer(self, request: Bytes, marks: Marks) -> Repeat | None:
        """What answers a known request under these marks, which is counted; None where it is to be
        read."""
        known = self._known.get(request)
        if known is None:
            return None
        if not self._holds(known):
            self._forget(request)
            return None
        if not self._access.still_knows(known.credential, known.caller):
            return None
        if not self._rate_limit.take_own(known.payer):
            return None
        self._known.move_to_end(request)
        request_id = new_id() if marks.request_id is None else marks.request_id.decode()
        headers = known.headers + b"x-request-id: %b\r\n" % request_id.encode()
        # What telling of it leaves in the context would otherwise stay for the whole connection.
        tell = partial(copy_context().run, self._tell, known, request_id, marks.traceparent)
        return Repeat(headers, known.body, tell)

    def _tell(self, known: _Known, request_id: str, traceparent: bytes | None) -> None:
        REQUEST_ID.set(request_id)
        self._requests.repeated(request_id, known.told, traceparent)

    def _forget(self, request: Bytes) -> None:
        known = self._known.pop(request, None)
        if known is not None:
            self._bytes -= known.size
