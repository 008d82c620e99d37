"""Pages of other origins: which may ask (CORS), and that no other can make a browser ask (CSRF).

https://fetch.spec.whatwg.org/#http-cors-protocol
https://www.w3.org/TR/fetch-metadata/
"""

from collections.abc import Iterable

from gateway.errors import ErrorCode
from gateway.http.exchange import Answer, BadRequest, Exchange
from gateway.http.headers import Header

# What a request may carry besides what every page may send.
_REQUEST_HEADERS = (
    b"accept, authorization, cache-control, content-type, gateway-debug, graphql-cost,"
    b" idempotency-key, x-request-id, apollographql-client-name, apollographql-client-version,"
    b" apollo-require-preflight, x-apollo-operation-name,"
    # What instrumented pages send; a browser holds back requests with any that is not here.
    b" traceparent, tracestate, baggage, sentry-trace, x-datadog-origin, x-datadog-parent-id,"
    b" x-datadog-sampling-priority, x-datadog-trace-id"
)

# Credentials are never allowed: keys go in a header, which a page sets itself, and never in
# cookies, which a browser sends on its own.
_PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", _REQUEST_HEADERS),
    (b"access-control-max-age", b"7200"),
)

_EXPOSED: Header = (b"access-control-expose-headers", b"etag, retry-after, x-request-id")


class Origins:
    """Those whose pages may ask: the gateway's own, and the configured ones."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(allowed)

    def check(self, exchange: Exchange) -> None:
        """See who makes the browser ask, and let a page of an allowed origin read the answer.

        What says neither `Sec-Fetch-Site` nor `Origin` is no browser. Raises BadRequest.
        """
        origin = exchange.header(b"origin")
        if origin is not None and origin in self._allowed:
            exchange.more_headers += (
                (b"access-control-allow-origin", origin.encode("latin-1")),
                _EXPOSED,
            )
            return
        site = exchange.header(b"sec-fetch-site")
        is_foreign = site is not None and site not in ("same-origin", "none")
        if is_foreign or (origin is not None and origin != exchange.own_origin):
            raise BadRequest(
                403,
                ErrorCode.ORIGIN_NOT_ALLOWED,
                "A page of another origin asks, and that origin is not allowed to.",
            )


def preflight(exchange: Exchange) -> Answer | None:
    """The answer to a browser that asks what a page may ask; None when that is not what it does.

    To be called once the origin was checked.
    """
    if exchange.method != "OPTIONS" or not exchange.header(b"access-control-request-method"):
        return None
    return Answer(204, _PREFLIGHT, b"")
