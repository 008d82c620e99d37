"""Both wires keep the same promises: each is put before a server that breaks every rule."""

import asyncio
import gzip
import logging
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from adapters._http.wire import MAX_ANSWER_BYTES, MAX_CONNECTIONS, Answer, AnswerTooLarge, Wire
from adapters._http.wires import open_wire
from adapters.contract.connecting import STEADY
from adapters.limits import UpstreamLimits
from tests.adapters.http.rawserver import (
    CHUNKED,
    OK,
    Serve,
    answering,
    compressed,
    dripping,
    falling_silent_after,
    resetting,
    serving,
)

pytestmark = pytest.mark.anyio

LIMITS = replace(STEADY, connect=60, read=60)

SELF_SIGNED = Path(__file__).with_name("self_signed.pem")


@pytest.fixture(params=["httpx", "lean", "lean on uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": "uvloop" in request.param}


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """The wire under test; the lean one runs on both event loops."""
    return str(request.node.callspec.params["anyio_backend"]).split()[0]


@asynccontextmanager
async def wired(kind: str, origin: str, limits: UpstreamLimits = LIMITS) -> AsyncIterator[Wire]:
    wire = open_wire(origin, replace(limits, wire=kind))  # type: ignore[arg-type]
    try:
        yield wire
    finally:
        await wire.aclose()


async def send(
    wire: Wire, method: str = "GET", target: str = "/", seconds: float = 60, **headers: str
) -> Answer:
    body = None if method == "GET" else b"{}"
    deadline = asyncio.get_running_loop().time() + seconds
    return await wire.send(method, target, headers, body, deadline)


FAULTS: dict[str, tuple[Serve, type[Exception]]] = {
    "closed without an answer": (answering(), httpx.RemoteProtocolError),
    "closed within the head": (answering(OK[:20]), httpx.RemoteProtocolError),
    "reset without an answer": (resetting(b""), httpx.ReadError),
    "reset within the body": (resetting(OK[:-1]), httpx.ReadError),
    "no HTTP at all": (answering(b"220 mail.example ESMTP\r\n\r\n"), httpx.RemoteProtocolError),
    "a wrong version": (answering(b"HTP/1.1 200 OK\r\n\r\n"), httpx.RemoteProtocolError),
    "an endless head": (
        answering(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 2_000_000 + b"\r\n\r\n"),
        httpx.RemoteProtocolError,
    ),
    "no head in time": (falling_silent_after(b""), httpx.ReadTimeout),
    "half a head in time": (falling_silent_after(OK[:20]), httpx.ReadTimeout),
    "half a body in time": (falling_silent_after(OK[:-1]), httpx.ReadTimeout),
    "a truncated body": (answering(OK[:-1]), httpx.RemoteProtocolError),
    "two lengths": (
        answering(OK.replace(b"content-l", b"content-length: 3\r\ncontent-l")),
        httpx.RemoteProtocolError,
    ),
    "a negative length": (
        answering(OK.replace(b": 2", b": -2")),
        httpx.RemoteProtocolError,
    ),
    "a transfer coding not asked for": (
        answering(CHUNKED.replace(b"chunked", b"gzip, chunked"), b"2\r\nok\r\n0\r\n\r\n"),
        httpx.RemoteProtocolError,
    ),
    "a header that is none": (
        answering(OK.replace(b"content-l", b"no colon\r\ncontent-l")),
        httpx.RemoteProtocolError,
    ),
    "another protocol": (
        falling_silent_after(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        httpx.RemoteProtocolError,
    ),
    "an interim answer alone": (
        falling_silent_after(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
        httpx.ReadTimeout,
    ),
    "truncated chunks": (answering(CHUNKED, b"2\r\nok\r\n"), httpx.RemoteProtocolError),
    "chunks that are none": (answering(CHUNKED, b"zz\r\nok\r\n"), httpx.RemoteProtocolError),
    "bad gzip": (answering(compressed(b"not gzip")), httpx.DecodingError),
    "truncated gzip": (answering(compressed(gzip.compress(b"ok")[:-4])), httpx.DecodingError),
    "an encoding not asked for": (
        answering(OK.replace(b"content-l", b"content-encoding: br\r\ncontent-l")),
        httpx.DecodingError,
    ),
    "an oversized body": (
        falling_silent_after(CHUNKED + b"fffffff\r\n" + b" " * (MAX_ANSWER_BYTES + 2**20)),
        AnswerTooLarge,
    ),
    "a gzip bomb": (
        answering(compressed(gzip.compress(b" " * (MAX_ANSWER_BYTES + 1)))),
        AnswerTooLarge,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_fault_is_told_by_the_same_exception_and_never_as_unsent(
    kind: str, method: str, fault: str
) -> None:
    serve, expected = FAULTS[fault]
    # Nothing else could come first, however short it is: what is read late was not read in time.
    limits = replace(LIMITS, read=0.1) if expected is httpx.ReadTimeout else LIMITS
    async with serving(serve) as server, wired(kind, server.origin, limits) as wire:
        with pytest.raises((httpx.RequestError, TimeoutError)) as caught:
            await send(wire, method)
        assert caught.type is expected
        await server.until(lambda: bool(server.requests))
        assert len(server.requests) == 1


async def test_who_never_connected_is_told_so(kind: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        async with wired(kind, f"http://127.0.0.1:{nobody.getsockname()[1]}") as wire:
            with pytest.raises(httpx.ConnectError):
                await send(wire, "POST")
    async with wired(kind, "http://nobody.invalid") as wire:
        with pytest.raises((httpx.ConnectError, httpx.ConnectTimeout)):
            await send(wire, "POST")


async def test_who_waits_too_long_for_a_connection_is_told_so(kind: str, crowded: str) -> None:
    async with wired(kind, crowded, replace(LIMITS, connect=0.2)) as wire:
        with pytest.raises(httpx.ConnectTimeout):
            await send(wire, "POST")


@pytest.fixture
def crowded() -> Iterator[str]:
    """The origin of a server that accepts no more connections."""
    with socket.socket() as listening, connecting_to(listening):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def connecting_to(listening: socket.socket) -> Iterator[None]:
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for each in waiting:
        each.setblocking(False)
        each.connect_ex(listening.getsockname())
    yield
    for each in waiting:
        each.close()


async def test_the_deadline_ends_what_drips_on(kind: str) -> None:
    async with serving(dripping) as server, wired(kind, server.origin) as wire:
        started = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError) as caught:
            await send(wire, seconds=0.4)
        assert caught.type is TimeoutError
        await server.until(lambda: not server.connections)  # the connection goes with the call
        assert asyncio.get_running_loop().time() - started < 20


async def test_no_more_than_so_many_calls_are_under_way_and_who_waits_too_long_is_unsent(
    kind: str,
) -> None:
    # The dripping keeps those under way from being given up as well, unless the machine stands
    # still for so long.
    limits = replace(LIMITS, read=1.5)
    async with serving(dripping) as server, wired(kind, server.origin, limits) as wire:
        calls = [send(wire, "POST", seconds=60) for _ in range(MAX_CONNECTIONS)]
        under_way = [asyncio.ensure_future(call) for call in calls]
        await server.until(lambda: len(server.requests) == MAX_CONNECTIONS)
        with pytest.raises(httpx.PoolTimeout):
            await send(wire, "POST", seconds=60)
        assert not any(call.done() for call in under_way)
        assert len(server.requests) == MAX_CONNECTIONS
        for call in under_way:
            call.cancel()
        await asyncio.wait(under_way)


async def test_who_is_cancelled_while_it_waits_is_never_sent(kind: str) -> None:
    silent = falling_silent_after(b"")
    limits = replace(LIMITS, read=60)
    async with serving(silent) as server, wired(kind, server.origin, limits) as wire:

        def begin(target: str) -> asyncio.Future[Answer]:
            return asyncio.ensure_future(send(wire, "POST", target, seconds=60))

        first = [begin("/") for _ in range(MAX_CONNECTIONS)]
        await server.until(lambda: len(server.requests) == MAX_CONNECTIONS)
        late = begin("/late")
        await asyncio.sleep(0)
        for call in (late, *first):
            call.cancel()
        await asyncio.wait([late, *first])
        later = begin("/later")
        await server.until(lambda: any(b"/later " in request for request in server.requests))
        later.cancel()
        await asyncio.wait([later])
        assert not any(b"/late " in request for request in server.requests)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nothing_is_sent_again_when_a_reused_connection_is_closed(
    kind: str, method: str
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await server.read_request(reader)  # and then it closes

    async with serving(serve) as server, wired(kind, server.origin) as wire:
        assert (await send(wire, method)).body == b"ok"
        with pytest.raises(httpx.RemoteProtocolError):
            await send(wire, method)
        assert len(server.requests) == 2
        assert server.most_connections == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_connection_closed_while_idle_is_replaced_and_nothing_sent_twice(
    kind: str, method: str
) -> None:
    async with serving(answering(OK)) as server, wired(kind, server.origin) as wire:
        for calls in range(1, 30):
            assert (await send(wire, method)).body == b"ok"
            assert len(server.requests) == calls
            await server.until(lambda: not server.connections)


async def test_redirects_are_answers_and_cookies_are_forgotten(kind: str) -> None:
    moved = OK.replace(b"200 OK", b"302 Found\r\nlocation: /elsewhere\r\nset-cookie: a=b; path=/")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(moved)
        await server.read_request(reader)
        writer.write(moved)
        await reader.read()

    async with serving(serve) as server, wired(kind, server.origin) as wire:
        for _ in range(2):
            assert (await send(wire, "POST")).status == 302
        assert len(server.requests) == 2
        assert not any(b"cookie" in request.lower() for request in server.requests)


async def test_requests_arrive_as_they_were_written(kind: str) -> None:
    target = "/a%2Fb/c%40d?search=e%2Bf%40example.com&filters%5B%5D=x%20y&page=1"
    async with serving(answering(OK)) as server, wired(kind, server.origin) as wire:
        await send(wire, "PUT", target, Authorization="Bearer t")
    request = server.requests[0].lower()
    assert request.startswith(f"put {target} http/1.1\r\n".lower().encode())
    for line in (b"authorization: bearer t", b"accept: application/json", b"accept-encoding: gzip"):
        assert request.count(line + b"\r\n") == 1
    assert request.endswith(b"\r\n\r\n{}")


async def test_answers_come_back_with_what_is_heeded_even_beside_what_is_no_text(kind: str) -> None:
    headers = b"X-RateLimit-Limit: 1\r\nretry-after: 1\r\nRetry-After: 2\r\nX-One: 7\r\n"
    for more in (b"", b"X-Bad: caf\xe9\r\n"):
        answer = OK.replace(b"content-", headers + more + b"content-")
        async with serving(answering(answer)) as server, wired(kind, server.origin) as wire:
            found = (await send(wire)).headers
        assert found == {
            "content-length": "2",
            "retry-after": "1, 2",
            "x-ratelimit-limit": "1",
        }


async def test_compressed_and_chunked_answers_are_put_together(kind: str) -> None:
    content = gzip.compress(b"hello" * 50_000)
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in (content[:100], content[100:])]
    head = CHUNKED.replace(b"transfer", b"content-encoding: gzip\r\ntransfer")
    serve = answering(head, *chunks, b"0\r\n\r\n")
    async with serving(serve) as server, wired(kind, server.origin) as wire:
        assert (await send(wire)).body == b"hello" * 50_000


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\n\r\nok",
        b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok",
        CHUNKED + b"1;x=y\r\no\r\n1\r\nk\r\n0\r\nx: y\r\n\r\n",
        OK.replace(b"content-l", b"content-encoding: Identity\r\ncontent-l"),
    ],
)
async def test_an_answer_is_whole_however_it_ends(kind: str, answer: bytes) -> None:
    async with serving(answering(answer)) as server, wired(kind, server.origin) as wire:
        found = await send(wire)
        assert (found.status, found.body, found.headers.get("x")) == (200, b"ok", None)


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_is_whole_at_its_head(kind: str, status: int) -> None:
    serve = falling_silent_after(b"HTTP/1.1 %d None\r\n\r\n" % status)
    async with serving(serve) as server, wired(kind, server.origin) as wire:
        answer = await send(wire)
        assert (answer.status, answer.body) == (status, b"")


async def test_a_connection_that_the_answer_calls_the_last_is_not_used_again(kind: str) -> None:
    serve = falling_silent_after(OK.replace(b"content-l", b"connection: close\r\ncontent-l"))
    async with serving(serve) as server, wired(kind, server.origin) as wire:
        for calls in (1, 2):
            assert (await send(wire)).body == b"ok"
            await server.until(lambda: not server.connections)
            assert len(server.requests) == calls


async def test_a_call_that_is_given_up_takes_its_connection_along(kind: str) -> None:
    async with serving(falling_silent_after(OK[:-1])) as server, wired(kind, server.origin) as wire:
        calls = [asyncio.ensure_future(send(wire)) for _ in range(MAX_CONNECTIONS)]
        await server.until(lambda: len(server.requests) == MAX_CONNECTIONS)
        for call in calls:
            call.cancel()
        await server.until(lambda: not server.connections)
        assert all(call.cancelled() for call in calls)
        more = [asyncio.ensure_future(send(wire)) for _ in range(MAX_CONNECTIONS)]
        await server.until(lambda: len(server.requests) == 2 * MAX_CONNECTIONS)
        assert not any(call.done() for call in more)
        for call in more:
            call.cancel()
        await asyncio.wait(more)


async def test_a_name_with_several_addresses_is_tried_at_each(kind: str) -> None:
    async with serving(answering(OK)) as server:
        origin = server.origin.replace("127.0.0.1", "localhost")
        async with wired(kind, origin) as wire:
            assert (await send(wire)).body == b"ok"
    assert origin.removeprefix("http://").encode() in server.requests[0]


async def test_what_cannot_be_sent_is_told_as_unsent(kind: str) -> None:
    async with serving(answering(OK)) as server, wired(kind, server.origin) as wire:
        with pytest.raises(httpx.InvalidURL):
            await send(wire, target="/?search=" + "x" * 70_000)
        for bad in "\r\n\0":
            with pytest.raises(httpx.InvalidURL):
                await send(wire, target=f"/a{bad}b")
            with pytest.raises(httpx.LocalProtocolError):
                await send(wire, Authorization=f"a{bad}b")
        assert not server.requests


async def test_a_certificate_of_no_authority_is_refused_before_anything_is_sent(kind: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(SELF_SIGNED)
    async with serving(answering(OK), tls) as server, wired(kind, server.origin) as wire:
        with pytest.raises(httpx.ConnectError):
            await send(wire, "POST")
        assert not server.requests


async def test_nothing_of_a_call_is_logged(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    target = "/?search=somebody%40example.com"
    with caplog.at_level(logging.DEBUG):
        async with serving(answering(OK)) as server, wired(kind, server.origin) as wire:
            await send(wire, target=target, Authorization="Bearer secret")
    assert "somebody" not in caplog.text
    assert "secret" not in caplog.text


PROXIED = """
import asyncio, sys
from tests.adapters.http.test_wires import send, wired

async def main():
    for kind in ("lean", "httpx"):
        async with wired(kind, sys.argv[1]) as wire:
            assert (await send(wire)).body == b"ok"

asyncio.run(main())
"""


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_nothing_is_taken_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    async with serving(answering(OK)) as server, serving(answering(OK)) as proxy:
        names = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
        environment = dict.fromkeys(names, proxy.origin) | {"HOME": str(tmp_path)}
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", PROXIED, server.origin),
            env={**os.environ, **environment, "NO_PROXY": "", "no_proxy": ""},
            cwd=Path(__file__).parents[3],
            stderr=subprocess.PIPE,
        )
        _, errors = await child.communicate()
        assert child.returncode == 0, errors
        assert len(server.requests) == 2
        assert not proxy.requests
        assert not any(b"authorization" in request.lower() for request in server.requests)
