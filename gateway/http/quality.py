"""Lists of things by how much the client likes them (RFC 9110, section 12.4.2)."""

from collections.abc import Iterator

MOST_READ = 50


def weighted(value: str | None) -> Iterator[tuple[str, dict[str, str], float]]:
    """The names of a header such as `Accept` in lower case, each with its parameters and its
    quality from 0 to 1. Of an endless list the beginning counts."""
    for item in (value or "").split(",")[:MOST_READ]:
        name, *rest = item.split(";")
        parameters = {}
        for parameter in rest:
            key, _, text = parameter.partition("=")
            parameters[key.strip().lower()] = text.strip().strip('"')
        yield name.strip().lower(), parameters, _quality(parameters.pop("q", "1"))


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return min(1.0, max(0.0, quality)) if quality == quality else 0.0
