"""Serves recorded answers by hand-made HTTP: where there is no nginx, or answers must wait.

    python -m benchmarks.upstream.responder PORT FOLDER [DELAY_MS]

FOLDER holds `index.json`, which names the file of each path and query.
"""

import asyncio
import sys
from pathlib import Path
from typing import cast

import httptools
import orjson
import uvloop

COUNT = "/_requests"
"""Where nginx tells its count too: the third figure of the third line (ngx_http_stub_status)."""


class Responder:
    """The ready answers and how many were asked for."""

    def __init__(self, folder: Path, delay: float) -> None:
        index: dict[str, str] = orjson.loads((folder / "index.json").read_bytes())
        self.delay = delay
        self.requests = 0
        self._answers = {
            target.encode(): _answer(b"200 OK", (folder / name).read_bytes())
            for target, name in index.items()
        }

    def answer(self, target: bytes) -> bytes:
        """The bytes to send back."""
        self.requests += 1
        if target == COUNT.encode():
            return _answer(b"200 OK", b"\n\n 0 0 %d\n" % self.requests)
        return self._answers.get(target) or _answer(b"404 Not Found", b"{}")


def _answer(status: bytes, body: bytes) -> bytes:
    return (
        b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % (status, len(body))
        + body
    )


class Connection(asyncio.Protocol):
    """One client's connection. Requests are answered in the order in which they came."""

    def __init__(self, responder: Responder) -> None:
        self._responder = responder
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none by its class.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def on_message_begin(self) -> None:
        self._target = b""

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_message_complete(self) -> None:
        answer = self._responder.answer(self._target)
        if self._responder.delay:
            loop = asyncio.get_running_loop()
            loop.call_later(self._responder.delay, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def serve(port: int, folder: Path, delay: float) -> None:
    """Answer until the process is ended."""
    responder = Responder(folder, delay)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(responder), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    port, folder, delay_ms = sys.argv[1], sys.argv[2], float((*sys.argv[3:], "0")[0])
    uvloop.run(serve(int(port), Path(folder), delay_ms / 1000))
