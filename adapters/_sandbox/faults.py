"""The faults that a test or a person may put into a sandbox, as a list of rules."""

import threading
from concurrent.futures import Future
from typing import Literal

from msgspec import Struct

FaultKind = Literal[
    "slow",
    "hang",
    "status",
    "rate_limited",
    "soft_failure",
    "redirect",
    "drop",
    "drop_after",
    "html",
    "truncated_json",
    "truncated_body",
    "garbage",
    "empty",
    "wrong_shape",
    "oversized",
]


class Fault(Struct, frozen=True, omit_defaults=True):
    """One rule: what goes wrong, for which requests, how often.

    | kind           | the client sees                                         | handled? |
    |----------------|---------------------------------------------------------|----------|
    | slow           | the normal answer after `seconds`                       | yes      |
    | hang           | nothing until it leaves, or the rules are cleared        | then     |
    | status         | the vendor's error for `status` (500)                   | no       |
    | rate_limited   | 429 with `Retry-After: retry_after` (1)                 | no       |
    | soft_failure   | the vendor's error with HTTP status 200                 | no       |
    | redirect       | 302 to `location`                                       | no       |
    | drop           | the connection closed without a byte                    | no       |
    | drop_after     | the same                                                | yes      |
    | html           | an HTML page with `status` (502)                        | no       |
    | truncated_json | the normal answer, its JSON cut in the middle           | yes      |
    | truncated_body | the normal answer, closed before its length is reached  | yes      |
    | garbage        | bytes that are not JSON, called JSON                    | no       |
    | empty          | `status` (200) without a body                           | no       |
    | wrong_shape    | JSON of another shape                                   | no       |
    | oversized      | JSON followed by `megabytes` of blanks, without a length | no       |

    `path` is a part of the path, `method` the whole method; both match everything when None.
    The rule is used up after `times` requests, never when None. `body` replaces the text that
    `status`, `html`, `garbage` and `wrong_shape` would send; `retry_after` (seconds or a date)
    also goes with `status`.
    """

    kind: FaultKind
    path: str | None = None
    method: str | None = None
    times: int | None = None
    status: int | None = None
    seconds: float = 1.0
    retry_after: int | str | None = None
    location: str = "http://elsewhere.invalid/"
    body: str | None = None
    megabytes: int = 16

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about such a request."""
        return (self.method is None or self.method == method) and (
            self.path is None or self.path in path
        )


class Faults:
    """The rules of one sandbox, first match first. Safe to change from any thread.

    `cleared` is done at the next `clear`, then replaced.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self._used: list[int] = []
        self.cleared = _running()

    def add(self, fault: Fault) -> None:
        """Puts a rule behind those that are there."""
        with self._lock:
            self._rules.append(fault)
            self._used.append(0)

    def clear(self) -> None:
        """Removes every rule and lets hanging requests go on to their normal answer."""
        with self._lock:
            self._rules.clear()
            self._used.clear()
            cleared, self.cleared = self.cleared, _running()
        cleared.set_result(None)

    def rules(self) -> list[Fault]:
        """The rules still in force."""
        with self._lock:
            return list(self._rules)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for a request, used once; None when it shall be handled normally."""
        with self._lock:
            for index, fault in enumerate(self._rules):
                if fault.matches(method, path):
                    self._used[index] += 1
                    if fault.times is not None and self._used[index] >= fault.times:
                        del self._rules[index], self._used[index]
                    return fault
        return None


def _running() -> Future[None]:
    """Running from the start, as then nobody who waits for it can cancel it."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future
