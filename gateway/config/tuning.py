"""The tables of figures, which hold for all programs alike."""

from typing import Annotated, Literal

from msgspec import Struct

from gateway.config.described import key
from gateway.config.tables import Tables


class CacheConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How long answers are kept, and where."""

    fresh_seconds: Annotated[
        float, key("How long an answer is as good as new; 0 keeps nothing.", unit="seconds")
    ] = 30
    stale_seconds: Annotated[
        float, key("How long an answer may stand in for one that failed.", unit="seconds")
    ] = 86400
    response_seconds: Annotated[
        float,
        key("How long an equal query gets the same whole answer; 0 answers anew.", unit="seconds"),
    ] = 5
    redis_url: Annotated[
        str | None,
        key(
            "The server that several processes share through, without a password:"
            " `redis://`, `rediss://` or `unix://`.",
            unset="nothing is shared",
        ),
    ] = None
    redis_url_env: Annotated[
        str | None,
        key("The environment variable that holds that address, with its password."),
    ] = None


class ReportsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What reports may cost that the gateway computes by walking through a program's list."""

    walk_pages: Annotated[
        int, key("How much of a list one request waits and pays for.", unit="upstream pages")
    ] = 50
    walk_pages_total: Annotated[
        int, key("Where a walk ends unfinished.", unit="upstream pages")
    ] = 1000
    fresh_seconds: Annotated[float, key("How long a finished walk is good.", unit="seconds")] = 600


class UpstreamConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How long providers may take, and how many calls each program may have under way."""

    connect_seconds: Annotated[
        float, key("How long connecting to a provider may take.", unit="seconds")
    ] = 1.0
    read_seconds: Annotated[
        float, key("How long no byte of an answer may come.", unit="seconds")
    ] = 3.0
    exchange_seconds: Annotated[
        float,
        key(
            "How long a call may take in all, with its queueing and further tries.", unit="seconds"
        ),
    ] = 5.0
    operation_seconds: Annotated[
        float,
        key(
            "How long a GraphQL request may take: what is there by then is the answer.",
            unit="seconds",
        ),
    ] = 10.0
    in_flight: Annotated[int, key("How many calls may be under way.", unit="calls")] = 32
    queue: Annotated[int, key("How many more may wait for a place.", unit="calls")] = 64
    wire: Annotated[
        Literal["lean", "httpx"],
        key("The HTTP client: the gateway's own, or httpx as the reference."),
    ] = "lean"


class LimitsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What a request may ask for; 0 switches a limit off."""

    tokens: Annotated[
        int, key("How long a document, and its variables, may be.", unit="tokens")
    ] = 2000
    depth: Annotated[int, key("How deep fields may stand below each other.", unit="fields")] = 12
    introspection_depth: Annotated[
        int, key("The same below `__schema` and `__type`, in its place.", unit="fields")
    ] = 16
    aliases: Annotated[
        int,
        key("How many a document may have, counted wherever a fragment is spread.", unit="aliases"),
    ] = 30
    root_fields: Annotated[
        int, key("How many an operation may have, counted likewise.", unit="fields")
    ] = 20
    directives: Annotated[
        int, key("How many a document may have, counted likewise.", unit="directives")
    ] = 50
    field_pairs: Annotated[
        int,
        key(
            "How many fields of one name validation may have to compare with each other.",
            unit="pairs",
        ),
    ] = 5_000
    calls: Annotated[
        int, key("How many an operation may cost, reckoned before it runs.", unit="upstream calls")
    ] = 1000
    objects: Annotated[
        int, key("How many its answer may hold, reckoned likewise.", unit="objects")
    ] = 50_000
    values: Annotated[
        int, key("How many these objects may hold, reckoned likewise.", unit="values")
    ] = 100_000
    body_bytes: Annotated[int, key("How large the body of a request may be.", unit="bytes")] = (
        256 * 1024
    )
    header_bytes: Annotated[int, key("How large the head of a request may be.", unit="bytes")] = (
        64 * 1024
    )
    receive_seconds: Annotated[
        float,
        key("How long the head of a request may take to come in, and its body.", unit="seconds"),
    ] = 15
    requests_per_minute: Annotated[
        int | None,
        key(
            "How many one caller may make; what may cost many calls counts several times.",
            unit="requests",
            unset="600 where callers are configured, else no limit",
        ),
    ] = None
    concurrency: Annotated[int, key("How many run at once.", unit="operations")] = 500
    queue: Annotated[int, key("How many more may wait for their turn.", unit="operations")] = 1000


class GraphQLConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What the schema tells of itself, and how queries run."""

    introspection: Annotated[bool, key("Whether the schema is told, at `/schema.graphql` too.")] = (
        True
    )
    suggestions: Annotated[
        bool, key('Whether errors name what is close to a wrong name ("Did you mean").')
    ] = True
    compiled: Annotated[
        bool,
        key(
            "Whether queries run as functions made of them once; otherwise graphql-core alone"
            " executes them, to the same answers."
        ),
    ] = True


def read_upstream(tables: Tables) -> UpstreamConfig:
    """The table; its defaults when it has a fault."""
    upstream = tables.figures("upstream", UpstreamConfig)
    # Elsewhere 0 switches a limit off; of these it would let no call through.
    for name in (
        "connect_seconds",
        "read_seconds",
        "exchange_seconds",
        "operation_seconds",
        "in_flight",
    ):
        if getattr(upstream, name) == 0:
            tables.fault(f"upstream: {name}: must be more than 0")
    return upstream
