"""uvicorn sending bytes that are ready: what no answer over it can fall below.

    uvicorn benchmarks.ready_bytes:application

The environment's READY_BYTES names a folder with the answer to each question, by the digest of
the request's body.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]

ANSWERS = {
    file.stem: file.read_bytes() for file in Path(os.environ["READY_BYTES"]).glob("*.answer")
}


def name(body: bytes) -> str:
    """How the answer to a request's body is found."""
    return blake2b(body, digest_size=16).hexdigest()


async def application(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer one request."""
    message = await receive()
    answer = ANSWERS[name(message["body"])]
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
