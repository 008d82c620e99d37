"""`[http]`: who may ask from a browser, and what is taken in one HTTP request."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Struct

from gateway.config.described import key
from gateway.config.tables import Tables

LARGEST_BATCH = 10


class HttpConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Who may ask from a browser, and how many operations at once."""

    origins: Annotated[
        tuple[str, ...],
        key(
            "Whose pages may ask besides the gateway's own, each as a browser sends it:"
            " `https://dashboard.example.com`."
        ),
    ] = ()
    batch: Annotated[
        int,
        key(
            f"How many one request may hold, {LARGEST_BATCH} at most; 0 takes no lists.",
            unit="operations",
        ),
    ] = 0


def read_http(tables: Tables) -> HttpConfig:
    """The table; its defaults when it has a fault."""
    http = tables.figures("http", HttpConfig)
    for name, problem in _faults(http):
        tables.fault(f"http: {name}: {problem}")
    return http


def _faults(http: HttpConfig) -> Iterator[tuple[str, str]]:
    for origin in http.origins:
        if not _is_origin(origin):
            yield "origins", "must be origins such as https://dashboard.example.com"
            break
    if http.batch > LARGEST_BATCH:
        yield "batch", f"must be {LARGEST_BATCH} or less"


def _is_origin(text: str) -> bool:
    """Whether a browser could send that as an `Origin` (RFC 6454, section 6.2)."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    written = f"[{host}]" if ":" in host else host
    written += "" if port is None else f":{port}"
    is_default = (parts.scheme, port) in (("https", 443), ("http", 80))
    return (
        parts.scheme in ("https", "http")
        and bool(host)
        and text == f"{parts.scheme}://{written}"
        and text.isascii()
        and "*" not in host
        and not is_default
    )
