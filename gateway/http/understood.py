"""A GraphQL request after it was read: all that its answer follows from."""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.caller import Caller, Scope
from gateway.http.asking import Asked
from gateway.http.exchange import Exchange
from gateway.http.headers import Header
from gateway.http.media_types import Accepted
from gateway.http.operations import Tells


class Wishes(NamedTuple):
    """What the headers of a request ask for: the type of the answer, nothing from a cache, what the
    answer tells beside its data, and the answer in parts if there are any."""

    media_type: str
    fresh: bool
    tells: Tells
    parts: bool

    @classmethod
    def of(cls, exchange: Exchange, accepted: Accepted, caller: Caller) -> "Wishes":
        is_debugging = exchange.header(b"gateway-debug") == "1"
        tells = Tells(
            cost=exchange.header(b"graphql-cost") == "1",
            reads=is_debugging and caller.may(Scope.ADMIN),
        )
        return cls(
            accepted.media_type,
            fresh=_wants_fresh(exchange.header(b"cache-control")),
            tells=tells,
            # What it cost is known when all of it is there.
            parts=accepted.takes_parts and not any(tells) and exchange.method != "HEAD",
        )

    @property
    def are_usual(self) -> bool:
        """Whether an answer will do that was given before."""
        return not self.fresh and not any(self.tells)


def _wants_fresh(cache_control: str | None) -> bool:
    """Whether the directives, in whatever case, have a `no-cache` (RFC 9111, section 5.2)."""
    if cache_control is None:
        return False
    return any(name.strip().lower() == "no-cache" for name in cache_control.split(","))


class Understood(NamedTuple):
    """What is asked, by whom and how; `payer` is whose requests it counts as, and `headers` go with
    the answer."""

    asked: Asked | list[Asked]
    caller: Caller
    payer: str
    wishes: Wishes
    headers: Sequence[Header]
