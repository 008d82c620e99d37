"""What a call costs: over each wire, with 500 under way, and through everything up to the model.

    python -m benchmarks.wires [CALLS]

Against a server in a process of its own that answers 25 kB; CPU is that of this process with all
its threads. All take turns, so that a noisy machine is as unkind to each; the medians are told, and
the least in parentheses.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial
from statistics import median
from typing import IO, Literal, cast

import uvloop

from adapters._http.client import RestClient
from adapters._http.tokens import FixedToken
from adapters._http.wires import open_wire
from adapters.limits import UpstreamLimits
from adapters.piggy import PiggyProvider
from adapters.piggy.mapping import complaint
from adapters.provider import ProgramConfig

ROUNDS = 10
AT_ONCE = 8
CROWD = 500
ROW = (
    b'{"uuid":"%08d-5b0c-4f5e-9b1c-2f3a4b5c6d7e","status":"completed",'
    b'"referring_contact":{"uuid":"a1b2c3d4-5b0c-4f5e-9b1c-2f3a4b5c6d7e","email":"a@shop.example"},'
    b'"referred_contact":{"uuid":"e5f6a7b8-5b0c-4f5e-9b1c-2f3a4b5c6d7e","email":"b@shop.example"}}'
)
BODY = b'{"data":[%b],"meta":{"total":100}}' % b",".join(ROW % n for n in range(100))
ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"Date: Sun, 22 Nov 2026 04:47:27 GMT\r\nServer: nginx\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: keep-alive\r\n"
    b"Cache-Control: no-cache, private\r\n"
    b"X-RateLimit-Limit: 999999999\r\nX-RateLimit-Remaining: 999999998\r\n\r\n"
) % len(BODY) + BODY
HEADERS = {"Authorization": "Bearer 0123456789abcdef"}

Call = Callable[[], Awaitable[object]]


@asynccontextmanager
async def over_a_wire(kind: Literal["lean", "httpx"], origin: str) -> AsyncIterator[Call]:
    wire = open_wire(origin, UpstreamLimits(wire=kind, connect=30, read=60))
    loop = asyncio.get_running_loop()
    yield lambda: wire.send("GET", "/page?page=1", HEADERS, None, loop.time() + 60)
    await wire.aclose()


def program(origin: str) -> ProgramConfig:
    return ProgramConfig(key="p", name="P", provider="piggy", base_url=origin, token="t" * 40)


@asynccontextmanager
async def up_to_the_bytes(origin: str) -> AsyncIterator[Call]:
    config = program(origin)
    client = RestClient(
        config,
        wire=open_wire(origin, config.limits),
        prefix="",
        tokens=FixedToken(config.token),
        read_complaint=complaint,
    )
    yield lambda: client.get("/page?page=1", len)
    await client.aclose()


@asynccontextmanager
async def up_to_the_model(origin: str) -> AsyncIterator[Call]:
    provider = PiggyProvider(program(origin))
    yield lambda: provider.referrals(None, 1)
    await provider.aclose()


WAYS: dict[str, Callable[[str], AbstractAsyncContextManager[Call]]] = {
    "httpx": partial(over_a_wire, "httpx"),
    "lean": partial(over_a_wire, "lean"),
    "stack": up_to_the_bytes,
    "model": up_to_the_model,
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


async def spend(call: Call, calls: int, at_once: int) -> tuple[float, float]:
    """CPU and elapsed microseconds a call."""
    left = iter(range(calls))

    async def caller() -> None:
        for _ in left:
            await call()

    cpu, started = time.process_time(), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    elapsed = time.perf_counter() - started
    return (time.process_time() - cpu) / calls * 1e6, elapsed / calls * 1e6


async def measure(origin: str, calls: int, at_once: int, ways: list[str]) -> None:
    rounds: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            async with WAYS[way](origin) as call:
                await spend(call, at_once, at_once)
                rounds[way].append(await spend(call, calls // ROUNDS, at_once))
    for way, spent in rounds.items():
        costs, elapsed = zip(*spent, strict=True)
        print(
            f"{way:6}{at_once:4} at once: {median(costs):5.0f} us CPU ({min(costs):.0f}),"
            f" {1e6 / median(elapsed):6.0f} calls/s"
        )
    httpx, lean = (median(cost for cost, _ in rounds[way]) for way in ("httpx", "lean"))
    print(f"lean costs {lean / httpx:.3f} of httpx")


def main() -> None:
    if sys.argv[1:] == ["serve"]:
        uvloop.run(serve())
    else:
        calls = int(sys.argv[1]) if sys.argv[1:] else 10_000
        with served() as origin:
            uvloop.run(measure(origin, calls, AT_ONCE, list(WAYS)))
            uvloop.run(measure(origin, calls, CROWD, ["httpx", "lean"]))


if __name__ == "__main__":
    main()
