"""The media types of answers (GraphQL over HTTP, sections 4.1 and 6)."""

from functools import lru_cache
from typing import NamedTuple

from gateway.http.quality import weighted

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
MULTIPART = "multipart/mixed"

# The format of parts that graphql-core gives: https://specs.apollo.dev/incremental/v0.2/
INCREMENTAL_SPEC = "v0.2"

_WILDCARDS = ("*/*", "application/*")


class Accepted(NamedTuple):
    """What the client takes: `media_type` for a whole answer, and whether one that comes in parts
    may do so."""

    media_type: str
    takes_parts: bool


@lru_cache(maxsize=256)
def negotiated(accept: str | None) -> Accepted:
    """What to answer in: of the two media types what the client likes best, the newer one only
    for whoever names it. One that takes neither gets JSON, for want of anything better.

    Parts go to whoever names their media type and likes it no less than a whole answer. Clients
    that can read parts send one `Accept` for all they ask, with JSON first (urql, GraphiQL): it
    is the document that then asks for parts.
    """
    best, best_quality = JSON, 0.0
    parts_quality = 0.0
    for name, parameters, quality in weighted(accept):
        if name == MULTIPART and _is_our_format(parameters):
            parts_quality = max(parts_quality, quality)
        elif name in (GRAPHQL, JSON, *_WILDCARDS) and quality > best_quality:
            best, best_quality = (GRAPHQL if name == GRAPHQL else JSON), quality
    return Accepted(best, takes_parts=0 < parts_quality >= best_quality)


def _is_our_format(parameters: dict[str, str]) -> bool:
    """Whether a client that names a format of parts names this one. `deferSpec` is an older."""
    named = parameters.get("incrementalspec", INCREMENTAL_SPEC)
    return named == INCREMENTAL_SPEC and "deferspec" not in parameters
