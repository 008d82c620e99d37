"""Bodies of answers."""

import json
from typing import Any

import orjson


def encoded_json(content: Any) -> bytes:
    """The content as JSON. What a provider sent may be in it, and orjson's limits (integers of 64
    bits, 254 levels) are not JSON's."""
    try:
        return orjson.dumps(content)
    except TypeError:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
