"""The tables of figures, which hold for all programs alike."""

from typing import Literal

from msgspec import Struct


class CacheConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How long things are kept, in seconds; 0 keeps nothing. `redis_url` is the address of the
    server that several processes share through, or `redis_url_env` names the variable with it."""

    fresh_seconds: float = 30
    stale_seconds: float = 86400
    response_seconds: float = 5
    redis_url: str | None = None
    redis_url_env: str | None = None


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
    GraphQL request, which answers with what is there when its time is up. `wire` is the HTTP
    client underneath: the gateway's own, or httpx as the reference.
    """

    connect_seconds: float = 1.0
    read_seconds: float = 3.0
    exchange_seconds: float = 5.0
    operation_seconds: float = 10.0
    in_flight: int = 32
    queue: int = 64
    wire: Literal["lean", "httpx"] = "lean"


class LimitsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What a request may ask for; 0 switches a limit off.

    Of a document: `tokens` (comments too), `depth` in fields, `introspection_depth` below
    `__schema` and `__type` in its place, `aliases`, `root_fields` and `directives`, each counted
    wherever a fragment is spread, and `field_pairs` that have one name in the answer, which
    validation compares with each other. Of an operation: `calls` to providers, `objects` in the
    answer and `values` in those objects that it may cost at most, all as reckoned before it runs.

    Of HTTP: `body_bytes` and `header_bytes` of a request, each of which must be there within
    `receive_seconds`. `requests_per_minute` of one caller, where what may cost many calls counts
    several times; without it `Config` says how many. `concurrency` operations run at once, and
    `queue` more wait for their turn.
    """

    tokens: int = 2000
    depth: int = 12
    introspection_depth: int = 16
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    field_pairs: int = 10_000
    calls: int = 1000
    objects: int = 50_000
    values: int = 100_000
    body_bytes: int = 256 * 1024
    header_bytes: int = 64 * 1024
    receive_seconds: float = 15
    requests_per_minute: int | None = None
    concurrency: int = 500
    queue: int = 1000


class GraphQLConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What the schema tells of itself: all of it by `introspection`, and names close to a wrong
    one by `suggestions` ("Did you mean"). `compiled` queries run as functions that are made of
    them once; switched off, graphql-core alone executes them, to the same answers."""

    introspection: bool = True
    suggestions: bool = True
    compiled: bool = True
