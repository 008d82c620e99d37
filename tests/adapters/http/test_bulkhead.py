"""The bulkhead: so many in flight, so many waiting, the rest refused at once."""

import asyncio

import pytest

from adapters.errors import Unavailable
from tests.adapters.http.scripted import OK, ScriptedWire, guarded, soon

pytestmark = pytest.mark.anyio


async def test_no_more_in_flight_than_allowed_and_the_others_wait() -> None:
    inner = ScriptedWire()
    inner.gate = asyncio.Event()
    wire = guarded(inner, in_flight=3, queue=4)
    calls = [asyncio.create_task(wire.send("GET", "/x", {}, None, soon())) for _ in range(9)]
    done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    refused = [call for call in calls if call.done()]
    assert len(inner.calls) == 3
    assert len(refused) == len(done) == 2
    assert all(isinstance(call.exception(), Unavailable) for call in refused)
    inner.gate.set()
    answers = await asyncio.gather(*(call for call in calls if call not in refused))
    assert answers == [OK] * 7
    assert inner.most_in_flight == 3


async def test_whoever_waits_past_the_deadline_was_never_sent() -> None:
    inner = ScriptedWire()
    inner.gate = asyncio.Event()
    wire = guarded(inner, in_flight=1, queue=4)
    first = asyncio.create_task(wire.send("GET", "/x", {}, None, soon()))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await wire.send("GET", "/x", {}, None, soon(0.01))
    assert len(inner.calls) == 1
    inner.gate.set()
    assert await first == OK
    assert await wire.send("GET", "/x", {}, None, soon()) == OK
