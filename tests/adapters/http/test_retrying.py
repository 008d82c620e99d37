"""Further tries: of safe reads, within the deadline, seldom."""

import httpx
import pytest

from adapters._http.retrying import RetryingWire
from adapters._http.wire import Answer, AnswerTooLarge
from adapters.limits import RetryLimits
from tests.adapters.http.scripted import FAILING, OK, ScriptedWire, held_back, is_get, soon

pytestmark = pytest.mark.anyio

QUICK = RetryLimits(wait=0.001, wait_most=0.002)


def retrying(inner: ScriptedWire, limits: RetryLimits = QUICK) -> RetryingWire:
    return RetryingWire(inner, is_safe=is_get, limits=limits)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("x"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
        FAILING,
        Answer(502, {}, b""),
        Answer(504, {}, b""),
        Answer(429, {"retry-after": "0"}, b""),
    ],
)
async def test_a_read_is_tried_again(failure: Answer | Exception) -> None:
    inner = ScriptedWire(failure, failure)
    assert await retrying(inner).send("GET", "/x", {}, None, soon()) == OK
    assert len(inner.calls) == 3


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422, 500, 501])
async def test_a_clear_answer_is_not(status: int) -> None:
    inner = ScriptedWire(Answer(status, {}, b""))
    assert (await retrying(inner).send("GET", "/x", {}, None, soon())).status == status
    assert len(inner.calls) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_write_never_is(method: str) -> None:
    for failure in (httpx.ConnectError("x"), httpx.ReadTimeout("x"), FAILING):
        inner = ScriptedWire(failure)
        wire = retrying(inner)
        if isinstance(failure, Answer):
            assert await wire.send(method, "/x", {}, b"", soon()) == failure
        else:
            with pytest.raises(type(failure)):
                await wire.send(method, "/x", {}, b"", soon())
        assert len(inner.calls) == 1


async def test_two_more_tries_at_most_and_then_the_last_failure() -> None:
    inner = ScriptedWire(*[FAILING] * 9)
    assert await retrying(inner).send("GET", "/x", {}, None, soon()) == FAILING
    assert len(inner.calls) == 3
    inner = ScriptedWire(*[httpx.ConnectError("x")] * 9)
    with pytest.raises(httpx.ConnectError):
        await retrying(inner).send("GET", "/x", {}, None, soon())
    assert len(inner.calls) == 3


async def test_a_fifth_of_the_calls_at_most_are_extra() -> None:
    inner = ScriptedWire(*[FAILING] * 1000)
    wire = retrying(inner)
    for _ in range(100):
        await wire.send("GET", "/x", {}, None, soon())
    assert 100 < len(inner.calls) <= 100 + 20 + 3


async def test_not_when_the_provider_asks_to_wait_beyond_the_deadline() -> None:
    asks = Answer(429, {"retry-after": "60"}, b"")
    inner = ScriptedWire(asks)
    assert await retrying(inner).send("GET", "/x", {}, None, soon()) == asks
    assert len(inner.calls) == 1


async def test_not_when_no_time_is_left() -> None:
    inner = ScriptedWire(FAILING)
    assert await retrying(inner).send("GET", "/x", {}, None, soon(0)) == FAILING
    assert len(inner.calls) == 1


@pytest.mark.parametrize(
    "failure", [AnswerTooLarge("x"), httpx.DecodingError("x"), httpx.LocalProtocolError("x")]
)
async def test_not_what_would_come_the_same_again(failure: Exception) -> None:
    inner = ScriptedWire(failure)
    with pytest.raises(type(failure)):
        await retrying(inner).send("GET", "/x", {}, None, soon())
    assert len(inner.calls) == 1


async def test_a_further_try_that_is_held_back_tells_the_first_failure() -> None:
    inner = ScriptedWire(FAILING, held_back())
    assert await retrying(inner).send("GET", "/x", {}, None, soon()) == FAILING
    inner = ScriptedWire(httpx.ReadError("x"), held_back())
    with pytest.raises(httpx.ReadError):
        await retrying(inner).send("GET", "/x", {}, None, soon())
