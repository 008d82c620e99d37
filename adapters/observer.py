"""Who is told how calls go, beyond the request that makes them: metrics and traces, for example."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

OK = "OK"
HELD_BACK = "HELD_BACK"
"""Refused by the gateway itself, without a call: over the allowance, circuit open, queue full."""
CANCELLED = "CANCELLED"
"""Nobody waited for it any longer."""


class Answered(StrEnum):
    """What answered a read: a kept answer, fresh or stale; a call that another one was waiting for;
    or a call of its own."""

    KEPT = "kept"
    STALE = "stale"
    JOINED = "joined"
    CALLED = "called"


class Observer(Protocol):
    """Is told of every call and of every read. Must be quick, and never raise.

    `program` is a program's key, `endpoint` a method and the template of a path, without ids.
    """

    def called(self, program: str, endpoint: str, outcome: str, seconds: float) -> None:
        """A call ended, its queueing and further tries included: OK, HELD_BACK, CANCELLED or the
        code of its failure."""
        ...

    def read(self, program: str, answered: Answered) -> None:
        """A read was answered."""
        ...


class Unobserved:
    """An observer that does nothing."""

    def called(self, program: str, endpoint: str, outcome: str, seconds: float) -> None:
        pass

    def read(self, program: str, answered: Answered) -> None:
        pass


class Server(NamedTuple):
    """Where a program's calls go: `program` is its key."""

    program: str
    host: str
    port: int


class FollowedCall(Protocol):
    """A call that a tracer follows."""

    def to(self, server: Server, method: str, path: str) -> Mapping[str, str]:
        """Tell where it goes, by the template of a path, without ids; the headers to send along."""
        ...

    def answered(self, status: int) -> None:
        """It ended with an answer."""
        ...

    def failed(self, reason: str) -> None:
        """It ended without one: HELD_BACK, CANCELLED or the name of what went wrong."""
        ...


class Tracer(Protocol):
    """Follows calls from the moment that they ask for their turn, further tries included. Must be
    quick, and never raise."""

    def call(self, *, is_awaited: bool) -> FollowedCall | None:
        """A call begins. None when it is not to be followed."""
        ...

    def sent(self) -> None:
        """The call at hand goes out, for the first time or again."""
        ...
