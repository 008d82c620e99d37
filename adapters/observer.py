"""Who is told how calls go, beyond the request that makes them: metrics, for example."""

from enum import StrEnum
from typing import Protocol

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
