"""The trace that calls are parts of, and who follows them for it.

Carried in context variables, so that neither resolvers nor adapters have to pass it on.
"""

from contextvars import ContextVar
from typing import NamedTuple, Protocol, TypeAlias


class Server(NamedTuple):
    """Where a program's calls go: `program` is its key."""

    program: str
    host: str
    port: int


class FollowedCall(Protocol):
    """A call that is followed from the moment that it asks for its turn, further tries included.
    Must be quick, and never raise.

    `traceparent` is the header that tells the provider of it; empty where it is not to be told.
    """

    traceparent: str

    def sent(self) -> None:
        """It goes out, for the first time or again."""
        ...

    def answered(self, status: int) -> None:
        """It ended with an answer."""
        ...

    def failed(self, reason: str) -> None:
        """It ended without one: HELD_BACK, CANCELLED or the name of what went wrong."""
        ...


class Recorded(Protocol):
    """What is recorded, an operation for example, and the calls that are parts of it."""

    def call(self, server: Server, method: str, path: str) -> FollowedCall:
        """A call begins, to the template of a path, without ids."""
        ...


class Tracer(Protocol):
    """Follows calls that nobody waits for, and that are parts of nothing."""

    def call(self, server: Server, method: str, path: str) -> FollowedCall | None:
        """A call begins, as `Recorded.call` has it. None when it is not to be followed."""
        ...


Trace: TypeAlias = Recorded | bytes | None
"""What calls are parts of; the `traceparent` of a trace that goes on without being recorded here;
or nothing."""

TRACE: ContextVar[Trace] = ContextVar("trace", default=None)
"""Of what is at hand."""

CALL: ContextVar[FollowedCall | None] = ContextVar("call", default=None)
"""The call at hand, if it is followed."""
