"""What a call is called where no id, name or address may show: in metrics, for example."""

import re
from functools import lru_cache

_WORD = re.compile(r"[a-z]{1,24}([-_][a-z]{1,24}){0,3}")


def endpoint_of(method: str, target: str) -> str:
    """The method and the template of a path: `GET /contacts/{id}`."""
    return f"{method} {path_of(target)}"


def path_of(target: str) -> str:
    """The template of a path, without its query.

    A segment that is not made of lower-case words is an id. A provider whose ids look like words
    must not put them into a path.
    """
    return _template(target.partition("?")[0])


@lru_cache(1024)
def _template(path: str) -> str:
    words = (part if _WORD.fullmatch(part) else "{id}" for part in path.split("/") if part)
    return f"/{'/'.join(words)}"
