"""What a call costs over each wire, and what becomes of it with 500 under way.

    python -m benchmarks.wires [CALLS]

Against a server in a process of its own that answers 25 kB; CPU is that of this process with all
its threads. The wires take turns, so that a noisy machine is as unkind to both.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import IO, cast

import uvloop

from adapters._http.wire import Wire
from adapters._http.wires import open_wire
from adapters.limits import UpstreamLimits

ROUNDS = 5
AT_ONCE = 8
CROWD = 500
BODY = b"x" * 25_000
ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"Date: Sun, 22 Nov 2026 04:47:27 GMT\r\nServer: nginx\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: keep-alive\r\n"
    b"Cache-Control: no-cache, private\r\n"
    b"X-RateLimit-Limit: 60\r\nX-RateLimit-Remaining: 59\r\n\r\n"
) % len(BODY) + BODY
HEADERS = {"Authorization": "Bearer 0123456789abcdef"}
LIMITS = {
    "httpx": UpstreamLimits(wire="httpx", connect=30, read=60),
    "lean": UpstreamLimits(wire="lean", connect=30, read=60),
}


class Answering(asyncio.Protocol):
    """Answers whatever ends like the head of a GET."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(ANSWER)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def served() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.wires", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        port = cast(IO[str], server.stdout).readline().strip()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


async def spend(wire: Wire, calls: int, at_once: int) -> tuple[float, float]:
    """CPU and elapsed microseconds a call."""
    left = iter(range(calls))
    loop = asyncio.get_running_loop()

    async def caller() -> None:
        for _ in left:
            await wire.send("GET", "/page?page=1", HEADERS, None, loop.time() + 60)

    cpu, started = time.process_time(), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    elapsed = time.perf_counter() - started
    return (time.process_time() - cpu) / calls * 1e6, elapsed / calls * 1e6


async def measure(origin: str, calls: int) -> None:
    for at_once in (AT_ONCE, CROWD):
        rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in LIMITS}
        for _ in range(ROUNDS):
            for name, limits in LIMITS.items():
                wire = open_wire(origin, limits)
                await spend(wire, at_once, at_once)
                rounds[name].append(await spend(wire, calls, at_once))
                await wire.aclose()
        costs = {}
        for name, spent in rounds.items():
            costs[name], elapsed = (median(column) for column in zip(*spent, strict=True))
            rate = 1e6 / elapsed
            print(f"{name:6} {at_once:4} at once: {costs[name]:6.0f} us CPU, {rate:6.0f} calls/s")
        print(f"lean costs {costs['lean'] / costs['httpx']:.3f} of httpx")


def main() -> None:
    if sys.argv[1:] == ["serve"]:
        uvloop.run(serve())
    else:
        with served() as origin:
            uvloop.run(measure(origin, int(sys.argv[1]) if sys.argv[1:] else 3_000))


if __name__ == "__main__":
    main()
