"""The one seam to the network, against real servers."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
from starlette.responses import Response

from adapters._http.client import RestClient
from adapters._http.decoding import decoder
from adapters._http.tokens import FixedToken
from adapters._http.wire import MAX_ANSWER_BYTES, AnswerTooLarge, Wire
from adapters._http.wires import open_wire
from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import Served, serve_in_thread
from adapters.contract.connecting import STEADY
from adapters.errors import ProviderError, TimedOut
from adapters.limits import UpstreamLimits
from adapters.piggy.mapping import complaint
from adapters.piggy.sandbox import PiggySandbox
from tests.running import program

pytestmark = pytest.mark.anyio

TARGET = "/api/v3/oauth/clients/tiers"


@pytest.fixture(params=["httpx", "lean"])
def limits(request: pytest.FixtureRequest) -> UpstreamLimits:
    return replace(STEADY, wire=request.param)


@pytest.fixture
async def wire(served_piggy: Served, limits: UpstreamLimits) -> AsyncIterator[Wire]:
    wire = open_wire(served_piggy.origin, limits)
    yield wire
    await wire.aclose()


@pytest.fixture
def compressing() -> Iterator[tuple[str, str]]:
    """The origins of two servers: one sends much in little, the other what is not compressed."""
    headers = {"content-encoding": "gzip"}
    bomb = Response(gzip.compress(b" " * (MAX_ANSWER_BYTES + 1)), headers=headers)
    broken = Response(b"not gzip", headers=headers)
    with serve_in_thread(bomb) as first, serve_in_thread(broken) as second:
        yield first.origin, second.origin


def deadline(seconds: float = 5) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_a_whole_answer_comes_back(wire: Wire, piggy: PiggySandbox) -> None:
    headers = {"Authorization": f"Bearer {piggy.token}"}
    answer = await wire.send("GET", TARGET, headers, None, deadline())
    assert answer.status == 200
    assert int(answer.headers["content-length"]) > 0
    assert answer.body.startswith(b'{"data":')


async def test_status_and_body_of_a_failure_come_back_too(wire: Wire) -> None:
    answer = await wire.send("GET", TARGET, {}, None, deadline())
    assert answer.status == 401
    assert b"invalid_token" in answer.body


async def test_a_deadline_that_has_passed_ends_the_call(wire: Wire, piggy: PiggySandbox) -> None:
    piggy.faults.add(Fault("hang"))
    with pytest.raises(TimeoutError):
        await wire.send("GET", TARGET, {}, None, deadline(0.05))


async def test_an_answer_over_the_limit_is_refused_as_soon_as_it_is(
    wire: Wire, piggy: PiggySandbox
) -> None:
    piggy.faults.add(Fault("oversized", megabytes=64))
    with pytest.raises(AnswerTooLarge):
        await wire.send("GET", TARGET, {}, None, deadline())


async def test_the_limit_is_on_what_comes_out_of_compression(
    compressing: tuple[str, str], limits: UpstreamLimits
) -> None:
    bomb, broken = compressing
    for origin, failure in ((bomb, AnswerTooLarge), (broken, httpx.DecodingError)):
        wire = open_wire(origin, limits)
        with pytest.raises(failure):
            await wire.send("GET", "/", {}, None, deadline())
        await wire.aclose()


async def test_a_call_that_never_got_a_connection_was_not_sent(
    piggy: PiggySandbox, served_piggy: Served, limits: UpstreamLimits
) -> None:
    piggy.faults.add(Fault("hang"))
    limits = replace(limits, read=0.3, in_flight=64)
    client = RestClient(
        replace(program("p", "piggy", served_piggy.origin, piggy.token), limits=limits),
        wire=open_wire(served_piggy.origin, limits),
        prefix="",
        tokens=FixedToken(piggy.token),
        read_complaint=complaint,
    )
    calls = (client.get(TARGET, decoder(dict)) for _ in range(33))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    await client.aclose()
    assert {type(outcome) for outcome in outcomes} == {TimedOut}
    sent = [outcome.was_sent for outcome in outcomes if isinstance(outcome, ProviderError)]
    assert sorted(sent) == [False] + [True] * 32
