"""The server's side of a connection, which knows requests that came before."""

import logging
from asyncio import BaseTransport
from hashlib import blake2b
from typing import Any, cast

from gateway.http.marks import Marks, unmarked
from gateway.http.protocol import BoundedProtocol
from gateway.http.repeats import BYTES, LARGEST, REPEATS, Again, Bytes, Repeats

log = logging.getLogger("referral_gateway")


class RepeatingProtocol(BoundedProtocol):
    """One connection. A known request is not parsed, and where its answer is kept not given to the
    application; all others are, those with their bytes that come whole, in one piece and alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_between = True
        self._begun = 0

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        # What a request may do depends on the address that it comes to, and on where it is from.
        self._ends = self.server, self.client and self.client[0]

    def data_received(self, data: bytes) -> None:
        if len(data) > LARGEST or not self._is_idle():
            super().data_received(data)
            return
        rest, places, marks = unmarked(data)
        # Not the bytes themselves: credentials and addresses are in them.
        request = self._ends, places, blake2b(rest, digest_size=32).digest()
        if self._repeat(request, marks):
            return
        self._begun = 0
        super().data_received(data)
        if self._begun == 1 and self._is_between and self._may_go_on():
            # Its task has not begun yet.
            self.scope["state"][BYTES] = request, marks

    def _is_idle(self) -> bool:
        """Whether nothing is under way, and all that was answered is on its way."""
        return (
            self._is_between
            and (self.cycle is None or self.cycle.response_complete)
            and not (self._is_leaving or self.flow.write_paused or self.transport.is_closing())
        )

    def _may_go_on(self) -> bool:
        """Whether another request may follow the one at hand."""
        return (
            self.cycle.keep_alive
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and not self.transport.is_closing()
        )

    def _repeat(self, request: Bytes, marks: Marks) -> bool:
        repeats = cast(Repeats, self.app_state[REPEATS]())
        found = repeats.answer(request, marks)
        if found is None:
            return False
        self._wait_no_more()
        self._size = 0
        if isinstance(found, Again):
            self.answer_by(found.app, found.scope)
            return True
        self.write_answer(200, found.headers, found.body)
        self.on_response_complete()
        try:
            found.tell()
        except Exception:  # what is answered is answered; the connection is not to suffer for it
            log.exception("a request could not be told of")
        return True

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_between = False
        self._begun += 1

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_between = True
