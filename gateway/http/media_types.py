"""The media types of answers (GraphQL over HTTP, sections 4.1 and 6)."""

from functools import lru_cache

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"

_WILDCARDS = ("*/*", "application/*")


@lru_cache(maxsize=256)
def negotiated(accept: str | None) -> str:
    """The media type to answer in: what the client likes best of the two, the newer one only
    for whoever names it. One that takes neither gets JSON, for want of anything better."""
    best, best_quality = JSON, 0.0
    for item in (accept or "").split(",")[:50]:
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        if name not in (GRAPHQL, JSON, *_WILDCARDS):
            continue
        quality = _quality(parameters)
        if quality > best_quality:
            best, best_quality = (GRAPHQL if name == GRAPHQL else JSON), quality
    return best


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
