"""What is the lean wire's own: its pool, its connections, and being given up at any instant."""

import asyncio
import gc
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from adapters._http.connecting import Connector
from adapters._http.lean_wire import LeanWire
from adapters._http.pool import ConnectionPool
from adapters._http.wire import MAX_CONNECTIONS, Unsent
from adapters.contract.connecting import STEADY
from tests.adapters.http.rawserver import (
    OK,
    RawServer,
    Serve,
    answering,
    falling_silent_after,
    serving,
)

pytestmark = pytest.mark.anyio

LIMITS = replace(STEADY, connect=60, read=60)
SELF_SIGNED = Path(__file__).with_name("self_signed.pem")
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture(scope="module", autouse=True)
def others_garbage() -> None:
    """Collected once: what other tests left need not be looked through by each that collects."""
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def wired(origin: str, read: float = 60) -> AsyncIterator[LeanWire]:
    wire = LeanWire(origin, limits=replace(LIMITS, read=read))
    try:
        yield wire
    finally:
        await wire.aclose()


def soon(seconds: float = 60) -> float:
    return asyncio.get_running_loop().time() + seconds


def again_and_again(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer)

    return serve


async def get(wire: LeanWire, target: str = "/", seconds: float = 60) -> bytes:
    return (await wire.send("GET", target, {}, None, soon(seconds))).body


async def test_a_connection_is_used_again_and_the_last_used_first() -> None:
    async with serving(again_and_again(OK)) as server, wired(server.origin) as wire:
        for _ in range(20):
            assert set(await asyncio.gather(get(wire), get(wire))) == {b"ok"}
        assert server.most_connections == 2
    await server.until(lambda: not server.connections)


SILENT = falling_silent_after(OK[:-1])


@pytest.mark.parametrize(
    "serve",
    [SILENT, answering(b"HTTP/0.9"), again_and_again(OK)],
    ids=["silent", "malformed", "answering"],
)
@pytest.mark.parametrize("steps", range(0, 30, 2))
async def test_a_call_can_be_given_up_at_any_instant(
    serve: Serve, steps: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(serve) as server, wired(server.origin) as wire:
        call = asyncio.ensure_future(get(wire))
        for _ in range(steps):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
        if not call.cancelled():
            assert call.exception() is not None or call.result() == b"ok"
        # Its place is free again: as many as there are can be taken.
        pool = wire._pool
        taken = [await pool.take(soon()) for _ in range(MAX_CONNECTIONS)]
        await server.until(lambda: server.connections == MAX_CONNECTIONS)
        for connection in taken:
            connection.close()
            pool.give_back(connection)
        await server.until(lambda: not server.connections)
    gc.collect()
    assert not caplog.records


async def test_places_go_to_whoever_asked_first_also_past_those_who_left() -> None:
    order: list[bytes] = []
    go = asyncio.Semaphore(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = server.requests[-1]
        while request:
            order.append(request.split(b" ")[1])
            await go.acquire()
            writer.write(OK)
            request = await reader.readuntil(b"\r\n\r\n")

    async with serving(serve) as server, wired(server.origin) as wire:
        calls = [asyncio.ensure_future(get(wire)) for _ in range(MAX_CONNECTIONS)]
        await server.until(lambda: len(server.requests) == MAX_CONNECTIONS)
        waiting = [asyncio.ensure_future(get(wire, f"/{n}")) for n in range(6)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        waiting[4].cancel()
        for _ in range(MAX_CONNECTIONS + 4):
            go.release()
        await asyncio.gather(*calls, *waiting, return_exceptions=True)
        assert order[MAX_CONNECTIONS:] == [b"/0", b"/2", b"/3", b"/5"]


async def test_an_idle_connection_is_closed_after_a_while_without_any_traffic() -> None:
    async with serving(again_and_again(OK)) as server:
        pool = ConnectionPool(Connector(server.origin, LIMITS), patience=1, keep_alive=0.05)
        for _ in range(2):
            connections = [await pool.take(soon()) for _ in range(3)]
            for connection in connections:
                assert (await connection.exchange(REQUEST, soon())).body == b"ok"
                pool.give_back(connection)
            assert server.connections == 3
            await server.until(lambda: not server.connections)
        await pool.aclose()


@pytest.mark.parametrize("more", [b"\r\n", OK, b"x"])
async def test_a_connection_on_which_something_came_unasked_is_not_used_again(more: bytes) -> None:
    came = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await came.wait()
        writer.write(more)
        await reader.read()

    async with serving(serve) as server, wired(server.origin) as wire:
        assert await get(wire) == b"ok"
        came.set()
        await server.until(lambda: not server.connections)
        assert await get(wire) == b"ok"
        assert len(server.requests) == 2


async def test_an_end_is_seen_even_before_the_loop_comes_to_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        pool = ConnectionPool(Connector(origin, LIMITS), patience=1)
        first = await pool.take(soon())
        peer, _ = listener.accept()
        call = asyncio.ensure_future(first.exchange(REQUEST, soon()))
        await asyncio.sleep(0)  # it asks
        peer.sendall(OK)
        assert (await call).body == b"ok"
        pool.give_back(first)
        peer.close()
        assert first.is_open  # as far as the loop knows
        assert await pool.take(soon()) is not first
        await pool.aclose()


async def test_a_server_that_speaks_first_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        pool = ConnectionPool(Connector(origin, LIMITS), patience=1)
        connection = await pool.take(soon())
        with listener.accept()[0] as peer:
            peer.sendall(b"220 mail.example ESMTP\r\n")
            await asyncio.wait_for(connection.lost, 60)
            with pytest.raises(httpx.RemoteProtocolError):
                await connection.exchange(REQUEST, soon())
        await pool.aclose()


async def test_the_deadline_is_told_as_unsent_while_nothing_was() -> None:
    async with serving(falling_silent_after(b"")) as server, wired(server.origin) as wire:
        calls = [asyncio.ensure_future(get(wire)) for _ in range(MAX_CONNECTIONS)]
        await server.until(lambda: len(server.requests) == MAX_CONNECTIONS)
        with pytest.raises(Unsent):
            await get(wire, seconds=0.05)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        assert len(server.requests) == MAX_CONNECTIONS


async def test_nothing_is_sent_after_the_deadline() -> None:
    async with serving(again_and_again(OK)) as server, wired(server.origin) as wire:
        for calls in (0, 1):  # without a connection, and with one
            with pytest.raises(Unsent):
                await get(wire, seconds=0)
            assert len(server.requests) == calls
            await get(wire)


async def test_closing_ends_what_is_under_way_and_waits_until_it_is_closed() -> None:
    async with serving(falling_silent_after(OK[:-1])) as server, wired(server.origin) as wire:
        call = asyncio.ensure_future(get(wire))
        await server.until(lambda: bool(server.requests))
        await wire.aclose()
        with pytest.raises(httpx.RemoteProtocolError):
            await call
        await server.until(lambda: not server.connections)


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=SELF_SIGNED)
    context.check_hostname = False
    return context


@asynccontextmanager
async def secured(serve: Serve) -> AsyncIterator[tuple[RawServer, ConnectionPool]]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(SELF_SIGNED)
    async with serving(serve, tls) as server:
        pool = ConnectionPool(Connector(server.origin, LIMITS, trust=trusting), patience=1)
        yield server, pool
        await pool.aclose()


async def test_over_tls_a_connection_carries_one_answer_after_another() -> None:
    large = b"HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n" + b"x" * 300_000
    async with secured(again_and_again(large)) as (server, pool):
        for _ in range(5):
            connection = await pool.take(soon())
            assert (await connection.exchange(REQUEST, soon())).body == b"x" * 300_000
            pool.give_back(connection)
        assert server.most_connections == 1
    await server.until(lambda: not server.connections)


async def test_over_tls_an_end_is_an_end_and_giving_up_closes() -> None:
    async with secured(answering(b"HTTP/1.1 200 OK\r\n\r\nok")) as (server, pool):
        connection = await pool.take(soon())
        assert (await connection.exchange(REQUEST, soon())).body == b"ok"
        pool.give_back(connection)
        await server.until(lambda: not server.connections)
    async with secured(falling_silent_after(OK[:-1])) as (server, pool):
        connection = await pool.take(soon())
        call = asyncio.ensure_future(connection.exchange(REQUEST, soon()))
        await server.until(lambda: bool(server.requests))
        call.cancel()
        await server.until(lambda: not server.connections)
        assert not connection.is_open
