"""Answers that the client has already (RFC 9110, sections 8.8.3 and 13.1.2)."""

from hashlib import blake2b

from gateway.http.exchange import Answer


def revalidated(answer: Answer, if_none_match: str | None) -> Answer:
    """The answer with an `ETag`, to be asked for again each time; without its body when that is
    what the client says it has.

    The tag is weak, since it is that of every content coding.
    """
    tag = f'W/"{blake2b(answer.body, digest_size=16).hexdigest()}"'
    headers = (*answer.headers, (b"etag", tag.encode()), (b"cache-control", b"private, no-cache"))
    if if_none_match is not None and _matches(tag, if_none_match):
        return Answer(304, headers, b"")
    return Answer(answer.status, headers, answer.body)


def _matches(tag: str, if_none_match: str) -> bool:
    """By weak comparison; the tags made here hold no comma."""
    tags = {text.strip().removeprefix("W/") for text in if_none_match.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags
