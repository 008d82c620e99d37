"""What spans are of, and how that is told.

Requests make nothing but these few values of them. What is told is made where spans are sent, and
once for all that are equal.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, Protocol, TypeAlias

from msgspec import Struct

from adapters.trace import Server

# A plain string, as hashing an Enum's member takes longer than looking it up.
Kind: TypeAlias = Literal["INTERNAL", "SERVER", "CLIENT"]
"""What a span is of: something done here, for a client, or by a provider."""

Value: TypeAlias = str | int | float | tuple[str, ...]
"""What an attribute says; those of one name are all of one type."""

_ERRORS = "referral_gateway.errors"


class Subject(Protocol):
    """What a span is of. Equal ones are told alike."""

    kind: ClassVar[Kind]

    @property
    def name(self) -> str:
        """What its span is called."""
        ...

    def attributes(self) -> Mapping[str, Value]:
        """What its span tells."""
        ...

    def __hash__(self) -> int: ...


class OperationSubject(Struct, frozen=True, gc=False):
    """An operation, of this type: its name, empty if it has none; where its answer came from and
    what it came to; what it was reckoned to cost, and the upstream calls that it took, where it
    ran."""

    kind: ClassVar[Kind] = "INTERNAL"

    type: str
    called: str
    served: str
    outcome: str
    cost: int | None
    calls: int | None
    errors: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.type

    def attributes(self) -> Mapping[str, Value]:
        return {"graphql.operation.type": self.type, **self.answered()}

    def answered(self) -> Mapping[str, Value]:
        """What is told of it wherever that is."""
        told: dict[str, Value] = {
            "referral_gateway.served": self.served,
            "referral_gateway.outcome": self.outcome,
        }
        if self.called:
            told["graphql.operation.name"] = self.called
        if self.cost is not None and self.calls is not None:
            told["referral_gateway.cost"] = self.cost
            told["referral_gateway.upstream_calls"] = self.calls
        if self.errors:
            told[_ERRORS] = self.errors
        return told


class RequestSubject(Struct, frozen=True, gc=False):
    """A request to an address with a template, answered with a status, 0 if it was not; the codes
    of what did not run; and the operation that was not executed for it, since its answer was
    kept."""

    kind: ClassVar[Kind] = "SERVER"

    method: str
    scheme: str
    route: str
    status: int
    errors: tuple[str, ...]
    kept: OperationSubject | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"

    def attributes(self) -> Mapping[str, Value]:
        told: dict[str, Value] = {
            "http.request.method": self.method,
            "http.route": self.route,
            "url.scheme": self.scheme,
        }
        if self.status:
            told["http.response.status_code"] = self.status
        if self.kept is not None:
            told |= self.kept.answered()
        if self.errors:
            told[_ERRORS] = self.errors
        return told


class CallSubject(Struct, frozen=True, gc=False):
    """An upstream call to the template of a path, sent so many times: answered with a status, or 0
    and the reason why not."""

    kind: ClassVar[Kind] = "CLIENT"

    server: Server
    method: str
    path: str
    status: int
    reason: str
    sendings: int

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def attributes(self) -> Mapping[str, Value]:
        told: dict[str, Value] = {
            "http.request.method": self.method,
            "url.template": self.path,
            "server.address": self.server.host,
            "server.port": self.server.port,
            "referral_gateway.program": self.server.program,
        }
        if self.status:
            told["http.response.status_code"] = self.status
        if self.reason or self.status >= 400:
            told["error.type"] = self.reason or str(self.status)
        if self.sendings > 1:
            told["http.request.resend_count"] = self.sendings - 1
        return told
