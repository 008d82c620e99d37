"""The issuer's keys: kept, renewed, and never asked for as often as strangers would like."""

import asyncio
import gzip
from collections.abc import Iterator

import pytest

from adapters._sandbox.serving import Served, serve_in_thread
from adapters.provider import ProgramConfig
from gateway.access.errors import IssuerUnavailable
from gateway.access.jwks import Jwks, JwksLimits
from gateway.config import AccessConfig, JwtTable
from tests.gateway.access.callers import bearer, codes
from tests.gateway.access.issuer import AUDIENCE, ISSUER, KEYS, Issuer, published, token
from tests.gateway.faults.rawserver import Connection, raw_server
from tests.running import running_gateway

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(published(KEYS["rsa"]))


@pytest.fixture
def served(issuer: Issuer) -> Iterator[Served]:
    with serve_in_thread(issuer) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jwks(served: Served, clock: Clock) -> Jwks:
    return Jwks(f"{served.origin}/jwks.json", JwksLimits(), clock)


async def test_it_is_asked_once_for_all_who_wait(jwks: Jwks, issuer: Issuer) -> None:
    keys = await asyncio.gather(*(jwks.find("rsa") for _ in range(100)))
    assert all(keys)
    assert issuer.asked == 1
    await jwks.aclose()


async def test_a_flood_of_unknown_keys_asks_it_once_a_minute(
    jwks: Jwks, issuer: Issuer, clock: Clock
) -> None:
    assert await jwks.find("rsa")
    for second in range(180):
        clock.now += 1
        found = await asyncio.gather(*(jwks.find(f"made-up-{second}-{n}") for n in range(10)))
        assert found == [None] * 10
    assert issuer.asked == 1 + 3


async def test_a_new_key_is_found_when_it_is_first_seen(
    jwks: Jwks, issuer: Issuer, clock: Clock
) -> None:
    assert await jwks.find("ed") is None
    issuer.content = published(KEYS["ed"])
    clock.now += 60
    assert await jwks.find("ed")
    assert await jwks.find("rsa") is None  # it was taken back


async def test_old_keys_are_renewed_behind_a_request(
    jwks: Jwks, issuer: Issuer, clock: Clock
) -> None:
    assert await jwks.find("rsa")
    issuer.content = published(KEYS["ed"])
    clock.now += 300
    assert await jwks.find("rsa")
    # Whoever asks for what is not there waits for the renewal.
    assert await jwks.find("made-up") is None
    assert await jwks.find("rsa") is None
    assert issuer.asked == 2


async def test_old_keys_serve_on_while_it_is_down(
    jwks: Jwks, issuer: Issuer, served: Served, clock: Clock
) -> None:
    assert await jwks.find("rsa")
    served.stop()
    for _ in range(10):
        clock.now += 3600
        assert await jwks.find("rsa")
        assert await jwks.find("made-up") is None
    assert issuer.asked == 1


async def test_it_is_asked_again_soon_where_there_are_no_keys_yet(
    jwks: Jwks, issuer: Issuer, clock: Clock
) -> None:
    issuer.status = 503
    for _ in range(3):
        with pytest.raises(IssuerUnavailable):
            await jwks.find("rsa")
    assert issuer.asked == 1
    issuer.status = 200
    clock.now += 5
    assert await jwks.find("rsa")


@pytest.mark.parametrize(
    ("status", "headers", "content"),
    [
        (404, [], published(KEYS["rsa"])),
        (302, [(b"location", b"/elsewhere")], published(KEYS["rsa"])),
        (200, [], b"<html>"),
        (200, [], b'{"keys": []}'),
        (200, [], published(KEYS["rsa"]) + b" " * (256 * 1024)),
        (200, [(b"content-encoding", b"gzip")], gzip.compress(published(KEYS["rsa"]))),
    ],
    ids=["404", "redirect", "a page", "no key", "too large", "packed"],
)
async def test_what_is_no_key_set_is_not_taken(
    jwks: Jwks, issuer: Issuer, status: int, headers: list[tuple[bytes, bytes]], content: bytes
) -> None:
    issuer.status, issuer.headers, issuer.content = status, headers, content
    with pytest.raises(IssuerUnavailable):
        await jwks.find("rsa")
    assert issuer.asked == 1


async def test_one_that_drips_is_given_up(clock: Clock) -> None:
    def drip(connection: Connection) -> None:
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        connection.drip(b" ")

    with raw_server() as server:
        server.script = drip
        jwks = Jwks(f"{server.origin}/jwks.json", JwksLimits(exchange=0.2), clock)
        async with asyncio.timeout(10):
            with pytest.raises(IssuerUnavailable):
                await jwks.find("rsa")


async def test_closing_ends_what_is_under_way(clock: Clock) -> None:
    with raw_server() as server:  # which says nothing
        jwks = Jwks(f"{server.origin}/jwks.json", JwksLimits(exchange=60), clock)
        waiting = asyncio.create_task(jwks.find("rsa"))
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await jwks.aclose()
            with pytest.raises(asyncio.CancelledError):
                await waiting


def test_without_keys_the_gateway_says_that_it_cannot_tell(
    programs: tuple[ProgramConfig, ...], issuer: Issuer, served: Served
) -> None:
    issuer.status = 500
    rules = JwtTable(issuer=ISSUER, audience=AUDIENCE, jwks_url=f"{served.origin}/jwks.json")
    with running_gateway(*programs, access=AccessConfig(jwt=rules)) as guarded:
        for _ in range(20):
            answer = guarded.ask("{ programs { key } }", headers=bearer(token()))
            assert answer.http.status_code == 503
            assert answer.http.headers["retry-after"] == "5"
            assert codes(answer) == ["UNAVAILABLE"]
        # What no key could save is refused all the same.
        assert guarded.ask("{ __typename }", headers=bearer("a.b.c")).http.status_code == 401
    assert issuer.asked <= 2


def test_keys_may_come_from_a_file(programs: tuple[ProgramConfig, ...]) -> None:
    rules = JwtTable(issuer=ISSUER, audience=AUDIENCE, jwks_file="keys.json")
    access = AccessConfig(jwt=rules, jwks=published(KEYS["rsa"]))
    with running_gateway(*programs, access=access) as guarded:
        assert guarded.ask("{ programs { key } }", headers=bearer(token())).data
        stranger = token(KEYS["ed"], "EdDSA")
        assert guarded.ask("{ programs { key } }", headers=bearer(stranger)).data is None
