"""The tables of figures, which hold for all programs alike."""

from msgspec import Struct


class CacheConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How long things are kept, in seconds; 0 keeps nothing."""

    fresh_seconds: float = 30
    stale_seconds: float = 86400
    response_seconds: float = 5


class ReportsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What computed reports may cost.

    `walk_pages` of a program's list are what one request waits and pays for, `walk_pages_total`
    where a walk ends at the latest; a finished one is good for `fresh_seconds`.
    """

    walk_pages: int = 50
    walk_pages_total: int = 1000
    fresh_seconds: float = 600


class UpstreamConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How long providers may take, in seconds, and how many calls a program may have under way.

    An exchange is a call with its queueing and its further tries; an operation is a whole
    GraphQL request, which answers with what is there when its time is up.
    """

    connect_seconds: float = 1.0
    read_seconds: float = 3.0
    exchange_seconds: float = 5.0
    operation_seconds: float = 10.0
    in_flight: int = 32
    queue: int = 64
