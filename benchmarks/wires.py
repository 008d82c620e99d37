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
from dataclasses import replace
from statistics import median
from typing import IO, cast

import uvloop

from adapters._http.wire import Wire
from adapters._http.wires import open_wire
from adapters.limits import UpstreamLimits
from adapters.provider import ProgramConfig

ROUNDS = 3
AT_ONCE = 8
CROWD = 500
BODY = b"x" * 25_000
ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)
) + BODY
HEADERS = {"Authorization": "Bearer t", "Accept": "application/json", "User-Agent": "benchmark"}

WIRES = [
    UpstreamLimits(wire="httpx", connect=30, read=60),
    UpstreamLimits(wire="lean", connect=30, read=60),
]


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
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        port = cast(IO[str], server.stdout).readline().strip()
        yield f"http://127.0.0.1:{port}"
        server.terminate()


async def spend(wire: Wire, calls: int, at_once: int) -> tuple[float, float]:
    """CPU and elapsed microseconds a call."""
    left = iter(range(calls))

    async def caller() -> None:
        for _ in left:
            deadline = asyncio.get_running_loop().time() + 60
            await wire.send("GET", "/page?page=1", HEADERS, None, deadline)

    cpu, started = time.process_time(), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    elapsed = time.perf_counter() - started
    return (time.process_time() - cpu) / calls * 1e6, elapsed / calls * 1e6


async def measure(origin: str, calls: int) -> None:
    config = ProgramConfig(key="p", name="p", provider="p", base_url=origin, token="t")  # noqa: S106
    for at_once in (AT_ONCE, CROWD):
        figures: dict[str, list[tuple[float, float]]] = {}
        for _ in range(ROUNDS):
            for limits in WIRES:
                wire = open_wire(replace(config, limits=limits))
                await spend(wire, at_once, at_once)
                figures.setdefault(limits.wire, []).append(await spend(wire, calls, at_once))
                await wire.aclose()
        for name, rounds in figures.items():
            cpu, elapsed = (median(column) for column in zip(*rounds, strict=True))
            print(f"{name:6} {at_once:4} at once: {cpu:6.0f} us CPU, {1e6 / elapsed:6.0f} calls/s")


def main() -> None:
    if sys.argv[1:] == ["serve"]:
        uvloop.run(serve())
    else:
        with served() as origin:
            uvloop.run(measure(origin, int(sys.argv[1]) if sys.argv[1:] else 3_000))


if __name__ == "__main__":
    main()
