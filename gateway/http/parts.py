"""An answer in parts, as `multipart/mixed`.

https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md
Each part is followed by the next boundary at once, or a client could not tell that it is whole.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from gateway.execution.increments import Parts
from gateway.http.bodies import encoded_json
from gateway.http.exchange import Exchange
from gateway.http.media_types import INCREMENTAL_SPEC, MULTIPART
from gateway.telemetry.records import codes_of

_CONTENT_TYPE = f'{MULTIPART}; boundary="-"; incrementalSpec={INCREMENTAL_SPEC}'.encode()
_BOUNDARY = b"\r\n---"
_HEAD = b"\r\ncontent-type: application/json; charset=utf-8\r\n\r\n"
_END = b"--\r\n"


async def send_parts(exchange: Exchange, parts: Parts) -> Mapping[str, int]:
    """Send each part as soon as it is there; how many errors of each code they had."""
    codes = Counter(codes_of(parts.first))
    async with aclosing(parts):
        await exchange.begin(200, ((b"content-type", _CONTENT_TYPE),))
        await exchange.send(_BOUNDARY + _part(parts.first), is_last=False)
        async for content in parts:
            for told in (*content.get("incremental", ()), *content.get("completed", ())):
                codes.update(codes_of(told))
            await exchange.send(_part(content), is_last=False)
    # At last, with nothing left to wait for: from then on the client counts as gone.
    await exchange.send(_END, is_last=True)
    return codes


def _part(content: Mapping[str, Any]) -> bytes:
    return _HEAD + encoded_json(content) + _BOUNDARY
