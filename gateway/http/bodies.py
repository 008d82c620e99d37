"""Bodies of answers."""

import json
from typing import Any

import orjson

from gateway.execution.kept_rows import Encoded


def encoded_json(content: Any) -> bytes:
    """The content as JSON. What a provider sent may be in it, and orjson's limits (integers of 64
    bits, 254 levels) are not JSON's."""
    try:
        return orjson.dumps(content, default=_as_fragment, option=orjson.OPT_UTC_Z)
    except TypeError:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=_as_value)
        return text.encode()


def _as_fragment(part: object) -> orjson.Fragment:
    if isinstance(part, Encoded):
        return orjson.Fragment(part.body)
    raise TypeError


def _as_value(part: object) -> Any:
    if isinstance(part, Encoded):
        return orjson.loads(part.body)
    raise TypeError(f"{type(part).__name__} is not JSON")
