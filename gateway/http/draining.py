"""The end of serving: no new connections, and whatever was asked is answered, in bounded time."""

from typing import Any

from gateway.http.whole_answers import AnsweringProtocol

FINISH_BY = "finish_by"
"""In the state of the ASGI lifespan: tells the instant of the loop's clock by which providers must
have answered."""

DRAIN_SECONDS = 7.5
"""Operations are answered by then, with what is there."""
LINGER_SECONDS = 1.0
"""How long an idle connection stays open: a request may be on its way, and closing loses it
(RFC 9112, section 9.5)."""


class DrainingProtocol(AnsweringProtocol):
    """One connection, which answers once more at most when the server is leaving."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_leaving = False

    def shutdown(self) -> None:
        self._is_leaving = True
        self.app_state[FINISH_BY](self.loop.time() + DRAIN_SECONDS)
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
            return
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        self.timeout_keep_alive_task = self.loop.call_later(
            LINGER_SECONDS, self.timeout_keep_alive_handler
        )

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self._is_leaving and self.cycle is not None:
            self.cycle.keep_alive = False
